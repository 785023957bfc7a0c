"""How far a study is: what every session, station and batch has come to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

from elicit.errors import LogError, StudyError
from elicit.log import files as disk
from elicit.log.reader import read_table
from elicit.log.rows import TrialRow
from elicit.study import participants
from elicit.study.allocation import Allocation
from elicit.study.session_files import Session, Status, found_in
from elicit.study.withdrawals import withdrawn

COVERING: tuple[Status, ...] = ("finished", "running", "stopped")


@dataclass(frozen=True)
class Answers:
    """What one trial log holds."""

    trials: int = 0
    batches: tuple[tuple[str, int], ...] = ()  # block and batch
    resumed: bool = False
    problem: str = ""  # why it cannot be read


@dataclass(frozen=True)
class Progress:
    """How one session stands."""

    session: Session
    status: Status
    station: str
    answers: Answers
    total: int | None  # trials of the session; None where not known
    batches: dict[str, int]  # of each block, as far as known
    minutes: float | None  # from beginning to end; None where not ended or interrupted


@dataclass(frozen=True)
class Overview:
    """How a study stands."""

    sessions: tuple[Progress, ...]
    batches_of: dict[tuple[str, str], int]  # how many a block has, by protocol and block
    places: dict[str, tuple[int, int]]  # by protocol: covered, and ever given out
    withdrawn: tuple[str, ...]
    next_id: str

    @property
    def problems(self) -> list[str]:
        """Trial logs that cannot be read, and why."""
        return [each.answers.problem for each in self.sessions if each.answers.problem]

    def median_minutes(self, task: str) -> float | None:
        """Return the median of finished sessions that were not interrupted."""
        minutes = [
            each.minutes
            for each in self.sessions
            if each.session.task == task and each.status == "finished" and each.minutes is not None
        ]
        return median(minutes) if minutes else None

    def by_station(self) -> dict[str, dict[Status, int]]:
        """Return how many sessions of each station stand how."""
        return _counted((each.station, each.status) for each in self.sessions)

    def by_batch(self, task: str) -> dict[tuple[str, int], dict[Status, int]]:
        """Return how many sessions of each block's batches stand how, untouched ones too."""
        counted = _counted(
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
class Watcher:
    """Looks at a study folder again and again, and reads what has changed."""

    folder: Path
    _seen: dict[Path, tuple[tuple[int, int], Answers]] = field(default_factory=dict)
    _allocation: Allocation = field(init=False)

    def __post_init__(self) -> None:
        self._allocation = Allocation(self.folder)

    def look(self) -> Overview:
        """Return how the study stands now.

        Raises:
            StudyError: it is no study folder, or cannot be read now.
        """
        try:
            return self._look()
        except OSError as error:
            raise StudyError(
                f"{self.folder}: cannot be read now: {error.strerror}; try again"
            ) from error

    def _look(self) -> Overview:
        data = self.folder / "data"
        if not data.is_dir():
            raise StudyError(
                f"{self.folder}: must be a study folder, as elicit run --logs makes it; got none"
            )
        now = disk.now_in(data)
        begun = sorted(session for session in found_in(data) if session.begun())
        claims = self._allocation.claims()
        tasks = sorted({claim.task for claim in claims})
        sidecars = {session: disk.read_json(session.file("session.json")) for session in begun}
        return Overview(
            tuple(self._progress(session, sidecars[session], now) for session in begun),
            {
                (session.task, block["name"]): block["batches"]
                for session in begun
                for block in sidecars[session].get("blocks", [])
                if "batches" in block
            },
            {
                task: (
                    len(self._allocation.covered(task, claims)),
                    len({claim.place.number for claim in claims if claim.task == task}),
                )
                for task in tasks
            },
            tuple(sorted(withdrawn(self.folder))),
            participants.following(participants.known_in(self.folder, claims)),
        )

    def _progress(self, session: Session, sidecar: dict[str, Any], now: float) -> Progress:
        answers = self._answers(session.file("data.csv"))
        blocks = sidecar.get("blocks", [])
        trials = [block["trials"] for block in blocks if "trials" in block]
        planned = {block["name"]: block["batch"] for block in blocks if "batch" in block}
        return Progress(
            session,
            session.status(now),
            str(sidecar.get("station", "?")),
            answers,
            total=sum(trials) if trials else None,
            batches=planned | dict(answers.batches),
            minutes=None if answers.resumed else _minutes(session, sidecar),
        )

    def _answers(self, path: Path) -> Answers:
        try:
            there = path.stat()
        except FileNotFoundError:
            return Answers()
        key = (there.st_mtime_ns, there.st_size)
        if path not in self._seen or self._seen[path][0] != key:
            self._seen[path] = (key, _read(path))
        return self._seen[path][1]


def _read(path: Path) -> Answers:
    try:
        rows = read_table(path, TrialRow, warn=False).rows  # a row may be on its way to disk
    except LogError as error:
        return Answers(problem=str(error))
    batches = dict.fromkeys((row.block, row.batch) for row in rows if not row.practice)
    return Answers(len(rows), tuple(batches), any(row.resumed for row in rows))


def _minutes(session: Session, sidecar: dict[str, Any]) -> float | None:
    began = sidecar.get("started_utc")
    ended = disk.read_json(session.file("end.json")).get("ended_utc")
    if not isinstance(began, str) or not isinstance(ended, str):
        return None
    return (_time(ended) - _time(began)).total_seconds() / 60


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _counted(pairs: Iterable[tuple[Any, Status]]) -> dict[Any, dict[Status, int]]:
    counted: dict[Any, dict[Status, int]] = {}
    for key, status in pairs:
        of_key = counted.setdefault(key, {})
        of_key[status] = of_key.get(status, 0) + 1
    return counted
