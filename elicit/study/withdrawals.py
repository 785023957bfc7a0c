"""Participants who withdrew: what was theirs is deleted, a line says that and when."""

from __future__ import annotations

import re
import warnings
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from pydantic import AwareDatetime, Field

from elicit.errors import LogError, StudyError, StudyFolderWarning
from elicit.fields import PARTICIPANT
from elicit.log import files as disk
from elicit.log.reader import read_table
from elicit.log.repair import mend
from elicit.log.rows import LogRow, TrialRow
from elicit.log.writer import Writer
from elicit.study.allocation import Allocation
from elicit.study.coverage import FINISHED
from elicit.study.results import holds
from elicit.study.session_files import SessionFiles, list_sessions

FILE = "withdrawn.csv"


class WithdrawnRow(LogRow):
    """One participant who withdrew."""

    participant: str = Field(pattern=PARTICIPANT, description="Pseudonym of the participant")
    withdrawn_utc: AwareDatetime = Field(description="When their data were deleted, UTC, ISO 8601")
    sessions: int = Field(ge=0, description="Sessions deleted")
    trials: int = Field(ge=0, description="Answered trials deleted")
    files: int = Field(ge=0, description="Files deleted, claims of places included")


@dataclass(frozen=True)
class ParticipantData:
    """What a study folder holds of one participant."""

    participant: str
    sessions: tuple[SessionFiles, ...]
    files: tuple[Path, ...]
    trials: int
    running: tuple[SessionFiles, ...]


def list_withdrawn(folder: Path) -> set[str]:
    """Return everyone who withdrew from a study.

    Raises:
        LogError: the list of them is damaged.
    """
    path = folder / FILE
    if not path.exists():
        return set()
    gone = {row.participant for row in read_table(path, WithdrawnRow).rows}
    if not gone:  # it is made with its first line, so that it has lost what it had
        words = "names nobody, so that ids of who withdrew may be given again"
        warnings.warn(StudyFolderWarning(f"{path}: {words}; restore it from a copy"), stacklevel=2)
    return gone


def find_data(folder: Path, participant: str) -> ParticipantData:
    """Return what a study folder holds of a participant, whichever the protocol.

    Raises:
        StudyError: it is no study folder, or knows no such participant.
    """
    if not (folder / "data").is_dir():
        raise StudyError(
            f"{folder}: must be a study folder, as elicit run --logs makes it; got none"
        )
    now = disk.now_in(folder / "data")
    theirs = tuple(
        sorted(e for e in list_sessions(folder / "data") if e.participant == participant)
    )
    owners = Allocation(folder).coverage().owners
    claims = [folder / "allocation" / name for name in owners if owners[name] == participant]
    # copies of their files too, whatever a synchroniser or a person called them
    files = [path for path in (folder / "data").iterdir() if f"subject-{participant}_" in path.name]
    files += find_drafts(folder, participant)
    if not files and not claims:
        raise StudyError(_unknown(folder, participant))
    return ParticipantData(
        participant,
        sessions=theirs,
        files=tuple(sorted(files) + sorted(claims)),
        trials=sum(_count_trials(session) for session in theirs),
        running=tuple(session for session in theirs if session.status(now) == "running"),
    )


def find_drafts(folder: Path, participant: str) -> list[Path]:
    """Return what killed processes were writing of a participant; it never got its name."""
    own = re.escape(participant.encode())
    named = re.compile(b'"' + own + b'"|' + own + b",")
    drafts = disk.list_drafts(folder, folder / "data", folder / "allocation")
    return [
        path for path in drafts if f"subject-{participant}_" not in path.name and holds(path, named)
    ]


def withdraw(folder: Path, theirs: ParticipantData) -> None:
    """Delete what a participant left; their id stays, in a line that says that and when.

    The line comes first, so that nothing is ever gone without it; asked again, this deletes what
    a first time could not.

    Raises:
        StudyError: a session of theirs runs, or something cannot be written or deleted.
    """
    if theirs.running:
        raise StudyError(
            f"{theirs.running[0].label} is running; end it, then withdraw {theirs.participant}"
        )
    path = folder / FILE
    try:
        _note(path, theirs)
        for path in theirs.files:
            disk.delete(path)
        disk.delete(folder / "allocation" / FINISHED)  # names them; is made again
        disk.sync_folder(folder / "data")
        disk.sync_folder(folder / "allocation")
    except (OSError, LogError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise StudyError(f"{path}: {reason}; fix that and withdraw them again") from error


def _note(path: Path, theirs: ParticipantData) -> None:
    if path.exists():
        mend(path, WithdrawnRow, path.with_name("withdrawn_torn.txt"))
    said = {
        "participant": theirs.participant,
        "withdrawn_utc": disk.utc_now(),
        "sessions": len(theirs.sessions),
        "trials": theirs.trials,
        "files": len(theirs.files),
    }
    columns = tuple(WithdrawnRow.model_fields)
    with closing(Writer(path, columns, resume=path.exists())) as writer:
        writer.append(WithdrawnRow.model_validate(said))


def _count_trials(session: SessionFiles) -> int:
    path = session.file("data.csv")
    if not path.exists():
        return 0
    try:
        return len(read_table(path, TrialRow, warn=False).rows)
    except LogError:  # damaged, and to be deleted all the same
        return 0


def _unknown(folder: Path, participant: str) -> str:
    known = {each.participant for each in list_sessions(folder / "data")}
    known |= Allocation(folder).coverage().participants
    if participant.casefold() in {each.casefold() for each in list_withdrawn(folder)}:
        return f"participant: {participant} withdrew before; see {folder / FILE}"
    same = [each for each in known if each.casefold() == participant.casefold()]
    hint = f"; {same[0]} is" if same else ""
    return f"participant: {participant} is not in {folder}{hint}"
