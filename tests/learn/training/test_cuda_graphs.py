"""Replayed steps train as steps do; most of it needs a CUDA GPU, and is skipped without."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from learn.runs import run as one_run
from learn.runs.interleaved import train_together
from learn.training.batches import TrainingBatch
from learn.training.cuda_graphs import WARM_UP_STEPS, GraphedStep
from learn.training.data import Inputs
from tests.learn.helpers.tiny_runs import some_data, tiny_settings

needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")


def test_steps_before_the_recording_and_of_smaller_batches_are_taken_as_they_come() -> None:
    sizes: list[int] = []

    def step(batch: TrainingBatch, size: int) -> Any:
        sizes.append(size)
        return batch.pixels.sum()

    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    graphed = GraphedStep(optimiser, size=8)
    batch = TrainingBatch(torch.ones(2, 3, 4, 4), torch.ones(2, 5))
    for size in (8, 3, 8, 3):
        assert float(graphed(step, batch, size)) == 96
    assert sizes == [8, 3, 8, 3]
    assert WARM_UP_STEPS > 2


def begins(out: Path, graphs: bool, **given: Any) -> Any:
    made = tiny_settings(**{"epochs": 3, "lr_drops": [1, 2]} | given)
    where = one_run.Hardware("cuda", graphs=graphs)
    return partial(one_run.run_steps, made, Inputs(), out, where, None, some_data(60))


@needs_cuda
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("model", ["vgg11", "resnet18"])
def test_replayed_steps_train_as_steps_do(tmp_path: Path, model: str, precision: str) -> None:
    given = {"model": model, "precision": precision}
    on = torch.device("cuda", 0)
    (eager,) = train_together([begins(tmp_path / "eager", False, **given)], on)
    (replayed,) = train_together([begins(tmp_path / "replayed", True, **given)], on)
    assert isinstance(eager, dict)
    assert isinstance(replayed, dict)
    for name in ("ce", "accuracy", "fgsm_ce"):
        assert replayed[name] == pytest.approx(eager[name], rel=0.02, abs=0.02)


@needs_cuda
@pytest.mark.parametrize("graphs", [False, True])
def test_runs_on_streams_of_their_own_give_what_each_gives_alone(
    tmp_path: Path, graphs: bool
) -> None:
    on = torch.device("cuda", 0)
    alone = [
        train_together([begins(tmp_path / f"alone{seed}", graphs, seed=seed)], on)[0]
        for seed in range(3)
    ]
    runs = [begins(tmp_path / f"together{seed}", graphs, seed=seed) for seed in range(3)]
    assert train_together(runs, on, at_once=3) == alone
