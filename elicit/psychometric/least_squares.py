"""Many logistic curves fitted at once, by least squares: the paper's fit of Infer's answers.

A curve is 1 / (1 + exp(-(slope (lambda_f - 1/2) + shift))).
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from elicit.psychometric import Numbers
from elicit.psychometric.function import logistic

START = (4.0, 0.0)  # slope and shift to begin with: about mixup's own line
MAX_SLOPE = 100.0  # slope; already a step, for people's grids of lambda_f
MIN_SLOPE = 1e-3  # slope below which a curve has no 50/50 point worth the name
MAX_ROUNDS = 60
_LOWEST, _HIGHEST = (0.0, -MAX_SLOPE), (MAX_SLOPE, MAX_SLOPE)  # slope and shift


def fit_logistics(
    x: Numbers,
    n: Numbers,
    mean: Numbers,
    start: Numbers | None = None,
    *,
    tolerance: float = 1e-6,
    stops: Literal["each", "alone", "together"] = "each",
) -> Numbers:
    """Return (C, 2) slope and shift of C curves; the slope is never negative.

    Answers at the same x enter by their mean, which changes no least-squares fit. Levenberg and
    Marquardt's method, damped for each curve by itself.

    Args:
        x: (L,) lambda_f.
        n: (C, L) answers at each; may be 0.
        mean: (C, L) their mean lambda_g; not looked at where n is 0.
        start: (C, 2) slopes and shifts to begin with; `START` where None.
        tolerance: the move, in slope or shift, below which a curve is found.
        stops: when curves are left as they are. "each": each as soon as it is found, which is
            quick; "together": all as soon as all are found, as the published reports were computed;
            "alone": each as if it were the only curve of a call that stops "together".

    Returns:
        NaN where answers are at fewer than two x.
    """
    mean = np.where(n > 0, mean, 0.5)
    curve = np.tile(START, (len(n), 1)) if start is None else start.copy()
    damping, error = np.full(len(n), 1e-2), _squares(x, n, mean, curve)
    moving = np.arange(len(n))
    for _ in range(MAX_ROUNDS):
        if len(moving) == 0:
            break
        weight, target, before = n[moving], mean[moving], curve[moving]
        step = _step(x, weight, target, before, damping[moving])
        after = np.clip(before - step, _LOWEST, _HIGHEST)
        error_after = _squares(x, weight, target, after)
        better = error_after <= error[moving]
        curve[moving[better]], error[moving[better]] = after[better], error_after[better]
        damped = damping[moving]
        damping[moving] = np.clip(np.where(better, damped / 5, damped * 5), 1e-9, 1e9)
        if stops == "each":
            moving = moving[np.abs(after - before).max(axis=1) > tolerance]
        elif stops == "alone":
            moving = moving[~(np.abs(step).max(axis=1) < tolerance)]
        elif np.abs(step).max() < tolerance:
            break
    curve[(n > 0).sum(axis=1) < 2] = np.nan
    return curve


def means(n: Numbers, total: Numbers) -> Numbers:
    """Return (...,) means of n answers (...,) with the sums total (...,); NaN where n is 0."""
    mean: Numbers = np.divide(total, n, out=np.full(n.shape, np.nan), where=n > 0)
    return mean


def midpoint(curve: Numbers) -> Numbers:
    """Return (...,) lambda_f where curves (..., 2) are one half; NaN where they are flat."""
    slope, shift = curve[..., 0], curve[..., 1]
    off: Numbers = np.full(slope.shape, np.nan)
    np.divide(shift, slope, out=off, where=slope > MIN_SLOPE)
    return 0.5 - off


def pse(curve: Numbers) -> Numbers:
    """Return (...,) the midpoints of curves (..., 2), cut to [0, 1]; NaN where they are flat."""
    cut: Numbers = np.clip(midpoint(curve), 0.0, 1.0)
    return cut


def evaluate(x: Numbers, curve: Numbers) -> Numbers:
    """Return (C, L) lambda_g of C curves, (C, 2) slope and shift, at (L,) lambda_f."""
    return logistic(curve[..., :1] * (x - 0.5) + curve[..., 1:])


def _squares(x: Numbers, n: Numbers, mean: Numbers, curve: Numbers) -> Numbers:
    total: Numbers = (n * (evaluate(x, curve) - mean) ** 2).sum(axis=1)
    return total


def _step(x: Numbers, n: Numbers, mean: Numbers, curve: Numbers, damping: Numbers) -> Numbers:
    """Return (C, 2) how far to go back: the damped normal equations, two unknowns each."""
    value = evaluate(x, curve)
    by_shift = value * (1 - value)
    by_slope = by_shift * (x - 0.5)
    off = n * (value - mean)
    of_slope, of_shift = (off * by_slope).sum(axis=1), (off * by_shift).sum(axis=1)
    both = (n * by_slope * by_shift).sum(axis=1)
    slopes = (n * by_slope**2).sum(axis=1) * (1 + damping) + 1e-12
    shifts = (n * by_shift**2).sum(axis=1) * (1 + damping) + 1e-12
    moves = [shifts * of_slope - both * of_shift, slopes * of_shift - both * of_slope]
    step: Numbers = np.stack(moves, axis=1) / (slopes * shifts - both**2)[:, None]
    return step
