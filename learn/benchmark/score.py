"""The benchmark's table: anybody's predictions beside those of this package's policies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from learn.benchmark.predictions import Predictions, align_predictions, splits_in
from learn.benchmark.splits import SPLITS, deal_folds
from learn.policies.cross_validation import (
    Note,
    Split,
    cross_validate,
    ignore_note,
    predictors,
    rater_predictors,
)
from learn.policies.image_aware import EndpointFeatures
from learn.policies.scores import draw_people, measure_floor, score_predictors
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
        ElicitError: a held-out judgement that is not predicted.
    """
    folds, draws = deal_folds(observed), draw_people(observed)
    floor, tables = measure_floor(observed, draws), []
    for split in splits_in(given[0].predictions) if given else SPLITS:
        own = {**predictors(looks), **(rater_predictors(looks) if split == "participants" else {})}
        held_out = Split(split, folds[split][None])
        predicted = cross_validate(observed, held_out, own, note)
        for each in given:
            values = align_predictions(each.predictions, observed, split, folds[split], each.place)
            predicted[each.name] = values[None]
        raters = float(floor["rmse"].iloc[0])
        scored = score_predictors(observed, predicted, held_out.fold, raters, draws)
        tables.append(scored.assign(over=split)[["over", *scored.columns]])
        if split == "participants" and not np.isnan(raters):
            tables.append(floor)
    return pd.concat(tables, ignore_index=True)
