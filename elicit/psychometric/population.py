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

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from elicit.psychometric import Numbers
from elicit.psychometric.function import (
    INTERVAL_QUANTILES,
    Estimate,
    find_quantiles,
    logistic,
)

# A participant's curve: PSEs reach beyond the mixes, log slopes from 0.7 to 160.
_PSE: Numbers = np.linspace(-0.495, 1.495, 200, dtype=np.float64)
_LOG_SLOPE: Numbers = np.linspace(np.log(0.7), np.log(160.0), 55, dtype=np.float64)
_LAPSE = np.array([0.003, 0.015, 0.03, 0.05, 0.08, 0.12, 0.18, 0.26])

LAPSE_MEAN = 0.05  # of the lapse rate's Beta(1, b)
SLOPE_MEDIAN, SLOPE_FACTOR = 12.0, 4.0  # of the population's slope: log-normal
PSE_SD_SCALE = 0.2  # of the half-normal prior of the PSE's spread between participants
LOG_SLOPE_SD_SCALE = 0.7  # of the log slope's spread

# The population's own grids, in equal steps: a wide one, then one over what that leaves possible.
_WIDE = (
    np.linspace(-0.25, 1.25, 38),  # PSE
    np.linspace(np.log(0.008), np.log(0.5), 6),  # log of its spread
    np.linspace(0.0, np.log(120.0), 18),  # log slope
    np.linspace(np.log(0.07), np.log(1.5), 5),  # log of its spread
)
_CLOSE_SIZES = (30, 7, 24, 6)
_LEFT_OUT = 2e-4  # probability at either end that the second grid leaves out


@dataclass(frozen=True)
class PopulationEstimate(Estimate):
    """PSE and slope of a population, with 95% intervals."""

    participants: int


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
    answers = count_answers(*_check_answers(lambda_f, said_i, participant))
    weights = _lapse_weights()
    posterior = _posterior(answers, _WIDE, _LAPSE, weights)
    lapse = posterior.sum(axis=_all_but(0))
    possible = lapse > _LEFT_OUT * lapse.sum()
    close = tuple(
        _close_grid(nodes, posterior.sum(axis=_all_but(axis)), size)
        for axis, (nodes, size) in enumerate(zip(_WIDE, _CLOSE_SIZES, strict=True), start=1)
    )
    posterior = _posterior(answers, close, _LAPSE[possible], weights[possible])
    of_pse, of_slope = posterior.sum(axis=_all_but(1)), posterior.sum(axis=_all_but(3))
    pse_low, pse_high = find_quantiles(of_pse, INTERVAL_QUANTILES, _ends(close[0]))
    low, middle, high = find_quantiles(
        of_slope, (INTERVAL_QUANTILES[0], 0.5, INTERVAL_QUANTILES[1]), _ends(close[2])
    )
    return PopulationEstimate(
        trials=int(answers.times.sum()),
        pse=float(of_pse @ close[0] / of_pse.sum()),
        pse_low=pse_low,
        pse_high=pse_high,
        slope=float(np.exp(middle)),
        slope_low=float(np.exp(low)),
        slope_high=float(np.exp(high)),
        participants=len(answers.times),
    )


@dataclass(frozen=True)
class PopulationSpreads:
    """How the participants of a population differ, and how often they lapse."""

    pse_sd: float
    log_slope_sd: float
    lapse: float


def estimate_spreads(
    lambda_f: ArrayLike, said_i: ArrayLike, participant: ArrayLike
) -> PopulationSpreads:
    """Return the spreads of the model of `estimate_population`: means on its wide grid.

    Args:
        lambda_f: (N,) mixes shown, from 0 to 1; N from 1 on.
        said_i: (N,) whether class i was named.
        participant: (N,) who answered.

    Raises:
        ValueError: no answers, or three different lengths.
    """
    answers = count_answers(*_check_answers(lambda_f, said_i, participant))
    posterior = _posterior(answers, _WIDE, _LAPSE, _lapse_weights())
    lapse, log_pse_sd, log_log_slope_sd = (
        float(posterior.sum(axis=_all_but(axis)) @ nodes / posterior.sum())
        for axis, nodes in ((0, _LAPSE), (2, _WIDE[1]), (4, _WIDE[3]))
    )
    return PopulationSpreads(float(np.exp(log_pse_sd)), float(np.exp(log_log_slope_sd)), lapse)


