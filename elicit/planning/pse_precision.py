"""The precision with which a study of n participants estimates its PSEs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from elicit.planning.blocks import BlockStimuli
from elicit.planning.pool import SimulatedSession
from elicit.planning.resampling import Sparse, sum_table, sums, weights, widen
from elicit.psychometric import Codes, Numbers, least_squares

COVERAGE = 0.95  # share of studies whose error is at most the one stated
BAND_QUANTILES = (0.05, 0.95)  # of the pairs, between which the band of a plot lies


@dataclass(frozen=True)
class PsePoint:
    """How well the PSEs of U class pairs or image pairs are known with one number of participants.

    An error is what 95% of studies stay within: half the width of an interval about the PSE that
    very many participants would give. It is infinite where more than 5% of studies give no PSE.
    """

    participants: int
    reached: bool  # whether the worst error is at most the one wanted
    error_median: float  # of the pairs
    error_low: float  # of all but the best 5% of the pairs
    error_high: float  # of all but the worst 5%
    error_worst: float
    worst: str  # which pair it is
    known: int  # pairs whose error is at most the one wanted
    pairs: int


@dataclass(frozen=True)
class PseStudy:
    """A pool's answers, ready for studies to be drawn: counts and sums of each participant.

    Where lambda_f is found by the participant (Construct, Select-Shuffled), a pair's PSE is the
    mean of it. Infer's is where the logistic fitted by least squares to its lambda_g is one half.
    Discriminate's are `elicit.planning.named_precision`'s. A mean confidence takes a PSE's place
    where a plan is about omega.
    """

    names: tuple[str, ...]  # (U,)
    x: Numbers  # (L,) lambda_f shown in Infer; one place where the participant found it
    counts: Sparse  # (M, U * L)
    totals: Sparse  # (M, U * L) of lambda_g, or of the lambda_f found
    fitted: bool  # whether a curve is
    together: bool = False  # whether the mean of all pairs is what is wanted

    @classmethod
    def of(
        cls,
        stimuli: BlockStimuli,
        number: int,
        pool: Sequence[SimulatedSession],
        per: str,
        *,
        of_omega: bool = False,
    ) -> PseStudy:
        """Return the answers to the `number`-th block, `per` class pair, image pair, or all.

        Where `of_omega` is true, what is estimated is not a PSE but the mean confidence.
        """
        fitted = stimuli.block.paradigm == "infer" and not of_omega
        answers = PoolAnswers.of(number, pool)
        by_pair = stimuli.class_pair[answers.image_pair]
        unit = answers.image_pair if per == "image" else by_pair
        names = image_names(stimuli) if per == "image" else stimuli.class_pairs
        x = np.unique(answers.lambda_f) if fitted else np.zeros(1)
        level = np.searchsorted(x, answers.lambda_f) if fitted else 0
        column = unit * len(x) + level
        shape = (len(pool), len(names) * len(x))
        values = answers.lambda_g if fitted else answers.lambda_f
        values = answers.omega if of_omega else values
        ones = np.ones(len(column))
        return cls(
            names,
            x,
            sum_table(answers.person, column, ones, shape),
            sum_table(answers.person, column, values, shape),
            fitted,
            per == "all",
        )

    def points(self, order: Codes, numbers: Sequence[int], wanted: float) -> list[PsePoint]:
        """Return how well studies know their PSEs.

        Args:
            order: (R, N) who is at each place of R studies.
            numbers: of participants, each at most N.
            wanted: the error that is small enough.
        """
        pool = self.counts.shape[0]
        everybody = weights(np.arange(pool)[None, :], pool)
        limit, curves = self._estimates(everybody)
        found = ((n, self._estimates(weights(order[:, :n], pool), curves)[0]) for n in numbers)
        look = average_pairs if self.together else np.asarray
        names = ("all",) if self.together else self.names
        of_pool = look(limit)[0]
        return [make_point(look(pses), of_pool, names, n, pool, wanted) for n, pses in found]

    def _estimates(
        self, studies: Sparse, start: Numbers | None = None
    ) -> tuple[Numbers, Numbers | None]:
        """Return (R, U) PSEs, NaN where there is none, and (U, 2) the first study's curves."""
        shape = (studies.shape[0], len(self.names), len(self.x))
        n = sums(studies, self.counts).reshape(shape)
        total = sums(studies, self.totals).reshape(shape)
        if not self.fitted:
            return least_squares.means(n[..., 0], total[..., 0]), None
        begin = None if start is None else np.tile(start, (shape[0], 1))
        flat = (shape[0] * shape[1], shape[2])
        curves = least_squares.fit_logistics(
            self.x, n.reshape(flat), least_squares.means(n, total).reshape(flat), begin
        )
        first = np.where(np.isnan(curves), least_squares.START, curves)[: shape[1]]
        return least_squares.pse(curves).reshape(shape[:2]), first


