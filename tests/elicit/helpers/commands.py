"""Runs `elicit` where there is no screen, no CIFAR-10 and, as a rule, no terminal."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.helpers.commands import CommandResult, run_apart, run_here


@dataclass(frozen=True)
class Ended(CommandResult):
    """How a command ended, and what it left in the study folder."""

    logs: Path

    @property
    def places(self) -> list[str]:
        """Places of the counterbalancing order that are still taken."""
        return sorted(path.name for path in (self.logs / "allocation").glob("*"))

    @property
    def data(self) -> list[str]:
        """Files of sessions."""
        return sorted(path.name for path in (self.logs / "data").glob("*"))


def elicit(folder: Path, *arguments: str | Path, **environment: str) -> Ended:
    """Run `elicit` inside the tests' process."""
    return _ended(
        folder,
        run_here("elicit", tuple(map(str, arguments)), _without_a_screen(folder, environment)),
    )


def elicit_apart(
    folder: Path, *arguments: str, stdin: int = subprocess.DEVNULL, **environment: str
) -> Ended:
    """Run `elicit` in a process of its own: where it has a terminal, a screen or other packages."""
    surroundings = _without_a_screen(folder, environment)
    return _ended(folder, run_apart("elicit", arguments, surroundings, stdin))


def _ended(folder: Path, result: CommandResult) -> Ended:
    return Ended(result.code, result.said, result.shown, folder / "logs")


def _without_a_screen(folder: Path, environment: dict[str, str]) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in {"DISPLAY", "WAYLAND_DISPLAY", "ELICIT_CIFAR10"}
    }
    nothing = {"HOME": str(folder), "XDG_CACHE_HOME": str(folder / "cache")}
    return kept | nothing | environment
