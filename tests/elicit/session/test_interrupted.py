"""Sessions that are killed, and go on as if nothing had happened."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from elicit.screen.virtual_display import virtual_screen
from tests.elicit.helpers.killed_sessions import (
    DEMO,
    SIGNALS,
    data_file,
    has_begun,
    kill_after,
    read_answered,
    read_lasting_columns,
    read_pages,
    start_session,
)
from tests.elicit.helpers.virtual_lab import PATIENCE_S, needs_a_virtual_screen

pytestmark = needs_a_virtual_screen

TRIALS = 7  # practice, and three blocks of 2


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    with virtual_screen("1024x600") as name:
        yield name


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration with practice, and two trials in each block."""
    path = tmp_path_factory.mktemp("protocol") / "short.yaml"
    text = re.sub(r"batch_size: [345]", "batch_size: 2", DEMO.read_text(encoding="utf-8"))
    text = text.replace("[0.1, 0.25, 0.5, 0.75, 0.9]", "[0.25, 0.75]")
    practice = "batch_size: 2\n    practice: 1\n    feedback: true"
    path.write_text(text.replace("batch_size: 2", practice, 1), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def whole(display: str, short: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study folder with a session that was not interrupted."""
    logs = tmp_path_factory.mktemp("whole")
    process = start_session(logs, display, protocol=short)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return logs


@pytest.mark.parametrize(
    ("by", "trials"),
    [*((by, 3) for by in SIGNALS), (signal.SIGKILL, 0), (signal.SIGKILL, 1)],
    ids=str,
)
def test_a_killed_session_goes_on_from_its_first_unanswered_trial(
    by: signal.Signals, trials: int, display: str, short: Path, whole: Path, tmp_path: Path
) -> None:
    process = start_session(tmp_path, display, protocol=short)
    deadline = time.monotonic() + PATIENCE_S
    while not has_begun(tmp_path) or len(read_answered(tmp_path)) < trials:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    kill_after(process, 0.0, by)
    kept = read_answered(tmp_path)
    assert trials <= len(kept) < TRIALS
    again = start_session(tmp_path, display, "--resume", protocol=short)
    _, err = again.communicate(timeout=120)
    assert again.returncode == 0, err
    assert read_answered(tmp_path)[: len(kept)] == kept
    assert read_lasting_columns(data_file(tmp_path)) == read_lasting_columns(data_file(whole))
    assert read_pages(tmp_path) == read_pages(whole)
    marks = [row.resumed for row in read_answered(tmp_path)]
    assert marks == [False] * len(kept) + [True] * (TRIALS - len(kept))
