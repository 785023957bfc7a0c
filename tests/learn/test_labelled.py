"""The two files of a labelled set."""

import csv
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from elicit.errors import ElicitError
from learn.labelled import LabelledSet, save
from learn.percepts import read_study
from learn.relabel import relabel
from tests.learn.studies import row, write_session, write_study

NPZ = {"images", "mixup", "average", "average_omega", "classes", "lambda_f", "n", "image_i"}
NPZ |= {"image_j", "source"}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> LabelledSet:
    return relabel(read_study(write_study(tmp_path_factory.mktemp("logs"))))


def test_the_table_has_a_line_an_image_and_is_blank_where_confidence_was_not_asked(
    small: LabelledSet, tmp_path: Path
) -> None:
    save(small, tmp_path)
    lines = (tmp_path / "labels.csv").read_bytes().decode("utf-8").split("\n")
    assert lines == [
        "image,class_i,image_i,class_j,image_j,lambda_f,n,mean_lambda_g,sd_lambda_g,mean_omega",
        "0,airplane,0,ship,8,0.6,1,0.5,0.0,",
        f"1,cat,3,dog,5,0.25,3,0.3,{small.percepts[1].sd_lambda_g!r},0.8",
        "2,deer,4,horse,7,0.9,1,1.0,0.0,0.0",
        "",
    ]


def test_the_table_is_blank_where_confidence_was_never_asked(tmp_path: Path) -> None:
    write_session(tmp_path, "P01", row(3, 5, 0.1 + 0.2))
    save(relabel(read_study(tmp_path)), tmp_path)
    last = (tmp_path / "labels.csv").read_bytes().splitlines()[-1]
    assert last == b"0,cat,3,dog,5,0.30000000000000004,1,0.5,0.0,"


def test_numbers_in_the_table_are_the_numbers_bit_for_bit(
    small: LabelledSet, tmp_path: Path
) -> None:
    save(small, tmp_path)
    with (tmp_path / "labels.csv").open(encoding="utf-8", newline="") as file:
        spreads = [float(line["sd_lambda_g"]) for line in csv.DictReader(file)]
    assert spreads == [percept.sd_lambda_g for percept in small.percepts]


def test_the_arrays_load_without_pickle_and_match_the_table(
    small: LabelledSet, tmp_path: Path
) -> None:
    save(small, tmp_path)
    table = pd.read_csv(tmp_path / "labels.csv")
    with np.load(tmp_path / "labels.npz", allow_pickle=False) as arrays:
        assert set(arrays) == NPZ
        assert np.array_equal(arrays["images"], small.images)
        for name, labels in small.labels.items():
            assert np.array_equal(arrays[name], labels)
        assert (tuple(arrays["classes"]), str(arrays["source"])) == (small.classes, "pictograms")
        for name in ("lambda_f", "n", "image_i", "image_j"):
            assert arrays[name].tolist() == table[name].tolist()


def test_the_archive_tells_neither_the_time_nor_the_system_it_was_made_on(
    small: LabelledSet, tmp_path: Path
) -> None:
    save(small, tmp_path)
    with zipfile.ZipFile(tmp_path / "labels.npz") as archive:
        made = {(each.date_time, each.create_system) for each in archive.infolist()}
    assert made == {((1980, 1, 1, 0, 0, 0), 3)}


def test_older_labels_are_replaced_and_the_same_ones_left_alone(
    small: LabelledSet, tmp_path: Path
) -> None:
    table, arrays = tmp_path / "new" / "labels.csv", tmp_path / "new" / "labels.npz"
    assert save(small, tmp_path / "new") == {table: "written", arrays: "written"}
    before = arrays.stat()
    table.write_text("older")
    assert save(small, tmp_path / "new") == {table: "replaced", arrays: "unchanged"}
    assert arrays.stat() == before
    assert sorted(table.parent.iterdir()) == [table, arrays]  # nothing unfinished stays


def test_a_file_in_the_place_of_the_folder_is_refused(small: LabelledSet, tmp_path: Path) -> None:
    (tmp_path / "labels").write_text("mine")
    with pytest.raises(ElicitError, match="labels: --out must be a folder, got a file; choose"):
        save(small, tmp_path / "labels")
    assert (tmp_path / "labels").read_text() == "mine"


def test_a_folder_that_cannot_be_made_is_told_in_one_line(
    small: LabelledSet, tmp_path: Path
) -> None:
    (tmp_path / "mine").write_text("")
    told = r"mine.labels: cannot be written: .*; mend that, or choose another folder with --out$"
    with pytest.raises(ElicitError, match=told):
        save(small, tmp_path / "mine" / "labels")


def test_what_cannot_be_replaced_leaves_both_files_as_they_were(
    small: LabelledSet, tmp_path: Path
) -> None:
    (tmp_path / "labels.csv").write_text("older")
    (tmp_path / "labels.npz").mkdir()
    with pytest.raises(ElicitError, match=r"labels\.npz: cannot be written: "):
        save(small, tmp_path)
    assert (tmp_path / "labels.csv").read_text() == "older"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["labels.csv", "labels.npz"]