def _check_answers(
    lambda_f: ArrayLike, said_i: ArrayLike, participant: ArrayLike
) -> tuple[Numbers, Numbers, NDArray[np.intp]]:
    """Return answers as arrays, participants numbered from 0.

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
    return shown, named, who


@dataclass(frozen=True)
class AnswerCounts:
    """How often each of P participants was asked about each of X mixes."""

    mixes: Numbers  # (X,) lambda_f
    times: Numbers  # (P, X)
    said_i: Numbers  # (P, X) how often class i was named

    def likelihoods(self, lapse: float) -> tuple[Numbers, Numbers]:
        """Return (P, PSEs, slopes) likelihoods, 1 at most for each person, and (P,) their scale.

        The scale is the logarithm of what they are divided by. One lapse rate at a time keeps
        memory small: 88 kB a participant.
        """
        chances = [_log_chances(each, lapse) for each in self.mixes.tolist()]
        of_i, of_j = (np.stack(each) for each in zip(*chances, strict=True))
        logs = self.said_i @ of_i + (self.times - self.said_i) @ of_j
        scale = logs.max(axis=1)
        return np.exp(logs - scale[:, None]).reshape(-1, _PSE.size, _LOG_SLOPE.size), scale


@lru_cache(maxsize=256)  # studies show the same mixes again and again; 0.2 MB each
def _log_chances(lambda_f: float, lapse: float) -> tuple[Numbers, Numbers]:
    """Return (PSEs * slopes,) logarithms of the chances of naming class i, and class j."""
    seen = logistic((lambda_f - _PSE[:, None]) * np.exp(_LOG_SLOPE))
    chance = (lapse / 2 + (1 - lapse) * seen).reshape(-1)
    return np.log(chance), np.log1p(-chance)


def count_answers(shown: Numbers, named: Numbers, who: NDArray[np.intp]) -> AnswerCounts:
    """Return how often each participant was asked about each mix, and named class i.

    Args:
        shown: (N,) lambda_f.
        named: (N,) 1 where class i was named, else 0.
        who: (N,) index of the participant, 0 to P - 1.
    """
    mixes, place = np.unique(shown, return_inverse=True)
    shape = (int(who.max()) + 1, len(mixes))
    cell, cells = who * len(mixes) + place, shape[0] * shape[1]
    times = np.bincount(cell, minlength=cells).astype(np.float64)
    said_i = np.bincount(cell, named, cells).astype(np.float64)
    return AnswerCounts(mixes, times.reshape(shape), said_i.reshape(shape))


def _posterior(
    answers: AnswerCounts, grids: tuple[Numbers, ...], lapses: Numbers, lapse_weights: Numbers
) -> Numbers:
    """Return (L, M, S, N, T) posterior weights, 1 at most, over lapse rates and four grids.

    Args:
        answers: of all participants.
        grids: PSE (M,), log of its spread (S,), log slope (N,), log of its spread (T,).
        lapses: (L,) lapse rates.
        lapse_weights: (L,) what is believed of each before.
    """
    pse, log_pse_sd, log_slope, log_log_slope_sd = grids
    pse_sd, log_slope_sd = np.exp(log_pse_sd), np.exp(log_log_slope_sd)
    shape = len(pse) * len(pse_sd), len(log_slope) * len(log_slope_sd)
    logs = np.zeros((len(lapses), *shape))
    for number, lapse in enumerate(lapses):
        likelihoods, scale = answers.likelihoods(lapse)
        logs[number] = scale.sum()
        for each in log_evidence(likelihoods, (pse, pse_sd), (log_slope, log_slope_sd)):
            logs[number] += each
    whole = logs.reshape(len(lapses), *map(len, grids))
    off = (log_slope - np.log(SLOPE_MEDIAN)) / np.log(SLOPE_FACTOR)
    # spreads are in equal ratios, so each node stands for a width in proportion to it
    whole += (log_pse_sd - 0.5 * (pse_sd / PSE_SD_SCALE) ** 2)[:, None, None]
    whole += (-0.5 * off**2)[:, None]
    whole += log_log_slope_sd - 0.5 * (log_slope_sd / LOG_SLOPE_SD_SCALE) ** 2
    whole += np.log(lapse_weights)[:, None, None, None, None]
    weight: Numbers = np.exp(whole - whole.max())
    return weight


def log_evidence(
    likelihoods: Numbers, pse: tuple[Numbers, Numbers], log_slope: tuple[Numbers, Numbers]
) -> Iterator[Numbers]:
    """Yield (M * S, N * T) logarithms of each participant's likelihood, their own curve unknown.

    Args:
        likelihoods: of each participant's curves, as `AnswerCounts.likelihoods` gives them.
        pse: (M,) means and (S,) spreads of the PSE in the population.
        log_slope: (N,) means and (T,) spreads of the log slope.
    """
    left = _normal_weights(_PSE, *pse)
    right = _normal_weights(_LOG_SLOPE, *log_slope).T
    for each in likelihoods:
        yield np.log(left @ each @ right + 1e-300)


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
    """Return `size` nodes over those that have some mass."""
    share = np.cumsum(mass) / mass.sum()
    first = max(int(np.searchsorted(share, _LEFT_OUT)) - 1, 0)
    last = min(int(np.searchsorted(share, 1 - _LEFT_OUT)) + 1, len(nodes) - 1)
    return np.linspace(nodes[first], nodes[last], size)


def _ends(nodes: Numbers) -> tuple[float, float]:
    """Return where the cells about some nodes begin and end."""
    half = float(nodes[1] - nodes[0]) / 2
    return float(nodes[0]) - half, float(nodes[-1]) + half


def _all_but(axis: int) -> tuple[int, ...]:
    return tuple(each for each in range(5) if each != axis)
