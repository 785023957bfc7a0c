"""TensorBoard draws what metrics.csv says, where it was asked for."""

import csv
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("tensorboard")

from elicit.errors import ElicitError
from learn.runs import run as one_run
from learn.runs import tensorboard
from learn.training.data import Inputs
from tests.learn.helpers.tiny_runs import some_data, tiny_settings


def train(out: Path, events: bool, **settings: object) -> dict[str, float]:
    where = one_run.Hardware("cpu", 1, 0.0, events=events)
    return one_run.run(tiny_settings(**settings), Inputs(), out, where, data=some_data())


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of tensorboard's own imports
def test_tensorboard_reads_each_epoch_and_the_final_measures(tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    measured = train(tmp_path, events=True, epochs=3, lr_drops=[])
    read = EventAccumulator(str(tmp_path / tensorboard.EVENTS))
    read.Reload()
    with (tmp_path / "metrics.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    drawn = read.Scalars("loss")
    assert [each.step for each in drawn] == [1, 2, 3]
    assert [each.value for each in drawn] == pytest.approx([float(row["loss"]) for row in rows])
    (final,) = read.Scalars("holdout/ce")
    assert (final.step, final.value) == (3, pytest.approx(measured["ce"]))


def test_a_run_writes_none_unless_asked(tmp_path: Path) -> None:
    train(tmp_path, events=False)
    assert not (tmp_path / tensorboard.EVENTS).exists()


def test_where_tensorboard_is_missing_a_line_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tensorboard, "find_spec", lambda name: None)
    with pytest.raises(ElicitError, match=r"^--tensorboard: TensorBoard is not installed; "):
        tensorboard.need_tensorboard()
