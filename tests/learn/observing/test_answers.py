"""What a network answers, worked by hand from its probabilities."""

from __future__ import annotations

import numpy as np
import pytest

from learn.observing.answers import ANSWERS, Sight


def sight(*probabilities: tuple[float, ...], lambdas: tuple[float, ...] = (0.25,)) -> Sight:
    """Return what is seen in each mix: probabilities of i, of j, and of others."""
    return Sight(lambdas, np.log(np.array(probabilities)), 0, 1)


def test_infer_says_the_share_and_how_much_is_on_the_pair() -> None:
    # p_i + p_j = .8 of K = 4 classes: omega + (1 - omega) / 2 = .8, so omega = .6
    said = ANSWERS["infer"](sight((0.6, 0.2, 0.1, 0.1)))
    assert said["lambda_f"] == 0.25
    assert said["lambda_g"] == pytest.approx(0.75)
    assert said["omega"] == pytest.approx(0.6)


@pytest.mark.parametrize(
    ("probabilities", "omega"),
    [
        ((0.5, 0.5, 1e-300, 1e-300), 1.0),  # an even mix of both is no doubt about the pair
        ((0.25, 0.25, 0.25, 0.25), 0.0),
        ((0.1, 0.1, 0.4, 0.4), 0.0),  # below what uniform would give
        ((0.3, 0.7), None),  # two classes in all
    ],
)
def test_confidence_at_its_ends(probabilities: tuple[float, ...], omega: float | None) -> None:
    found = sight(probabilities).omega
    assert found is None if omega is None else found == pytest.approx(omega)


def test_a_share_stands_where_both_probabilities_vanish() -> None:
    apart = Sight((0.5,), np.array([[-2000.0, -2001.0, 0.0]]), 0, 1)
    assert apart.shares[0] == pytest.approx(1 / (1 + np.exp(-1)))
    assert Sight((0.5,), np.array([[-2000.0, 0.0, 0.0]]), 0, 1).shares[0] == pytest.approx(0)


@pytest.mark.parametrize("paradigm", ["construct", "select_shuffled"])
def test_the_midpoint_is_the_mix_on_offer_that_looks_nearest_to_even(paradigm: str) -> None:
    seen = ((0.2, 0.7, 0.1), (0.44, 0.46, 0.1), (0.7, 0.2, 0.1))
    said = ANSWERS[paradigm](sight(*seen, lambdas=(0.1, 0.6, 0.7)))
    assert said == {"lambda_f": 0.6, "lambda_g": 0.5}


def test_of_two_mixes_as_near_the_one_of_more_equal_shares_is_named() -> None:
    seen = ((0.4, 0.6), (0.6, 0.4))
    assert ANSWERS["construct"](sight(*seen, lambdas=(0.2, 0.6)))["lambda_f"] == 0.6
    assert ANSWERS["construct"](sight(*seen, lambdas=(0.3, 0.7)))["lambda_f"] == 0.3


@pytest.mark.parametrize(("i", "j", "chose_i"), [(0.3, 0.2, True), (0.2, 0.3, False)])
def test_discriminate_names_the_larger_class(i: float, j: float, chose_i: bool) -> None:
    assert ANSWERS["discriminate"](sight((i, j, 0.5)))["chose_i"] is chose_i


def test_discriminate_names_class_i_where_both_are_equal() -> None:
    assert ANSWERS["discriminate"](sight((0.3, 0.3, 0.4)))["chose_i"] is True
