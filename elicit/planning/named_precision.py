"""The precision of PSEs from which-class answers, by the model of a population."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass

import numpy as np

from elicit.planning.blocks import BlockStimuli
from elicit.planning.pool import SimulatedSession
from elicit.planning.pse_precision import (
    PoolAnswers,
    PsePoint,
    average_pairs,
    image_names,
    make_point,
)
from elicit.planning.resampling import weights
from elicit.psychometric import Codes
from elicit.psychometric.population import PopulationSpreads, estimate_spreads
from elicit.psychometric.population_table import EvidenceTable, StudyEstimates

SPREAD_PEOPLE = 40  # participants from whose answers to a pair spreads and lapses are estimated
SPREAD_PAIRS = 3  # pairs from which they are; the other pairs have the medians


@dataclass(frozen=True)
class NamedPair:
    """The answers to one pair."""

    people: Codes  # (P,) places in the pool of who judged it
    table: EvidenceTable  # theirs


@dataclass(frozen=True)
class NamedPseStudy:
    """A pool's which-class answers, ready for studies to be drawn.

    A pair's PSE is that of the population, as in `learn pse`: own curves are not averaged, as each
    is pulled towards a prior.
    """

    names: tuple[str, ...]  # (U,)
    pairs: tuple[NamedPair | None, ...]  # (U,)
    size: int  # of the pool
    together: bool = False  # whether the mean of all pairs is what is wanted

    @classmethod
    def of(
        cls, stimuli: BlockStimuli, number: int, pool: Sequence[SimulatedSession], per: str
    ) -> NamedPseStudy:
        """Return the answers to the `number`-th block, `per` class pair, image pair, or all."""
        answers = PoolAnswers.of(number, pool)
        by_pair = stimuli.class_pair[answers.image_pair]
        unit = answers.image_pair if per == "image" else by_pair
        names = image_names(stimuli) if per == "image" else stimuli.class_pairs
        chosen = [np.flatnonzero(unit == k) for k in range(len(names))]
        spreads = _median_spreads(answers, [rows for rows in chosen if len(rows)][:SPREAD_PAIRS])
        pairs = tuple(_tabulate(answers, rows, spreads) for rows in chosen)
        return cls(names, pairs, len(pool), per == "all")

    def points(self, order: Codes, numbers: Sequence[int], wanted: float) -> list[PsePoint]:
        """Return how well studies know their PSEs; arguments are those of `PseStudy.points`."""
        look = average_pairs if self.together else np.asarray
        names = ("all",) if self.together else self.names
        limit = look(self.estimate(np.arange(self.size)[None, :]).pse)[0]
        found = ((n, look(self.estimate(order[:, :n]).pse)) for n in numbers)
        return [make_point(pses, limit, names, n, self.size, wanted) for n, pses in found]

    def estimate(self, order: Codes) -> StudyEstimates:
        """Return (R, U) PSEs, their errors and slopes.

        Args:
            order: (R, n) who is in each study.
        """
        studies = weights(order, self.size).tocsc()
        found = np.full((3, len(order), len(self.pairs)), np.nan)
        for k, pair in enumerate(self.pairs):
            if pair is not None:
                its = pair.table.estimate(studies[:, pair.people])
                found[:, :, k] = its.pse, its.pse_sd, its.slope
        return StudyEstimates(*found)


def _tabulate(answers: PoolAnswers, rows: Codes, spreads: PopulationSpreads) -> NamedPair | None:
    """Return the answers in some rows as those to a pair; None where there are none."""
    if not len(rows):
        return None
    people, person = np.unique(answers.person[rows], return_inverse=True)
    shown, named = answers.lambda_f[rows], answers.lambda_g[rows]
    return NamedPair(people, EvidenceTable.of(shown, named, person, spreads))


def _median_spreads(answers: PoolAnswers, pairs: Sequence[Codes]) -> PopulationSpreads:
    """Return the medians over some pairs, each the rows of its answers."""
    found = []
    for rows in pairs:
        few = rows[answers.person[rows] <= np.unique(answers.person[rows])[:SPREAD_PEOPLE][-1]]
        found.append(
            astuple(
                estimate_spreads(answers.lambda_f[few], answers.lambda_g[few], answers.person[few])
            )
        )
    return PopulationSpreads(*np.median(found, axis=0).tolist())
