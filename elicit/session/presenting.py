"""Show one page until it is answered, confirmed or left."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from elicit.log.rows import EventRow
from elicit.markers import MarkerSender
from elicit.pages import AnyPage, LeavePage, Page
from elicit.screen.view import View
from elicit.session.events import RESUMED, SHOWN, add_marker, flip_row, to_row
from elicit.session.interruption_pages import leave_page
from elicit.trial import FOCUS, Closed, Confirm, Leave, Timed, Wording


class SessionStoppedError(Exception):
    """The session was stopped before its end; every answer so far is on disk."""


def show_page(
    page: AnyPage,
    view: View,
    wording: Wording,
    record: list[EventRow] | None = None,
    number: int = 0,
    markers: MarkerSender | None = None,
) -> tuple[AnyPage, float]:
    """Show a page until it is done; return it as it then is, and the seconds without pauses.

    Args:
        page: what to show.
        view: the screen.
        wording: the words that are the same in every trial.
        record: takes everything that happens, also where the page is not done.
        number: place of the page in the session.
        markers: gets a code right after the flip that shows the page, and with the act that ends
            it.

    Raises:
        SessionStoppedError: the participant left, or closed the window.
    """
    record = [] if record is None else record
    markers = markers or MarkerSender()

    def add(timed: Timed) -> None:
        record.append(to_row(None, onset, timed, False, page=number))

    paused_s = 0.0
    wait_s = page.earliest_s if isinstance(page, Page) else 0.0
    onset = since = ended = flipped = view.show(_count_down(page, wait_s))
    record.append(add_marker(flip_row(number, SHOWN), markers.send("page", onset), onset))
    earliest = onset + wait_s
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
                left_s = record[-1].at_s
                went_on = confirm_or_stop(leave_page(wording), view, add)
                since = flipped = view.show(_count_down(page, earliest - went_on.at))
                record.append(flip_row(number, RESUMED, since - onset))
                paused_s += record[-1].at_s - left_s
            else:
                page, ended = page.step(event), timed.at
                if page.done:
                    record[-1] = add_marker(record[-1], markers.send("turned", ended), onset)
        if not page.done:
            page = _count_down(page, earliest - flipped)
            flipped = view.show(page)
    return page, max(ended - onset - paused_s, 0.0)


def _count_down(page: AnyPage, left_s: float) -> AnyPage:
    """Return a page that says how many seconds are left until it can be turned."""
    wait_s = max(math.ceil(left_s), 0)
    if not isinstance(page, Page) or page.wait_s == wait_s:
        return page
    return replace(page, wait_s=wait_s)


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
