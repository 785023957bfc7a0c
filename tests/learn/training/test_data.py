"""What a run learns from and is measured on; no blend shows what is held out."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from elicit.errors import ElicitError
from learn.labels.types import PAPER_TYPES
from learn.labels.verification import fingerprint_ends
from learn.study.table import read_study
from learn.training.data import Inputs, find_leaks, gather
from learn.training.split import split, split_blends
from stimuli.errors import StimulusError
from stimuli.mixing import mix
from stimuli.sources.endpoints import open_source
from stimuli.sources.pictograms import draw
from tests.conftest import SHARED_DATA
from tests.learn.helpers.tiny_runs import K, blends, draw_pictograms, labels_file

USED = np.unique(np.stack([blends()["image_i"], blends()["image_j"]]))


def test_training_images_have_hard_labels_and_blends_come_last_with_soft_ones(
    tmp_path: Path,
) -> None:
    labels = labels_file(tmp_path / "labels.npz")
    data = gather(Inputs(labels=labels, train="0:70", holdout="70:80"), "average", 0)
    assert (data.blends, data.dropped) == (12, 0)
    assert (data.train.images[:70] == draw_pictograms(np.arange(70))).all()
    assert (data.train.images[70:] == blends()["images"]).all()
    assert data.train.labels[:70].argmax(axis=1).tolist() == [each % K for each in range(70)]
    assert (data.train.labels[70:] == blends()["average"]).all()
    assert data.train.ids.tolist() == [*range(70), *[-1] * 12]
    assert data.holdout.ids.tolist() == list(range(70, 80))


def test_people_s_counts_become_the_holdout_s_soft_labels(tmp_path: Path) -> None:
    np.save(tmp_path / "counts.npy", np.arange(80)[:, None] * np.array([1, 3] + [0] * 8))
    inputs = Inputs(train="0:10", holdout="10:20", holdout_labels=tmp_path / "counts.npy")
    held = gather(inputs, "none", 0).holdout
    assert held.labels[:, :2] == pytest.approx(np.tile([0.25, 0.75], (10, 1)))
    assert held.counts is not None
    assert held.counts[3].tolist() == [13, 39] + [0] * 8


def test_where_nobody_says_nothing_leaks() -> None:
    train, holdout = split(open_source("pictograms"), None, None, USED)
    assert not np.isin(USED, holdout).any()
    assert not np.isin(train, holdout).any()
    assert (len(train), len(holdout)) == (1000, 429)


def test_blends_that_leak_are_counted_and_refused_and_left_out_when_told_to(
    tmp_path: Path,
) -> None:
    labels = labels_file(tmp_path / "labels.npz")
    held = {int(USED[0]), int(USED[5])}
    arrays = blends()
    leaking = [
        row
        for row in range(12)
        if {int(arrays["image_i"][row]), int(arrays["image_j"][row])} & held
    ]
    ids = tmp_path / "held.txt"
    ids.write_text("\n".join(map(str, held)), encoding="utf-8")
    inputs = Inputs(labels=labels, train="100:110", holdout=str(ids))
    told = rf"labels\.npz: {len(leaking)} of 12 blends have an endpoint in the holdout.*--drop-le"
    with pytest.raises(ElicitError, match=told):
        gather(inputs, "participants", 0)
    dropped = Inputs(labels=labels, train="100:110", holdout=str(ids), drop_leaks=True)
    kept = [row for row in range(12) if row not in leaking]
    data = gather(dropped, "participants", 0)
    assert (data.dropped, data.blends) == (len(leaking), len(kept))
    assert (data.train.images[10:] == arrays["images"][kept]).all()
    assert data.of_blend is not None
    assert data.alternatives is not None
    assert data.of_blend.tolist() == sorted(2 * list(range(len(kept))))
    both = data.alternatives.reshape(len(kept), 2, K).mean(axis=1)
    assert both == pytest.approx(arrays["average"][kept])
    plain = gather(dropped, "average", 0)
    assert (plain.train.labels[10:] == arrays["average"][kept]).all()
    assert gather(inputs, "none", 0).dropped == 0


def class_folders(folder: Path, each: int = 4) -> Path:
    """Write `each` pictograms of two classes as PNG files, and return the folder."""
    for number in range(2 * each):
        name = ("cat", "dog")[number % 2]
        (folder / name).mkdir(parents=True, exist_ok=True)
        Image.fromarray(draw(name, number, 32)).save(folder / name / f"{number}.png")
    return folder


def folder_labels(folder: Path, path: Path, ends: Sequence[tuple[int, int]]) -> Path:
    """Write a labels.npz of blends of a folder's images, with fingerprints, and return it."""
    source = open_source(str(folder))
    i, j = np.array(ends).T
    image_i, image_j = (np.stack([source.image(each) for each in of.tolist()]) for of in (i, j))
    print_i, print_j = fingerprint_ends(image_i, image_j).T
    mixed = mix(image_i, image_j, np.full(len(i), 0.5))
    arrays = {"images": mixed, "image_i": i, "image_j": j}
    arrays |= {"classes": np.array(source.classes), "lambda_f": np.full(len(i), 0.5)}
    arrays |= {"mixup": np.full((len(i), 2), 0.5), "source": np.array(source.name)}
    np.savez(path, **arrays, fingerprint_i=print_i, fingerprint_j=print_j)
    return path


