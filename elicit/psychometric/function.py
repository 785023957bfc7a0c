"""The psychometric function of which-class answers, and what answers say of it.

P(answers "i") at lambda_f is lapse / 2 + (1 - lapse) / (1 + exp(-slope * (lambda_f - PSE))): the
curve that label policies have too. A lapse is an answer without looking, either class as often.
Estimates are Watson & Pelli's Bayesian ones (1983), on a grid. Intervals are of the profile
likelihood: a prior that pulls few answers to the middle must not say how sure they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np

from elicit.psychometric import Numbers

ESTIMATE_GRID_SIZE = (200, 48, 10)  # of PSE, slope and lapse, for estimates
MAX_SLOPE_SD = 3.0  # how far slopes reach on either side of their median
INTERVAL_QUANTILES = (0.025, 0.975)  # the ends of an interval
# Curves that an interval may hold: PSEs beyond both ends, slopes from flat to a step.
_PSES = np.linspace(-0.5, 1.5, 161)
_SLOPES = np.geomspace(0.5, 150.0, 60)
_LAPSES = np.array([0.0, 0.02, 0.05, 0.1, 0.15, 0.2])
_PARAMETERS = 3  # of a curve


def logistic(logits: Numbers) -> Numbers:
    """Return 1 / (1 + exp(-logits)), without overflow."""
    value: Numbers = 0.5 + 0.5 * np.tanh(0.5 * logits)
    return value


@dataclass(frozen=True)
class Prior:
    """What is believed of a curve before the first answer.

    The defaults are wide: people's curves in the published H-Mix judgements have class-pair PSEs
    from .35 to .62, and a choice between two classes is steeper than a rating of shares.
    """

    # A protocol may replace them: its reader refuses other keys, and reads the text below each.
    __pydantic_config__: ClassVar[dict[str, object]] = {
        "extra": "forbid",
        "use_attribute_docstrings": True,
    }

    pse_mean: float = 0.5
    """Mean PSE, of a normal distribution truncated to 0 to 1."""
    pse_sd: float = 0.15
    """Standard deviation of the PSE, in units of `lambda_f`."""
    slope_median: float = 12.0
    """Median slope, of a log-normal distribution, per unit of `lambda_f`."""
    slope_factor: float = 2.0
    """Factor on the slope that is one standard deviation."""
    lapse_mean: float = 0.05
    """Mean lapse rate, of a Beta(1, b) distribution."""

    def problem(self) -> str | None:
        """Return what is wrong with it, as "key: what is allowed"; None where nothing is."""
        for key, low, high in (
            ("pse_mean", 0.0, 1.0),
            ("pse_sd", 0.0, 10.0),
            ("slope_median", 0.0, 200.0),
            ("slope_factor", 1.0, 10.0),
            ("lapse_mean", 0.0, 0.5),
        ):
            if not low < getattr(self, key) < high:
                return (
                    f"{key}: must lie between {low:g} and {high:g}, both left out, "
                    f"got {getattr(self, key)}"
                )
        return None

    def draw(self, rng: np.random.Generator) -> tuple[float, float, float]:
        """Return PSE, slope and lapse of a participant drawn from it."""
        pse = -1.0
        while not 0 <= pse <= 1:
            pse = float(rng.normal(self.pse_mean, self.pse_sd))
        spread = np.log(self.slope_factor) * np.clip(rng.normal(), -MAX_SLOPE_SD, MAX_SLOPE_SD)
        lapse = rng.beta(1, 1 / self.lapse_mean - 1)
        return pse, float(self.slope_median * np.exp(spread)), float(lapse)


@dataclass(frozen=True)
class Estimate:
    """What the answers say of one curve; 95 % intervals hold the true value in 95 % of studies.

    An end at 0 or 1 for the PSE, or at the lowest or highest slope looked at, says that the trials
    cannot tell that side.
    """

    trials: int
    pse: float  # mean of the posterior
    pse_low: float  # in [0, 1]
    pse_high: float
    slope: float  # median of the posterior, for a unit of lambda_f
    slope_low: float
    slope_high: float

    @property
    def open_ends(self) -> tuple[str, ...]:
        """Which ends of the intervals the trials cannot tell, such as pse_low."""
        beyond = {
            "pse_low": self.pse_low <= 0,
            "pse_high": self.pse_high >= 1,
            "slope_low": self.slope_low <= _SLOPES[0],
            "slope_high": self.slope_high >= _SLOPES[-1],
        }
        return tuple(name for name, is_open in beyond.items() if is_open)


@dataclass(frozen=True)
class Grid:
    """Curves in cells of (P, S, L): middles of equal steps, their weights the prior's."""

    pse: Numbers  # (P,)
    slope: Numbers  # (S,), in equal ratios
    lapse: Numbers  # (L,), equally probable
    weight: Numbers  # (P, S, L), sums to 1

    def chances(self, lambdas: Sequence[float]) -> Numbers:
        """Return (X, P, S, L), P(answers "i") of every curve at (X,) lambda_f."""
        seen = self.chances_without_lapse(lambdas)
        chance: Numbers = self.lapse / 2 + (1 - self.lapse) * seen[..., None]
        return chance

    def chances_without_lapse(self, lambdas: Sequence[float]) -> Numbers:
        """Return (X, P, S), P(answers "i") of those who never lapse, at (X,) lambda_f."""
        off = np.asarray(lambdas, dtype=np.float64)[:, None] - self.pse
        return logistic(off[..., None] * self.slope)


