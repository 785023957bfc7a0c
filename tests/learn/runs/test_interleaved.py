"""Runs that take turns give what each gives alone; one that fails does not end the others."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from elicit.errors import ElicitError
from learn.runs import run as one_run
from learn.runs.interleaved import train_together
from learn.runs.steps import RunProgress
from learn.training.data import Inputs
from learn.training.loop import DivergedError
from tests.learn.helpers.tiny_runs import some_data, tiny_settings

CPU = torch.device("cpu")
HERE = one_run.Hardware("cpu", 1)
DIFFERENT: list[dict[str, Any]] = [
    {"seed": 0},
    {"seed": 1, "precision": "bfloat16"},
    {"seed": 0, "model": "resnet18", "epochs": 1, "mixup_alpha": 1.0, "process": "cutmix"},
    {"seed": 2, "mixup_alpha": 1.0},
]


def begins(folder: Path, **given: Any) -> Any:
    made = tiny_settings(**given)
    return partial(
        one_run.run_steps, made, Inputs(), folder / one_run.run_name(made), HERE, None, some_data()
    )


def checkpoint(folder: Path, **given: Any) -> Any:
    path = folder / one_run.run_name(tiny_settings(**given)) / "checkpoint.pt"
    return torch.load(path, weights_only=True)


@pytest.mark.slow
def test_runs_that_take_turns_give_what_each_gives_alone_to_the_bit(tmp_path: Path) -> None:
    alone = []
    for given in DIFFERENT:
        alone += train_together([begins(tmp_path / "alone", **given)], CPU)
    came: list[int] = []
    together = train_together(
        [begins(tmp_path / "together", **given) for given in DIFFERENT],
        CPU,
        at_once=3,
        on_progress=lambda number, progress: came.append(number),
    )
    for one, other, given in zip(alone, together, DIFFERENT, strict=True):
        assert one == other
        of = [checkpoint(tmp_path / each, **given) for each in ("alone", "together")]
        assert of[0]["net"].keys() == of[1]["net"].keys()
        assert all(torch.equal(of[0]["net"][name], of[1]["net"][name]) for name in of[0]["net"])
    assert came[:6] == [0, 1, 2, 0, 1, 2]  # in turn
    assert came[-1] == 3  # which waited for a place
    assert came.count(2) == 3  # steps: 20 images, 8 a batch


def test_a_run_that_fails_does_not_end_the_others(tmp_path: Path) -> None:
    ended: list[int] = []
    runs = [
        begins(tmp_path, lr=1e9, epochs=4),
        begins(tmp_path, seed=1),
        partial(one_run.run_steps, tiny_settings(), Inputs(train="0:1"), tmp_path / "bad", HERE),
    ]
    outcomes = train_together(
        runs, CPU, at_once=3, on_end=lambda number, outcome: ended.append(number)
    )
    assert isinstance(outcomes[0], DivergedError)
    assert isinstance(outcomes[1], dict)
    assert isinstance(outcomes[2], ElicitError)
    assert sorted(ended) == [0, 1, 2]


def test_ctrl_c_stops_all_and_their_records_say_so(tmp_path: Path) -> None:
    def stop(number: int, progress: RunProgress) -> None:
        if number == 1 and progress.epoch == 1:
            raise KeyboardInterrupt("Ctrl-C")

    runs = [begins(tmp_path, seed=seed) for seed in (0, 1)]
    with pytest.raises(KeyboardInterrupt, match="Ctrl-C"):
        train_together(runs, CPU, at_once=2, on_progress=stop)
    for folder in tmp_path.iterdir():
        assert '"status": "stopped"' in (folder / "run.json").read_text(encoding="utf-8")
        assert not (folder / "running.lock").exists()
    assert len(train_together(runs, CPU, at_once=2)) == 2


def test_no_runs_are_done_at_once() -> None:
    assert train_together([], CPU) == []
