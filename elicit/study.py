"""The study folder: places in the counterbalancing order, session files, data set description."""

from __future__ import annotations

import json
import os
import re
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from itertools import count
from pathlib import Path
from typing import Any

from elicit.errors import StudyError
from elicit.fields import PARTICIPANT
from elicit.log import COLUMNS, EVENT_COLUMNS, Writer, description

LAST_SESSION = 9999  # a longer number is a slip of the finger


@dataclass(frozen=True)
class SessionFiles:
    """What one session writes."""

    trials: Writer
    events: Writer
    sidecar: Path

    def close(self) -> None:
        """Close the session's files."""
        self.trials.close()
        self.events.close()


def check_participant(participant: str) -> str:
    """Return `participant` if it can be a participant's pseudonym.

    Raises:
        StudyError: it is empty, too long, or has other characters than letters and digits.
    """
    if not re.fullmatch(PARTICIPANT, participant, re.ASCII):
        shown = participant if len(participant) <= 40 else f"{participant[:40]}..."
        raise StudyError(
            f"participant: must be 1 to 32 letters and digits, such as P01, got {shown!r}"
        )
    return participant


class Study:
    """A folder of sessions that many lab PCs may share."""

    def __init__(self, folder: Path, task: str) -> None:
        """Take `folder` as the study folder of the protocol named `task`."""
        self.folder = folder
        self.task = task

    def data_file(self, participant: str, session: int) -> Path:
        """Return where the trial log of a session is, or would be."""
        stem = f"subject-{participant}_session-{session}_task-{self.task}"
        return self.folder / "data" / f"{stem}_data.csv"

    def next_session(self, participant: str) -> int:
        """Return the number of the participant's next session: 1 for a new participant."""
        pattern = re.compile(
            rf"subject-{participant}_session-(\d+)_task-{self.task}_data\.csv", re.IGNORECASE
        )
        data = self.folder / "data"
        names = (path.name for path in data.iterdir()) if data.is_dir() else iter(())
        taken = [int(found[1]) for name in names if (found := pattern.fullmatch(name))]
        return max(taken, default=0) + 1

    def check_free(self, participant: str, session: int) -> None:
        """Refuse a session that was run before.

        Raises:
            StudyError: the session is there, or its number is not from 1 to 9999.
        """
        if not 1 <= session <= LAST_SESSION:
            shown = session if abs(session) < 10**12 else "a number far beyond that"
            raise StudyError(f"session: must be from 1 to {LAST_SESSION}, got {shown}")
        path = self.data_file(participant, session)
        if path.exists():
            raise StudyError(
                f"{path}: session {session} of participant {participant} was run before; "
                f"their next one is --session {self.next_session(participant)}"
            )

    def prepare(self) -> None:
        """Make the study folder and its data set description where they are missing.

        Raises:
            StudyError: the folder cannot be made or written.
        """
        try:
            (self.folder / "data").mkdir(parents=True, exist_ok=True)
            (self.folder / "allocation").mkdir(exist_ok=True)
            with suppress(FileExistsError):  # from an earlier session, or another station
                _write_new(self.folder / "dataset_description.json", description("Mixed images"))
        except OSError as error:
            raise StudyError(
                f"{self.folder}: cannot be used as a study folder: {error.strerror}; "
                "choose another with --logs"
            ) from error

    def claim(self, participant: str, session: int) -> int:
        """Return a place in the counterbalancing order that no other session has or gets.

        Places are files made exclusively, which is atomic on local disks, NFS and SMB alike, so
        that several lab PCs can share the folder without a server.

        Raises:
            StudyError: the folder cannot be written.
        """
        claim = {"participant": participant, "session": session, "claimed_utc": utc_now()}
        folder = self.folder / "allocation"
        try:
            taken = {path.name for path in folder.iterdir()}
            free = (place for place in count() if self._place(place).name not in taken)
            return next(place for place in free if self._take(place, json.dumps(claim)))
        except OSError as error:
            raise StudyError(f"{folder}: cannot be written: {error.strerror}") from error

    def release(self, place: int) -> None:
        """Give back a place whose session never began."""
        self._place(place).unlink()

    def _take(self, place: int, claim: str) -> bool:
        try:
            _write_new(self._place(place), claim)
        except FileExistsError:
            return False  # another station was faster
        return True

    def _place(self, place: int) -> Path:
        return self.folder / "allocation" / f"{self.task}_{place:06}.json"

    def open_session(
        self, participant: str, session: int, provenance: dict[str, Any]
    ) -> SessionFiles:
        """Make the session's files; `provenance` goes to the sidecar.

        Raises:
            StudyError: the session is there already, or the folder cannot be written.
        """
        data = self.data_file(participant, session)
        stem = data.name.removesuffix("_data.csv")
        try:
            with ExitStack() as undo:  # nothing is left of a session that cannot begin
                trials = Writer(data, COLUMNS)
                undo.callback(_take_back, trials)
                events = Writer(data.with_name(f"{stem}_events.csv"), EVENT_COLUMNS)
                undo.callback(_take_back, events)
                sidecar = data.with_name(f"{stem}_session.json")
                _write_new(sidecar, json.dumps(provenance, indent=2))
                undo.pop_all()
        except FileExistsError as error:
            raise StudyError(
                f"{error.filename}: is there already; nothing is overwritten"
            ) from error
        except OSError as error:
            raise StudyError(f"{data}: cannot be written: {error.strerror}") from error
        return SessionFiles(trials, events, sidecar)


def utc_now() -> str:
    """Return the time now, UTC, ISO 8601."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _take_back(writer: Writer) -> None:
    writer.close()
    writer.path.unlink()


def _write_new(path: Path, text: str) -> None:
    with path.open("x", encoding="utf-8") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
