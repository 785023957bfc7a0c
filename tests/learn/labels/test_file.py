"""A labels.npz or a file of counts that will not do is told in one line."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from elicit.errors import ElicitError
from learn.labels.file import read_counts, read_labels
from stimuli.sources.endpoints import open_source
from tests.learn.helpers.tiny_runs import K, blends, labels_file

IDS = np.arange(3)


def changed(name: str, row: int, column: int, value: float) -> Any:
    array = blends()[name].copy()
    array[row, column] = value
    return {name: array}


def test_every_array_of_a_good_file_is_read(tmp_path: Path) -> None:
    path = labels_file(tmp_path / "labels.npz")
    read = read_labels(path, open_source("pictograms"))
    assert {name: array.tolist() for name, array in read.items()} == {
        name: array.tolist() for name, array in blends().items()
    }


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"images": None}, "has no images; make it with learn relabel$"),
        (changed("average", 3, 0, 0.7), "average: row 3: must be 0 or more and sum to 1, got "),
        (changed("mixup", 2, 1, np.nan), r"mixup: row 2: must be numbers, got \[.*nan.*\]$"),
        (changed("mixup", 2, 1, np.inf), r"mixup: row 2: must be numbers, got \[.*inf.*\]$"),
        ({"average": np.ones((12, 4)) / 4}, r"average: must be 12 by 10 numbers.*got \(12, 4\)"),
        ({"average": np.ones(12)}, r"average: must be 12 by 10 numbers.*got \(12,\) float64$"),
        ({"average": np.full((12, 10), "a")}, r"average: must be 12 by 10 numbers.*<U1$"),
        ({"classes": blends()["classes"][::-1]}, "classes: must be airplane, .* in that order; "),
        ({"classes": np.array(["a", "a"])}, "classes: must be different names; make it with"),
        ({"classes": np.arange(10)}, "classes: must be different names; make it with"),
        ({"images": blends()["images"][:, :16]}, r"images: must be \(N, 32, 32, 3\) uint8, as"),
        ({"images": blends()["images"] / 255}, r"images: must be .* got \(12, 32, 32, 3\) float"),
        ({"class_i": np.arange(12)}, r"class_i: must be whole numbers from 0, below 10, got 10$"),
        ({"images": blends()["images"][:0]}, "images: must be one or more, got none"),
        ({"image_i": np.arange(5)}, r"image_i: must have 12 values in one row, got \(5,\)$"),
        ({"image_i": np.arange(12.0)}, "image_i: must be whole numbers from 0, got float64$"),
        ({"image_j": np.arange(12) - 1}, "image_j: must be whole numbers from 0, got -1$"),
        ({"lambda_f": np.full(12, 1.5)}, r"lambda_f: must lie in \[0, 1\], got 1\.5$"),
        ({"lambda_f": np.full(12, np.nan)}, r"lambda_f: must lie in \[0, 1\], got nan$"),
        ({"judgement_image": np.array([12])}, "judgement_image: must be .* below 12, got 12$"),
        ({"judgement_lambda_g": np.array([0.5])}, "judgement_lambda_g: must have 24 values"),
        ({"judgement_lambda_g": None}, "has judgement_image but no judgement_lambda_g; make it"),
    ],
)
def test_what_is_wrong_in_a_labels_file_is_told_with_its_name(
    tmp_path: Path, change: dict[str, Any], told: str
) -> None:
    path = labels_file(tmp_path / "labels.npz", **change)
    with pytest.raises(ElicitError, match=rf"labels\.npz: {told}"):
        read_labels(path, open_source("pictograms"))


def test_an_array_of_one_s_own_in_a_labels_file_is_left_alone(tmp_path: Path) -> None:
    path = labels_file(tmp_path / "labels.npz", mine=np.ones((12, 10)), note=np.array("mine"))
    assert (read_labels(path, open_source("pictograms"))["mine"] == 1).all()


def test_an_endpoint_that_a_source_has_not_got_is_told(
    tmp_path: Path, cifar10_folder: Path
) -> None:
    path = labels_file(tmp_path / "labels.npz", image_i=np.arange(9990, 10002))
    with pytest.raises(ElicitError, match=r"image_i: must be whole .*, below 10000, got 10000$"):
        read_labels(path, open_source(str(cifar10_folder)))


@pytest.mark.parametrize("content", [b"", b"not an archive", b"PK\x03\x04 broken"])
def test_a_broken_labels_file_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "labels.npz"
    path.write_bytes(content)
    with pytest.raises(ElicitError, match=r"labels\.npz: cannot be read as labels\.npz; make it"):
        read_labels(path, open_source("pictograms"))


def test_a_labels_file_cut_short_or_changed_on_the_way_is_told(tmp_path: Path) -> None:
    path = labels_file(tmp_path / "labels.npz")
    content = path.read_bytes()
    for broken in (content[: len(content) // 2], content[:5000] + b"?" * 99 + content[5099:]):
        path.write_bytes(broken)
        with pytest.raises(ElicitError, match=r"labels\.npz: cannot be read as labels\.npz; "):
            read_labels(path, open_source("pictograms"))


def test_a_single_array_is_no_labels_file(tmp_path: Path) -> None:
    np.save(tmp_path / "labels.npy", np.ones(3))
    with pytest.raises(ElicitError, match=r"cannot be read as labels\.npz: it holds one array; ma"):
        read_labels(tmp_path / "labels.npy", open_source("pictograms"))
    with pytest.raises(ElicitError, match=r"none\.npz: cannot be read: No such file"):
        read_labels(tmp_path / "none.npz", open_source("pictograms"))


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        (np.ones((2, K)), r"must have a row for every image id up to 2 and 10 columns, got \(2, "),
        (np.ones((3, 4)), r"must have a row for .* and 10 columns, got \(3, 4\)$"),
        (np.ones(3), r"must have a row for .* and 10 columns, got \(3,\)$"),
        (np.zeros((3, K)), r"row 0: must be counts or shares, at least one above 0, got \[0 0"),
        (np.full((3, K), -1), "row 0: must be counts or shares"),
        (np.full((3, K), np.nan), "row 0: must be counts or shares"),
        (np.full((3, K), "x"), "must hold one array of numbers, a row an image$"),
    ],
)
def test_counts_of_another_shape_or_kind_are_told(tmp_path: Path, counts: Any, told: str) -> None:
    np.save(tmp_path / "counts.npy", counts)
    with pytest.raises(ElicitError, match=rf"counts\.npy: {told}"):
        read_counts(tmp_path / "counts.npy", IDS, K)


def test_an_archive_and_a_missing_file_are_no_counts(tmp_path: Path) -> None:
    np.savez(tmp_path / "counts.npz", counts=np.ones((3, K)))
    with pytest.raises(ElicitError, match=r"counts\.npz: must hold one array of numbers"):
        read_counts(tmp_path / "counts.npz", IDS, K)
    with pytest.raises(ElicitError, match=r"none\.npy: cannot be read: No such file"):
        read_counts(tmp_path / "none.npy", IDS, K)


def test_counts_are_those_of_the_holdout_s_images(tmp_path: Path) -> None:
    np.save(tmp_path / "counts.npy", np.arange(40).reshape(4, 10))
    found = read_counts(tmp_path / "counts.npy", np.array([3, 1]), K)
    assert found[:, 0].tolist() == [30, 10]
