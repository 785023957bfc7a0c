"""Fits the simulated participants of `elicit.observers.hmix` to H-Mix.

    python -m tests.benchmarks.fit_observers.fit HMIX_STUDY [--out FILE]

HMIX_STUDY is what `learn hmix` makes of the published judgements; FILE is the one that `elicit`
reads, where none is given. Spreads are found by simulation: the observers answer H-Mix's own
trials, and each spread is moved until the one figure that it decides comes out as people's did.
Tables follow from matching quantiles, so that the share of every answer is people's at each step.
The shifts of class pairs begin as a pooled policy (Infer) or as means, which err in size: the one
draws pairs together, the others hold chance. Among the figures is therefore the spread of class
pairs' PSEs, chance included as in H-Mix, to which all shifts of an interface are drawn in or out.
Takes about three minutes. Confidence is fitted to half of Infer's participants (`SPLIT_SEED`), and
`test_fit` holds it against the other half; --confidence fits it alone, in half a minute.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer

from elicit.observers.hmix_parameters import (
    FILE,
    AnswerParameters,
    RatingParameters,
    parse_parameters,
)
from learn.study.table import read_study
from tests.benchmarks.fit_observers.answers import fit_answers
from tests.benchmarks.fit_observers.cases import case
from tests.benchmarks.fit_observers.levels import (
    SPLIT_SEED,
    fit_confidence,
    fit_times,
    page_times,
    split_people,
)
from tests.benchmarks.fit_observers.named_classes import fit_level, fit_named_classes

BROKEN_SCREEN = "61rpt4g7xxz6heg"  # the participant; the screen failed at lambda_f = 1
FITTED_TO = (
    f"H-Mix (Collins et al., UAI 2023) without participant {BROKEN_SCREEN}; confidence: half of "
    f"Infer's participants, seed {SPLIT_SEED}"
)
NO_CONFIDENCE = (  # to begin with
    '{"bias": 0.5, "practice": 0, "image": 0, "time": 0, "slow": 0, '
    '"table": {"edges": [0.5], "at": [0], "z": [[0]]}}'
)
PAGES = 10  # that our protocols show before the first trial; H-Mix's own number is not known


def fit(table: pd.DataFrame) -> dict[str, Any]:
    """Return what `elicit.observers.hmix_fitted.from_json` takes.

    Args:
        table: H-Mix, as `learn.study.table.read_study` gives the study that `learn hmix` makes.
    """
    named = table[table["paradigm"] == "categorize"]
    table = table[(table["participant"] != BROKEN_SCREEN) & (table["paradigm"] != "categorize")]
    cases = [case(table, name) for name in ("construct", "select_shuffled", "infer")]
    pages = page_times(table)
    answers = {each.paradigm: fit_answers(each) for each in cases}
    found = {
        "fitted_to": FITTED_TO,
        "command": "python -m tests.benchmarks.fit_observers.fit HMIX_STUDY",
        "classes": sorted(set(table["class_i"]) | set(table["class_j"])),
        "answers": {name: _answers_json(each) for name, each in answers.items()},
        "rt_s": {each.paradigm: _ratings_json(fit_times(each)) for each in cases},
        "confidence": json.loads(NO_CONFIDENCE),
        "page_s": round(float(np.exp(pages.median())) / PAGES, 2),
        "page_spread": round(float(pages.std()), 3),
    }
    return refit_confidence(table, refit_named_classes(named, found))


def refit_named_classes(named: pd.DataFrame, found: Mapping[str, Any]) -> dict[str, Any]:
    """Return a fit with what Categorize needs fitted anew, to its rows; the rest as it is."""
    times = {**found["rt_s"], "categorize": fit_level(named["rt_s"], named)}
    classes = fit_named_classes(named, tuple(found["classes"]))
    return {**found, "rt_s": times, "named_classes": classes}


def refit_confidence(table: pd.DataFrame, found: Mapping[str, Any]) -> dict[str, Any]:
    """Return a fit with confidence fitted anew, to half of Infer's people; the rest as it is."""
    first, _ = split_people(table[table["participant"] != BROKEN_SCREEN])
    confidence = fit_confidence(case(first, "infer"), parse_parameters(found))
    links = {name: round(getattr(confidence, name), 3) for name in ("image", "time", "slow")}
    ratings = _ratings_json(confidence)
    its = {key: ratings[key] for key in ("bias", "practice")} | links | {"table": ratings["table"]}
    return {**found, "fitted_to": FITTED_TO, "confidence": its}


def _answers_json(answers: AnswerParameters) -> dict[str, Any]:
    return {
        "spreads": {name: round(value, 3) for name, value in vars(answers.spreads).items()},
        "pairs": {name: [round(x, 3) for x in both] for name, both in answers.pairs.items()},
        "lambda_f": list(answers.lambda_f),
        "evidence": [round(each, 3) for each in answers.evidence],
        "table": vars(answers.table),
    }


def _ratings_json(ratings: RatingParameters) -> dict[str, Any]:
    return {
        "bias": round(ratings.bias, 3),
        "practice": round(ratings.practice, 3),
        "table": vars(ratings.table),
    }


def written(found: Mapping[str, Any]) -> str:
    """Return a fit as its file holds it: JSON, a key a line, lists of numbers in one."""
    text = json.dumps(found, indent=1)
    return re.sub(r"\[\s+([^\[\]]*?)\s+\]", lambda each: f"[{_in_one(each[1])}]", text) + "\n"


def _in_one(lines: str) -> str:
    return " ".join(lines.split())


def main(
    study: Annotated[Path, typer.Argument(help="H-Mix, as `learn hmix` makes it.")],
    out: Annotated[Path | None, typer.Option(help="Where to; the package's own file.")] = None,
    confidence: Annotated[
        bool, typer.Option("--confidence", help="Fit confidence only; the rest stays as it is.")
    ] = False,
    named_classes: Annotated[
        bool, typer.Option("--named-classes", help="Fit Categorize only; the rest stays as it is.")
    ] = False,
) -> None:
    """Fit the observers to H-Mix, and write what `elicit.observers.hmix` reads."""
    path = out or Path(str(resources.files("elicit.observers").joinpath(FILE)))
    table = read_study(study)
    if named_classes:
        named = table[table["paradigm"] == "categorize"]
        found = refit_named_classes(named, json.loads(path.read_text(encoding="utf-8")))
    elif confidence:
        found = refit_confidence(table, json.loads(path.read_text(encoding="utf-8")))
    else:
        found = fit(table)
    path.write_text(written(found), encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
