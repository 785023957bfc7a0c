"""Measure a screen with a bank card, and ask how far away the eyes are."""

from __future__ import annotations

from typing import TypeVar

from elicit.pages import CardPage
from elicit.preflight.timing import StoppedError
from elicit.questions import Number
from elicit.screen.view import View
from elicit.trial import Closed, Leave
from elicit.visual_angle import CARD_CM, MAX_DISTANCE_CM, MIN_DISTANCE_CM

USUAL_PX_PER_CM = 96 / 2.54  # where the outline begins on a screen that was not measured
USUAL_DISTANCE_CM = 57
MARGIN_PX = 40  # that stay free at the sides of the outline
Asked = TypeVar("Asked", CardPage, Number)


def measure_px_per_cm(view: View, width_px: int, start_px_per_cm: float | None = None) -> float:
    """Return how many pixels a cm has: a person makes a field as wide as a bank card.

    Args:
        view: the screen.
        width_px: of the window.
        start_px_per_cm: where the outline begins; as on a usual screen where None.

    Raises:
        StoppedError: somebody pressed Escape, or closed the window.
    """
    largest = width_px - MARGIN_PX
    start = round(CARD_CM * (start_px_per_cm or USUAL_PX_PER_CM))
    page = CardPage(
        "How large is this screen?",
        "Hold a bank card, or any card of that size (85.6 mm wide), flat against the screen. "
        "Make the white field exactly as wide as the card: press or hold Left or Right; Up and "
        "Down, or Shift with Left and Right, go ten times as far.",
        "Enter: the field is as wide as the card. Escape: stop, and keep nothing.",
        width_px=min(start, largest),
        largest_px=largest,
    )
    return _ask(page, view).width_px / CARD_CM


def ask_distance_cm(view: View, start_cm: float | None = None) -> int:
    """Return how far the eyes are from the screen, whole cm, as a person types it.

    Args:
        view: the screen.
        start_cm: what is there at first; nothing where None.

    Raises:
        StoppedError: somebody pressed Escape, or closed the window.
    """
    return int(_ask(distance_question(start_cm), view).typed)


def distance_question(start_cm: float | None = None) -> Number:
    """Return the page that asks how far the eyes are, with what is there at first."""
    return Number(
        "How far are the eyes from the screen?",
        "Measure from the place where the eyes will be, such as a chin rest, to the screen.",
        round(MIN_DISTANCE_CM),
        round(MAX_DISTANCE_CM),
        "cm",
        typed="" if start_cm is None else str(round(start_cm)),
    )


def _ask(page: Asked, view: View) -> Asked:
    """Show a page until it is answered; return it as it then is."""
    since = view.show(page)
    while not page.done:
        for timed in view.events():
            event = timed.event
            if isinstance(event, Closed | Leave):
                raise StoppedError
            if event is not None and timed.at > since and not page.done:
                page = page.step(event)
        view.show(page)
    return page
