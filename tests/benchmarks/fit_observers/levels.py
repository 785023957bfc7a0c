"""Fits how long people take and how they use the confidence slider, for simulated participants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import typer
from scipy.special import ndtri

from elicit.observers.hmix import HMixMind, Level
from elicit.observers.hmix_parameters import (
    ConfidenceParameters,
    HMixParameters,
    ParameterTable,
    RatingParameters,
)
from elicit.observers.keyed_random import Draws
from learn.arrays import Numbers
from tests.benchmarks.fit_observers.cases import PLACES, REPLICATES, Case, matched, within

DISTANCES = (0.0, 0.2, 0.3, 0.4, 0.495, 0.505)  # of lambda_g from 0.5: confidence goes by these
TIMES = np.concatenate([[0.0, 0.002, 0.01], np.arange(0.025, 0.98, 0.025), [0.99, 0.998, 1.0]])
SPLIT_SEED = 20261125  # of the halves of Infer's participants
_ROUNDS = 12
_TIME_STEP = 1.0  # units of z for a unit of correlation


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


def fit_confidence(case: Case, model: HMixParameters) -> ConfidenceParameters:
    """Return how confidence follows from the answer, the image, the time and the person.

    Each round answers the case's own trials anew, by minds that are those of the observers, and
    moves each parameter nearer to what gives its figure (`confidence_figures`).

    Args:
        case: Infer, of those people whom it is fitted to.
        model: the other parameters; its confidence is not looked at.
    """
    wanted = confidence_figures(case.rows)
    found = ConfidenceParameters(0.5, 0.0, ParameterTable((), (), ()), 0.8, 0.15, -0.25)
    for _ in range(_ROUNDS):
        minds = [_start_minds(case, replace(model, confidence=found), k) for k in range(REPLICATES)]
        z = np.concatenate([_list_confidence_z(case, each) for each in minds])
        found = replace(found, table=_confidence_table(case, z))
        shown = pd.DataFrame(
            [
                confidence_figures(answer_confidently(case, replace(model, confidence=found), k))
                for k in range(REPLICATES)
            ]
        ).mean()
        found = replace(
            found,
            bias=found.bias * float(wanted["people"] / shown["people"]),
            image=found.image * float(np.sqrt(wanted["image"] / max(shown["image"], 0.01))),
            time=found.time + _TIME_STEP * float(shown["time"] - wanted["time"]),
            slow=float(np.clip(found.slow + 0.5 * (wanted["slow"] - shown["slow"]), -0.9, 0.9)),
        )
    minds = [_start_minds(case, replace(model, confidence=found), k) for k in range(REPLICATES)]
    z = np.concatenate([_list_confidence_z(case, each) for each in minds])
    told = ", ".join(f"{name} {shown[name]:.3f} ({wanted[name]:.3f})" for name in wanted.index)
    typer.echo(f"confidence: figures found (and wanted): {told}")
    return replace(found, table=_confidence_table(case, z))


def confidence_figures(rows: pd.DataFrame) -> pd.Series[float]:
    """Return the figure that each parameter of confidence decides, of answers that are no repeat.

    people: standard deviation of people's means. image: correlation of two people's confidence in
    one image, about their own mean and that of the lambda_f. time: correlation of confidence with
    the logarithm of the time, each about the person's mean; slow: that of people's means.
    """
    once = rows[~rows["repeat"]]
    who, omega, log_s = once["participant"], once["omega"].astype(float), np.log(once["rt_s"])
    own = omega - omega.groupby(who).transform("mean")
    off = own - own.groupby(once["x"]).transform("mean")
    late = log_s - log_s.groupby(who).transform("mean")
    of_people = omega.groupby(who).mean()
    return pd.Series(
        {
            "people": float(of_people.std()),
            "image": within(once.assign(off=off), ["image_i", "image_j", "x"]),
            "time": float(np.corrcoef(own, late)[0, 1]),
            "slow": float(np.corrcoef(of_people, log_s.groupby(who).mean())[0, 1]),
        }
    )


def answer_confidently(case: Case, model: HMixParameters, replicate: int) -> pd.DataFrame:
    """Return Infer's rows with what new people answer to the same trials, how surely and when."""
    minds = _start_minds(case, model, replicate)
    said = [minds[k](trial) for k, trial in zip(case.who, case.trials, strict=True)]
    return case.rows.assign(
        answer=np.array([each.lambda_g for each in said], dtype=np.float64),
        omega=np.array([each.omega for each in said], dtype=np.float64),
        rt_s=[each.rt_s for each in said],
    )


def _start_minds(case: Case, model: HMixParameters, replicate: int) -> list[HMixMind]:
    """Return new people who see the same images, the same people for the same replicate."""
    images = Draws("fit images", replicate)
    return [
        HMixMind(model, Draws("fit", replicate, k), Draws("fit session", replicate, k), images)
        for k in range(max(case.who) + 1)
    ]


def _list_confidence_z(case: Case, minds: Sequence[HMixMind]) -> Numbers:
    return np.array(
        [
            minds[k].confidence.z_of(trial, minds[k].times["infer"])
            for k, trial in zip(case.who, case.trials, strict=True)
        ]
    )


def split_people(table: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return Infer's rows of the people that confidence is fitted to, and of the other half."""
    rows = table[table["paradigm"] == "infer"]
    people = np.array(sorted(set(rows["participant"])))
    np.random.default_rng(SPLIT_SEED).shuffle(people)
    first = rows["participant"].isin(people[: len(people) // 2 + len(people) % 2].tolist())
    return rows[first], rows[~first]


def _confidence_table(case: Case, z: Numbers) -> ParameterTable:
    group = np.digitize((case.rows["answer"] - 0.5).abs(), DISTANCES[1:-1])
    given, tiled = case.rows["omega"].to_numpy(float), np.tile(group, REPLICATES)
    found = [matched(z[tiled == k], given[group == k], PLACES) for k in range(len(DISTANCES) - 1)]
    middles = tuple(round((a + b) / 2, 4) for a, b in pairwise(DISTANCES))
    return ParameterTable(PLACES, middles, tuple(found))


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
