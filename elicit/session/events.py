"""What was done in a trial or on a page as rows of the events file, and what these say.

Where a trial has phases, its events begin with "begins", and each phase with a row of its flip:
"interval", "fixation", "shown" (the image), "mask" and "blank". "resumed" is the flip that ends a
pause, and "restarted" the one from which the trial begins again. After the acts of a trial comes
"answered", and after those of a page "turned", with what else their rows say, so that a trial log
or a pages file that is lost can be made again.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from elicit.log.rows import EventRow, PageRow, TrialRow
from elicit.markers import Marker, MarkerEvent
from elicit.timing import Phase
from elicit.trial import (
    Choose,
    Closed,
    Confirm,
    Digit,
    Erase,
    Event,
    Focus,
    Jump,
    Leave,
    Scroll,
    Slide,
    Step,
    Timed,
    Trial,
    Write,
)

BEGINS, SHOWN, RESUMED, RESTARTED = "begins", "shown", "resumed", "restarted"
DROPPED, MISSED = "dropped", "missed"
ANSWERED, TURNED = "answered", "turned"  # after the acts of a trial, and of a page
PHASE_EVENTS: dict[Phase, MarkerEvent] = {
    Phase.INTERVAL: "interval",
    Phase.FIXATION: "fixation",
    Phase.PICTURE: "shown",
    Phase.MASK: "mask",
    Phase.BLANK: "blank",
}
_PHASES: frozenset[str] = frozenset(PHASE_EVENTS.values())


def to_row(
    trial: int | None, onset: float, timed: Timed, counted: bool, page: int | None = None
) -> EventRow:
    """Return what `timed` looks like in the events file.

    Args:
        trial: number of the trial; None on a page.
        onset: seconds on the view's clock of the flip that showed the trial or page.
        timed: what was done, and when.
        counted: whether the trial or page took it.
        page: place of the page in the session; None in a trial.
    """
    value: int | None = None
    slider: int | None = None
    match timed.event:
        case Step(number) | Jump(number) | Focus(number) | Choose(number):
            value = number
        case Digit(number) | Scroll(number):
            value = number
        case Slide(which, place):
            slider, value = which, place
        case Confirm() | Write() | Erase() | Leave() | Closed() | None:
            pass
    return EventRow(
        trial=trial,
        page=page,
        at_s=round(timed.at - onset, 6),
        cause=timed.cause,
        event="" if timed.event is None else type(timed.event).__name__.lower(),
        value=value,
        slider=slider,
        counted=counted,
    )


def flip_row(page: int, event: str, at_s: float = 0.0) -> EventRow:
    """Return the row of a page's flip: "shown" begins it, "resumed" ends a pause."""
    return session_row(None, event, at_s, page=page)


def session_row(
    trial: int | None,
    event: str,
    at_s: float,
    cause: str = "flip",
    value: int | None = None,
    **cells: Any,
) -> EventRow:
    """Return the row of what the session did, and no participant: it counts in no answer.

    Args:
        trial: number of the trial; None on a page.
        event: what was done.
        at_s: when, seconds from the flip that showed the trial or page.
        cause: of the event.
        value: number that goes with the event.
        cells: of the other columns, by name.
    """
    return EventRow(
        trial=trial,
        at_s=round(at_s, 6),
        cause=cause,
        event=event,
        value=value,
        slider=None,
        counted=False,
        **cells,
    )


def add_marker(row: EventRow, marker: Marker | None, onset: float) -> EventRow:
    """Return the row of an event with the code that was sent for it.

    Args:
        row: of the event.
        marker: the code, and when it was sent; None where none was.
        onset: from which the row counts its time, s on the same clock.
    """
    if marker is None:
        return row
    sent = {"marker": marker.code, "marker_s": round(marker.at - onset, 6)}
    return row.model_copy(update=sent)


def answer_row(trial: Trial, row: TrialRow) -> EventRow:
    """Return the row after the acts of a trial: what its log's row has beside what they lead to."""
    return session_row(
        trial.number,
        ANSWERED,
        row.rt_s + (row.paused_s or 0.0),
        "session",
        row.missed_before,
        item=name_images(trial),
        lambda_f=row.lambda_f,
        at_utc=row.onset_utc,
        dropped_frames=row.dropped_frames,
        side_px=row.side_px,
        side_deg=row.side_deg,
        resumed=row.resumed,
    )


