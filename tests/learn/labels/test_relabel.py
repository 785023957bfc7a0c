"""The images that were judged, remade, with the labels that the judgements imply."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from elicit.errors import ElicitError
from elicit.log.rows import TrialRow
from learn.labels.relabel import relabel, soft_labels
from learn.labels.types import SHARE_TYPES, TYPES
from learn.study.pooling import pool
from learn.study.selection import select
from learn.study.table import read_study
from stimuli.mixing import mix
from stimuli.sources.endpoints import Pictograms, open_source
from tests.learn.helpers.handwritten_studies import (
    FIRST,
    PICTOGRAMS,
    SECOND,
    row,
    table_of,
    write_session,
    write_study,
)
from tests.stimuli.helpers.cifar_files import some_images, write_binary

CLASSES = PICTOGRAMS.classes
BY_PEOPLE = [name for name in SHARE_TYPES if not TYPES[name].policy]


def judgements(rows: Sequence[TrialRow]) -> pd.DataFrame:
    return table_of(*rows)


def class_folders(parent: Path) -> str:
    for number, name in enumerate(("apple", "pear", "plum")):
        (parent / name).mkdir(parents=True)
        Image.fromarray(some_images(1, seed=number)[0]).save(parent / name / "a.png")
    return str(parent)


def test_a_training_image_is_the_image_the_participant_saw() -> None:
    labelled = relabel(judgements([*FIRST, *SECOND]))
    assert labelled.images.shape == (3, 32, 32, 3)
    assert labelled.images.dtype == np.uint8
    for image, (i, j, lambda_f) in zip(
        labelled.images, [(0, 8, 0.6), (3, 5, 0.25), (4, 7, 0.9)], strict=True
    ):
        assert np.array_equal(image, mix(PICTOGRAMS.image(i), PICTOGRAMS.image(j), lambda_f))


def test_the_labels_of_the_small_study_are_those_worked_out_by_hand() -> None:
    labelled = relabel(judgements([*FIRST, *SECOND]))
    assert labelled.classes == CLASSES
    mixup, average = np.zeros((3, 10)), np.zeros((3, 10))
    ends_i, ends_j = [0, 3, 4], [8, 5, 7]  # airplane and ship, cat and dog, deer and horse
    mixup[range(3), ends_i], mixup[range(3), ends_j] = [0.6, 0.25, 0.9], [0.4, 0.75, 0.1]
    average[range(3), ends_i], average[range(3), ends_j] = [0.5, 0.3, 1.0], [0.5, 0.7, 0.0]
    assert labelled.labels["mixup"] == pytest.approx(mixup)
    assert labelled.labels["average"] == pytest.approx(average)
    plane, cat, deer = labelled.labels["average_omega"]
    assert plane == pytest.approx(labelled.labels["average"][0])  # not asked: unsmoothed
    assert cat == pytest.approx([0.02] * 3 + [0.26, 0.02, 0.58] + [0.02] * 4)  # omega 0.8
    assert deer == pytest.approx([0.1] * 10)  # omega 0


def test_every_label_sums_to_one() -> None:
    rng = np.random.default_rng(5)
    one = row(3, 5, 0.5)
    names = ("lambda_f", "lambda_g", "omega")
    rows = [
        one.model_copy(update=dict(zip(names, each, strict=True))) for each in rng.random((500, 3))
    ]
    for labels in soft_labels(pool(table_of(*rows)), CLASSES, BY_PEOPLE).values():
        assert labels.shape == (500, 10)
        assert labels.min() >= 0
        assert labels.sum(axis=1) == pytest.approx(np.ones(500), abs=1e-15)


def test_people_who_see_the_mix_itself_and_are_sure_leave_mixup_as_it_is() -> None:
    labels = soft_labels(pool(table_of(*[row(3, 5, 0.1, 0.1, 1.0)] * 2)), CLASSES)
    assert np.array_equal(labels["average"], labels["mixup"])
    assert np.array_equal(labels["average_omega"], labels["mixup"])


def test_mixup_smoothed_by_confidence_is_mixup_where_people_were_sure_or_not_asked() -> None:
    percepts = pool(table_of(row(3, 5, 0.1, 0.5, 1.0), row(4, 7, 0.9, 0.5, 0.5), row(0, 8, 0.6)))
    labels = soft_labels(percepts, CLASSES, ["mixup_omega"])
    unasked, sure, unsure = labels["mixup_omega"]
    assert np.array_equal(unasked, labels["mixup"][0])
    assert np.array_equal(sure, labels["mixup"][1])
    assert unsure == pytest.approx(0.5 * labels["mixup"][2] + 0.05)


def test_two_images_of_one_class_are_that_class_at_any_mix() -> None:
    labels = soft_labels(pool(table_of(row(3, 13, 0.3, 0.2))), CLASSES)
    assert labels["average"][0, 3] == 1


def test_images_are_as_large_as_they_were_in_the_lab() -> None:
    labelled = relabel(judgements([row(3, 5, 0.5, source=Pictograms(48))]))
    assert labelled.images.shape == (1, 48, 48, 3)


def test_cifar10_is_found_where_it_usually_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_binary(tmp_path, some_images(3), [3, 5, 8])
    monkeypatch.setenv("ELICIT_CIFAR10", str(tmp_path))
    labelled = relabel(judgements([row(0, 1, 0.5, source=open_source("cifar10"))]))
    assert (labelled.source, len(labelled.classes)) == ("cifar10", 10)
    shown_i, shown_j, _ = some_images(3)
    assert np.array_equal(labelled.images[0], mix(shown_i, shown_j, 0.5))


def test_images_from_a_folder_need_to_be_pointed_to(tmp_path: Path) -> None:
    folder = class_folders(tmp_path)
    judged = judgements([row(0, 2, 0.5, 0.4, source=open_source(folder))])
    with pytest.raises(ElicitError, match="came from a folder; say which with --stimuli PATH"):
        relabel(judged)
    labelled = relabel(judged, folder)
    assert (labelled.source, labelled.classes) == ("folder", ("apple", "pear", "plum"))
    assert labelled.labels["average"] == pytest.approx(np.array([[0.4, 0.0, 0.6]]))


def test_an_image_that_is_not_the_one_shown_is_told_by_file_line_and_id(tmp_path: Path) -> None:
    changed = row(3, 5, 0.25, fingerprint_j="0123456789abcdef")
    write_session(tmp_path, "P01", row(0, 8, 0.6), changed)
    told = (
        r"P01_session-1_task-byhand_data\.csv:3: fingerprint_j: pictograms image 5 is not the one "
        r"shown: must be '0123456789abcdef', got '[0-9a-f]{16}'; point --stimuli to the images"
    )
    with pytest.raises(ElicitError, match=told):
        relabel(read_study(tmp_path))


def test_one_row_that_was_shown_another_image_is_found_among_others() -> None:
    other = SECOND[1].model_copy(update={"fingerprint_i": "0" * 16})
    with pytest.raises(
        ElicitError, match=r"^by_hand.csv:5: fingerprint_i: .* must be '0{16}', got"
    ):
        relabel(judgements([*FIRST, other]))


def test_images_of_which_no_row_says_what_was_shown_are_trusted_and_counted() -> None:
    blank = {"fingerprint_i": "", "fingerprint_j": ""}
    labelled = relabel(judgements([each.model_copy(update=blank) for each in FIRST]))
    assert (labelled.endpoints, labelled.unverified) == (4, 4)
    labelled = relabel(judgements([FIRST[0].model_copy(update=blank), *FIRST[1:]]))
    assert labelled.unverified == 0  # the repeat says what was shown


def test_an_image_that_is_missing_is_told_by_file_and_line(tmp_path: Path) -> None:
    folder = class_folders(tmp_path)
    shown = row(0, 2, 0.5, source=open_source(folder)).model_copy(update={"image_j": 3})
    told = r"^by_hand.csv:2: image_j: folder: image id must be 0 to 2, got 3; point --stimuli"
    with pytest.raises(ElicitError, match=told):
        relabel(judgements([shown]), folder)


def test_an_image_whose_class_is_called_otherwise_now_is_told(tmp_path: Path) -> None:
    folder = class_folders(tmp_path)
    shown = row(0, 2, 0.5, source=open_source(folder))
    (tmp_path / "plum").rename(tmp_path / "prune")
    told = "^by_hand.csv:2: class_j: folder image 2 was 'plum' and is 'prune'; point --stimuli"
    with pytest.raises(ElicitError, match=told):
        relabel(judgements([shown]), folder)


def test_another_source_than_the_study_s_is_refused() -> None:
    with pytest.raises(ElicitError, match="--stimuli: must be cifar10, as in the rows, got pict"):
        relabel(judgements([row(3, 5, 0.5).model_copy(update={"source": "cifar10"})]), "pictograms")


def test_a_study_of_two_image_sizes_is_refused_with_how_many_of_each() -> None:
    larger = row(3, 5, 0.5, source=Pictograms(48))
    told = r"got pictograms of 32 pixels \(3 trials\), pictograms of 48 pixels \(1 trials\); give"
    with pytest.raises(ElicitError, match=told):
        relabel(judgements([*FIRST, larger]))


def test_practice_on_other_images_does_not_stand_in_the_way(tmp_path: Path) -> None:
    practice = row(3, 5, 0.5, source=Pictograms(48), practice=True)
    write_session(write_study(tmp_path), "P03", practice)
    assert len(relabel(select(read_study(tmp_path)).used).percepts) == 3
