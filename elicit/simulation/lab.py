"""A lab where simulated participants come, one after another, each for a whole session."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Literal, Protocol, TypeAlias, TypeVar

from elicit.design import build as design
from elicit.errors import ElicitError
from elicit.log.writer import RowWriters
from elicit.protocol.study_protocol import StudyProtocol
from elicit.screen.simulated import FRAME_HZ, SimulatedParticipant, SimulatedView
from elicit.screen.view import View
from elicit.session.presenting import SessionStoppedError
from elicit.session.runner import ConsentWithheldError, SessionRunner
from elicit.simulation.cohort import SimulatedCohort, Visit
from stimuli.sources.endpoints import EndpointSource, open_source

SessionStatus: TypeAlias = Literal["finished", "withheld", "left"]
EstimateCurves: TypeAlias = Callable[[], list[dict[str, Any]]]  # takes longer than many trials
Result = TypeVar("Result")
Kept = TypeVar("Kept", covariant=True)  # what a sink returns of a session


class ClockedView(View, Protocol):
    """A view that knows the simulated time of day."""

    def clock(self) -> datetime:
        """Return the time of day, UTC."""


class SessionSink(Protocol[Kept]):
    """Where the rows of simulated sessions go, one session after another."""

    def open(self, visit: Visit, plan: design.SessionPlan) -> RowWriters:
        """Return the writers of a session that begins.

        Raises:
            ElicitError: they cannot be opened.
        """

    def finish(self, status: SessionStatus, estimate_curves: EstimateCurves, end: datetime) -> Kept:
        """Return what is kept of the open session, which has come to its end.

        Args:
            status: how it ended.
            estimate_curves: returns PSE and slope of each curve that Discriminate blocks measured.
            end: the simulated time of day, UTC.
        """

    def close(self) -> None:
        """Close the open session's writers, whether it came to its end or not."""


@dataclass(frozen=True)
class SimulationSpec(Generic[Result]):
    """All that a process needs to simulate sessions."""

    protocol: StudyProtocol
    stimuli: str  # as `open_source` takes it
    cohort: SimulatedCohort
    open_sink: Callable[[SimulatedLab[Result]], SessionSink[Result]]
    fingerprints: bool = True  # of the images, in the rows


class SimulatedLab(Generic[Result]):
    """Simulates sessions in this process."""

    def __init__(self, spec: SimulationSpec[Result]) -> None:
        """Open the endpoint images.

        Raises:
            StimulusError: they cannot be read.
        """
        self.spec, self.protocol, self.cohort = spec, spec.protocol, spec.cohort
        images = spec.protocol.stimuli
        self.source: EndpointSource = open_source(spec.stimuli, images.image_size, images.process)
        sets = design.StimulusSets if spec.fingerprints else SetsWithoutFingerprints
        self.sets = sets(self.protocol, self.source)
        self.view: Callable[[SimulatedParticipant, datetime], ClockedView] = SimulatedView
        self.screen: Mapping[str, Any] = {"window": False, "refresh_hz": FRAME_HZ}
        self._sink = spec.open_sink(self)

    def plan(self, visit: Visit) -> design.SessionPlan:
        """Return a visit's trials, as `elicit run` would ask them.

        Raises:
            ProtocolError: a block that the source cannot serve.
        """
        return design.build(
            self.protocol,
            self.source,
            self.cohort.participant(visit.number),
            visit.session,
            visit.place.number,
            self.sets,
        )

    def run(self, visit: Visit) -> Result:
        """Simulate one session, from consent to its last page; return what the sink keeps of it.

        Raises:
            ElicitError: the rows cannot be written, or the observer comes to no end.
        """
        plan = self.plan(visit)
        view = self.view(self.cohort.start_observer(visit.number, visit.session), visit.start)
        writers = self._sink.open(visit, plan)
        try:
            runner = SessionRunner(
                self.protocol,
                self.source,
                plan,
                view,
                writers,
                simulated=True,
                clock=view.clock,
                wait_for_disk=False,
            )
            status = _run(runner, f"session {visit.session} of participant {plan.participant}")
            return self._sink.finish(status, runner.estimate_curves, view.clock())
        finally:
            self._sink.close()


class SetsWithoutFingerprints(design.StimulusSets):
    """Stimulus sets whose images are never drawn, where no screen and no file needs them."""

    def fingerprint(self, image_id: int) -> str:
        """Return the same text for every image."""
        return "0" * 16


def _run(runner: SessionRunner, name: str) -> SessionStatus:
    try:
        runner.run()
    except ConsentWithheldError:
        return "withheld"
    except SessionStoppedError:
        return "left"
    except ElicitError as error:
        raise ElicitError(f"{name}: {error}") from error
    return "finished"
