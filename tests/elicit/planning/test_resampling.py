"""Studies drawn from a pool of participants."""

from __future__ import annotations

import numpy as np
import pytest

from elicit.planning.resampling import draw_orders, encode, sum_table, sums, weights, widen

CELLS = np.arange(60) % 7  # the condition of each of 60 participants, by their place


def test_every_place_of_a_study_has_someone_of_its_condition() -> None:
    order = draw_orders(CELLS, 20, 50, np.random.default_rng(1))
    assert (CELLS[order] == CELLS[:20]).all()


def test_nobody_is_in_a_study_twice() -> None:
    order = draw_orders(CELLS, 60, 30, np.random.default_rng(1))
    assert all(len(set(study)) == 60 for study in order)


def test_everybody_of_a_condition_is_drawn_as_often() -> None:
    order = draw_orders(CELLS, 7, 4000, np.random.default_rng(1))
    often = np.bincount(order[:, 0], minlength=60)[CELLS == 0]
    assert often / 4000 == pytest.approx(np.full(9, 1 / 9), abs=0.025)


def test_studies_add_up_what_their_participants_said() -> None:
    each = sum_table(
        np.array([0, 1, 1, 3]), np.array([0, 0, 1, 1]), np.array([1.0, 2, 4, 8]), (4, 2)
    )
    of = weights(np.array([[0, 1], [1, 3]]), 4)
    assert sums(of, each).tolist() == [[3.0, 4.0], [2.0, 12.0]]


def test_codes_tell_values_apart_and_count_from_zero() -> None:
    assert encode(["b", "a", "b", "c"]).tolist() == [0, 1, 0, 2]


def test_means_of_drawn_studies_spread_as_those_of_fresh_studies() -> None:
    rng = np.random.default_rng(3)
    found = []
    for _ in range(40):  # pools, as one pool's own spread differs from the population's
        people = rng.normal(size=100)
        order = draw_orders(np.zeros(100, dtype=np.int64), 50, 400, rng)
        found.append(widen(people[order].mean(axis=1), 50, 100).var())
    assert np.sqrt(np.mean(found)) == pytest.approx(1 / np.sqrt(50), rel=0.05)
