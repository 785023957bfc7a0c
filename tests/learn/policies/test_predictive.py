"""Predictive distributions against numbers worked out by hand, and against what they promise."""

from __future__ import annotations

import numpy as np
import pytest

from learn.policies.predictive import compute_crps, score_distributions


def test_the_score_is_that_worked_out_by_hand() -> None:
    """Members .2 and .4 lie .1 from .3 each; two of them are 0 or .2 apart, .1 on average."""
    found = compute_crps(np.array([[0.2, 0.4], [0.2, 0.4]]), np.array([0.3, 0.8]))
    assert found == pytest.approx([0.1 - 0.05, 0.5 - 0.05])


def test_one_member_scores_its_distance() -> None:
    assert compute_crps(np.array([[0.25]]), np.array([0.75])) == pytest.approx([0.5])


def test_the_score_of_a_normal_distribution_is_gneitings() -> None:
    """At its mean, that of a normal distribution with sd s is s (sqrt(2) - 1) / sqrt(pi)."""
    rng = np.random.default_rng(0)
    members = np.sort(0.5 + 0.1 * rng.standard_normal((1, 200_000)))
    by_hand = 0.1 * (np.sqrt(2) - 1) / np.sqrt(np.pi)
    assert compute_crps(members, np.array([0.5])) == pytest.approx(by_hand, rel=0.01)


def test_intervals_contain_what_they_promise_where_people_differ_more_in_the_middle() -> None:
    rng = np.random.default_rng(1)
    fold = np.arange(4000) % 5
    truth = rng.choice([0.1, 0.5, 0.9], 4000)
    predicted = (
        0.9 * truth + 0.01 * rng.standard_normal(5)[fold]
    )  # the policy differs between folds
    spread = np.where(truth == 0.5, 0.15, 0.02)
    answered = np.clip(truth + spread * rng.standard_normal(4000), 0, 1)
    found = score_distributions(predicted, answered, fold)
    for level in (0.1, 0.5, 0.9):
        assert found.covered[truth == level].mean() == pytest.approx(0.95, abs=0.02)
    ideal = 0.02 / np.sqrt(np.pi)  # of a normal distribution about the truth
    assert found.crps[truth == 0.1].mean() == pytest.approx(ideal, rel=0.1)
    assert found.crps[truth == 0.5].mean() == pytest.approx(0.15 / np.sqrt(np.pi), rel=0.1)


def test_an_answer_has_no_part_in_its_own_distribution() -> None:
    predicted = np.full(20, 0.5)
    fold = np.arange(20) % 2
    answered = np.where(fold == 0, 0.4, 0.6)
    found = score_distributions(predicted, answered, fold)
    assert found.crps == pytest.approx(0.2)
    assert (found.covered == 0).all()


def test_what_is_not_predicted_has_no_score_and_counts_for_none() -> None:
    predicted = np.array([0.5, np.nan, 0.5, 0.5])
    found = score_distributions(predicted, np.array([0.5, 0.0, 0.5, 0.5]), np.array([0, 0, 1, 1]))
    assert np.isnan(found.crps).tolist() == [False, True, False, False]
    assert found.crps[[0, 2, 3]] == pytest.approx(0)
