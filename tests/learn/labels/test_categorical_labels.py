"""Labelled sets of Categorize: one label an image and an answer, in every file."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from elicit.errors import ElicitError
from learn.labels.categorical import CategoricalAnswer, apply_dirichlet_rule, apply_published_rule
from learn.labels.file import read_labels
from learn.labels.folder import save
from learn.labels.labelled_set import LabelledDataset
from learn.labels.relabel import relabel
from learn.labels.types import CATEGORICAL_TYPES, make_labels
from tests.learn.helpers.handwritten_studies import PICTOGRAMS, named, row, table_of

NAMES = PICTOGRAMS.classes
CAT, DOG, FROG, DEER = (NAMES.index(name) for name in ("cat", "dog", "frog", "deer"))
NO_ENDS = np.zeros((0, 2), np.int64)
# Cats are 3, 13..., dogs 5, 15...; deer 4, horse 7.
ANSWERS = (
    named(4, 7, 0.75, ("frog", 0.5), ("deer", 0.5), participant="P01"),
    named(3, 5, 0.5, ("cat", 0.6), ("frog", 0.2), ["ship"], participant="P01"),
    named(3, 5, 0.5, ("dog", 1.0), participant="P02"),
    named(3, 5, 0.5, ("dog", 0.9), participant="P02", repeat=True),
)


@pytest.fixture(scope="module")
def made() -> LabelledDataset:
    return relabel(table_of(*ANSWERS))


def test_an_image_s_label_is_the_mean_of_its_answers(made: LabelledDataset) -> None:
    said = [
        CategoricalAnswer(CAT, 0.6, FROG, 0.2, frozenset({NAMES.index("ship")})),
        CategoricalAnswer(DOG, 1.0),
        CategoricalAnswer(DOG, 0.9),
    ]
    for name, rule in (
        ("categorical", apply_published_rule),
        ("categorical_dirichlet", apply_dirichlet_rule),
    ):
        mean = sum(rule(each, 10) for each in said) / 3
        assert made.labels[name][0] == pytest.approx(mean)
        assert made.labels[name].sum(axis=1) == pytest.approx(np.ones(2))
    assert made.percepts[["image_i", "n"]].to_numpy().tolist() == [[3, 3], [4, 1]]
    assert made.percepts["named_third"].tolist() == [pytest.approx(1 / 3), 1.0]
    assert tuple(made.labels) == ("mixup", *CATEGORICAL_TYPES)


def test_every_answer_has_a_label_of_its_own_in_every_file(
    made: LabelledDataset, tmp_path: Path
) -> None:
    save(made, tmp_path, "# card")
    arrays = read_labels(tmp_path / "labels.npz", PICTOGRAMS)
    assert arrays["judgement_image"].tolist() == [0, 0, 0, 1]
    assert arrays["judgement_participant"].tolist() == [0, 1, 1, 0]
    of_image = arrays["judgement_label"][:3].mean(axis=0)
    assert of_image == pytest.approx(arrays["categorical"][0])
    table = pd.read_parquet(tmp_path / "judgements.parquet")
    assert np.stack(table["label"].tolist()) == pytest.approx(arrays["judgement_label"])
    assert table["chosen_1"].tolist() == ["cat", "dog", "dog", "frog"]
    lines = (tmp_path / "judgements.csv").read_text(encoding="utf-8").splitlines()
    assert lines[1].startswith("0,0,False,cat,0.6,frog,0.2,ship,airplane/")
    described = json.loads((tmp_path / "croissant.json").read_text(encoding="utf-8"))
    for each, file in zip(described["recordSet"], ("labels", "judgements"), strict=True):
        fields = [field["name"] for field in each["field"]]
        assert fields == list(pd.read_parquet(tmp_path / f"{file}.parquet"))


def test_an_epoch_draws_one_rater_s_label(made: LabelledDataset, tmp_path: Path) -> None:
    save(made, tmp_path)
    arrays = read_labels(tmp_path / "labels.npz")
    blends = make_labels("categorical_raters", arrays, NO_ENDS, "labels.npz", 0)
    assert blends.alternatives is not None
    assert blends.of_blend is not None
    assert blends.of_blend.tolist() == [0, 0, 0, 1]
    assert (blends.alternatives == arrays["judgement_label"]).all()
    assert (blends.labels == arrays["categorical"]).all()


def test_classes_that_were_not_offered_have_no_share() -> None:
    offered = ["cat", "deer", "dog", "frog"]
    answer = named(3, 5, 0.5, ("cat", 0.6), ("frog", 0.2), offered=offered)
    made = relabel(table_of(answer))
    expected = np.zeros(10)
    expected[[CAT, DEER, DOG, FROG]] = 0.6, 0.1, 0.1, 0.2
    assert made.labels["categorical"][0] == pytest.approx(expected)
    elsewhere = np.delete(made.labels["categorical_dirichlet"][0], [CAT, DEER, DOG, FROG])
    assert not elsewhere.any()


def test_a_class_that_the_images_do_not_have_is_named_with_its_row() -> None:
    answer = named(3, 5, 0.5, ("cat", 0.6), offered=["cat", "dog", "yak"])
    with pytest.raises(ElicitError, match=r"by_hand.csv:2: class_order: must be .* got 'yak'; p"):
        relabel(table_of(answer))


def test_types_of_shares_and_of_named_classes_are_kept_apart() -> None:
    with pytest.raises(ElicitError, match=r"--label: .* mixup, categorical, .* got average; only"):
        relabel(table_of(*ANSWERS), types=["average"])
    with pytest.raises(ElicitError, match=r"got categorical; .* say --paradigms categorize$"):
        relabel(table_of(row(3, 5, 0.5)), types=["categorical"])


def test_one_label_an_answer_is_asked_for_where_a_file_has_none(tmp_path: Path) -> None:
    save(relabel(table_of(row(3, 5, 0.5)), per_participant=True), tmp_path)
    arrays = read_labels(tmp_path / "labels.npz")
    with pytest.raises(ElicitError, match=r"make it with learn relabel --paradigms categorize$"):
        make_labels("categorical_raters", arrays, NO_ENDS, "labels.npz", 0)


@pytest.mark.parametrize(
    ("label", "told"),
    [
        ([[0.5] * 10] * 4, "judgement_label: row 0: must be 0 or more and sum to 1, got"),
        ([[1.0]] * 4, r"judgement_label: must be 4 by 10 numbers, a row an image, got \(4, 1\)"),
    ],
)
def test_labels_of_answers_are_checked(
    made: LabelledDataset, tmp_path: Path, label: list[list[float]], told: str
) -> None:
    save(made, tmp_path)
    path = tmp_path / "labels.npz"
    with np.load(path) as file:
        arrays = dict(file)
    np.savez(path, **(arrays | {"judgement_label": np.array(label)}))
    with pytest.raises(ElicitError, match=told):
        read_labels(path)
