"""A trained classifier out of its run folder, for use in other code."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from torch import nn

from elicit.errors import ElicitError
from learn.runs.files import CHECKPOINT, RECORD, read_record
from learn.runs.folder import read_checkpoint
from learn.training.models import build
from learn.training.settings import TrainingSettings, make_settings


@dataclass(frozen=True)
class TrainedClassifier:
    """A network that a run trained, in evaluation mode, on the CPU."""

    network: nn.Module  # (B, 3, H, W) pixels in [0, 1] -> (B, K) logits
    classes: tuple[str, ...]  # K, in the order of the logits
    settings: TrainingSettings
    epoch: int  # epochs done, of settings.epochs
    image_size: int | None  # side of the images, in pixels; None where an older run lacks it


def load_checkpoint(run: str | Path) -> TrainedClassifier:
    """Return the classifier that a run trained, as far as it went.

    Args:
        run: the run folder that `learn train` or a table wrote.

    Raises:
        ElicitError: no run folder, no checkpoint in it, or files that are damaged.
    """
    folder = Path(run)
    for name in (RECORD, CHECKPOINT):
        if not (folder / name).is_file():
            raise ElicitError(f"{folder}: has no {name}; make a run folder with: learn train")
    record, state = read_record(folder / RECORD), read_checkpoint(folder / CHECKPOINT)
    settings = make_settings(record.get("settings", {}), f"{folder / RECORD}: settings: ")
    classes = tuple(map(str, record.get("classes", ())))
    network = build(settings.model, len(classes), settings.width, settings.seed)
    try:
        network.load_state_dict(state["net"])
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())
        raise ElicitError(
            f"{folder / CHECKPOINT}: is not of the network in {RECORD}: {reason:.120}"
        ) from error
    size = record.get("image_size")
    return TrainedClassifier(network.eval(), classes, settings, int(state["epoch"]), size)
