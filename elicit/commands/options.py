"""What the options of several commands mean."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from elicit import located
from elicit.errors import ElicitError

ProtocolFile: TypeAlias = Annotated[
    Path,
    typer.Argument(metavar="PROTOCOL", help="The study's YAML, such as protocols/demo.yaml."),
]
Logs: TypeAlias = Annotated[Path, typer.Option(help="The study folder; made where it is missing.")]
Screen: TypeAlias = Annotated[int, typer.Option(help="Which screen, from 0.")]
Windowed: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="WxH", help="A window of this size instead of the full screen."),
]


def parsed_size(windowed: str) -> tuple[int, int]:
    """Return width and height of a window, px, given as WxH.

    Raises:
        ElicitError: it is given otherwise.
    """
    found = re.fullmatch(r"(\d{1,5})x(\d{1,5})", windowed, re.ASCII)
    if found is None:
        raise ElicitError(f"--windowed: must be WIDTHxHEIGHT, such as 1280x800, got {windowed!r}")
    return int(found[1]), int(found[2])


def read_settings(path: Path | None) -> dict[str, object]:
    """Return the observer's settings.

    Raises:
        ProtocolError: the file cannot be read, or is no YAML mapping; with the line.
    """
    if path is None:
        return {}
    document = located.read(path)
    if document.problems:
        raise located.told(path, document.problems)
    return dict(document.content)
