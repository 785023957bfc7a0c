"""The options that several commands share, alone or as a group, and what they need."""

from __future__ import annotations

import importlib.util
import inspect
from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer

from elicit.errors import ElicitError
from learn.arrays import Numbers
from learn.files import NO_HOST, NO_HOST_HELP
from learn.labels.types import TYPES, markdown_list
from learn.policies.image_aware import read_array

Logs = Annotated[
    Path, typer.Argument(metavar="LOGS", help="The study folder that `elicit run --logs` made.")
]
Stimuli = Annotated[
    str | None,
    typer.Option(
        help="Where the endpoint images are: pictograms, cifar10, or a folder. Needed for the "
        "image-aware policy."
    ),
]


NoHost = Annotated[bool, typer.Option("--no-host", envvar=NO_HOST, help=NO_HOST_HELP)]


def _refuse_older_votes(given: list[str] | None) -> None:
    if given:
        raise ElicitError(
            "--labels: what others called the endpoints is --votes NAME=FILE now; label types are "
            "--label TYPE"
        )


Votes = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME=FILE",
        help="What others called the endpoints, for the image-aware policy: a .npy of counts or "
        "shares, a row an image, a column a class, as CIFAR-10H's. May be given again.",
    ),
]
OlderVotes = Annotated[
    list[str] | None,
    typer.Option("--labels", hidden=True, callback=_refuse_older_votes, expose_value=False),
]
Features = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME=FILE",
        help="More of what the endpoints look like: a .npy of numbers, a row an image, as many "
        "columns as you like, for instance a network's embedding. May be given again.",
    ),
]
Process = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Count only images that this process made: mixup, cutmix or frames. Required where a "
        "study has several.",
    ),
]
Repeats = Annotated[bool, typer.Option("--repeats", help="Count answers to repeated trials too.")]
Exclude = Annotated[
    Path | None, typer.Option(help="A list of who is left out, such as `learn qc` writes.")
]
Simulated: TypeAlias = Annotated[
    bool | None,
    typer.Option(
        "--include-simulated/--people-only",
        help="Count simulated answers together with people's, or leave them out. Required where "
        "a folder holds both; a folder of simulated answers alone is always counted.",
        show_default=False,
    ),
]


def need_torch() -> None:
    """Raise ElicitError where torch or torchvision, which training needs, is not installed."""
    for name in ("torch", "torchvision"):
        if importlib.util.find_spec(name) is None:
            raise ElicitError(
                f"{name}: not installed, and training needs it; pip install '.[learn]'"
            )


def read_named_arrays(option: str, given: list[str] | None) -> dict[str, Numbers]:
    """Return the arrays that an option names as NAME=FILE, by name.

    Raises:
        ElicitError: not NAME=FILE, a name twice, or a file that holds no such array.
    """
    arrays = {}
    for text in given or []:
        name, equals, path = text.partition("=")
        if not (name and equals and path):
            raise ElicitError(f"{option}: must be NAME=FILE, got {text!r}")
        if name in arrays:
            raise ElicitError(f"{option}: each name must be there once, got {name!r} twice")
        arrays[name] = read_array(Path(path))
    return arrays


def help_with_label_types(command: Callable[..., None], names: Iterable[str] = TYPES) -> str:
    """Return a command's help, with a list of label types where it says "(label types)"."""
    return inspect.cleandoc(command.__doc__ or "").replace("(label types)", markdown_list(names))


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
