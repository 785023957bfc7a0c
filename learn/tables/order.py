"""Whether our rows stand in the paper's order, pair by pair, and where they do not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from learn.tables.sentences import spoken
from learn.tables.statistics import BETTER, MEASURES, PAPERS, WORSE

if TYPE_CHECKING:
    from learn.tables.rows import Table


def agreement(table: Table, differences: pd.DataFrame) -> Iterator[str]:
    """Yield, for each measure that the paper prints, in how many pairs of rows ours agrees.

    Pairs in which the paper prints the same twice, or of which we have one seed, do not count.
    """
    for measure in PAPERS:
        same, against = 0, []
        pairs = list(_pairs(table, differences, measure))
        for found, expected, name in pairs:
            same += found["verdict"] == expected
            if found["verdict"] in (BETTER, WORSE) and found["verdict"] != expected:
                against.append(name)
        if pairs:
            unclear = len(pairs) - same - len(against)
            yield (
                f"{MEASURES[measure].title}, pairs of rows in the paper's order: {same} of "
                f"{len(pairs)}; the other way round: {len(against)}{_named(against)}; not told "
                f"from noise: {unclear}."
            )


def _pairs(table: Table, differences: pd.DataFrame, measure: str) -> Iterator[tuple[Any, str, str]]:
    """Yield each pair's difference, the verdict that the paper's numbers give, and its name."""
    rows = {row.name: row for row in table.rows}
    chosen = differences[(differences["measure"] == measure) & (differences["n"] > 1)]
    for _, found in chosen.iterrows():
        row, other = rows[found["row"]], rows[found["reference"]]
        if row.paper is None or other.paper is None:
            continue
        gap = float(row.paper[measure][0]) - float(other.paper[measure][0])
        if gap:
            is_better = (gap > 0) == MEASURES[measure].higher_is_better
            name = f"{spoken(row)} against {spoken(other)}"
            yield found, BETTER if is_better else WORSE, name


def _named(against: list[str]) -> str:
    return f" ({'; '.join(against)})" if against else ""
