"""Statistics over a few seeds, against cases worked out by hand and against scipy."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from learn.arrays import Numbers
from learn.stats.paired import (
    PairedDifference,
    compare,
    moderate_differences,
    sign_flip_p,
    summarise,
)


def test_the_mean_and_spread_of_three_seeds_are_those_by_hand() -> None:
    found = summarise([1.0, 2.0, 3.0])
    assert (found.n, found.mean, found.sd) == (3, 2.0, 1.0)
    half = 4.302653 / math.sqrt(3)  # Student's t at 0.975 with 2 degrees of freedom
    assert (found.low, found.high) == pytest.approx((2 - half, 2 + half), abs=1e-6)


def test_one_seed_has_a_mean_and_no_spread() -> None:
    found = summarise([1.5])
    assert found.mean == 1.5
    assert math.isnan(found.sd)
    assert math.isnan(found.low)


def test_no_seed_has_no_mean() -> None:
    assert math.isnan(summarise([]).mean)


def test_what_a_seed_does_to_both_rows_drops_out_of_their_difference() -> None:
    of_seed = np.array([0.0, 1.0, -2.0, 0.5, 3.0])
    noise = np.array([0.01, -0.01, 0.02, -0.02, 0.0])
    found = compare(of_seed + 0.25 + noise, of_seed)
    assert found.mean == pytest.approx(0.25)
    assert found.sd == pytest.approx(noise.std(ddof=1))
    assert found.is_significant


def test_differences_without_any_variance_but_that_of_rounding_are_no_verdict() -> None:
    of_seed = np.array([0.1, 1.1, -2.3, 0.7, 3.3])
    found = compare(of_seed + 0.25, of_seed)
    assert found.mean == pytest.approx(0.25)
    assert found.sd == 0
    assert np.isnan([found.low, found.high, found.p_t]).all()
    assert not found.is_significant


def test_other_images_add_their_variance_and_their_certainty() -> None:
    """Four seeds of mean 1 and variance 16/3: 4/3 of the mean, with 3 degrees of freedom."""
    values = [-1.0, 3.0, -1.0, 3.0]
    found = summarise(values, holdout=4.0)
    seeds = 4 / 3
    half = stats.t.ppf(0.975, 3 * ((seeds + 4) / seeds) ** 2) * math.sqrt(seeds + 4)
    assert (found.low, found.high) == pytest.approx((1 - half, 1 + half))
    runs = np.array([values, np.zeros(4)])
    (alone,) = moderate_differences([compare(*runs)], 2)
    (both,) = moderate_differences([compare(*runs)], 2, [4.0])
    assert both.high - both.low > alone.high - alone.low
    assert both.excluded == pytest.approx(max(-both.low, both.high))
    assert both.p_t > alone.p_t


def test_a_difference_that_changes_its_sign_is_not_distinguishable_from_zero() -> None:
    assert not compare([1.0, 2.0, 3.0], [2.0, 1.0, 3.0]).is_significant


def test_one_seed_says_nothing_of_a_difference() -> None:
    found = compare([1.0], [5.0])
    assert (found.n, found.mean) == (1, -4.0)
    assert not found.is_significant
    assert math.isnan(found.p_t)


def test_two_rows_of_other_seeds_cannot_be_paired() -> None:
    with pytest.raises(ValueError, match="one number a seed in both"):
        compare([1.0, 2.0], [1.0])


@given(st.lists(st.floats(-10, 10), min_size=2, max_size=12))
def test_the_t_test_is_scipys_paired_one(gaps: list[float]) -> None:
    if np.std(gaps) < 1e-3:
        return  # scipy warns of lost precision
    found = compare(gaps, np.zeros(len(gaps)))
    theirs = stats.ttest_rel(gaps, np.zeros(len(gaps)))
    assert found.p_t == pytest.approx(theirs.pvalue, rel=1e-6)
    interval = theirs.confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high), rel=1e-6)


def test_five_differences_of_one_sign_have_the_smallest_p_that_five_can() -> None:
    assert sign_flip_p([1.0, 2.0, 3.0, 0.5, 0.1]) == 2 / 32


def test_flipped_signs_are_counted_by_hand() -> None:
    # Sums of +-1 +-1 +-1 +-1 -+3 at least 1 from 0 on either side: all but none, as 7 is odd.
    assert sign_flip_p([1.0, 1.0, 1.0, 1.0, -3.0]) == 1.0


def test_four_seeds_have_no_p_of_signs_and_neither_have_too_many_to_try() -> None:
    assert math.isnan(sign_flip_p([1.0] * 4))
    assert math.isnan(sign_flip_p([1.0] * 21))


@given(st.lists(st.floats(-10, 10), min_size=5, max_size=9))
def test_flipped_signs_are_scipys_exact_permutations(gaps: list[float]) -> None:
    each = np.round(gaps, 3)
    theirs = stats.permutation_test(
        (each,), np.mean, permutation_type="samples", n_resamples=np.inf, alternative="two-sided"
    )
    assert sign_flip_p(each) == pytest.approx(min(1.0, theirs.pvalue), abs=1e-12)


@pytest.mark.parametrize("n", [2, 3, 5, 10, 30])
def test_intervals_and_p_are_those_of_scipy_s_student_t(n: int) -> None:
    gaps = np.random.default_rng(n).normal(0.3, 1, n)
    found = compare(gaps, np.zeros(n))
    theirs = stats.ttest_1samp(gaps, 0)
    interval = theirs.confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high), rel=1e-6)
    assert found.p_t == pytest.approx(theirs.pvalue, rel=1e-6)


def moderated(runs: Numbers) -> list[PairedDifference]:
    """Return the moderated differences of every two rows (R, S) of seeds."""
    found = [compare(runs[k], runs[j]) for j, k in combinations(range(len(runs)), 2)]
    return moderate_differences(found, len(runs))


@pytest.mark.parametrize(("rows", "seeds"), [(4, 2), (3, 3), (6, 2), (4, 5)])
def test_rows_that_do_not_differ_are_seldom_told_apart_with_few_seeds(
    rows: int, seeds: int
) -> None:
    rng = np.random.default_rng(6)
    found = [
        each
        for _ in range(150)
        for each in moderated(rng.standard_normal((rows, seeds)) + 3 * rng.standard_normal(seeds))
    ]
    assert np.mean([each.is_significant for each in found]) < 0.07
    assert min(each.p_t for each in found) > 1e-5
    assert all(each.is_significant == (each.p_t < 0.05) or each.p_t > 0.02 for each in found)


def test_two_differences_that_happen_to_be_alike_are_no_certainty() -> None:
    runs = np.array([[1.0, 1.2], [1.5, 1.7001], [1.3, 1.9]])  # the first two differ by .5 and .5
    alone = compare(runs[1], runs[0])
    assert alone.p_t < 1e-3
    assert moderated(runs)[0].p_t > 0.05


def test_an_effect_that_is_large_beside_the_noise_of_all_rows_is_told_with_two_seeds() -> None:
    rng = np.random.default_rng(2)
    runs = rng.standard_normal((4, 2)) * 0.02 + np.array([[2.0], [1.7], [1.7], [1.5]])
    found = moderated(runs)
    assert found[2].is_significant  # the last row against the first
    assert found[2].high < 0


def test_where_nothing_varies_nothing_is_said() -> None:
    (found,) = moderated(np.array([[1.0, 1.0], [2.0, 2.0]]))
    assert (found.mean, found.sd) == (1.0, 0.0)
    assert math.isnan(found.p_t)
    assert not found.is_significant


def test_one_seed_stays_what_it_is() -> None:
    (found,) = moderated(np.array([[1.0], [2.0]]))
    assert (found.n, found.mean) == (1, 1.0)
    assert math.isnan(found.low)
