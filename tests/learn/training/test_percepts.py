"""What a classifier sees in blends against what people see, worked out by hand and with scipy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import pearsonr

pytest.importorskip("torch")

from learn.training.percepts import (
    find_share_ce,
    fit_temperature,
    measure_percepts,
    resample_percepts,
    score_blends,
    summarise_percepts,
)
from learn.training.split import JudgedBlends

# Three classes. People say .6 and .8 of class 0 in the first blend, .1 of class 1 in the second.
JUDGED = JudgedBlends(
    blend=np.array([4, 9]),
    group=np.array([0, 1]),
    images=np.zeros((2, 32, 32, 3), np.uint8),
    ends=np.array([[0, 2], [1, 0]]),
    lambda_f=np.array([0.5, 0.25]),
    of_blend=np.array([0, 1, 0]),
    lambda_g=np.array([0.6, 0.1, 0.8]),
    omega=np.array([0.5, np.nan, 0.7]),
)
PROBS = np.array([[0.4, 0.2, 0.4], [0.6, 0.2, 0.2]])  # shares .5 and .25, .2 outside the pair


def many(blends: int = 40, seed: int = 0) -> tuple[JudgedBlends, np.ndarray]:
    """Return blends that 1 to 4 people judge, and the log-probabilities of a classifier."""
    rng = np.random.default_rng(seed)
    of_blend = np.repeat(np.arange(blends), rng.integers(1, 5, blends))
    lambda_f = rng.uniform(0.1, 0.9, blends)
    judged = JudgedBlends(
        np.arange(blends),
        np.arange(blends) // 2,
        np.zeros((blends, 32, 32, 3), np.uint8),
        np.stack([np.arange(blends) % 5, (np.arange(blends) + 1) % 5], axis=1),
        lambda_f,
        of_blend,
        np.clip(lambda_f[of_blend] + rng.normal(0, 0.1, len(of_blend)), 0, 1),
        rng.uniform(0, 1, len(of_blend)),
    )
    return judged, np.log(rng.dirichlet(np.ones(5), blends))


def test_shares_mass_and_references_are_those_worked_out_by_hand() -> None:
    scores = score_blends(np.log(PROBS), JUDGED)
    assert expit(scores.log_odds) == pytest.approx([0.5, 0.25])
    assert scores.outside == pytest.approx([0.2, 0.2])
    assert scores.lambda_g == pytest.approx([0.7, 0.1])
    assert scores.omega == pytest.approx([0.6, np.nan], nan_ok=True)
    found = measure_percepts(scores)
    assert found["percept_rmse"] == pytest.approx(np.sqrt((0.1**2 + 0.3**2 + 0.15**2) / 3))
    ce = (2 * np.log(2) - 0.1 * np.log(0.25) - 0.9 * np.log(0.75)) / 3
    assert found["percept_ce"] == pytest.approx(ce)
    assert found["percept_outside"] == pytest.approx(0.2)
    for what in ("rmse", "ce", "r"):  # the classifier's shares are lambda_f here
        assert found[f"percept_mixup_{what}"] == pytest.approx(found[f"percept_{what}"])
    assert found["percept_floor_rmse"] == pytest.approx(np.sqrt(0.02))


def test_correlations_are_scipy_s_over_judgements_and_over_blends() -> None:
    judged, log_probs = many()
    scores, found = (
        score_blends(log_probs, judged),
        measure_percepts(score_blends(log_probs, judged)),
    )
    shares = expit(scores.log_odds)[judged.of_blend]
    assert found["percept_r"] == pytest.approx(pearsonr(shares, judged.lambda_g).statistic)
    assert found["percept_rmse"] == pytest.approx(np.sqrt(np.mean((shares - judged.lambda_g) ** 2)))
    r = pearsonr(scores.entropy, scores.omega).statistic
    assert found["percept_omega_r"] == pytest.approx(r)


def test_a_temperature_undoes_what_a_classifier_is_too_sure_of() -> None:
    """Everybody says the share that log odds of a third give."""
    odds = np.linspace(-6, 6, 20)
    judged, _ = many(20)
    judged = replace(judged, of_blend=np.arange(20), lambda_g=expit(odds / 3), omega=np.ones(20))
    assert fit_temperature(odds, judged) == pytest.approx(3, rel=1e-3)
    none = replace(judged, blend=np.zeros(0, int), of_blend=np.zeros(0, int))
    assert np.isnan(fit_temperature(np.zeros(0), none))


def test_a_classifier_that_is_certain_has_a_finite_cross_entropy() -> None:
    assert find_share_ce(np.array([2000.0]), np.array([0.5]))[0] == pytest.approx(1000)


def test_errors_are_over_groups_of_linked_blends() -> None:
    """Copies of a blend that its endpoints link tell no more than it alone."""
    judged, log_probs = many(60)
    alone = summarise_percepts(score_blends(log_probs, replace(judged, group=judged.blend)), 1.0)
    scores = score_blends(log_probs, replace(judged, group=judged.blend))
    copied = type(scores)(*(np.tile(column, 4) for column in vars(scores).values()))
    copied = replace(copied, blend=np.arange(240).astype(np.float64))
    again = summarise_percepts(copied, 1.0)
    assert again["percept_rmse_se"] == pytest.approx(alone["percept_rmse_se"], rel=0.01)
    apart = summarise_percepts(replace(copied, group=np.arange(240).astype(np.float64)), 1.0)
    assert apart["percept_rmse_se"] == pytest.approx(alone["percept_rmse_se"] / 2, rel=0.15)
    linked = summarise_percepts(replace(scores, group=np.zeros(60)), 1.0)
    assert np.isnan(linked["percept_rmse_se"])


def test_two_classifiers_are_drawn_on_the_same_blends() -> None:
    judged, log_probs = many()
    scores = score_blends(log_probs, judged)
    drawn = resample_percepts([scores, scores])
    assert (drawn["percept_rmse"][0] == drawn["percept_rmse"][1]).all()
    with pytest.raises(ValueError, match="the same blends"):
        resample_percepts([scores, replace(scores, blend=scores.blend + 1)])