@lru_cache(maxsize=16)
def grid(
    prior: Prior, size: tuple[int, int, int], pse_ends: tuple[float, float] = (0.0, 1.0)
) -> Grid:
    """Return the curves that a prior thinks of.

    Args:
        prior: what is believed.
        size: how many PSEs, slopes and lapses.
        pse_ends: between which PSEs lie.
    """
    pses, slopes, lapses = size
    low, high = pse_ends
    pse = low + (high - low) * (np.arange(pses) + 0.5) / pses
    deviate = ((np.arange(slopes) + 0.5) / slopes * 2 - 1) * MAX_SLOPE_SD
    quantile = (np.arange(lapses) + 0.5) / lapses
    lapse = 1 - (1 - quantile) ** (1 / (1 / prior.lapse_mean - 1))  # of Beta(1, b)
    of_pse = np.exp(-0.5 * ((pse - prior.pse_mean) / prior.pse_sd) ** 2)
    of_slope = np.exp(-0.5 * deviate**2)
    weight = of_pse[:, None, None] * of_slope[:, None] * np.ones(lapses)
    slope = prior.slope_median * prior.slope_factor**deviate
    return Grid(pse, slope, lapse, weight / weight.sum())


def estimate(
    lambdas: Sequence[float], said_i: Sequence[bool], prior: Prior | None = None
) -> Estimate:
    """Return PSE and slope of the curve behind some answers, with 95% intervals.

    Args:
        lambdas: (N,) lambda_f shown.
        said_i: (N,) whether class i was named.
        prior: what is believed before; the default one where None.
    """
    prior = prior or Prior()
    its = grid(prior, ESTIMATE_GRID_SIZE)
    logs = np.log(its.weight)
    answers = Counter(zip(lambdas, said_i, strict=True))
    for (lambda_f, said), times in answers.items():
        logs += times * _logs(float(lambda_f), bool(said), prior)
    posterior = np.exp(logs - logs.max())
    posterior /= posterior.sum()
    of_pse, of_slope = posterior.sum((1, 2)), posterior.sum((0, 2))
    (middle,) = find_quantiles(of_slope, (0.5,))
    slope = float(prior.slope_median * prior.slope_factor ** ((2 * middle - 1) * MAX_SLOPE_SD))
    pse = float(of_pse @ its.pse)
    pse_ends, slope_ends = _find_intervals(answers, len(lambdas), prior)
    pse_low, pse_high = np.clip([min(pse_ends[0], pse), max(pse_ends[1], pse)], 0, 1).tolist()
    slope_low, slope_high = min(slope_ends[0], slope), max(slope_ends[1], slope)
    return Estimate(len(lambdas), pse, pse_low, pse_high, slope, slope_low, slope_high)


def _find_intervals(
    answers: Mapping[tuple[float, bool], int], trials: int, prior: Prior
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the ends of the 95 % intervals of PSE and slope, by the profile likelihood.

    A value is in the interval where the best curve with it is not much less likely than the best
    of all: twice the difference of logarithms is at most Student's factor squared (Venzon &
    Moolgavkar, 1988, for the method). Its degrees of freedom are half of the trials beyond the
    curve's parameters: few trials vary more than the normal factor says, and about half of them
    lie where the curve rises; `tests.benchmarks.coverage` shows what this covers. Lapses are as
    probable as the prior says, else a few would explain any answer.
    """
    from scipy.special import stdtrit  # slow to import, and no trial waits for it

    logs = np.tile((1 / prior.lapse_mean - 2) * np.log1p(-_LAPSES), (len(_PSES), len(_SLOPES), 1))
    for (lambda_f, said), times in answers.items():
        logs += times * _wide_logs(float(lambda_f), bool(said))
    df = max((trials - _PARAMETERS) / 2, 1)
    limit = float(stdtrit(df, INTERVAL_QUANTILES[1])) ** 2
    near = logs.max() - logs <= limit / 2
    ends = []
    for values, inside in ((_PSES, near.any((1, 2))), (_SLOPES, near.any((0, 2)))):
        places = np.flatnonzero(inside)
        low, high = max(places[0] - 1, 0), min(places[-1] + 1, len(values) - 1)
        ends.append((float(values[low]), float(values[high])))
    return ends[0], ends[1]


@lru_cache(maxsize=50)  # 0.5 MB each
def _wide_logs(lambda_f: float, said_i: bool) -> Numbers:
    """Return (P, S, L) logarithms of an answer's probability, by the curves of an interval."""
    seen = logistic((lambda_f - _PSES)[:, None] * _SLOPES)
    chance = _LAPSES / 2 + (1 - _LAPSES) * seen[..., None]
    logs: Numbers = np.log(np.maximum(chance if said_i else 1 - chance, 1e-12))
    return logs


@lru_cache(maxsize=50)  # a study shows the same mixes again and again; 0.8 MB each
def _logs(lambda_f: float, said_i: bool, prior: Prior) -> Numbers:
    """Return (P, S, L) logarithms of an answer's probability."""
    chance = grid(prior, ESTIMATE_GRID_SIZE).chances([lambda_f])[0]
    logs: Numbers = np.log(chance if said_i else 1 - chance)
    return logs


def find_quantiles(
    mass: Numbers, wanted: Sequence[float], ends: tuple[float, float] = (0.0, 1.0)
) -> list[float]:
    """Return quantiles of cells that are equally wide between the ends of their range.

    Args:
        mass: (C,) of each cell, which need not sum to 1.
        wanted: from 0 to 1.
        ends: of the range; shares of it are returned where left out.
    """
    below = np.concatenate([[0.0], np.cumsum(mass)])
    edges = np.linspace(*ends, len(below))
    return [float(each) for each in np.interp(wanted, below / below[-1], edges)]