def page_end_row(row: PageRow, at_s: float, chosen: int | None) -> EventRow:
    """Return the row after the acts on a page: what its row in the pages file has beside them.

    Args:
        row: that row.
        at_s: seconds from the flip that showed the page to the act that ended it.
        chosen: which option was chosen, from 0; None where there are none.
    """
    return session_row(
        None,
        TURNED,
        at_s,
        "session",
        chosen,
        page=row.page,
        item=row.item,
        answer=row.answer,
        at_utc=row.at_utc,
    )


def name_images(trial: Trial) -> str:
    """Return what the events call the images of a trial: the fingerprints of both."""
    return " ".join(trial.fingerprints)


def from_row(row: EventRow) -> Event | None:
    """Return the event that a row states; None of what is no part of an answer.

    No part of an answer is what shows a trial, what stops a session, and what means nothing.
    """
    kinds: dict[str, Any] = {
        "step": Step,
        "jump": Jump,
        "focus": Focus,
        "choose": Choose,
        "digit": Digit,
    }
    if row.event == "confirm":
        return Confirm()
    if row.event == "erase":
        return Erase()
    if row.event == "slide" and row.slider is not None and row.value is not None:
        return Slide(row.slider, row.value)
    if row.event in kinds and row.value is not None:
        event: Event = kinds[row.event](row.value)
        return event
    return None


def find_onset(events: Sequence[EventRow]) -> int:
    """Return the place of the last flip that showed the image; 0 where none did."""
    return max((k for k, row in enumerate(events) if row.event == SHOWN), default=0)


def list_pauses(events: Sequence[EventRow]) -> list[float]:
    """Return how long each pause of a trial was, s: from Escape to the flip after it.

    Events from before such flips were recorded have none, and their response times contain them.
    """
    pauses_s, left_s = [], 0.0
    for row in events:
        if row.event == "leave" and row.counted:
            left_s = row.at_s
        elif row.event == RESUMED:
            pauses_s.append(row.at_s - left_s)
    return pauses_s


def measure_rt(events: Sequence[EventRow], ended_s: float) -> float:
    """Return the seconds from the last onset of the image to an act, without pauses.

    Args:
        events: of the trial.
        ended_s: when the act was, as events state it.
    """
    onset = find_onset(events)
    began_s = events[onset].at_s if events and events[onset].event == SHOWN else 0.0
    return ended_s - began_s - sum(list_pauses(events[onset:]), 0.0)


def measure_interval(events: Sequence[EventRow]) -> float | None:
    """Return how long the last empty screen before the image was, s; None where there is none."""
    return _measure_last("interval", events)


class Exposure(NamedTuple):
    """How long an image was on screen."""

    seconds: float
    frames: int  # of the screen
    dropped_frames: int  # that came late meanwhile


def measure_exposure(events: Sequence[EventRow]) -> Exposure | None:
    """Return how long the image was on screen; None where it was there until the answer."""
    seconds = _measure_last(SHOWN, events)
    if seconds is None:
        return None
    after = events[find_onset(events) + 1 :]
    frames = next(row.value for row in after if row.event in _PHASES) or 0
    late = next((row.value for row in after if row.event == DROPPED), 0) or 0
    return Exposure(seconds, frames, late)


def count_restarts(events: Sequence[EventRow]) -> int | None:
    """Return how often a trial began again; None of one without phases."""
    if not events or events[0].event != BEGINS:
        return None
    return sum(row.event == RESTARTED for row in events)


def _measure_last(phase: str, events: Sequence[EventRow]) -> float | None:
    """Return how long the last time of a phase was, s; None where no phase followed it."""
    flips = [row for row in events if row.event in _PHASES or row.event == RESTARTED]
    lasted = [
        after.at_s - row.at_s
        for row, after in pairwise(flips)
        if row.event == phase and after.event != RESTARTED
    ]
    return lasted[-1] if lasted else None
