"""How a session is opened: a new one, or one that was interrupted."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from elicit.design import build as design
from elicit.design.practice import find_trial
from elicit.errors import ElicitError, StudyFolderWarning
from elicit.log.reader import read_table
from elicit.log.rows import EventRow, PageRow, TrialRow
from elicit.log.session_record import SessionRecord
from elicit.markers import MarkerSender, open_outputs
from elicit.protocol.study_protocol import StudyProtocol
from elicit.session.protocol_texts import describe_changes, keep_manifests, keep_text
from elicit.session.provenance import image_record, keep_rules
from elicit.session.records import PreviousRows, RowContext
from elicit.session.replay import RecoveredTrials, recover_pages, recover_trials
from elicit.session.stages import Stage, build_stages
from elicit.study.coverage import Slot
from elicit.study.folder import Study
from elicit.study.session_files import SessionWriters
from stimuli.processes.process import Process
from stimuli.sources.endpoints import EndpointSource


@dataclass
class OpenSession:
    """A session that is about to be shown: a new one, or one that was interrupted."""

    plan: design.SessionPlan
    slot: Slot
    protocol: StudyProtocol  # its hash is that of the text that the session began with
    files: SessionWriters | None = None  # None until a new session has begun
    previous: PreviousRows | None = None  # what was answered before the interruption
    simulated: bool = False  # whether a program answered it before
    before: SessionRecord | None = None  # what it began with; None of a new one

    def release(self, study: Study) -> None:
        """Close the files; if the session never began, release its place."""
        if self.files is None:
            study.release(self.slot)
            study.unreserve(self.plan.participant, self.plan.session)
        else:
            self.files.close()


def new_session(
    study: Study,
    sets: design.StimulusSets,
    participant: str,
    session: int,
    *,
    simulated: bool = False,
) -> OpenSession:
    """Return a new session, with a place in the counterbalancing order claimed for it.

    From here on nobody else can begin it, though its window is still to open.

    Args:
        study: the study folder.
        sets: the protocol's stimulus sets.
        participant: whose session.
        session: which of theirs.
        simulated: whether a program answers.

    Raises:
        ElicitError: it is running or about to begin, or the folder or the source cannot serve it;
            no place stays taken.
    """
    with ExitStack() as undo:
        study.reserve(participant, session)
        undo.callback(study.unreserve, participant, session)
        slot = study.claim(participant, session, simulated=simulated)
        undo.callback(study.release, slot)
        plan = design.build(sets.protocol, sets.source, participant, session, slot.number, sets)
        keep_text(study.folder, sets.protocol)
        keep_manifests(study.folder, sets)
        undo.pop_all()
    return OpenSession(plan, slot, sets.protocol)


def resume_session(
    study: Study,
    sets: design.StimulusSets,
    participant: str,
    session: int,
) -> OpenSession:
    """Return a session that was interrupted, with its files open: same place, same trials.

    Raises:
        ElicitError: it has ended or is running, or the protocol, the seed, the images or the
            stimulus sets are not what they were.
    """
    with ExitStack() as undo:
        lost = study.session(participant, session).list_lost()
        files, rows, before = study.reopen_session(participant, session)
        undo.callback(files.close)
        _check_same_protocol(study.folder, files.sidecar, before, sets.protocol)
        _check_same(files.sidecar, before, sets.protocol, sets.source)
        slot = Slot(before.allocation, before.attempt, before.simulated)
        plan = design.build(sets.protocol, sets.source, participant, session, slot.number, sets)
        _check_same_sets(files.sidecar, before, plan)
        plan = keep_rules(plan, before)
        _check_same_images(files.trials.path, rows, plan, sets.process)
        asked = sets.protocol.model_copy(update={"sha256": before.protocol_sha256})
        context = RowContext.of(asked, sets.source, plan, simulated=before.simulated, resumed=False)
        stages = build_stages(asked, plan, sets.source)
        previous = _recover(files, rows, plan, stages, context, lost)
        undo.pop_all()
    return OpenSession(plan, slot, asked, files, previous, before.simulated, before)


def override_marker_port(protocol: StudyProtocol, port: str | None) -> StudyProtocol:
    """Return a protocol with this computer's serial port for codes; as it is where None.

    Raises:
        ElicitError: the protocol sends no codes.
    """
    if port is None:
        return protocol
    if protocol.markers is None:
        raise ElicitError("--marker-port: must not be given, as the protocol has no markers")
    markers = protocol.markers.model_copy(update={"serial": port})
    return protocol.model_copy(update={"markers": markers})


def open_markers(protocol: StudyProtocol) -> MarkerSender:
    """Return what sends the codes of a protocol's sessions; it is to be closed.

    Raises:
        ElicitError: a port or a stream cannot be opened.
    """
    asked = protocol.markers
    if asked is None:
        return MarkerSender()
    outputs = open_outputs(asked.serial, asked.baud_rate, asked.lsl, source_id=protocol.name)
    return MarkerSender(outputs, asked.all_codes)


def describe_markers(protocol: StudyProtocol) -> dict[str, Any] | None:
    """Return what a session's record says of its codes; None where it sends none."""
    if protocol.markers is None:
        return None
    said = protocol.markers.model_dump()
    return {**said, "codes": dict(protocol.markers.all_codes)}


