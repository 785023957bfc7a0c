"""Who takes part in a simulated study, and when each of them comes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from elicit.observers import Observer, observer
from elicit.observers.participant import Mind, Participant
from elicit.study.coverage import Slot

__all__ = ["LOOKS", "Mind", "SimulatedCohort", "StudiesCohort", "Visit"]

START = datetime(2000, 1, 3, 9, tzinfo=timezone.utc)  # long before any study: nobody is misled
PARTICIPANT_INTERVAL = timedelta(hours=1)  # from one participant to the next
SESSION_INTERVAL = timedelta(weeks=1)  # from one session of a participant to the next
LOOKS = {"hmix": "world"}  # by observer: the setting that draws how images look


@dataclass(frozen=True)
class SimulatedCohort:
    """Simulated participants of one kind."""

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

    def start_observer(self, number: int, session: int) -> Observer:
        """Return the `number`-th participant, ready to answer a session.

        Raises:
            ElicitError: there is no such observer, or it cannot use the settings.
        """
        return observer(self.observer, [self.seed, number], self.settings, session=session)

    def start_mind(self, number: int) -> Mind | None:
        """Return what decides the `number`-th participant's answers; None: nothing but keys do.

        Raises:
            ElicitError: there is no such observer, or it cannot use the settings.
        """
        observer = self.start_observer(number, 1)
        return observer.mind if isinstance(observer, Participant) else None

    def record(self) -> dict[str, Any]:
        """Return what sidecars say of the observer."""
        return {"name": self.observer, "settings": dict(self.settings), "seed": self.seed}


@dataclass(frozen=True)
class StudiesCohort(SimulatedCohort):
    """Those who take part in many studies of one protocol, each study with people of its own.

    The k-th participant of study s, both from 0, is number s * participants + k + 1. Where
    `other_images` is true, each study has images of its own too, as far as the observer sees them
    differently from others of the same classes.
    """

    other_images: bool = False

    def start_observer(self, number: int, session: int) -> Observer:
        """Return a participant of one of the studies.

        Raises:
            ElicitError: there is no such observer, or it cannot use the settings.
        """
        key = LOOKS.get(self.observer)
        settings = dict(self.settings)
        if self.other_images and key is not None:
            settings[key] = (number - 1) // self.participants
        return observer(self.observer, [self.seed, number], settings, session=session)

    def study_visits(self, study: int) -> list[Visit]:
        """Return the visits of one study, from 0: its places are those of any study."""
        first = study * self.participants + 1
        return [Visit(first + k, 1, Slot(k, 1)) for k in range(self.participants)]


@dataclass(frozen=True)
class Visit:
    """One session that is to be simulated."""

    number: int  # of the participant, from 1
    session: int
    place: Slot

    @classmethod
    def first(cls, place: int) -> Visit:
        """Return the first session of the participant who is at a place of the order, from 0."""
        return cls(place + 1, 1, Slot(place, 1))

    @property
    def start(self) -> datetime:
        """The simulated time of day at which it starts, UTC."""
        return (
            START + PARTICIPANT_INTERVAL * (self.number - 1) + SESSION_INTERVAL * (self.session - 1)
        )