@dataclass(frozen=True)
class PoolAnswers:
    """All that a pool answered in one block."""

    person: Codes  # (N,) place of the participant in the pool
    image_pair: Codes  # (N,)
    lambda_f: Numbers  # (N,)
    lambda_g: Numbers  # (N,)
    omega: Numbers  # (N,) NaN where it is not asked

    @classmethod
    def of(cls, number: int, pool: Sequence[SimulatedSession]) -> PoolAnswers:
        """Return the answers to the `number`-th block."""
        answers = [session.answers[number] for session in pool]
        person = np.repeat(np.arange(len(answers)), [len(each.lambda_f) for each in answers])
        return cls(
            person,
            np.concatenate([each.image_pair for each in answers]),
            np.concatenate([each.lambda_f for each in answers]),
            np.concatenate([each.lambda_g for each in answers]),
            np.concatenate([each.omega for each in answers]),
        )

    def select(self, chosen: NDArray[np.bool_]) -> PoolAnswers:
        """Return some of the answers, by (N,) booleans."""
        return PoolAnswers(
            self.person[chosen],
            self.image_pair[chosen],
            self.lambda_f[chosen],
            self.lambda_g[chosen],
            self.omega[chosen],
        )


def average_pairs(found: Numbers) -> Numbers:
    """Return (R, 1) means of the pairs that have a PSE, of (R, U) PSEs; NaN where none has."""
    known = np.isfinite(found)
    total = np.where(known, found, 0.0).sum(axis=1, keepdims=True)
    return least_squares.means(known.sum(axis=1, keepdims=True).astype(np.float64), total)


def make_point(
    found: Numbers, limit: Numbers, names: Sequence[str], n: int, pool: int, wanted: float
) -> PsePoint:
    """Return how well studies of `n` participants know their PSEs.

    Args:
        found: (R, U) PSEs of each study, NaN where there is none.
        limit: (U,) those of the whole pool.
        names: (U,) of the pairs.
        n: participants of a study.
        pool: participants of the pool.
        wanted: the error that is small enough.
    """
    errors = _errors(found, limit, n, pool)
    low, high = np.quantile(errors, BAND_QUANTILES, method="nearest")
    worst = int(errors.argmax())
    return PsePoint(
        n,
        bool(errors.max() <= wanted),
        float(np.quantile(errors, 0.5, method="nearest")),
        float(low),
        float(high),
        float(errors.max()),
        names[worst],
        int((errors <= wanted).sum()),
        len(errors),
    )


def image_names(stimuli: BlockStimuli) -> tuple[str, ...]:
    """Return what each pair of images is called, such as cat 3 with dog 15 in cat-dog."""
    return tuple(
        f"{stimuli.class_pairs[pair]} {ends.image_i}+{ends.image_j}"
        for pair, ends in zip(stimuli.class_pair, stimuli.image_pairs, strict=True)
    )


def _errors(found: Numbers, limit: Numbers, n: int, pool: int) -> Numbers:
    """Return (U,) the error that 95% of (R, U) estimates stay within."""
    known = np.isfinite(found)
    some = known.any(axis=0) & np.isfinite(limit)
    errors = np.full(found.shape, np.inf)
    errors[:, some] = np.abs(widen(found[:, some], n, pool) - limit[some])
    errors[~known] = np.inf
    place = int(np.ceil(COVERAGE * len(found))) - 1
    at_most: Numbers = np.partition(errors, place, axis=0)[place]
    return at_most
