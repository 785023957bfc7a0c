"""The psychometric functions of a population, and what its participants' answers say of them.

Participant p names class i with probability lapse / 2 + (1 - lapse) F(slope_p (lambda_f - PSE_p)),
F the logistic function. PSE_p is normal about the population's PSE, log slope_p is normal about
the logarithm of the population's slope, and all share one lapse rate. Participants' own curves are
integrated out, so one with few answers counts for what they tell, and nobody's estimate is pulled
towards a prior before it is averaged. A Bayesian hierarchical model (Gelman et al., Bayesian Data
Analysis, ch. 5), computed on grids; its intervals are of the posterior.

Several pairs that a study asked about each have a PSE and a slope of their own. The spreads between
participants and the lapse rate are the same for all of them: few answers tell a lapse from a
shallow curve, and one pair's alone would leave its slope too steep.

What is believed before is wide: the PSE is flat from -0.25 to 1.25, the slope's median is 12 and
its standard deviation a factor of 4. A PSE below 0 or above 1 means that no mix looks 50/50.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from elicit.psychometric import Numbers
from elicit.psychometric.function import INTERVAL_QUANTILES, Estimate, find_quantiles
from elicit.psychometric.likelihoods import AnswerCounts, count_answers, log_evidence

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
    return estimate_populations([count_named(lambda_f, said_i, participant)])[0]


def estimate_populations(pairs: Sequence[AnswerCounts]) -> list[PopulationEstimate]:
    """Return what the answers to each of K pairs say of its population, all pairs considered.

    Args:
        pairs: the answers to each, as `count_named` counts them.
    """
    before = _weigh_nuisances(_WIDE[1], _WIDE[3], _lapse_weights())
    wide = [_find_belief(each, _WIDE, _LAPSE, before) for each in pairs]
    others = _weigh_by_others(wide, before)
    shared = wide[0].nuisances * others[0]  # any pair's: what all of them say
    lapse = shared.sum(axis=(1, 2))
    possible = lapse > _LEFT_OUT * lapse.sum()
    pse_sd, log_slope_sd = (
        _close_grid(_WIDE[axis], shared.sum(axis=left_out), _CLOSE_SIZES[axis])
        for axis, left_out in ((1, (0, 2)), (3, (0, 1)))
    )
    before = _weigh_nuisances(pse_sd, log_slope_sd, _lapse_weights()[possible])
    grids, close = [], []
    for answers, belief, weight in zip(pairs, wide, others, strict=True):
        of_pse, of_slope = belief.weigh(weight)
        pse = _close_grid(_WIDE[0], of_pse, _CLOSE_SIZES[0])
        log_slope = _close_grid(_WIDE[2], of_slope, _CLOSE_SIZES[2])
        grids.append((pse, log_slope))
        its = pse, pse_sd, log_slope, log_slope_sd
        close.append(_find_belief(answers, its, _LAPSE[possible], before))
    others = _weigh_by_others(close, before)
    return [
        _summarise(answers, grid, belief.weigh(weight))
        for answers, grid, belief, weight in zip(pairs, grids, close, others, strict=True)
    ]


def _summarise(
    answers: AnswerCounts, grids: tuple[Numbers, Numbers], mass: tuple[Numbers, Numbers]
) -> PopulationEstimate:
    """Return estimates and intervals, from the mass on the nodes of PSE and of log slope."""
    (pse, log_slope), (of_pse, of_slope) = grids, mass
    pse_low, pse_high = find_quantiles(of_pse, INTERVAL_QUANTILES, _ends(pse))
    low, middle, high = find_quantiles(
        of_slope, (INTERVAL_QUANTILES[0], 0.5, INTERVAL_QUANTILES[1]), _ends(log_slope)
    )
    return PopulationEstimate(
        trials=int(answers.times.sum()),
        pse=float(of_pse @ pse / of_pse.sum()),
        pse_low=pse_low,
        pse_high=pse_high,
        slope=float(np.exp(middle)),
        slope_low=float(np.exp(low)),
        slope_high=float(np.exp(high)),
        participants=len(answers.times),
    )


@dataclass(frozen=True)
class _Belief:
    """What one pair's answers say, with L lapse rates and S and T spreads that pairs share."""

    of_pse: Numbers  # (L, S, T, M) posterior weights, the log slope summed over
    of_log_slope: Numbers  # (L, S, T, N), the PSE summed over

    @property
    def nuisances(self) -> Numbers:
        """(L, S, T) posterior weights of what pairs share."""
        weights: Numbers = self.of_pse.sum(axis=-1)
        return weights

    def weigh(self, others: Numbers) -> tuple[Numbers, Numbers]:
        """Return (M,) and (N,) weights of PSE and log slope, given (L, S, T) of other pairs."""
        flat = others.ravel()
        return (
            flat @ self.of_pse.reshape(len(flat), -1),
            flat @ self.of_log_slope.reshape(len(flat), -1),
        )


