"""The files of a labelled set."""

import csv
import hashlib
import json
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from elicit.errors import ElicitError
from learn.labels.folder import save
from learn.labels.labelled_set import LabelledDataset
from learn.labels.relabel import relabel
from learn.labels.types import SHARE_TYPES
from learn.study.table import read_study
from tests.learn.helpers.handwritten_studies import row, write_session, write_study

NPZ = {"images", "mixup", "average", "average_omega", "classes", "lambda_f", "n", "image_i"}
NPZ |= {
    "mean_omega",
    "image_j",
    "source",
    "class_i",
    "class_j",
    "process",
    "fingerprint_i",
    "fingerprint_j",
}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> LabelledDataset:
    return relabel(read_study(write_study(tmp_path_factory.mktemp("logs"))))


def test_the_table_has_a_line_an_image_and_is_blank_where_confidence_was_not_asked(
    small: LabelledDataset, tmp_path: Path
) -> None:
    save(small, tmp_path)
    spread = float(small.percepts["sd_lambda_g"][1])
    lines = (tmp_path / "labels.csv").read_bytes().decode("utf-8").split("\n")
    assert lines == [
        "image,class_i,image_i,class_j,image_j,lambda_f,n,mean_lambda_g,sd_lambda_g,mean_omega,"
        "hmix_lambda_g,weighted_lambda_g",
        "0,airplane,0,ship,8,0.6,1,0.5,0.0,,0.5,0.5",
        f"1,cat,3,dog,5,0.25,3,0.3,{spread},0.8,{0.7 / 3!r},{0.7 / 2.4!r}",
        "2,deer,4,horse,7,0.9,1,1.0,0.0,0.0,0.0,1.0",
        "",
    ]


def test_the_table_is_blank_where_confidence_was_never_asked(tmp_path: Path) -> None:
    write_session(tmp_path, "P01", row(3, 5, 0.1 + 0.2))
    save(relabel(read_study(tmp_path)), tmp_path)
    last = (tmp_path / "labels.csv").read_bytes().splitlines()[-1]
    assert last == b"0,cat,3,dog,5,0.30000000000000004,1,0.5,0.0,,0.5,0.5"


def test_numbers_in_the_table_are_the_numbers_bit_for_bit(
    small: LabelledDataset, tmp_path: Path
) -> None:
    save(small, tmp_path)
    with (tmp_path / "labels.csv").open(encoding="utf-8", newline="") as file:
        spreads = [float(line["sd_lambda_g"]) for line in csv.DictReader(file)]
    assert spreads == small.percepts["sd_lambda_g"].tolist()


