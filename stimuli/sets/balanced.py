"""Dealing out batches, images and mixing coefficients evenly and at random."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]


def take_least_used(used: Counts, wanted: int, rng: np.random.Generator) -> Counts:
    """Take `wanted` things, each as often as any other or once more, and count them in `used`.

    Those used least so far come first and ties are broken at random, so if the counts in `used`
    differ by at most 1 they still do afterwards.

    Args:
        used: (N,) how often each thing was taken so far; changed in place.
        wanted: how many to take.
        rng: breaks ties.

    Returns:
        (N,) int64, how often each thing is taken now; sums to `wanted`.
    """
    rounds, extra = divmod(wanted, used.size)
    taken = np.full(used.size, rounds, dtype=np.int64)
    shuffled = rng.permutation(used.size)
    taken[shuffled[np.argsort(used[shuffled], kind="stable")[:extra]]] += 1
    used += taken
    return taken


def deal_evenly(
    rows: Sequence[int], columns: Sequence[int], colours: int, rng: np.random.Generator
) -> list[int]:
    """Give each cell of a table a colour, evenly in every row, every column and overall.

    A row's counts of any two colours differ by at most 1, and so do a column's and the whole
    table's. Such a dealing always exists (de Werra, 1971): cut each row and column into pieces
    of at most `colours` cells, colour so that no piece has a colour twice (Koenig, 1916), then
    swap two colours along paths until all colours are as frequent as each other.

    Args:
        rows: (N,) the row of each cell.
        columns: (N,) the column of each cell; several cells may share row and column.
        colours: how many colours there are.
        rng: shuffles the cells first.

    Returns:
        (N,) colour of each cell, 0 to colours - 1.
    """
    order = rng.permutation(len(rows)).tolist()
    dealing = _Dealing(_pieces([rows[n] for n in order], [columns[n] for n in order], colours))
    for cell in range(len(order)):
        dealing.colour(cell, colours)
    dealing.level(colours)
    names = rng.permutation(colours)
    dealt = [0] * len(order)
    for cell, place in enumerate(order):
        dealt[place] = int(names[dealing.colour_of[cell]])
    return dealt


Piece = tuple[str, int, int]  # side of the table, row or column, number of the piece


def _pieces(rows: Sequence[int], columns: Sequence[int], colours: int) -> list[tuple[Piece, Piece]]:
    """Return the piece of its row and the piece of its column that each cell lies in."""
    seen: dict[tuple[str, int], int] = {}

    def piece(side: str, line: int) -> Piece:
        before = seen.get((side, line), 0)
        seen[side, line] = before + 1
        return side, line, before // colours

    return [(piece("row", r), piece("column", c)) for r, c in zip(rows, columns, strict=True)]


class _Dealing:
    """Cells coloured so far; no piece has a colour twice."""

    def __init__(self, ends: list[tuple[Piece, Piece]]) -> None:
        self.ends = ends  # the two pieces that each cell lies in
        self.at: dict[tuple[Piece, int], int] = {}  # (piece, colour) -> cell
        self.colour_of: dict[int, int] = {}

    def colour(self, cell: int, colours: int) -> None:
        """Colour one more cell, recolouring a path of others where need be."""
        row, column = self.ends[cell]
        a = next(c for c in range(colours) if (row, c) not in self.at)
        b = next(c for c in range(colours) if (column, c) not in self.at)
        if (column, a) in self.at:  # free the column's a; the path cannot come back to the row
            self.swap(self.path(column, a, b), a, b)
        self.paint([cell], a)

    def path(self, start: Piece, a: int, b: int) -> list[int]:
        """Return the cells met on leaving `start` by its cell of colour a, then b, then a..."""
        cells: list[int] = []
        piece = start
        while (cell := self.at.get((piece, a))) is not None:
            cells.append(cell)
            one, other = self.ends[cell]
            piece = other if piece == one else one
            a, b = b, a
        return cells

    def swap(self, cells: list[int], a: int, b: int) -> None:
        """Exchange colours a and b along a whole path."""
        had_a = [cell for cell in cells if self.colour_of[cell] == a]
        had_b = [cell for cell in cells if self.colour_of[cell] == b]
        for cell in cells:
            for piece in self.ends[cell]:
                self.at.pop((piece, self.colour_of[cell]), None)
        self.paint(had_a, b)
        self.paint(had_b, a)

    def paint(self, cells: list[int], colour: int) -> None:
        """Note the colour of cells whose pieces do not have it."""
        for cell in cells:
            self.colour_of[cell] = colour
            for piece in self.ends[cell]:
                self.at[piece, colour] = cell

    def level(self, colours: int) -> None:
        """Swap along paths until all colours are as frequent as each other, or one apart."""
        while True:
            sizes = [0] * colours
            for colour in self.colour_of.values():
                sizes[colour] += 1
            most, least = sizes.index(max(sizes)), sizes.index(min(sizes))
            if sizes[most] - sizes[least] <= 1:
                return
            self.swap(self._longer_path(most, least), most, least)

    def _longer_path(self, most: int, least: int) -> list[int]:
        """Return a path that begins and ends with `most`: it has one more of it than of `least`."""
        for piece, colour in list(self.at):
            if colour == most and (piece, least) not in self.at:
                cells = self.path(piece, most, least)
                if len(cells) % 2:
                    return cells
        raise AssertionError("two colours that differ in frequency leave such a path")
