"""What every label policy is: bounded, never falling, the same from both ends."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from elicit.errors import ElicitError
from learn.policies.policy import Appearance, Policy, mixup, pair_tables
from tests.learn.helpers.example_policies import CLASSES, PAIRS, POLICIES, some_policy

SHARE = st.floats(0, 1)
CLASS = st.integers(0, len(CLASSES) - 1)
STRENGTH = st.floats(-5, 5)


@st.composite
def any_policy(draw: st.DrawFn) -> Policy:
    """Return a policy of any kind with any parameters that the fits can give."""
    name = draw(st.sampled_from(POLICIES))
    if name == "mixup":
        return mixup(CLASSES)
    slope = np.array(draw(st.lists(st.floats(0, 100), min_size=6, max_size=6)))
    shift = np.array(draw(st.lists(st.floats(-100, 100), min_size=6, max_size=6)))
    return Policy(
        name, CLASSES, *pair_tables(CLASSES, PAIRS, slope, shift), draw(st.floats(0, 0.9))
    )


@given(any_policy(), SHARE, SHARE, CLASS, CLASS, STRENGTH, STRENGTH)
def test_every_policy_is_bounded_never_falls_and_is_the_same_from_both_ends(
    policy: Policy, x: float, y: float, i: int, j: int, dominance: float, clarity: float
) -> None:
    looks = np.array([[dominance, clarity], [0.3, 0.1]])
    ends = (np.tile(looks[0], (2, 1)), np.tile(looks[1], (2, 1)))
    low, high = policy.lambda_g(sorted([x, y]), [i, i], [j, j], *ends)
    assert 0 <= low <= high <= 1
    there = policy.lambda_g([x], [i], [j], looks[:1], looks[1:])
    back = policy.lambda_g([1 - x], [j], [i], looks[1:], looks[:1])
    assert there == pytest.approx(1 - back, abs=1e-11)


def test_mixup_is_the_identity() -> None:
    grid = np.linspace(0, 1, 11)
    assert np.array_equal(mixup(CLASSES).lambda_g(grid, 0, 1), grid)


def test_the_pooled_curve_ends_half_a_lapse_from_the_ends_of_a_steep_pair() -> None:
    slope, shift = pair_tables(CLASSES, PAIRS, np.full(6, 100.0), np.zeros(6))
    policy = Policy("pooled", CLASSES, slope, shift, lapse=0.06)
    assert policy.lambda_g([0.0, 0.5, 1.0], 0, 1) == pytest.approx([0.03, 0.5, 0.97])


def test_endpoints_that_look_average_leave_the_pair_s_curve_as_it_is() -> None:
    policy, share = some_policy("image_aware"), np.linspace(0, 1, 5)
    none = np.zeros((5, 2))
    assert np.array_equal(policy.lambda_g(share, 0, 1, none, none), policy.lambda_g(share, 0, 1))


def test_the_endpoint_that_dominates_takes_more_of_the_label() -> None:
    policy = some_policy("image_aware")
    strong, plain = np.array([[1.0, 0.0]]), np.zeros((1, 2))
    plainly = policy.lambda_g([0.5], 0, 1)
    assert policy.lambda_g([0.5], 0, 1, strong, plain) > plainly
    assert policy.lambda_g([0.5], 0, 1, plain, strong) < plainly


def test_a_picture_unlike_any_that_was_judged_counts_as_four_deviations_out() -> None:
    look = Appearance(("contrast",), np.zeros(1), np.ones(1), np.array([0.5]), np.array([0.1]))
    assert look.strengths(np.array([[1e9], [2.0]])) == pytest.approx(
        np.array([[2.0, 0.4], [1.0, 0.2]])
    )


def test_classes_can_be_put_in_another_order_and_left_out() -> None:
    policy = some_policy("per_pair")
    fewer = policy.with_classes(("dog", "airplane"))
    assert fewer.lambda_g([0.3], 0, 1) == policy.lambda_g([0.3], 3, 0)


def test_a_class_that_the_policy_has_not_seen_is_told() -> None:
    told = "^policy pooled: class must be one of airplane, bird, cat, dog; got 'zebra'; fit a"
    with pytest.raises(ElicitError, match=told):
        some_policy("pooled").index(["cat", "zebra"])
