"""Show one trial, phase by phase, until it is answered, missed or left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from elicit.log.rows import EventRow
from elicit.markers import Marker, MarkerSender
from elicit.paradigms import PARADIGMS, State
from elicit.screen.view import View
from elicit.session import events as trial_events
from elicit.session.clock import read_computer_clock
from elicit.session.interruption_pages import leave_page
from elicit.session.presenting import SessionStoppedError, confirm_or_stop
from elicit.timing import BEFORE_PICTURE, Phase, count_frames
from elicit.trial import (
    FOCUS_LOST,
    FOCUS_REGAINED,
    Closed,
    Confirm,
    Leave,
    Response,
    Scroll,
    Timed,
    Trial,
    Wording,
    Write,
)
from elicit.visual_angle import PictureSize

TIME_STEP_S = 1e-6  # in which a log states times; a response takes one at least


@dataclass(frozen=True)
class TrialResult:
    """The answer to one trial, with its times and events."""

    response: Response
    rt_s: float  # from the flip that showed the image to the act that confirmed, without pauses
    onset_utc: datetime
    dropped_frames: int
    pauses: int  # how often the page that asks whether to stop was in the way
    paused_s: float  # for how long
    events: tuple[EventRow, ...]
    missed: bool = False  # whether the deadline passed; then the response has no answer
    interval_s: float | None = None  # of empty screen before; None where there was none
    exposure: trial_events.Exposure | None = None  # where it is limited
    restarts: int | None = None  # None where the trial has no phases
    picture: PictureSize | None = None  # None where nothing is drawn


def run_trial(
    trial: Trial,
    view: View,
    wording: Wording,
    record: list[EventRow] | None = None,
    clock: Callable[[], datetime] = read_computer_clock,
    markers: MarkerSender | None = None,
) -> TrialResult:
    """Return what the participant answered.

    An act counts after the flip that shows the image, until the act that confirms, while the image
    is on screen and after; others are recorded, and change nothing. Before the trial's earliest_s
    no Confirm counts, and nothing else that would be the answer; the trial's hint then asks to
    look longer. After its deadline_s nothing counts, and the trial is missed.

    The time from Escape to the flip that shows the trial again is a pause, and part of no response
    time. A pause before the image is shown, or of a trial whose image is shown for a limited time,
    has the trial begin again, from the fixation where there is one; so has the keyboard when it
    was with another window.

    Args:
        trial: what to ask.
        view: the screen.
        wording: the words that are the same in every trial.
        record: takes everything that happens, also where the trial is not answered.
        clock: tells the time of day, UTC.
        markers: gets a code right after the flip of each phase, and with the answer.

    Raises:
        SessionStoppedError: the participant left, or closed the window.
    """
    running = _TrialRun(trial, view, wording, clock, markers or MarkerSender())
    record = [] if record is None else record
    try:
        running.run()
    finally:
        record.extend(running.list_events())
    return running.result(tuple(record))


@dataclass(frozen=True)
class TrialEnding:
    """Where a trial's events lead."""

    state: State
    ended_s: float  # of the act that confirmed, or the flip after the deadline, as events have it
    missed: bool


def make_result(
    trial: Trial,
    ending: TrialEnding,
    events: Sequence[EventRow],
    onset_utc: datetime,
    dropped_frames: int,
) -> TrialResult:
    """Return the result of a trial that is done, or was missed.

    Args:
        trial: what was asked.
        ending: where its events lead.
        events: everything that happened.
        onset_utc: when the image was shown.
        dropped_frames: of the screen, that came late.
    """
    pauses_s = trial_events.list_pauses(events)
    return TrialResult(
        _blank_response(ending.state, trial) if ending.missed else ending.state.response(),
        max(trial_events.measure_rt(events, ending.ended_s), TIME_STEP_S),
        onset_utc,
        dropped_frames,
        len(pauses_s),
        sum(pauses_s, 0.0),
        tuple(events),
        ending.missed,
        trial_events.measure_interval(events),
        trial_events.measure_exposure(events),
        trial_events.count_restarts(events),
    )


def _blank_response(state: State, trial: Trial) -> Response:
    """Return the response, without an answer, to a trial that was missed."""
    steps = int(getattr(state, "steps", 0))
    return Response(trial.lambdas[0], lambda_g=None, omega=None, steps=steps)


@dataclass(frozen=True)
class _Entry:
    """Something that happened in a trial: a flip, by its name, or an act."""

    what: str | Timed
    at: float
    counted: bool = False
    value: int | None = None
    marker: Marker | None = None


