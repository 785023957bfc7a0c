"""Checks of a lab PC's disk, clock and installed packages."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from statistics import median

from elicit.log.data_folder import find_problems
from elicit.log.files import clock_of, scratch
from elicit.preflight.findings import CheckResult, quantile_95
from stimuli.windows_files import make_folder

WRITE_TEST_ROWS = 100  # each on disk before the next is written, as a session's answers are
WRITE_TEST_ROW = b"x" * 399 + b"\n"

MIN_FREE_BYTES, LOW_FREE_BYTES = 50e6, 1e9  # bytes; a session takes less than 2 million
MAX_WRITE_S = 0.1  # that an answer takes to be on disk
MAX_CLOCK_DIFFERENCE_S = 60.0  # that this computer's clock and the folder's may differ
MAX_CLOCK_JUMP_S = 1.0
MAX_PROBLEMS = 10  # of the study folder, that are listed
EARLIEST_TIME = datetime(2024, 1, 1, tzinfo=timezone.utc)  # no session was earlier


def measure_write_times(folder: Path) -> list[float]:
    """Return how long each of WRITE_TEST_ROWS rows takes to be on disk, s; leaves nothing there.

    Raises:
        OSError: the folder cannot be made or written.
    """
    make_folder(folder)
    taken = []
    with scratch(folder) as path, path.open("xb", buffering=0) as file:
        for _ in range(WRITE_TEST_ROWS):
            began = time.perf_counter()
            file.write(WRITE_TEST_ROW)
            os.fsync(file.fileno())
            taken.append(time.perf_counter() - began)
    return taken


def measure_folder_clock(folder: Path) -> float:
    """Return how far the folder's clock is ahead of this computer's, s.

    On a shared folder, files carry the time of the computer that stores them.

    Raises:
        OSError: the folder cannot be written.
    """
    return clock_of(folder) - time.time()


def check_disk_space(folder: Path) -> CheckResult:
    """Return whether there is enough space for data.

    Raises:
        OSError: the folder is not there.
    """
    free = shutil.disk_usage(folder).free
    measured = f"{free / 1e9:.1f} GB free" if free > LOW_FREE_BYTES else f"{free / 1e6:.0f} MB free"
    if free < MIN_FREE_BYTES:
        return CheckResult(
            "disk space", measured, "fix", f"Make room for {folder}, or choose another --logs."
        )
    if free < LOW_FREE_BYTES:
        return CheckResult("disk space", measured, "attention", f"Make room for {folder} soon.")
    return CheckResult("disk space", measured)


def check_write_latency(taken: Sequence[float]) -> CheckResult:
    """Return whether answers are on disk soon enough.

    Args:
        taken: of each row, s.
    """
    slow = quantile_95(taken)
    measured = (
        f"{len(taken)} rows, median {median(taken) * 1e3:.1f} ms, 95% below {slow * 1e3:.1f} ms"
    )
    if slow > MAX_WRITE_S:
        return CheckResult(
            "write latency",
            measured,
            "attention",
            "Trials wait this long for the disk: use a local or a faster folder with --logs, "
            "or a wired network.",
        )
    return CheckResult("write latency", measured)


def report_unwritable(folder: Path, error: OSError) -> CheckResult:
    """Return that nothing can be written to the study folder."""
    return CheckResult(
        "study folder",
        f"{folder} cannot be written: {error.strerror}",
        "fix",
        "Check that the folder is connected and that this user may write there, "
        "or choose another with --logs.",
    )


def check_data_folder(folder: Path) -> list[CheckResult]:
    """Return the files of the study folder that are not counted, and logs that have lost rows."""
    results = []
    for problem in find_problems(folder):
        measured, _, advice = problem.partition("; ")
        results.append(CheckResult("study folder", measured, "attention", advice))
    if len(results) > MAX_PROBLEMS:
        more = f"{len(results) - MAX_PROBLEMS} more like these"
        results = results[:MAX_PROBLEMS]
        results.append(CheckResult("study folder", more, "attention", "elicit status lists them."))
    return results


def check_clock(
    now: datetime, apart_s: float | None, wall_s: float, ticked_s: float
) -> CheckResult:
    """Return whether the clocks are right and agree.

    Args:
        now: the local time, with its offset from UTC.
        apart_s: how far the study folder's clock is ahead; None where not known.
        wall_s: what passed during the check by the system's clock.
        ticked_s: what passed by the clock that response times are taken with.
    """
    offset = now.utcoffset() or timedelta(0)
    hours = offset.total_seconds() / 3600
    measured = f"{now:%Y-%m-%d %H:%M:%S}, UTC{hours:+g} h"
    if apart_s is not None:
        measured += f"; study folder {apart_s:+.1f} s"
    if now < EARLIEST_TIME:
        return CheckResult("clock", measured, "fix", "Set this computer's date and time.")
    if abs(wall_s - ticked_s) > MAX_CLOCK_JUMP_S:
        jump = f"{measured}; jumped by {wall_s - ticked_s:+.1f} s during this check"
        return CheckResult(
            "clock", jump, "attention", "Let the system set its clock, then try again."
        )
    if apart_s is not None and abs(apart_s) > MAX_CLOCK_DIFFERENCE_S:
        return CheckResult(
            "clock",
            measured,
            "attention",
            "The clocks of this computer and of the one that stores the study folder differ: set "
            "both from the network.",
        )
    return CheckResult("clock", measured)


def check_versions(found: dict[str, str]) -> CheckResult:
    """Return the installed versions, and whether a package is missing."""
    measured = ", ".join(f"{name} {version}" for name, version in found.items())
    missing = [name for name, version in found.items() if version == "missing"]
    if missing:
        return CheckResult(
            "versions", measured, "fix", "Install the lab extra: pip install '.[lab]'"
        )
    return CheckResult("versions", measured)
