"""Questions on a page of their own, as pure states: what they ask, and what is answered so far.

Confirm ends a question that is answered, or that is optional; else it asks for an answer.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeAlias, TypeVar

from elicit.trial import (
    IN_FOCUS,
    SLIDER_END,
    SLIDER_MIDDLE,
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
    spell_number,
)


@dataclass(frozen=True)
class Choice:
    """A question with options, one of which is chosen; for a check, `right` is the right one."""

    title: str
    question: str
    options: tuple[str, ...]
    right: int | None = None
    chosen: int | None = None
    optional: bool = False
    first: int | None = None  # the option that a long list is to show; None: the chosen one
    asked_again: bool = False  # it was tried to go on without an answer
    done: bool = False

    def step(self, event: PageEvent) -> Choice:
        """Return the page after `event`; the first arrow key chooses the first option."""
        last = len(self.options) - 1
        match event:
            case Step(delta) | Focus(delta):
                reached = 0 if self.chosen is None else self.chosen + delta
                return replace(self, chosen=min(max(reached, 0), last), first=None)
            case Jump(end):
                return replace(self, chosen=last if end > 0 else 0, first=None)
            case Choose(index):
                return replace(self, chosen=index, first=None) if index <= last else self
            case Erase():
                return replace(self, chosen=None) if self.optional else self
            case Scroll(to):
                return replace(self, first=min(max(to, 0), last))
            case Confirm():
                return _confirm(self, may_end=self.optional or self.chosen is not None)
            case Slide() | Digit() | Write():
                return self

    @property
    def answer(self) -> str:
        """What was chosen, in words."""
        return "" if self.chosen is None else self.options[self.chosen]


@dataclass(frozen=True)
class Choices:
    """A question with options, of which several may be chosen."""

    title: str
    question: str
    options: tuple[str, ...]
    ticked: tuple[bool, ...] = ()
    focus: int = 0
    optional: bool = False
    first: int | None = None  # the option that a long list is to show; None: the one in focus
    asked_again: bool = False
    done: bool = False

    def __post_init__(self) -> None:
        """Begin with nothing ticked."""
        if not self.ticked:
            object.__setattr__(self, "ticked", (False,) * len(self.options))

    def step(self, event: PageEvent) -> Choices:
        """Return the page after `event`; Choose ticks an option, or clears it."""
        last = len(self.options) - 1
        match event:
            case Step(delta) | Focus(delta):
                return replace(self, focus=min(max(self.focus + delta, 0), last), first=None)
            case Jump(end):
                return replace(self, focus=last if end > 0 else 0, first=None)
            case Choose(index):
                return self._chosen(self.focus if index == IN_FOCUS else index)
            case Scroll(to):
                return replace(self, first=min(max(to, 0), last))
            case Confirm():
                return _confirm(self, may_end=self.optional or any(self.ticked))
            case Slide() | Digit() | Write() | Erase():
                return self

    def _chosen(self, index: int) -> Choices:
        if index >= len(self.options):
            return self
        ticked = tuple(was != (k == index) for k, was in enumerate(self.ticked))
        return replace(self, focus=index, ticked=ticked, first=None)

    @property
    def answer(self) -> str:
        """What was chosen, in words, as a JSON list; blank where nothing was."""
        chosen = [text for text, ticked in zip(self.options, self.ticked, strict=True) if ticked]
        return json.dumps(chosen, ensure_ascii=False) if chosen else ""


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
    optional: bool = False
    asked_again: bool = False
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
            case Erase():
                return replace(self, value=None, typed="") if self.optional else self
            case Confirm():
                return _confirm(self, may_end=self.optional or self.value is not None)
            case Slide() | Write() | Scroll():
                return self

    def _at(self, value: int) -> Scale:
        return replace(self, value=min(max(value, self.low), self.high), typed="")

    @property
    def answer(self) -> str:
        """The number chosen."""
        return "" if self.value is None else str(self.value)


@dataclass(frozen=True)
class StatementGrid:
    """Statements, one below the other, each answered by a number of the same scale."""

    title: str
    question: str
    statements: tuple[str, ...]
    low: int
    high: int
    low_label: str = ""
    high_label: str = ""
    values: tuple[int | None, ...] = ()
    focus: int = 0  # the statement that the keys are at
    typed: str = ""
    optional: bool = False
    first: int | None = None  # the statement that a long list is to show; None: the one in focus
    asked_again: bool = False
    done: bool = False

    def __post_init__(self) -> None:
        """Begin with nothing answered."""
        if not self.values:
            object.__setattr__(self, "values", (None,) * len(self.statements))

    def step(self, event: PageEvent) -> StatementGrid:
        """Return the page after `event`; Choose counts the places of the grid row by row."""
        number = self.high - self.low + 1
        match event:
            case Step(delta):
                return self._stepped(delta)
            case Jump(end):
                return self._at(self.focus, self.high if end > 0 else self.low)
            case Focus(delta):
                return self._moved(self.focus + delta)
            case Choose(index):
                return self._at(index // number, self.low + index % number)
            case Digit(digit):
                return self._spelled(digit)
            case Erase():
                return self._with(self.focus, None) if self.optional else self
            case Scroll(to):
                return replace(self, first=min(max(to, 0), len(self.statements) - 1))
            case Confirm():
                return self._confirmed()
            case Slide() | Write():
                return self

    def _stepped(self, delta: int) -> StatementGrid:
        value = self.values[self.focus]
        middle = (self.low + self.high) // 2
        return self._at(self.focus, middle if value is None else value + delta)

    def _spelled(self, digit: int) -> StatementGrid:
        typed, value = spell_number(self.typed, digit, self.low, self.high)
        placed = self if value is None else self._at(self.focus, value)
        return replace(placed, typed=typed)

    def _confirmed(self) -> StatementGrid:
        may_end = self.optional or None not in self.values
        reached = self if may_end else self._moved(self.values.index(None))
        return _confirm(reached, may_end=may_end)

    def _at(self, row: int, value: int) -> StatementGrid:
        if row >= len(self.statements):
            return self
        return self._with(row, min(max(value, self.low), self.high))

    def _with(self, row: int, value: int | None) -> StatementGrid:
        values = tuple(value if k == row else had for k, had in enumerate(self.values))
        return replace(self, values=values, focus=row, typed="", first=None)

    def _moved(self, row: int) -> StatementGrid:
        row = min(max(row, 0), len(self.statements) - 1)
        return replace(self, focus=row, typed="", first=None)

    @property
    def answer(self) -> str:
        """The number of each statement that is answered, as a JSON object; blank where none is."""
        said = {
            text: value
            for text, value in zip(self.statements, self.values, strict=True)
            if value is not None
        }
        return json.dumps(said, ensure_ascii=False) if said else ""


@dataclass(frozen=True)
class Number:
    """A question answered by a whole number that is typed."""

    title: str
    question: str
    low: int
    high: int
    unit: str = ""
    typed: str = ""
    optional: bool = False
    asked_again: bool = False  # it was tried to go on without a number of the range
    done: bool = False

    def step(self, event: PageEvent) -> Number:
        """Return the page after `event`; it takes as many digits as the largest number has."""
        match event:
            case Digit(digit):
                typed = str(int(self.typed + str(digit)))
                return replace(self, typed=typed) if len(typed) <= len(str(self.high)) else self
            case Erase():
                return replace(self, typed=self.typed[:-1])
            case Confirm():
                is_left_out = self.optional and not self.typed
                return _confirm(self, may_end=self.is_answered or is_left_out)
            case Step() | Focus() | Jump() | Choose() | Slide() | Write() | Scroll():
                return self

    @property
    def is_answered(self) -> bool:
        """Whether what is typed is a number of the range."""
        return bool(self.typed) and self.low <= int(self.typed) <= self.high

    @property
    def answer(self) -> str:
        """The number typed."""
        return self.typed


@dataclass(frozen=True)
class Slider:
    """A visual analogue scale: a line with a place on it, which has none until it is touched."""

    title: str
    question: str
    low_label: str = ""
    high_label: str = ""
    position: int | None = None  # 0 (left) to 100 (right)
    typed: str = ""  # the digits typed in a row so far, such as the 7 of 70
    optional: bool = False
    asked_again: bool = False
    done: bool = False

    def step(self, event: PageEvent) -> Slider:
        """Return the page after `event`; the first arrow key moves from the middle."""
        match event:
            case Step(delta):
                start = SLIDER_MIDDLE if self.position is None else self.position
                return self._at(start + delta)
            case Jump(end):
                return self._at(SLIDER_END if end > 0 else 0)
            case Slide(_, position):
                return self._at(position)
            case Digit(digit):
                typed, place = spell_number(self.typed, digit, 0, SLIDER_END)
                return replace(self, position=place, typed=typed)
            case Erase():
                return replace(self, position=None, typed="") if self.optional else self
            case Confirm():
                return _confirm(self, may_end=self.optional or self.position is not None)
            case Focus() | Choose() | Write() | Scroll():
                return self

    def _at(self, position: int) -> Slider:
        return replace(self, position=min(max(position, 0), SLIDER_END), typed="")

    @property
    def answer(self) -> str:
        """The place on the line, 0 to 100."""
        return "" if self.position is None else str(self.position)


@dataclass(frozen=True)
class FreeText:
    """A question answered in the participant's own words, or not at all."""

    title: str
    question: str
    text: str = ""
    longest: int = 2000
    optional: bool = True  # always: there may be nothing to say
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
            case Step() | Focus() | Jump() | Choose() | Slide() | Digit() | Scroll():
                return self

    @property
    def answer(self) -> str:
        """What was typed."""
        return self.text


