"""Runs of a table with made-up measures: numbers to work out by hand, and nothing to train."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from learn.tables.statistics import runs_frame
from learn.training.measures import MEASURES


def make_measures(ce: Mapping[str, Sequence[float | None]]) -> pd.DataFrame:
    """Return a row a run; None: a run that is missing.

    Args:
        ce: cross entropies of a row's seeds 0, 1, ...; other measures are that over 10, fgsm_ce
            four times it.
    """
    return runs_frame(
        _run(row, seed, value) for row, values in ce.items() for seed, value in enumerate(values)
    )


def _run(row: str, seed: int, ce: float | None) -> dict[str, object]:
    share: dict[str, float | None] = dict.fromkeys(MEASURES, None if ce is None else ce / 10)
    if ce is not None:
        share |= {"ce": ce, "fgsm_ce": 4 * ce}
    return {
        "row": row,
        "seed": seed,
        **share,
        "seconds": 120.0,
        "commit": "abc",
        "precision": "float32",
        "device": "cpu (x)",
        "training_images": 70,
        "blends": 20,
        "blends_dropped": 0,
        "holdout_images": 30,
        "missing": "" if ce is not None else f"runs/{row}: training diverged",
    }
