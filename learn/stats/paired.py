"""Statistics of a few seeds: mean and spread, and differences between runs of the same seeds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr

from elicit.psychometric.intervals import compute_t_factor
from elicit.psychometric.variances import moderate_variances
from learn.arrays import Numbers

MAX_SEEDS_FOR_P = 20  # seeds up to which all signs are tried: a million means
SMALLEST_SD = 1e-9  # of the largest number: seeds that differ by less do not vary
MIN_SEEDS_FOR_P = 5  # with 4 seeds or fewer the smallest p that signs can give is 1/8


@dataclass(frozen=True)
class SeedSummary:
    """One measure over the runs of one row; NaN where there are too few."""

    n: int
    mean: float
    sd: float  # over seeds, ddof 1; from 2 on
    low: float  # interval of the mean; NaN below 2, and where seeds do not vary
    high: float


@dataclass(frozen=True)
class PairedDifference:
    """A row's runs less another's, seed by seed."""

    n: int
    mean: float
    sd: float  # of the differences, ddof 1; NaN below 2
    low: float  # interval of the mean; NaN below 2, and where seeds do not vary
    high: float
    p_t: float  # two-sided, of a t test on the differences; NaN where there is no interval
    p_signs: float  # two-sided, exact, of flipping the signs; NaN below 5 or above 20

    @property
    def is_significant(self) -> bool:
        """Whether the interval excludes 0: the mean is distinguishable from zero."""
        return self.low > 0 or self.high < 0

    @property
    def excluded(self) -> float:
        """The largest effect, in either direction, that the interval does not exclude."""
        return max(abs(self.low), abs(self.high))


def summarise(values: ArrayLike, holdout: float = 0.0) -> SeedSummary:
    """Return mean, standard deviation and t interval of the mean.

    `mean +- t(0.975, df) * sqrt(sd^2 / n + holdout)`; df is n - 1 where `holdout` is 0, else more
    (`combine_variances`). Seeds that all give the same number have no interval.

    Args:
        values: (n,) one number a seed, n from 0 on.
        holdout: variance of the mean over other images of the holdout.
    """
    each = np.asarray(values, dtype=np.float64)
    return _summarise(each, holdout, float(np.abs(each).max(initial=0.0)))


def _summarise(each: Numbers, holdout: float, scale: float) -> SeedSummary:
    """Return what `summarise` does; spreads below SMALLEST_SD of `scale` are rounding."""
    n = len(each)
    mean = float(each.mean()) if n else math.nan
    sd = float(each.std(ddof=1)) if n > 1 else math.nan
    if not sd > SMALLEST_SD * scale:
        return SeedSummary(n, mean, 0.0 if n > 1 else sd, math.nan, math.nan)
    error, df = combine_variances(sd**2 / n, n - 1.0, holdout)
    half = float(compute_t_factor(df)) * error
    return SeedSummary(n, mean, sd, float(mean - half), float(mean + half))


def combine_variances(seeds: float, df: float, holdout: float) -> tuple[float, float]:
    """Return the standard error of seeds and images together, and its degrees of freedom.

    The variance over images is of so many that it counts as known; the degrees of freedom are
    Welch's and Satterthwaite's. How seeds and images interact is in both variances, so that the
    error is never too small.

    Args:
        seeds: variance of a mean over seeds, above 0.
        df: its degrees of freedom.
        holdout: variance of the same mean over other images; 0 where it is not known.
    """
    total = seeds + holdout
    return math.sqrt(total), df * (total / seeds) ** 2


def compare(ours: ArrayLike, theirs: ArrayLike) -> PairedDifference:
    """Return what differs between two rows whose runs share their seeds, place by place.

    A run and its partner begin with the same weights, so that what the seed does to both drops out.
    The interval is Student's on the differences: the fewer the seeds, the wider.

    Args:
        ours: (n,) one number a seed, n from 1 on.
        theirs: (n,) of the same seeds, in the same order.

    Raises:
        ValueError: two lengths, or none.
    """
    first, second = (np.asarray(each, dtype=np.float64) for each in (ours, theirs))
    if first.shape != second.shape or first.ndim != 1 or not len(first):
        raise ValueError(f"must be one number a seed in both, got {first.shape}, {second.shape}")
    gaps = first - second
    found = _summarise(gaps, 0.0, float(np.abs([first, second]).max()))
    return PairedDifference(
        found.n, found.mean, found.sd, found.low, found.high, _p_of_t(found), sign_flip_p(gaps)
    )


def moderate_differences(
    found: Sequence[PairedDifference], rows: int, holdout: Sequence[float] | None = None
) -> list[PairedDifference]:
    """Return differences between rows, each with a variance that the others moderate.

    With two or three seeds a difference's own variance is hardly known: two that happen to be
    alike would make any mean certain. So it borrows from the other differences in the same measure
    (`elicit.psychometric.variances.moderate_variances`); its degrees of freedom never exceed those
    that the runs have once rows and seeds are taken out. Where no difference varies, nothing can be
    said, and intervals are NaN.

    Args:
        found: from `compare`, in one measure.
        rows: how many rows they compare.
        holdout: variance of each mean difference over other images of the holdout, which is added
            (`combine_variances`); 0 where it is not known.
    """
    known = [each for each in found if each.n > 1]
    if not known:
        return [*found]
    variance = np.array([each.sd**2 for each in known])
    df = np.array([each.n - 1.0 for each in known])
    most = (rows - 1) * float(df.max())
    models = moderate_variances(variance, df, np.zeros_like(variance))
    added = holdout or [0.0] * len(found)
    place = np.cumsum([each.n > 1 for each in found]) - 1  # among those known
    return [
        each
        if each.n < 2
        else _moderate(each, more, [(m.weight, m.variance[k], min(m.df[k], most)) for m in models])
        for each, more, k in zip(found, added, place, strict=True)
    ]


def _moderate(
    found: PairedDifference, holdout: float, models: Sequence[tuple[float, float, float]]
) -> PairedDifference:
    """Return a difference with the interval and p of variances, each with weight and df."""
    if not any(variance for _, variance, _ in models):
        return replace(found, low=math.nan, high=math.nan, p_t=math.nan)
    half = p = 0.0
    for weight, variance, df in models:
        error, df = combine_variances(variance / found.n, df, holdout)
        half += weight * float(compute_t_factor(df)) * error
        p += weight * float(2 * stdtr(df, -abs(found.mean) / error))
    return replace(found, low=found.mean - half, high=found.mean + half, p_t=min(p, 1.0))


def sign_flip_p(gaps: ArrayLike) -> float:
    """Return the p value of a sign-flip test: every way of flipping the signs is tried.

    Exact if each difference is as likely to be positive as negative (Fisher 1935); two-sided, so
    never below 2 / 2^n.

    Args:
        gaps: (n,) differences.

    Returns:
        A share in (0, 1]; NaN for n below 5, where no p below 1/8 is possible, or above 20.
    """
    each = np.asarray(gaps, dtype=np.float64)
    n = len(each)
    if not MIN_SEEDS_FOR_P <= n <= MAX_SEEDS_FOR_P:
        return math.nan
    sums = np.zeros(1)
    for gap in each:  # all sums of +-gaps, by doubling
        sums = np.concatenate([sums + gap, sums - gap])
    slack = 1e-9 * np.abs(each).sum()  # sums that are equal but for rounding are equal
    return float((np.abs(sums) >= abs(each.sum()) - slack).mean())


def _p_of_t(found: SeedSummary) -> float:
    if math.isnan(found.low):
        return math.nan
    statistic = abs(found.mean) / (found.sd / math.sqrt(found.n))
    return float(2 * stdtr(found.n - 1, -statistic))