class _TrialRun:
    """A trial while it is on screen; times are seconds on the view's clock."""

    def __init__(
        self,
        trial: Trial,
        view: View,
        wording: Wording,
        clock: Callable[[], datetime],
        markers: MarkerSender,
    ) -> None:
        self._trial, self._view, self._wording, self._clock = trial, view, wording, clock
        self._markers = markers
        self._phases = trial.timing.phases
        self._has_phases = trial.timing.has_phases
        self._frame_s = 1 / view.refresh_hz
        self._entries: list[_Entry] = []
        self._zero: float | None = None  # the first onset, from which events count their time
        self._late_before = view.dropped_frames
        self._state: State = PARADIGMS[trial.paradigm](trial)
        self._place = 0  # of the phase on screen
        self._began = 0.0  # the phase on screen
        self._onset: float | None = None  # of the image, this time
        self._onset_utc: datetime | None = None
        self._late_at_onset = 0
        self._since = 0.0  # acts before do not count
        self._paused_s = 0.0  # since the onset
        self._ended = 0.0  # the act that confirmed, or the flip after the deadline
        self._too_early = False
        self._missed = False
        self._restarts = False  # the trial is to begin again
        self._resumes = False  # after a pause
        self._focused = True
        self._first = 0.0  # flip

    # -- what comes of it

    def list_events(self) -> list[EventRow]:
        """Return everything that happened so far, as rows."""
        zero = self._first if self._zero is None else self._zero
        return [self._row(entry, zero) for entry in self._entries]

    def result(self, events: tuple[EventRow, ...]) -> TrialResult:
        """Return the answer of a trial that is done, or was missed.

        Args:
            events: everything that happened, as rows.
        """
        assert self._zero is not None
        assert self._onset_utc is not None
        late = self._view.dropped_frames - self._late_before
        ending = TrialEnding(self._state, self._ended - self._zero, self._missed)
        result = make_result(self._trial, ending, events, self._onset_utc, late)
        return replace(result, picture=self._view.picture_size)

    def _row(self, entry: _Entry, zero: float) -> EventRow:
        what = entry.what
        if isinstance(what, Timed):
            row = trial_events.to_row(self._trial.number, zero, what, entry.counted)
        else:
            row = trial_events.session_row(
                self._trial.number,
                what,
                entry.at - zero,
                "deadline" if what == trial_events.MISSED else "flip",
                entry.value,
            )
        return trial_events.add_marker(row, entry.marker, zero)

    def _note(
        self, what: str, at: float, value: int | None = None, marker: Marker | None = None
    ) -> None:
        self._entries.append(_Entry(what, at, False, value, marker))

    def _note_act(self, timed: Timed, *, counted: bool = False) -> None:
        self._entries.append(_Entry(timed, timed.at, counted))

    # -- showing

    @property
    def _phase(self) -> Phase:
        return self._phases[self._place][0]

    @property
    def _is_limited(self) -> bool:
        """Whether the image is on screen for a limited time."""
        return self._trial.timing.exposure_s is not None

    def run(self) -> None:
        """Show the trial until it is answered or missed.

        Raises:
            SessionStoppedError: the participant left, or closed the window.
        """
        flip = self._first = self._enter(0, *([trial_events.BEGINS] if self._has_phases else []))
        self._since = flip
        while True:
            for timed in self._view.events(self._due()):
                self._take(timed)
            if self._state.done:
                break
            if self._restarts:
                flip = self._restart()
                continue
            deadline = self._deadline()
            if deadline is not None and flip >= deadline - self._frame_s / 4:
                self._missed, self._ended = True, flip
                marker = self._markers.send("missed", flip)
                self._note(trial_events.MISSED, flip, marker=marker)
                break
            end = self._end()
            if end is not None and self._view.next_flip_s >= end - self._frame_s / 2:
                flip = self._enter(self._place + 1)
            else:
                flip = self._show()
        if self._phase is Phase.PICTURE and self._is_limited:
            self._enter(len(self._phases) - 1)  # so that the exposure has an end

    def _show(self) -> float:
        return self._view.show(self._state, too_early=self._too_early, phase=self._phase)

    def _enter(self, place: int, *events: str) -> float:
        """Show the first frame of a phase; return its flip.

        Args:
            place: of the phase.
            events: what this flip is besides.
        """
        was_picture = self._onset is not None and self._phase is Phase.PICTURE
        self._place = place
        self._began = flip = self._show()
        kind = trial_events.PHASE_EVENTS[self._phase]
        marker = self._markers.send(kind, flip)  # at once
        for event in events:
            self._note(event, flip)
        frames = None
        if was_picture and self._onset is not None:
            frames = max(1, round((flip - self._onset) / self._frame_s))
        self._note(kind, flip, frames, marker)
        late = self._view.dropped_frames
        if was_picture and late > self._late_at_onset:
            self._note(trial_events.DROPPED, flip, late - self._late_at_onset)
        if self._phase is Phase.PICTURE:
            self._onset, self._onset_utc = flip, self._clock()
            self._zero = flip if self._zero is None else self._zero
            self._since, self._paused_s, self._late_at_onset = flip, 0.0, late
        return flip

    def _end(self) -> float | None:
        """Return when the phase on screen ends, after whole frames; None: with the answer."""
        seconds = self._phases[self._place][1]
        if seconds is None:
            return None
        return self._began + self._frame_s * count_frames(seconds, self._view.refresh_hz)

    def _deadline(self) -> float | None:
        """Return when the trial is missed, after whole frames; None: never, or not known yet."""
        seconds = self._trial.timing.deadline_s
        if seconds is None or self._onset is None:
            return None
        frames = count_frames(seconds, self._view.refresh_hz)
        return self._onset + self._paused_s + self._frame_s * frames

    def _due(self) -> float | None:
        """Return when the screen changes by itself; None: it does not."""
        return min((at for at in (self._end(), self._deadline()) if at is not None), default=None)

    # -- what the participant does

    def _take(self, timed: Timed) -> None:
        """Take note of an act, and do what it means.

        Raises:
            SessionStoppedError: the participant left, or closed the window.
        """
        event = timed.event
        counted = timed.at > self._since and not self._state.done and self._counts(timed)
        self._note_act(timed, counted=counted)
        if isinstance(event, Closed):
            raise SessionStoppedError
        if timed.cause == FOCUS_LOST:
            self._focused = False
            self._restarts = self._restarts or self._begins_again()
        elif timed.cause == FOCUS_REGAINED:
            self._focused = True
        if not counted:
            earliest = self._earliest()
            early = earliest is not None and self._since < timed.at < earliest
            self._too_early |= early and self._answers(timed)
        elif isinstance(event, Leave):
            self._pause(timed)
        elif event is not None and not isinstance(event, Write | Scroll):
            self._state, self._ended = self._state.step(event), timed.at
            if self._state.done:
                marker = self._markers.send("answered", timed.at)
                self._entries[-1] = replace(self._entries[-1], marker=marker)

    def _earliest(self) -> float | None:
        """Return when an answer counts; None while the image is not on screen yet."""
        if self._onset is None:
            return None
        return self._onset + self._paused_s + self._trial.earliest_s

    def _counts(self, timed: Timed) -> bool:
        event = timed.event
        if isinstance(event, Leave | Closed):
            return not self._restarts
        earliest, deadline = self._earliest(), self._deadline()
        if event is None or isinstance(event, Write | Scroll) or earliest is None or self._restarts:
            return False
        if deadline is not None and timed.at > deadline:
            return False
        return timed.at >= earliest or not self._answers(timed)

    def _answers(self, timed: Timed) -> bool:
        """Return whether an act is, or asks for, the answer to a trial that is not done."""
        event = timed.event
        if event is None or isinstance(event, Write | Scroll | Leave | Closed):
            return False
        return not self._state.done and (isinstance(event, Confirm) or self._state.step(event).done)

    # -- pauses

    def _begins_again(self) -> bool:
        """Return whether what gets in the way now has the trial begin again."""
        return self._has_phases and (self._is_limited or self._phase in BEFORE_PICTURE)

    def _pause(self, left: Timed) -> None:
        """Ask whether to stop, and show the trial again where not."""
        went_on = confirm_or_stop(leave_page(self._wording), self._view, self._note_act)
        self._note_act(went_on)
        self._focused = True  # else no key would have come
        if self._begins_again():
            self._restarts = self._resumes = True
            return
        self._since = self._show()  # what was done before does not count
        marker = self._markers.send("resumed", self._since)
        self._note(trial_events.RESUMED, self._since, marker=marker)
        self._paused_s += self._since - left.at

    def _restart(self) -> float:
        """Begin again, from the fixation where there is one; return the flip."""
        if not self._focused:
            self._wait_for_keyboard()
        self._state = PARADIGMS[self._trial.paradigm](self._trial)
        self._onset, self._too_early = None, False
        kinds = [phase for phase, _ in self._phases]
        place = kinds.index(Phase.FIXATION) if Phase.FIXATION in kinds else 0
        resumed = [trial_events.RESUMED] if self._resumes else []
        self._restarts = self._resumes = False
        self._since = self._enter(place, *resumed, trial_events.RESTARTED)
        return self._since

    def _wait_for_keyboard(self) -> None:
        """Show an empty screen while another window has the keyboard.

        Raises:
            SessionStoppedError: the window was closed.
        """
        while not self._focused:
            self._view.show(self._state, phase=Phase.INTERVAL)
            for timed in self._view.events():
                self._note_act(timed)
                if isinstance(timed.event, Closed):
                    raise SessionStoppedError
                self._focused |= timed.cause == FOCUS_REGAINED or timed.event is not None
