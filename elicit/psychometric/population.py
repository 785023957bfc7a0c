"""The psychometric functions of a population, and what its participants' answers say of them.

Participant p names class i with probability lapse / 2 + (1 - lapse) F(slope_p (lambda_f - PSE_p)),
F the logistic function. PSE_p is normal about the population's PSE, log slope_p is normal about
the logarithm of the population's slope, and all share one lapse rate. Participants' own curves are
integrated out, so one with few answers counts for what they tell, and nobody's estimate is pulled
towards a prior before it is averaged. A Bayesian hierarchical model (Gelman et al., Bayesian Data
Analysis, ch. 5), computed on grids; its intervals are of the posterior.

What is believed before is wide: the PSE is flat from -0.25 to 1.25, the slope's median is 12 and
its standard deviation a factor of 4. A PSE below 0 or above 1 means that no mix looks 50/50.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from elicit.psychometric import Numbers
from elicit.psychometric.function import INTERVAL_QUANTILES, logistic

# A participant's curve: PSEs reach beyond the mixes, log slopes from 0.7 to 160.
_PSE: Numbers = np.linspace(-0.495, 1.495, 200, dtype=np.float64)
_LOG_SLOPE: Numbers = np.linspace(np.log(0.7), np.log(160.0), 55, dtype=np.float64)
_LAPSE = np.array([0.003, 0.015, 0.03, 0.05, 0.08, 0.12, 0.18, 0.26])

LAPSE_MEAN = 0.05  # of the lapse rate's Beta(1, b)
SLOPE_MEDIAN, SLOPE_FACTOR = 12.0, 4.0  # of the population's slope: log-normal
PSE_SD_SCALE = 0.2  # of the half-normal prior of the PSE's spread between participants
LOG_SLOPE_SD_SCALE = 0.7  # of the log slope's spread

# The population's own grids: a wide one first, then one over what the first leaves possible.
_WIDE = (
    np.linspace(-0.25, 1.25, 38),  # PSE
    np.geomspace(0.008, 0.5, 6),  # its spread
    np.linspace(0.0, np.log(120.0), 18),  # log slope
    np.geomspace(0.07, 1.5, 5),  # its spread
)
_CLOSE_SIZES = (30, 7, 24, 6)
_LEFT_OUT = 2e-4  # probability at either end that the second grid leaves out


@dataclass(frozen=True)
class PopulationEstimate:
    """PSE and slope of a population, with 95% intervals."""

    participants: int
    trials: int
    pse: float  # mean of the posterior
    pse_low: float
    pse_high: float
    slope: float  # median of the posterior, for a unit of lambda_f
    slope_low: float
    slope_high: float


def estimate_population(
    lambda_f: ArrayLike, said_i: ArrayLike, participant: ArrayLike
) -> PopulationEstimate:
    """Return what participants' which-class answers to one pair say of their population.

    Args:
        lambda_f: (N,) mixes shown, from 0 to 1; N from 1 on.
        said_i: (N,) whether class i was named.
        participant: (N,) who answered.

    Raises:
        ValueError: no answers, or three different lengths.
    """
    shown = np.asarray(lambda_f, dtype=np.float64)
    named = np.asarray(said_i, dtype=np.float64)
    who = np.unique(np.asarray(participant, dtype=str), return_inverse=True)[1]
    if not len(shown) or not len(shown) == len(named) == len(who):
        raise ValueError(
            f"must be one answer and one participant a mix, got {len(shown)}, {len(named)}, "
            f"{len(who)}"
        )
    likelihood = _likelihoods(shown, named, who)
    posterior = _posterior(likelihood, _WIDE)
    lapse = posterior.sum(axis=(1, 2, 3, 4))
    possible = lapse > _LEFT_OUT * lapse.sum()
    close = tuple(
        _close_grid(nodes, posterior.sum(axis=_all_but(axis)), size)
        for axis, (nodes, size) in enumerate(zip(_WIDE, _CLOSE_SIZES, strict=True), start=1)
    )
    posterior = _posterior(likelihood[possible], close, possible)
    of_pse, of_slope = posterior.sum(axis=_all_but(1)), posterior.sum(axis=_all_but(3))
    pse_low, pse_high = _quantiles(close[0], of_pse, INTERVAL_QUANTILES)
    low, middle, high = _quantiles(
        close[2], of_slope, (INTERVAL_QUANTILES[0], 0.5, INTERVAL_QUANTILES[1])
    )
    slope, slope_low, slope_high = (float(np.exp(each)) for each in (middle, low, high))
    pse = float(of_pse @ close[0] / of_pse.sum())
    return PopulationEstimate(
        int(who.max()) + 1, len(shown), pse, pse_low, pse_high, slope, slope_low, slope_high
    )


def _likelihoods(shown: Numbers, named: Numbers, who: NDArray[np.intp]) -> Numbers:
    """Return (L, P, PSEs, slopes) likelihoods of each participant's curve, at most 1 in each."""
    mixes, place = np.unique(shown, return_inverse=True)
    people = int(who.max()) + 1
    cell = who * len(mixes) + place
    total = np.bincount(cell, minlength=people * len(mixes)).reshape(people, -1)
    of_i = np.bincount(cell, named, people * len(mixes)).reshape(people, -1)
    seen = logistic((mixes[:, None, None] - _PSE[:, None]) * np.exp(_LOG_SLOPE))
    logs = np.empty((len(_LAPSE), people, _PSE.size * _LOG_SLOPE.size))
    for number, lapse in enumerate(_LAPSE):
        chance = (lapse / 2 + (1 - lapse) * seen).reshape(len(mixes), -1)
        logs[number] = of_i @ np.log(chance) + (total - of_i) @ np.log1p(-chance)
    logs -= logs.max(axis=(0, 2), keepdims=True)
    likelihood: Numbers = np.exp(logs).reshape(len(_LAPSE), people, _PSE.size, _LOG_SLOPE.size)
    return likelihood


