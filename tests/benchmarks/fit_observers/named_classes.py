"""Fits how classes are named where all are offered, for simulated participants."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri

from elicit.log.rows import split_classes
from learn.arrays import Numbers
from tests.benchmarks.fit_observers.levels import TIMES

DOMINANT = (0.5, 0.75)  # larger share of the two classes; H-Mix's mixes are at .25, .5 and .75


def fit_named_classes(rows: pd.DataFrame, classes: tuple[str, ...]) -> dict[str, Any]:
    """Return what `elicit.observers.hmix_parameters.NamedClassesParameters` states.

    Args:
        rows: of Categorize in H-Mix; repeats count.
        classes: that H-Mix offers.
    """
    rows = rows.assign(
        dominant=rows["lambda_f"].where(rows["lambda_f"] >= 0.5, 1 - rows["lambda_f"]).round(3),
        strong=rows["class_i"].where(rows["lambda_f"] >= 0.5, rows["class_j"]),
        weak=rows["class_j"].where(rows["lambda_f"] >= 0.5, rows["class_i"]),
    )
    number = rows["excluded"].map(lambda cell: len(split_classes(cell)))
    others = len(classes) - 1 - (rows["chosen_2"] != "")
    second = rows[(rows["chosen_2"] != "") & (rows["share_2"] <= rows["share_1"])]
    return {
        "dominant": list(DOMINANT),
        "first": [_share_of_first(rows, each) for each in DOMINANT],
        "none": [_mean(rows, each, rows["chosen_2"] == "") for each in DOMINANT],
        "other": [_share_of_other(rows, each) for each in DOMINANT],
        "third": _weigh_third(rows, classes),
        "share_1": fit_level(rows["share_1"], rows),
        "share_2": fit_level(second["share_2"] / second["share_1"].clip(lower=0.01), second),
        "excluded": fit_level((number / others).clip(upper=1), rows),
    }


def fit_level(values: pd.Series[Any], rows: pd.DataFrame) -> dict[str, Any]:
    """Return a measure that people differ in: its table has the quantiles of all answers."""
    given = values.to_numpy(np.float64)
    mean = values.groupby(rows["participant"]).transform("mean").to_numpy(np.float64)
    people = values.groupby(rows["participant"]).mean().to_numpy(np.float64)
    bias = float(people.std() / max(float((given - mean).std()), 0.01))
    z: Numbers = ndtri(np.clip(TIMES, 0.001, 0.999)) * np.sqrt(1 + bias**2)
    return {
        "bias": round(bias, 3),
        "practice": 0.0,
        "table": {
            "edges": np.round(np.quantile(given, TIMES), 3).tolist(),
            "at": [0.0],
            "z": [np.round(z, 3).tolist()],
        },
    }


def _mean(rows: pd.DataFrame, dominant: float, values: pd.Series[bool]) -> float:
    return round(float(values[rows["dominant"] == dominant].mean()), 3)


def _share_of_first(rows: pd.DataFrame, dominant: float) -> list[float]:
    """Return how often the stronger class is named first, and the weaker; halves at 0.5."""
    strong = _mean(rows, dominant, rows["chosen_1"] == rows["strong"])
    weak = _mean(rows, dominant, rows["chosen_1"] == rows["weak"])
    both = [strong, weak]
    return [round(sum(both) / 2, 3)] * 2 if dominant == 0.5 else both


def _share_of_other(rows: pd.DataFrame, dominant: float) -> float:
    """Return how often an alternative is one of the mix's two classes, where one is left."""
    named = rows[rows["chosen_2"] != ""]
    in_mix = (named["chosen_2"] == named["strong"]) | (named["chosen_2"] == named["weak"])
    return _mean(named, dominant, in_mix)


def _weigh_third(rows: pd.DataFrame, classes: tuple[str, ...]) -> dict[str, int]:
    """Return how often each class was named that is not in the mix, once more than it was."""
    counts = dict.fromkeys(classes, 1)
    for name in ("chosen_1", "chosen_2"):
        third = rows[(rows[name] != rows["class_i"]) & (rows[name] != rows["class_j"])]
        for each in third[name]:
            if each:
                counts[each] += 1
    return counts
