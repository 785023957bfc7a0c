"""Cross-validation: label policies are scored on judgements that they were not fitted to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from elicit.errors import ElicitError
from learn.arrays import Codes, Ids, Numbers
from learn.policies.fit import FITS, reliability
from learn.policies.image_aware import EndpointFeatures, fit_image_aware, predict
from learn.policies.midpoints import MidpointAnswers, select_midpoints
from learn.policies.scores import RATERS, Split, draw_people, measure_floor, score_predictors
from learn.policies.shrinkage import estimate_spreads, shrink
from learn.study.judgements import JudgementArrays, number_blends, to_arrays
from stimuli.limits import MAX_SEEDS

# Fitted to the first judgements, asked of the second.
Predict = Callable[[JudgementArrays, JudgementArrays], Numbers]
Note = Callable[[str], None]  # takes a sentence about what could not be computed

FEW_PEOPLE = 8  # fewer than that, and bootstrapped intervals over people are too narrow


# What is held out, and so new to a policy: people; endpoint images; mixes, of images that it may
# know from other mixes.
OVER = ("participants", "images", "mixes")


def ignore_note(sentence: str) -> None:
    """Tell nobody."""


def compare(
    judgements: pd.DataFrame,
    looks: EndpointFeatures | None = None,
    classes: Sequence[str] | None = None,
    folds: int = 5,
    seeds: int = 3,
    note: Note = ignore_note,
) -> pd.DataFrame:
    """Return every policy's scores on held-out judgements, best RMSE first within `over`.

    Judgements are held out by participant (all of a person's); by endpoint image, so that a policy
    has seen neither endpoint of a held-out mix; and by batch (all of a mix's; by mix where there
    are fewer batches than folds), whose endpoints it may know from other mixes. A training set
    holds no judgement of a held-out group, nor of a held-out image or mix. Each seed deals the
    groups into folds anew; every judgement is predicted once a seed. Where every image is linked
    to all others by mixes, none can be held out, and there are no rows over images.

    Beside the policies stands, where a study has them, `with_midpoints`: the best of them, which
    also knows the mixes that other people called 50/50 (`learn.policies.midpoints`); and where
    participants are held out, two labels made from an image's other raters, `image_average`, their
    mean, and `empirical_bayes`, and the floor: the standard deviation between raters of one image
    (ddof = 1, pooled). It bounds only predictors that do not know the rater.

    Args:
        judgements: one a row, as `learn.study.judgements.to_arrays` takes them, and `batch`.
        looks: the endpoints; None leaves the image-aware policy out.
        classes: all classes, None for those judged.
        folds: how many, 2 or more; as many as there are participants where these are fewer.
        seeds: how many ways of dealing the groups.
        note: is told, in a sentence, of each row that cannot be computed and is left out.

    Returns:
        Columns `over`, `policy`, `n`, and for each of `rmse`, `mae` and `log_score` (mean of
        lambda_g log p + (1 - lambda_g) log(1 - p), p cut to [0.001, 0.999]; higher is better) the
        mean over seeds with `_low` and `_high`; likewise `crps` and `covered`, the score of the
        predictive distribution of one rater's answer and the share of answers in its 95 % interval
        (`learn.policies.predictive`); `gain` in RMSE over mixup, and `step`, the
        gain over the next worse row, both paired: 95 % intervals, bootstrapped over participants,
        for these images. `label_error` is the RMSE with the floor taken out,
        sqrt(rmse^2 - floor^2): how far the label is from what people see on average.

    Raises:
        ElicitError: fewer than two participants, or counts that are not allowed.
    """
    observed = to_arrays(judgements, classes)
    folds = _check_counts(observed, folds, seeds, note)
    batch = np.zeros(len(observed), dtype=int)
    if "batch" in judgements:
        batch = pd.factorize(judgements["batch"].to_numpy()[observed.rows])[0]
    by_batch = batch if len(np.unique(batch)) >= folds else observed.blend
    fits = predictors(looks)
    raters = rater_predictors(looks)
    draws = draw_people(observed)
    midpoints = midpoint_predictors(looks, select_midpoints(judgements))
    floor, tables = measure_floor(observed, draws), []
    spread = float(floor["rmse"].iloc[0])
    if np.isnan(spread):
        note(f"{RATERS}: left out, as no image was judged by two participants.")
    for over, group, known in (
        ("participants", observed.participant, {**fits, **midpoints, **raters}),
        ("images", find_linked_images(observed, folds), fits),  # midpoints show held-out images
        ("mixes", np.asarray(by_batch, dtype=np.int64), {**fits, **midpoints}),
    ):
        split = Split(over, np.stack([deal(group, folds, seed) for seed in range(seeds)]))
        if over == "images" and not _leaves_training(observed, split):
            note(
                "Held-out images: left out, as mixes link the images so closely that too little "
                "would be left to fit to."
            )
            continue
        predicted = cross_validate(observed, split, known, note)
        tables.append(score_predictors(observed, predicted, split, spread, draws))
        if over == "participants" and not np.isnan(spread):
            tables.append(floor)
    return pd.concat(tables, ignore_index=True)


def find_linked_images(observed: JudgementArrays, folds: int) -> Codes:
    """Return (N,) the group of each judgement, such that groups share no endpoint image.

    Where mixes link the images into fewer groups than there are folds, each mix is a group, and
    those that share an image with a held-out one are left out of training.
    """
    group = link_images(observed.image_i, observed.image_j)
    return observed.blend if len(np.unique(group)) < folds else group


def link_images(image_i: Ids, image_j: Ids) -> Codes:
    """Return (N,) the group of each mix, such that groups share no endpoint image.

    Args:
        image_i: (N,) endpoint i of each mix, any whole number an image.
        image_j: (N,) endpoint j.
    """
    from scipy.sparse import coo_array  # slow to import, and few commands need it
    from scipy.sparse.csgraph import connected_components

    _, place = np.unique(np.stack([image_i, image_j]), return_inverse=True)
    i, j = place.reshape(2, -1)
    size = int(place.max()) + 1
    links = coo_array((np.ones(len(i)), (i, j)), shape=(size, size))
    _, group = connected_components(links, directed=False)
    return np.asarray(group[i], dtype=np.int64)


def _leaves_training(observed: JudgementArrays, split: Split) -> bool:
    """Whether at least half of the judgements that are not held out are left to fit to."""
    for fold in split.fold:
        for number in np.unique(fold):
            held = fold == number
            if 2 * (~held & ~_shows_held_out(observed, held, split.over)).sum() < (~held).sum():
                return False
    return True


def _shows_held_out(
    observed: JudgementArrays, held: NDArray[np.bool_], over: str
) -> NDArray[np.bool_]:
    """Return (N,) whether a judgement shows what is held out, and so is not fitted to."""
    if over == "images":
        ends = np.concatenate([observed.image_i[held], observed.image_j[held]])
        return np.isin(observed.image_i, ends) | np.isin(observed.image_j, ends)
    if over == "mixes":
        blend = observed.blend
        return np.isin(blend, blend[held])
    return np.zeros(len(observed), dtype=bool)


def cross_validate(
    observed: JudgementArrays,
    split: Split,
    fits: Mapping[str, Predict],
    note: Note = ignore_note,
) -> dict[str, Numbers]:
    """Return each predictor's (S, N) predictions of judgements that it was not fitted to.

    A predictor that cannot be fitted to some part, or predicts nothing, is left out and noted.
    """
    predicted = {name: np.empty(split.fold.shape) for name in fits}
    place = f"held-out {split.over}"
    for seed, fold in enumerate(split.fold):
        for number in np.unique(fold):
            held = fold == number
            known = _shows_held_out(observed, held, split.over)
            training, test = observed.select(~held & ~known), observed.select(held)
            for name in list(predicted):
                try:
                    predicted[name][seed, held] = fits[name](training, test)
                except ElicitError as error:
                    note(f"{name}, {place}: left out: {error}.")
                    del predicted[name]
    for name in [each for each, values in predicted.items() if np.isnan(values).all()]:
        note(f"{name}, {place}: left out, as no held-out judgement has what it needs.")
        del predicted[name]
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


def midpoint_predictors(
    looks: EndpointFeatures | None, answers: MidpointAnswers | None
) -> dict[str, Predict]:
    """Return the predictor that knows which mixes people called 50/50; none without answers.

    Answers of people who are held out, and about images that training does not show, are left out.
    """
    if answers is None:
        return {}

    def with_midpoints(training: JudgementArrays, test: JudgementArrays) -> Numbers:
        people = _name_people(test) - _name_people(training)
        new = np.setdiff1d(_list_images(test), _list_images(training))
        known = _add_dominance(looks, answers.leave_out(people, new), (training, test))
        return predict(fit_image_aware(training, known), test, known)

    return {"with_midpoints": with_midpoints}


def _name_people(observed: JudgementArrays) -> set[str]:
    return {observed.people[number] for number in np.unique(observed.participant)}


def _list_images(*observed: JudgementArrays) -> Ids:
    """Return the ids of the endpoints that were judged, increasing."""
    return np.unique(
        np.concatenate([ids for each in observed for ids in (each.image_i, each.image_j)])
    )


def _add_dominance(
    looks: EndpointFeatures | None, answers: MidpointAnswers, observed: Sequence[JudgementArrays]
) -> EndpointFeatures:
    """Return the features of the endpoints that were judged, with one more: their dominance."""
    ids = _list_images(*observed)
    names, values = ((), np.zeros((len(ids), 0))) if looks is None else (looks.names, looks.of(ids))
    dominance = answers.estimate_dominance(ids)[:, None]
    return EndpointFeatures((*names, "dominance"), ids, np.concatenate([values, dominance], axis=1))


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
    return number_blends(
        *(
            np.concatenate([getattr(each, name) for each in (training, test)])
            for name in ("image_i", "image_j", "lambda_f")
        )
    )


def _check_counts(observed: JudgementArrays, folds: int, seeds: int, note: Note) -> int:
    """Return how many folds there are people for.

    Raises:
        ElicitError: a single participant, or counts that are not allowed.
    """
    people = len(np.unique(observed.participant))
    if people < 2:
        raise ElicitError(
            f"judgements: must be by two participants or more, so that one can be held out, got "
            f"{people}; collect another, or fit a policy without comparing: learn fit-policy"
        )
    if folds < 2:
        raise ElicitError(f"--folds: must be 2 or more, got {folds}")
    if not 1 <= seeds <= MAX_SEEDS:
        raise ElicitError(f"--seeds: must be from 1 to {MAX_SEEDS}, got {seeds}")
    if people < folds:
        note(f"{people} folds instead of {folds}, as there are {people} participants.")
    if people < FEW_PEOPLE:
        note(f"Intervals over {people} participants are too narrow: do not rely on them.")
    return min(folds, people)
