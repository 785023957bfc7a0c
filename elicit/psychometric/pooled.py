"""One number over all pairs of classes, where people and pairs are both samples.

Each pair's estimate is that of its own population of participants (`elicit.psychometric.pairs`).
Their mean weighs each pair by how much pairs differ and by how well the pair is known, as in a
random-effects meta-analysis (DerSimonian and Laird, 1986). Its standard error holds what other
pairs would change, and what other people would, who judged several pairs each.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from elicit.psychometric import Codes, Numbers
from elicit.psychometric.intervals import NORMAL_FACTOR, compute_t_factor
from elicit.psychometric.two_way import estimate_two_way_error, sum_squares


@dataclass(frozen=True)
class PairEstimates:
    """What is pooled: K pairs, and the N answers that they are estimated from."""

    value: Numbers  # (K,) the pair's estimate
    error: Numbers  # (K,) its standard error; NaN where it is not known
    pair: Codes  # (N,) the pair that each answer is about, 0 to K - 1
    person: Codes  # (N,) who answered
    part: Numbers  # (N,) what each answer moves its pair's estimate by; NaN counts as 0


@dataclass(frozen=True)
class PooledEstimate:
    """A mean over pairs, with its 95 % interval over other people and other pairs."""

    mean: float
    low: float  # NaN where there are fewer than two people or two pairs
    high: float


def pool_pairs(pairs: PairEstimates) -> PooledEstimate:
    """Return the mean of all pairs.

    The variance is that between pairs, plus what sums over each person's answers add to sums over
    a person's answers to one pair, which the variance between pairs contains. That between pairs
    is never less than their own errors make it. The degrees of freedom are those of the
    rarer of people and pairs, less one, as in `elicit.psychometric.two_way`.
    """
    weight = _weigh(pairs.value, pairs.error)
    mean = float(weight @ pairs.value)
    k = len(weight)
    people, n_people = sum_squares(np.nan_to_num(pairs.part) * weight[pairs.pair], pairs.person)
    if k < 2 or n_people < 2:
        return PooledEstimate(mean, np.nan, np.nan)
    between = float(((weight * (pairs.value - mean)) ** 2 / (1 - weight)).sum())
    between = max(between, float(np.nansum((weight * pairs.error) ** 2)))  # few pairs may be alike
    cell = pairs.pair * (int(pairs.person.max()) + 1) + pairs.person
    cells, _ = sum_squares(np.nan_to_num(pairs.part) * weight[pairs.pair], cell)
    variance = max(between + people - cells, between, people)
    if variance <= 0:
        return PooledEstimate(mean, np.nan, np.nan)
    half = float(compute_t_factor(min(k, n_people) - 1)) * float(np.sqrt(variance))
    return PooledEstimate(mean, mean - half, mean + half)


def pool_answers(
    intervals: Numbers, parts: Numbers, pair: Codes, person: Codes, image: Codes
) -> PooledEstimate:
    """Return the mean of all pairs, whose errors follow from what each answer adds.

    Args:
        intervals: (K, 3) each pair's estimate, low and high end.
        parts: (N,) what each answer moves its pair's estimate by. A pair of which they are not
            known, as its curve is flat, has the error that its interval says.
        pair: (N,) the pair that each answer is about, 0 to K - 1; each is there.
        person: (N,) who answered.
        image: (N,) which pair of images was shown.
    """
    value, low, high = intervals.T
    error = np.array(
        [
            estimate_two_way_error(parts[here], person[here], image[here]).error
            for here in (pair == number for number in range(len(value)))
        ]
    )
    known = np.where(np.isnan(error), (high - low) / 2 / NORMAL_FACTOR, error)
    return pool_pairs(PairEstimates(value, known, pair, person, parts))


def _weigh(value: Numbers, error: Numbers) -> Numbers:
    """Return (K,) weights that add up to 1: equal where pairs differ much more than their errors.

    A pair without an error weighs as much as the mean of those that have one.
    """
    known = np.isfinite(error) & (error > 0)
    if not known.any():
        return np.full(len(value), 1 / len(value))
    error = np.where(known, error, np.sqrt(np.mean(error[known] ** 2)))
    precision = error**-2.0
    total = precision.sum()
    centre = (precision @ value) / total
    spread = precision @ (value - centre) ** 2 - (len(value) - 1)
    scale = total - (precision**2).sum() / total
    between = max(float(spread / scale), 0.0) if scale > 0 else 0.0
    weight: Numbers = 1 / (between + error**2)
    weight /= weight.sum()
    return weight
