"""A run folder's lock: one process trains there, and one that is gone blocks nobody.

Unlike a session's lock (`elicit.study.locks`) it has a heartbeat: on a cluster nobody is there to
say whether a run is over.
"""

from __future__ import annotations

import os
import platform
import threading
import uuid
from contextlib import suppress
from pathlib import Path

from elicit.errors import ElicitError
from elicit.log import processes
from elicit.log.station import this_station
from learn.files import write_atomic
from learn.runs.files import LOCK
from stimuli.files import read_text

HEARTBEAT_S = 15.0  # between two signs of life
UNKNOWN = "-"
_ID, _BEGAN, _NUMBERS = 4, 5, 6  # where a lock's line has them
HOLDER_TIMEOUT_S = 90.0  # without one, after which a holder on another machine counts as gone


class HeldError(ElicitError):
    """A run that another process trains now."""


class Lock:
    """A file that says who trains.

    It states the machine's name, the process, its Slurm job and the job's restarts, a token, the
    machine's id, as two machines may have one name, when the process began, as another may get its
    number, and where its number is known, as users of one machine may have ids of their own for it.

    While it is held, a thread touches it every HEARTBEAT_S seconds. A holder is gone if its process
    is, if its Slurm job was begun anew since (as after a node failed), or if it gave no sign of
    life for HOLDER_TIMEOUT_S seconds. One that was held to be gone and is not finds out by
    `is_held`.
    """

    def __init__(self, folder: Path) -> None:
        """Take the folder that is to be held."""
        self._path = folder / LOCK
        job, restarts = _slurm_job()
        station, (process, began) = this_station(), processes.this()
        began = "_".join(began.split()) or UNKNOWN
        known = processes.name_numbering() or UNKNOWN
        self._mine = (
            f"{_name()} {process} {job}.{restarts} {uuid.uuid4().hex} {station.id} {began} {known}"
        )
        self._released = threading.Event()

    def take(self) -> None:
        """Hold the folder.

        Raises:
            HeldError: another process holds it.
            ElicitError: it cannot be written.
        """
        holder = find_holder(self._path.parent)
        if holder is not None:
            raise HeldError(
                f"{self._path.parent}: {holder} is training this run; wait for it, or delete "
                f"{self._path} if it is gone"
            )
        write_atomic(self._path, self._mine.encode("utf-8"), "free some disk space, then try again")
        threading.Thread(target=self._keep_alive, daemon=True).start()

    def is_held(self) -> bool:
        """Return whether it is still this process that holds the folder, as far as is known."""
        try:
            return _read(self._path) == self._mine.split()
        except OSError:
            return True

    def release(self) -> None:
        """Let others train there."""
        self._released.set()
        if self.is_held():
            with suppress(OSError):
                self._path.unlink()

    def _keep_alive(self) -> None:
        while not self._released.wait(HEARTBEAT_S):
            if not self.is_held():
                return
            with suppress(OSError):
                os.utime(self._path)


def find_holder(folder: Path) -> str | None:
    """Return who trains in a folder, such as "process 12 on lab-pc"; None where nobody does."""
    path = folder / LOCK
    holder = _read(path)
    if not holder or not _lives(holder, path):
        return None
    node, process, *_ = [*holder, ""]
    if node == _name() and not _is_of_this_machine(holder):
        node = f"another machine that is called {node}, too"
    return f"process {process} on {node}"


def free_lock(folder: Path, job: str) -> None:
    """Take away the lock of a Slurm job that is known to be gone."""
    holder = _read(folder / LOCK)
    if len(holder) > 2 and holder[2].partition(".")[0] == job:
        with suppress(OSError):
            (folder / LOCK).unlink()


def _slurm_job() -> tuple[str, int]:
    """Return the number of the Slurm job this is, "-" if none, and how often it was begun anew."""
    restarts = os.environ.get("SLURM_RESTART_COUNT", "0")
    return os.environ.get("SLURM_JOB_ID", "-"), int(restarts) if restarts.isdigit() else 0


def _read(path: Path) -> list[str]:
    """Return the words of a lock; none where there is no lock.

    Raises:
        OSError: it cannot be read now; somebody may train.
    """
    try:
        return read_text(path).split()
    except FileNotFoundError:
        return []


def _lives(holder: list[str], path: Path) -> bool:
    """Return whether a holder may still train."""
    _, process, job, *_ = [*holder, "", ""]
    if len(holder) > 2 and _was_begun_anew(job):
        return False
    if _is_of_this_machine(holder) and process.isdigit() and _has_ended(holder, int(process)):
        return False
    without_heartbeat = len(holder) < 3  # older versions wrote it so
    return without_heartbeat or _silence(path) < HOLDER_TIMEOUT_S


def _is_of_this_machine(holder: list[str]) -> bool:
    """Return whether a holder is a process of this machine; older versions wrote no id of it."""
    if len(holder) > _NUMBERS and holder[_NUMBERS] == processes.name_numbering():
        return True
    if len(holder) > _ID:
        return holder[_ID] == this_station().id
    return holder[0] == platform.node()


def _name() -> str:
    """Return this machine's name as one word."""
    return "".join(this_station().name.split()) or UNKNOWN


def _has_ended(holder: list[str], process: int) -> bool:
    """Return whether a process of this machine is no more, or is another one by now."""
    now = processes.identity(process)
    began = holder[_BEGAN] if len(holder) > _BEGAN else UNKNOWN
    return now is None or (began != UNKNOWN and "_".join(now.split()) != began)


def _was_begun_anew(job: str) -> bool:
    """Return whether `job` (number.restarts) is an earlier go of this very Slurm job."""
    number, _, restarts = job.partition(".")
    mine, begun = _slurm_job()
    return number == mine != "-" and restarts.isdigit() and int(restarts) < begun


def _silence(path: Path) -> float:
    """Return seconds since the lock was touched, both times by the clock of the file's disk."""
    beside = path.with_name(f".now.{os.getpid()}")
    try:
        beside.touch()
        return beside.stat().st_mtime - path.stat().st_mtime
    except OSError:
        return 0.0
    finally:
        with suppress(OSError):
            beside.unlink()
