"""The power of a study of n participants to find that a label policy beats mixup."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri, stdtrit

from elicit.planning.blocks import BlockStimuli
from elicit.planning.pool import SimulatedSession
from elicit.planning.pse_precision import PoolAnswers
from elicit.planning.resampling import Sparse, sum_table, sums, weights
from elicit.psychometric import Codes, Numbers, least_squares

FOLD_COUNT = 5  # of participants; each is held out once, as in `learn compare-policies`
TEST_LEVEL = 0.05  # of the test, two-sided
POLICIES = ("per_pair", "global")
_SAME = 1e-12


@dataclass(frozen=True)
class PowerPoint:
    """How often label policies are found to beat mixup with one number of participants.

    Ends are those of Wilson's 95% interval for the number of studies drawn.
    """

    participants: int
    reached: bool
    per_pair: float  # share of studies
    per_pair_low: float
    per_pair_high: float
    per_pair_gain: float  # mean square error that mixup has more, mean of the studies
    common: float  # of one logistic for all class pairs, the policy global
    common_low: float
    common_high: float
    common_gain: float

    def power(self, policy: str) -> tuple[float, float, float]:
        """Return a policy's power, and the ends of its interval."""
        if policy == "global":
            return self.common, self.common_low, self.common_high
        return self.per_pair, self.per_pair_low, self.per_pair_high


@dataclass(frozen=True)
class PowerStudy:
    """A pool's Infer answers: counts and sums of each participant at P class pairs, L mixes.

    A study fits policies to four fifths of its participants, and predicts the answers of the
    fifth, five times over. A participant's gain is their mean square error under mixup less that
    under the policy. The paired t test over participants, two-sided at 5%, says whether the policy
    beats mixup.
    """

    x: Numbers  # (L,)
    pairs: int
    counts: Sparse  # (M, P * L)
    totals: Sparse  # (M, P * L) of lambda_g
    squares: Sparse  # (M, P * L) of its squares

    @classmethod
    def of(cls, stimuli: BlockStimuli, number: int, pool: Sequence[SimulatedSession]) -> PowerStudy:
        """Return the answers to the `number`-th block."""
        answers = PoolAnswers.of(number, pool)
        x = np.unique(answers.lambda_f)
        pairs = len(stimuli.class_pairs)
        column = stimuli.class_pair[answers.image_pair] * len(x)
        column = column + np.searchsorted(x, answers.lambda_f)
        shape = (len(pool), pairs * len(x))
        said = answers.lambda_g
        counts, totals, squares = (
            sum_table(answers.person, column, values, shape)
            for values in (np.ones(len(said)), said, said**2)
        )
        return cls(x, pairs, counts, totals, squares)

    def points(
        self,
        order: Codes,
        numbers: Sequence[int],
        wanted: float,
        policy: str,
        rng: np.random.Generator,
    ) -> list[PowerPoint]:
        """Return how often policies are found to beat mixup.

        Args:
            order: (R, N) who is at each place of R studies.
            numbers: of participants, each from 2 to N.
            wanted: the power that is enough.
            policy: whose power must be.
            rng: deals participants into folds.
        """
        return [self._point(order[:, :n], wanted, policy, rng) for n in numbers]

    def _point(
        self, order: Codes, wanted: float, policy: str, rng: np.random.Generator
    ) -> PowerPoint:
        studies, n = order.shape
        folds = min(FOLD_COUNT, n)
        fold = rng.random((studies, n)).argsort(axis=1) % folds
        fits = self.policies(order, fold, folds)
        found: dict[str, tuple[float, float, float, float]] = {}
        for name in POLICIES:
            gains = self.gains(order, fold, fits[name])
            beats = beats_mixup(gains)
            power = float(beats.mean())
            mean = float(np.nanmean(gains)) if np.isfinite(gains).any() else 0.0
            found[name] = (power, *wilson_interval(int(beats.sum()), studies), mean)
        reached = found[policy][0] >= wanted
        return PowerPoint(n, reached, *found["per_pair"], *found["global"])

    def policies(self, order: Codes, fold: Codes, folds: int) -> dict[str, Numbers]:
        """Return (R, F, P, L) lambda_g of each policy, fitted to everybody outside each fold.

        Args:
            order: (R, n) who is in each study.
            fold: (R, n) in which of its folds.
            folds: F, how many.
        """
        kinds = [self._training(order, fold, folds, each)
                 for each in (self.counts, self.totals, self.squares)]  # fmt: skip
        n, total, square = kinds
        of_all = _fit(self.x, n.sum(axis=1), total.sum(axis=1))
        common = np.repeat(of_all, self.pairs, axis=0)
        flat = (-1, len(self.x))
        own = _fit(self.x, n.reshape(flat), total.reshape(flat), _startable(common))
        # as in learn: who always answered the same has no curve of their own
        counted = np.maximum(n.sum(axis=2), 1)
        spread = square.sum(axis=2) / counted - (total.sum(axis=2) / counted) ** 2
        without = np.isnan(own[:, 0]) | (spread.ravel() < _SAME)
        own[without] = common[without]
        shape = (len(order), folds, self.pairs, len(self.x))
        return {
            "per_pair": least_squares.evaluate(self.x, own).reshape(shape),
            "global": least_squares.evaluate(self.x, common).reshape(shape),
        }

    def _training(self, order: Codes, fold: Codes, folds: int, each: Sparse) -> Numbers:
        """Return (R * F, P, L) sums over everybody outside each fold."""
        studies, pool = len(order), each.shape[0]
        everybody = sums(weights(order, pool), each)
        place = np.repeat(np.arange(studies), order.shape[1]) * folds + fold.ravel()
        held = sum_table(place, order.ravel(), np.ones(order.size), (studies * folds, pool))
        left = np.repeat(everybody, folds, axis=0) - sums(held, each)
        return left.reshape(studies * folds, self.pairs, len(self.x))

    def gains(self, order: Codes, fold: Codes, fits: Numbers) -> Numbers:
        """Return (R, n) each participant's gain over mixup; NaN for one without an answer.

        Args:
            order: (R, n) who is in each study.
            fold: (R, n) in which of its folds.
            fits: (R, F, P, L) lambda_g of a policy, as `policies` returns it.
        """
        gains = np.full(order.shape, np.nan)
        mixup = np.tile(self.x, self.pairs)
        for r, people in enumerate(order):
            its = fits[r].reshape(len(fits[r]), -1)  # (F, P * L)
            n, total = self.counts[people], self.totals[people]
            gain = n @ (mixup**2 - its**2).T - 2 * (total @ (mixup - its).T)  # (n, F)
            answered = n.sum(axis=1)
            own = gain[np.arange(len(people)), fold[r]]
            np.divide(own, answered, out=gains[r], where=answered > 0)
        return gains


