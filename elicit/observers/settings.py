"""Settings of observers; a mistake in them is reported in one line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from elicit.errors import ElicitError
from elicit.validation_messages import describe_got, describe_wrong_value


class ObserverSettings(BaseModel):
    """The settings of an observer; this class has none."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


SettingsT = TypeVar("SettingsT", bound=ObserverSettings)


def read_settings(name: str, kind: type[SettingsT], given: Mapping[str, object]) -> SettingsT:
    """Return an observer's settings.

    Args:
        name: of the observer.
        kind: the class of its settings.
        given: settings by name; the others have their defaults.

    Raises:
        ElicitError: a setting has an unknown name or a value that is not allowed.
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
        wrong = describe_wrong_value(problem) + describe_got(problem)
        raise ElicitError(f"observer {name}: {where}: {wrong}") from error


def _problem(error: ValidationError) -> ErrorDetails:
    """Return the first mistake; in a mapping by class pair, the one in the pair's own value."""
    first, *more = error.errors(include_url=False)
    within = [each for each in more if each["loc"][0] == first["loc"][0]]
    if isinstance(first["input"], Mapping) and within:
        return max(within, key=lambda each: len(each["loc"]))
    return first
