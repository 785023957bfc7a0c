"""Fits label policies to judgements: one logistic, one a pair, or partially pooled pairs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from elicit.errors import ElicitError
from elicit.psychometric.function import logistic
from learn.arrays import Codes, Numbers
from learn.policies.policy import Policy, mixup, pair_tables
from learn.study.judgements import JudgementArrays

# Prior spreads, in logits, of a pair's own shift and log-slope about the common ones; chosen on
# H-Mix by cross-validation over participants, where half or double of them scores the same to
# 0.0005.
SHIFT_SD = 0.2
LOG_SLOPE_SD = 0.12
PRIOR_JUDGEMENTS = 10  # with the common spread, added to each participant's own

_TOLERANCE = {"ftol": 1e-12, "gtol": 1e-7, "maxiter": 2000}
_STEEPEST = 100.0  # of a pair's own logistic: already a step, for people's grids of lambda_f


@dataclass(frozen=True)
class Covariates:
    """Endpoint features of N judgements, F features, and the priors of their weights."""

    differences: Numbers  # (N, F) features of endpoint i less those of j: move the shift
    sums: Numbers  # (N, F) features of both added: move the log-slope
    dominance_sd: float = 1.0  # prior spread of each weight in the shift
    clarity_sd: float = 1.0  # in the log-slope


@dataclass(frozen=True)
class PenalisedFit:
    """The parameters of a penalised fit; see `fit_penalised`."""

    log_slope: float
    shift: float
    lapse: float
    pair_shift: Numbers  # (P,)
    pair_log_slope: Numbers  # (P,)
    dominance: Numbers  # (F,)
    clarity: Numbers  # (F,)


def fit_mixup(observed: JudgementArrays) -> Policy:
    """Return mixup itself, which has no parameters."""
    return _with_counts(mixup(observed.classes), observed)


def fit_global(observed: JudgementArrays) -> Policy:
    """Return one logistic for all pairs, by least squares.

    Its x0 is the lambda_f of the alphabetically first class that looks 50/50.

    Raises:
        ElicitError: all answers, or all lambda_f, are the same.
    """
    slope, shift = _common_logistic(observed)
    pairs = observed.pairs
    every = np.ones(len(pairs))
    return _policy("global", observed, slope * every, shift * every)


def fit_per_pair(observed: JudgementArrays) -> Policy:
    """Return the paper's policy: a logistic for each pair of classes, by least squares.

    A pair that has no logistic of its own (no judgement, one lambda_f, or the same answer always)
    has the one fitted to all pairs.

    Raises:
        ElicitError: all answers, or all lambda_f, are the same.
    """
    curves = np.tile(_common_logistic(observed), (len(observed.pairs), 1))
    for pair in np.unique(observed.pair):
        x, y = (values[observed.pair == pair] for values in (observed.lambda_f, observed.lambda_g))
        if _has_a_curve(x, y):
            curves[pair] = _least_squares(x, y)
    return _policy("per_pair", observed, curves[:, 0], curves[:, 1])


def fit_pooled(observed: JudgementArrays) -> Policy:
    """Return a logistic for each pair, shrunken towards the common one (partial pooling).

    Shift and log-slope of a pair are normal about the common ones (SHIFT_SD, LOG_SLOPE_SD); all
    pairs share a lapse. A pair without judgements has the common curve. Participants count by
    their reliability, see `reliability`.

    Raises:
        ElicitError: all answers, or all lambda_f, are the same.
    """
    nothing = np.zeros((len(observed), 0))
    fitted = fit_reliably(observed, Covariates(nothing, nothing))
    return build_policy("pooled", observed, fitted)


FITS: dict[str, Callable[[JudgementArrays], Policy]] = {
    "mixup": fit_mixup,
    "global": fit_global,
    "per_pair": fit_per_pair,
    "pooled": fit_pooled,
}


def build_policy(name: str, observed: JudgementArrays, fitted: PenalisedFit) -> Policy:
    """Return the policy that a penalised fit describes, without its appearance."""
    slope = np.exp(fitted.log_slope + fitted.pair_log_slope)
    return _policy(name, observed, slope, fitted.shift + fitted.pair_shift, fitted.lapse)


def fit_reliably(observed: JudgementArrays, covariates: Covariates) -> PenalisedFit:
    """Fit twice: with all participants alike, then each weighted by their reliability.

    Raises:
        ElicitError: all answers, or all lambda_f, are the same.
    """
    slope, shift = _common_logistic(observed)
    start = np.log(max(slope, 0.1)), shift
    residual = logistic(slope * (observed.lambda_f - 0.5) + shift) - observed.lambda_g
    first = fit_penalised(
        observed, covariates, np.ones(len(observed)), start, float(residual.var())
    )
    residual = predict(first, observed, covariates) - observed.lambda_g
    weights = reliability(residual, observed.participant)[observed.participant]
    variance = float(np.mean(weights * residual**2))
    return fit_penalised(observed, covariates, weights, start, variance)


def reliability(residual: Numbers, participant: Codes) -> Numbers:
    """Return (participants,) weights, inverse to the spread of their answers, 1 in the mean.

    A participant's mean square residual is pooled with PRIOR_JUDGEMENTS judgements of
    the common spread.

    Args:
        residual: (N,) lambda_g less the policy's.
        participant: (N,) who answered, from 0.
    """
    squares = np.bincount(participant, residual**2)
    n = np.bincount(participant)
    common = max(float(np.mean(residual**2)), 1e-6)
    spread = (squares + PRIOR_JUDGEMENTS * common) / (n + PRIOR_JUDGEMENTS)
    weights: Numbers = (1 / spread) / np.average(1 / spread, weights=n)
    return weights


def fit_penalised(
    observed: JudgementArrays,
    covariates: Covariates,
    weights: Numbers,
    start: tuple[float, float],
    variance: float,
) -> PenalisedFit:
    """Minimise weighted squares of lambda_g less the curve, plus the priors' squares.

    The curve is lapse / 2 + (1 - lapse) * logistic(exp(log-slope) (lambda_f - 1/2) + shift) with
    log-slope = common + pair's + sums @ clarity, shift = common + pair's + differences @ dominance.

    Args:
        observed: N judgements.
        covariates: of the same judgements.
        weights: (N,) how much each counts.
        start: log-slope and shift common to all pairs, to begin with.
        variance: of a judgement about the curve; it weighs the priors against the data.
    """
    from scipy.optimize import minimize  # slow to import, and few commands need it

    differences, sums = covariates.differences, covariates.sums
    n_pairs, f = len(observed.pairs), differences.shape[1]
    parts = np.cumsum([3, n_pairs, n_pairs, f])
    free, vague = 1e3, 1.5  # prior spread of common slope and shift; of the lapse, in logits
    spread = np.repeat(
        [free, vague, SHIFT_SD, LOG_SLOPE_SD, covariates.dominance_sd, covariates.clarity_sd],
        [2, 1, n_pairs, n_pairs, f, f],
    )
    penalty = max(variance, 1e-6) / spread**2
    centre = np.zeros(len(penalty))
    centre[:3] = *start, -3.0

    from_middle = observed.lambda_f - 0.5

    def add(logits: Numbers, features: Numbers, factors: Numbers) -> Numbers:
        moved: Numbers = logits + features @ factors if f else logits
        return moved

    def loss(values: Numbers) -> tuple[float, Numbers]:
        common, pair_shift, pair_slope, dominance, clarity = np.split(values, parts)
        lapse = logistic(common[2:])[0]
        steep = np.exp(add(common[0] + pair_slope[observed.pair], sums, clarity))
        run = steep * from_middle
        shifted = run + common[1] + pair_shift[observed.pair]
        seen = logistic(add(shifted, differences, dominance))
        error = lapse / 2 + (1 - lapse) * seen - observed.lambda_g
        by_logit = 2 * weights * error * (1 - lapse) * seen * (1 - seen)
        by_lapse = np.sum(2 * weights * error * (0.5 - seen)) * lapse * (1 - lapse)
        by_slope = by_logit * run
        off = values - centre
        gradient = np.concatenate(
            [
                [by_slope.sum(), by_logit.sum(), by_lapse],
                np.bincount(observed.pair, by_logit, n_pairs),
                np.bincount(observed.pair, by_slope, n_pairs),
                differences.T @ by_logit,
                sums.T @ by_slope,
            ]
        )
        total = np.sum(weights * error**2) + np.sum(penalty * off**2)
        return float(total), gradient + 2 * penalty * off

    bounds = [(-4.0, 4.6), (-8.0, 8.0), (-9.0, 0.0)] + [(-5.0, 5.0)] * (len(centre) - 3)
    begin = np.clip(centre, *np.array(bounds).T)
    found = minimize(loss, begin, jac=True, method="L-BFGS-B", bounds=bounds, options=_TOLERANCE)
    common, pair_shift, pair_slope, dominance, clarity = np.split(found.x, parts)
    lapse = float(logistic(common[2:])[0])
    return PenalisedFit(
        float(common[0]), float(common[1]), lapse, pair_shift, pair_slope, dominance, clarity
    )


def predict(fitted: PenalisedFit, observed: JudgementArrays, covariates: Covariates) -> Numbers:
    """Return (N,) lambda_g of the fitted curve for each judgement; see `fit_penalised`."""
    log_slope = fitted.log_slope + fitted.pair_log_slope[observed.pair]
    shift = fitted.shift + fitted.pair_shift[observed.pair]
    steep = np.exp(log_slope + covariates.sums @ fitted.clarity)
    logits = steep * (observed.lambda_f - 0.5) + shift
    seen = logistic(logits + covariates.differences @ fitted.dominance)
    return fitted.lapse / 2 + (1 - fitted.lapse) * seen


def _policy(
    name: str, observed: JudgementArrays, slope: Numbers, shift: Numbers, lapse: float = 0.0
) -> Policy:
    slopes, shifts = pair_tables(observed.classes, observed.pairs, slope, shift)
    return _with_counts(Policy(name, observed.classes, slopes, shifts, lapse), observed)


def _with_counts(policy: Policy, observed: JudgementArrays) -> Policy:
    """Return `policy` with the counts of what it was fitted to."""
    n = np.bincount(observed.pair, minlength=len(observed.pairs))
    judged = np.zeros(policy.slope.shape, dtype=np.int64)
    i, j = observed.pairs.T
    judged[i, j] = judged[j, i] = n
    counts = {
        "judgements": len(observed),
        "participants": len(np.unique(observed.participant)),
        "images": int(observed.blend.max(initial=-1)) + 1,
        "class_pairs": int(np.sum(n > 0)),
    }
    return replace(policy, judged=judged, fitted_to=counts)


@lru_cache(maxsize=1)  # three policies of the same judgements begin with it
def _common_logistic(observed: JudgementArrays) -> tuple[float, float]:
    x, y = observed.lambda_f, observed.lambda_g
    for name, values in (("lambda_f", x), ("lambda_g", y)):
        if np.ptp(values) == 0:
            raise ElicitError(
                f"judgements: {name} is {values[0]:g} in all {len(values)}, so no curve can be "
                "fitted; give more judgements, or use mixup"
            )
    return _least_squares(x, y)


def _has_a_curve(x: Numbers, y: Numbers) -> bool:
    return bool(np.ptp(x) > 0 and np.ptp(y) > 0)


def _least_squares(x: Numbers, y: Numbers) -> tuple[float, float]:
    """Return slope and shift of the logistic nearest to the answers; the slope never negative."""
    from scipy.optimize import least_squares  # slow to import, and few commands need it

    def error(curve: Numbers) -> Numbers:
        return logistic(curve[0] * (x - 0.5) + curve[1]) - y

    found = least_squares(error, [4.0, 0.0], bounds=([0.0, -_STEEPEST], [_STEEPEST, _STEEPEST]))
    return float(found.x[0]), float(found.x[1])
