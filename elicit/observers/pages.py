"""What simulated participants do on the pages around the trials, and how long they read."""

from __future__ import annotations

import math
from dataclasses import dataclass
from zlib import crc32

from elicit.observers.actions import Action
from elicit.observers.keyed_random import Draws
from elicit.pages import AnyPage, Booklet, Consent, Page
from elicit.questions import (
    Choice,
    Choices,
    FreeText,
    Number,
    Scale,
    Slider,
    StatementGrid,
)

_DIGITS = 9  # options that a number key chooses


@dataclass(frozen=True)
class PageReader:
    """How one participant goes through pages."""

    draws: Draws
    page_s: float  # median time on a page, seconds
    spread: float = 0.4  # standard deviation of its logarithm from page to page
    press_s: float = 0.3  # between two keys on one page

    def __call__(self, page: AnyPage) -> Action:
        """Return the next key: as soon as the page is read, or a moment after the last one."""
        key = choose_key(page)
        if _is_under_way(page):
            return Action(key, self.press_s)
        seconds = self.page_s * math.exp(self.spread * self.draws.normal(_number(page)))
        if isinstance(page, Page):
            seconds = max(seconds, page.earliest_s + self.press_s)
        return Action(key, seconds)


def choose_key(page: AnyPage) -> str:
    """Return the key of somebody who agrees, knows the task, and has no remarks."""
    match page:
        case Page() | Booklet():
            return "space"
        case Consent(ticked=ticked, focus=focus):
            if all(ticked):
                return "enter"
            return "space" if focus < len(ticked) and not ticked[focus] else "down"
        case Choice():
            return _choosing(page)
        case Choices(ticked=ticked):
            return "enter" if any(ticked) else "space"
        case Scale(value=value) | Slider(position=value):
            return "right" if value is None else "enter"
        case StatementGrid():
            return _answering(page)
        case Number():
            return _typing(page)
        case FreeText():
            return "enter"


def _choosing(page: Choice) -> str:
    wanted = 0 if page.right is None else page.right
    if page.chosen == wanted:
        return "enter"
    if wanted < _DIGITS:
        return str(wanted + 1)
    return "down" if page.chosen is None or page.chosen < wanted else "up"


def _answering(page: StatementGrid) -> str:
    if None not in page.values:
        return "enter"
    return "right" if page.values[page.focus] is None else "down"


def _typing(page: Number) -> str:
    """Return the next key that types the middle of the range."""
    wanted = str((page.low + page.high) // 2)
    if page.typed == wanted:
        return "enter"
    return wanted[len(page.typed)] if wanted.startswith(page.typed) else "backspace"


def _is_under_way(page: AnyPage) -> bool:
    match page:
        case Consent(ticked=ticked) | Choices(ticked=ticked):
            return any(ticked)
        case Choice(chosen=chosen):
            return chosen is not None
        case Scale(value=value) | Slider(position=value):
            return value is not None
        case StatementGrid(values=values):
            return any(value is not None for value in values)
        case Number(typed=typed):
            return typed != ""
        case _:
            return False


def _number(page: AnyPage) -> int:
    """Return a number that tells pages apart, the same in every session."""
    match page:
        case Booklet():
            text = page.page.title + page.page.text
        case Page() | Consent():
            text = page.title + page.text
        case _:
            text = page.question
    return crc32(text.encode())
