"""How likely participants' which-class answers are, their own curves unknown.

A participant's likelihood is computed on a grid of curves, and summed over it with the weights
that a population gives them (`elicit.psychometric.population`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from elicit.psychometric import Numbers
from elicit.psychometric.function import logistic

# A participant's curve: PSEs reach beyond the mixes, log slopes from 0.7 to 160.
_PSE: Numbers = np.linspace(-0.495, 1.495, 200, dtype=np.float64)
_LOG_SLOPE: Numbers = np.linspace(np.log(0.7), np.log(160.0), 55, dtype=np.float64)


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


def _normal_weights(nodes: Numbers, means: Numbers, sds: Numbers) -> Numbers:
    """Return (M * S, K) weights of K nodes under each of M means with each of S spreads."""
    off = (nodes - means[:, None, None]) / sds[:, None]
    weights = np.exp(-0.5 * off**2)
    weights /= weights.sum(axis=-1, keepdims=True)
    return weights.reshape(-1, len(nodes))
