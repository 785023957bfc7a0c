"""Fits how each interface is answered, for simulated participants, by simulating H-Mix itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import typer
from scipy.special import ndtri

from elicit.observers.hmix import Evidence
from elicit.observers.hmix_parameters import AnswerParameters, EvidenceSpreads, ParameterTable
from elicit.observers.keyed_random import Draws
from learn.arrays import Numbers
from learn.policies.fit import fit_pooled
from learn.study.judgements import to_arrays
from tests.benchmarks.fit_observers.cases import (
    MIXES,
    PLACES,
    REPLICATES,
    Case,
    figures,
    matched,
    share_above,
)

ROUNDS = 30
STEP = 0.6  # how much of the way to what would give its figure a spread goes in a round


_START = EvidenceSpreads(bias=0.1, image=0.8, own=0.5, style=0.2, gain=0.2, middle=0.2)


def fit_answers(case: Case) -> AnswerParameters:
    """Return how an interface is answered."""
    infer = case.paradigm == "infer"
    at = tuple(sorted(set(case.rows["x"]))) if infer else ()
    wanted = figures(case.rows)
    means = tuple(ndtri(share_above(case.rows)).tolist()) if infer else ()
    begin = _START if infer else replace(_START, gain=0.0, middle=0.0)
    answers = AnswerParameters(begin, _pairs(case), at, means, ParameterTable((), (), ()))
    for _ in range(ROUNDS):
        z = [evidence(case, answers, replicate) for replicate in range(REPLICATES)]
        answers = replace(answers, table=_table(case, z))
        found = pd.DataFrame([figures(answered(case, answers, each)) for each in z]).mean()
        answers = replace(
            answers,
            spreads=_moved(answers.spreads, wanted, found),
            pairs=_stretched(answers.pairs, wanted["pair"], found["pair"]),
        )
        if infer:
            answers = replace(answers, evidence=_nearer(case, answers.evidence, z))
    z = [evidence(case, answers, replicate) for replicate in range(2 * REPLICATES)]
    answers = replace(answers, table=_table(case, z))
    found = pd.DataFrame([figures(answered(case, answers, each)) for each in z]).mean()
    told = ", ".join(f"{name} {found[name]:.4f} ({wanted[name]:.4f})" for name in wanted.index)
    typer.echo(f"{case.paradigm}: figures found (and wanted): {told}")
    return answers


def _nearer(case: Case, evidence: Sequence[float], z: Sequence[Numbers]) -> tuple[float, ...]:
    """Return Infer's mean evidence, nearer to where z is above 0 as often as answers above 0.5."""
    x, every = case.rows["x"].to_numpy(), np.concatenate(z)
    tiled = np.tile(x, len(z))
    now = np.array([np.mean(every[tiled == mix] > 0) for mix in sorted(set(x))])
    scale = float(np.std(every[tiled == 0.5]))
    off = ndtri(share_above(case.rows)) - ndtri(now)
    return tuple((np.array(evidence) + STEP * scale * off).tolist())


def _moved(
    spreads: EvidenceSpreads, wanted: pd.Series[float], found: pd.Series[float]
) -> EvidenceSpreads:
    """Return the spreads, each a step nearer to what gives its figure."""
    signal = {
        # as good as nothing in some interfaces, where only chance would move it
        "bias": (wanted["bias"] + 0.01) / max(found["bias"] + 0.01, 1e-3),
        "image": wanted["image"] / found["image"],
        # what two answers of one person share beyond what all people share
        "own": (wanted["own"] - wanted["image"]) / max(found["own"] - found["image"], 1e-2),
        "style": wanted["style"] / max(found["style"], 1e-5),
        "gain": wanted["gain"] / max(found["gain"], 1e-5),
        "middle": wanted["middle"] / max(found["middle"], 1e-5),
    }
    return EvidenceSpreads(
        **{
            name: getattr(spreads, name) * float(np.clip(ratio, 0.5, 2.0)) ** STEP
            for name, ratio in signal.items()
        }
    )


def _pairs(case: Case) -> dict[str, tuple[float, float]]:
    """Return what each class pair adds: Infer's PSE and slope, the others' shift of the middle.

    The others' is each pair's mean, in standard deviations of answers. All of them only to begin
    with: a pooled policy draws pairs together, and a mean strews them by chance (`_stretched`).
    """
    once = case.rows[~case.rows["repeat"]]
    if case.paradigm == "infer":
        policy = fit_pooled(to_arrays(once))
        i, j = np.triu_indices(len(policy.classes), 1)
        slope, shift = policy.slope[i, j], policy.shift[i, j]
        pse, steeper = -shift / slope, slope / np.exp(np.log(slope).mean())
        values = zip(pse - pse.mean(), steeper, strict=True)
        names = [f"{policy.classes[a]}-{policy.classes[b]}" for a, b in zip(i, j, strict=True)]
        return {name: (float(a), float(b)) for name, (a, b) in zip(names, values, strict=True)}
    pair = once["class_i"] + "-" + once["class_j"]
    off = (once["answer"] - once["answer"].mean()) / once["answer"].std()
    return {str(name): (float(each), 1.0) for name, each in off.groupby(pair).mean().items()}


def _stretched(
    pairs: Mapping[str, tuple[float, float]], wanted: float, found: float
) -> Mapping[str, tuple[float, float]]:
    """Return the class pairs' shifts, drawn in or out by as much as gives their figure."""
    by = float(np.clip(wanted / max(found, 1e-3), 0.5, 2.0)) ** STEP
    return {name: (by * shift, steeper) for name, (shift, steeper) in pairs.items()}


def evidence(case: Case, answers: AnswerParameters, replicate: int) -> Numbers:
    """Return (N,) z of new people who see the same images as those of H-Mix did."""
    images = Draws("fit images", replicate)
    people = [
        Evidence(
            case.paradigm,
            answers,
            Draws("fit", replicate, k),
            Draws("fit session", replicate, k),
            images,
        )
        for k in range(max(case.who) + 1)
    ]
    return np.array([people[k](trial) for k, trial in zip(case.who, case.trials, strict=True)])


def answered(case: Case, answers: AnswerParameters, z: Numbers) -> pd.DataFrame:
    """Return the rows with what new people answer, given (N,) z."""
    seen = [answers.table(each, x) for each, x in zip(z.tolist(), case.rows["x"], strict=True)]
    steps = 100 if case.paradigm == "infer" else 10
    return case.rows.assign(answer=np.clip(np.round(np.array(seen) * steps), 0, steps) / steps)


def _table(case: Case, z: Sequence[Numbers]) -> ParameterTable:
    """Return the table by which z are answered as often with each answer as people did."""
    first, x = ~case.rows["repeat"].to_numpy(), case.rows["x"].to_numpy()
    given, edges = case.rows["answer"].to_numpy(), PLACES if case.paradigm == "infer" else MIXES
    rows = []
    for mix in sorted(set(x)):
        here = first & (x == mix)
        rows.append(matched(np.concatenate([each[here] for each in z]), given[here], edges))
    return ParameterTable(edges, tuple(sorted(set(x))), tuple(rows))
