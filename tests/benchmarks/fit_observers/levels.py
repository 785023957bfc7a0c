"""Fits how long people take and how they use the confidence slider, for simulated participants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.special import ndtri

from elicit.observers.hmix import Level
from elicit.observers.hmix_parameters import ParameterTable, RatingParameters
from elicit.observers.keyed_random import Draws
from learn.arrays import Numbers
from tests.benchmarks.fit_observers.cases import PLACES, REPLICATES, Case, matched

DISTANCES = (0.0, 0.2, 0.3, 0.4, 0.495, 0.505)  # of lambda_g from 0.5: confidence goes by these
TIMES = np.concatenate([[0.0, 0.002, 0.01], np.arange(0.025, 0.98, 0.025), [0.99, 0.998, 1.0]])
_ROUNDS = 6


def fit_times(case: Case) -> RatingParameters:
    """Return how long an interface's answers take."""
    rows, log_s = case.rows, np.log(case.rows["rt_s"].to_numpy())
    number = np.array([trial.number for trial in case.trials])
    mean = pd.Series(log_s).groupby(np.array(case.who)).transform("mean")
    own = np.asarray(mean, dtype=np.float64)
    noise = log_s - own
    practice = -np.polyfit(np.log1p(number), noise, 1)[0]
    left = _inner_spread(noise + practice * np.log1p(number))
    bias = _inner_spread(own) / left
    ratings = RatingParameters(float(bias), float(practice / left), ParameterTable((), (), ()))
    z = _levels(case, ratings)
    edges = np.quantile(rows["rt_s"].to_numpy(), TIMES)
    spread = tuple(np.round(np.quantile(z, TIMES), 3).tolist())
    return replace(
        ratings, table=ParameterTable(tuple(np.round(edges, 3).tolist()), (0.0,), (spread,))
    )


def fit_confidence(case: Case, seen: Sequence[pd.DataFrame]) -> RatingParameters:
    """Return how confidence follows from the distance of lambda_g from 0.5.

    Args:
        case: Infer.
        seen: REPLICATES of its rows, answered by simulated participants.
    """
    wanted = _spread_of_means(case.rows, case.rows["omega"].to_numpy(float))
    ratings = RatingParameters(0.5, 0.0, ParameterTable((), (), ()))
    for _ in range(_ROUNDS):
        z = _levels(case, ratings)
        ratings = replace(ratings, table=_confidence_table(case, z))
        found = np.mean(
            [
                _spread_of_means(rows, _confidence(ratings.table, own, rows["answer"]))
                for rows, own in zip(seen, np.split(z, REPLICATES), strict=True)
            ]
        )
        ratings = replace(ratings, bias=ratings.bias * float(wanted / found))
    return replace(ratings, table=_confidence_table(case, _levels(case, ratings)))


def _confidence_table(case: Case, z: Numbers) -> ParameterTable:
    group = np.digitize((case.rows["answer"] - 0.5).abs(), DISTANCES[1:-1])
    given, tiled = case.rows["omega"].to_numpy(float), np.tile(group, REPLICATES)
    found = [matched(z[tiled == k], given[group == k], PLACES) for k in range(len(DISTANCES) - 1)]
    middles = tuple(round((a + b) / 2, 4) for a, b in pairwise(DISTANCES))
    return ParameterTable(PLACES, middles, tuple(found))


def _confidence(table: ParameterTable, z: Numbers, answers: pd.Series[float]) -> Numbers:
    far = (answers - 0.5).abs().tolist()
    omega = np.array([table(each, at) for each, at in zip(z.tolist(), far, strict=True)])
    return np.clip(np.round(omega, 2), 0, 1)


def _spread_of_means(rows: pd.DataFrame, values: Numbers) -> float:
    return float(pd.Series(values, index=rows.index).groupby(rows["participant"]).mean().std())


def _levels(case: Case, ratings: RatingParameters) -> Numbers:
    """Return (REPLICATES * N,) z of new people with the same trials."""
    found = []
    for replicate in range(REPLICATES):
        people = [
            Level(ratings, Draws("fit", replicate, k).normal(), Draws("fit s", replicate, k), 0)
            for k in range(max(case.who) + 1)
        ]
        found += [people[k].z(trial) for k, trial in zip(case.who, case.trials, strict=True)]
    return np.array(found)


def _inner_spread(values: Numbers) -> float:
    """Return a standard deviation that a few very long pauses do not decide."""
    low, high = np.quantile(values, [0.1, 0.9])
    return float((high - low) / (ndtri(0.9) - ndtri(0.1)))


def page_times(table: pd.DataFrame) -> pd.Series[float]:
    """Return the logarithm of each participant's seconds before their first trial."""
    first = table.sort_values("trial").groupby("participant").first()
    before = first["elapsed_s"] - first["rt_s"]
    return pd.Series(np.log(before.to_numpy()), index=before.index)
