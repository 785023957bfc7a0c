"""What a table's runs came to: a row a run, a row a label type, a row a difference."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from learn.arrays import Numbers
from learn.stats import paired
from learn.training.image_scores import (
    CALIBRATIONS,
    ImageScores,
    find_spread,
    resample_measures,
)
from learn.training.measures import MEASURES, Measure
from learn.training.percepts import (
    PERCEPT_MEASURES,
    REFERENCES,
    BlendScores,
    resample_percepts,
)

if TYPE_CHECKING:
    from learn.tables.rows import TableRow, TableSpec


RunKey = tuple[str, int]  # row and seed
NULLS = tuple(f"{name}_{what}" for name in CALIBRATIONS for what in ("null", "null_sd"))
PAPER_MEASURES = ("ce", "fgsm_ce", "calibration")
# What a table prints, by its number; smoothing alone does not give people's entropy (the last one).
PRINTED = {
    1: (*PAPER_MEASURES, "entropy_correlation"),
    2: PAPER_MEASURES,
    3: (
        *("percept_rmse", "percept_r", "percept_ce", "percept_tempered_rmse", "percept_outside"),
        *("percept_omega_r", "ce"),
    ),
}
PERCEPT_NUMBERS = (*PERCEPT_MEASURES, *REFERENCES, "percept_temperature")  # of a run of Table 3
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
        blends: what runs saw in held-out blends, by row and seed; of Table 3.
    """

    table: TableSpec
    runs: pd.DataFrame
    summary: pd.DataFrame
    differences: pd.DataFrame
    blends: Mapping[RunKey, BlendScores] = field(default_factory=dict)


class HoldoutDraws:
    """Each run's measures on draws of the holdout's images and blends, the same for all runs."""

    def __init__(
        self,
        images: Mapping[RunKey, ImageScores] | None = None,
        blends: Mapping[RunKey, BlendScores] | None = None,
    ) -> None:
        """Take the scores of runs, by row and seed; a run without is not known of.

        Raises:
            ValueError: not all are of as many images, or not of the same blends.
        """
        self._known: dict[str, tuple[dict[RunKey, int], Numbers]] = {}
        drawn = resample_measures([*images.values()]) if images else {}
        seen = resample_percepts([*blends.values()]) if blends else {}
        for keys, draws in ((images or {}, drawn), (blends or {}, seen)):
            place = {key: number for number, key in enumerate(keys)}
            self._known |= {name: (place, draw) for name, draw in draws.items()}

    def variance(self, measure: str, row: str, seeds: Iterable[int], less: str = "") -> float:
        """Return the variance over images of a row's mean over seeds, or of its difference.

        Args:
            measure: of the table's measures.
            row: its name.
            seeds: of the runs that the mean is over.
            less: the row that is subtracted, of the same seeds; blank for none.

        Returns:
            0 or more; NaN where a run is not known of.
        """
        names = [row, less] if less else [row]
        keys = [[(name, seed) for seed in seeds] for name in names]
        place, draws = self._known.get(measure, ({}, np.zeros((0, 0))))
        if not keys[0] or not all(key in place for part in keys for key in part):
            return math.nan
        means = [draws[[place[key] for key in part]].mean(0) for part in keys]
        return find_spread(means[0] - means[1] if less else means[0]) ** 2


def summarise(
    table: TableSpec,
    runs: pd.DataFrame,
    images: Mapping[RunKey, ImageScores] | None = None,
    blends: Mapping[RunKey, BlendScores] | None = None,
) -> TableResult:
    """Return what a table's runs came to.

    Args:
        table: its rows, in their order.
        runs: as `summary_of` takes them.
        images: what runs made of each image of the holdout, by row and seed; runs of older
            versions are not there.
        blends: what runs saw in held-out blends, alike; of Table 3.
    """
    draws = HoldoutDraws(images, blends)
    summary, differences = summary_of(table, runs, draws), differences_of(table, runs, draws)
    return TableResult(table, runs, summary, differences, blends or {})


def summary_of(
    table: TableSpec, runs: pd.DataFrame, draws: HoldoutDraws | None = None
) -> pd.DataFrame:
    """Return a row a label type: of every measure its mean, sd and interval; the paper's beside.

    `NAME_se_holdout` is the standard error of the mean over other images of the holdout, NaN where
    it is not known; the interval has it and the seeds' spread. `calibration_null` and `ece_null`
    are what perfectly calibrated classifiers with the same confidences score, `..._null_sd` the
    spread of that over draws of one holdout.

    Args:
        table: its rows, in their order.
        runs: a row a run: `row`, `seed` and every measure, NaN where the run is missing.
        draws: of the holdout.
    """
    draws = draws or HoldoutDraws()
    return pd.DataFrame([_summarise_row(table, row, runs, draws) for row in table.rows])


