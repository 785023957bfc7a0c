"""Whole sessions with deadlines and answers that are too fast, on a screen that takes no time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from elicit.log.reader import read, read_table
from elicit.log.rows import EventRow, TrialRow
from elicit.observers.actions import Action
from elicit.pages import Page
from elicit.questions import Choice
from elicit.screen.simulated import SimulatedView
from elicit.screen.view import ScreenState
from elicit.session.presenting import SessionStoppedError
from elicit.session.records import RowContext
from elicit.session.replay import recover_trials
from elicit.trial import Trial
from stimuli.sources.endpoints import Pictograms
from tests.elicit.helpers.commands import elicit
from tests.elicit.helpers.factories import block, study, write_protocol
from tests.elicit.session.test_runner import Desk
from tests.elicit.session.test_runner import desk as make_desk

NOON = datetime(2026, 5, 4, 12, tzinfo=timezone.utc)
KEYS = {
    "construct": ["enter"],
    "select_shuffled": ["home", "enter", "enter"],
    "infer": ["right", "tab", "right", "enter"],
    "discriminate": ["right"],
}
LATE_S, SOON_S = 9.0, 0.5


class Answering:
    """A participant who takes as long for a trial as `seconds` says of it; None: leaves there."""

    def __init__(self, seconds: Callable[[Trial], float | None]) -> None:
        self._seconds = seconds
        self._trial: Trial | None = None
        self._keys: list[str] = []
        self.asked: list[tuple[int, int]] = []  # number of each trial, and how often it was missed

    def __call__(self, shown: ScreenState) -> Action | None:
        if isinstance(shown, Page | Choice):
            return Action("enter", 2.0)
        trial: Trial = shown.trial  # type: ignore[union-attr]
        if trial != self._trial:
            self._trial, self._keys = trial, list(KEYS[trial.paradigm])
            self.asked.append((trial.number, trial.missed_before))
            seconds = self._seconds(trial)
            return None if seconds is None else Action(self._keys.pop(0), seconds)
        return Action(self._keys.pop(0), 0.1)


def run(
    desk: Desk, seconds: Callable[[Trial], float | None], *, resume: bool = False
) -> list[tuple[int, int]]:
    """Run a session; return the trials that were asked, each with how often it was missed."""
    participant = Answering(seconds)
    with suppress(SessionStoppedError):
        desk.run(SimulatedView(participant, NOON), resume=resume)
    return participant.asked


def answers(rows: Sequence[TrialRow]) -> list[tuple[int, bool | None, int | None]]:
    return [(row.trial, row.missed, row.missed_before) for row in rows]


def timed(paradigm: str = "discriminate", **changes: Any) -> dict[str, Any]:
    settings: dict[str, Any] = {"deadline_s": 2, "fixation_s": 0.2, "interval_s": [0.2, 0.4]}
    own: dict[str, Any] = {"lambda_grid": [0.2, 0.8]} if paradigm == "discriminate" else {}
    return block(paradigm, **settings | own | changes)


@pytest.mark.parametrize("paradigm", list(KEYS))
def test_a_missed_trial_is_asked_again_at_the_end_of_its_block(
    tmp_path: Path, paradigm: str
) -> None:
    desk = make_desk(tmp_path, timed(paradigm), block("infer", "after"))
    count = len(desk.plan.blocks[0].trials)
    asked = run(desk, lambda trial: LATE_S if (trial.number, trial.missed_before) == (1, 0) else 1)
    first = list(range(count))
    assert asked == [*((k, 0) for k in first), (1, 1), *((count + k, 0) for k in range(3))]
    block_rows = [row for row in desk.rows if row.block == paradigm.replace("_", "")]
    assert answers(block_rows) == [*((k, False, 0) for k in first if k != 1), (1, False, 1)]
    assert all((row.missed, row.missed_before) == (None, None) for row in desk.rows[count:])


def test_a_trial_is_asked_again_three_times_at_most_and_then_recorded(tmp_path: Path) -> None:
    desk = make_desk(tmp_path, timed())
    asked = run(desk, lambda trial: LATE_S if trial.number in (0, 2) else 0.5)
    again = [pair for pair in asked if pair[1] > 0]
    assert again == [(0, 1), (2, 1), (0, 2), (2, 2), (0, 3), (2, 3)]
    rows = desk.rows
    assert len(rows) == len({row.trial for row in rows}) == len(desk.plan.trials)
    assert answers(rows)[-2:] == [(0, True, 3), (2, True, 3)]
    for row in rows[-2:]:
        assert (row.lambda_g, row.chose_i, row.omega) == (None, None, None)
        assert row.lambda_f == desk.plan.trials[row.trial].lambdas[0]
        assert row.rt_s == 2.0


@pytest.mark.parametrize("paradigm", list(KEYS))
def test_a_missed_trial_may_be_recorded_at_once(tmp_path: Path, paradigm: str) -> None:
    desk = make_desk(tmp_path, timed(paradigm, missed="record"))
    asked = run(desk, lambda trial: LATE_S if trial.number == 1 else 0.5)
    assert asked == [(k, 0) for k in range(len(desk.plan.trials))]
    missed = desk.rows[1]
    assert (missed.missed, missed.missed_before) == (True, 0)
    assert (missed.lambda_g, missed.chose_i) == (None, None)
    chosen_by_participant = paradigm in {"construct", "select_shuffled"}
    assert (missed.lambda_f is None) == chosen_by_participant


def test_a_resumed_session_asks_what_was_missed(tmp_path: Path) -> None:
    desk = make_desk(tmp_path, timed())
    run(desk, lambda trial: {0: LATE_S, 3: None}.get(trial.number, 0.5))
    assert [row.trial for row in desk.rows] == [1, 2]
    asked = run(desk, lambda _: 0.5, resume=True)
    assert asked == [(0, 0), *((k, 0) for k in range(3, len(desk.plan.trials)))]
    assert sorted(row.trial for row in desk.rows) == list(range(len(desk.plan.trials)))


def test_an_adaptive_block_learns_nothing_from_what_was_missed(tmp_path: Path) -> None:
    settings: dict[str, Any] = {
        "adaptive": {"target": "pse", "trials": 6},
        "classes": ["cat", "dog"],
    }
    changes = settings | {"batch_size": 1, "missed": "record"}
    desk = make_desk(tmp_path, timed(**changes, lambda_grid=[0.1, 0.3, 0.5, 0.7, 0.9]))
    run(desk, lambda trial: LATE_S if trial.number == 2 else 0.5)
    assert [row.missed for row in desk.rows] == [False, False, True, False, False, False]
    assert desk.rows[2].lambda_f == desk.rows[3].lambda_f  # as nothing was learned


def care(desk: Desk) -> list[str]:
    return [item for kind, item, _ in desk.said if kind == "care"]


TOO_FAST: dict[str, Any] = {"too_fast": {"s": 0.3, "in_a_row": 2}}


def test_answers_that_are_too_fast_in_a_row_bring_a_page_that_asks_for_care(tmp_path: Path) -> None:
    desk = make_desk(tmp_path, block("discriminate", lambda_grid=[0.2, 0.8], **TOO_FAST))
    fast = {0, 2, 3, 4, 5}  # the third in a row is the first of the next two
    run(desk, lambda trial: 0.2 if trial.number in fast else SOON_S)
    assert [row.too_fast for row in desk.rows] == [k in fast for k in range(len(desk.rows))]
    assert care(desk) == ["discriminate 1", "discriminate 2"]
    kinds = [kind for kind, _, _ in desk.said]
    assert kinds == ["block", "care", "care", "closing"]


@pytest.mark.parametrize(("seconds", "pages"), [(0.28, 3), (0.32, 0)])
def test_an_answer_is_too_fast_below_the_limit_alone(
    tmp_path: Path, seconds: float, pages: int
) -> None:
    desk = make_desk(tmp_path, block("discriminate", lambda_grid=[0.2, 0.8], **TOO_FAST))
    run(desk, lambda _: seconds)
    assert len(care(desk)) == pages


def test_a_block_s_fast_answers_are_not_counted_on_in_the_next(tmp_path: Path) -> None:
    blocks = [block("infer", f"part{k}", batch_size=1, classes=["cat", "dog"],
                    too_fast={"s": 5, "in_a_row": 2}) for k in (1, 2)]  # fmt: skip
    desk = make_desk(tmp_path, *blocks)
    run(desk, lambda _: 0.2)
    assert [row.too_fast for row in desk.rows] == [True, True]
    assert care(desk) == []


def test_a_block_that_states_no_limit_asks_for_no_care(tmp_path: Path) -> None:
    desk = make_desk(tmp_path, block("discriminate", lambda_grid=[0.2, 0.8]))
    run(desk, lambda _: 0.01)
    assert {row.too_fast for row in desk.rows} == {None}
    assert care(desk) == []


def test_a_simulated_study_with_everything_is_replayed_without_a_difference(
    tmp_path: Path,
) -> None:
    masked: dict[str, Any] = {"exposure_s": 0.1, "mask": "scrambled", "mask_s": 0.2}
    blocks = [timed(each, deadline_s=1.2, too_fast={"s": 1.0}, **(
        masked if each in ("infer", "discriminate") else {})) for each in KEYS]  # fmt: skip
    path, logs = write_protocol(tmp_path, study(*blocks)), tmp_path / "logs"
    made = elicit(
        tmp_path, "simulate", str(path), "--observer", "autopilot", "--logs", str(logs),
        "--participants", "1",
    )  # fmt: skip
    assert (made.code, made.said) == (0, "")
    (log,) = (logs / "data").glob("*_data.csv")
    ended = elicit(tmp_path, "replay", str(log))
    assert (ended.code, ended.said) == (0, "")
    rows = read(log)
    assert {row.missed for row in rows} == {False, True}
    assert all(row.exposure_frames for row in rows if row.paradigm in {"infer", "discriminate"})


def test_the_events_of_a_timed_session_lead_to_all_its_rows(tmp_path: Path) -> None:
    masked: dict[str, Any] = {"exposure_s": 0.1, "mask": "noise", "mask_s": 0.2}
    brief = timed("infer", name="brief", **masked, **TOO_FAST)
    desk = make_desk(tmp_path, timed(**masked, practice=1, **TOO_FAST), brief, timed("construct"))
    run(desk, lambda trial: {2: 0.1, 4: LATE_S, 8: LATE_S}.get(trial.number, 0.6))
    assert {True, False} <= {row.missed for row in desk.rows}
    events = read_table(tmp_path / "events.csv", EventRow).rows
    context = RowContext.of(desk.asked, Pictograms(), desk.plan, simulated=True, resumed=False)
    assert list(recover_trials(desk.plan, [], events, context).rows) == desk.rows
