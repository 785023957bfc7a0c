"""Cross-validation: label policies are scored on judgements that they were not fitted to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from elicit.errors import ElicitError
from learn.arrays import Codes, Numbers
from learn.policies.fit import FITS, reliability
from learn.policies.image_aware import EndpointFeatures, fit_image_aware, predict
from learn.policies.shrinkage import estimate_spreads, shrink
from learn.study.judgements import JudgementArrays, to_arrays
from stimuli.limits import MAX_SEEDS

# Fitted to the first judgements, asked of the second.
Predict = Callable[[JudgementArrays, JudgementArrays], Numbers]

RESAMPLES = 1000
_NEVER_SURE = 1e-3  # a prediction of 0 or 1 would score minus infinity for one who saw otherwise
_RATERS = "raters' own spread"


@dataclass(frozen=True)
class Split:
    """Which judgements are held out together."""

    over: str  # "participants" or "images"
    group: Codes  # (N,): judgements of one group are in one fold


def compare(
    judgements: pd.DataFrame,
    looks: EndpointFeatures | None = None,
    classes: Sequence[str] | None = None,
    folds: int = 5,
    seeds: int = 3,
) -> pd.DataFrame:
    """Return every policy's scores on held-out judgements, best RMSE first within `over`.

    Judgements are held out by participant (all of a person's), and by batch (all of an image's;
    by image where there are fewer batches than folds). A training set holds no judgement of a
    held-out group and, where images are held out, none of a held-out image. Each seed deals the
    groups into folds anew; every judgement is predicted once a seed.

    Beside the policies stand, where participants are held out, two labels made from an image's
    other raters: `image_average`, their mean, and `empirical_bayes`; and the floor: the standard
    deviation between raters of one image (ddof = 1, pooled).

    Args:
        judgements: one a row, as `learn.study.judgements.to_arrays` takes them, and `batch`.
        looks: the endpoints; None leaves the image-aware policy out.
        classes: all classes, None for those judged.
        folds: how many, from 2 to the number of groups.
        seeds: how many ways of dealing the groups.

    Returns:
        Columns `over`, `policy`, `n`, and for each of `rmse`, `mae` and `log_score` (mean of
        lambda_g log p + (1 - lambda_g) log(1 - p), p cut to [0.001, 0.999]; higher is better) the
        mean over seeds with `_low` and `_high`, and `gain` in RMSE over mixup likewise: 95 %
        intervals, bootstrapped over participants.

    Raises:
        ElicitError: fewer participants than folds, or what fitting raises.
    """
    observed = to_arrays(judgements, classes)
    _check_counts(observed, folds, seeds)
    batch = np.zeros(len(observed), dtype=int)
    if "batch" in judgements:
        batch = pd.factorize(judgements["batch"].to_numpy()[observed.rows])[0]
    by_batch = batch if len(np.unique(batch)) >= folds else observed.blend
    fits = predictors(looks)
    raters = rater_predictors(looks)
    over_people = Split("participants", observed.participant)
    over_images = Split("images", np.asarray(by_batch, dtype=np.int64))
    people = cross_validate(observed, over_people, {**fits, **raters}, folds, seeds)
    images = cross_validate(observed, over_images, fits, folds, seeds)
    tables = [_scores(observed, people, over_people), _scores(observed, images, over_images)]
    return pd.concat([tables[0], _floor(observed), tables[1]], ignore_index=True)


def cross_validate(
    observed: JudgementArrays, split: Split, fits: Mapping[str, Predict], folds: int, seeds: int
) -> dict[str, Numbers]:
    """Return each predictor's (seeds, N) predictions of judgements that it was not fitted to."""
    predicted = {name: np.empty((seeds, len(observed))) for name in fits}
    image = observed.blend
    for seed in range(seeds):
        fold = deal(split.group, folds, seed)
        for number in range(folds):
            held = fold == number
            seen_by_both = np.isin(image, image[held]) & (split.over == "images")
            training, test = observed.select(~held & ~seen_by_both), observed.select(held)
            for name, fit in fits.items():
                predicted[name][seed, held] = fit(training, test)
    return predicted


def deal(group: Codes, folds: int, seed: int) -> Codes:
    """Return (N,) the fold of each judgement; a group is in one, folds differ by one group."""
    groups, place = np.unique(group, return_inverse=True)
    order = np.random.default_rng([seed, 4]).permutation(len(groups))
    return (order % folds)[place.reshape(-1)]


def predictors(looks: EndpointFeatures | None) -> dict[str, Predict]:
    """Return the predictors of a held-out judgement from pair, lambda_f and endpoint features."""

    def by_classes(name: str) -> Predict:
        return lambda training, test: predict(FITS[name](training), test)

    found = {name: by_classes(name) for name in FITS}
    if looks is not None:
        known = looks
        found["image_aware"] = lambda training, test: predict(
            fit_image_aware(training, known), test, known
        )
    return found


