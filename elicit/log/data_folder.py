"""The data folder of a study: its sessions' files by name, and what does not belong there.

Copies come from people, who open a log in a spreadsheet, and from programs that keep folders of
several computers alike. A copy may hold rows that the log itself has lost, so it is never ignored
in silence.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from elicit.log.files import read_json
from elicit.log.records import find_tail, split_records
from elicit.log.rows import TrialRow
from stimuli.files import MAX_TABLE_BYTES, read_bytes
from stimuli.system_files import is_of_system

KINDS = (
    *("data.csv", "events.csv", "pages.csv"),
    *("session.json", "end.json", "running.json", "torn.txt"),
)
STEM = re.compile(r"subject-([A-Za-z0-9]+)_session-([1-9]\d*)_task-([A-Za-z0-9]+)")
ENDINGS = tuple(f"_{kind}" for kind in KINDS)
_NAMES_ONE = re.compile(
    rf"({STEM.pattern})_({'|'.join(kind.partition('.')[0] for kind in KINDS)})(?![A-Za-z])"
)
_SUFFIXES = {kind.partition(".")[0]: kind for kind in KINDS}


@dataclass(frozen=True)
class StrayFile:
    """A file in the data folder that is no session's by its name."""

    path: Path
    original: Path | None  # the session's file that it looks like a copy of

    def __str__(self) -> str:
        """Return what it is and what to do, in one line."""
        if self.original is None:
            return f"{self.path}: is no session's file and is not counted; move it elsewhere"
        name = self.original.name
        if not self.original.exists():
            return (
                f"{self.path}: is not counted, and {name} is missing; if this file is whole, "
                "rename it to that"
            )
        return (
            f"{self.path}: looks like a copy of {name} and is not counted; keep the one that has "
            "all rows under that name, and move the other elsewhere"
        )


def is_session_file(name: str) -> bool:
    """Whether a file is a session's by its name."""
    return name.endswith(ENDINGS) and STEM.fullmatch(name[: name.rindex("_")]) is not None


def list_logs(data: Path) -> list[Path]:
    """Return the files in a folder that are called as trial logs are, sorted by name.

    What the system keeps in any folder is left out; none where there is no such folder.
    """
    found = [path for path in data.glob("*_data.csv") if not is_of_system(path.name)]
    return sorted(found, key=lambda path: path.name)


def find_stray_files(data: Path) -> list[StrayFile]:
    """Return the files in the data folder that are no session's, sorted by name.

    What the system keeps in any folder is left out.

    Raises:
        OSError: the folder cannot be read.
    """
    with os.scandir(data) as entries:
        names = sorted(
            entry.name
            for entry in entries
            if not is_session_file(entry.name) and not is_of_system(entry.name) and entry.is_file()
        )
    return [StrayFile(data / name, _original(data, name)) for name in names]


def find_lost_rows(log: Path, trials: int) -> str | None:
    """Return that a finished session's log has lost rows, and what to do; None where it has all.

    Args:
        log: the trial log; the session's record and its end are beside it.
        trials: how many rows it holds.
    """
    stem = log.name.removesuffix("_data.csv")
    if read_json(log.with_name(f"{stem}_end.json")).get("status") != "finished":
        return None
    blocks = read_json(log.with_name(f"{stem}_session.json")).get("blocks")
    listed = blocks if isinstance(blocks, list) else []
    counts = [block.get("trials") for block in listed if isinstance(block, dict)]
    planned = sum(count for count in counts if isinstance(count, int))
    return None if trials >= planned else describe_lost_rows(log, trials, planned)


def describe_lost_rows(log: Path, trials: int, planned: int) -> str:
    """Return that a finished session's log has fewer rows than it had trials, and what to do."""
    return (
        f"{log}: has {trials} of {planned} trials, though the session is finished; look for a copy "
        "beside it or in a backup, and put the whole one in its place"
    )


def find_problems(folder: Path) -> Iterator[str]:
    """Return what does not belong into a study's data folder, and which logs have lost rows.

    Raises:
        OSError: the folder cannot be read.
    """
    data = folder / "data"
    if not data.is_dir():
        return
    yield from map(str, find_stray_files(data))
    for log in list_logs(data):
        problem = find_lost_rows(log, _count_rows(log)) if is_session_file(log.name) else None
        if problem is not None:
            yield problem


def _original(data: Path, name: str) -> Path | None:
    found = _NAMES_ONE.search(name)
    return None if found is None else data / f"{found[1]}_{_SUFFIXES[found[5]]}"


def _count_rows(log: Path) -> int:
    """Return how many rows can be trusted; those of a file that cannot be read count for none."""
    try:
        raw = read_bytes(log, MAX_TABLE_BYTES)
        whole = raw[: find_tail(raw, TrialRow).length]
    except (OSError, UnicodeDecodeError, csv.Error):
        return 0
    return max(sum(1 for _, record in split_records(whole) if record.strip()) - 1, 0)
