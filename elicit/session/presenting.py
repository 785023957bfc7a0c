"""Show one trial or one page until it is answered, confirmed or left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from elicit.log.rows import EventRow
from elicit.pages import AnyPage, LeavePage, Page
from elicit.paradigms import PARADIGMS, State
from elicit.screen.view import View
from elicit.session.clock import read_computer_clock
from elicit.session.events import to_row
from elicit.session.interruption_pages import leave_page
from elicit.trial import (
    FOCUS,
    Closed,
    Confirm,
    Erase,
    Leave,
    Response,
    Timed,
    Trial,
    Wording,
    Write,
)


class SessionStoppedError(Exception):
    """The session was stopped before its end; every answer so far is on disk."""


@dataclass(frozen=True)
class TrialResult:
    """The answer to one trial, with its times and events."""

    response: Response
    rt_s: float  # from the flip that showed the trial to the act that confirmed, without pauses
    onset_utc: datetime
    dropped_frames: int
    pauses: int  # how often the page that asks whether to stop was in the way
    paused_s: float  # for how long
    events: tuple[EventRow, ...]


def run_trial(
    trial: Trial,
    view: View,
    wording: Wording,
    record: list[EventRow] | None = None,
    clock: Callable[[], datetime] = read_computer_clock,
) -> TrialResult:
    """Return what the participant answered.

    An act counts after the flip that shows the trial, until the act that confirms; others are
    recorded, and change nothing. Before the trial's earliest_s no Confirm counts, and nothing else
    that would be the answer; the trial's hint then asks to look longer. The time from Escape to the
    flip that shows the trial again is a pause, and part of no response time.

    Args:
        trial: what to ask.
        view: the screen.
        wording: the words that are the same in every trial.
        record: takes everything that happens, also where the trial is not answered.
        clock: tells the time of day, UTC.

    Raises:
        SessionStoppedError: the participant left, or closed the window.
    """
    record = [] if record is None else record
    late_before = view.dropped_frames
    state = PARADIGMS[trial.paradigm](trial)
    pauses, paused_s, too_early = 0, 0.0, False

    def add(timed: Timed) -> None:
        record.append(to_row(trial.number, onset, timed, False))

    onset = since = confirmed = view.show(state)
    onset_utc = clock()
    record.append(_flip_row(trial, "shown"))
    while not state.done:
        for timed in view.events():
            event = timed.event
            earliest = onset + paused_s + trial.earliest_s
            counted = timed.at > since and not state.done and _counts(timed, earliest, state)
            record.append(to_row(trial.number, onset, timed, counted))
            if isinstance(event, Closed):
                raise SessionStoppedError
            if not counted:
                too_early |= since < timed.at < earliest and _answers(timed, state)
                continue
            if isinstance(event, Leave):
                left_s = record[-1].at_s
                went_on = confirm_or_stop(leave_page(wording), view, add)
                add(went_on)
                since = view.show(state, too_early=too_early)  # what was done before does not count
                record.append(_flip_row(trial, "resumed", since - onset))
                pauses, paused_s = pauses + 1, paused_s + record[-1].at_s - left_s
            elif event is not None and not isinstance(event, Write | Erase):
                state, confirmed = state.step(event), timed.at
        if not state.done:
            view.show(state, too_early=too_early)
    return TrialResult(
        state.response(),
        max(confirmed - onset - paused_s, 1e-6),
        onset_utc,
        view.dropped_frames - late_before,
        pauses,
        paused_s,
        tuple(record),
    )


def _counts(timed: Timed, earliest: float, state: State) -> bool:
    event = timed.event
    if event is None or isinstance(event, Write | Erase):
        return False
    if isinstance(event, Leave | Closed) or timed.at >= earliest:
        return True
    return not _answers(timed, state)


def _answers(timed: Timed, state: State) -> bool:
    """Return whether an act is, or asks for, the answer to a trial that is not done."""
    event = timed.event
    if event is None or isinstance(event, Write | Erase | Leave | Closed):
        return False
    return not state.done and (isinstance(event, Confirm) or state.step(event).done)


def _flip_row(trial: Trial, event: str, at_s: float = 0.0) -> EventRow:
    """Return the row of a flip: "shown" begins a trial, "resumed" ends a pause."""
    return EventRow(
        trial=trial.number,
        at_s=round(at_s, 6),
        cause="flip",
        event=event,
        value=None,
        slider=None,
        counted=False,
    )


def show_page(
    page: AnyPage,
    view: View,
    wording: Wording,
    record: list[EventRow] | None = None,
    number: int = 0,
) -> tuple[AnyPage, float]:
    """Show a page until it is done; return it as it then is, and the seconds without pauses.

    Args:
        page: what to show.
        view: the screen.
        wording: the words that are the same in every trial.
        record: takes everything that happens, also where the page is not done.
        number: place of the page in the session.

    Raises:
        SessionStoppedError: the participant left, or closed the window.
    """
    record = [] if record is None else record

    def add(timed: Timed) -> None:
        record.append(to_row(None, onset, timed, False, page=number))

    paused_s = 0.0
    onset = since = ended = view.show(page)
    earliest = onset + (page.earliest_s if isinstance(page, Page) else 0.0)
    while not page.done:
        for timed in view.events():
            event = timed.event
            counted = event is not None and timed.at > since and not page.done
            counted = counted and (not isinstance(event, Confirm) or timed.at >= earliest)
            record.append(to_row(None, onset, timed, counted, page=number))
            if isinstance(event, Closed):
                raise SessionStoppedError
            if event is None or not counted:
                continue
            if isinstance(event, Leave):
                confirm_or_stop(leave_page(wording), view, add)
                since = view.show(page)
                paused_s += since - timed.at
            else:
                page, ended = page.step(event), timed.at
        if not page.done:
            view.show(page)
    return page, max(ended - onset - paused_s, 0.0)


def confirm_or_stop(
    page: LeavePage, view: View, on_focus: Callable[[Timed], None] | None = None
) -> Timed:
    """Ask whether to stop the session; return the act that continued it.

    Args:
        page: the question.
        view: the screen.
        on_focus: called when the window loses the keyboard or has it again.

    Raises:
        SessionStoppedError: yes, stop.
    """
    act = show_until_confirmed(page, view, on_focus)
    if isinstance(act.event, Leave):
        raise SessionStoppedError
    return act


def show_until_confirmed(
    page: Page, view: View, on_focus: Callable[[Timed], None] | None = None
) -> Timed:
    """Show a page until the participant confirms or leaves it; return that act.

    Args:
        page: what to show.
        view: the screen.
        on_focus: called when the window loses the keyboard or has it again.

    Raises:
        SessionStoppedError: the window was closed.
    """
    onset = view.show(page)
    while True:
        for timed in view.events():
            event = timed.event
            if isinstance(event, Closed):
                raise SessionStoppedError
            if timed.cause in FOCUS and on_focus is not None:
                on_focus(timed)
            if event is None or timed.at <= onset:
                continue
            if isinstance(event, Leave):
                return timed
            page = page.step(event)
            if page.done:
                return timed
        view.show(page)
