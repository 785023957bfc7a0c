"""One session's files: their names, their state, their lock, and how they are reopened."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, TypeAlias

from elicit.errors import LogError, LogUnwritableError, StudyError, StudyFolderWarning
from elicit.log import files as disk
from elicit.log import older_logs
from elicit.log.data_folder import ENDINGS, STEM
from elicit.log.reader import is_table, read_table
from elicit.log.repair import mend
from elicit.log.rows import (
    COLUMNS,
    EVENT_COLUMNS,
    PAGE_COLUMNS,
    EventRow,
    LogRow,
    PageRow,
    TrialRow,
)
from elicit.log.session_record import Ending, SessionRecord
from elicit.log.writer import RowWriters, Writer, free_name, line
from elicit.study import locks
from stimuli.files import MAX_TABLE_BYTES, read_bytes

ABANDONED_AFTER_S = 2 * 60 * 60  # without an end, and nothing written

Status: TypeAlias = Literal["finished", "withheld", "running", "stopped", "abandoned"]
TABLES: dict[str, tuple[type[LogRow], tuple[str, ...]]] = {
    "data.csv": (TrialRow, COLUMNS),
    "events.csv": (EventRow, EVENT_COLUMNS),
    "pages.csv": (PageRow, PAGE_COLUMNS),
}


@dataclass(frozen=True, order=True)
class SessionFiles:
    """A participant's visit, and the files that it has or would have."""

    data: Path  # the folder of all sessions' files
    participant: str
    session: int
    task: str

    def file(self, kind: str) -> Path:
        """Return where its file of some kind is, or would be, such as data.csv."""
        return self.data / f"{self.stem}_{kind}"

    @property
    def stem(self) -> str:
        """How the names of its files begin."""
        return f"subject-{self.participant}_session-{self.session}_task-{self.task}"

    @property
    def lock(self) -> Path:
        """The file that says who runs it."""
        return self.file("running.json")

    @property
    def label(self) -> str:
        """What a message calls it."""
        return f"session {self.session} of participant {self.participant}"

    def exists(self) -> bool:
        """Whether it ever began: its files were all made, or something was answered."""
        if self.file("session.json").exists() or self.file("end.json").exists():
            return True
        path = self.file("data.csv")
        return path.exists() and not _is_bare(path, COLUMNS)

    def status(self, now: float) -> Status:
        """Return how it stands.

        Args:
            now: seconds since 1970 by the folder's own clock.
        """
        end = self.file("end.json")
        if end.exists():
            withheld = disk.read_json(end).get("status") == "consent withheld"
            return "withheld" if withheld else "finished"
        if self.is_quiet(now):
            return "abandoned"
        return "running" if locks.is_held(self.lock) else "stopped"

    def digests(self) -> dict[str, str]:
        """Return SHA-256, in hex, of each of its files but the end, by kind.

        Raises:
            OSError: one of them cannot be read.
        """
        kinds = (*TABLES, "session.json")
        files = {kind: read_bytes(self.file(kind), MAX_TABLE_BYTES) for kind in kinds}
        return {kind: sha256(content).hexdigest() for kind, content in files.items()}

    def is_whole(self) -> bool:
        """Whether its end is there, and says of its files what is in them.

        Only the end of a session that was not durable says so: a power cut can have taken what
        was written before it.
        """
        said = disk.read_json(self.file("end.json")).get("sha256")
        try:
            return said is not None and said == self.digests()
        except OSError:
            return False

    def list_lost(self) -> list[str]:
        """Return the kinds of its CSV files that are gone or empty, such as data.csv.

        Raises:
            StudyError: the folder cannot be read.
        """
        lost = []
        for kind in TABLES:
            path = self.file(kind)
            try:
                if not path.stat().st_size:
                    lost.append(kind)
            except FileNotFoundError:
                lost.append(kind)
            except OSError as error:
                raise StudyError(f"{path}: cannot be read: {error.strerror}") from error
        return lost

    def is_quiet(self, now: float) -> bool:
        """Whether nothing was written for so long that it is given up."""
        times = [0.0]
        for kind in (*TABLES, "session.json", "running.json"):
            try:
                times.append(self.file(kind).stat().st_mtime)
            except FileNotFoundError:
                continue
            except OSError:  # it may have been written just now
                return False
        return now - max(times) >= ABANDONED_AFTER_S


