"""Predictive distributions of held-out answers, and how good they are.

A policy predicts one number, and people differ about it. The predictive distribution of the answer
of a rater who was held out is that of the answers in the other folds for which the same policy,
when these were held out themselves, predicted about the same: the tenth of them whose predictions
are nearest. It knows nothing of the rater. Where many answers are the same number, an interval that
ends there contains more of them than it says.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from learn.arrays import Codes, Numbers

NEAREST = 0.1  # share of the other judgements whose answers are taken
ANCHORS = 20  # predictions at which answers are taken, at most; others have the nearest one's
MEMBERS = 50  # quantiles of the answers that stand for their distribution
LEVEL = 0.95  # of the predictive interval

_SHARES = (np.arange(MEMBERS) + 0.5) / MEMBERS
_ENDS = np.array([(1 - LEVEL) / 2, (1 + LEVEL) / 2])


@dataclass(frozen=True)
class PredictiveScores:
    """How good N predictive distributions are; NaN where there is no prediction."""

    crps: (
        Numbers  # (N,) continuous ranked probability scores, in units of lambda_g; lower is better
    )
    covered: Numbers  # (N,) 1 where the answer lies in the 95 % predictive interval, else 0


def score_distributions(predicted: Numbers, answered: Numbers, fold: Codes) -> PredictiveScores:
    """Return the scores of each judgement's predictive distribution.

    Args:
        predicted: (N,) numbers in [0, 1], made when the judgement was held out; NaN for none.
        answered: (N,) numbers in [0, 1].
        fold: (N,) which judgements were held out together; two folds or more.
    """
    crps, covered = np.full(len(predicted), np.nan), np.full(len(predicted), np.nan)
    known = ~np.isnan(predicted)
    for each in np.unique(fold):
        held, others = known & (fold == each), known & (fold != each)
        if not held.any() or not others.any():
            continue
        members = _find_members(predicted[others], answered[others], predicted[held])
        crps[held] = compute_crps(members[:, :MEMBERS], answered[held])
        low, high = members[:, MEMBERS:].T
        covered[held] = (low <= answered[held]) & (answered[held] <= high)
    return PredictiveScores(crps, covered)


def compute_crps(members: Numbers, answered: Numbers) -> Numbers:
    """Return (N,) continuous ranked probability scores (Gneiting and Raftery 2007, equation 21).

    The mean distance of a distribution's members from the answer, less half the mean distance of
    two of them from each other.

    Args:
        members: (N, M) equally likely values, increasing.
        answered: (N,).
    """
    m = members.shape[1]
    apart = members @ ((2 * np.arange(m) - m + 1) / m**2)  # half the mean distance of two
    found: Numbers = np.abs(members - answered[:, None]).mean(axis=1) - apart
    return found


def _find_members(predicted: Numbers, answered: Numbers, at: Numbers) -> Numbers:
    """Return (A, MEMBERS + 2) quantiles of the answers near each prediction `at` (A,).

    Args:
        predicted: (N,) other predictions.
        answered: (N,) their answers.
        at: (A,) predictions.
    """
    anchors = np.unique(at)
    if len(anchors) > ANCHORS:
        anchors = np.unique(np.quantile(at, (np.arange(ANCHORS) + 0.5) / ANCHORS))
    order = np.argsort(predicted, kind="stable")
    predicted, answered = predicted[order], answered[order]
    size = max(1, round(NEAREST * len(predicted)))
    ends = predicted[: len(predicted) - size + 1] + predicted[size - 1 :]
    starts = np.minimum(np.searchsorted(ends, 2 * anchors), len(ends) - 1)  # as far on both sides
    shares = np.concatenate([_SHARES, _ENDS])
    table = np.stack([np.quantile(answered[start : start + size], shares) for start in starts])
    nearest = np.searchsorted((anchors[1:] + anchors[:-1]) / 2, at)
    found: Numbers = table[nearest]
    return found