def _accept(_typed: str) -> str:
    return ""


@dataclass(frozen=True)
class Entry(FreeText):
    """A short answer, offered or typed on one line, and checked with every letter."""

    longest: int = 60
    optional: bool = False
    offer: str = ""  # the answer where nothing is typed
    check: Callable[[str], str] = field(default=_accept, compare=False)  # why not; blank: allowed
    asked_again: bool = False  # it was tried to go on with an answer that is not allowed

    def step(self, event: PageEvent) -> Entry:
        """Return the page after `event`; Backspace with nothing typed takes the offer away."""
        match event:
            case Write(text):
                line = " ".join((self.text + text).splitlines())
                return replace(self, text=line[: self.longest])
            case Erase():
                return replace(self, text=self.text[:-1], offer=self.offer if self.text else "")
            case Confirm():
                return replace(self, done=not self.problem, asked_again=True)
            case _:
                return self

    @property
    def answer(self) -> str:
        """What was typed, without spaces around it; else what is offered."""
        return (self.text or self.offer).strip()

    @property
    def problem(self) -> str:
        """Why the answer is not allowed; blank where it is."""
        return self.check(self.answer)


AskedAgain = TypeVar("AskedAgain", Choice, Choices, Scale, StatementGrid, Number, Slider)


def _confirm(question: AskedAgain, *, may_end: bool) -> AskedAgain:
    """Return a question after Confirm: done where it may end, else asked again for an answer."""
    return replace(question, done=True) if may_end else replace(question, asked_again=True)


Question: TypeAlias = Choice | Choices | Scale | StatementGrid | Number | Slider | FreeText | Entry
