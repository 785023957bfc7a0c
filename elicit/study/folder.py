"""The study folder: who takes part in it, in which places, and their sessions' files."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from elicit.errors import StudyError, StudyFolderWarning
from elicit.log import files as disk
from elicit.log.rows import TrialRow
from elicit.log.session_record import SessionRecord
from elicit.study import locks, participants, psychds
from elicit.study import session_files as sessions
from elicit.study.allocation import Allocation
from elicit.study.coverage import Slot
from elicit.study.session_files import SessionFiles, SessionWriters, Status
from stimuli.windows_files import make_folder

MAX_SESSION_NUMBER = 9999  # a longer number is a slip of the finger
MIN_FREE_BYTES = 50_000_000  # bytes free on the disk before a session begins
TEST_WRITE_BYTES = 1_000_000  # bytes written for real before a session begins


@dataclass
class Study:
    """A folder of sessions that many lab PCs may share."""

    folder: Path
    task: str  # the protocol's name
    allocation: Allocation = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.allocation = Allocation(self.folder)

    @property
    def data(self) -> Path:
        """The folder of all sessions' files."""
        return self.folder / "data"

    def session(self, participant: str, session: int) -> SessionFiles:
        """Return one session of this protocol, whether or not it is there."""
        return SessionFiles(self.data, participant, session, self.task)

    def sessions(self) -> list[SessionFiles]:
        """Return the sessions of this protocol that began."""
        return sorted(
            each
            for each in sessions.list_sessions(self.data)
            if each.task == self.task and each.exists()
        )

    def state_of(self, participant: str, session: int) -> Status | None:
        """Return how a session stands; None where it never began."""
        files = self.session(participant, session)
        return files.status(self.now()) if files.exists() else None

    def now(self) -> float:
        """Return the time now, seconds since 1970, by the folder's own clock."""
        return disk.now_in(self.data)

    def participants(self) -> set[str]:
        """Return everyone who ever took part in the study, whichever its protocol."""
        return participants.list_participants(self.folder, self.allocation.coverage())

    def next_id(self) -> str:
        """Return a participant's id that follows the ones that are there, such as P08 on P07."""
        return participants.next_id(self.participants())

    def check_known(self, participant: str) -> None:
        """Refuse a participant who withdrew, or who is here in another spelling.

        Raises:
            StudyError: the participant withdrew, or their id is spelled in another way here.
        """
        participants.check_known(participant, self.folder, self.participants())

    def next_session(self, participant: str) -> int:
        """Return the number of the participant's next session: 1 for a new participant."""
        taken = [
            each.session
            for each in self.sessions()
            if each.participant.casefold() == participant.casefold()
        ]
        return max(taken, default=0) + 1

    def check_free(self, participant: str, session: int) -> None:
        """Refuse a session that was run before, or that cannot be.

        Raises:
            StudyError: the session is there, its number is not from 1 to 9999, or the
                participant withdrew, is here in another spelling, or is in another session now.
        """
        if not 1 <= session <= MAX_SESSION_NUMBER:
            shown = session if abs(session) < 10**12 else "a number far beyond that"
            raise StudyError(f"session: must be from 1 to {MAX_SESSION_NUMBER}, got {shown}")
        self.check_known(participant)
        files = self.session(participant, session)
        if files.exists():
            self._refuse_again(files)
        if files.status(self.now()) == "running":  # about to begin, in another window
            self.check_not_running(participant, session)
        for other in sorted(sessions.list_sessions(self.data)):
            if other.participant == participant and other.status(self.now()) == "running":
                raise StudyError(
                    f"{other.label} ({other.task}) is running: end it first, or give another "
                    f"participant's id; the next free one is {self.next_id()}"
                )

    def _refuse_again(self, files: SessionFiles) -> NoReturn:
        raise StudyError(
            f"{files.file('data.csv')}: {files.label} was run before; "
            f"their next one is --session {self.next_session(files.participant)}"
        )

    def prepare(self) -> None:
        """Make the study folder and its description where they are missing; see that it has room.

        Raises:
            StudyError: the folder cannot be made or written, or its disk is all but full.
        """
        try:
            make_folder(self.data)
            make_folder(self.folder / "allocation")
            self.check_room()
            disk.delete_abandoned_drafts(self.folder, self.data, self.folder / "allocation")
            psychds.describe(self.folder)
        except OSError as error:
            raise StudyError(
                f"{self.folder}: cannot be used as a study folder: {error.strerror}; "
                "choose another with --logs"
            ) from error

    def check_room(self) -> None:
        """See that the folder takes what a session writes, by writing for real.

        Raises:
            StudyError: it does not, or its disk is all but full.
        """
        try:
            free = shutil.disk_usage(self.folder).free
            if free >= MIN_FREE_BYTES:
                disk.try_out(self.data, TEST_WRITE_BYTES)
                disk.try_out(self.folder / "allocation", 1)
        except OSError as error:
            raise StudyError(
                f"{self.folder}: cannot be written: {error.strerror}; fix that, or choose another "
                "folder with --logs"
            ) from error
        if free < MIN_FREE_BYTES:
            raise StudyError(
                f"{self.folder}: must have {MIN_FREE_BYTES / 1e6:.0f} MB free before a session, "
                f"got {free / 1e6:.0f} MB; make room, or choose another folder with --logs"
            )

    def claim(self, participant: str, session: int, *, simulated: bool = False) -> Slot:
        """Return a place in the counterbalancing order that no other session has or gets.

        It is the lowest one that no session covers; see `elicit.study.allocation`.

        Raises:
            StudyError: the participant withdrew or is here in another spelling, or the folder
                cannot be written.
        """
        (slot,) = self.claim_all([(participant, session)], simulated=simulated)
        return slot

    def claim_all(
        self,
        visits: Sequence[tuple[str, int]],
        *,
        simulated: bool = False,
        durable: bool = True,
    ) -> list[Slot]:
        """Return a place for each of `visits`, in their order, as `claim` would give them.

        What cannot be read of other places is told in warnings.

        Args:
            visits: participant and session, none twice.
            simulated: whether a program answers: such sessions take no places from people.
            durable: whether to wait until each claim is on disk.

        Raises:
            StudyError: a participant withdrew or is here in another spelling, the protocol's name
                is, or the folder cannot be written.
        """
        try:
            coverage = self.allocation.coverage()
            for problem in coverage.problems:
                warnings.warn(StudyFolderWarning(problem), stacklevel=2)
            self._check_spelling(task for task, _ in coverage.orders())
            known = participants.list_participants(self.folder, coverage)
            alike = {each.casefold() for each in known}
            for participant in dict.fromkeys(participant for participant, _ in visits):
                if participant.casefold() in alike:
                    participants.check_known(participant, self.folder, known)
            return self.allocation.claim_all(
                self.task, visits, coverage, simulated=simulated, durable=durable
            )
        except OSError as error:
            raise StudyError(
                f"{self.folder / 'allocation'}: cannot be written: {error.strerror}"
            ) from error

    def _check_spelling(self, tasks: Iterable[str]) -> None:
        """Refuse a protocol's name that differs from another here in capitals only.

        Raises:
            StudyError: on Windows and macOS their claims and logs would have one name.
        """
        for task in tasks:
            if task != self.task and task.casefold() == self.task.casefold():
                raise StudyError(
                    f"{self.folder}: holds sessions of a protocol called {task}, got one called "
                    f"{self.task}: names must differ in more than capitals, which Windows and "
                    "macOS take for the same; spell it alike, or choose another folder with --logs"
                )

    def reserve(self, participant: str, session: int) -> None:
        """Reserve a session that is about to begin for this process, until `unreserve`.

        Raises:
            StudyError: it is running or about to begin, it was run before, or the folder cannot be
                written.
        """
        files = self.session(participant, session)
        try:
            locks.take(files.lock, files.label, quiet=files.is_quiet(self.now()))
        except OSError as error:
            raise StudyError(f"{files.lock}: cannot be written: {error.strerror}") from error
        if files.exists():  # it began and ended since it was found to be free
            self.unreserve(participant, session)
            self._refuse_again(files)

    def unreserve(self, participant: str, session: int) -> None:
        """Leave a session that never began to others."""
        locks.release(self.session(participant, session).lock)

    def check_not_running(self, participant: str, session: int) -> None:
        """Refuse a session that is running.

        Raises:
            StudyError: it is running; the message says where, and what to do.
        """
        files = self.session(participant, session)
        locks.check_free(files.lock, files.label)

    def release(self, slot: Slot) -> None:
        """Release a place whose session never began, if this process claimed it."""
        with suppress(OSError):  # a claim that stays is free again in time
            self.allocation.release(self.task, slot)

    def open_session(
        self,
        participant: str,
        session: int,
        record: SessionRecord,
        *,
        durable: bool = True,
        reserved: bool = False,
    ) -> SessionWriters:
        """Make the session's files, for this process alone.

        Args:
            participant: whose session.
            session: which of theirs.
            record: what it runs with.
            durable: whether each row is on disk before the next. Only what a program answers, and
                can answer again, may do without.
            reserved: whether this process has it from `reserve`.

        Raises:
            StudyError: the session exists already or is running, the participant
                withdrew or is here in another spelling, or the folder cannot be written.
        """
        if durable:  # else they are the program's own, and were known when it claimed places
            self.check_known(participant)
        files = self.session(participant, session)
        try:
            return sessions.create(files, record, self.now(), durable=durable, has_lock=reserved)
        except FileExistsError as error:
            raise StudyError(
                f"{error.filename}: is there already; nothing is overwritten"
            ) from error
        except OSError as error:
            raise StudyError(
                f"{files.file('data.csv')}: cannot be written: {error.strerror}"
            ) from error

    def reopen_session(
        self, participant: str, session: int
    ) -> tuple[SessionWriters, list[TrialRow], SessionRecord]:
        """Open the files of an interrupted session, to resume it where it stopped.

        A torn last line is set aside to its _torn.txt, with a warning.

        Returns:
            The files, the trials that are answered, and the record of what it began with.

        Raises:
            StudyError: there is no such session, it has ended, it is running, or its folder
                cannot be written.
            LogError: one of its files is damaged before its end.
        """
        files = self.session(participant, session)
        status = self.state_of(participant, session)
        if status is None:
            raise StudyError(f"{files.file('data.csv')}: {files.label} never began")
        if status in {"finished", "withheld"}:
            raise StudyError(
                f"{files.file('end.json')}: {files.label} has ended for good ({status}); their "
                f"next one is --session {self.next_session(participant)}"
            )
        try:
            return sessions.reopen(files, self.now())
        except OSError as error:
            raise StudyError(
                f"{files.file('data.csv')}: cannot be written: {error.strerror}"
            ) from error
