"""What options of several commands mean."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

Simulated: TypeAlias = Annotated[
    bool | None,
    typer.Option(
        "--include-simulated/--people-only",
        help="Count what programs answered beside what people did, or leave it out. Must be said "
        "where a folder has both; one that is simulated throughout simply counts.",
        show_default=False,
    ),
]