def _posterior(
    likelihood: Numbers, grids: tuple[Numbers, ...], possible: Numbers | None = None
) -> Numbers:
    """Return (L, M, S, N, T) posterior weights, 1 at most, over lapses and four grids.

    Args:
        likelihood: (L, P, PSEs, slopes) of lapse rate and participant.
        grids: PSE (M,), its spread (S,), log slope (N,), its spread (T,).
        possible: (all lapse rates,) which of them `likelihood` has; all where None.
    """
    pse, pse_sd, log_slope, log_slope_sd = grids
    left = _normal_weights(_PSE, pse, pse_sd)
    right = _normal_weights(_LOG_SLOPE, log_slope, log_slope_sd).T
    logs = np.zeros((len(likelihood), len(left), right.shape[1]))
    for number, people in enumerate(likelihood):
        for each in people:
            logs[number] += np.log(left @ each @ right + 1e-300)
    whole = logs.reshape(len(likelihood), *map(len, grids))
    off = (log_slope - np.log(SLOPE_MEDIAN)) / np.log(SLOPE_FACTOR)
    # spreads are in equal ratios, so each node stands for a width in proportion to it
    whole += (np.log(pse_sd) - 0.5 * (pse_sd / PSE_SD_SCALE) ** 2)[:, None, None]
    whole += (-0.5 * off**2)[:, None]
    whole += np.log(log_slope_sd) - 0.5 * (log_slope_sd / LOG_SLOPE_SD_SCALE) ** 2
    lapse = np.log(_lapse_weights())
    whole += (lapse if possible is None else lapse[possible])[:, None, None, None, None]
    weight: Numbers = np.exp(whole - whole.max())
    return weight


def _lapse_weights() -> Numbers:
    """Return the Beta(1, b) probability about each lapse rate."""
    edges = np.concatenate([[0.0], (_LAPSE[1:] + _LAPSE[:-1]) / 2, [1.0]])
    weights: Numbers = np.diff(1 - (1 - edges) ** (1 / LAPSE_MEAN - 1))
    return weights


def _normal_weights(nodes: Numbers, means: Numbers, sds: Numbers) -> Numbers:
    """Return (M * S, K) weights of K nodes under each of M means with each of S spreads."""
    off = (nodes - means[:, None, None]) / sds[:, None]
    weights = np.exp(-0.5 * off**2)
    weights /= weights.sum(axis=-1, keepdims=True)
    return weights.reshape(-1, len(nodes))


def _close_grid(nodes: Numbers, mass: Numbers, size: int) -> Numbers:
    """Return `size` nodes over what has some mass, in equal ratios if the given ones are."""
    share = np.cumsum(mass) / mass.sum()
    first = max(int(np.searchsorted(share, _LEFT_OUT)) - 1, 0)
    last = min(int(np.searchsorted(share, 1 - _LEFT_OUT)) + 1, len(nodes) - 1)
    equal_steps = np.isclose(nodes[1] - nodes[0], nodes[-1] - nodes[-2])
    spaced = np.linspace if equal_steps else np.geomspace
    return spaced(nodes[first], nodes[last], size)


def _quantiles(nodes: Numbers, mass: Numbers, wanted: Sequence[float]) -> list[float]:
    """Return quantiles of cells of equal width about the nodes."""
    half = (nodes[1] - nodes[0]) / 2
    edges = np.concatenate([nodes - half, [nodes[-1] + half]])
    below = np.concatenate([[0.0], np.cumsum(mass) / mass.sum()])
    return [float(each) for each in np.interp(wanted, below, edges)]


def _all_but(axis: int) -> tuple[int, ...]:
    return tuple(each for each in range(5) if each != axis)
