"""Many logistic curves fitted at once, by least squares: the paper's fit of Infer's answers."""

from __future__ import annotations

import numpy as np

from elicit.psychometric import Numbers
from elicit.psychometric.function import logistic

START = (4.0, 0.0)  # slope and shift to begin with: about mixup's own line
STEEPEST = 100.0  # slope; already a step, for people's grids of lambda_f
FLAT = 1e-3  # slope below which a curve has no 50/50 point worth the name
_ROUNDS, _CLOSE = 60, 1e-6


def fit(x: Numbers, n: Numbers, total: Numbers, start: Numbers | None = None) -> Numbers:
    """Return (C, 2) slope and shift of C curves 1 / (1 + exp(-(slope (x - 1/2) + shift))).

    The slope is never negative. Answers at the same x enter by their sum, which changes no
    least-squares fit. Levenberg and Marquardt's method, damped for each curve by itself.

    Args:
        x: (L,) lambda_f.
        n: (C, L) answers at each; may be 0.
        total: (C, L) sums of their lambda_g.
        start: (C, 2) slopes and shifts to begin with; `START` where None.

    Returns:
        NaN where answers are at fewer than two x.
    """
    mean = np.divide(total, n, out=np.full(n.shape, 0.5), where=n > 0)
    curve = np.tile(START, (len(n), 1)) if start is None else start.copy()
    damping, error = np.full(len(n), 1e-2), _squares(x, n, mean, curve)
    moving = np.flatnonzero((n > 0).sum(axis=1) > 1)
    curve[(n > 0).sum(axis=1) < 2] = np.nan
    for _ in range(_ROUNDS):
        if len(moving) == 0:
            break
        its_n, its_mean, before = n[moving], mean[moving], curve[moving]
        tried = before + _step(x, its_n, its_mean, before, damping[moving])
        tried = np.clip(tried, [0.0, -STEEPEST], [STEEPEST, STEEPEST])
        after = _squares(x, its_n, its_mean, tried)
        better = after <= error[moving]
        curve[moving[better]], error[moving[better]] = tried[better], after[better]
        factor = np.where(better, 0.2, 5.0)
        damping[moving] = np.clip(damping[moving] * factor, 1e-9, 1e9)
        moving = moving[np.abs(tried - before).max(axis=1) > _CLOSE]
    return curve


def pse(curve: Numbers) -> Numbers:
    """Return (C,) lambda_f where each curve is one half, cut to [0, 1]; NaN where it is flat.

    Args:
        curve: (C, 2) slope and shift.
    """
    slope, shift = curve[:, 0], curve[:, 1]
    middle = np.full(len(curve), np.nan)
    np.divide(-shift, slope, out=middle, where=slope > FLAT)
    cut: Numbers = np.clip(0.5 + middle, 0.0, 1.0)
    return cut


def seen(x: Numbers, curve: Numbers) -> Numbers:
    """Return (C, L) lambda_g of C curves, (C, 2) slope and shift, at (L,) lambda_f."""
    return logistic(curve[..., :1] * (x - 0.5) + curve[..., 1:])


def _squares(x: Numbers, n: Numbers, mean: Numbers, curve: Numbers) -> Numbers:
    total: Numbers = (n * (seen(x, curve) - mean) ** 2).sum(axis=1)
    return total


def _step(x: Numbers, n: Numbers, mean: Numbers, curve: Numbers, damping: Numbers) -> Numbers:
    """Return (C, 2) how far to move: the damped normal equations, two unknowns each."""
    value = seen(x, curve)
    by_shift = value * (1 - value)
    by_slope = by_shift * (x - 0.5)
    off = n * (mean - value)
    of_slope, of_shift = (off * by_slope).sum(axis=1), (off * by_shift).sum(axis=1)
    both = (n * by_slope * by_shift).sum(axis=1)
    slopes = (n * by_slope**2).sum(axis=1) * (1 + damping) + 1e-12
    shifts = (n * by_shift**2).sum(axis=1) * (1 + damping) + 1e-12
    moves = [shifts * of_slope - both * of_shift, slopes * of_shift - both * of_slope]
    step: Numbers = np.stack(moves, axis=1) / (slopes * shifts - both**2)[:, None]
    return step
