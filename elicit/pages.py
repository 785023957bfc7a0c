"""Pages around the trials, as pure states: what they say, and what was done with them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

from elicit.questions import Question
from elicit.trial import (
    IN_FOCUS,
    Choose,
    Confirm,
    Digit,
    Erase,
    Focus,
    Jump,
    PageEvent,
    Scroll,
    Slide,
    Step,
    Write,
)

BUTTON = -2  # what Choose names the button by, which goes on wherever the keys are


@dataclass(frozen=True)
class Example:
    """An image on a page: a blend, or an endpoint where lambda_f is 0 or 1."""

    image_i: int
    image_j: int
    lambda_f: float
    caption: str = ""


@dataclass(frozen=True)
class Page:
    """A page to read: what it says, and whether it was read."""

    title: str
    text: str
    hint: str
    examples: tuple[Example, ...] = ()
    earliest_s: float = 0.0  # how long the page stands before it can be turned
    wait_s: int = 0  # whole seconds of it that are left
    progress: tuple[int, int] | None = None  # trials answered, and all of them; None: not shown
    button: str = ""  # what its button says; that of every page where blank
    done: bool = False

    def step(self, event: PageEvent) -> Page:
        """Return the page after `event`; only Confirm turns it."""
        match event:
            case Confirm():
                return replace(self, done=True)
            case (
                Step()
                | Jump()
                | Focus()
                | Choose()
                | Slide()
                | Digit()
                | Write()
                | Erase()
                | Scroll()
            ):
                return self


@dataclass(frozen=True)
class LeavePage(Page):
    """The question whether to stop the session, which Escape brings; Q stops it."""


@dataclass(frozen=True)
class CardPage(Page):
    """A page to hold a bank card against: keys make its outline as wide as the card is."""

    width_px: int = 1  # of the outline
    largest_px: int = 1

    def step(self, event: PageEvent) -> CardPage:
        """Return the page after `event`; Confirm ends it."""
        match event:
            case Step(delta):
                return replace(self, width_px=min(max(self.width_px + delta, 1), self.largest_px))
            case Confirm():
                return replace(self, done=True)
            case Jump() | Focus() | Choose() | Slide() | Digit() | Write() | Erase() | Scroll():
                return self


@dataclass(frozen=True)
class Booklet:
    """Pages to leaf through, forwards and back; the last one ends it."""

    pages: tuple[Page, ...]
    index: int = 0
    done: bool = False

    @property
    def page(self) -> Page:
        """The page that lies open."""
        return self.pages[self.index]

    def step(self, event: PageEvent) -> Booklet:
        """Return the booklet after `event`."""
        match event:
            case Confirm():
                return self._turned(1, last_ends=True)
            case Step(delta):
                return self._turned(1 if delta > 0 else -1, last_ends=False)
            case Jump() | Focus() | Choose() | Slide() | Digit() | Write() | Erase() | Scroll():
                return self

    def _turned(self, by: int, *, last_ends: bool) -> Booklet:
        reached = self.index + by
        if reached == len(self.pages):
            return replace(self, done=last_ends)
        return replace(self, index=max(reached, 0))


@dataclass(frozen=True)
class Consent:
    """Points that must all be ticked, and a way out; whether it was meant, another page asks."""

    title: str
    text: str
    points: tuple[str, ...]
    ticked: tuple[bool, ...]
    focus: int = 0  # len(points): the way out
    asked_again: bool = False
    declined: bool = False  # whether the way out was taken
    done: bool = False

    @classmethod
    def start(cls, title: str, text: str, points: tuple[str, ...]) -> Consent:
        """Return the page as first shown: nothing ticked."""
        return cls(title, text, points, (False,) * len(points))

    def again(self) -> Consent:
        """Return the page as it was left, for a participant who chose to leave and came back."""
        return replace(self, declined=False, done=False)

    def step(self, event: PageEvent) -> Consent:
        """Return the page after `event`; Choose ticks a point, or clears it."""
        match event:
            case Step(delta) | Focus(delta):
                focus = min(max(self.focus + delta, 0), len(self.points))
                return replace(self, focus=focus)
            case Jump(end):
                return replace(self, focus=len(self.points) if end > 0 else 0)
            case Choose(index) if index == BUTTON:
                return self._gone_on()
            case Choose(index):
                return self._chosen(self.focus if index == IN_FOCUS else index)
            case Confirm():
                out = self.focus == len(self.points) and not all(self.ticked)
                return self._chosen(self.focus) if out else self._gone_on()
            case Slide() | Digit() | Write() | Erase() | Scroll():
                return self

    def _chosen(self, index: int) -> Consent:
        if index == len(self.points):
            return replace(self, focus=index, declined=True, done=True)
        ticked = tuple(was != (k == index) for k, was in enumerate(self.ticked))
        return replace(self, focus=index, ticked=ticked)

    def _gone_on(self) -> Consent:
        return replace(self, done=True) if all(self.ticked) else replace(self, asked_again=True)


AnyPage: TypeAlias = Page | Booklet | Consent | Question
