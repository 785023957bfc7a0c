"""How the commands print: plain lines, so that a path can be copied whole."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from rich.console import Console, RenderableType


def say(what: RenderableType, bold: bool = False) -> None:
    """Print a line or a table."""
    console = Console(highlight=False, markup=False, soft_wrap=True)
    console.print(what, style="bold" if bold else None)


def say_files(files: Mapping[Path, str]) -> None:
    """Print what became of each file, a line each."""
    for path, state in files.items():
        say(f"{path}: {state}")
