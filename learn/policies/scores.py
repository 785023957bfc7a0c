"""Scores of predicted judgements, with intervals over people, and the floor that no label beats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from learn.arrays import Codes, Numbers
from learn.policies.predictive import score_distributions
from learn.study.judgements import JudgementArrays

RESAMPLES = 1000
RATERS = "raters' own spread"
_NEVER_SURE = 1e-3  # a prediction of 0 or 1 would score minus infinity for one who saw otherwise


@dataclass(frozen=True)
class Split:
    """Which judgements are held out together."""

    over: str  # of OVER
    fold: Codes  # (S, N): the fold of each judgement, in each of S ways of dealing


def score_predictors(
    observed: JudgementArrays,
    predicted: Mapping[str, Numbers],
    split: Split,
    floor: float,
    draws: Numbers,
) -> pd.DataFrame:
    """Return each predictor's scores, best RMSE first, as `cross_validation.compare` has them.

    Args:
        observed: N judgements.
        predicted: (seeds, N) numbers in [0, 1] of each predictor, made when the judgement was held
            out; NaN for none. That of "mixup" must be among them.
        split: what was held out, and in which folds.
        floor: the raters' own spread, NaN where it is not known.
        draws: (1 + RESAMPLES, P), as `draw_people` gives them.
    """
    means = {name: _means(each, observed, draws, split.fold) for name, each in predicted.items()}
    rows = []
    best_first = sorted(means, key=lambda name: float(means[name]["rmse"][0]))
    for name, worse in zip(best_first, [*best_first[1:], None], strict=True):
        each = means[name]
        row: dict[str, object] = {"over": split.over, "policy": name, "n": int(each["n"][0])}
        each["gain"] = means["mixup"]["rmse"] - each["rmse"]
        each["step"] = means[worse]["rmse"] - each["rmse"] if worse else np.full(len(draws), np.nan)
        for score in ("rmse", "mae", "log_score", "crps", "covered", "gain", "step"):
            row[score] = each[score][0]
            row[f"{score}_low"], row[f"{score}_high"] = _find_ends(each[score][1:])
        row["label_error"] = float(np.sqrt(max(each["rmse"][0] ** 2 - floor**2, 0.0)))
        rows.append(row)
    return pd.DataFrame(rows)


def _find_ends(resampled: Numbers) -> tuple[float, float]:
    """Return the 95 % interval of a score; NaN where fewer than half of the resamples have one."""
    there = resampled[np.isfinite(resampled)]
    if 2 * len(there) < len(resampled):
        return np.nan, np.nan
    low, high = np.quantile(there, [0.025, 0.975])
    return float(low), float(high)


def draw_people(observed: JudgementArrays) -> Numbers:
    """Return (1 + RESAMPLES, P) how often each participant is drawn; the first time once each."""
    n = int(observed.participant.max()) + 1
    resamples = np.random.default_rng(4).multinomial(n, np.full(n, 1 / n), size=RESAMPLES)
    return np.concatenate([np.ones((1, n)), resamples])


def _means(
    predicted: Numbers, observed: JudgementArrays, draws: Numbers, fold: Codes
) -> dict[str, Numbers]:
    """Return each score, (1 + RESAMPLES,), for all participants and for each resample of them."""
    scored = ~np.isnan(predicted).all(axis=0)
    answered, people = observed.lambda_g[scored], observed.participant[scored]
    error = predicted[:, scored] - answered
    p = np.clip(predicted[:, scored], _NEVER_SURE, 1 - _NEVER_SURE)
    log_score = answered * np.log(p) + (1 - answered) * np.log(1 - p)

    spread = [
        score_distributions(p, answered, f)
        for p, f in zip(predicted[:, scored], fold[:, scored], strict=True)
    ]

    def over_people(values: Numbers) -> Numbers:
        return draws @ np.bincount(people, values, minlength=draws.shape[1])

    def mean(values: Numbers) -> Numbers:
        """Average over judgements of the drawn participants, a seed a column; NaN left out."""
        here = ~np.isnan(values)
        columns = [
            _divide(over_people(np.where(h, v, 0.0)), over_people(h.astype(np.float64)))
            for v, h in zip(values, here, strict=True)
        ]
        return np.stack(columns, axis=-1)

    return {
        "n": np.full(len(draws), scored.sum()),
        "rmse": np.sqrt(mean(error**2)).mean(axis=1),
        "mae": mean(np.abs(error)).mean(axis=1),
        "log_score": mean(log_score).mean(axis=1),
        "crps": mean(np.stack([each.crps for each in spread])).mean(axis=1),
        "covered": mean(np.stack([each.covered for each in spread])).mean(axis=1),
    }


def measure_floor(observed: JudgementArrays, draws: Numbers) -> pd.DataFrame:
    """Return the spread between raters of one image, which no label of the image can beat.

    A rater's part in it is their squared distance from the mean of all raters of an image, and
    1 - 1 / n degrees of freedom for each of its n raters; its interval is over participants.
    """
    image, people = observed.blend, observed.participant
    n = np.bincount(image)[image]
    mean = np.bincount(image, observed.lambda_g) / np.bincount(image)
    squares, freedom = (
        draws @ np.bincount(people, values, minlength=draws.shape[1])
        for values in ((observed.lambda_g - mean[image]) ** 2, 1 - 1 / n)
    )
    floor = np.sqrt(_divide(squares, freedom))
    row = {"over": "participants", "policy": RATERS, "n": round(float(freedom[0]))}
    ends = _find_ends(floor[1:])
    return pd.DataFrame([row | {"rmse": floor[0], "rmse_low": ends[0], "rmse_high": ends[1]}])


def _divide(sums: Numbers, counts: Numbers) -> Numbers:
    """Return sums / counts, NaN where nothing was counted."""
    found: Numbers = sums / np.where(counts > 0, counts, np.nan)
    return found
