"""Numbers that depend on their key alone are as random as any."""

from itertools import pairwise
from statistics import fmean, pvariance

import pytest

from elicit.observers.keyed_random import Draws


def test_the_same_key_gives_the_same_number_in_any_order() -> None:
    one, other = Draws("a", 1), Draws("a", 1)
    keys = [(k, what) for k in range(20) for what in range(3)]
    assert [one.uniform(*key) for key in keys] == [other.uniform(*key) for key in reversed(keys)][
        ::-1
    ]


def test_other_sources_and_other_keys_give_other_numbers() -> None:
    drawn = [
        Draws("a", seed).uniform(*key)
        for seed in range(50)
        for key in [(), *[(k,) for k in range(50)], *[(k, 1) for k in range(50)]]
    ]
    assert len(set(drawn)) == len(drawn)


@pytest.mark.parametrize("place", [0, 1])
def test_numbers_are_spread_evenly_and_do_not_hang_together(place: int) -> None:
    draws, n = Draws("even"), 20_000
    keys = [(k, 3) if place == 0 else (3, k) for k in range(n)]
    drawn = [draws.uniform(*key) for key in keys]
    assert 0 < min(drawn) < max(drawn) < 1
    assert fmean(drawn) == pytest.approx(0.5, abs=4 * (1 / 12 / n) ** 0.5)
    assert pvariance(drawn) == pytest.approx(1 / 12, rel=0.03)
    tenths = [sum(int(10 * each) == k for each in drawn) for k in range(10)]
    assert sum((each - n / 10) ** 2 / (n / 10) for each in tenths) < 27.9  # chi-square, p = .001
    following = fmean((a - 0.5) * (b - 0.5) for a, b in pairwise(drawn)) * 12
    assert following == pytest.approx(0, abs=4 / n**0.5)


def test_normal_numbers_have_mean_0_and_spread_1() -> None:
    drawn = [Draws("normal").normal(k) for k in range(20_000)]
    assert fmean(drawn) == pytest.approx(0, abs=0.03)
    assert pvariance(drawn) == pytest.approx(1, abs=0.05)
