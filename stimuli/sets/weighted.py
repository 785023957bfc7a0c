"""Dealing out mixing coefficients by stated weights."""

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from stimuli.errors import StimulusError

Numbers = NDArray[np.int64]


def check_weights(lambdas: tuple[float, ...] | None, weights: tuple[float, ...]) -> None:
    """Raise StimulusError unless each mixing coefficient has a weight that can be used."""
    if lambdas is None or len(weights) != len(lambdas):
        wanted = 0 if lambdas is None else len(lambdas)
        raise StimulusError(
            f"weights: must be one number for each of the {wanted} lambdas, got {len(weights)}"
        )
    if not all(math.isfinite(weight) and weight > 0 for weight in weights):
        raise StimulusError(f"weights: must be finite and above 0, got {list(weights)}")


def largest_remainder(weights: Sequence[float], total: int) -> list[int]:
    """Return whole numbers in proportion to `weights` that sum to `total` (Hamilton's method).

    Each share is rounded down; what is left goes to the largest remainders, one each, of equal
    ones to the first.

    Args:
        weights: (K,) finite, above 0.
        total: 0 or more.

    Returns:
        (K,) whole numbers; where the weights sum to `total` and are whole, the weights.
    """
    whole = sum(Fraction(weight) for weight in weights)
    shares = [total * Fraction(weight) / whole for weight in weights]
    counts = [math.floor(share) for share in shares]
    by_remainder = sorted(range(len(shares)), key=lambda k: counts[k] - shares[k])
    for k in by_remainder[: total - sum(counts)]:
        counts[k] += 1
    return counts


def deal_by_counts(
    rows: Sequence[int], columns: Sequence[int], counts: Sequence[int], rng: np.random.Generator
) -> list[int]:
    """Give each cell of a table a colour; colour k comes `counts[k]` times.

    In every row each colour is less than 2 from its share of the row's cells. Columns come as
    near to theirs as swaps of two cells in a row can bring them: by least squares, to a local
    minimum.

    Args:
        rows: (N,) the row of each cell.
        columns: (N,) the column of each cell; several cells may share row and column.
        counts: (K,) 0 or more; they sum to N.
        rng: shuffles the colours of each row first.

    Returns:
        (N,) colour of each cell, 0 to K - 1.
    """
    row_of, column_of = np.asarray(rows, dtype=np.int64), np.asarray(columns, dtype=np.int64)
    in_order = np.argsort(row_of, kind="stable")
    colours = np.empty(len(rows), dtype=np.int64)
    colours[in_order] = deal_in_turn(counts)
    cells = [np.flatnonzero(row_of == row) for row in np.unique(row_of)]
    for row in cells:
        colours[row] = rng.permutation(colours[row])
    _level_columns(colours, np.unique(column_of, return_inverse=True)[1], cells, counts)
    return [int(colour) for colour in colours]


def deal_in_turn(counts: Sequence[int]) -> list[int]:
    """Return a sequence in which colour k comes `counts[k]` times, spread evenly.

    In the first t places each colour comes as often as its share of t, rounded up or down. Of the
    colours that may come next, the one that must come soonest does (Steiner and Yeomans, 1993).
    """
    total, given = sum(counts), [0] * len(counts)
    sequence = []
    for place in range(1, total + 1):
        may = [k for k, count in enumerate(counts) if count * place > total * given[k]]
        soonest = min(may, key=lambda k: -(-(given[k] + 1) * total // counts[k]))
        given[soonest] += 1
        sequence.append(soonest)
    return sequence


def _level_columns(
    colours: Numbers, columns: Numbers, rows: list[Numbers], counts: Sequence[int]
) -> None:
    """Swap colours in a row as long as that brings its columns nearer to their shares."""
    sizes = np.bincount(columns)
    beyond = -np.outer(sizes, counts)  # of each column's colours, times N: exact in integers
    np.add.at(beyond, (columns, colours), colours.size)
    swapped = True
    while swapped:
        swapped = sum(_swap_in_row(colours, columns, row, beyond) for row in rows) > 0


def _swap_in_row(colours: Numbers, columns: Numbers, row: Numbers, beyond: Numbers) -> bool:
    """Make the row's best swaps until none helps; return whether there was one."""
    column, swapped = columns[row], False
    while True:
        had = colours[row]
        recoloured = beyond[column[:, None], had] - beyond[column, had][:, None]
        change = recoloured + recoloured.T + 2 * colours.size  # in half the sum of squares
        change[(column[:, None] == column) | (had[:, None] == had)] = 0
        p, q = divmod(int(change.argmin()), row.size)
        if change[p, q] >= 0:
            return swapped
        for here, colour, other in ((p, had[p], had[q]), (q, had[q], had[p])):
            beyond[column[here], colour] -= colours.size
            beyond[column[here], other] += colours.size
            colours[row[here]] = other
        swapped = True
