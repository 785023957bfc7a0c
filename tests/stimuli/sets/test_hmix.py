"""The authors' own sets, rebuilt from what they published."""

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from stimuli.errors import StimulusError
from stimuli.manifest.read import read_manifest
from stimuli.manifest.write import describe, verify_images, write_manifest
from stimuli.processes.mixup import MixupProcess
from stimuli.sets.build import Batches, SetItem
from stimuli.sets.excluded_ids import read_ids
from stimuli.sets.grids import parse_grid
from stimuli.sets.hmix import STUDIES, gather, rebuild
from stimuli.sources.cifar10 import Cifar10
from stimuli.sources.endpoints import Pictograms
from tests.conftest import SHARED_DATA

HMIX = SHARED_DATA / "h-mix"
CONSTRUCT = "hmix_construct_midpoint.csv"
SELECT = "hmix_select_shuffled_midpoint.csv"
INFER = "hmix_infer_mixing_factor.csv"


@pytest.fixture(scope="module")
def source(cifar10_folder: Path) -> Cifar10:
    return Cifar10(cifar10_folder)


@pytest.fixture(scope="module")
def hmix() -> Path:
    if not (HMIX / INFER).is_file():
        pytest.skip(f"{HMIX} is missing, so there is nothing to rebuild")
    return HMIX


def published(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def named(item: SetItem) -> str:
    """Return a pair as H-Mix writes it."""
    i, j = item.class_i.capitalize(), item.class_j.capitalize()
    return f"{i}_{item.image_i}_{j}_{item.image_j}"


def items(batches: Batches) -> list[SetItem]:
    return [item for batch in batches for item in batch]


def test_the_first_study_s_249_pairs_are_those_published(hmix: Path, source: Cifar10) -> None:
    batches = rebuild("hse1", hmix, source)
    rows = published(hmix / CONSTRUCT) + published(hmix / SELECT)
    assert {named(item) for item in items(batches)} == {row["class_pair"] for row in rows}
    assert len({named(item) for item in items(batches)}) == 249
    assert {item.lambda_f for item in items(batches)} == {None}


def test_the_first_study_s_batches_are_its_conditions_each_pair_once(
    hmix: Path, source: Cifar10
) -> None:
    batches = rebuild("hse1", hmix, source)
    rows = published(hmix / CONSTRUCT) + published(hmix / SELECT)
    assert [len(batch) for batch in batches] == [30, 30, 29, 29, 30, 30, 30, 30, 30]
    for condition, batch in enumerate(batches):
        names = [named(item) for item in batch]
        assert len(set(names)) == len(names)
        assert set(names) == {
            row["class_pair"] for row in rows if int(row["condition"]) == condition
        }


def test_every_participant_of_the_first_study_saw_one_rebuilt_batch(
    hmix: Path, source: Cifar10
) -> None:
    sets = [{named(item) for item in batch} for batch in rebuild("hse1", hmix, source)]
    for name in (CONSTRUCT, SELECT):
        rows = published(hmix / name)
        for subject in {row["subject"] for row in rows}:
            assert {row["class_pair"] for row in rows if row["subject"] == subject} in sets


def test_the_second_study_s_2070_images_are_those_published(hmix: Path, source: Cifar10) -> None:
    batches = rebuild("hse2", hmix, source)
    rows = published(hmix / INFER)
    made = [(f"{named(item)}.png", item.lambda_f) for item in items(batches)]
    assert len(set(made)) == len(made) == 2070
    assert set(made) == {(row["class_pair"], float(row["mixtureCoeff"])) for row in rows}
    assert {f"mixed_{lambda_f}_{pair}" for pair, lambda_f in made} == {
        row["filename"] for row in rows
    }
    assert Counter(item.lambda_f for item in items(batches)) == {
        0.1: 413, 0.25: 371, 0.5: 524, 0.75: 409, 0.9: 353,
    }  # fmt: skip
    of_each = Counter((item.class_i, item.class_j) for item in items(batches))
    assert set(of_each.values()) == {46}
    assert len(of_each) == 45


def test_every_participant_of_the_second_study_saw_one_rebuilt_batch(
    hmix: Path, source: Cifar10
) -> None:
    batches = rebuild("hse2", hmix, source)
    assert len(batches) == 35
    assert {len(batch) for batch in batches} == {57, 58, 60}
    sets = {frozenset((f"{named(i)}.png", i.lambda_f) for i in batch): 0 for batch in batches}
    rows = published(hmix / INFER)
    for subject in {row["subject"] for row in rows}:
        own = [row for row in rows if row["subject"] == subject]
        sets[frozenset((row["class_pair"], float(row["mixtureCoeff"])) for row in own)] += 1
    assert min(sets.values()) >= 2
    assert sum(sets.values()) == 81


def test_no_rebuilt_set_uses_an_image_of_the_holdout(hmix: Path, source: Cifar10) -> None:
    holdout = read_ids(SHARED_DATA / "cifar10h" / "test_indices.npy")
    assert len(holdout) == 3000
    made = items(rebuild("hse2", hmix, source))
    assert not holdout & {image for item in made for image in (item.image_i, item.image_j)}


@pytest.mark.parametrize("study", STUDIES)
def test_a_rebuilt_set_survives_its_manifest(
    tmp_path: Path, hmix: Path, source: Cifar10, study: str
) -> None:
    batches = rebuild(study, hmix, source)
    grid = parse_grid("0:1:0.1") if study == "hse1" else None
    path = tmp_path / "set.csv"
    write_manifest(path, describe(batches, MixupProcess(source), grid))
    assert (read_manifest(path).batches, read_manifest(path).grid) == (batches, grid)
    verify_images(read_manifest(path), MixupProcess(source))


def test_the_rebuilt_order_is_the_same_every_time(hmix: Path, source: Cifar10) -> None:
    assert rebuild("hse2", hmix, source) == rebuild("hse2", hmix, source)
    assert rebuild("hse2", hmix, source)[0][0] == gather([hmix / INFER], mixed=True)[0][0]


def written(folder: Path, *rows: tuple[str, ...]) -> Path:
    path = folder / INFER
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("subject", "condition", "class_pair", "mixtureCoeff"), *rows])
    return path


