"""Places in the counterbalancing order, given out once among computers that share a folder.

A place is claimed by making a file, `<task>_<place>_try-<attempt>.json`, that must not be there
yet; that is atomic on local disks, NFS and SMB alike, without a server. The lowest place that is
not covered comes next; `elicit.study.coverage` says which are. Simulated participants have places
of their own, `<task>_simulated-<place>_try-<attempt>.json`, and take none from people.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from elicit.log import files as disk
from elicit.log.station import this_station
from elicit.study.coverage import Claim, Coverage, CoverageReader, Slot
from elicit.study.session_files import SessionFiles


@dataclass
class Allocation:
    """The places of a study folder, an order for each of its protocols."""

    folder: Path  # of the study
    _made: set[Path] = field(default_factory=set)  # claims of this process
    _reader: CoverageReader = field(init=False)

    def __post_init__(self) -> None:
        self._reader = CoverageReader(self.folder)

    def coverage(self) -> Coverage:
        """Return which places are covered now.

        Raises:
            OSError: the folder cannot be read.
        """
        return self._reader.read()

    def claim_all(
        self,
        task: str,
        visits: Sequence[tuple[str, int]],
        coverage: Coverage,
        *,
        simulated: bool = False,
        durable: bool = True,
    ) -> list[Slot]:
        """Return a place for each of `visits`, as if they had come one after another just now.

        Args:
            task: the protocol's name.
            visits: participant and session, none twice.
            coverage: which places were covered just now.
            simulated: whether a program answers.
            durable: whether to wait until each claim is on disk.

        Raises:
            OSError: the folder cannot be written.
        """
        self._restore(coverage.lost)
        self._reader.keep()
        mine = self._unbegun(task, visits, coverage, simulated)
        taken = {slot.number for slot in mine.values()}
        order = (task, simulated)
        covered = coverage.covered[order] | taken
        numbers = (number for number in count() if number not in covered)
        attempts = coverage.attempts[order]
        return [
            mine.get(visit) or self._claim(task, visit, numbers, attempts, simulated, durable)
            for visit in visits
        ]

    def _unbegun(
        self, task: str, visits: Sequence[tuple[str, int]], coverage: Coverage, simulated: bool
    ) -> dict[tuple[str, int], Slot]:
        """Return the places of those visits that were cut off before they began."""
        wanted, data = set(visits), self.folder / "data"
        mine: dict[tuple[str, int], Slot] = {}
        for claim in coverage.claims:
            visit = (claim.participant, claim.session)
            # simulated participants once had the names of people's claims
            fits = claim.task == task and (simulated or not claim.slot.simulated)
            if not fits or visit not in wanted or visit in mine:
                continue
            if not SessionFiles(data, *visit, task).exists():
                mine[visit] = claim.slot
        return mine

    def _claim(
        self,
        task: str,
        visit: tuple[str, int],
        numbers: Iterator[int],
        attempts: Mapping[int, int],
        simulated: bool,
        durable: bool,
    ) -> Slot:
        """Return the first place of `numbers` that nobody was faster to claim."""
        for number in numbers:
            slot = Slot(number, attempts.get(number, 0) + 1, simulated)
            with suppress(FileExistsError):  # another station was faster: the place is covered
                disk.write_new(self.file(task, slot), _claim_text(*visit), durable=durable)
                self._made.add(self.file(task, slot))
                return slot
        raise AssertionError("counting has no end")

    def _restore(self, lost: Sequence[Claim]) -> None:
        """Make claims again that are gone, or damaged, though their sessions have the places."""
        for claim in lost:
            path = self.folder / "allocation" / claim.name
            text = _claim_text(claim.participant, claim.session)
            with suppress(OSError):  # the place is covered all the same
                if claim.damaged:
                    disk.replace(path, text)
                else:
                    disk.write_new(path, text)

    def release(self, task: str, slot: Slot) -> None:
        """Release a place whose session never began, if this process claimed it.

        Raises:
            OSError: the folder cannot be written.
        """
        path = self.file(task, slot)
        if path in self._made:
            disk.delete(path)
            self._made.discard(path)

    def file(self, task: str, slot: Slot) -> Path:
        """Return the file that claims a place."""
        return self.folder / "allocation" / slot.file_name(task)


def _claim_text(participant: str, session: int) -> str:
    said = {"participant": participant, "session": session, "claimed_utc": disk.utc_now()}
    return json.dumps(said | {"station": this_station().name}) + "\n"
