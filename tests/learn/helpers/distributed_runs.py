"""What each process of tests/learn/training/test_distributed.py does, under torchrun."""

import sys
from pathlib import Path
from typing import Any

from learn.runs import run as one_run
from learn.training import distributed as parallel
from learn.training.data import Inputs
from learn.training.settings import TrainingSettings
from tests.learn.helpers.tiny_runs import tiny_settings

MODELS = ("vgg11", "resnet18")
# in batches of 8: two, and one of a single image, which one of two processes goes without
INPUTS = Inputs(train="0:17", holdout="60:70")
SETTINGS: dict[str, Any] = {"epochs": 3, "lr": 0.02, "lr_drops": [50]}


def settings(model: str) -> TrainingSettings:
    """Return the settings with which `model` is trained."""
    return tiny_settings(**SETTINGS, model=model)


def main() -> None:
    """Train both networks into the folder named."""
    with parallel.join_processes("cpu") as (rank, world):
        where = one_run.Hardware("cpu", 1, rank=rank, world=world)
        for model in MODELS:
            one_run.run(settings(model), INPUTS, Path(sys.argv[1], model), where)


if __name__ == "__main__":
    main()
