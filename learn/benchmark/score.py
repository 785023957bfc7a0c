"""The benchmark's table: anybody's predictions beside those of this package's policies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from elicit.errors import ElicitError
from learn.benchmark.predictions import Predictions, align_predictions, splits_in
from learn.benchmark.splits import SPLITS, deal_folds
from learn.policies.cross_validation import (
    Note,
    cross_validate,
    ignore_note,
    predictors,
    rater_predictors,
)
from learn.policies.image_aware import EndpointFeatures
from learn.policies.scores import RATERS, Split, draw_people, measure_floor, score_predictors
from learn.study.judgements import JudgementArrays


@dataclass(frozen=True)
class NamedPredictions:
    """Somebody's predictions, and what to call them in the table."""

    name: str
    predictions: Predictions
    place: str  # the file, for errors


def score_benchmark(
    observed: JudgementArrays,
    given: Sequence[NamedPredictions] = (),
    looks: EndpointFeatures | None = None,
    note: Note = ignore_note,
) -> pd.DataFrame:
    """Return the scores of predictions and of this package's policies, best RMSE first.

    Args:
        observed: the judgements, H-Mix's or another study's.
        given: others' predictions; a table has the splits that the first of them is for.
        looks: the endpoint images, for the image-aware policy; None leaves it out.
        note: is told of each row that cannot be computed.

    Returns:
        Columns as of `learn.policies.cross_validation.compare`, `over` being the split. Intervals
        are over participants, for these images.

    Raises:
        ElicitError: a held-out judgement that is not predicted, or a name that is taken.
    """
    _check_names(given, {RATERS, *predictors(looks), *rater_predictors(looks)})
    folds, draws = deal_folds(observed), draw_people(observed)
    floor, tables = measure_floor(observed, draws), []
    raters = float(floor["rmse"].iloc[0])
    for split in splits_in(given[0].predictions) if given else SPLITS:
        own = {**predictors(looks), **(rater_predictors(looks) if split == "participants" else {})}
        held_out = Split(split, folds[split][None])
        predicted = cross_validate(observed, held_out, own, note)
        for each in given:
            values = align_predictions(each.predictions, observed, split, folds[split], each.place)
            predicted[each.name] = values[None]
        tables.append(score_predictors(observed, predicted, held_out, raters, draws))
        if split == "participants" and not np.isnan(raters):
            tables.append(floor)
    return pd.concat(tables, ignore_index=True)


def _check_names(given: Sequence[NamedPredictions], taken: set[str]) -> None:
    """Raise ElicitError where two rows of the table would have one name."""
    for each in given:
        if each.name in taken:
            raise ElicitError(
                f"{each.place}: there is a row called {each.name} already; give the file another "
                "name"
            )
        taken.add(each.name)
