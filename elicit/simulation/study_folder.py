"""A study folder of simulated sessions: what may be added, and what is simulated again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from elicit.errors import StudyError
from elicit.log import files as disk
from elicit.log.data_folder import list_logs
from elicit.log.reader import read_table
from elicit.log.rows import TrialRow
from elicit.log.session_record import SessionRecord
from elicit.protocol.study_protocol import StudyProtocol
from elicit.session.protocol_texts import describe_changes
from elicit.session.provenance import image_record
from elicit.simulation.cohort import SimulatedCohort, Visit
from elicit.study import locks
from elicit.study.folder import Study
from elicit.study.session_files import TABLES, SessionFiles, list_sessions, parse_file_name
from elicit.study.withdrawals import FILE as WITHDRAWN
from stimuli.sources.endpoints import EndpointSource

OWN = "give simulated sessions a folder of their own with --logs"


def check_folder(
    study: Study, asked: StudyProtocol, source: EndpointSource, cohort: SimulatedCohort
) -> None:
    """Refuse a study folder that simulated sessions must not be added to.

    Args:
        study: the folder; it need not be there yet.
        asked: the protocol.
        source: endpoint images.
        cohort: who is to be simulated. Others may be there already.

    Raises:
        StudyError: it holds people's sessions, sessions of another protocol, or participants of
            these ids that were simulated otherwise.
    """
    there = sorted(each for each in list_sessions(study.data) if each.exists())
    _refuse_people(study, there)
    now: dict[str, Any] = {
        "protocol": asked.name,
        "stimuli": image_record(asked, source).model_dump(),
    }
    changes: dict[str, str | None] = {}  # by the hash of the protocol that a session began with
    for session in there:
        record = SessionRecord.read(session.file("session.json"))
        if record is None:
            continue
        before = record.content()
        same = dict(now)
        if before.get("observer", {}).get("name") == cohort.observer:
            same["observer"] = cohort.record()
        for key, value in same.items():
            if before.get(key) != value:
                raise StudyError(
                    f"{session.file('session.json')}: {key}: {session.label} was simulated with "
                    f"{before.get(key)}, got {value}; {OWN}"
                )
        began_with = record.protocol_sha256
        if began_with not in changes:
            changes[began_with] = describe_changes(study.folder, began_with, asked)
        changed = changes[began_with]
        if changed is not None:
            raise StudyError(
                f"{session.file('session.json')}: protocol_sha256: {session.label} was simulated "
                f"with {began_with}, got {asked.sha256}; {OWN}"
                f"{'; ' * bool(changed)}{changed}"
            )


def list_ended_visits(study: Study, cohort: SimulatedCohort) -> set[tuple[int, int]]:
    """Return the visits of a cohort that came to their end before: participant's number, session.

    Those whose files are not what they were at that end, as after a power cut, are none of them.
    """
    return {
        (number, session)
        for number, session in cohort.visits()
        if study.session(cohort.participant(number), session).is_whole()
    }


def claim_visits(
    study: Study, cohort: SimulatedCohort, visits: Iterable[tuple[int, int]]
) -> list[Visit]:
    """Return visits with their places claimed; what was begun of them and not ended is deleted.

    A visit that was cut off gets its own place again, and so the same trials and answers.

    Raises:
        StudyError: one of them is being run, or the folder cannot be written.
    """
    wanted = list(visits)
    named = [(cohort.participant(number), session) for number, session in wanted]
    for each in named:
        session = study.session(*each)
        if session.exists():
            _delete(session)
    places = study.claim_all(named, simulated=True, durable=False)
    return [
        Visit(number, session, place)
        for (number, session), place in zip(wanted, places, strict=True)
    ]


def _refuse_people(study: Study, there: list[SessionFiles]) -> None:
    people = [each.file("data.csv") for each in there if not _is_simulated(each)]
    strange = [path for path in list_logs(study.data) if parse_file_name(path) is None]
    if (study.folder / WITHDRAWN).exists():
        people.append(study.folder / WITHDRAWN)
    found = people + strange
    if found:
        raise StudyError(
            f"{study.folder}: must not hold data of people, got {len(found)} of their files, "
            f"such as {found[0].relative_to(study.folder)}; {OWN}"
        )


def _is_simulated(session: SessionFiles) -> bool:
    """Whether a program answered: its record says so, or, where a power cut took it, its rows."""
    record = SessionRecord.read(session.file("session.json"))
    if record is not None:
        return record.simulated
    path = session.file("data.csv")
    rows = read_table(path, TrialRow, warn=False).rows if path.exists() else []
    return all(row.simulated for row in rows)


def _delete(session: SessionFiles) -> None:
    """Delete what is left of a session: first its end, the sidecar after what it tells about.

    Raises:
        StudyError: somebody is running it.
    """
    locks.take(session.lock, session.label, quiet=False, durable=False)
    for kind in ("end.json", *TABLES, "torn.txt", "session.json", "running.json"):
        disk.delete(session.file(kind))
