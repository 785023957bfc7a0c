"""Even dealing: of images over pairs, and of mixing coefficients over batches and combinations."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stimuli.sets.balanced import deal_evenly, take_least_used

tables = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 6)), max_size=120)
seeds = st.integers(0, 2**32 - 1)


def spread(counts: list[int]) -> int:
    return max(counts) - min(counts)


@given(tables, st.integers(1, 7), seeds)
def test_colours_are_even_in_every_row_every_column_and_overall(
    cells: list[tuple[int, int]], colours: int, seed: int
) -> None:
    rows, columns = [r for r, _ in cells], [c for _, c in cells]
    dealt = deal_evenly(rows, columns, colours, np.random.default_rng(seed))
    assert set(dealt) <= set(range(colours))
    assert len(dealt) == len(cells)
    for lines in (rows, columns, [0] * len(cells)):
        counted = Counter(zip(lines, dealt, strict=True))
        for line in set(lines):
            assert spread([counted[line, colour] for colour in range(colours)]) <= 1


@given(tables, st.integers(1, 7), seeds)
def test_the_same_seed_deals_the_same_colours(
    cells: list[tuple[int, int]], colours: int, seed: int
) -> None:
    rows, columns = [r for r, _ in cells], [c for _, c in cells]
    first, second = (
        deal_evenly(rows, columns, colours, np.random.default_rng(seed)) for _ in range(2)
    )
    assert first == second


def test_no_colour_is_tied_to_a_place() -> None:
    at_first = {deal_evenly([0] * 5, [0] * 5, 5, np.random.default_rng(s))[0] for s in range(60)}
    assert at_first == {0, 1, 2, 3, 4}


@given(st.integers(1, 9), st.lists(st.integers(0, 30), max_size=8), seeds)
def test_everything_is_used_as_often_as_anything_else(
    things: int, wanted: list[int], seed: int
) -> None:
    used, rng = np.zeros(things, dtype=np.int64), np.random.default_rng(seed)
    for number in wanted:
        taken = take_least_used(used, number, rng)
        assert taken.sum() == number
        assert spread(taken.tolist()) <= 1
        assert spread(used.tolist()) <= 1
    assert used.sum() == sum(wanted)


def test_nothing_is_taken_twice_while_something_is_unused() -> None:
    used, rng = np.zeros(10, dtype=np.int64), np.random.default_rng(0)
    first, second = take_least_used(used, 5, rng), take_least_used(used, 5, rng)
    assert ((first + second) == 1).all()


@pytest.mark.parametrize("thing", range(3))
def test_ties_are_broken_at_random(thing: int) -> None:
    firsts = Counter(
        int(take_least_used(np.zeros(3, dtype=np.int64), 1, np.random.default_rng(s)).argmax())
        for s in range(300)
    )
    assert 60 < firsts[thing] < 140
