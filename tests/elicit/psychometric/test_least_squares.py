"""The logistic fit that a plan makes many times over."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import least_squares

from elicit.psychometric import Numbers
from elicit.psychometric.least_squares import START, evaluate, fit_logistics, means, pse

X = np.array([0.1, 0.25, 0.5, 0.75, 0.9])


def by_scipy(n: Numbers, total: Numbers) -> tuple[float, float]:
    """Return slope and shift that SciPy finds for one curve, each answer by itself."""
    x, y = np.repeat(X, n.astype(int)), np.repeat(total / n, n.astype(int))
    found = least_squares(
        lambda curve: evaluate(x, np.asarray(curve)) - y,
        START,
        bounds=([0.0, -100.0], [100.0, 100.0]),
        xtol=1e-12,
    )
    return float(found.x[0]), float(found.x[1])


def test_every_curve_is_the_one_that_scipy_finds() -> None:
    rng = np.random.default_rng(1)
    n = rng.integers(1, 30, (40, 5)).astype(float)
    mean = np.clip(0.15 + 0.7 * X + rng.normal(0, 0.1, (40, 5)), 0, 1)
    curves = fit_logistics(X, n, mean)
    expected = [by_scipy(its, its * m) for its, m in zip(n, mean, strict=True)]
    assert curves == pytest.approx(np.array(expected), abs=1e-3)


def test_where_a_fit_begins_does_not_change_where_it_ends() -> None:
    n, total = np.full((1, 5), 10.0), 10 * np.array([[0.1, 0.2, 0.6, 0.7, 0.95]])
    far = fit_logistics(X, n, means(n, total), np.array([[30.0, -9.0]]))
    assert far == pytest.approx(fit_logistics(X, n, means(n, total)), abs=1e-4)


def test_one_lambda_f_gives_no_curve() -> None:
    n = np.array([[0.0, 0.0, 7.0, 0.0, 0.0]])
    assert np.isnan(fit_logistics(X, n, means(n, 0.5 * n))).all()


def test_a_slope_is_never_negative_and_a_flat_curve_has_no_pse() -> None:
    n = np.full((1, 5), 10.0)
    curve = fit_logistics(X, n, np.tile(1 - X, (1, 1)))
    assert curve[0, 0] == 0
    assert np.isnan(pse(curve)).all()


def test_a_pse_is_where_the_curve_is_one_half_and_stays_on_the_scale() -> None:
    curves = np.array([[8.0, 0.8], [8.0, -8.0], [2.0, 9.0]])
    assert pse(curves) == pytest.approx([0.4, 1.0, 0.0])
