"""Studies that simulated participants of several kinds answer, as `elicit simulate` runs them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from elicit.protocol.study_protocol import StudyProtocol
from elicit.simulation.lab import Crew, Recipe, Visit


def crew(
    name: str, participants: int, settings: Mapping[str, object] | None = None, seed: int = 1
) -> Crew:
    """Return participants of one kind: an observer's name, how many, and what they are told."""
    return Crew(name, settings or {}, seed, participants)


def simulate_study(
    folder: Path, asked: StudyProtocol, crews: Sequence[Crew], stimuli: str = "pictograms"
) -> Path:
    """Let every participant of each crew come once; return the study folder.

    Participants are called after their observer: hmix0001, hmix0002, ...
    """
    for each in crews:
        lab = Recipe(asked, stimuli, folder, each).lab()
        lab.study.prepare()
        numbers = range(1, each.participants + 1)
        places = lab.study.claim_all([(each.participant(k), 1) for k in numbers], durable=False)
        for number, place in zip(numbers, places, strict=True):
            lab.run(Visit(number, 1, place))
    return folder
