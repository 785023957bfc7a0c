"""Trials with phases, deadlines and restarts, on a screen of 60 frames a second."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone
from typing import TypeAlias

import pytest

from elicit.design.build import PlannedBlock, SessionPlan
from elicit.log.rows import EventRow
from elicit.pages import LeavePage
from elicit.paradigms.infer import Infer
from elicit.screen.view import ScreenState
from elicit.session.presenting import SessionStoppedError
from elicit.session.records import RowContext, trial_row
from elicit.session.replay import find_differences
from elicit.session.trial_run import TrialResult, run_trial
from elicit.timing import Phase, Timing
from elicit.trial import (
    FOCUS_LOST,
    FOCUS_REGAINED,
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
from elicit.visual_angle import PictureSize
from stimuli.processes.mixup import MixupProcess
from stimuli.sources.endpoints import Pictograms
from tests.elicit.helpers.factories import (
    GRID,
    construct_trial,
    discriminate_trial,
    infer_trial,
)

FRAME = 1 / 60
NOON = datetime(2026, 5, 4, 12, tzinfo=timezone.utc)
TIMING = Timing(interval_s=0.5, fixation_s=0.25, exposure_s=0.1, mask="noise", mask_s=0.2)
ONSET = 0.75 + FRAME  # of the image, where nothing gets in the way; the first flip is at one frame
PLAN = SessionPlan("P01", 1, 0, (PlannedBlock("cats", "", "", 0, 1, "", ()),))
CONTEXT = RowContext(
    "P01",
    1,
    "pilot",
    "0" * 64,
    "pictograms",
    32,
    simulated=True,
    resumed=False,
    process=MixupProcess(Pictograms()),
)
ALL = [Phase.INTERVAL, Phase.FIXATION, Phase.PICTURE, Phase.MASK, Phase.BLANK]


Act: TypeAlias = tuple[float, Event | Leave | Closed | str]


class FrameView:
    """A screen that flips every frame; acts come at times on its clock, and frames may be late."""

    def __init__(self, *acts: Act, late: Sequence[int] = ()) -> None:
        """Script the acts.

        Args:
            acts: each with its time, s; a text is a cause without a meaning.
            late: numbers of flips, from 0, that come one frame late.
        """
        self._acts = sorted(acts, key=lambda act: act[0])
        self._late = set(late)
        self._frames = 0
        self.flips: list[tuple[float, object]] = []  # time, and the phase, or the page's class
        self.states: list[ScreenState] = []
        self.dropped_frames = 0
        self.picture_size: PictureSize | None = None
        self.refresh_hz = 60.0

    @property
    def next_flip_s(self) -> float:
        return (self._frames + 1) * FRAME

    def prepare(self, trial: Trial) -> None:
        """Do nothing."""

    def show(
        self, state: ScreenState, *, too_early: bool = False, phase: Phase = Phase.PICTURE
    ) -> float:
        is_late = len(self.flips) in self._late
        self._frames += 2 if is_late else 1
        self.dropped_frames += is_late
        page = isinstance(state, LeavePage)
        self.flips.append((self._frames * FRAME, LeavePage if page else phase))
        self.states.append(state)
        return self._frames * FRAME

    def events(self, until: float | None = None) -> list[Timed]:
        now = (self._frames + 0.9) * FRAME
        due = [act for act in self._acts if act[0] <= now]
        self._acts = self._acts[len(due) :]
        if not self._acts and not due and self._frames > 60 * 20:
            return [Timed(Closed(), now, "script ended")]
        return [
            Timed(None, at, what) if isinstance(what, str) else Timed(what, at, "script")
            for at, what in due
        ]

    @property
    def phases(self) -> list[object]:
        """What was on screen, in order."""
        shown = [what for _, what in self.flips]
        return [what for k, what in enumerate(shown) if k == 0 or what is not shown[k - 1]]

    def count(self, phase: Phase) -> int:
        """Return how many flips showed a phase."""
        return sum(what is phase for _, what in self.flips)

    def first(self, phase: Phase) -> float:
        """Return the time of the first flip of a phase."""
        return next(at for at, what in self.flips if what is phase)


def run(
    view: FrameView, trial: Trial | None = None, record: list[EventRow] | None = None
) -> TrialResult:
    """Run a trial, and see that its events lead to the row that it writes."""
    trial = discriminate_trial(timing=TIMING) if trial is None else trial
    answer = run_trial(trial, view, Wording(), record, lambda: NOON)
    row = trial_row(PLAN, PLAN.blocks[0], trial, answer, CONTEXT)
    assert find_differences([row], answer.events, {"cats": GRID}) == []
    return answer


def assert_exposure(answer: TrialResult, seconds: float, frames: int, late: int) -> None:
    assert answer.exposure is not None
    assert answer.exposure.seconds == pytest.approx(seconds, abs=2e-6)
    assert (answer.exposure.frames, answer.exposure.dropped_frames) == (frames, late)


def test_each_phase_takes_its_whole_frames_in_order() -> None:
    view = FrameView((2.0, Step(-1)))
    answer = run(view)
    assert view.phases == ALL
    assert [view.count(phase) for phase in ALL[:4]] == [30, 15, 6, 12]
    assert answer.interval_s == pytest.approx(0.5, abs=1e-6)
    assert_exposure(answer, 0.1, 6, 0)
    assert answer.restarts == 0
    assert answer.rt_s == pytest.approx(2.0 - ONSET, abs=1e-6)


@pytest.mark.parametrize(
    ("exposure_s", "frames"), [(0.001, 1), (0.017, 1), (0.026, 2), (0.05, 3), (0.2, 12)]
)
def test_an_exposure_is_the_nearest_whole_number_of_frames(exposure_s: float, frames: int) -> None:
    view = FrameView((2.0, Step(-1)))
    answer = run(view, discriminate_trial(timing=Timing(exposure_s=exposure_s)))
    assert view.count(Phase.PICTURE) == frames
    assert_exposure(answer, frames * FRAME, frames, 0)


def test_a_late_frame_makes_the_exposure_no_longer_and_is_counted() -> None:
    onset = 30 + 15  # number of the flip
    view = FrameView((2.0, Step(-1)), late=[onset + 2])
    answer = run(view)
    assert view.count(Phase.PICTURE) == 5
    assert_exposure(answer, 0.1, 6, 1)
    last = FrameView((2.0, Step(-1)), late=[onset + 6])  # the flip that brings the mask
    assert_exposure(run(last), 0.1 + FRAME, 7, 1)


def test_a_late_frame_before_the_image_is_none_of_its_own() -> None:
    view = FrameView((2.5, Step(-1)), late=[45])  # the onset itself
    answer = run(view)
    assert_exposure(answer, 0.1, 6, 0)
    assert answer.dropped_frames == 1


def test_an_answer_while_the_image_is_on_screen_counts_and_ends_the_exposure() -> None:
    view = FrameView((ONSET + 0.04, Step(-1)))
    answer = run(view)
    assert answer.response.chose_i is True
    assert answer.rt_s == pytest.approx(0.04, abs=1e-6)
    assert view.phases == [Phase.INTERVAL, Phase.FIXATION, Phase.PICTURE, Phase.BLANK]
    assert_exposure(answer, 3 * FRAME, 3, 0)


def test_an_answer_during_the_mask_counts() -> None:
    view = FrameView((ONSET + 0.15, Step(1)))
    answer = run(view)
    assert answer.response.chose_i is False
    assert view.phases == ALL[:4]


def test_what_is_done_before_the_image_counts_for_nothing_and_is_recorded() -> None:
    view = FrameView(
        (0.1, Step(1)), (0.6, Step(1)), (ONSET - 0.001, Step(1)), (ONSET + 0.3, Step(-1))
    )
    record: list[EventRow] = []
    answer = run(view, None, record)
    assert answer.response.chose_i is True
    acts = [row for row in record if row.cause == "script"]
    assert [row.counted for row in acts] == [False, False, False, True]
    assert [row.at_s for row in acts] == pytest.approx(
        [0.1 - ONSET, 0.6 - ONSET, -0.001, 0.3], abs=2e-6
    )


def test_the_events_say_when_each_phase_began() -> None:
    record: list[EventRow] = []
    run(FrameView((2.0, Step(-1))), None, record)
    flips = [(row.event, row.at_s) for row in record if row.cause == "flip"]
    assert [event for event, _ in flips] == [
        "begins", "interval", "fixation", "shown", "mask", "blank",
    ]  # fmt: skip
    assert [at_s for _, at_s in flips] == pytest.approx(
        [-0.75, -0.75, -0.25, 0, 0.1, 0.3], abs=2e-6
    )
    assert next(row.value for row in record if row.event == "mask") == 6  # frames of the image


def test_a_trial_without_phases_says_nothing_of_them() -> None:
    record: list[EventRow] = []
    answer = run(FrameView((0.5, Step(-1))), discriminate_trial(), record)
    assert (answer.interval_s, answer.exposure, answer.restarts) == (None, None, None)
    assert [row.event for row in record] == ["shown", "step"]


def test_fixation_and_interval_come_before_an_image_that_stays() -> None:
    view = FrameView((0.5 + 0.25 + FRAME + 3.0, Confirm()))
    timing = Timing(interval_s=0.5, fixation_s=0.25)
    answer = run(view, construct_trial(timing=timing))
    assert view.phases == ALL[:3]
    assert answer.rt_s == pytest.approx(3.0, abs=1e-6)
    assert (answer.exposure, answer.restarts) == (None, 0)


# -- deadlines


@pytest.mark.parametrize("trial", [construct_trial, discriminate_trial, infer_trial])
def test_a_trial_without_an_answer_by_its_deadline_is_missed(trial: object) -> None:
    assert callable(trial)
    view = FrameView((0.2, "j"))
    answer = run(view, trial(timing=Timing(deadline_s=1.0)))
    assert answer.missed
    assert (answer.response.lambda_g, answer.response.chose_i) == (None, None)
    assert answer.rt_s == pytest.approx(1.0, abs=1e-6)
    assert view.flips[-1][0] == pytest.approx(1.0 + FRAME)
    assert answer.events[-1].event == "missed"


def test_an_answer_just_before_the_deadline_counts_and_just_after_it_does_not() -> None:
    timing = Timing(deadline_s=1.0)
    before = run(FrameView((FRAME + 0.999, Step(-1))), discriminate_trial(timing=timing))
    assert not before.missed
    assert before.response.chose_i is True
    after = run(FrameView((FRAME + 1.001, Step(-1))), discriminate_trial(timing=timing))
    assert after.missed
    assert not any(row.counted for row in after.events)


def test_a_deadline_counts_from_the_image_and_without_pauses() -> None:
    timing = Timing(interval_s=0.5, deadline_s=1.0)
    pause: list[Act] = [(1.0, Leave()), (6.0, Confirm())]
    answered = FrameView(*pause, (6.3, Step(-1)))
    assert not run(answered, discriminate_trial(timing=timing)).missed
    missed = run(FrameView(*pause, (6.9, Step(-1))), discriminate_trial(timing=timing))
    assert missed.missed
    assert missed.rt_s == pytest.approx(1.0, abs=2e-6)


def test_what_was_moved_before_the_deadline_is_counted_though_it_is_no_answer() -> None:
    acts: list[tuple[float, Event | Leave | Closed | str]] = [
        (0.3, Slide(0, 20)),
        (0.6, Slide(1, 70)),
    ]
    answer = run(FrameView(*acts), infer_trial(timing=Timing(deadline_s=1.0)))
    assert answer.missed
    assert (answer.response.steps, answer.response.position) == (2, None)


# -- pauses and other windows


PAUSE_IN_EXPOSURE: list[Act] = [(ONSET + 0.05, Leave()), (3.0, Confirm())]


def test_a_pause_in_the_exposure_shows_the_trial_again_from_the_fixation() -> None:
    view = FrameView(*PAUSE_IN_EXPOSURE, (4.0, Step(-1)))
    answer = run(view)
    again = [Phase.FIXATION, Phase.PICTURE, Phase.MASK, Phase.BLANK]
    assert view.phases == [*ALL[:3], LeavePage, *again]
    assert (answer.pauses, answer.restarts) == (1, 1)
    assert_exposure(answer, 0.1, 6, 0)
    resumed = next(at for at, what in view.flips if what is Phase.FIXATION and at > 2)
    assert answer.paused_s == pytest.approx(resumed - ONSET - 0.05, abs=2e-6)
    assert answer.rt_s == pytest.approx(4.0 - resumed - 0.25, abs=2e-6)  # from the last onset
    assert answer.interval_s == pytest.approx(0.5, abs=1e-6)


def test_a_trial_that_is_shown_again_begins_without_what_was_done_before() -> None:
    timing = Timing(fixation_s=0.25, exposure_s=0.5)
    slide = (0.4, Slide(0, 20))
    again = (4.0, Slide(1, 70)), (4.1, Slide(0, 90)), (4.2, Confirm())
    view = FrameView(slide, (0.5, Leave()), (3.0, Confirm()), *again)
    answer = run(view, infer_trial(timing=timing))
    assert (answer.response.position, answer.response.steps) == (90, 2)
    positions = [state.positions for state in view.states if isinstance(state, Infer)]
    assert (20, None) in positions
    assert (20, 70) not in positions


def test_a_pause_of_a_trial_whose_image_stays_goes_on_where_it_was() -> None:
    timing = Timing(interval_s=0.5, fixation_s=0.25)
    view = FrameView((1.5, Leave()), (3.0, Confirm()), (4.0, Step(-1)))
    answer = run(view, discriminate_trial(timing=timing))
    assert view.phases == [*ALL[:3], LeavePage, Phase.PICTURE]
    assert (answer.pauses, answer.restarts) == (1, 0)
    back = next(at for at, what in view.flips if what is Phase.PICTURE and at > 3)
    assert answer.rt_s == pytest.approx(4.0 - ONSET - (back - 1.5), abs=2e-6)


@pytest.mark.parametrize("at", [0.2, 0.6])
def test_a_pause_before_the_image_begins_again_at_the_fixation(at: float) -> None:
    view = FrameView((at, Leave()), (3.0, Confirm()), (4.0, Step(-1)))
    record: list[EventRow] = []
    answer = run(view, None, record)
    assert view.phases[-4:] == [Phase.FIXATION, Phase.PICTURE, Phase.MASK, Phase.BLANK]
    assert (answer.pauses, answer.restarts) == (1, 1)
    resumed = next(at for at, what in view.flips if what is Phase.FIXATION and at > 2)
    assert answer.paused_s == pytest.approx(resumed - at, abs=2e-6)


@pytest.mark.parametrize("at", [0.2, ONSET + 0.05, ONSET + 0.15, ONSET + 0.6])
def test_a_keyboard_with_another_window_empties_the_screen_and_begins_again(at: float) -> None:
    view = FrameView((at, FOCUS_LOST), (3.0, FOCUS_REGAINED), (4.0, Step(-1)))
    answer = run(view)
    blank = [what for when, what in view.flips if at + FRAME < when < 3.0]
    assert set(blank) == {Phase.INTERVAL}
    assert view.phases[-5:] == ALL
    assert (answer.pauses, answer.restarts) == (0, 1)
    assert_exposure(answer, 0.1, 6, 0)
    shown = next(when for when, what in view.flips if what is Phase.PICTURE and when > 3)
    assert answer.rt_s == pytest.approx(4.0 - shown, abs=2e-6)


def test_a_keyboard_with_another_window_is_no_matter_where_the_image_stays() -> None:
    view = FrameView((0.5, FOCUS_LOST), (1.0, FOCUS_REGAINED), (2.0, Step(-1)))
    answer = run(view, discriminate_trial())
    assert view.phases == [Phase.PICTURE]
    assert answer.restarts is None


@pytest.mark.parametrize(
    "acts",
    [
        [(0.2, Closed())],
        [(ONSET + 0.05, Closed())],
        [(0.2, Leave()), (1.0, Leave())],
        [(ONSET + 0.05, FOCUS_LOST), (2.0, Closed())],
    ],
)
def test_a_trial_can_be_stopped_in_each_phase_and_its_events_are_kept(
    acts: list[Act],
) -> None:
    record: list[EventRow] = []
    with pytest.raises(SessionStoppedError, match=r"^$"):
        run(FrameView(*acts), None, record)
    assert [row.event for row in record][:2] == ["begins", "interval"]
    assert record[-1].cause == "script"
    assert all(row.trial == 0 for row in record)
