"""Which places of the counterbalancing order are covered, by every trace that there is of them.

A place leaves three traces: its claim in `allocation/`, the record of the session that has it, and
the end of that session. A place is covered

- by a session that is finished, running, or stopped and not yet given up, whose record or claim
  names it;
- by a claim whose session has not begun, as long as a session may be stopped;
- by a claim or a session that cannot be read now, until it can be.

It is free where its session is abandoned, where consent was withheld, and where the participant
withdrew. People and simulated participants have an order each.

Names come first: what is known of finished sessions is kept in `allocation/finished.json`, so that
of a large study two lists of names and a few files are read. That file can be deleted at any time.
"""

from __future__ import annotations

import json
import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

from elicit.errors import StudyError
from elicit.fields import PARTICIPANT
from elicit.log import files as disk
from elicit.log.session_record import MAX_COUNT, SessionEnd, SessionRecord, describe_damage
from elicit.study.session_files import ABANDONED_AFTER_S, SessionFiles, parse_stem, stems
from stimuli.system_files import is_of_system

NAME = re.compile(r"([A-Za-z0-9]+)_(simulated-)?([0-9]{6,})_try-([0-9]+)\.json")
FEWEST_TO_KEEP = 20  # finished sessions that are not kept yet
FINISHED = "finished.json"  # claims whose sessions are finished, with the names of these
_END = "_end.json"
_KEPT = "nobody gets its place while a session may have it"

Order: TypeAlias = tuple[str, bool]  # the protocol's name, and whether participants are simulated


@dataclass(frozen=True, order=True)
class Slot:
    """A place in the order, and how many times it has been given out."""

    number: int  # from 0
    attempt: int  # from 1
    simulated: bool = False  # whether the order is that of simulated participants

    def file_name(self, task: str) -> str:
        """Return what the file is called that claims this place of a protocol."""
        kind = "simulated-" if self.simulated else ""
        return f"{task}_{kind}{self.number:06}_try-{self.attempt}.json"


@dataclass(frozen=True)
class Claim:
    """Who a place was given to."""

    name: str  # of the file
    task: str
    slot: Slot
    participant: str  # blank where the file cannot be read
    session: int
    made: float = 0.0  # seconds since 1970 by the folder's own clock
    problem: str = ""  # why it cannot be read
    damaged: bool = False  # what it said is gone

    @property
    def order(self) -> Order:
        """Which order the place is in."""
        return self.task, self.slot.simulated

    @property
    def stem(self) -> str:
        """How the names of the session's files begin."""
        return SessionFiles(Path(), self.participant, self.session, self.task).stem


@dataclass(frozen=True)
class SessionTrace:
    """What the files of a session that began say of its place."""

    files: SessionFiles
    slot: Slot | None  # None where its record is missing or cannot be read
    covers: bool
    finished: bool
    problem: str = ""  # which of its files cannot be read, and why


@dataclass
class Coverage:
    """The places of a study as they are now."""

    covered: dict[Order, set[int]] = field(default_factory=lambda: defaultdict(set))
    attempts: dict[Order, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))
    claims: list[Claim] = field(default_factory=list)  # of sessions not known to be finished
    lost: list[Claim] = field(default_factory=list)  # gone or damaged, of a place that is covered
    owners: dict[str, str] = field(default_factory=dict)  # participant of each claim, by its name
    participants: set[str] = field(default_factory=set)  # who has files or a claim
    problems: list[str] = field(default_factory=list)  # what cannot be read

    def count(self, order: Order) -> tuple[int, int]:
        """Return how many places of an order are covered, and how many were ever given out."""
        return len(self.covered[order]), len(self.attempts[order])

    def orders(self) -> list[Order]:
        """Return the orders of which a place was ever given out."""
        return sorted(order for order, attempts in self.attempts.items() if attempts)

    def give(self, order: Order, slot: Slot) -> None:
        """Note that a place was given out."""
        attempts = self.attempts[order]
        attempts[slot.number] = max(slot.attempt, attempts.get(slot.number, 0))


