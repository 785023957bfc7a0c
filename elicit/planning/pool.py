"""A pool of simulated participants: what each of them answered in a whole session."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from elicit.design.build import PlannedBlock
from elicit.planning.blocks import BlockStimuli
from elicit.protocol.study_protocol import StudyProtocol
from elicit.psychometric import Codes, Numbers
from elicit.simulation.cohort import SimulatedCohort, Visit
from elicit.simulation.lab import SimulatedLab, SimulationSpec
from elicit.simulation.sinks import InMemorySession, MemorySink
from elicit.simulation.workers import processes_for, simulate

ProgressCallback: TypeAlias = Callable[[str, int, int], None]  # what is done, how much, of how much


@dataclass(frozen=True)
class BlockAnswers:
    """What one participant answered in one block, practice and repeats apart.

    Construct and Select-Shuffled say lambda_g = 0.5 of the lambda_f chosen. In Discriminate
    lambda_g is 1 where class i was named, else 0.
    """

    image_pair: Codes  # (N,) in BlockStimuli.image_pairs
    lambda_f: Numbers  # (N,)
    lambda_g: Numbers  # (N,)
    omega: Numbers  # (N,) confidence; NaN where it is not asked
    trials: int  # answered


@dataclass(frozen=True)
class SimulatedSession:
    """What one participant answered in a session, and how long it took."""

    minutes: float  # from its first flip to its last action, pages included
    finished: bool
    answers: tuple[BlockAnswers, ...]  # one a block


class ParticipantPool:
    """Simulated participants, the k-th at place k of the counterbalancing order.

    Each answers as in the `elicit simulate` of the same protocol, observer and seed.
    """

    def __init__(
        self,
        protocol: StudyProtocol,
        stimuli: str,
        cohort: SimulatedCohort,
        processes: Callable[[int], int] = processes_for,
    ) -> None:
        """Open the endpoint images; nobody is simulated yet.

        Args:
            protocol: the study.
            stimuli: its endpoint images, as `open_source` takes them.
            cohort: who takes part; their number does not matter.
            processes: returns how many processes simulate so many sessions.

        Raises:
            ElicitError: the images cannot serve the protocol.
            StimulusError: they cannot be read.
        """
        self.protocol, self.cohort = protocol, cohort
        spec = SimulationSpec(protocol, stimuli, cohort, _open_sink, fingerprints=False)
        self._lab = SimulatedLab(spec)
        self._processes = processes
        self.blocks = _blocks(self._lab)
        self.sessions: list[SimulatedSession] = []

    def simulate(self, place: int) -> SimulatedSession:
        """Return one participant's first session, without adding it to the pool.

        Raises:
            ElicitError: the observer cannot answer it, or comes to no end.
        """
        return self._lab.run(Visit.first(place))

    def grow(self, size: int, report_progress: ProgressCallback | None = None) -> None:
        """Simulate participants until there are `size`, the same on any number of processes.

        Raises:
            ElicitError: one cannot be simulated, or a process was killed.
        """
        visits = [Visit.first(place) for place in range(len(self.sessions), size)]
        for session in simulate(self._lab, visits, self._processes(len(visits))):
            self.sessions.append(session)
            if report_progress is not None:
                report_progress("Simulating", len(self.sessions), size)

    def simulate_visits(self, visits: Sequence[Visit]) -> Iterator[SimulatedSession]:
        """Yield the sessions of visits, without adding them to the pool.

        Raises:
            ElicitError: one cannot be simulated, or a process was killed.
        """
        yield from simulate(self._lab, visits, self._processes(len(visits)))

    def plan_block(self, visit: Visit, number: int) -> PlannedBlock:
        """Return a visit's `number`-th block, as it is asked."""
        return self._lab.plan(visit).blocks[number]

    def with_cohort(
        self, cohort: SimulatedCohort, processes: Callable[[int], int] | None = None
    ) -> ParticipantPool:
        """Return an empty pool of other participants of the same study.

        Args:
            cohort: who they are.
            processes: as the pool takes it; its own where None.
        """
        spec = self._lab.spec
        return ParticipantPool(self.protocol, spec.stimuli, cohort, processes or self._processes)

    def count_processes(self, sessions: int) -> int:
        """Return how many processes simulate so many sessions."""
        return self._processes(sessions)


def _blocks(lab: SimulatedLab[SimulatedSession]) -> tuple[BlockStimuli, ...]:
    return tuple(
        BlockStimuli.of(block, lab.sets.batches(k)) for k, block in enumerate(lab.protocol.blocks)
    )


def _open_sink(lab: SimulatedLab[SimulatedSession]) -> MemorySink[SimulatedSession]:
    return MemorySink(_SessionSummary(_blocks(lab)))


class _SessionSummary:
    """Finds the answers to each block in a session's rows."""

    def __init__(self, blocks: tuple[BlockStimuli, ...]) -> None:
        self._blocks = blocks
        self._places = [
            {pair.images: k for k, pair in enumerate(each.image_pairs)} for each in blocks
        ]

    def __call__(self, session: InMemorySession) -> SimulatedSession:
        answers = tuple(self._answers(k, session) for k in range(len(self._blocks)))
        return SimulatedSession(session.minutes, session.finished, answers)

    def _answers(self, number: int, session: InMemorySession) -> BlockAnswers:
        block, places = self._blocks[number].block, self._places[number]
        rows = [
            row
            for row in session.trials
            if row.block == block.name and not (row.practice or row.repeat or row.missed)
        ]
        pairs = [places[row.image_i, row.image_j] for row in rows]
        named = block.paradigm == "discriminate"
        shares = [(row.lambda_f, row.chose_i if named else row.lambda_g) for row in rows]
        both = np.array(shares, dtype=np.float64).reshape(-1, 2)
        sure = np.array([math.nan if row.omega is None else row.omega for row in rows])
        pairs_judged = np.array(pairs, dtype=np.int64)
        return BlockAnswers(pairs_judged, both[:, 0], both[:, 1], sure.astype(float), len(rows))
