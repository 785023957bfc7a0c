"""Places in the counterbalancing order, given out once among computers that share a folder.

A place is claimed by making a file, `<task>_<place>_try-<attempt>.json`, that must not be there
yet; that is atomic on local disks, NFS and SMB alike, without a server. The lowest place that is
not covered comes next. A place is covered by a session that is finished, running, or stopped and
not yet given up, and by a claim whose session has not begun, for as long. It is free again where
its session is abandoned, where consent was withheld, or where the participant withdrew.
"""

from __future__ import annotations

import json
import os
import platform
import re
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from elicit.errors import StudyError
from elicit.log import files as disk
from elicit.study.session_files import ABANDONED_AFTER_S, SessionFiles, list_sessions
from elicit.study.session_record import SessionRecord

NAME = re.compile(r"([A-Za-z0-9]+)_(\d{6,})_try-(\d+)\.json")


@dataclass(frozen=True, order=True)
class Slot:
    """A place in the order, and how many times it has been given out."""

    number: int  # from 0
    attempt: int  # from 1


@dataclass(frozen=True)
class Claim:
    """Who a place was given to."""

    path: Path
    task: str
    slot: Slot
    made: float  # seconds since 1970 by the folder's own clock
    participant: str  # blank while it is being written
    session: int


@dataclass
class Allocation:
    """The places of a study folder, an order for each of its protocols."""

    folder: Path  # of the study
    _made: set[Path] = field(default_factory=set)  # claims of this process
    _read: dict[tuple[str, int], Claim] = field(default_factory=dict)  # by name and time

    def claim(self, task: str, participant: str, session: int, claims: Sequence[Claim]) -> Slot:
        """Return the lowest place that is not covered; no other session has it or gets it.

        Args:
            task: the protocol's name.
            participant: who gets it.
            session: which of their sessions.
            claims: those that were there just now.

        Raises:
            OSError: the folder cannot be written.
        """
        (slot,) = self.claim_all(task, [(participant, session)], claims)
        return slot

    def claim_all(
        self,
        task: str,
        visits: Sequence[tuple[str, int]],
        claims: Sequence[Claim],
        *,
        durable: bool = True,
    ) -> list[Slot]:
        """Return a place for each of `visits`, in their order.

        Args:
            task: the protocol's name.
            visits: participant and session, none twice.
            claims: those that were there just now.
            durable: whether to wait until each claim is on disk.

        Raises:
            OSError: the folder cannot be written.
        """
        data = self.folder / "data"
        claimed = {(each.participant, each.session): each.slot
                   for each in reversed(claims) if each.task == task}  # fmt: skip
        mine = {  # of those that were cut off before they began
            visit: claimed[visit]
            for visit in visits
            if visit in claimed and not SessionFiles(data, *visit, task).exists()
        }
        covered = self.list_covered(task, claims) | {slot.number for slot in mine.values()}
        places = sorted(claim.slot for claim in claims if claim.task == task)
        attempts = {slot.number: slot.attempt for slot in places}  # the last of each
        numbers = (number for number in count() if number not in covered)
        return [
            mine.get(visit) or self._claim_first(task, visit, numbers, attempts, durable)
            for visit in visits
        ]

    def _claim_first(
        self,
        task: str,
        visit: tuple[str, int],
        numbers: Iterator[int],
        attempts: Mapping[int, int],
        durable: bool,
    ) -> Slot:
        """Return the first place of `numbers` that no other station has claimed."""
        said = {"participant": visit[0], "session": visit[1], "claimed_utc": disk.utc_now()}
        text = json.dumps(said | {"station": platform.node()}) + "\n"
        for number in numbers:
            slot = Slot(number, attempts.get(number, 0) + 1)
            with suppress(FileExistsError):  # another station was faster: the place is covered
                disk.write_new(self.file(task, slot), text, durable=durable)
                self._made.add(self.file(task, slot))
                return slot
        raise AssertionError("counting has no end")

    def release(self, task: str, slot: Slot) -> None:
        """Release a place whose session never began, if this process claimed it.

        Raises:
            OSError: the folder cannot be written.
        """
        path = self.file(task, slot)
        if path in self._made:
            path.unlink()
            self._made.discard(path)

    def file(self, task: str, slot: Slot) -> Path:
        """Return the file that claims a place."""
        name = f"{task}_{slot.number:06}_try-{slot.attempt}.json"
        return self.folder / "allocation" / name

    def claims(self) -> list[Claim]:
        """Return every claim, whichever its protocol.

        Raises:
            OSError: the folder cannot be read.
        """
        found: list[Claim] = []
        if not (self.folder / "allocation").is_dir():
            return found
        with os.scandir(self.folder / "allocation") as entries:
            for entry in entries:
                name = NAME.fullmatch(entry.name)
                if name is not None:
                    with suppress(FileNotFoundError):  # given back meanwhile
                        found.append(self._claim(entry.path, name, entry.stat()))
        return found

    def list_covered(self, task: str, claims: Sequence[Claim]) -> set[int]:
        """Return the places of a protocol that are covered now.

        Args:
            task: the protocol's name.
            claims: those that were there just now.
        """
        now = disk.now_in(self.folder / "allocation")
        sessions = list_sessions(self.folder / "data")
        return {
            claim.slot.number
            for claim in claims
            if claim.task == task and self._covers(claim, sessions, now)
        }

    def _claim(self, path: str, name: re.Match[str], there: os.stat_result) -> Claim:
        known = self._read.get((name[0], there.st_mtime_ns))
        if known is not None:
            return known
        said = disk.read_json(Path(path))
        claim = Claim(
            Path(path),
            task=name[1],
            slot=Slot(int(name[2]), int(name[3])),
            made=there.st_mtime,
            participant=str(said.get("participant", "")),
            session=int(said.get("session", 0)),
        )
        if said:
            self._read[name[0], there.st_mtime_ns] = claim
        return claim

    def _covers(self, claim: Claim, sessions: Set[SessionFiles], now: float) -> bool:
        data = self.folder / "data"
        session = SessionFiles(data, claim.participant, claim.session, claim.task)
        if session not in sessions or not session.exists():
            return now - claim.made < ABANDONED_AFTER_S
        record = None
        with suppress(StudyError):  # `elicit status` lists a record that cannot be read
            record = SessionRecord.read(session.file("session.json"))
        slot = claim.slot if record is None else Slot(record.allocation, record.attempt)
        # A session that began anew, after a first start came to nothing, has another place.
        return slot == claim.slot and session.status(now) in {"finished", "running", "stopped"}
