"""Policies are scored on judgements that were held out; H-Mix's scores are those to beat."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from elicit.errors import ElicitError
from learn.arrays import Codes, Numbers
from learn.policies.cross_validation import (
    OVER,
    compare,
    cross_validate,
    deal,
    find_linked_images,
)
from learn.policies.image_aware import measure_endpoints
from learn.policies.scores import Split, _find_ends
from learn.study import table
from learn.study.judgements import JudgementArrays, to_arrays
from stimuli.sources.cifar10 import Cifar10
from tests.conftest import SHARED_DATA
from tests.learn.helpers.example_policies import answers, some_policy


def dealt(group: Codes, folds: int, seeds: int) -> Codes:
    return np.stack([deal(group, folds, seed) for seed in range(seeds)])


def test_what_is_held_out_is_never_fitted_to() -> None:
    observed = to_arrays(answers(some_policy("pooled"), participants=10, endpoints=3))
    calls = []

    def watch(training: JudgementArrays, test: JudgementArrays) -> Numbers:
        calls.append((training, test))
        return test.lambda_g * 0

    people = Split("participants", dealt(observed.participant, folds=5, seeds=2))
    cross_validate(observed, people, {"watch": watch})
    assert len(calls) == 10
    assert all(not set(a.participant) & set(b.participant) for a, b in calls)
    calls.clear()
    shared = dealt(np.arange(len(observed)) % 8, folds=4, seeds=1)  # groups share mixes, images
    cross_validate(observed, Split("mixes", shared), {"watch": watch})
    for training, test in calls:
        seen = set(zip(training.image_i, training.image_j, training.lambda_f, strict=True))
        assert not seen & set(zip(test.image_i, test.image_j, test.lambda_f, strict=True))
    calls.clear()
    cross_validate(observed, Split("images", shared), {"watch": watch})
    assert calls
    for training, test in calls:
        assert not {*training.image_i, *training.image_j} & {*test.image_i, *test.image_j}


def linked(*pairs: tuple[int, int]) -> JudgementArrays:
    """Return a judgement of each of these pairs of images."""
    rows = answers(some_policy("global"), participants=len(pairs)).iloc[: len(pairs)]
    observed = to_arrays(rows)
    i, j = np.array(pairs).T
    return replace(observed, image_i=i, image_j=j)


def test_images_that_mixes_link_are_held_out_together() -> None:
    observed = linked((1, 2), (2, 3), (4, 5), (6, 7), (3, 8), (9, 5))
    group = find_linked_images(observed, folds=3)
    together = [sorted(np.flatnonzero(group == each)) for each in np.unique(group)]
    assert sorted(together) == [[0, 1, 4], [2, 5], [3]]


def test_where_all_images_are_linked_each_mix_is_a_group() -> None:
    observed = linked((1, 2), (2, 3), (3, 4), (4, 5))
    assert len(np.unique(find_linked_images(observed, folds=2))) == 4


def test_groups_are_dealt_whole_and_evenly() -> None:
    group = np.repeat(np.arange(13), 4)
    fold = deal(group, 5, seed=1)
    assert all(len(set(fold[group == each])) == 1 for each in range(13))
    assert sorted(np.bincount(fold[::4])) == [2, 2, 3, 3, 3]
    assert not np.array_equal(fold, deal(group, 5, seed=2))


@pytest.mark.slow
def test_the_policy_that_people_follow_wins() -> None:
    scores = compare(answers(some_policy("per_pair"), participants=60, noise=0.1), seeds=1)
    best = scores[scores["over"] == "mixes"].iloc[0]
    assert best["policy"] in ("per_pair", "pooled")
    assert best["rmse"] == pytest.approx(0.1, abs=0.01)
    assert 0 < best["gain_low"] < best["gain"] < best["gain_high"]
    assert best["rmse_low"] < best["rmse"] < best["rmse_high"]
    floor = scores[scores["policy"] == "raters' own spread"].iloc[0]
    assert floor["rmse_low"] < 0.1 < floor["rmse_high"]
    assert best["label_error"] < 0.03
    others = scores[(scores["over"] == "mixes")]
    steps = others["rmse"].diff(-1).mul(-1).to_numpy()[:-1]  # on the row below
    np.testing.assert_allclose(others["step"].to_numpy()[:-1], steps, atol=1e-12)
    assert np.isnan(others["step"].to_numpy()[-1])


@pytest.mark.slow
def test_a_study_without_batches_holds_out_images() -> None:
    rows = answers(some_policy("global"), participants=12, endpoints=2).drop(columns="batch")
    scores = compare(rows, seeds=1)
    assert {"participants", "mixes"} <= set(scores["over"]) <= set(OVER)
    assert (scores.groupby("over", sort=False)["rmse"].first() > 0).all()


def test_one_participant_and_counts_that_are_not_allowed_are_told() -> None:
    rows = answers(some_policy("global"), participants=1)
    with pytest.raises(ElicitError, match=r"^judgements: must be by two participants"):
        compare(rows)
    with pytest.raises(ElicitError, match=r"^--folds: must be 2 or more, got 1$"):
        compare(answers(some_policy("global"), participants=6), folds=1)
    with pytest.raises(ElicitError, match=r"^--seeds: must be from 1 to 1000, got 0"):
        compare(answers(some_policy("global"), participants=6), seeds=0)


@pytest.mark.parametrize("people", [2, 3])
def test_a_pilot_is_compared_as_far_as_its_answers_go(people: int) -> None:
    rows = answers(some_policy("global"), participants=people, endpoints=400)
    blend = ["image_i", "image_j", "lambda_f"]
    alone = rows[~rows.duplicated(blend, keep=False)]  # no mix was judged by two
    notes: list[str] = []
    scores = compare(alone, seeds=1, note=notes.append)
    assert {"participants", "mixes"} <= set(scores["over"])
    for _, part in scores.groupby("over"):
        assert {*part["policy"]} == {"mixup", "global", "per_pair", "pooled"}
        assert part["rmse"].notna().all()
    said = " ".join(notes)
    for told in (
        f"{people} folds instead of 5, as there are {people} participants.",
        "raters' own spread: left out, as no image was judged by two participants.",
        "empirical_bayes, held-out participants: left out: judgements: no image was judged by two",
        "image_average, held-out participants: left out, as no held-out judgement has what it nee",
    ):
        assert told in said


def test_an_interval_stands_where_most_resamples_have_the_score() -> None:
    few = np.where(np.arange(1000) < 600, np.linspace(0, 1, 1000), np.nan)
    assert _find_ends(few) == pytest.approx((0.015, 0.585), abs=0.002)
    assert np.isnan(_find_ends(np.where(np.arange(1000) < 400, few, np.nan))).all()


def h_mix(study: Path) -> pd.DataFrame:
    rows = table.read_study(study)
    return rows[~rows["repeat"]]


def rmse(scores: pd.DataFrame, over: str) -> dict[str, float]:
    part = scores[scores["over"] == over]
    return dict(zip(part["policy"], part["rmse"], strict=True))


def test_h_mix_scores_are_those_known_and_better(h_mix_study: Path, cifar10_folder: Path) -> None:
    rows = h_mix(h_mix_study)
    counts = np.load(SHARED_DATA / "cifar10h" / "cifar10h-counts.npy").astype(np.float64)
    ends = np.concatenate([rows["image_i"], rows["image_j"]])
    looks = measure_endpoints(Cifar10(cifar10_folder), ends, {"cifar10h": counts})
    scores = compare(rows, looks, seeds=1)
    people, images = rmse(scores, "participants"), rmse(scores, "mixes")
    assert people["raters' own spread"] == pytest.approx(0.184, abs=5e-4)
    assert people["mixup"] == pytest.approx(0.226, abs=5e-4)
    assert people["global"] == pytest.approx(0.223, abs=1e-3)
    assert people["per_pair"] == pytest.approx(0.219, abs=1e-3)
    assert people["pooled"] <= 0.218
    assert people["image_aware"] < 0.2075
    assert people["empirical_bayes"] < 0.204
    assert people["image_average"] == pytest.approx(0.247, abs=4e-3)
    assert images["image_aware"] < 0.210 < images["pooled"] < images["mixup"]
    new = rmse(scores, "images")
    assert new["image_aware"] < new["pooled"] < new["mixup"]
    floor = scores[scores["policy"] == "raters' own spread"].iloc[0]
    assert (floor["rmse_low"], floor["rmse_high"]) == pytest.approx((0.175, 0.193), abs=0.004)
    errors = scores[scores["over"] == "participants"].set_index("policy")["label_error"]
    assert errors["mixup"] == pytest.approx(0.131, abs=1e-3)
    assert errors["per_pair"] == pytest.approx(0.119, abs=2e-3)
    steps = scores[scores["over"] == "participants"].set_index("policy")
    assert (steps.loc[["image_aware", "pooled", "global"], "step_low"] > 0).all()