def _weigh_by_others(beliefs: Sequence[_Belief], before: Numbers) -> list[Numbers]:
    """Return what all pairs but one say of (L, S, T) lapse rate and spreads, for each of them."""
    logs = np.stack([np.log(each.nuisances / before + 1e-300) for each in beliefs])
    others = logs.sum(axis=0) - logs
    return [np.exp(each - each.max()) for each in others]


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
    answers = count_named(lambda_f, said_i, participant)
    before = _weigh_nuisances(_WIDE[1], _WIDE[3], _lapse_weights())
    posterior = _find_belief(answers, _WIDE, _LAPSE, before).nuisances
    lapse, log_pse_sd, log_log_slope_sd = (
        float(posterior.sum(axis=left_out) @ nodes / posterior.sum())
        for left_out, nodes in (((1, 2), _LAPSE), ((0, 2), _WIDE[1]), ((0, 1), _WIDE[3]))
    )
    return PopulationSpreads(float(np.exp(log_pse_sd)), float(np.exp(log_log_slope_sd)), lapse)


def count_named(lambda_f: ArrayLike, said_i: ArrayLike, participant: ArrayLike) -> AnswerCounts:
    """Return which-class answers to one pair, counted by participant and mix.

    Args:
        lambda_f: (N,) mixes shown, from 0 to 1; N from 1 on.
        said_i: (N,) whether class i was named.
        participant: (N,) who answered.

    Raises:
        ValueError: no answers, or three different lengths.
    """
    shown = np.asarray(lambda_f, dtype=np.float64)
    named = np.asarray(said_i, dtype=np.float64)
    who: NDArray[np.intp] = np.unique(np.asarray(participant, dtype=str), return_inverse=True)[1]
    if not len(shown) or not len(shown) == len(named) == len(who):
        raise ValueError(
            f"must be one answer and one participant a mix, got {len(shown)}, {len(named)}, "
            f"{len(who)}"
        )
    return count_answers(shown, named, who)


def _find_belief(
    answers: AnswerCounts, grids: tuple[Numbers, ...], lapses: Numbers, before: Numbers
) -> _Belief:
    """Return posterior weights, 1 at most, over lapse rates and four grids.

    Args:
        answers: of all participants.
        grids: PSE (M,), log of its spread (S,), log slope (N,), log of its spread (T,).
        lapses: (L,) lapse rates.
        before: (L, S, T) what is believed of lapse rates and spreads.
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
    whole += (-0.5 * off**2)[:, None]
    whole += np.log(before)[:, None, :, None, :]
    weight = np.exp(whole - whole.max())
    return _Belief(
        weight.sum(axis=3).transpose(0, 2, 3, 1), weight.sum(axis=1).transpose(0, 1, 3, 2)
    )


def _weigh_nuisances(
    log_pse_sd: Numbers, log_log_slope_sd: Numbers, lapse_weights: Numbers
) -> Numbers:
    """Return (L, S, T) what is believed of lapse rates and spreads before any answer."""
    pse_sd, log_slope_sd = np.exp(log_pse_sd), np.exp(log_log_slope_sd)
    # spreads are in equal ratios, so each node stands for a width in proportion to it
    of_pse_sd = pse_sd * np.exp(-0.5 * (pse_sd / PSE_SD_SCALE) ** 2)
    of_slope_sd = log_slope_sd * np.exp(-0.5 * (log_slope_sd / LOG_SLOPE_SD_SCALE) ** 2)
    weights: Numbers = lapse_weights[:, None, None] * of_pse_sd[:, None] * of_slope_sd
    return weights


def _lapse_weights() -> Numbers:
    """Return the Beta(1, b) probability about each lapse rate."""
    edges = np.concatenate([[0.0], (_LAPSE[1:] + _LAPSE[:-1]) / 2, [1.0]])
    weights: Numbers = np.diff(1 - (1 - edges) ** (1 / LAPSE_MEAN - 1))
    return weights


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
