"""The status of a study: of every session, station and batch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from elicit.errors import LogError, StudyError
from elicit.log import files as disk
from elicit.log.columns import read_columns
from elicit.log.data_folder import StrayFile, describe_lost_rows, find_stray_files
from elicit.log.rows import TrialRow
from elicit.log.session_record import (
    BlockRecord,
    SessionEnd,
    SessionRecord,
    describe_damage,
    parse_time,
)
from elicit.study import participants
from elicit.study.allocation import Allocation
from elicit.study.coverage import Order
from elicit.study.session_files import SessionFiles, Status, list_sessions
from elicit.study.withdrawals import list_withdrawn

CLOCK_TOLERANCE = timedelta(seconds=1)  # by which a clock that is kept right may be moved
COLUMNS_READ = (
    *("block", "batch", "practice", "practice_round", "simulated", "resumed", "onset_utc"),
)
COVERING: tuple[Status, ...] = ("finished", "running", "stopped")


@dataclass(frozen=True)
class LogSummary:
    """What one trial log holds."""

    trials: int = 0  # without the practice that was done again
    batches: tuple[tuple[str, int], ...] = ()  # block and batch
    resumed: bool = False
    simulated: bool = False  # whether a program answered all of them
    clock_was_set: bool = False  # times of day go back from one answer to the next
    problem: str = ""  # why it cannot be read


@dataclass(frozen=True)
class SessionProgress:
    """How one session stands."""

    session: SessionFiles
    status: Status
    station: str
    answers: LogSummary
    total: int | None  # trials of the session; None where not known
    batches: dict[str, int]  # of each block, as far as known
    minutes: float | None  # from beginning to end; None where not ended or interrupted
    simulated: bool  # whether a program answers it
    clock_was_set: bool = False  # so that its minutes are not known
    record_problem: str = ""  # why its record cannot be read

    @property
    def lost(self) -> str:
        """That its log has lost rows, and what to do; blank where it has not."""
        if self.status != "finished" or self.answers.problem or not self.total:
            return ""
        if self.answers.trials >= self.total:
            return ""
        return describe_lost_rows(self.session.file("data.csv"), self.answers.trials, self.total)


@dataclass(frozen=True)
class StudyStatus:
    """How a study stands."""

    sessions: tuple[SessionProgress, ...]
    batches_of: dict[tuple[str, str], int]  # how many a block has, by protocol and block
    places: dict[Order, tuple[int, int]]  # covered, and ever given out
    unread: tuple[str, ...]  # traces of places that cannot be read, and why
    strays: tuple[StrayFile, ...]  # files beside the logs that are not counted
    withdrawn: tuple[str, ...]
    next_id: str

    @property
    def problems(self) -> list[str]:
        """Trial logs, records, ends and claims that cannot be read, and why."""
        found = [
            problem
            for each in self.sessions
            for problem in (each.answers.problem, each.record_problem)
        ]
        return [problem for problem in dict.fromkeys([*found, *self.unread]) if problem]

    @property
    def notices(self) -> list[str]:
        """Files that are not counted, and logs that have lost rows; and what to do."""
        return [*map(str, self.strays), *(each.lost for each in self.sessions if each.lost)]

    def of_kind(self, *, simulated: bool) -> StudyStatus:
        """Return how the study stands as far as people, or programs, answered it."""
        kept = tuple(each for each in self.sessions if each.simulated is simulated)
        places = {order: counts for order, counts in self.places.items() if order[1] is simulated}
        return replace(self, sessions=kept, places=places)

    def median_minutes(self, task: str) -> float | None:
        """Return the median of finished sessions that were not interrupted."""
        minutes = [
            each.minutes
            for each in self.sessions
            if each.session.task == task and each.status == "finished" and each.minutes is not None
        ]
        return median(minutes) if minutes else None

    def count_clocks_set(self, task: str) -> int:
        """Return how many finished sessions have no minutes, as the clock was set back in them."""
        return sum(
            each.session.task == task and each.status == "finished" and each.clock_was_set
            for each in self.sessions
        )

    def count_by_station(self) -> dict[str, dict[Status, int]]:
        """Return how many sessions of each station stand how."""
        return _count((each.station, each.status) for each in self.sessions)

    def count_by_batch(self, task: str) -> dict[tuple[str, int], dict[Status, int]]:
        """Return how many sessions of each block's batches stand how, untouched ones too."""
        counted = _count(
            ((block, batch), each.status)
            for each in self.sessions
            if each.session.task == task
            for block, batch in each.batches.items()
        )
        for (of_task, block), batches in self.batches_of.items():
            if of_task == task:
                for batch in range(batches):
                    counted.setdefault((block, batch), {})
        return dict(sorted(counted.items()))


