"""Variances of many groups of few answers, each moderated by the others."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, betaln

from elicit.psychometric import Numbers

PRIOR_DF = (1.5, 2.0, 3.0, 4.0, 6.0, 9.0, 14.0, 25.0, 60.0, 1e6)  # from unlike to all the same
SCALES = 32  # values of the common variance that are weighed
SMALLEST = 1e-6  # of the mean variance: what is below it counts as that or less
MAX_GROUPS = 1000  # variances from which the two are found; of more, an even choice


@dataclass(frozen=True)
class VarianceModel:
    """One belief of how alike the variances of G groups are, and what follows for each."""

    weight: float  # of this belief; those of all of them add up to 1
    variance: Numbers  # (G,) moderated
    df: Numbers  # (G,) degrees of freedom of it


def moderate_variances(variance: Numbers, df: Numbers, floor: Numbers) -> list[VarianceModel]:
    """Return what few answers say of each group's variance, borrowing from the other groups.

    True variances follow a scaled inverse chi-square distribution, so that those seen follow a
    scaled F distribution. A group's variance is then the mean of its own and the common one,
    weighted by their degrees of freedom (Smyth, 2004, "Linear models and empirical Bayes methods
    for assessing differential expression", section 3). How alike the true ones are is weighed by
    the likelihood of what was seen, and not set to one value, as few answers hardly tell it.

    Args:
        variance: (G,) sample variances; those with df 0 are not used.
        df: (G,) their degrees of freedom, one of them above 0 at least.
        floor: (G,) variance below which rounded answers look the same. A smaller one counts as
            some variance up to it.
    """
    seen = df > 0
    smallest = SMALLEST * float(np.average(variance[seen], weights=df[seen]))
    floor = np.maximum(floor, smallest)
    own = np.where(seen, np.maximum(variance, floor), 0.0)
    pooled = float(np.average(own[seen], weights=df[seen]))
    if pooled == 0.0:
        return [VarianceModel(1.0, np.zeros_like(own), np.full(len(df), float(df.sum())))]
    step = math.ceil(seen.sum() / MAX_GROUPS)
    order = np.flatnonzero(seen)[np.argsort(own[seen], kind="stable")][::step]
    censored = (variance <= floor)[order]
    some, some_df = own[order, None], df[order, None]
    scales = pooled * np.geomspace(1 / 30, 3, SCALES)
    found = []
    for prior in PRIOR_DF:
        log = _log_likelihood(some / scales, some_df, prior, censored)
        log[~censored] -= np.log(scales)
        log = log.sum(axis=0)
        belief = np.exp(log - log.max())
        scale = float((belief * scales).sum() / belief.sum())
        moderated = (prior * scale + df * own) / (prior + df)
        evidence = float(log.max() + np.log(belief.sum()))
        found.append((evidence, moderated, np.minimum(prior + df, df.sum())))
    best = max(evidence for evidence, _, _ in found)
    weights = np.exp([evidence - best for evidence, _, _ in found])
    return [
        VarianceModel(float(weight), moderated, together)
        for weight, (_, moderated, together) in zip(weights / weights.sum(), found, strict=True)
    ]


def _log_likelihood(
    ratio: Numbers, df: Numbers, prior: float, censored: NDArray[np.bool_]
) -> Numbers:
    """Return (G, S) logarithms of the F density of (G, S) ratios, or of its integral up to them.

    Args:
        ratio: (G, S) variances over S values of the common one.
        df: (G, 1) degrees of freedom of the variances.
        prior: degrees of freedom of the common one.
        censored: (G,) whether a variance is known to be at most that.
    """
    log: Numbers = np.empty(ratio.shape)
    one, x = df[~censored] / 2, ratio[~censored]
    log[~censored] = (
        one * np.log(2 * one)
        + (one - 1) * np.log(x)
        - prior / 2 * np.log1p(2 * one * x / prior)
        - one * np.log(prior + 2 * one * x)
        - betaln(one, prior / 2)
    )
    one, x = df[censored] / 2, ratio[censored]
    log[censored] = np.log(betainc(one, prior / 2, 2 * one * x / (prior + 2 * one * x)))
    return log