def test_a_file_added_to_a_folder_moves_ids_and_the_labels_are_refused(tmp_path: Path) -> None:
    folder = class_folders(tmp_path / "images")
    labels = folder_labels(folder, tmp_path / "labels.npz", [(1, 5), (2, 6)])
    inputs = Inputs(str(folder), labels, holdout="0:1")
    assert gather(inputs, "mixup", 0).blends == 2
    Image.fromarray(draw("cat", 77, 32)).save(folder / "cat" / "00.png")
    told = r"labels\.npz: fingerprint_i: row 0: folder image 1 is not the one that was mixed: must"
    with pytest.raises(ElicitError, match=told):
        gather(inputs, "mixup", 0)


def test_a_copy_of_an_endpoint_in_the_holdout_leaks_though_its_id_differs(tmp_path: Path) -> None:
    folder = class_folders(tmp_path / "images")
    copied = (folder / "cat" / "2.png").read_bytes()
    (folder / "cat" / "9.png").write_bytes(copied)  # image 4, a copy of image 1
    labels = folder_labels(folder, tmp_path / "labels.npz", [(1, 5), (2, 6)])
    inputs = Inputs(str(folder), labels, train="6:9", holdout="4:5")
    with pytest.raises(ElicitError, match="1 of 2 blends have an endpoint in the holdout"):
        gather(inputs, "mixup", 0)
    assert gather(replace(inputs, drop_leaks=True), "mixup", 0).dropped == 1


def test_a_copy_of_a_held_out_image_is_not_trained_on(tmp_path: Path) -> None:
    folder = class_folders(tmp_path / "images")
    (folder / "cat" / "9.png").write_bytes((folder / "cat" / "2.png").read_bytes())
    inputs = Inputs(str(folder), holdout="4:5")
    assert gather(inputs, "none", 0).train.ids.tolist() == [0, 2, 3, 5, 6, 7, 8]
    told = "--train: 1 of its 4 images are held out too, under other ids; the first is 1; take them"
    with pytest.raises(ElicitError, match=told):
        gather(replace(inputs, train="0:4"), "none", 0)


def test_a_study_of_its_own_images_says_how_to_hold_some_out(tmp_path: Path) -> None:
    folder = class_folders(tmp_path / "images")
    ends = [(0, 4), (1, 5), (2, 6), (3, 7)]
    inputs = Inputs(str(folder), folder_labels(folder, tmp_path / "labels.npz", ends))
    told = "^--holdout: not given, and no image is left to hold out, .* 8 images .*--drop-leaks"
    with pytest.raises(ElicitError, match=told):
        gather(inputs, "mixup", 0)
    data = gather(replace(inputs, drop_leaks=True), "mixup", 0)
    assert len(data.holdout.ids) == 2
    held = set(data.holdout.ids.tolist())
    assert data.dropped == sum(bool(held & set(pair)) for pair in ends)
    assert not held & set(data.train.ids.tolist())


def test_blends_that_all_leak_are_refused_even_when_told_to_drop(tmp_path: Path) -> None:
    labels = labels_file(tmp_path / "labels.npz")
    inputs = Inputs(labels=labels, train="60:80", holdout="0:60", drop_leaks=True)
    with pytest.raises(ElicitError, match="every blend has an endpoint in the holdout"):
        gather(inputs, "mixup", 0)


def test_none_of_the_published_2070_images_leaks_into_the_3000(h_mix_study: Path) -> None:
    counts = SHARED_DATA / "cifar10h"
    if not counts.is_dir():
        pytest.skip(f"{counts} is missing, so there is no holdout")
    rows = read_study(h_mix_study)
    judged = rows[rows["paradigm"] == "infer"].drop_duplicates(["image_i", "image_j", "lambda_f"])
    ends = judged[["image_i", "image_j"]].to_numpy(np.int64)
    assert len(ends) == 2070
    assert find_leaks(ends, np.load(counts / "test_indices.npy")).sum() == 0
    assert find_leaks(ends, np.load(counts / "train_indices.npy")).all()


def test_the_sha256_of_the_data_is_of_all_that_decides_the_result(tmp_path: Path) -> None:
    inputs = Inputs(labels=labels_file(tmp_path / "labels.npz"), train="60:62", holdout="70:72")
    of = {name: gather(inputs, name, 0).sha256() for name in (*PAPER_TYPES, "participants")}
    assert len({each["training data"] for each in of.values()}) == len(of)
    assert len({each["holdout"] for each in of.values()}) == 1
    files = gather(inputs, "none", 0).files
    assert list(files) == ["labels"]
    assert len(files["labels"]) == 64