@dataclass
class CoverageReader:
    """Reads a study folder's coverage, again and again: what it knows it does not read again."""

    folder: Path  # of the study
    _claims: dict[tuple[str, int], Claim] = field(default_factory=dict)  # by name and time
    _finished: dict[str, str] = field(default_factory=dict)  # by the claim's name: a session's stem
    _kept: int = -1  # how many of these the file has; -1 before it is read

    @property
    def allocation(self) -> Path:
        """The folder of all claims."""
        return self.folder / "allocation"

    def read(self) -> Coverage:
        """Return which places are covered now, and by what.

        Raises:
            OSError: one of the two folders cannot be read.
        """
        self._read_finished()
        names = _names(self.folder / "data")
        there = stems(names)
        ended = {name[: -len(_END)] for name in names if name.endswith(_END)}
        claimed: dict[str, tuple[str, Slot]] = {}
        strays = []
        for name in _names(self.allocation):
            found = _slot(name)
            if found is not None:
                claimed[name] = found
            elif _is_copy(name):
                strays.append(name)
        # who withdrew is forgotten here, too
        finished = {name: stem for name, stem in self._finished.items() if stem in ended}
        self._finished = dict(finished)
        known = set(finished.values())
        now = disk.now_in(self.allocation)
        sessions = {
            stem: _trace(files, names, now)
            for stem in there - known
            if _exists(files := parse_stem(self.folder / "data", stem), names)
        }
        coverage = Coverage(participants=set(map(_participant, there)))
        coverage.problems += [
            f"{self.allocation / name}: is no claim by its name; if a program that keeps folders "
            "alike made it, two computers may have one place: see who has it, and delete this file"
            for name in sorted(strays)
        ]
        _add_finished(coverage, finished, claimed)
        _add_sessions(coverage, sessions.values(), claimed)
        slots = {(trace.files.task, trace.slot): trace for trace in sessions.values() if trace.slot}
        for claim in self._read_claims(claimed, finished.keys()):
            _add_claim(coverage, claim, sessions, slots, known, now)
            trace = sessions.get(claim.stem)
            if trace is not None and trace.finished and trace.slot == claim.slot:
                self._finished[claim.name] = claim.stem
        return coverage

    def keep(self) -> None:
        """Keep what is known of finished sessions for the next process, where that can be done."""
        if len(self._finished) - self._kept >= FEWEST_TO_KEEP:
            with suppress(OSError):
                disk.replace(
                    self.allocation / FINISHED, json.dumps(self._finished) + "\n", durable=False
                )
                self._kept = len(self._finished)

    def _read_finished(self) -> None:
        if self._kept < 0:
            kept = disk.read_json(self.allocation / FINISHED)
            self._finished |= {
                name: stem
                for name, stem in kept.items()
                if isinstance(stem, str) and NAME.fullmatch(name)
            }
            self._kept = len(kept)

    def _read_claims(
        self, claimed: Mapping[str, tuple[str, Slot]], but: Iterable[str]
    ) -> Iterator[Claim]:
        """Return each claim but those of finished sessions."""
        for name in sorted(claimed.keys() - set(but)):
            path = self.allocation / name
            with suppress(FileNotFoundError):  # given back meanwhile
                when = path.stat()
                key = (name, when.st_mtime_ns)
                claim = self._claims.get(key) or _claim(path, *claimed[name], when.st_mtime)
                if not claim.problem:
                    self._claims[key] = claim
                yield claim


def _names(folder: Path) -> set[str]:
    return set(os.listdir(folder)) if folder.is_dir() else set()


def _is_copy(name: str) -> bool:
    return "_try-" in name and not is_of_system(name)


def _participant(stem: str) -> str:
    return stem[len("subject-") : stem.index("_")]


def _slot(name: str) -> tuple[str, Slot] | None:
    """Return the protocol's name and the place that a claim's file name states."""
    found = NAME.fullmatch(name)
    if found is None:
        return None
    number, attempt = int(found[3]), int(found[4])
    return (found[1], Slot(number, attempt, found[2] is not None)) if number <= MAX_COUNT else None


def _claim(path: Path, task: str, slot: Slot, made: float) -> Claim:
    try:
        said = disk.load_json(path)
        participant, session = said["participant"], said["session"]
        if not _is_visit(participant, session):
            raise ValueError(f"no visit: {participant!r}, {session!r}")  # noqa: TRY301
        return Claim(path.name, task, slot, participant, session, made)
    except FileNotFoundError:
        raise
    except OSError as error:
        problem = f"{path}: {error.strerror}; its place stays taken until it can be read"
        return Claim(path.name, task, slot, "", 0, made, problem)
    except (ValueError, KeyError):
        return Claim(
            path.name, task, slot, "", 0, made, f"{path}: is damaged; {_KEPT}", damaged=True
        )


def _is_visit(participant: object, session: object) -> bool:
    """Whether a claim states a participant's id and the number of a session."""
    if not isinstance(participant, str) or not re.fullmatch(PARTICIPANT, participant):
        return False
    return type(session) is int and 1 <= session <= MAX_COUNT


