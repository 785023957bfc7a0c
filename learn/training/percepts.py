"""Whether a classifier sees in held-out blends what people see: its shares against theirs.

Of a blend of classes i and j a classifier's share is p_i / (p_i + p_j), which stands beside every
person's lambda_g; its entropy stands beside people's confidence omega. Two references need no
classifier: mixup's own formula (the share is lambda_f), and the floor, how far raters of one blend
are from their mean, which nothing that knows the blend alone can beat.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import entr, expit, logit

from learn.arrays import Codes, Numbers
from learn.training.image_scores import RESAMPLES, SEED, correlate_draws, find_spread
from learn.training.measures import Measure
from learn.training.split import JudgedBlends

NEVER_SURE = 1e-3  # least share of a class in mixup's formula, whose cross entropy is finite so
MOST_TEMPERATURE = 100.0  # and 1 / that is the least
PERCEPT_MEASURES = {
    "percept_rmse": Measure("Share RMSE", 3, smallest_worth=0.02),
    "percept_r": Measure("Share r", 3, higher_is_better=True),
    "percept_ce": Measure("Share CE", 3),
    "percept_outside": Measure("Outside the pair", 3),
    "percept_omega_r": Measure("Entropy and omega r", 3),
    "percept_tempered_rmse": Measure("Tempered RMSE", 3),
    "percept_tempered_ce": Measure("Tempered CE", 3),
}
REFERENCES = (  # that need no classifier
    "percept_mixup_rmse",
    "percept_mixup_r",
    "percept_mixup_ce",
    "percept_floor_rmse",
)


@dataclass(frozen=True)
class BlendScores:
    """What people and a classifier saw in M blends; each field is (M,), a column of a CSV."""

    blend: Numbers  # row of labels.npz
    group: Numbers  # of blends that endpoint images link
    lambda_f: Numbers
    judgements: Numbers  # how many
    lambda_g: Numbers  # their mean
    lambda_g_squares: Numbers  # their squared distances from their mean, summed
    omega: Numbers  # mean confidence; NaN where nobody was asked
    log_odds: Numbers  # of the classifier, log(p_i / p_j)
    tempered_log_odds: Numbers  # with the temperature that other blends gave
    outside: Numbers  # the classifier's mass outside the pair
    entropy: Numbers  # of the classifier's distribution, nats

    def __len__(self) -> int:
        return len(self.blend)


BLEND_COLUMNS = tuple(each.name for each in fields(BlendScores))


def find_log_odds(log_probs: Numbers, ends: Codes) -> Numbers:
    """Return (M,) log(p_i / p_j) of (M, K) log-probabilities; ends are (M, 2) classes i and j."""
    each = np.arange(len(ends))
    found: Numbers = log_probs[each, ends[:, 0]] - log_probs[each, ends[:, 1]]
    return found


def score_blends(log_probs: Numbers, judged: JudgedBlends, temperature: float = 1.0) -> BlendScores:
    """Return what people and a classifier saw in each blend.

    Args:
        log_probs: (M, K) of the classifier.
        judged: M blends.
        temperature: by which log odds are divided, above 0.
    """
    n = np.bincount(judged.of_blend, minlength=len(judged))
    mean = np.bincount(judged.of_blend, judged.lambda_g) / n
    squares = np.bincount(judged.of_blend, (judged.lambda_g - mean[judged.of_blend]) ** 2)
    asked = ~np.isnan(judged.omega)
    counts, sums = (
        np.bincount(judged.of_blend[asked], weights, len(judged))
        for weights in (None, judged.omega[asked])
    )
    omega = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
    odds, probs = find_log_odds(log_probs, judged.ends), np.exp(log_probs)
    outside = probs.copy()
    outside[np.arange(len(judged))[:, None], judged.ends] = 0
    columns = (
        *(judged.blend, judged.group, judged.lambda_f, n, mean, squares, omega),
        *(odds, odds / temperature, outside.sum(axis=1), entr(probs).sum(axis=1)),
    )
    return BlendScores(*(np.asarray(each, dtype=np.float64) for each in columns))


def fit_temperature(log_odds: Numbers, judged: JudgedBlends) -> float:
    """Return the temperature at which shares have the least cross entropy against people's.

    The share is `1 / (1 + exp(-log_odds / temperature))` (Guo et al. 2017, of a pair of classes).

    Args:
        log_odds: (M,) of the classifier.
        judged: the M blends, others than those that will be measured.

    Returns:
        From 1 / MOST_TEMPERATURE to MOST_TEMPERATURE; NaN where there is no blend.
    """
    if not len(judged):
        return float("nan")
    odds = log_odds[judged.of_blend]
    found = minimize_scalar(
        lambda log_t: find_share_ce(odds / np.exp(log_t), judged.lambda_g).mean(),
        bounds=(-np.log(MOST_TEMPERATURE), np.log(MOST_TEMPERATURE)),
        method="bounded",
    )
    return float(np.exp(found.x))


def find_share_ce(log_odds: Numbers, lambda_g: Numbers) -> Numbers:
    """Return (N,) cross entropies of shares against people's, nats; finite for any log odds.

    `-(lambda_g * log(share) + (1 - lambda_g) * log(1 - share))`.

    Args:
        log_odds: (N,) of the share.
        lambda_g: (N,) in [0, 1].
    """
    found: Numbers = np.logaddexp(0, log_odds) - lambda_g * log_odds
    return found


def measure_percepts(scores: BlendScores) -> dict[str, float]:
    """Return each of PERCEPT_MEASURES and of REFERENCES.

    RMSE, r (Pearson) and CE are over judgements: a blend counts as often as it was judged. What a
    classifier puts outside the pair, and the correlation of its entropy with omega, are over
    blends. The floor is the standard deviation between raters of one blend (ddof 1, pooled).
    """
    found = measure_draws(scores, np.ones((1, len(scores))))
    known = {name: float(value[0]) for name, value in found.items()}
    freedom = float((scores.judgements - 1).sum())
    squares = float(scores.lambda_g_squares.sum())
    floor = float(np.sqrt(squares / freedom)) if freedom > 0 else float("nan")
    return known | {"percept_floor_rmse": floor}


def measure_draws(scores: BlendScores, weights: Numbers) -> dict[str, Numbers]:
    """Return each measure, (D,), of draws of blends; `weights` are (D, M) how often each is in."""
    log_odds = logit(np.clip(scores.lambda_f, NEVER_SURE, 1 - NEVER_SURE))
    found: dict[str, Numbers] = {}
    for name, odds in (
        ("percept", scores.log_odds),
        ("percept_tempered", scores.tempered_log_odds),
        ("percept_mixup", log_odds),
    ):
        found |= {f"{name}_{what}": it for what, it in _compare(scores, odds, weights).items()}
    del found["percept_tempered_r"]
    asked = ~np.isnan(scores.omega)
    found["percept_outside"] = weights @ scores.outside / weights.sum(axis=1)
    found["percept_omega_r"] = correlate_draws(
        weights[:, asked], scores.entropy[asked], scores.omega[asked]
    )
    return found


def resample_percepts(scores: Sequence[BlendScores]) -> dict[str, Numbers]:
    """Return each measure of R classifiers, (R, RESAMPLES), on the same draws of groups of blends.

    Blends that an endpoint image links are drawn together.

    Args:
        scores: of each classifier, on the same blends in the same order.

    Raises:
        ValueError: not the same blends.
    """
    first = scores[0]
    if any(not np.array_equal(each.blend, first.blend) for each in scores):
        raise ValueError("must be of the same blends")
    _, group = np.unique(first.group, return_inverse=True)
    groups = int(group.max()) + 1
    drawn = np.random.default_rng(SEED).multinomial(groups, np.full(groups, 1 / groups), RESAMPLES)
    weights = drawn[:, group].astype(np.float64)
    parts = [measure_draws(each, weights) for each in scores]
    return {name: np.stack([part[name] for part in parts]) for name in parts[0]}


def summarise_percepts(scores: BlendScores, temperature: float) -> Mapping[str, float]:
    """Return what a run's result says of held-out blends: measures, standard errors, temperature.

    Standard errors (`NAME_se`) are over other blends; NaN where endpoint images link all of them.
    """
    found = measure_percepts(scores)
    errors = {f"{name}_se": float("nan") for name in PERCEPT_MEASURES}
    if len(np.unique(scores.group)) > 1:
        drawn = resample_percepts([scores])
        errors = {f"{name}_se": find_spread(drawn[name][0]) for name in PERCEPT_MEASURES}
    return found | errors | {"percept_temperature": temperature}


def _compare(scores: BlendScores, log_odds: Numbers, weights: Numbers) -> dict[str, Numbers]:
    """Return RMSE, r and CE, (D,) each, of shares against people's, over judgements."""
    share, counts = expit(log_odds), weights * scores.judgements  # (M,), (D, M)
    n = counts.sum(axis=1)
    within = weights @ scores.lambda_g_squares / n
    mean = counts @ scores.lambda_g / n
    between = (counts * (scores.lambda_g - mean[:, None]) ** 2).sum(axis=1) / n
    total = between + within
    explained = np.sqrt(between / np.where(total > 0, total, np.nan))
    squares = counts @ (share - scores.lambda_g) ** 2 / n
    return {
        "rmse": np.sqrt(squares + within),
        "r": correlate_draws(counts, share, scores.lambda_g) * explained,
        "ce": counts @ find_share_ce(log_odds, scores.lambda_g) / n,
    }
