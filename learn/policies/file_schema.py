"""Checks a small JSON by its keys, with the standard library alone: training needs no more."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias


class WrongError(ValueError):
    """A value that is not allowed; told by key."""


@dataclass(frozen=True)
class Text:
    """A text that is not empty."""


@dataclass(frozen=True)
class Words:
    """Texts and whole numbers by name."""


@dataclass(frozen=True)
class OneOf:
    """One of a few values."""

    allowed: tuple[str | int, ...]


@dataclass(frozen=True)
class Number:
    """A finite number within limits."""

    whole: bool = False
    least: float | None = None
    above: float | None = None
    below: float | None = None

    def must(self) -> str:
        """Return what is allowed, in words."""
        limits = [f"at least {self.least:g}"] if self.least is not None else []
        limits += [f"above {self.above:g}"] if self.above is not None else []
        limits += [f"below {self.below:g}"] if self.below is not None else []
        return " ".join(["a", "whole" if self.whole else "finite", "number", " and ".join(limits)])

    def allows(self, value: object) -> bool:
        """Whether `value` is such a number; true and false are none."""
        if isinstance(value, bool) or not isinstance(value, int if self.whole else (int, float)):
            return False
        return (
            math.isfinite(value)
            and (self.least is None or value >= self.least)
            and (self.above is None or value > self.above)
            and (self.below is None or value < self.below)
        )


@dataclass(frozen=True)
class Each:
    """A list of values that are all of one kind."""

    kind: Kind
    exactly: int | None = None


Shape: TypeAlias = Mapping[str, "Kind"]  # every key must be there, and no other
Kind: TypeAlias = Text | Words | OneOf | Number | Each | Shape


def check(place: str, value: object, kind: Kind) -> Any:
    """Return `value`, which is of `kind`.

    Args:
        place: the keys that lead to it, with full stops between them; empty for the whole file.
        value: what the JSON holds there.
        kind: what is allowed.

    Raises:
        WrongError: it is not; says where, what is allowed and what came.
    """
    if isinstance(kind, Mapping):
        return _check_keys(place, value, kind)
    if isinstance(kind, Each):
        return _check_each(place, value, kind)
    allowed, must = _plain(value, kind)
    if not allowed:
        raise _wrong(place, must.strip(), value)
    return value


def _plain(value: object, kind: Text | Words | OneOf | Number) -> tuple[bool, str]:
    if isinstance(kind, Number):
        return kind.allows(value), kind.must()
    if isinstance(kind, OneOf):
        known = value in kind.allowed and not isinstance(value, bool)
        return known, ("one of " if len(kind.allowed) > 1 else "") + ", ".join(
            str(each) for each in kind.allowed
        )
    if isinstance(kind, Text):
        return isinstance(value, str) and bool(value), "a text"
    texts = isinstance(value, dict) and all(type(each) in (str, int) for each in value.values())
    return texts, "texts and whole numbers by name"


def _check_keys(place: str, value: object, shape: Shape) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong(place, f"an object with {', '.join(shape)}", value)
    for key in shape.keys() - value.keys():
        raise WrongError(f"{_join(place, key)}: must be there")
    for key in value.keys() - shape.keys():
        raise WrongError(f"{_join(place, key)}: must be left out; allowed: {', '.join(shape)}")
    return {key: check(_join(place, key), value[key], kind) for key, kind in shape.items()}


def _check_each(place: str, value: object, kind: Each) -> list[Any]:
    if not isinstance(value, list) or len(value) != (kind.exactly or len(value)):
        raise _wrong(place, f"a list of {kind.exactly}" if kind.exactly else "a list", value)
    return [check(_join(place, str(n)), each, kind.kind) for n, each in enumerate(value)]


def _join(place: str, key: str) -> str:
    return f"{place}.{key}" if place else key


def _wrong(place: str, must: str, value: object) -> WrongError:
    return WrongError(f"{place + ': ' if place else ''}must be {must}, got {value!r:.60}")
