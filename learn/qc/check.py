"""Quality control of a study: scores, exclusions that can be undone, results with and without."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from learn.files import csv_bytes
from learn.labels.categorical import is_third, names_third
from learn.qc.criteria import Criteria, find_exclusions
from learn.qc.scores import OF_OTHERS, SCORES, match_repeats, score_participants
from learn.study.exclusions import Exclusion, to_csv
from learn.study.schema import (
    CHOOSES_LAMBDA_F,
    NAMES_CLASSES,
    with_classes_as_shares,
)
from learn.study.selection import SelectionOptions, select
from learn.study.table import check_one_source

EXCLUSIONS = "exclusions.csv"


@dataclass(frozen=True)
class QualityCheck:
    """The result of quality control: scores, exclusions, and results with and without them."""

    scores: pd.DataFrame
    exclusions: tuple[Exclusion, ...]  # those undone too
    results: pd.DataFrame
    simulation_note: str | None = (
        None  # what `learn.study.selection.Selection` says of simulated judgements
    )

    @property
    def excluded(self) -> set[tuple[str, str]]:
        """Participant and paradigm of those who are left out."""
        return {
            (each.participant, each.paradigm) for each in self.exclusions if each.exclude == "yes"
        }


def check_quality(
    table: pd.DataFrame,
    criteria: Criteria,
    decided: Sequence[Exclusion] = (),
    include_simulated: bool | None = None,
    process: str | None = None,
) -> QualityCheck:
    """Score all participants, find whom to exclude, and compare results with and without them.

    Args:
        table: every row of a study, as `learn.study.table.read_study` gives it.
        criteria: who is to be left out.
        decided: an earlier list, perhaps edited: what it says of `exclude` stands, and so do lines
            of other criteria than scores, which a person wrote.
        include_simulated: as `learn.study.selection.SelectionOptions` has it.
        process: likewise.

    Raises:
        ElicitError: nothing but practice is there, or another study's rows are mixed in.
    """
    choice = SelectionOptions(include_simulated, process=process, pooled=False)
    chosen = select(table, choice)
    used = chosen.used
    check_one_source(used)
    alone = find_exclusions(
        score_participants(used).assign(**dict.fromkeys(OF_OTHERS, math.nan)), criteria
    )
    # disagreement with a participant who is excluded anyway is not held against others
    scored = score_participants(used, {(each.participant, each.paradigm) for each in alone})
    before = {(each.participant, each.paradigm, each.criterion): each for each in decided}
    found = [
        replace(each, exclude=before[key].exclude)
        if (key := (each.participant, each.paradigm, each.criterion)) in before
        else each
        for each in find_exclusions(scored, criteria)
    ]
    own = [each for each in decided if each.criterion not in SCORES]
    hold = [each for each in (*found, *own) if each.exclude == "yes"]
    gone = {(each.participant, each.paradigm) for each in hold}
    stay = [each not in gone for each in zip(*_who(used), strict=True)]
    keys = ["paradigm", "figure", "lambda_f"]
    results = figures(used).merge(
        figures(used[stay]), on=keys, how="left", suffixes=("_of_all", "_without_excluded")
    )
    return QualityCheck(scored, (*found, *own), results, chosen.simulation_note)


def figures(table: pd.DataFrame) -> pd.DataFrame:
    """Return the figures of a study that exclusions may change.

    Repeats are left out of all but the test-retest correlation, which is over their pairs.

    Returns:
        paradigm, figure, lambda_f (NaN where the figure is over all), value.
    """
    rows = [
        (paradigm, *figure)
        for paradigm, its in table.groupby("paradigm", sort=True)
        for figure in _figures(str(paradigm), its)
    ]
    return pd.DataFrame(rows, columns=["paradigm", "figure", "lambda_f", "value"]).astype(
        {"lambda_f": "float64", "value": "float64"}
    )


def _figures(paradigm: str, its: pd.DataFrame) -> Iterator[tuple[str, float, float]]:
    once, pairs = its[~its["repeat"]], match_repeats(its)
    yield "participants", math.nan, its["participant"].nunique()
    yield "judgements", math.nan, len(once)
    if len(pairs) > 1 and (pairs[["answer", "answer_before"]].nunique() > 1).all():
        yield "test-retest r", math.nan, pairs["answer"].corr(pairs["answer_before"])
    if paradigm in NAMES_CLASSES:
        yield "names a third class", math.nan, names_third(once).mean()
        yield "names a third class first", math.nan, is_third(once, "chosen_1").mean()
        by_mix = names_third(once).groupby(once["lambda_f"])
        yield from _at("names a third class", by_mix.mean())
    elif paradigm in CHOOSES_LAMBDA_F:
        yield "mean lambda_f", math.nan, once["lambda_f"].mean()
        yield from _at("share of answers", once["lambda_f"].value_counts(normalize=True))
    else:
        by = with_classes_as_shares(once).groupby("lambda_f", sort=True)
        yield from _at("mean lambda_g", by["lambda_g"].mean())
        yield from _at("median lambda_g", by["lambda_g"].median())
        yield from _at("mean omega", by["omega"].mean())


def _at(figure: str, values: pd.Series[Any]) -> Iterator[tuple[str, float, float]]:
    ordered = values.sort_index()
    for lambda_f, value in zip(ordered.index.to_numpy(float), ordered.to_numpy(float), strict=True):
        yield figure, float(lambda_f), float(value)


def to_files(checked: QualityCheck) -> dict[str, bytes]:
    """Return what `learn qc` writes, by file name."""
    left = [each in checked.excluded for each in zip(*_who(checked.scores), strict=True)]
    return {
        "scores.csv": csv_bytes(checked.scores.assign(excluded=left)),
        EXCLUSIONS: to_csv(checked.exclusions),
        "results.csv": csv_bytes(checked.results),
        "README.md": _README.format(
            scores="\n".join(f"- `{name}`: {what}" for name, what in SCORES.items())
        ).encode("utf-8"),
    }


def _who(table: pd.DataFrame) -> tuple[list[str], list[str]]:
    return table["participant"].tolist(), table["paradigm"].tolist()


_README = """# Quality control

`scores.csv`: a row a participant and paradigm. The group is everybody in that paradigm; a blank
is a score that has no meaning there, or nothing to be computed from.

{scores}

`exclusions.csv`: a row a reason to leave out what a participant answered in a paradigm. To undo
one, write `no` into its column `exclude` (a later `learn qc` to this folder keeps that), or
delete the line. A line of your own needs only `participant`, and better a `reason`. Somebody is
left out who has at least one line that says `yes`. `learn relabel --exclude` reads this file.

`results.csv`: the study's figures over all, and without those left out.
"""
