"""What was done in a trial or on a page, as rows of the events file and back."""

from __future__ import annotations

from typing import Any

from elicit.log.rows import EventRow
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
    Slide,
    Step,
    Timed,
    Write,
)


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
        case Step(number) | Jump(number) | Focus(number) | Choose(number) | Digit(number):
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
    if row.event == "slide" and row.slider is not None and row.value is not None:
        return Slide(row.slider, row.value)
    if row.event in kinds and row.value is not None:
        event: Event = kinds[row.event](row.value)
        return event
    return None
