"""How a session begins, or goes on where it was interrupted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from elicit.design import build as design
from elicit.errors import ElicitError
from elicit.log.reader import read_table
from elicit.log.rows import PageRow, TrialRow
from elicit.protocol.study_protocol import StudyProtocol
from elicit.study.allocation import Place
from elicit.study.folder import Study
from elicit.study.session_files import SessionFiles
from stimuli.sources.endpoints import EndpointSource


@dataclass
class Started:
    """A session that is about to be shown: new, with a place to give back, or gone on with."""

    participant: str
    session: int
    plan: design.Plan
    place: Place
    files: SessionFiles | None = None  # none yet of a new session
    rows: tuple[TrialRow, ...] = ()
    pages: tuple[PageRow, ...] = ()
    simulated: bool = False
    goes_on: bool = False

    def give_back(self, folder: Study) -> None:
        """Leave the files to whoever goes on, or the place to whoever comes next."""
        if self.files is None:
            folder.release(self.place)
        else:
            self.files.close()


def begun(
    folder: Study,
    participant: str,
    session: int,
    asked: StudyProtocol,
    source: EndpointSource,
) -> Started:
    """Return a new session, with a place in the counterbalancing order claimed for it.

    Raises:
        ElicitError: the folder or the source cannot serve it; no place stays taken.
    """
    place = folder.claim(participant, session)
    try:
        plan = design.build(asked, source, participant, session, place.number)
    except BaseException:
        folder.release(place)
        raise
    return Started(participant, session, plan, place)


def gone_on(
    folder: Study,
    participant: str,
    session: int,
    asked: StudyProtocol,
    source: EndpointSource,
) -> Started:
    """Return a session that was interrupted, as it stands: same place, same trials.

    Raises:
        ElicitError: it has ended, somebody runs it, or the protocol, the seed, the images or the
            stimulus sets are not what they were.
    """
    files, rows, before = folder.reopen_session(participant, session)
    try:
        _check_same(files.sidecar, before, asked, source)
        place = Place(int(before["allocation"]), int(before.get("try", 1)))
        plan = design.build(asked, source, participant, session, place.number)
        _check_same_sets(files.sidecar, before, plan)
        _check_same_images(files.trials.path, rows, plan)
        pages = tuple(read_table(files.pages.path, PageRow).rows)
    except BaseException:
        files.close()
        raise
    simulated = bool(before.get("simulated"))
    return Started(
        participant, session, plan, place, files, tuple(rows), pages, simulated, goes_on=True
    )


def _check_same(
    sidecar: Path, before: dict[str, Any], asked: StudyProtocol, source: EndpointSource
) -> None:
    """Refuse to go on with a session under other conditions.

    Raises:
        ElicitError: the protocol, the seed or the images are not what they were.
    """
    now = {
        "protocol_sha256": asked.sha256,
        "seed": asked.seed,
        "stimuli": {"source": source.name, "image_size": source.image_size},
    }
    for key, value in now.items():
        if before.get(key) != value:
            raise ElicitError(
                f"{sidecar}: {key}: the session began with {before.get(key)}, got {value}; go on "
                "with what it began with, or begin another with --no-resume"
            )


def _check_same_sets(sidecar: Path, before: dict[str, Any], plan: design.Plan) -> None:
    """Refuse to go on where a block's stimulus set is not what it was.

    Raises:
        ElicitError: so it is.
    """
    for said, block in zip(before.get("blocks", []), plan.blocks, strict=False):
        if said.get("set_sha256") != block.set_sha256:
            raise ElicitError(
                f"{sidecar}: set_sha256: the stimulus set of block {block.name} is not the one the "
                "session began with; restore its manifest, or the versions in the sidecar"
            )


def _check_same_images(log: Path, rows: Sequence[TrialRow], plan: design.Plan) -> None:
    """Refuse to go on where the images at hand are not those that were answered.

    Raises:
        ElicitError: an answered trial was on other pixels.
    """
    trials = {trial.number: trial for trial in plan.trials}
    for row in rows:
        pair = trials[row.trial].pair if row.trial in trials else None
        if pair is None or (row.image_i, row.image_j) != (pair.image_i, pair.image_j):
            continue
        for side in ("i", "j"):
            was, now = getattr(row, f"fingerprint_{side}"), getattr(pair, f"fingerprint_{side}")
            if was != now:
                raise ElicitError(
                    f"{log}: trial {row.trial}: fingerprint_{side}: was answered on image {was}, "
                    f"the images at hand give {now}; use the images that the session began with"
                )
