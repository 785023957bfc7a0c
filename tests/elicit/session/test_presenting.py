"""Whole trials and single pages, answered by a script."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

import pytest

from elicit.log.rows import EventRow
from elicit.pages import LeavePage, Page
from elicit.paradigms.construct import Construct
from elicit.paradigms.infer import Infer
from elicit.screen.view import ScreenState
from elicit.session.presenting import SessionStoppedError, show_page
from elicit.session.trial_run import TrialResult, run_trial
from elicit.timing import Phase
from elicit.trial import (
    FOCUS_LOST,
    FOCUS_REGAINED,
    Choose,
    Closed,
    Confirm,
    Event,
    Leave,
    Slide,
    Step,
    Timed,
    Trial,
    Wording,
)
from tests.elicit.helpers.factories import (
    GRID,
    SHUFFLED,
    construct_trial,
    discriminate_trial,
    infer_trial,
    select_trial,
)
from tests.elicit.helpers.views import ScriptedView

FRAME = 1 / 60
PAGE = Page("Title", "Text", "Hint")


class Batches(ScriptedView):
    """A view whose polls bring several acts at once, each at a time after the last flip."""

    def __init__(self, *batches: list[tuple[float, Event | Leave | Closed]]) -> None:
        super().__init__([])
        self._batches = iter(batches)

    def events(self, until: float | None = None) -> list[Timed]:
        batch = next(self._batches, [(0.0, Closed())])
        return [Timed(event, self._now + after, "script") for after, event in batch]


def answered(trial: Trial, keys: Sequence[str | Event]) -> TrialResult:
    return run_trial(trial, ScriptedView(keys), Wording())


# -- one trial


def test_a_participant_who_stops_at_075_has_their_5050_at_075() -> None:
    trial = construct_trial(start=0, lambdas=(0.0, 0.25, 0.5, 0.75, 1.0))
    response = answered(trial, ["left", "left", "left", "space"]).response
    assert (response.lambda_f, response.lambda_g, response.steps) == (0.75, 0.5, 3)


def test_a_participant_who_picks_the_fifth_image_has_their_5050_there() -> None:
    answer = answered(select_trial(), ["right", "down", "enter", "enter"])
    assert answer.response.lambda_f == SHUFFLED[4]


def test_a_participant_who_clicks_an_image_has_their_5050_there() -> None:
    assert answered(select_trial(), [Choose(8), Confirm()]).response.lambda_f == SHUFFLED[8]


def test_a_participant_who_leaves_a_slider_untouched_is_asked_again() -> None:
    view = ScriptedView(["shift+left", "enter", "end", "enter"])
    response = run_trial(infer_trial(), view, Wording()).response
    assert (response.position, response.confidence_position) == (40, 100)
    assert (response.lambda_g, response.omega) == (0.6, 1.0)
    again = [shown.asked_again for shown in view.shown if isinstance(shown, Infer)]
    assert again == [False, False, True, True]


def test_a_participant_who_drags_the_sliders_says_what_they_see() -> None:
    response = answered(infer_trial(), [Slide(0, 30), Slide(1, 0), "enter"]).response
    assert (response.lambda_g, response.omega) == (0.7, 0.0)


def test_response_time_is_from_the_first_flip_to_the_act_that_confirms() -> None:
    answer = answered(construct_trial(), ["left", "j", "right", "space"])
    assert answer.rt_s == pytest.approx(3.5 * FRAME)
    assert [event.event for event in answer.events] == ["shown", "step", "", "step", "confirm"]
    assert [event.counted for event in answer.events] == [False, True, False, True, True]
    assert [event.at_s for event in answer.events] == pytest.approx(
        [0.0, 0.5 * FRAME, 1.5 * FRAME, 2.5 * FRAME, 3.5 * FRAME], abs=1e-6
    )


def test_every_act_is_on_screen_at_the_next_flip() -> None:
    view = ScriptedView(["left", "left", "right", "space"])
    run_trial(construct_trial(start=1), view, Wording())
    assert [shown.index for shown in view.shown if isinstance(shown, Construct)] == [1, 2, 3, 2]


def test_acts_before_the_trial_is_on_screen_are_recorded_and_change_nothing() -> None:
    view = Batches([(-0.001, Confirm()), (-0.001, Step(-1))], [(0.001, Confirm())])
    answer = run_trial(construct_trial(start=1), view, Wording())
    assert (answer.response.lambda_f, answer.response.steps) == (GRID[1], 0)
    assert [event.counted for event in answer.events] == [False, False, False, True]
    assert answer.rt_s == pytest.approx(FRAME + 0.001)


def test_acts_after_the_one_that_confirms_are_recorded_and_change_nothing() -> None:
    view = Batches([(0.001, Step(-1)), (0.002, Confirm()), (0.003, Step(-1)), (0.004, Confirm())])
    answer = run_trial(construct_trial(start=1), view, Wording())
    assert (answer.response.lambda_f, answer.response.steps) == (GRID[2], 1)
    assert answer.rt_s == pytest.approx(0.002)
    assert [event.counted for event in answer.events][1:] == [True, True, False, False]


def test_a_trial_s_late_frames_are_its_own() -> None:
    class Late(ScriptedView):
        def show(
            self, state: ScreenState, *, too_early: bool = False, phase: Phase = Phase.PICTURE
        ) -> float:
            self.dropped_frames += 1
            return super().show(state, too_early=too_early, phase=phase)

    view = Late(["left", "space", "space"])
    assert run_trial(construct_trial(), view, Wording()).dropped_frames == 2
    assert run_trial(construct_trial(), view, Wording()).dropped_frames == 1


def test_a_key_before_the_earliest_time_is_no_answer_where_one_key_answers() -> None:
    trial = discriminate_trial(earliest_s=0.3)
    view = Batches([(0.1, Step(1))], [(0.4, Step(-1))])
    record: list[EventRow] = []
    answer = run_trial(trial, view, Wording(), record)
    assert answer.response.chose_i is True
    assert [row.counted for row in record] == [False, False, True]
    assert answer.rt_s == pytest.approx(0.4 + FRAME)


@pytest.mark.parametrize("trial", [construct_trial, discriminate_trial, infer_trial])
def test_an_answer_before_the_earliest_time_brings_a_hint_that_stays(
    trial: Callable[..., Trial],
) -> None:
    answers: list[Event] = [Slide(0, 9), Slide(1, 9), Confirm()]
    if trial is discriminate_trial:
        answers = [Step(1)]
    view = Batches([(0.1, each) for each in answers], [], [(0.4, each) for each in answers])
    run_trial(trial(earliest_s=0.3), view, Wording())
    assert view.asked_to_look == [False, True, True]


def test_an_act_that_is_no_answer_brings_no_hint() -> None:
    view = Batches([(-0.001, Confirm()), (0.1, Step(1))], [(0.4, Confirm())])
    run_trial(construct_trial(earliest_s=0.3), view, Wording())
    assert view.asked_to_look == [False, False]


# -- stopping


def test_escape_and_going_on_leaves_the_trial_as_it_was() -> None:
    view = ScriptedView(["left", "escape", "left", "escape", "space", "left", "enter"])
    answer = run_trial(construct_trial(start=1), view, Wording())
    assert (answer.response.lambda_f, answer.response.steps) == (GRID[3], 2)
    kinds = [type(shown) for shown in view.shown]
    leaving = [LeavePage] * 3
    assert kinds == [Construct, Construct, *leaving, Construct, Construct, Construct]
    assert "leave" in [event.event for event in answer.events]


@pytest.mark.parametrize(
    "keys", [["escape", "q"], ["left", "escape", "left", "q"], [], ["left"], ["escape"]]
)
def test_a_trial_that_is_left_or_closed_has_no_answer(keys: list[str]) -> None:
    with pytest.raises(SessionStoppedError, match=r"^$"):
        answered(construct_trial(), keys)


def test_the_question_whether_to_stop_says_so() -> None:
    view = ScriptedView(["escape", "space", "space"])
    run_trial(construct_trial(), view, Wording(leave_title="Stop?", leave_text="Q stops."))
    page = next(shown for shown in view.shown if isinstance(shown, LeavePage))
    assert (page.title, page.text) == ("Stop?", "Q stops.")


def test_a_window_closed_while_nothing_counts_still_stops_the_session() -> None:
    early = Batches([(-0.001, Closed())], [(0.001, Confirm())])
    with pytest.raises(SessionStoppedError, match=r"^$"):
        run_trial(construct_trial(), early, Wording())


def test_an_act_behind_escape_does_not_answer_a_trial_that_is_out_of_sight() -> None:
    view = Batches(
        [(0.001, Leave()), (0.002, Confirm())],
        [(0.001, Confirm()), (0.002, Confirm())],  # goes on, and one more before it is back
        [(0.001, Step(-1)), (0.002, Confirm())],
    )
    answer = run_trial(construct_trial(start=1), view, Wording())
    assert (answer.response.lambda_f, answer.response.steps) == (GRID[2], 1)


PAUSED = ["left", "escape", "j", "j", "space", "right", "escape", "space", "enter"]


def test_response_time_is_without_the_time_on_the_page_that_asks_whether_to_stop() -> None:
    # from the onset to Escape, between the two pauses, and from the second to the act that confirms
    answer = answered(construct_trial(start=1), PAUSED)
    assert answer.pauses == 2
    assert answer.paused_s == pytest.approx((3.5 + 1.5) * FRAME, abs=1e-5)
    assert answer.rt_s == pytest.approx((1.5 + 2.5 + 1.5) * FRAME, abs=1e-5)


def test_a_trial_without_a_pause_says_so() -> None:
    answer = answered(construct_trial(), ["left", "space"])
    assert (answer.pauses, answer.paused_s) == (0, 0.0)


def test_a_pause_does_not_bring_the_earliest_answer_nearer() -> None:
    trial = discriminate_trial(earliest_s=0.3)
    view = Batches(
        [(0.1, Leave())], [(5.0, Confirm())], [(0.1, Step(1))], [(0.25, Step(-1))]
    )  # a key 0.2 s after the onset, pause apart; and one at 0.37 s
    assert run_trial(trial, view, Wording()).response.chose_i is True


# -- pages


def test_a_page_takes_the_time_without_that_of_the_page_that_asks_whether_to_stop() -> None:
    _, rt_s = show_page(PAGE, ScriptedView(["j", "escape", "j", "j", "space", "enter"]), Wording())
    assert rt_s == pytest.approx((1.5 + 1.5) * FRAME, abs=1e-5)


def test_a_page_waits_until_it_is_read() -> None:
    view = ScriptedView(["left", "q", "j", "enter"])
    show_page(PAGE, view, Wording())
    assert view.shown == [PAGE] * 4


def test_a_page_that_stands_for_some_time_counts_its_seconds_down() -> None:
    page = replace(PAGE, earliest_s=2.0)
    view = ScriptedView(["j", "enter", "escape", *["j"] * 3, "space", *["enter"] * 9], frame_s=0.25)
    turned, _ = show_page(page, view, Wording())
    left = [shown.wait_s for shown in view.shown if type(shown) is Page]
    assert left == [2, 2, 2, 1, 1]
    assert turned.done


def test_a_key_pressed_before_a_page_is_on_screen_does_not_turn_it() -> None:
    view = Batches([(-0.001, Confirm())], [], [(0.001, Confirm())])
    show_page(PAGE, view, Wording())
    assert len(view.shown) == 3


def test_escape_on_a_page_and_going_on_shows_the_page_again() -> None:
    view = ScriptedView(["escape", "space", "space"])
    show_page(PAGE, view, Wording())
    assert [type(shown) for shown in view.shown] == [Page, LeavePage, Page, Page]


@pytest.mark.parametrize("keys", [["escape", "q"], []])
def test_a_session_can_be_stopped_on_a_page(keys: list[str]) -> None:
    with pytest.raises(SessionStoppedError, match=r"^$"):
        show_page(PAGE, ScriptedView(keys), Wording())


@pytest.mark.parametrize("stops", [False, True])
def test_a_keyboard_lost_and_regained_is_two_rows_on_the_page_that_asks_too(stops: bool) -> None:
    lost = [FOCUS_LOST, FOCUS_REGAINED]
    keys = [*lost, "escape", *lost, "q" if stops else "space", "enter"]
    presented: tuple[Callable[[list[EventRow]], object], ...] = (
        lambda record: run_trial(construct_trial(), ScriptedView(keys), Wording(), record),
        lambda record: show_page(PAGE, ScriptedView(keys), Wording(), record),
    )
    for present in presented:
        record: list[EventRow] = []
        with suppress(SessionStoppedError):
            present(record)
        rows = [row for row in record if row.cause in lost]
        assert [row.cause for row in rows] == [*lost, *lost]
        assert not any(row.counted or row.event for row in rows)
