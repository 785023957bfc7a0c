"""A list that is searched says first how many of its findings stand."""

import numpy as np

from learn.stats.findings import count_findings

# Worked by hand: the k-th smallest of ten stands while it is at most k * .005, and so only .001
# and .008 (at most .005 and .010) do; five are below .05 each.
TEN = [0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205, 0.212, 0.216]


def test_of_ten_p_values_the_two_that_stand_come_first() -> None:
    found = count_findings(np.array(TEN))
    assert found == (2, 5, 10)
    assert str(found).startswith("2 of 10 (at most 5 % of them false, ")
    assert str(found).endswith("; 5 have p < .05 each, where chance alone gives about 0)")


def test_what_could_not_be_tested_is_not_counted() -> None:
    assert count_findings(np.array([np.nan, *TEN, np.nan])) == (2, 5, 10)
    assert count_findings(np.array([np.nan])) == (0, 0, 0)


def test_chance_alone_seldom_makes_a_finding_stand() -> None:
    rng = np.random.default_rng(1)
    found = [count_findings(rng.random(250)) for _ in range(200)]
    assert np.mean([each.adjusted > 0 for each in found]) < 0.1
    assert abs(np.mean([each.raw for each in found]) - found[0].by_chance) < 1