def rater_predictors(looks: EndpointFeatures | None) -> dict[str, Predict]:
    """Return the predictors of a held-out judgement from the other raters of the blend."""

    def empirical_bayes(training: JudgementArrays, test: JudgementArrays) -> Numbers:
        policy = FITS["pooled"](training) if looks is None else fit_image_aware(training, looks)
        before, asked = predict(policy, training, looks), predict(policy, test, looks)
        image = _together(training, test)
        own = image[: len(training)]
        residual = training.lambda_g - before
        weights = reliability(residual, training.participant)[training.participant]
        spreads = estimate_spreads(residual, before, own)
        nothing = np.zeros(len(test))  # a held-out judgement says where it is asked, and no more
        label, _ = shrink(
            np.concatenate([residual, nothing]),
            np.concatenate([before, asked]),
            np.concatenate([weights, nothing]),
            image,
            spreads,
        )
        return label[image[len(training) :]]

    return {"image_average": _image_average, "empirical_bayes": empirical_bayes}


def _image_average(training: JudgementArrays, test: JudgementArrays) -> Numbers:
    """Return the mean of the image's raters in training; NaN where it has none."""
    image = _together(training, test)
    own, asked = image[: len(training)], image[len(training) :]
    n = np.bincount(own, minlength=image.max() + 1).astype(np.float64)
    total = np.bincount(own, training.lambda_g, minlength=len(n))
    mean: Numbers = total / np.where(n > 0, n, np.nan)
    return mean[asked]


def _together(training: JudgementArrays, test: JudgementArrays) -> Codes:
    what = [
        np.stack([each.image_i, each.image_j, each.lambda_f], axis=-1) for each in (training, test)
    ]
    return np.unique(np.concatenate(what), axis=0, return_inverse=True)[1].reshape(-1)


def _scores(
    observed: JudgementArrays, predicted: Mapping[str, Numbers], split: Split
) -> pd.DataFrame:
    people = observed.participant
    n = int(people.max()) + 1
    resamples = np.random.default_rng(4).multinomial(n, np.full(n, 1 / n), size=RESAMPLES)
    draws = np.concatenate([np.ones((1, n)), resamples])  # the first: everyone once
    means = {name: _means(each, observed, draws) for name, each in predicted.items()}
    rows = []
    for name, each in means.items():
        row: dict[str, object] = {"over": split.over, "policy": name, "n": int(each["n"][0])}
        each["gain"] = means["mixup"]["rmse"] - each["rmse"]
        for score in ("rmse", "mae", "log_score", "gain"):
            row[score] = each[score][0]
            row[f"{score}_low"], row[f"{score}_high"] = np.quantile(each[score][1:], [0.025, 0.975])
        rows.append(row)
    return pd.DataFrame(rows).sort_values("rmse", ignore_index=True)


def _means(predicted: Numbers, observed: JudgementArrays, draws: Numbers) -> dict[str, Numbers]:
    """Return each score, (1 + RESAMPLES,), for all participants and for each resample of them."""
    scored = ~np.isnan(predicted).all(axis=0)
    answered, people = observed.lambda_g[scored], observed.participant[scored]
    error = predicted[:, scored] - answered
    p = np.clip(predicted[:, scored], _NEVER_SURE, 1 - _NEVER_SURE)
    log_score = answered * np.log(p) + (1 - answered) * np.log(1 - p)

    def over_people(values: Numbers) -> Numbers:
        return draws @ np.bincount(people, values, minlength=draws.shape[1])

    def mean(values: Numbers) -> Numbers:
        """Average over judgements of the drawn participants, a seed a column; NaN left out."""
        here = ~np.isnan(values)
        columns = [
            over_people(np.where(h, v, 0.0)) / over_people(h.astype(np.float64))
            for v, h in zip(values, here, strict=True)
        ]
        return np.stack(columns, axis=-1)

    return {
        "n": np.full(len(draws), scored.sum()),
        "rmse": np.sqrt(mean(error**2)).mean(axis=1),
        "mae": mean(np.abs(error)).mean(axis=1),
        "log_score": mean(log_score).mean(axis=1),
    }


def _floor(observed: JudgementArrays) -> pd.DataFrame:
    """Return the spread between raters of one image, which no label of the image can beat."""
    image = observed.blend
    n = np.bincount(image)
    mean = np.bincount(image, observed.lambda_g) / n
    squares = np.bincount(image, (observed.lambda_g - mean[image]) ** 2)
    freedom = int(np.sum(n - 1))
    floor = np.sqrt(squares.sum() / freedom) if freedom else np.nan
    return pd.DataFrame([{"over": "participants", "policy": _RATERS, "n": freedom, "rmse": floor}])


def _check_counts(observed: JudgementArrays, folds: int, seeds: int) -> None:
    people = len(np.unique(observed.participant))
    if folds < 2 or people < folds:
        raise ElicitError(
            f"--folds: must be from 2 to the number of participants, {people}, got {folds}; "
            "with a single participant nobody can be held out"
        )
    if not 1 <= seeds <= MAX_SEEDS:
        raise ElicitError(f"--seeds: must be from 1 to {MAX_SEEDS}, got {seeds}")
