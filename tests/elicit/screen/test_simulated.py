"""Simulated participants at no screen, and the clocks of those at a hastened one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone

import pytest

from elicit.errors import ElicitError
from elicit.pages import Page
from elicit.screen.simulated import (
    FRAME_HZ,
    MIN_REACTION_S,
    SimulatedView,
    SpeedUpView,
    TimedKeyPresser,
)
from elicit.screen.view import ScreenState
from elicit.session.presenting import SessionStoppedError, show_page
from elicit.session.trial_run import run_trial
from elicit.trial import Closed, Timed, Wording
from tests.elicit.helpers.factories import construct, construct_trial
from tests.elicit.helpers.views import ScriptedView

NOON = datetime(2000, 1, 1, 12, tzinfo=timezone.utc)
PAGE = Page("Title", "Text", "Hint")


@dataclass(frozen=True)
class Press:
    key: str
    after_s: float


class Presses:
    """A participant who presses some keys, whatever is on screen."""

    def __init__(self, *acts: Press) -> None:
        self._acts = iter(acts)
        self.seen: list[ScreenState] = []

    def __call__(self, shown: ScreenState) -> Press | None:
        self.seen.append(shown)
        return next(self._acts, None)


def times(events: Sequence[Timed]) -> list[float]:
    return [round(each.at, 9) for each in events]


def test_the_response_time_is_the_sum_of_the_times_between_the_keys() -> None:
    view = SimulatedView(
        Presses(Press("right", 1.25), Press("right", 0.5), Press("enter", 0.25)), NOON
    )
    answer = run_trial(construct_trial(), view, Wording())
    assert answer.rt_s == pytest.approx(2.0)


def test_a_trial_s_first_key_is_counted_from_its_flip_not_from_the_last_trial_s_key() -> None:
    view = SimulatedView(Presses(Press("enter", 1.003), Press("enter", 1.003)), NOON)
    first = run_trial(construct_trial(), view, Wording())
    second = run_trial(construct_trial(number=1), view, Wording())
    assert [first.rt_s, second.rt_s] == pytest.approx([1.003, 1.003])


def test_flips_come_with_frames_and_onsets_by_the_simulated_clock() -> None:
    view = SimulatedView(Presses(Press("enter", 0.999)), NOON)
    answer = run_trial(construct_trial(), view, Wording(), clock=view.clock)
    assert answer.onset_utc is not None
    assert (answer.onset_utc - NOON).total_seconds() == pytest.approx(1 / FRAME_HZ, abs=1e-6)
    after = view.show(PAGE)
    assert after * FRAME_HZ == pytest.approx(round(after * FRAME_HZ))
    assert 0 < after - (answer.rt_s + 1 / FRAME_HZ) <= 1 / FRAME_HZ


def test_a_key_that_comes_with_the_flip_is_pressed_just_after_it_so_that_it_counts() -> None:
    view = SimulatedView(Presses(Press("enter", 0.0)), NOON)
    assert run_trial(construct_trial(), view, Wording()).rt_s == pytest.approx(MIN_REACTION_S)


def test_who_does_nothing_any_more_has_closed_the_window() -> None:
    with pytest.raises(SessionStoppedError, match=r"^$"):
        run_trial(construct_trial(), SimulatedView(Presses(Press("right", 1.0)), NOON), Wording())


@pytest.mark.slow
def test_who_never_answers_is_told_of_instead_of_waited_for() -> None:
    view = SimulatedView(lambda _shown: Press("j", 0.1), NOON)
    with pytest.raises(
        ElicitError, match="keys pressed in one session without an end, the last one 'j'"
    ):
        show_page(PAGE, view, Wording())


def test_keys_in_a_window_are_due_when_the_participant_presses_them() -> None:
    now = [10.0]
    pilot = TimedKeyPresser(Presses(Press("right", 1.0), Press("enter", 0.5)), now=lambda: now[0])
    pressed = []
    for now[0] in (10.0, 10.9, 11.0, 11.4, 11.5):
        pressed.append(pilot(construct()))
    assert pressed == [None, None, "right", None, "enter"]


def test_keys_in_a_window_come_as_many_times_as_fast_as_is_asked_for() -> None:
    now = [10.0]
    pilot = TimedKeyPresser(Presses(Press("right", 1.0), Press("enter", 0.5)), 10.0, lambda: now[0])
    pressed = []
    for now[0] in (10.0, 10.09, 10.1001, 10.14, 10.1501):
        pressed.append(pilot(construct()))
    assert pressed == [None, None, "right", None, "enter"]


def test_a_participant_in_a_window_decides_once_for_each_key() -> None:
    now = [0.0]
    participant = Presses(Press("right", 1.0), Press("enter", 0.5))
    pilot = TimedKeyPresser(participant, now=lambda: now[0])
    for now[0] in (0.0, 0.3, 0.6, 0.9):
        pilot(construct())
    assert len(participant.seen) == 1


def test_a_hastened_window_tells_the_participant_s_own_times() -> None:
    view = ScriptedView(["right", "enter"])
    hastened = SpeedUpView(view, TimedKeyPresser(Presses()), NOON, 10.0)
    flip = hastened.show(construct())
    assert (flip, hastened.clock()) == (0.0, NOON)
    assert times(hastened.events()) == [round(10 * view._frame_s / 2, 9)]
    assert hastened.show(construct()) == pytest.approx(10 / 60)
    assert not hastened.closed


def test_a_hastened_window_knows_that_it_was_closed_by_who_watches() -> None:
    hastened = SpeedUpView(ScriptedView([Closed()]), TimedKeyPresser(Presses()), NOON)  # type: ignore[list-item]
    hastened.show(PAGE)
    hastened.events()
    assert hastened.closed


def test_who_does_nothing_any_more_leaves_a_window_that_nobody_closed() -> None:
    pilot = TimedKeyPresser(Presses())
    hastened = SpeedUpView(ScriptedView(["j"]), pilot, NOON)
    hastened.show(PAGE)
    assert pilot(PAGE) is None
    assert isinstance(hastened.events()[-1].event, Closed)
    assert not hastened.closed
