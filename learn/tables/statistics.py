"""What a table's runs came to: a row a run, a row a label type, a row a difference."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from learn.stats import paired
from learn.training.measures import MEASURES, Measure

if TYPE_CHECKING:
    from learn.tables.rows import TableRow, TableSpec


PAPER_MEASURES = ("ce", "fgsm_ce", "calibration")
BETTER, WORSE, NOISE, UNKNOWN = (
    "better",
    "worse",
    "not distinguishable from zero",
    "one seed cannot tell",
)


@dataclass(frozen=True)
class TableResult:
    """What a table's runs came to; all that its sentences, files and figure show.

    Attributes:
        table: its rows and seeds.
        runs: a row a run.
        summary: a row a label type, see `summary_of`.
        differences: a row for each two label types and measure, see `differences_of`.
    """

    table: TableSpec
    runs: pd.DataFrame
    summary: pd.DataFrame
    differences: pd.DataFrame


def summarise(table: TableSpec, runs: pd.DataFrame) -> TableResult:
    """Return what a table's runs came to; `runs` as `summary_of` takes them."""
    return TableResult(table, runs, summary_of(table, runs), differences_of(table, runs))


def summary_of(table: TableSpec, runs: pd.DataFrame) -> pd.DataFrame:
    """Return a row a label type: of every measure its mean, sd and interval; the paper's beside.

    Args:
        table: its rows, in their order.
        runs: a row a run: `row`, `seed` and every measure, NaN where the run is missing.
    """
    return pd.DataFrame([_summarise_row(row, runs) for row in table.rows])


def differences_of(table: TableSpec, runs: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each two label types and each measure, over the seeds that both have.

    Intervals and `p_t` have a variance that all differences in the measure moderate
    (`learn.stats.paired.moderate_differences`).

    Columns: `row`, `reference` (the earlier of the two), `measure`, `n`, `difference` (row less
    reference), `sd`, `low`, `high`, `p_t`, `p_signs`, `verdict`.
    """
    columns = [
        *("row", "reference", "measure", "n", "difference", "sd", "low", "high"),
        *("p_t", "p_signs", "verdict"),
    ]
    pairs = list(combinations(table.rows, 2))
    by_measure = {measure: _compare_rows(pairs, measure, runs) for measure in MEASURES}
    found = [
        by_measure[measure][k]
        for k in range(len(pairs))
        for measure in MEASURES
        if by_measure[measure][k]
    ]
    return pd.DataFrame(found, columns=columns)


def values(runs: pd.DataFrame, row: str, measure: str) -> pd.Series[float]:
    """Return a row's finished runs in a measure, by seed."""
    its = runs[runs["row"] == row].set_index("seed")[measure].astype(np.float64)
    return its.dropna().sort_index()


def verdict(found: paired.PairedDifference, measure: Measure) -> str:
    """Return what a difference says of the row: `BETTER`, `WORSE`, `NOISE` or `UNKNOWN`."""
    if found.n < 2 or math.isnan(found.low):
        return UNKNOWN
    if not found.is_significant:
        return NOISE
    return BETTER if (found.mean > 0) == measure.higher_is_better else WORSE


def _summarise_row(row: TableRow, runs: pd.DataFrame) -> dict[str, Any]:
    found: dict[str, Any] = {"row": row.name, "title": row.title}
    found["n"] = len(values(runs, row.name, "ce"))
    for name in MEASURES:
        its = paired.summarise(values(runs, row.name, name))
        found |= {
            f"{name}_mean": its.mean,
            f"{name}_sd": its.sd,
            f"{name}_low": its.low,
            f"{name}_high": its.high,
        }
    for name in PAPER_MEASURES:
        mean, spread = (row.paper or {}).get(name, ("", ""))
        found |= {f"{name}_paper": mean, f"{name}_paper_spread": spread}
    return found


def _compare_rows(
    pairs: Sequence[tuple[TableRow, TableRow]], measure: str, runs: pd.DataFrame
) -> list[list[Any]]:
    """Return the cells of each pair of rows, the reference first, in one measure; none unrun."""
    own = {row.name: values(runs, row.name, measure) for pair in pairs for row in pair}
    found: dict[int, paired.PairedDifference] = {}
    for k, (reference, row) in enumerate(pairs):
        ours, theirs = own[row.name], own[reference.name]
        seeds = ours.index.intersection(theirs.index)
        if len(seeds):
            found[k] = paired.compare(ours[seeds], theirs[seeds])
    compared = len({row.name for k in found for row in pairs[k]})
    moderated = dict(
        zip(found, paired.moderate_differences([*found.values()], compared), strict=True)
    )
    cells: list[list[Any]] = []
    for k, (reference, row) in enumerate(pairs):
        its = moderated.get(k)
        cells.append(
            []
            if its is None
            else [
                *(row.name, reference.name, measure, its.n, its.mean, its.sd, its.low, its.high),
                *(its.p_t, its.p_signs, verdict(its, MEASURES[measure])),
            ]
        )
    return cells


def runs_frame(rows: Iterable[dict[str, Any]]) -> pd.DataFrame:
    """Return a row a run; measures that are null are NaN."""
    table = pd.DataFrame(list(rows))
    for name in MEASURES:
        table[name] = pd.to_numeric(table[name], errors="coerce")
    return table
