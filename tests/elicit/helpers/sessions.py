"""Real sessions in a real study folder, answered by the autopilot on a view without a screen."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from elicit.design import build as design
from elicit.observers import observer
from elicit.protocol.study_protocol import StudyProtocol
from elicit.session import provenance
from elicit.session.presenting import SessionStoppedError
from elicit.session.records import PreviousRows
from elicit.session.runner import SessionRunner
from elicit.study.folder import Study
from elicit.study.session_files import ABANDONED_AFTER_S, SessionWriters
from stimuli.sources.endpoints import Pictograms
from tests.elicit.helpers.factories import block, load_protocol
from tests.elicit.helpers.factories import study as content
from tests.elicit.helpers.views import AnsweringView

BLOCKS = (block("construct"), block("select_shuffled"), block("infer"))
TRIALS = 9  # of a session with these blocks


def pilot_study(
    folder: Path, blocks: Sequence[dict[str, Any]] = BLOCKS
) -> tuple[Study, StudyProtocol]:
    """Return a study of three short blocks, or of others, its folder ready."""
    asked = load_protocol(folder, content(*blocks))
    study = Study(folder / "logs", asked.name)
    study.prepare()
    return study, asked


def run_session(
    study: Study,
    asked: StudyProtocol,
    participant: str,
    *,
    session: int = 1,
    closes_at: int | None = None,
    station: str = "LAB-1",
) -> SessionWriters:
    """Run a session as `elicit run` does; stopped at trial `closes_at`, if that is given.

    Ends it for good where it came to its end, and leaves it to be gone on with otherwise.
    """
    place = study.claim(participant, session)
    plan = design.build(asked, Pictograms(), participant, session, place.number)
    record = provenance.make_record(
        asked, Pictograms(), plan, place, simulated=False, screen={}, clock="frames"
    ).model_copy(update={"station": station})
    files = study.open_session(participant, session, record)
    answer(files, asked, plan, closes_at=closes_at)
    return files


def answer(
    files: SessionWriters,
    asked: StudyProtocol,
    plan: design.SessionPlan,
    *,
    previous: PreviousRows | None = None,
    closes_at: int | None = None,
) -> None:
    """Let the autopilot answer what of a plan is not done."""
    view = AnsweringView(observer("autopilot", [7]), closes_at)
    running = SessionRunner(
        asked, Pictograms(), plan, view, files, simulated=True, previous=previous
    )
    try:
        running.run()
    except SessionStoppedError:
        files.close()
    else:
        files.finish(estimates=running.estimate_curves())


def make_old(study: Study) -> None:
    """Let everything in the folder be as old as an abandoned session."""
    then = time.time() - ABANDONED_AFTER_S - 60
    for path in study.folder.rglob("*"):
        os.utime(path, (then, then))