@pytest.mark.parametrize(
    ("train", "holdout", "told"),
    [
        ("0:10", "5:5", "--holdout: must hold at least one image, got none; name some ids"),
        ("0:1", "5:9", "--train: must hold at least two images, got 1"),
        ("0:10", "9:12", "--holdout: 1 of its 3 images are among the training images too, .* 9;"),
        ("0:10", "0-9", "--holdout: must be a file of image ids, or FIRST:LAST such as 0:7000"),
        ("0:99999999999", None, "--train: image ids must be at most 99999999, got 0:9999"),
    ],
)
def test_a_split_that_cannot_be_is_told(train: str, holdout: str | None, told: str) -> None:
    with pytest.raises(ElicitError, match=f"^{told}"):
        gather(Inputs(train=train, holdout=holdout), "none", 0)


def test_ids_that_a_source_has_not_got_are_told(cifar10_folder: Path) -> None:
    source, none = open_source(str(cifar10_folder)), np.zeros(0, np.int64)
    with pytest.raises(ElicitError, match=r"^--train: image ids must be below 10000, got 10000$"):
        split(source, "9000:10001", None, none)
    with pytest.raises(ElicitError, match=r"^--holdout: image ids must be below 10000, got 20000"):
        split(source, None, "20000:20001", none)


def test_a_file_that_is_no_list_of_ids_is_told(tmp_path: Path) -> None:
    path = tmp_path / "ids.txt"
    path.write_text("1\ntwo\n", encoding="utf-8")
    with pytest.raises(StimulusError, match=r"ids\.txt:2: must be one image id"):
        gather(Inputs(train=str(path)), "none", 0)


def test_pictograms_have_no_last_id() -> None:
    train, holdout = split(open_source("pictograms"), "0:10", "5000:5003", np.zeros(0, np.int64))
    assert (train.max(), holdout.tolist()) == (9, [5000, 5001, 5002])


def test_an_endpoint_of_a_large_id_has_no_million_others_drawn_beside_it() -> None:
    used = np.array([3, 999_999])
    train, holdout = split(open_source("pictograms"), None, None, used)
    plain = [len(ids) for ids in split(open_source("pictograms"), None, None, used[:1])]
    assert [len(train), len(holdout)] == [plain[0] + 1, plain[1]]
    assert set(used) <= set(train)


def test_a_type_that_needs_blends_says_so() -> None:
    with pytest.raises(ElicitError, match=r"^--type: average needs blends; give --labels labels"):
        gather(Inputs(), "average", 0)


def test_no_endpoint_of_a_held_out_blend_is_in_a_blend_that_is_trained_on() -> None:
    arrays = blends()
    ends = np.stack([arrays["image_i"], arrays["image_j"]], axis=1)
    nowhere, seen = np.zeros(12, bool), []
    for fold in range(5):
        left_out, judged = split_blends(arrays, ends % K, ends.astype(str), fold, nowhere)
        held, others = judged.held_out, judged.others
        assert not np.isin(ends[held.blend], ends[others.blend]).any()
        assert np.flatnonzero(~left_out).tolist() == others.blend.tolist()
        of_held = arrays["judgement_lambda_g"][np.isin(arrays["judgement_image"], held.blend)]
        assert sorted(held.lambda_g) == sorted(of_held)
        assert (held.lambda_f == arrays["lambda_f"][held.blend]).all()
        assert (held.ends == ends[held.blend] % K).all()
        seen += held.blend.tolist()
    assert sorted(seen) == list(range(12))


def test_the_same_blends_are_held_out_whatever_the_label_type(tmp_path: Path) -> None:
    labels = labels_file(tmp_path / "labels.npz")
    inputs = Inputs(labels=labels, train="0:70", holdout="70:80", blend_fold=0)
    data, without = (gather(inputs, name, 0) for name in ("average", "none"))
    assert data.judged is not None
    assert without.judged is not None
    assert (data.train.images[70:] == blends()["images"][data.judged.others.blend]).all()
    assert (without.judged.held_out.blend == data.judged.held_out.blend).all()
    assert data.sha256()["held-out blends"] == without.sha256()["held-out blends"]


def test_blends_that_share_an_image_with_those_held_out_are_on_neither_side(
    tmp_path: Path,
) -> None:
    """All blends are of image 0: whichever are held out, nothing is left to train on."""
    image_i, image_j = np.zeros(12, int), np.arange(1, 13)
    shares = blends()["lambda_f"].tolist()
    images = mix(draw_pictograms(image_i), draw_pictograms(image_j), shares)
    path = tmp_path / "labels.npz"
    labels = labels_file(path, image_i=image_i, image_j=image_j, images=images)
    inputs = Inputs(labels=labels, train="0:70", holdout="70:80", blend_fold=0)
    with pytest.raises(ElicitError, match=r"^--blend-fold: 0 of .* no judged blend to train on"):
        gather(inputs, "average", 0)


def test_blends_cannot_be_held_out_without_judgements(tmp_path: Path) -> None:
    labels = labels_file(tmp_path / "labels.npz", judgement_image=None)
    inputs = Inputs(labels=labels, train="0:70", holdout="70:80", blend_fold=0)
    with pytest.raises(ElicitError, match=r"labels\.npz: has no judgement_image, .*--per-partic"):
        gather(inputs, "average", 0)
    with pytest.raises(ElicitError, match=r"^--blend-fold: needs judged blends; give --labels"):
        gather(replace(inputs, labels=None), "none", 0)
