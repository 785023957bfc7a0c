"""Categorize: the participant names the classes seen in a mix, among all that are offered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Literal, TypeAlias

from elicit.trial import (
    IN_FOCUS,
    SLIDER_END,
    SLIDER_MIDDLE,
    Choose,
    Confirm,
    Digit,
    Erase,
    Event,
    Focus,
    Jump,
    NamedClasses,
    Response,
    Slide,
    Step,
    Trial,
    step_in_grid,
)

MAX_DIGITS = 3  # of a probability; more begin a new one


class AnswerPart(IntEnum):
    """What the keys are at; in this order the parts are answered."""

    FIRST = 0  # the most probable class
    FIRST_SHARE = 1  # its probability
    OTHER = 2  # the alternative, or none
    OTHER_SHARE = 3
    EXCLUDED = 4  # every class that is definitely not in the image


SHARES = (AnswerPart.FIRST_SHARE, AnswerPart.OTHER_SHARE)
Problem: TypeAlias = Literal["unanswered", "above_100", "above_first"]


@dataclass(frozen=True)
class Categorize:
    """Where one Categorize trial stands; classes are places in `trial.class_order`.

    The place after the last class stands for "no alternative". No class is chosen twice, or chosen
    and excluded: the later act counts, but a class that is chosen cannot be excluded, nor the most
    probable one be the alternative.
    """

    trial: Trial
    first: int | None = None
    other: int | None = None
    shares: tuple[int | None, int | None] = (None, None)  # in percent, as typed: 0 to 999
    excluded: frozenset[int] = frozenset()
    focus: AnswerPart = AnswerPart.FIRST
    at: int | None = None  # the class that the arrows are at; none before the first key
    typing: bool = False  # whether a digit goes on with the number typed just now
    seen_exclusion: bool = False  # whether the last part was reached
    problem: Problem | None = None  # why Confirm led no further
    compared: bool = False  # whether a second probability above the first was asked about
    steps: int = 0
    done: bool = False

    @classmethod
    def start(cls, trial: Trial) -> Categorize:
        """Return the trial as first shown: nothing chosen.

        Raises:
            ValueError: the trial offers fewer than two classes.
        """
        if len(trial.class_order) < 2:
            raise ValueError(f"trial {trial.number}: a Categorize trial needs classes to offer")
        return cls(trial)

    @property
    def none(self) -> int:
        """The place of "no alternative"."""
        return len(self.trial.class_order)

    @property
    def is_answered(self) -> bool:
        """Whether every part is answered, and no probability is above 100."""
        return self._find_open() is None

    def step(self, event: Event) -> Categorize:
        """Return the state after `event`; a class that is chosen leads on to its probability."""
        if isinstance(event, Confirm):
            return self._confirmed()
        return replace(self._stepped(event), problem=None)

    def response(self) -> Response:
        """Return the classes named, with shares from 0 to 1.

        Raises:
            ValueError: a part is not answered.
        """
        share, other_share = self.shares
        if not self.is_answered or self.first is None or self.other is None or share is None:
            raise ValueError(f"trial {self.trial.number}: every part must be answered first")
        classes = self.trial.class_order
        named = NamedClasses(
            classes[self.first],
            share / SLIDER_END,
            "" if self.other == self.none else classes[self.other],
            None if other_share is None else other_share / SLIDER_END,
            tuple(classes[k] for k in sorted(self.excluded)),
        )
        return Response(
            self.trial.lambdas[0], lambda_g=None, omega=None, steps=self.steps, named=named
        )

    def _stepped(self, event: Event) -> Categorize:
        match event:
            case Step(delta):
                return self._arrowed(delta)
            case Jump(end):
                return self._jumped(end)
            case Focus(delta):
                return self._focused(delta)
            case Choose(index):
                return self._chosen(index)
            case Slide(slider, position):
                return self._placed(SHARES[slider], position)
            case Digit(digit):
                return self._typed(digit)
            case Erase():
                return self._erased()
            case Confirm():
                return self

    # -- where the keys are

    @property
    def _last(self) -> int:
        """The last place that the arrows reach; only the alternative can be none."""
        return self.none if self.focus is AnswerPart.OTHER else self.none - 1

    def _arrowed(self, delta: int) -> Categorize:
        if self.focus not in SHARES:
            return self._moved(step_in_grid(self.at, delta, self._last))
        share = self._share(self.focus)
        return self._placed(self.focus, (SLIDER_MIDDLE if share is None else share) + delta)

    def _jumped(self, end: int) -> Categorize:
        if self.focus in SHARES:
            return self._placed(self.focus, SLIDER_END if end > 0 else 0)
        return self._moved(self._last if end > 0 else 0)

    def _moved(self, at: int) -> Categorize:
        return self if at == self.at else replace(self, at=at, steps=self.steps + 1)

    def _focused(self, delta: int) -> Categorize:
        """Return the state `delta` parts further, round and round, past what needs no answer."""
        parts = list(AnswerPart)
        part = parts[(self.focus + delta) % len(parts)]
        if part is AnswerPart.OTHER_SHARE and self.other == self.none:
            part = parts[part + (1 if delta > 0 else -1)]
        return self._at(part)

    def _at(self, part: AnswerPart) -> Categorize:
        seen = self.seen_exclusion or part is AnswerPart.EXCLUDED
        moved = replace(self, focus=part, typing=False, seen_exclusion=seen)
        beyond = moved.at is not None and moved.at > moved._last
        return replace(moved, at=moved._last) if beyond else moved

    # -- classes

    def _chosen(self, index: int) -> Categorize:
        if index == IN_FOCUS:
            return self if self.at is None or self.focus in SHARES else self._named(self.at)
        return self._at(self._find_part(index))._named(index) if index <= self.none else self

    def _find_part(self, index: int) -> AnswerPart:
        """Return the part that a class pressed by the pointer answers.

        It is the part in focus; at a probability, its class, or once that is given, the next part.
        """
        if index == self.none:
            return AnswerPart.OTHER
        if self.focus not in SHARES:
            return self.focus
        given = self._share(self.focus) is not None
        return AnswerPart(self.focus + 1 if given else self.focus - 1)

    def _named(self, index: int) -> Categorize:
        placed = replace(self, at=index)
        if self.focus is AnswerPart.FIRST:
            return placed._with_first(index)
        if self.focus is AnswerPart.OTHER:
            return placed._with_other(index)
        return placed._toggled(index)

    def _with_first(self, index: int) -> Categorize:
        other, shares = self.other, self.shares
        if index == other:
            other, shares = None, (shares[0], None)
        chosen = self._changed(
            first=index, other=other, shares=shares, excluded=self.excluded - {index}
        )
        return chosen._at(AnswerPart.FIRST_SHARE)

    def _with_other(self, index: int) -> Categorize:
        if index == self.first:
            return self
        if index == self.none:
            without = self._changed(other=index, shares=(self.shares[0], None))
            return without._at(AnswerPart.EXCLUDED)
        chosen = self._changed(other=index, excluded=self.excluded - {index})
        return chosen._at(AnswerPart.OTHER_SHARE)

    def _toggled(self, index: int) -> Categorize:
        if index in {self.first, self.other}:
            return self
        return self._changed(excluded=self.excluded ^ {index})

    # -- probabilities

    def _share(self, part: AnswerPart) -> int | None:
        return self.shares[SHARES.index(part)]

    def _with_share(self, part: AnswerPart, share: int | None, *, typing: bool) -> Categorize:
        if part is AnswerPart.OTHER_SHARE and self.other == self.none:
            return self
        first, other = self.shares
        shares = (share, other) if part is AnswerPart.FIRST_SHARE else (first, share)
        return replace(self._at(part)._changed(shares=shares), typing=typing)

    def _placed(self, part: AnswerPart, position: int) -> Categorize:
        return self._with_share(part, min(max(position, 0), SLIDER_END), typing=False)

    def _typed(self, digit: int) -> Categorize:
        if self.focus not in SHARES:
            return self
        before = str(self._share(self.focus) or "") if self.typing else ""
        text = str(digit) if len(before) >= MAX_DIGITS else f"{before}{digit}"
        return self._with_share(self.focus, int(text), typing=True)

    def _erased(self) -> Categorize:
        if self.focus not in SHARES or self._share(self.focus) is None:
            return self
        left = str(self._share(self.focus))[:-1]
        return self._with_share(self.focus, int(left) if left else None, typing=True)

    # -- going on

    def _changed(self, **values: object) -> Categorize:
        """Return the state with new answers; it counts as a step where it differs."""
        changed = replace(self, **values)  # type: ignore[arg-type]
        return changed if changed == self else replace(changed, steps=self.steps + 1)

    def _find_open(self) -> AnswerPart | None:
        """Return the first part without an answer that may stand; None where all have one."""
        share, other_share = self.shares
        is_open = {
            AnswerPart.FIRST: self.first is None,
            AnswerPart.FIRST_SHARE: share is None or share > SLIDER_END,
            AnswerPart.OTHER: self.other is None,
            AnswerPart.OTHER_SHARE: self.other != self.none
            and (other_share is None or other_share > SLIDER_END),
            AnswerPart.EXCLUDED: not self.seen_exclusion,
        }
        return next((part for part in AnswerPart if is_open[part]), None)

    def _confirmed(self) -> Categorize:
        part = self._find_open()
        share, other_share = self.shares
        is_above = (other_share or 0) > (share or 0)
        if part in {None, AnswerPart.EXCLUDED} and is_above and not self.compared:
            asked = self._at(AnswerPart.OTHER_SHARE)
            return replace(asked, problem="above_first", compared=True)
        if part is None:
            return replace(self, problem=None, done=True)
        problem: Problem | None = None
        if part in SHARES and self._share(part) is not None:
            problem = "above_100"
        elif part <= self.focus:  # it was passed over
            problem = "unanswered"
        return replace(self._at(part), problem=problem)
