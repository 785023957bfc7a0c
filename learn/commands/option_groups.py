"""Options that several commands share, as one parameter of each."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import wraps
from typing import Any


def expand_option_groups(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command in whose signature each group of options is those options, in its place.

    typer reads options off a signature, and knows no groups.

    Args:
        command: each parameter whose type is a dataclass of options is a group; all parameters
            can be given by name.
    """
    asked = inspect.signature(command, eval_str=True).parameters.values()
    groups: dict[str, Any] = {
        each.name: each.annotation for each in asked if is_dataclass(each.annotation)
    }

    @wraps(command)
    def run_command(**given: Any) -> None:
        made = {
            name: group(**{field.name: given.pop(field.name) for field in fields(group)})
            for name, group in groups.items()
        }
        command(**given, **made)

    options = [option for each in asked for option in _options(each, groups.get(each.name))]
    run_command.__annotations__ = {option.name: option.annotation for option in options}
    vars(run_command)["__signature__"] = inspect.Signature(options)
    return run_command


def _options(parameter: inspect.Parameter, group: Any) -> list[inspect.Parameter]:
    its = [parameter]
    if group is not None:
        its = list(inspect.signature(group, eval_str=True).parameters.values())
    return [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in its]
