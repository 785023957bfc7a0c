"""Settings of observers: mistakes in them are told in one line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from elicit.errors import ElicitError


class Settings(BaseModel):
    """What an observer can be told; this one takes nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


Kind = TypeVar("Kind", bound=Settings)


def read(name: str, kind: type[Kind], given: Mapping[str, object]) -> Kind:
    """Return an observer's settings.

    Args:
        name: of the observer.
        kind: what it takes.
        given: what it is told; the rest is as the kind has it.

    Raises:
        ElicitError: a setting that there is not, or a value that it cannot have.
    """
    try:
        return kind.model_validate(dict(given))
    except ValidationError as error:
        problem = _problem(error)
        # where a setting is one of several types, pydantic names the type it tried, too
        steps = [str(step) for step in problem["loc"] if "constrained" not in str(step)]
        where = ".".join(steps)
        if problem["type"] == "extra_forbidden":
            known = ", ".join(kind.model_fields) or "none"
            raise ElicitError(
                f"observer {name}: {where}: no such setting; it takes: {known}"
            ) from error
        told = problem["msg"].removeprefix("Value error, ")
        raise ElicitError(f"observer {name}: {where}: {told}, got {problem['input']!r}") from error


def _problem(error: ValidationError) -> ErrorDetails:
    """Return the first mistake; in a mapping by class pair, the one in the pair's own value."""
    first, *more = error.errors(include_url=False, include_context=False)
    within = [each for each in more if each["loc"][0] == first["loc"][0]]
    if isinstance(first["input"], Mapping) and within:
        return max(within, key=lambda each: len(each["loc"]))
    return first