def _exists(files: SessionFiles, names: set[str]) -> bool:
    """Whether a session ever began; one whose log cannot be read may have."""
    if f"{files.stem}_session.json" in names or f"{files.stem}{_END}" in names:
        return True
    try:
        return files.exists()
    except OSError:
        return True


def _trace(files: SessionFiles, names: set[str], now: float) -> SessionTrace:
    """Return what a session's record, its end and the age of its files say."""
    slot, problem = None, ""
    path = files.file("session.json")
    try:
        record = SessionRecord.read(path)
        if record is not None:
            slot = Slot(record.allocation, record.attempt, record.simulated)
        elif path.name in names:
            problem = describe_damage(path)
    except StudyError as error:
        problem = str(error)
    if f"{files.stem}{_END}" not in names:
        return SessionTrace(files, slot, not files.is_quiet(now), finished=False, problem=problem)
    end = files.file("end.json")
    try:
        ended = SessionEnd.read(end)
    except StudyError as error:
        return SessionTrace(files, slot, True, False, str(error))
    covers = ended is None or ended.status != "consent withheld"
    return SessionTrace(files, slot, covers, covers, problem)


def _add_finished(
    coverage: Coverage, finished: Mapping[str, str], claimed: Mapping[str, tuple[str, Slot]]
) -> None:
    for name, stem in finished.items():
        task, slot = claimed.get(name) or _slot(name) or ("", Slot(0, 0))
        order = (task, slot.simulated)
        coverage.covered[order].add(slot.number)
        coverage.give(order, slot)
        coverage.owners[name] = participant = _participant(stem)
        if name not in claimed:
            session = parse_stem(Path(), stem).session
            coverage.lost.append(Claim(name, task, slot, participant, session))


def _add_sessions(
    coverage: Coverage,
    sessions: Iterable[SessionTrace],
    claimed: Mapping[str, tuple[str, Slot]],
) -> None:
    for trace in sessions:
        if trace.problem:
            coverage.problems.append(trace.problem)
        if trace.slot is None:
            continue
        files, slot = trace.files, trace.slot
        order = (files.task, slot.simulated)
        name = slot.file_name(files.task)
        there = [each for each in _claim_names(files.task, slot) if each in claimed]
        if trace.covers:
            coverage.covered[order].add(slot.number)
            if not there:
                coverage.lost.append(
                    Claim(name, files.task, slot, files.participant, files.session)
                )
        coverage.give(order, slot)
        coverage.owners |= dict.fromkeys(there, files.participant)


def _claim_names(task: str, slot: Slot) -> tuple[str, ...]:
    """Return what a claim may be called; simulated participants had people's names before."""
    names = slot.file_name(task)
    return (names, Slot(slot.number, slot.attempt).file_name(task)) if slot.simulated else (names,)


def _add_claim(
    coverage: Coverage,
    claim: Claim,
    sessions: Mapping[str, SessionTrace],
    slots: Mapping[tuple[str, Slot], SessionTrace],
    known: set[str],
    now: float,
) -> None:
    coverage.claims.append(claim)
    if claim.participant:
        coverage.participants.add(claim.participant)
        coverage.owners[claim.name] = claim.participant
    if claim.problem:
        coverage.problems.append(claim.problem)
    trace = sessions.get(claim.stem)
    if claim.damaged:
        trace = slots.get((claim.task, claim.slot))
        if trace is not None and trace.covers:
            files = trace.files
            coverage.lost.append(
                replace(claim, participant=files.participant, session=files.session)
            )
    order = claim.order
    if trace is not None and trace.slot is not None and trace.slot.simulated:
        order = (claim.task, True)  # under the name of a person's claim, as they were before
    for each in {order, claim.order}:  # the name is taken in either
        coverage.give(each, claim.slot)
    if _covers(claim, trace, sessions.values(), known, now):
        coverage.covered[order].add(claim.slot.number)


def _covers(
    claim: Claim,
    trace: SessionTrace | None,
    sessions: Iterable[SessionTrace],
    known: set[str],
    now: float,
) -> bool:
    """Whether a claim covers its place, beside what its session's record does."""
    if claim.problem and not claim.damaged:
        return True
    if trace is not None:
        return trace.slot is None and trace.covers  # one that began anew has another place
    if claim.stem in known:
        return False
    if now - claim.made < ABANDONED_AFTER_S:
        return True
    # whose it was may be told by a record that cannot be read now
    unread = (each for each in sessions if each.files.task == claim.task and each.slot is None)
    return claim.damaged and any(each.covers for each in unread)
