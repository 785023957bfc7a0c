"""Who is at work on a session: a file that one process at a time can make, on any shared folder.

Unlike a run's lock (`learn.runs.lock`) it has no heartbeat: a person decides whether a session on
another computer is over.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from elicit.errors import StudyError
from elicit.log import files as disk
from elicit.log import processes
from elicit.log.station import this_station


def take(path: Path, words: str, *, quiet: bool, durable: bool = True) -> None:
    """Take something for this process alone.

    A lock that a process of this computer left when it died is taken over; another computer's
    only where all is quiet.

    Args:
        path: the lock's file.
        words: what it keeps, as a message calls it.
        quiet: whether nothing was written for so long that the session cannot be running.
        durable: whether to wait until the lock is on disk.

    Raises:
        StudyError: another process has it.
        OSError: the folder cannot be written.
    """
    mine = json.dumps(_this()) + "\n"
    with suppress(FileExistsError):
        disk.write_new(path, mine, durable=durable)
        return
    before = disk.read_json(path)
    if not (_has_ended(before) or (quiet and not this_station().is_that_of(before))):
        raise _running_error(path, words, before)
    _take_over(path, words, before, mine)


def check_free(path: Path, words: str) -> None:
    """Refuse a lock that somebody else has.

    Raises:
        StudyError: somebody has it.
    """
    if is_held(path):
        raise _running_error(path, words, disk.read_json(path))


def release(path: Path) -> None:
    """Release the lock if this process has it; another's stays."""
    holder, mine = disk.read_json(path), _this()
    if all(holder.get(key) == mine[key] for key in ("station_id", "pid", "process")):
        with suppress(OSError):
            disk.delete(path)


def is_held(path: Path) -> bool:
    """Whether a process holds the lock, as far as this computer can tell.

    A lock that cannot be read counts as held.
    """
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:  # the disk does not answer
        return True
    return not _has_ended(disk.read_json(path))


def _this() -> dict[str, Any]:
    pid, identity = processes.this()
    mine = {"pid": pid, "process": identity, "since": disk.utc_now()}
    return this_station().record() | mine


def _has_ended(holder: dict[str, Any]) -> bool:
    """Whether a process of this computer was at work, and is no more."""
    if not this_station().is_that_of(holder):
        return False
    pid = holder.get("pid")
    return not isinstance(pid, int) or processes.identity(pid) != holder.get("process")


def _take_over(path: Path, words: str, before: dict[str, Any], mine: str) -> None:
    """Put this process's lock in the place of the one that `before` left, and of no other.

    Of several who try, the one that can make a file named after what they all saw goes on; the
    lock is there all the time.

    Raises:
        StudyError: another process was faster.
        OSError: the folder cannot be written.
    """
    seen = hashlib.sha256(json.dumps(before, sort_keys=True).encode()).hexdigest()
    turn = path.with_name(f"{disk.TEMPORARY}{seen[:16]}-{path.name}")
    try:
        disk.write_new(turn, mine)
    except FileExistsError:
        other = disk.read_json(turn)
        if _has_ended(other):
            disk.delete(turn)  # so that the next try comes through
        raise _running_error(turn, words, other) from None
    try:
        now = disk.read_json(path)
        if now != before:
            raise _running_error(path, words, now)
        disk.replace(path, mine)
    finally:
        disk.delete(turn)


def _running_error(path: Path, words: str, holder: dict[str, Any]) -> StudyError:
    where = holder.get("station", "another computer")
    here = this_station()
    first = "close its window" if here.is_that_of(holder) else "continue there"
    if where == here.name and not here.is_that_of(holder):
        where = f"another computer that is called {where}, too"
    return StudyError(
        f"{words} is running on {where} (process {holder.get('pid', 'unknown')}) since "
        f"{holder.get('since', 'a time unknown')}: {first}; or, where nobody runs it any more, "
        f"delete {path}"
    )