def test_participants_of_one_condition_may_see_different_batches(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        ("q", "1", "Cat_3_Dog_7.png", "0.5"),
        ("p", "0", "Cat_3_Dog_9.png", "0.5"),
        ("p", "0", "Bird_2_Dog_9.png", "0.25"),
        ("p", "0", "Cat_3_Dog_9.png", "0.5"),
        ("r", "0", "Bird_2_Dog_9.png", "0.1"),
        ("s", "0", "Bird_2_Dog_9.png", "0.25"),
        ("s", "0", "Cat_3_Dog_9.png", "0.5"),
    )
    assert gather([path], mixed=True) == (
        (SetItem(3, 9, "cat", "dog", 0.5), SetItem(2, 9, "bird", "dog", 0.25)),
        (SetItem(2, 9, "bird", "dog", 0.1),),
        (SetItem(3, 7, "cat", "dog", 0.5),),
    )


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (
            ("p", "0", "Cat_3", "0.5"),
            r":2: class_pair: must be Class_id_Class_id, .*; got 'Cat_3'$",
        ),
        (("p", "0", "Dog_3_Cat_4.png", "0.5"), ":2: class_pair: must be two classes in alphabet"),
        (("p", "0", "Cat_3_Cat_4.png", "0.5"), ":2: class_pair: must be two classes in alphabet"),
        (("p", "x", "Cat_3_Dog_4.png", "0.5"), ":2: condition: must be a whole number from 0; got"),
        (("p", "0", "Cat_3_Dog_4.png", "1.5"), ":2: mixtureCoeff: must be a number from 0 to 1; g"),
        (("p", "0", "Cat_3_Dog_4.png", ""), ":2: mixtureCoeff: must be a number from 0 to 1; got"),
        (("p", "0"), ":2: class_pair: must be Class_id_Class_id"),
    ],
)
def test_a_wrong_cell_is_told_with_its_line_and_column(
    tmp_path: Path, row: tuple[str, ...], told: str
) -> None:
    with pytest.raises(StimulusError, match=told) as line:
        gather([written(tmp_path, row)], mixed=True)
    assert "\n" not in str(line.value)


def test_a_participant_who_saw_part_of_a_batch_is_told(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        ("p", "0", "Cat_3_Dog_9.png", "0.5"),
        ("p", "0", "Bird_2_Dog_9.png", "0.25"),
        ("q", "0", "Bird_2_Dog_9.png", "0.25"),
    )
    told = "participant q saw only a part of a batch of condition 0; get H-Mix's files again$"
    with pytest.raises(StimulusError, match=told):
        gather([path], mixed=True)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", ":1: not H-Mix's: no column condition, subject, class_pair, mixtureCoeff$"),
        (b"subject,condition\n", ":1: not H-Mix's: no column class_pair, mixtureCoeff$"),
        (b"\xff\xfe\x00", ": not a CSV file of H-Mix: "),
        (b'subject,condition,class_pair,mixtureCoeff\n"' + b"a" * 200_000, ": not a CSV file of "),
    ],
)
def test_a_file_that_is_not_h_mix_s_is_told(tmp_path: Path, content: bytes, told: str) -> None:
    (tmp_path / INFER).write_bytes(content)
    with pytest.raises(StimulusError, match=told):
        gather([tmp_path / INFER], mixed=True)


class TestSet(Cifar10):
    """CIFAR-10's test set as far as `rebuild` looks at it: ten classes in turn."""

    __test__ = False

    def __init__(self) -> None:
        super(Cifar10, self).__init__("cifar10", 32, Pictograms().classes, np.arange(10000) % 10)


def test_files_that_are_not_whole_are_told_with_the_numbers(tmp_path: Path) -> None:
    written(tmp_path, ("p", "0", "Cat_3_Dog_5.png", "0.5"))
    told = f"{INFER}: must hold 35 batches with 2070 different stimuli; got 1 with 1; get H-Mix's"
    with pytest.raises(StimulusError, match=told):
        rebuild("hse2", tmp_path, TestSet())


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(StimulusError, match=f"{CONSTRUCT}: no such file; give the folder that"):
        rebuild("hse1", tmp_path, TestSet())


def test_images_in_another_order_are_told(hmix: Path) -> None:
    told = r"^H-Mix: image \d+ is of class [a-z]+, and [a-z]+ in this CIFAR-10; it must be the test"
    with pytest.raises(StimulusError, match=told):
        rebuild("hse1", hmix, TestSet())


def test_only_cifar10_has_the_authors_images(tmp_path: Path) -> None:
    with pytest.raises(StimulusError, match=r"^H-Mix: its images are cifar10's; got pictograms$"):
        rebuild("hse1", tmp_path, Pictograms())