def _recover(
    files: SessionWriters,
    rows: Sequence[TrialRow],
    plan: design.SessionPlan,
    stages: Sequence[Stage],
    context: RowContext,
    lost: Collection[str],
) -> PreviousRows:
    """Return what was written before the interruption; what is lost of it is made again.

    Each file that lost something is named in a StudyFolderWarning.

    Args:
        files: the session's.
        rows: of its trial log.
        plan: the session's.
        stages: everything that it shows.
        context: what all rows of the session have in common.
        lost: kinds of its files that were gone or empty, such as data.csv.

    Raises:
        ElicitError: a lost trial was on other pixels, or what is made again cannot be written.
    """
    pages = read_table(files.pages.path, PageRow).rows
    events = read_table(files.events.path, EventRow).rows
    trials = recover_trials(plan, rows, events, context)
    turned = recover_pages(stages, pages, events, context)
    files.trials.append(*trials.rows)
    files.pages.append(*turned)
    for told in _tell_losses(files, trials, turned, lost):
        warnings.warn(StudyFolderWarning(told), stacklevel=4)
    return PreviousRows((*rows, *trials.rows), (*pages, *turned))


def _tell_losses(
    files: SessionWriters,
    trials: RecoveredTrials,
    turned: Sequence[PageRow],
    lost: Collection[str],
) -> Iterator[str]:
    """Return what was made again and what cannot be, a line a file."""
    events, log, pages = files.events.path, files.trials.path, files.pages.path
    if trials.rows:
        rest = (
            "; what these do not state, onset_utc, dropped_frames and side_px, is blank, and "
            "resumed true"
        )
        yield (
            f"{log}: {len(trials.rows)} answered trials were missing; they are made again from "
            f"{events.name}{'' if trials.is_complete else rest}"
        )
    if turned:
        yield f"{pages}: {len(turned)} rows were missing; they are made again from {events.name}"
    if trials.without_events:
        yield (
            f"{events}: has no events of {trials.without_events} answered trials, and they cannot "
            f"be made again; the answers are in {log.name}"
        )
    elif "events.csv" in lost:
        asked = "what was answered, if anything, is asked again" if "data.csv" in lost else ""
        yield f"{events}: was missing and cannot be made again{asked and f'; {asked}'}"
    if "pages.csv" in lost and not turned:
        yield f"{pages}: was missing and cannot be made again; its pages are shown again"


def _check_same_protocol(
    folder: Path, sidecar: Path, before: SessionRecord, protocol: StudyProtocol
) -> None:
    """Refuse to resume a session under a protocol that asks something else.

    Raises:
        ElicitError: what it asks has changed; with the lines that differ, where they are known.
    """
    changes = describe_changes(folder, before.protocol_sha256, protocol)
    if changes is not None:
        raise ElicitError(
            f"{sidecar}: protocol_sha256: the session began with {before.protocol_sha256}, got "
            f"{protocol.sha256}; resume it with the protocol it began with, or begin another with "
            f"--no-resume{'; ' * bool(changes)}{changes}"
        )


def _check_same(
    sidecar: Path, before: SessionRecord, protocol: StudyProtocol, source: EndpointSource
) -> None:
    """Refuse to resume a session under other conditions.

    Raises:
        ElicitError: the seed or the images are not what they were.
    """
    now = {
        "seed": protocol.seed,
        "stimuli": image_record(protocol, source).model_dump(),
    }
    began = before.model_dump(include=set(now))
    for key, value in now.items():
        if began[key] != value:
            raise ElicitError(
                f"{sidecar}: {key}: the session began with {began[key]}, got {value}; resume "
                "it with what it began with, or begin another with --no-resume"
            )


def _check_same_sets(sidecar: Path, before: SessionRecord, plan: design.SessionPlan) -> None:
    """Refuse to resume a session if a block's stimulus set has changed.

    Raises:
        ElicitError: a set differs from the one that the session began with.
    """
    for said, block in zip(before.blocks, plan.blocks, strict=False):
        if said.set_sha256 != block.set_sha256:
            raise ElicitError(
                f"{sidecar}: set_sha256: the stimulus set of block {block.name} is not the one the "
                "session began with; restore its manifest, or the versions in the sidecar"
            )


def _check_same_images(
    log: Path, rows: Sequence[TrialRow], plan: design.SessionPlan, process: Process
) -> None:
    """Refuse to resume a session if the images are not those that were answered.

    Raises:
        ElicitError: an answered trial was on other pixels.
    """
    for row in rows:
        trial = find_trial(plan, row.trial)
        if trial is None or (row.image_i, row.image_j) != trial.pair.images:
            continue
        answered_on = {"i": row.fingerprint_i, "j": row.fingerprint_j}
        images = dict(zip("ij", trial.fingerprints, strict=True))
        if row.lambda_f is not None and row.fingerprint_shown is not None:
            answered_on["shown"] = row.fingerprint_shown
            images["shown"] = str(process.describe(trial.pair.images, row.lambda_f).fingerprint)
        for side, was in answered_on.items():
            now = images[side]
            if was != now:
                raise ElicitError(
                    f"{log}: trial {row.trial}: fingerprint_{side}: was answered on image {was}, "
                    f"the images now give {now}; use the images that the session began with"
                )
