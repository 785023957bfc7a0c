"""Whole studies answered by simulated participants, through a study's own sessions and logs."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias

from elicit.design import build as design
from elicit.errors import ElicitError
from elicit.log.files import time_of_day
from elicit.observers import observer
from elicit.protocol.study_protocol import StudyProtocol
from elicit.screen.simulated import FRAME_HZ, Participant, SimulatedView
from elicit.screen.view import View
from elicit.session import provenance
from elicit.session.presenting import SessionStoppedError
from elicit.session.runner import ConsentWithheldError, SessionRunner
from elicit.study.allocation import Place
from elicit.study.folder import Study
from elicit.study.session_files import SessionFiles
from stimuli.sources.endpoints import EndpointSource, open_source

START = datetime(2000, 1, 3, 9, tzinfo=timezone.utc)  # long before any study: nobody is misled
APART = timedelta(hours=1)  # from one participant to the next
AGAIN = timedelta(weeks=1)  # from one session of a participant to the next
CLOCK = "simulated, seconds; onset_utc from the simulated time of day"

Status: TypeAlias = Literal["finished", "withheld", "left"]


@dataclass(frozen=True)
class Crew:
    """Who takes part: simulated participants of one kind."""

    observer: str  # of `elicit.observers.OBSERVERS`
    settings: Mapping[str, object]
    seed: int
    participants: int
    sessions: int = 1  # of each participant

    def participant(self, number: int) -> str:
        """Return the id of the `number`-th participant, from 1, such as hmix0001."""
        return f"{re.sub('[^A-Za-z0-9]', '', self.observer)[:24]}{number:04}"

    def visits(self) -> list[tuple[int, int]]:
        """Return number of the participant and session of each visit, as they come to the lab."""
        everybody = range(1, self.participants + 1)
        return [(each, session) for session in range(1, self.sessions + 1) for each in everybody]

    def answering(self, number: int, session: int) -> Participant:
        """Return the `number`-th participant, ready to answer a session.

        Raises:
            ElicitError: there is no such observer, or it cannot use the settings.
        """
        return observer(self.observer, [self.seed, number], self.settings, session=session)

    def record(self) -> dict[str, Any]:
        """Return what sidecars say of the observer."""
        return {"name": self.observer, "settings": dict(self.settings), "seed": self.seed}


@dataclass(frozen=True)
class Visit:
    """One session that is to be simulated."""

    number: int  # of the participant, from 1
    session: int
    place: Place


@dataclass(frozen=True)
class Outcome:
    """What came of one visit."""

    visit: Visit
    status: Status
    trials: int  # answered


class Clocked(View, Protocol):
    """A view that knows the simulated time of day."""

    def clock(self) -> datetime:
        """Return the time of day, UTC."""


@dataclass(frozen=True)
class Recipe:
    """What any process needs to simulate visits."""

    asked: StudyProtocol
    stimuli: str  # as `open_source` takes it
    folder: Path
    crew: Crew

    def lab(self) -> Lab:
        """Return a lab without screens.

        Raises:
            StimulusError: the endpoint images cannot be read.
        """
        source = open_source(self.stimuli, self.asked.stimuli.image_size)
        return Lab(self.asked, source, Study(self.folder, self.asked.name), self.crew)


@dataclass
class Lab:
    """Where participants come, one after another."""

    asked: StudyProtocol
    source: EndpointSource
    study: Study
    crew: Crew
    view: Callable[[Participant, datetime], Clocked] = SimulatedView
    screen: Mapping[str, Any] = field(
        default_factory=lambda: {"window": False, "refresh_hz": FRAME_HZ}
    )

    def __post_init__(self) -> None:
        self._sets = design.Sets(self.asked, self.source)

    def plan(self, visit: Visit) -> design.Plan:
        """Return a visit's trials, as `elicit run` would ask them.

        Raises:
            ProtocolError: a block that the source cannot serve.
        """
        return design.build(
            self.asked,
            self.source,
            self.crew.participant(visit.number),
            visit.session,
            visit.place.number,
            self._sets,
        )

    def run(self, visit: Visit) -> Outcome:
        """Simulate one session, from consent to its last page; its files are in the study folder.

        Raises:
            ElicitError: the folder cannot be written, or the observer comes to no end.
        """
        plan = self.plan(visit)
        begins = START + APART * (visit.number - 1) + AGAIN * (visit.session - 1)
        view = self.view(self.crew.answering(visit.number, visit.session), begins)
        files = self._files(visit, plan, begins)
        try:
            status = self._answered(plan, view, files)
        finally:
            files.close()
        return Outcome(visit, status, files.trials.rows)

    def _files(self, visit: Visit, plan: design.Plan, begins: datetime) -> SessionFiles:
        record = provenance.record(
            self.asked,
            self.source,
            plan,
            visit.place,
            simulated=True,
            screen=dict(self.screen),
            clock=CLOCK,
            started_utc=time_of_day(begins),
            observer=self.crew.record(),
        )
        participant = self.crew.participant(visit.number)
        return self.study.open_session(participant, visit.session, record, durable=False)

    def _answered(self, plan: design.Plan, view: Clocked, files: SessionFiles) -> Status:
        session = SessionRunner(
            self.asked,
            self.source,
            plan,
            view,
            files,
            simulated=True,
            clock=view.clock,
            wait_for_disk=False,
        )
        try:
            session.run()
        except ConsentWithheldError:
            files.finish("consent withheld", ended_utc=time_of_day(view.clock()))
            return "withheld"
        except SessionStoppedError:
            return "left"
        except ElicitError as error:
            raise ElicitError(f"{files.session.words}: {error}") from error
        files.finish(estimates=session.estimates(), ended_utc=time_of_day(view.clock()))
        return "finished"
