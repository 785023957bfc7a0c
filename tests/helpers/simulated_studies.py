"""Studies that simulated participants of several kinds answer, as `elicit simulate` runs them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from elicit.protocol.study_protocol import StudyProtocol
from elicit.simulation.cohort import SimulatedCohort, Visit
from elicit.simulation.lab import SimulatedLab
from elicit.simulation.sinks import study_simulation
from elicit.study.folder import Study


def cohort(
    name: str, participants: int, settings: Mapping[str, object] | None = None, seed: int = 1
) -> SimulatedCohort:
    """Return participants of one kind: an observer's name, how many, and what they are told."""
    return SimulatedCohort(name, settings or {}, seed, participants)


def simulate_study(
    folder: Path,
    asked: StudyProtocol,
    cohorts: Sequence[SimulatedCohort],
    stimuli: str = "pictograms",
) -> Path:
    """Let every participant of each cohort come once; return the study folder.

    Participants are called after their observer: hmix0001, hmix0002, ...
    """
    for each in cohorts:
        lab = SimulatedLab(study_simulation(asked, stimuli, each, folder))
        study = Study(folder, asked.name)
        study.prepare()
        numbers = range(1, each.participants + 1)
        places = study.claim_all([(each.participant(k), 1) for k in numbers], durable=False)
        for number, place in zip(numbers, places, strict=True):
            lab.run(Visit(number, 1, place))
    return folder
