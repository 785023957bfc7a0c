"""Sessions that are killed at any moment, gone on with, and compared with one that was not."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

from elicit.log import reader as log
from elicit.log.reader import read_table
from elicit.log.rows import PageRow, TrialRow
from tests.elicit.helpers.virtual_lab import PROTOCOLS
from tests.elicit.helpers.window_start import start_elicit
from tests.helpers.forks import RunningProcess

DEMO = PROTOCOLS / "demo.yaml"
SIGNALS = tuple(  # those that there are: Windows has one of them
    each for each in signal.Signals if each.name in {"SIGKILL", "SIGTERM", "SIGHUP"}
)
PASSING = {"rt_s", "onset_utc", "dropped_frames", "resumed", "at_utc"}  # may differ


def start_session(
    logs: Path, display: str, *options: str, protocol: Path = DEMO, fresh: bool = False
) -> RunningProcess:
    """Start a simulated session in a real window, or go on with the one that is there."""
    arguments = ("run", str(protocol), "--autopilot", "--logs", str(logs), *options)
    return start_elicit(*arguments, environment={**os.environ, "DISPLAY": display}, fresh=fresh)


def data_file(logs: Path) -> Path:
    """Return the trial log of the session in a study folder."""
    return logs / "data" / "subject-autopilot_session-1_task-demo_data.csv"


def has_begun(logs: Path) -> bool:
    """Return whether the session has begun: its record is made last."""
    return Path(str(data_file(logs)).replace("_data.csv", "_session.json")).exists()


def has_ended(logs: Path) -> bool:
    """Return whether the session has ended for good."""
    return Path(str(data_file(logs)).replace("_data.csv", "_end.json")).exists()


def read_lasting_columns(path: Path) -> list[dict[str, Any]]:
    """Return a trial log's rows without what differs from time to time."""
    return [row.model_dump(exclude=PASSING) for row in log.read(path)]


def read_pages(logs: Path) -> list[tuple[str, str]]:
    """Return the pages that were done: kind and item."""
    path = Path(str(data_file(logs)).replace("_data.csv", "_pages.csv"))
    return [(row.kind, row.item) for row in read_table(path, PageRow).rows]


def read_answered(logs: Path) -> list[TrialRow]:
    """Return the rows that are on disk; none where the session has not begun."""
    path = data_file(logs)
    return log.read(path) if path.exists() and path.stat().st_size else []


def kill_after(process: RunningProcess, seconds: float, by: signal.Signals) -> int:
    """Send a signal after some time; return the exit code."""
    time.sleep(seconds)
    process.send_signal(by)
    _, err = process.communicate(timeout=120)
    assert "Traceback" not in err, err
    return process.returncode
