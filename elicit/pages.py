"""Pages around the trials, as pure states: what they say, and what was done with them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

from elicit.trial import (
    Choose,
    Confirm,
    Digit,
    Erase,
    Focus,
    Jump,
    PageEvent,
    Slide,
    Step,
    Write,
    spell_number,
)

IN_FOCUS = -1  # what Choose names the point by that the keys are at
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
            case Step() | Jump() | Focus() | Choose() | Slide() | Digit() | Write() | Erase():
                return self


@dataclass(frozen=True)
class LeavePage(Page):
    """The question whether to stop the session, which Escape brings; Q stops it."""


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
            case Jump() | Focus() | Choose() | Slide() | Digit() | Write() | Erase():
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
            case Slide() | Digit() | Write() | Erase():
                return self

    def _chosen(self, index: int) -> Consent:
        if index == len(self.points):
            return replace(self, focus=index, declined=True, done=True)
        ticked = tuple(was != (k == index) for k, was in enumerate(self.ticked))
        return replace(self, focus=index, ticked=ticked)

    def _gone_on(self) -> Consent:
        return replace(self, done=True) if all(self.ticked) else replace(self, asked_again=True)


@dataclass(frozen=True)
class Choice:
    """A question with options, one of which is chosen; for a check, `right` is the right one."""

    title: str
    question: str
    options: tuple[str, ...]
    right: int | None = None
    chosen: int | None = None
    done: bool = False

    def step(self, event: PageEvent) -> Choice:
        """Return the page after `event`; the first arrow key chooses the first option."""
        last = len(self.options) - 1
        match event:
            case Step(delta) | Focus(delta):
                reached = 0 if self.chosen is None else self.chosen + delta
                return replace(self, chosen=min(max(reached, 0), last))
            case Jump(end):
                return replace(self, chosen=last if end > 0 else 0)
            case Choose(index):
                return replace(self, chosen=index) if index <= last else self
            case Confirm():
                return self if self.chosen is None else replace(self, done=True)
            case Slide() | Digit() | Write() | Erase():
                return self

    @property
    def answer(self) -> str:
        """What was chosen, in words."""
        return "" if self.chosen is None else self.options[self.chosen]


@dataclass(frozen=True)
class Scale:
    """A question answered by a whole number, of which none is chosen at first."""

    title: str
    question: str
    low: int
    high: int
    low_label: str = ""
    high_label: str = ""
    value: int | None = None
    typed: str = ""  # the digits typed in a row so far, such as the 1 of 10
    done: bool = False

    def step(self, event: PageEvent) -> Scale:
        """Return the page after `event`; the first arrow key chooses the middle.

        Number keys spell: 1 and then 0 choose 10 where the scale has it. A digit that leads to no
        number of the scale changes nothing.
        """
        match event:
            case Step(delta) | Focus(delta):
                middle = (self.low + self.high) // 2
                return self._at(middle if self.value is None else self.value + delta)
            case Jump(end):
                return self._at(self.high if end > 0 else self.low)
            case Choose(index):
                return self._at(self.low + index)
            case Digit(digit):
                typed, value = spell_number(self.typed, digit, self.low, self.high)
                return replace(self, typed=typed, value=self.value if value is None else value)
            case Confirm():
                return self if self.value is None else replace(self, done=True)
            case Slide() | Write() | Erase():
                return self

    def _at(self, value: int) -> Scale:
        return replace(self, value=min(max(value, self.low), self.high), typed="")

    @property
    def answer(self) -> str:
        """The number chosen."""
        return "" if self.value is None else str(self.value)


@dataclass(frozen=True)
class FreeText:
    """A question answered in the participant's own words, or not at all."""

    title: str
    question: str
    text: str = ""
    longest: int = 2000
    done: bool = False

    def step(self, event: PageEvent) -> FreeText:
        """Return the page after `event`."""
        match event:
            case Write(text):
                return replace(self, text=(self.text + text)[: self.longest])
            case Erase():
                return replace(self, text=self.text[:-1])
            case Confirm():
                return replace(self, done=True)
            case Step() | Focus() | Jump() | Choose() | Slide() | Digit():
                return self

    @property
    def answer(self) -> str:
        """What was typed."""
        return self.text


AnyPage: TypeAlias = Page | Booklet | Consent | Choice | Scale | FreeText