@dataclass
class StudyMonitor:
    """Looks at a study folder again and again, and reads what has changed."""

    folder: Path
    _seen: dict[Path, tuple[tuple[int, int], LogSummary]] = field(default_factory=dict)
    _allocation: Allocation = field(init=False)

    def __post_init__(self) -> None:
        self._allocation = Allocation(self.folder)

    def read_status(self) -> StudyStatus:
        """Return how the study stands now.

        Raises:
            StudyError: it is no study folder, or cannot be read now.
        """
        try:
            return self._read_status()
        except OSError as error:
            raise StudyError(
                f"{self.folder}: cannot be read now: {error.strerror}; try again"
            ) from error

    def _read_status(self) -> StudyStatus:
        data = self.folder / "data"
        if not data.is_dir():
            raise StudyError(
                f"{self.folder}: must be a study folder, as elicit run --logs makes it; got none"
            )
        now = disk.now_in(data)
        begun = sorted(session for session in list_sessions(data) if session.exists())
        coverage = self._allocation.coverage()
        statements = {session: _read_record_and_end(session) for session in begun}
        return StudyStatus(
            tuple(self._progress(session, statements[session], now) for session in begun),
            {
                (session.task, block.name): block.batches
                for session, stated in statements.items()
                for block in _blocks(stated.record)
                if block.batches is not None
            },
            {order: coverage.count(order) for order in coverage.orders()},
            tuple(coverage.problems),
            tuple(find_stray_files(data)),
            tuple(sorted(list_withdrawn(self.folder))),
            participants.next_id(participants.list_participants(self.folder, coverage)),
        )

    def _progress(self, session: SessionFiles, stated: RecordAndEnd, now: float) -> SessionProgress:
        record = stated.record
        answers = self._answers(session.file("data.csv"))
        blocks = _blocks(record)
        trials = [block.trials for block in blocks if block.trials is not None]
        minutes = _minutes(stated)
        steady = not answers.clock_was_set and (minutes is None or minutes >= 0)
        planned = {block.name: block.batch for block in blocks if block.batch is not None}
        return SessionProgress(
            session,
            session.status(now),
            "?" if record is None else record.station,
            answers,
            total=sum(trials) if trials else None,
            batches=planned | dict(answers.batches),
            minutes=None if answers.resumed or not steady else minutes,
            simulated=answers.simulated if record is None else record.simulated,
            clock_was_set=not steady,
            record_problem=stated.problem,
        )

    def _answers(self, path: Path) -> LogSummary:
        try:
            there = path.stat()
        except FileNotFoundError:
            return LogSummary()
        key = (there.st_mtime_ns, there.st_size)
        if path not in self._seen or self._seen[path][0] != key:
            self._seen[path] = (key, _read(path))
        return self._seen[path][1]


def _read(path: Path) -> LogSummary:
    try:
        read = read_columns(path, TrialRow, COLUMNS_READ)  # a row may be on its way to disk
    except LogError as error:
        return LogSummary(problem=str(error))
    blocks = zip(read["block"], read["batch"], read["practice"], strict=True)
    batches = dict.fromkeys((block, batch) for block, batch, practice in blocks if not practice)
    trials = sum((each or 1) == 1 for each in read["practice_round"])
    simulated = trials > 0 and all(read["simulated"])
    return LogSummary(
        trials, tuple(batches), any(read["resumed"]), simulated, _goes_back(read["onset_utc"])
    )


def _goes_back(onsets: Iterable[datetime | None]) -> bool:
    """Whether a trial appeared, by the time of day, before the one before it did."""
    known = [onset for onset in onsets if onset is not None]
    return any(before - after > CLOCK_TOLERANCE for before, after in pairwise(known))


@dataclass(frozen=True)
class RecordAndEnd:
    """What a session states of its beginning and its end; None where that is not read."""

    record: SessionRecord | None
    end: SessionEnd | None
    problem: str  # why one of them is there and not read; blank where none is


def _read_record_and_end(session: SessionFiles) -> RecordAndEnd:
    path, record, end, problem = session.file("session.json"), None, None, ""
    try:
        record = SessionRecord.read(path)
        problem = describe_damage(path) if record is None and path.exists() else ""
        end = SessionEnd.read(session.file("end.json"))
    except StudyError as error:
        problem = problem or str(error)
    return RecordAndEnd(record, end, problem)


def _blocks(record: SessionRecord | None) -> tuple[BlockRecord, ...]:
    return () if record is None else record.blocks


def _minutes(stated: RecordAndEnd) -> float | None:
    """Return the minutes from a session's beginning to its end, where both are stated."""
    record, end = stated.record, stated.end
    if record is None or end is None or end.ended_utc is None:
        return None
    return (parse_time(end.ended_utc) - parse_time(record.started_utc)).total_seconds() / 60


def _count(pairs: Iterable[tuple[Any, Status]]) -> dict[Any, dict[Status, int]]:
    counted: dict[Any, dict[Status, int]] = {}
    for key, status in pairs:
        of_key = counted.setdefault(key, {})
        of_key[status] = of_key.get(status, 0) + 1
    return counted