@dataclass(frozen=True)
class SessionWriters(RowWriters):
    """The open files of one session, which no other process may write."""

    session: SessionFiles
    record: SessionRecord
    durable: bool = True  # each row is on disk before the next; else the end says what was written

    @property
    def sidecar(self) -> Path:
        """What the session runs with."""
        return self.session.file("session.json")

    def finish(
        self,
        status: Ending = "finished",
        estimates: Sequence[Mapping[str, Any]] = (),
        ended_utc: str | None = None,
        markers_lost: str = "",
    ) -> None:
        """End the session for good.

        Args:
            status: how it ended.
            estimates: what its answers say of each psychometric function it measured.
            ended_utc: when, UTC, ISO 8601; now where None.
            markers_lost: which codes were not sent, and why; "" where all were.

        Raises:
            LogUnwritableError: this cannot be written now; the files stay open.
        """
        path = self.session.file("end.json")
        ending: dict[str, Any] = {"status": status, "ended_utc": ended_utc or disk.utc_now()}
        if estimates:
            ending["estimates"] = list(estimates)
        if markers_lost:
            ending["markers_lost"] = markers_lost
        if self.durable and self.session.data.is_dir():
            self._check()
        try:
            if not self.durable:
                ending["sha256"] = self.session.digests()
            disk.write_new(path, json.dumps(ending) + "\n", durable=self.durable)
        except FileExistsError:
            pass  # for good is for good
        except OSError as error:
            raise LogUnwritableError(path, error.strerror or str(error)) from error
        self.close()

    def _check(self) -> None:
        """See that all files of the session are there; make one that vanished again.

        Raises:
            LogUnwritableError: one is not, and cannot be written now.
        """
        for writer in (self.trials, self.events, self.pages):
            writer.check()
        try:
            if not self.sidecar.exists():
                disk.write_new(self.sidecar, self.record.text())
                told = f"{self.sidecar}: was deleted or moved; it is made again"
                warnings.warn(StudyFolderWarning(told), stacklevel=3)
        except OSError as error:
            raise LogUnwritableError(self.sidecar, error.strerror or str(error)) from error

    def close(self) -> None:
        """Close the files; the session can be resumed."""
        for writer in (self.trials, self.events, self.pages):
            writer.close()
        locks.release(self.session.lock)


def parse_file_name(file: Path) -> SessionFiles | None:
    """Return the session that a file is of; None where its name says none."""
    (found,) = stems([file.name]) or {""}
    return parse_stem(file.parent, found) if found else None


def stems(names: Iterable[str]) -> set[str]:
    """Return how the names of each session's files begin; other files are left out."""
    begins = {name[: name.rindex("_")] for name in names if name.endswith(ENDINGS)}
    return {stem for stem in begins if STEM.fullmatch(stem)}


def parse_stem(data: Path, stem: str) -> SessionFiles:
    """Return the session whose files' names begin with one of `stems`."""
    found = STEM.fullmatch(stem)
    assert found is not None, stem
    return SessionFiles(data, found[1], int(found[2]), found[3])


def list_sessions(data: Path) -> set[SessionFiles]:
    """Return the sessions that have files in the folder `data`."""
    if not data.is_dir():
        return set()
    return {parse_stem(data, stem) for stem in stems(os.listdir(data))}


