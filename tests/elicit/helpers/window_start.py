"""Starts `elicit` in a process that has imported PsychoPy without a screen.

pyglet opens an invisible window when it is imported, on the screen of that moment. Here it is
imported without, and each process opens that window itself, on its own screen.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping

from tests.helpers.commands import RUNS
from tests.helpers.forks import RunningProcess, start_fork

PRELOAD = "tests.elicit.helpers.psychopy_without_screen"
OPEN_SCREEN = f"""
import sys
if "{PRELOAD}" in sys.modules:
    sys.modules["{PRELOAD}"].open_screen()
"""


def start_elicit(
    *arguments: str, environment: Mapping[str, str], fresh: bool = False
) -> RunningProcess:
    """Start `elicit`.

    Args:
        arguments: what is typed after the name.
        environment: all environment variables that it sees, with DISPLAY.
        fresh: whether the process imports everything itself, for a test of how `elicit` starts.
    """
    if fresh:
        return subprocess.Popen(
            [sys.executable, "-c", RUNS["elicit"], *arguments],
            env=environment, stdin=subprocess.DEVNULL, encoding="utf-8",
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
    return start_in_window(RUNS["elicit"], *arguments, environment=environment)


def start_in_window(code: str, *arguments: str, environment: Mapping[str, str]) -> RunningProcess:
    """Start a process that runs some code that opens a window."""
    return start_fork((PRELOAD,), OPEN_SCREEN + code, *arguments, environment=environment)
