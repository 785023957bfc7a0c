"""A mean over pairs, against numbers worked out by hand and against simulated studies."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import t

from elicit.psychometric.pooled import PairEstimates, pool_pairs


def test_the_mean_and_its_interval_are_those_worked_out_by_hand() -> None:
    """Three pairs, .4, .5 and .6, whose errors are alike, weigh a third each: the mean is .5.

    Between pairs: (.1^2 + 0 + .1^2) / 9 * 3/2 = .02 / 6. Two people judge all three; each of the
    first's answers moves a pair by .03, each of the second's by -.03. A person's sum is
    3 * .03 / 3, so people make 2 * .03^2 * 2 = .0036; six cells of .01 make 6 * .01^2 * 6/5.
    """
    part = np.repeat([0.03, -0.03], 3)
    person, pair = np.repeat([0, 1], 3), np.tile([0, 1, 2], 2)
    found = pool_pairs(
        PairEstimates(np.array([0.4, 0.5, 0.6]), np.full(3, 0.02), pair, person, part)
    )
    between, people = 0.02 / 6, 0.0036
    variance = between + people - 0.00072
    half = t.ppf(0.975, 1) * np.sqrt(variance)  # two people
    assert (found.mean, found.low, found.high) == pytest.approx((0.5, 0.5 - half, 0.5 + half))


def test_pairs_that_are_alike_by_chance_are_no_surer_than_each_of_them() -> None:
    """Three pairs at .5, each known to .03: their mean is known to .03 / sqrt(3), at best."""
    person, pair = np.repeat([0, 1, 2], 3), np.tile([0, 1, 2], 3)
    part = np.repeat([0.001, 0.0, -0.001], 3)
    found = pool_pairs(PairEstimates(np.full(3, 0.5), np.full(3, 0.03), pair, person, part))
    assert found.high - found.mean > t.ppf(0.975, 2) * 0.03 / np.sqrt(3) - 1e-3


def test_a_pair_that_is_hardly_known_weighs_little_where_pairs_are_alike() -> None:
    nobody = np.zeros(0, dtype=np.int64)
    pairs = PairEstimates(
        np.array([0.5, 0.5, 0.9]), np.array([0.01, 0.01, 0.5]), nobody, nobody, np.zeros(0)
    )
    assert pool_pairs(pairs).mean == pytest.approx(0.5 + 0.4 * 4 / (2 * 1e4 + 4))
    assert np.isnan(pool_pairs(pairs).low)


@pytest.mark.parametrize(("people", "pairs"), [(20, 6), (8, 20), (40, 4)])
def test_intervals_hold_for_other_people_and_other_pairs(people: int, pairs: int) -> None:
    rng = np.random.default_rng(5)
    person, pair = (each.ravel() for each in np.indices((people, pairs)))
    held = []
    for _ in range(400):
        own = 0.05 * rng.standard_normal(people)
        answers = (
            0.5
            + own[:, None]
            + 0.05 * rng.standard_normal(pairs)
            + 0.1 * rng.standard_normal((people, pairs))
        )
        value = answers.mean(axis=0)
        part = ((answers - value) / people).ravel()
        error = answers.std(axis=0, ddof=1) / np.sqrt(people)
        found = pool_pairs(PairEstimates(value, error, pair, person, part))
        held.append(found.low <= 0.5 <= found.high)
    assert 0.92 <= np.mean(held) <= 0.985
