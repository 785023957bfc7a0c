"""What the answers to each pair of classes say of it, with intervals over people and images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from elicit.psychometric import Codes, Numbers
from elicit.psychometric.least_squares import fit_logistics, midpoint
from elicit.psychometric.population import (
    PopulationEstimate,
    count_named,
    estimate_populations,
)
from elicit.psychometric.two_way import (
    estimate_two_way_error,
    split_curve,
    split_mean,
    widen_for_images,
)


@dataclass(frozen=True)
class NamedAnswers:
    """The which-class answers of two or more people to one pair."""

    lambda_f: Numbers  # (N,) mixes shown
    said_i: Numbers  # (N,) 1 where class i was named, else 0
    person: Codes  # (N,) who answered
    image: Codes  # (N,) which pair of images was shown


def estimate_named_pairs(pairs: Sequence[NamedAnswers]) -> list[PopulationEstimate]:
    """Return PSE and slope of each pair of a study, with intervals over other people and images.

    Those over people are `estimate_populations`'. Images' part is that of one logistic fitted to
    all answers; a slope's is that of its logarithm. Where images tell nothing of it, intervals are
    over people alone.
    """
    counts = [count_named(each.lambda_f, each.said_i, each.person) for each in pairs]
    found = estimate_populations(counts) if counts else []
    return [_widen(each, its) for each, its in zip(found, pairs, strict=True)]


def _widen(found: PopulationEstimate, its: NamedAnswers) -> PopulationEstimate:
    """Return an estimate with intervals over other images too."""
    of_log_slope, of_pse = split_named_pair(its.lambda_f, its.said_i)
    if np.isnan(of_pse).any():  # flat, or at one mix
        return found
    who = its.person, its.image
    pse_low, pse_high = widen_for_images((found.pse_low, found.pse_high), found.pse, of_pse, *who)
    log, low, high = np.log([found.slope, found.slope_low, found.slope_high])
    slope_low, slope_high = np.exp(widen_for_images((low, high), log, of_log_slope, *who)).tolist()
    return replace(
        found, pse_low=pse_low, pse_high=pse_high, slope_low=slope_low, slope_high=slope_high
    )


def split_named_pair(lambda_f: Numbers, said_i: ArrayLike) -> Numbers:
    """Return (2, N) each answer's part in the log slope, and in the PSE, of one logistic.

    Args:
        lambda_f: (N,) mixes shown.
        said_i: (N,) whether class i was named.

    Returns:
        NaN where the curve is flat, or all answers are to one mix.
    """
    named = np.asarray(said_i, dtype=np.float64)
    levels, level = np.unique(lambda_f, return_inverse=True)
    n = np.bincount(level).astype(np.float64)
    curve = fit_logistics(levels, n[None], (np.bincount(level, named) / n)[None])[0]
    of_slope, of_pse = split_curve(lambda_f, named, curve)
    return np.stack([of_slope / curve[0] if curve[0] else of_slope, of_pse])


def estimate_midpoint(lambda_f: Numbers, person: Codes, image: Codes) -> tuple[float, float, float]:
    """Return the mean mix called 50/50, people counted once each, and the ends of its interval.

    Args:
        lambda_f: (N,) mixes called 50/50.
        person: (N,) index of who answered, 0 to P - 1; each is there.
        image: (N,) which pair of images was judged.

    Returns:
        NaN as ends where there is one person.
    """
    mean, parts = split_mean(lambda_f, person)
    return mean, *estimate_two_way_error(parts, person, image).interval(mean)


def find_curve_ends(
    x: Numbers, y: Numbers, person: Codes, image: Codes, curve: Numbers
) -> list[tuple[float, float]]:
    """Return the ends of the 95 % intervals of a rated curve's slope and midpoint.

    Args:
        x: (N,) lambda_f.
        y: (N,) lambda_g.
        person: (N,) who answered.
        image: (N,) which pair of images was judged.
        curve: (2,) slope and shift of the least-squares fit to them.
    """
    estimates = float(curve[0]), float(midpoint(curve))
    return [
        estimate_two_way_error(parts, person, image).interval(estimate)
        for parts, estimate in zip(split_curve(x, y, curve), estimates, strict=True)
    ]