def test_the_arrays_load_without_pickle_and_match_the_table(
    small: LabelledDataset, tmp_path: Path
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
        assert np.array_equal(arrays["mean_omega"], table["mean_omega"], equal_nan=True)


def test_the_archive_tells_neither_the_time_nor_the_system_it_was_made_on(
    small: LabelledDataset, tmp_path: Path
) -> None:
    save(small, tmp_path)
    with zipfile.ZipFile(tmp_path / "labels.npz") as archive:
        made = {(each.date_time, each.create_system) for each in archive.infolist()}
    assert made == {((1980, 1, 1, 0, 0, 0), 3)}


def test_older_labels_are_replaced_and_the_same_ones_left_alone(
    small: LabelledDataset, tmp_path: Path
) -> None:
    names = ("labels.csv", "labels.npz", "labels.parquet", "croissant.json")
    table, arrays, parquet, croissant = (tmp_path / "new" / name for name in names)
    assert set(save(small, tmp_path / "new").values()) == {"written"}
    before = arrays.stat()
    table.write_text("older", encoding="utf-8")
    states = dict.fromkeys((arrays, parquet, croissant), "unchanged") | {table: "replaced"}
    assert save(small, tmp_path / "new") == states
    assert arrays.stat() == before
    assert sorted(table.parent.iterdir()) == sorted(states)  # nothing unfinished stays


def test_a_file_in_the_place_of_the_folder_is_refused(
    small: LabelledDataset, tmp_path: Path
) -> None:
    (tmp_path / "labels").write_text("mine", encoding="utf-8")
    with pytest.raises(ElicitError, match="labels: --out must be a folder, got a file; choose"):
        save(small, tmp_path / "labels")
    assert (tmp_path / "labels").read_text(encoding="utf-8") == "mine"


def test_a_folder_that_cannot_be_made_is_told_in_one_line(
    small: LabelledDataset, tmp_path: Path
) -> None:
    (tmp_path / "mine").write_text("", encoding="utf-8")
    told = r"mine.labels: cannot be written: .*; mend that, or choose another folder with --out$"
    with pytest.raises(ElicitError, match=told):
        save(small, tmp_path / "mine" / "labels")


def test_what_cannot_be_replaced_leaves_both_files_as_they_were(
    small: LabelledDataset, tmp_path: Path
) -> None:
    (tmp_path / "labels.csv").write_text("older", encoding="utf-8")
    (tmp_path / "labels.npz").mkdir()
    with pytest.raises(ElicitError, match=r"labels\.npz: cannot be written: "):
        save(small, tmp_path)
    assert (tmp_path / "labels.csv").read_text(encoding="utf-8") == "older"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["labels.csv", "labels.npz"]


def test_parquet_holds_the_table_of_the_csv(small: LabelledDataset, tmp_path: Path) -> None:
    save(small, tmp_path)
    table = pd.read_csv(tmp_path / "labels.csv")
    parquet = pd.read_parquet(tmp_path / "labels.parquet")
    assert set(parquet) - set(table) == {"picture", *small.labels}
    pd.testing.assert_frame_equal(parquet[[*table]].convert_dtypes(), table.convert_dtypes())


def test_hugging_face_shows_the_parquet_s_pictures_and_labels(
    small: LabelledDataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    datasets = pytest.importorskip("datasets")
    datasets.disable_progress_bars()
    save(small, tmp_path / "labels")
    loaded = datasets.load_dataset(
        "parquet",
        data_files=str(tmp_path / "labels" / "labels.parquet"),
        split="train",
        cache_dir=str(tmp_path / "cache"),
    )
    assert len(loaded) == len(small.percepts)
    for shown, image in zip(loaded, small.images, strict=True):
        assert (np.asarray(shown["picture"]) == image).all()
        for name, labels in small.labels.items():
            assert shown[name] == labels[shown["image"]].tolist()


@pytest.mark.filterwarnings("ignore")  # of mlcroissant's own use of rdflib and pandas
def test_mlcroissant_finds_nothing_wrong_and_reads_the_set(
    small: LabelledDataset, tmp_path: Path
) -> None:
    mlcroissant = pytest.importorskip("mlcroissant")
    save(small, tmp_path, "# A card\n")
    described = mlcroissant.Dataset(str(tmp_path / "croissant.json"))
    issues = described.metadata.ctx.issues
    assert not issues.errors
    assert all("is recommended" in warning for warning in issues.warnings)  # a lab's own to add
    files = {each.name: each.sha256 for each in described.metadata.distribution}
    beside = {each.name: each for each in tmp_path.iterdir() if each.suffix != ".json"}
    assert files == {
        name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in beside.items()
    }
    for number, record in enumerate(described.records("blends")):
        cells = {name.partition("/")[2]: value for name, value in record.items()}
        assert cells["lambda_f"] == small.percepts["lambda_f"][number]
        assert (np.asarray(cells["picture"]) == small.images[number]).all()
        assert list(cells["average"]) == small.labels["average"][number].tolist()
    assert number == len(small.percepts) - 1


@pytest.mark.parametrize("per_participant", [False, True])
def test_croissant_describes_every_column_of_every_parquet(
    tmp_path: Path, per_participant: bool
) -> None:
    rows = read_study(write_study(tmp_path / "logs"))
    save(relabel(rows, types=[*SHARE_TYPES], per_participant=per_participant), tmp_path)
    described = json.loads((tmp_path / "croissant.json").read_text(encoding="utf-8"))
    tables = {each["@id"]: [f["name"] for f in each["field"]] for each in described["recordSet"]}
    assert len(tables) == 1 + per_participant
    for name, columns in tables.items():
        file = {"blends": "labels", "judgements": "judgements"}[name]
        assert columns == list(pd.read_parquet(tmp_path / f"{file}.parquet"))


def test_every_judgement_is_kept_without_saying_who_gave_it(tmp_path: Path) -> None:
    judgements = read_study(write_study(tmp_path / "logs"))
    save(relabel(judgements, per_participant=True), tmp_path)
    lines = (tmp_path / "judgements.csv").read_text(encoding="utf-8").splitlines()
    assert lines == [
        "image,participant,repeat,lambda_g,omega",
        "0,0,False,0.5,",
        "1,0,False,0.2,0.8",
        "1,0,True,0.4,0.6",
        "1,1,False,0.3,1.0",
        "2,1,False,1.0,0.0",
    ]
    with np.load(tmp_path / "labels.npz", allow_pickle=False) as arrays:
        assert arrays["judgement_image"].tolist() == [0, 1, 1, 1, 2]
        assert arrays["judgement_lambda_g"].tolist() == [0.5, 0.2, 0.4, 0.3, 1.0]
    table = pd.read_parquet(tmp_path / "judgements.parquet")
    assert table["participant"].tolist() == [0, 0, 0, 1, 1]


def test_judgements_of_older_labels_do_not_stay(small: LabelledDataset, tmp_path: Path) -> None:
    judgements = read_study(write_study(tmp_path / "logs"))
    save(relabel(judgements, per_participant=True), tmp_path)
    states = save(small, tmp_path)
    assert states[tmp_path / "judgements.csv"] == "removed"
    assert not list(tmp_path.glob("judgements*"))


def test_every_type_that_judgements_make_is_in_the_file(tmp_path: Path) -> None:
    judgements = read_study(write_study(tmp_path / "logs"))
    save(relabel(judgements, types=SHARE_TYPES), tmp_path)
    with np.load(tmp_path / "labels.npz", allow_pickle=False) as arrays:
        more = {"average_hmix", "average_weighted", "mixup_omega", "policy"}
        more |= {"empirical_bayes", "empirical_bayes_omega"}
        assert set(arrays) == NPZ | more
        assert arrays["average_hmix"][1, 3] == pytest.approx(0.7 / 3)  # cat 3
        assert arrays["average_weighted"][1, 3] == pytest.approx(0.7 / 2.4)
        for name in more:
            assert arrays[name].sum(axis=1) == pytest.approx(np.ones(3))
