"""The psychometric function behind answers that name a middle or a class, by maximum likelihood.

`learn.stats.pse` gives PSEs as a study reports them; this says of an observer whose parameters are
known whether answers hold them all: PSE, slope, lapses and bias. Infer's answers, which are shares
themselves, are `learn.policies.fit`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from elicit.errors import ElicitError
from learn.arrays import Numbers
from learn.study.schema import CHOICES, CHOOSES_LAMBDA_F, names_class_i

_BOUNDS = ((-0.5, 1.5), (-1.0, 6.0), (0.0, 0.9), (-10.0, 10.0))  # PSE, log-slope, lapses, bias


@dataclass(frozen=True)
class Curve:
    """A psychometric function, and one standard error of each of its parameters.

    P(class i) = lapse_rate / 2 + (1 - lapse_rate) / (1 + exp(-evidence)), where evidence is
    slope * (lambda_f - pse) + side_bias, the bias taken off where class i is on the left.
    """

    answers: int
    pse: float
    slope: float  # log-odds for a unit of lambda_f
    lapse_rate: float  # share of answers without looking, all that there are as often
    side_bias: float  # log-odds, towards the right; 0 where no side has a class
    pse_se: float
    slope_se: float
    lapse_rate_se: float
    side_bias_se: float


def fit_curve(rows: pd.DataFrame, grid: Sequence[float] = ()) -> Curve:
    """Return the curve behind the answers of one paradigm.

    A mix called 50/50 says that the 50/50 point is nearer to it than to its neighbours in the
    grid; a class named at a mix says on which side of the mix the point is. That point is
    distributed as the curve says, from trial to trial, so every answer has the probability of an
    interval of it, plus that of a lapse.

    Args:
        rows: judgements as `learn.study.table.read_study` gives them: of Construct,
            Select-Shuffled or Discriminate, of one class pair or of several that are taken to be
            alike.
        grid: the mixes that Construct or Select-Shuffled showed, increasing.

    Raises:
        ElicitError: no answers, another paradigm, a mix that is not in the grid, or answers that
            are all on one side of the point.
    """
    low, high, by_chance = _intervals(rows, grid)
    mirrored = rows["mirrored"].astype("Float64").to_numpy(float, na_value=np.nan)
    towards_i = np.nan_to_num(2 * mirrored - 1)
    sided = bool(np.ptp(towards_i) > 0)
    # the same answer many times is one term of the likelihood, with a weight
    alike = np.stack([low, high, by_chance, towards_i if sided else 0 * towards_i])
    (low, high, by_chance, side), n = np.unique(alike, axis=1, return_counts=True)

    def surprise(values: Numbers) -> float:
        pse, log_slope, lapse, bias = values
        slope, off = np.exp(log_slope), bias * side
        inside = expit(slope * (high - pse) + off) - expit(slope * (low - pse) + off)
        chance = lapse * by_chance + (1 - lapse) * inside
        return float(-(n * np.log(np.maximum(chance, 1e-12))).sum())

    starts = [
        np.array([pse, np.log(slope), 0.03, 0.0]) for slope in (5.0, 15.0) for pse in (0.4, 0.6)
    ]
    found = min(
        (minimize(surprise, start, method="L-BFGS-B", bounds=_BOUNDS) for start in starts),
        key=lambda each: float(each.fun),
    )
    return _described(len(rows), found.x, _errors(surprise, found.x, sided))


def _intervals(rows: pd.DataFrame, grid: Sequence[float]) -> tuple[Numbers, Numbers, Numbers]:
    """Return (N,) low and high ends of where the 50/50 point is, and the chance of the answer."""
    paradigms = sorted(set(rows["paradigm"]))
    if len(paradigms) != 1 or paradigms[0] not in CHOICES:
        raise ElicitError(
            f"a curve of choices: must be of one of {', '.join(CHOICES)}, "
            f"got {', '.join(paradigms) or 'no answer'}"
        )
    lambda_f = rows["lambda_f"].to_numpy(float)
    if paradigms[0] not in CHOOSES_LAMBDA_F:
        return _sides(lambda_f, names_class_i(rows))
    mixes = np.array(grid, dtype=np.float64)
    place = np.abs(lambda_f[:, None] - mixes[None, :]).argmin(axis=1) if len(mixes) else lambda_f
    if not len(mixes) or np.abs(mixes[place] - lambda_f).max() > 1e-6:
        raise ElicitError(f"a curve of choices: lambda_f must be in the grid {list(grid)}")
    edges = np.concatenate([[-np.inf], (mixes[1:] + mixes[:-1]) / 2, [np.inf]])
    return edges[place], edges[place + 1], np.full(len(rows), 1 / len(mixes))


def _sides(lambda_f: Numbers, said_i: NDArray[np.bool_]) -> tuple[Numbers, Numbers, Numbers]:
    if said_i.all() or not said_i.any():
        raise ElicitError(
            f"a curve of choices: all {len(said_i)} answers name the same class; ask at mixes "
            "where the other one is seen"
        )
    low, high = np.where(said_i, -np.inf, lambda_f), np.where(said_i, lambda_f, np.inf)
    return low, high, np.full(len(lambda_f), 0.5)


def _errors(surprise: Callable[[Numbers], float], at: Numbers, sided: bool) -> Numbers:
    """Return (4,) standard errors: of the likelihood's curvature at its peak, by differences."""
    free = [0, 1, *([2] if at[2] > 1e-3 else []), *([3] if sided else [])]
    step = np.array([1e-3, 1e-2, 5e-4, 1e-2])

    def value(*moves: tuple[int, float]) -> float:
        moved = at.copy()
        for place, by in moves:
            moved[place] += by * step[place]
        return surprise(moved)

    curvature = np.array(
        [
            [
                (value((a, 1), (b, 1)) - value((a, 1), (b, -1)) - value((a, -1), (b, 1))
                 + value((a, -1), (b, -1))) / (4 * step[a] * step[b])
                for b in free
            ]
            for a in free
        ]
    )  # fmt: skip
    errors = np.zeros(4)
    variances = np.diag(np.linalg.pinv(curvature))
    errors[free] = np.sqrt(np.where(variances > 0, variances, np.nan))
    return errors


def _described(answers: int, values: Numbers, errors: Numbers) -> Curve:
    pse, log_slope, lapse, bias = values.tolist()
    slope = float(np.exp(log_slope))
    pse_se, log_se, lapse_se, bias_se = errors.tolist()
    return Curve(answers, pse, slope, lapse, bias, pse_se, slope * log_se, lapse_se, bias_se)
