"""Mixes that come by weight: exact over the set, near their share in its parts."""

from collections import Counter
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stimuli.errors import StimulusError
from stimuli.sets.build import build_batches
from stimuli.sets.weighted import check_weights, deal_by_counts, deal_in_turn, largest_remainder
from stimuli.sources.endpoints import Pictograms

FIVE = (0.1, 0.25, 0.5, 0.75, 0.9)
PAPER = (413.0, 371.0, 524.0, 409.0, 353.0)

weights = st.lists(st.floats(1e-3, 1e3) | st.integers(1, 600), min_size=1, max_size=7)
tables = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 6)), min_size=1, max_size=120)
seeds = st.integers(0, 2**32 - 1)


@given(weights, st.integers(0, 3000))
def test_rounded_shares_make_up_the_whole_and_are_less_than_one_off(
    shares: list[float], total: int
) -> None:
    counts = largest_remainder(shares, total)
    assert sum(counts) == total
    whole = sum(map(Fraction, shares))
    for count, share in zip(counts, shares, strict=True):
        assert abs(count - total * Fraction(share) / whole) < 1


def test_the_papers_numbers_as_weights_give_the_papers_numbers() -> None:
    assert largest_remainder(PAPER, 2070) == [413, 371, 524, 409, 353]


def test_what_is_left_goes_to_the_largest_remainder_then_to_the_first() -> None:
    assert largest_remainder([1, 1, 2.5], 4) == [1, 1, 2]
    assert largest_remainder([1, 1, 1], 4) == [2, 1, 1]


@given(st.lists(st.integers(0, 40), min_size=1, max_size=7))
def test_every_beginning_of_a_sequence_has_its_share_of_each_colour(counts: list[int]) -> None:
    sequence = deal_in_turn(counts)
    assert Counter(sequence) == Counter(dict(enumerate(counts)))
    for place in range(1, len(sequence) + 1):
        given_so_far = Counter(sequence[:place])
        for colour, count in enumerate(counts):
            assert abs(given_so_far[colour] - Fraction(count * place, len(sequence))) < 1


@given(tables, weights, seeds)
def test_colours_come_as_often_as_asked_and_rows_are_near_their_share(
    cells: list[tuple[int, int]], shares: list[float], seed: int
) -> None:
    rows, columns = [r for r, _ in cells], [c for _, c in cells]
    counts = largest_remainder(shares, len(cells))
    dealt = deal_by_counts(rows, columns, counts, np.random.default_rng(seed))
    assert [dealt.count(colour) for colour in range(len(counts))] == counts
    assert dealt == deal_by_counts(rows, columns, counts, np.random.default_rng(seed))
    for row, size in Counter(rows).items():
        here = Counter(colour for at, colour in zip(rows, dealt, strict=True) if at == row)
        for colour, count in enumerate(counts):
            assert abs(here[colour] - Fraction(size * count, len(cells))) < 2


@pytest.mark.parametrize("seed", range(3))
def test_the_papers_weights_are_kept_overall_and_nearly_in_batches_and_combinations(
    seed: int,
) -> None:
    batches = build_batches(
        Pictograms(), per_combination=46, batch_size=60, seed=seed, lambdas=FIVE, weights=PAPER
    )
    made = [item for batch in batches for item in batch]
    overall = Counter(item.lambda_f for item in made)
    assert [overall[lambda_f] for lambda_f in FIVE] == list(PAPER)
    of_combos = [
        [item for item in made if (item.class_i, item.class_j) == combo]
        for combo in combinations(Pictograms().classes, 2)
    ]
    for groups, off in ((batches, 2), (of_combos, 1)):
        for group in groups:
            here = Counter(item.lambda_f for item in group)
            for lambda_f, weight in zip(FIVE, PAPER, strict=True):
                assert abs(here[lambda_f] - len(group) * weight / 2070) < off


def test_no_mix_is_tied_to_a_place() -> None:
    at_first = {deal_by_counts([0] * 5, range(5), [2, 3], np.random.default_rng(s))[0]
                for s in range(60)}  # fmt: skip
    assert at_first == {0, 1}


@pytest.mark.parametrize(
    ("lambdas", "shares", "told"),
    [
        (FIVE, (1.0, 2.0), "^weights: must be one number for each of the 5 lambdas, got 2$"),
        (None, (1.0, 2.0), "^weights: must be one number for each of the 0 lambdas, got 2$"),
        ((0.1, 0.5), (1.0, 0.0), r"^weights: must be finite and above 0, got \[1.0, 0.0\]$"),
        ((0.1, 0.5), (1.0, float("nan")), r"finite and above 0, got \[1.0, nan\]$"),
        ((0.1, 0.5), (1.0, float("inf")), r"finite and above 0, got \[1.0, inf\]$"),
    ],
)
def test_weights_that_cannot_be_used_are_told_in_one_line(
    lambdas: tuple[float, ...] | None, shares: tuple[float, ...], told: str
) -> None:
    with pytest.raises(StimulusError, match=told):
        check_weights(lambdas, shares)
    with pytest.raises(StimulusError, match=told):
        build_batches(
            Pictograms(), per_combination=1, batch_size=9, seed=0, lambdas=lambdas, weights=shares
        )
