"""What options of several commands mean."""

from __future__ import annotations

import importlib.util
from typing import Annotated, TypeAlias

import typer

from elicit.errors import ElicitError

Simulated: TypeAlias = Annotated[
    bool | None,
    typer.Option(
        "--include-simulated/--people-only",
        help="Count what programs answered beside what people did, or leave it out. Must be said "
        "where a folder has both; one that is simulated throughout simply counts.",
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