def beats_mixup(gains: Numbers) -> Numbers:
    """Return (R,) whether the paired t test over participants is in the policy's favour.

    Args:
        gains: (R, n) of each participant of each study, NaN for who does not count.
    """
    known = np.isfinite(gains)
    n = np.maximum(known.sum(axis=1), 1)
    mean = np.where(known, gains, 0.0).sum(axis=1) / n
    off = np.where(known, gains - mean[:, None], 0.0)
    error = np.sqrt((off**2).sum(axis=1) / np.maximum(n - 1, 1) / n)
    least = stdtrit(np.maximum(n - 1, 1), 1 - TEST_LEVEL / 2)
    beats: Numbers = (n > 1) & (mean > least * error + _SAME)
    return beats


def wilson_interval(times: float, of: float) -> tuple[float, float]:
    """Return the ends of Wilson's 95% interval for a share (JASA 1927)."""
    z2 = float(ndtri(0.975)) ** 2
    share = times / of
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = np.sqrt(z2 * (share * (1 - share) / of + z2 / (4 * of**2))) / (1 + z2 / of)
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def _startable(curves: Numbers) -> Numbers:
    """Return curves to begin with: where there is none, the usual one."""
    return np.where(np.isnan(curves), least_squares.START, curves)


def _fit(x: Numbers, n: Numbers, total: Numbers, start: Numbers | None = None) -> Numbers:
    """Return (C, 2) curves of n answers (C, L) at x (L,), whose lambda_g sum to total (C, L)."""
    return least_squares.fit_logistics(x, n, least_squares.means(n, total), start)