def create(
    session: SessionFiles,
    record: SessionRecord,
    now: float,
    *,
    durable: bool = True,
    has_lock: bool = False,
) -> SessionWriters:
    """Make a session's files; its record is made last.

    Args:
        session: which one.
        record: what it runs with.
        now: seconds since 1970 by the folder's own clock.
        durable: whether each row is on disk before the next; else see `elicit.log.writer`.
        has_lock: whether this process took its lock before.

    Raises:
        StudyError: it is running.
        FileExistsError: it is there already.
        OSError: the folder cannot be written; nothing is left of the session.
    """
    if session.exists():
        path = session.file("data.csv")
        raise FileExistsError(0, "", str(path if path.exists() else session.file("session.json")))
    with ExitStack() as undo:
        if not has_lock:
            locks.take(session.lock, session.label, quiet=session.is_quiet(now), durable=durable)
            undo.callback(locks.release, session.lock)
        _delete_leftovers(session)
        writers: list[Writer] = []
        for kind, (_, columns) in TABLES.items():
            writers.append(Writer(session.file(kind), columns, durable=durable))
            undo.callback(_delete, writers[-1])
        disk.write_new(session.file("session.json"), record.text(), durable=durable)
        undo.pop_all()
    return _files(session, record, writers, durable=durable)


def reopen(
    session: SessionFiles, now: float
) -> tuple[SessionWriters, list[TrialRow], SessionRecord]:
    """Open the files of a session that was interrupted; what is torn at their ends is set aside.

    Returns:
        The files, the trials that are answered, and the session's record.

    Raises:
        StudyError: it is running, or its record is missing, damaged or incomplete.
        LogError: a file of it is damaged before its end.
        OSError: the folder cannot be written.
    """
    path = session.file("session.json")
    record = SessionRecord.read(path)
    if record is None:
        raise StudyError(f"{path}: is missing or damaged, so {session.label} cannot be resumed")
    with ExitStack() as undo:
        locks.take(session.lock, session.label, quiet=session.is_quiet(now))
        undo.callback(locks.release, session.lock)
        writers: list[Writer] = []
        for kind, (row, columns) in TABLES.items():
            path = session.file(kind)
            there = path.exists() and not _is_another(path, row)
            rows = _mend(session, kind, row) if there else []
            writers.append(Writer(path, columns, resume=there))
            writers[-1].rows = len(rows)
            undo.callback(writers[-1].close)
        answered = read_table(session.file("data.csv"), TrialRow).rows
        undo.pop_all()
    return _files(session, record, writers), answered, record


def _files(
    session: SessionFiles,
    record: SessionRecord,
    writers: Sequence[Writer],
    *,
    durable: bool = True,
) -> SessionWriters:
    trials, events, pages = writers  # in the order of TABLES
    return SessionWriters(trials, events, pages, session, record, durable)


def _mend(session: SessionFiles, kind: str, row: type[LogRow]) -> list[LogRow]:
    """Return the whole rows of a file; what is torn at its end is set aside.

    Raises:
        LogError: it is damaged before its end; with what to do.
    """
    try:
        return mend(session.file(kind), row, session.file("torn.txt"))
    except LogError as error:
        held = "the answers are in the other files"
        if kind != "events.csv":
            held = "what it held is made again from the events"
        raise LogError(f"{error}; or move the file elsewhere and resume again: {held}") from error


def _is_another(path: Path, kind: type[LogRow]) -> bool:
    """Whether a file is not what its name says; then it is moved aside, which is told."""
    if is_table(path, kind):
        return False
    aside = free_name(path)
    disk.replace_by(path, aside)
    told = f"{path}: is not what its name says; it is moved to {aside.name}"
    warnings.warn(StudyFolderWarning(told), stacklevel=4)
    return True


def _is_bare(path: Path, columns: Sequence[str]) -> bool:
    """Whether a file holds no more than its header, or a part of it."""
    there = read_bytes(path, MAX_TABLE_BYTES).rstrip(b"\0")
    return any(line(header).startswith(there) for header in older_logs.headers(columns))


def _delete_leftovers(session: SessionFiles) -> None:
    """Take away what is left of a beginning that was cut short before anything was shown."""
    if session.file("session.json").exists():
        return
    for kind, (_, columns) in TABLES.items():
        path = session.file(kind)
        if path.exists() and _is_bare(path, columns):
            disk.delete(path)


def _delete(writer: Writer) -> None:
    writer.close()
    disk.delete(writer.path)