def differences_of(
    table: TableSpec, runs: pd.DataFrame, draws: HoldoutDraws | None = None
) -> pd.DataFrame:
    """Return a row for each two label types and each measure, over the seeds that both have.

    Intervals and `p_t` have a variance that all differences in the measure moderate
    (`learn.stats.paired.moderate_differences`), and that of other images of the holdout, where it
    is known.

    Columns: `row`, `reference` (the earlier of the two), `measure`, `n`, `difference` (row less
    reference), `sd`, `se_holdout` (standard error over other images), `low`, `high`, `excluded`
    (the interval excludes any effect above it, in either direction), `p_t`, `p_signs`, `verdict`.
    """
    columns = [
        *("row", "reference", "measure", "n", "difference", "sd", "se_holdout", "low", "high"),
        *("excluded", "p_t", "p_signs", "verdict"),
    ]
    draws = draws or HoldoutDraws()
    pairs = list(combinations(table.rows, 2))
    by_measure = {
        name: _compare_rows(pairs, name, measure, runs, draws)
        for name, measure in table.measures.items()
    }
    found = [
        by_measure[measure][k]
        for k in range(len(pairs))
        for measure in table.measures
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


def _summarise_row(
    table: TableSpec, row: TableRow, runs: pd.DataFrame, draws: HoldoutDraws
) -> dict[str, Any]:
    found: dict[str, Any] = {"row": row.name, "title": row.title}
    found["n"] = len(values(runs, row.name, "ce"))
    for name in table.measures:
        own = values(runs, row.name, name)
        holdout = draws.variance(name, row.name, own.index)
        its = paired.summarise(own, _or_zero(holdout))
        found |= {
            f"{name}_mean": its.mean,
            f"{name}_sd": its.sd,
            f"{name}_se_holdout": math.sqrt(holdout),
            f"{name}_low": its.low,
            f"{name}_high": its.high,
        }
    constants = (*REFERENCES, "percept_temperature") if table.number == 3 else ()
    for name in (*NULLS, *constants):
        found[name] = float(values(runs, row.name, name).mean())
    for name in PAPER_MEASURES if table.has_paper else ():
        mean, spread = (row.paper or {}).get(name, ("", ""))
        found |= {f"{name}_paper": mean, f"{name}_paper_spread": spread}
    return found


def _compare_rows(
    pairs: Sequence[tuple[TableRow, TableRow]],
    measure: str,
    its_measure: Measure,
    runs: pd.DataFrame,
    draws: HoldoutDraws,
) -> list[list[Any]]:
    """Return the cells of each pair of rows, the reference first, in one measure; none unrun."""
    own = {row.name: values(runs, row.name, measure) for pair in pairs for row in pair}
    found: dict[int, paired.PairedDifference] = {}
    holdout: dict[int, float] = {}
    for k, (reference, row) in enumerate(pairs):
        ours, theirs = own[row.name], own[reference.name]
        seeds = ours.index.intersection(theirs.index)
        if len(seeds):
            found[k] = paired.compare(ours[seeds], theirs[seeds])
            holdout[k] = draws.variance(measure, row.name, seeds, reference.name)
    compared = len({row.name for k in found for row in pairs[k]})
    added = [_or_zero(each) for each in holdout.values()]
    moderated = dict(
        zip(found, paired.moderate_differences([*found.values()], compared, added), strict=True)
    )
    cells: list[list[Any]] = []
    for k, (reference, row) in enumerate(pairs):
        its = moderated.get(k)
        cells.append(
            []
            if its is None
            else [
                *(row.name, reference.name, measure, its.n, its.mean, its.sd),
                *(math.sqrt(holdout[k]), its.low, its.high, its.excluded),
                *(its.p_t, its.p_signs, verdict(its, its_measure)),
            ]
        )
    return cells


def runs_frame(rows: Iterable[dict[str, Any]]) -> pd.DataFrame:
    """Return a row a run; measures that are null are NaN, as are NULLS of older runs."""
    table = pd.DataFrame(list(rows))
    for name in MEASURES:
        table[name] = pd.to_numeric(table[name], errors="coerce")
    for name in set(PERCEPT_NUMBERS) & set(table.columns):
        table[name] = pd.to_numeric(table[name], errors="coerce")
    for name in NULLS:
        table[name] = pd.to_numeric(table.get(name, np.nan), errors="coerce")
    return table


def _or_zero(variance: float) -> float:
    return 0.0 if math.isnan(variance) else variance
