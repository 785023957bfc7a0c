"""Where simulated sessions go: into the files of a study folder, or into memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Generic

from pydantic import BaseModel

from elicit.design.build import SessionPlan
from elicit.log.files import time_of_day
from elicit.log.rows import TrialRow
from elicit.log.writer import RowWriters, Writer
from elicit.protocol.study_protocol import StudyProtocol
from elicit.session import provenance
from elicit.simulation.cohort import SimulatedCohort, Visit
from elicit.simulation.lab import (
    EstimateCurves,
    Result,
    SessionStatus,
    SimulatedLab,
    SimulationSpec,
)
from elicit.study.folder import Study
from elicit.study.session_files import SessionWriters

CLOCK = "simulated, seconds; onset_utc from the simulated time of day"


@dataclass(frozen=True)
class VisitResult:
    """How one visit ended; its rows are in the study folder."""

    visit: Visit
    status: SessionStatus
    trials: int  # answered


def study_simulation(
    protocol: StudyProtocol, stimuli: str, cohort: SimulatedCohort, logs: Path
) -> SimulationSpec[VisitResult]:
    """Return a simulation whose sessions are written to the study folder `logs`."""
    return SimulationSpec(protocol, stimuli, cohort, partial(StudySink, logs=logs))


class StudySink:
    """Writes each session to its files in a study folder."""

    def __init__(self, lab: SimulatedLab[VisitResult], *, logs: Path) -> None:
        """Write what `lab` simulates to the study folder `logs`."""
        self._lab = lab
        self._study = Study(logs, lab.protocol.name)
        self._open: tuple[Visit, SessionWriters] | None = None

    def open(self, visit: Visit, plan: SessionPlan) -> SessionWriters:
        """Return a new session's files.

        Raises:
            ElicitError: they cannot be made.
        """
        lab = self._lab
        record = provenance.make_record(
            lab.protocol,
            lab.source,
            plan,
            visit.place,
            simulated=True,
            screen=dict(lab.screen),
            clock=CLOCK,
            started_utc=time_of_day(visit.start),
            observer=lab.cohort.record(),
        )
        files = self._study.open_session(plan.participant, visit.session, record, durable=False)
        self._open = visit, files
        return files

    def finish(
        self, status: SessionStatus, estimate_curves: EstimateCurves, end: datetime
    ) -> VisitResult:
        """Write how the session ended, unless the participant left."""
        assert self._open is not None
        visit, files = self._open
        if status == "withheld":
            files.finish("consent withheld", ended_utc=time_of_day(end))
        elif status == "finished":
            files.finish(estimates=estimate_curves(), ended_utc=time_of_day(end))
        return VisitResult(visit, status, files.trials.rows)

    def close(self) -> None:
        """Close the session's files."""
        if self._open is not None:
            self._open[1].close()
            self._open = None


@dataclass(frozen=True)
class InMemorySession:
    """The rows of one session, and how it ended."""

    trials: tuple[TrialRow, ...]
    minutes: float  # from its first flip to its last action, pages included
    finished: bool


class InMemoryWriter(Writer):
    """Keeps rows in memory instead of in a file."""

    def __init__(self) -> None:
        self.kept: list[BaseModel] = []

    def append(self, *rows: BaseModel) -> None:
        """Keep rows."""
        self.kept += rows

    def close(self) -> None:
        """Do nothing: there is no file."""


class MemorySink(Generic[Result]):
    """Keeps each session's rows in memory until it ends, and then what `summarise` makes of it."""

    def __init__(self, summarise: Callable[[InMemorySession], Result]) -> None:
        """Return the result of `summarise` for each session."""
        self._summarise = summarise
        self._trials, self._start = InMemoryWriter(), datetime.min

    def open(self, visit: Visit, _plan: SessionPlan) -> RowWriters:
        """Return writers that keep a session's rows."""
        self._trials, self._start = InMemoryWriter(), visit.start
        others = InMemoryWriter()
        return RowWriters(self._trials, others, others)

    def finish(
        self, status: SessionStatus, _estimate_curves: EstimateCurves, end: datetime
    ) -> Result:
        """Return what `summarise` makes of the session."""
        trials = tuple(row for row in self._trials.kept if isinstance(row, TrialRow))
        minutes = (end - self._start).total_seconds() / 60
        return self._summarise(InMemorySession(trials, minutes, status == "finished"))

    def close(self) -> None:
        """Do nothing: there are no files."""
