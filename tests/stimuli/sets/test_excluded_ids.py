"""Lists of images that a set must not use, and sets without them."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stimuli.errors import StimulusError
from stimuli.sets.build import build_batches
from stimuli.sets.excluded_ids import read_ids
from stimuli.sources.endpoints import Pictograms
from tests.stimuli.helpers.noise_images import Noise


def saved(folder: Path, array: object) -> Path:
    path = folder / "ids.npy"
    np.save(path, np.asarray(array))
    return path


@pytest.mark.parametrize("dtype", ["int64", "uint8", "<i4", ">i2"])
def test_a_npy_file_of_any_whole_numbers_is_read(tmp_path: Path, dtype: str) -> None:
    assert read_ids(saved(tmp_path, np.array([[3, 1], [3, 7]], dtype=dtype))) == {1, 3, 7}


@pytest.mark.parametrize("content", ["3\n1\n7\n", "3\r\n1\r\n7", "\ufeff3\n\n 1 \n7\n3\n"])
def test_a_text_file_with_one_id_a_line_is_read(tmp_path: Path, content: str) -> None:
    path = tmp_path / "ids.csv"
    path.write_text(content, encoding="utf-8", newline="")
    assert read_ids(path) == {1, 3, 7}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("image\n3\n", ":1: must be one image id, a whole number from 0, got 'image'$"),
        ("3\n-4\n", ":2: must be one image id, a whole number from 0, got '-4'$"),
        ("3,4\n", ":1: must be one image id, a whole number from 0, got '3,4'$"),
        ("3.0\n", "got '3.0'$"),
        ("٣\n", "got '٣'$"),
        ("9" * 400, "got '99999"),
        ("\n\n", "must hold at least one image id, got none$"),
        ("", "must hold at least one image id, got none$"),
    ],
)
def test_a_wrong_line_is_told_with_its_number(tmp_path: Path, content: str, told: str) -> None:
    path = tmp_path / "ids.txt"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(StimulusError, match=told) as line:
        read_ids(path)
    assert str(line.value).startswith(str(path))
    assert "\n" not in str(line.value)


@pytest.mark.parametrize(
    ("array", "told"),
    [
        ([0.5, 1.0], "must hold whole numbers, the image ids, got float64$"),
        ([True, False], "must hold whole numbers, the image ids, got bool$"),
        (["a"], "must hold whole numbers, the image ids, got <U1$"),
        ([3, -1], "image ids must be 0 or more, got -1$"),
        (np.array([], dtype=np.int64), "must hold at least one image id, got none$"),
        (np.array([{}], dtype=object), "not a .npy file of image ids: "),
    ],
)
def test_a_npy_file_of_something_else_is_told(tmp_path: Path, array: object, told: str) -> None:
    with pytest.raises(StimulusError, match=told):
        read_ids(saved(tmp_path, array))


@pytest.mark.parametrize("content", [b"", b"3\n4\n", b"\x93NUMPY\x01\x00v\x00{'descr': '<i8'"])
def test_a_broken_npy_file_is_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "ids.npy"
    path.write_bytes(content)
    with pytest.raises(StimulusError, match=r"not a \.npy file of image ids: ") as line:
        read_ids(path)
    assert "\n" not in str(line.value)


@pytest.mark.parametrize("name", ["none.npy", "none.txt"])
def test_a_list_that_is_not_there_is_one_line(tmp_path: Path, name: str) -> None:
    with pytest.raises(StimulusError, match=f"{name}: cannot be read: No such file"):
        read_ids(tmp_path / name)


def test_a_picture_given_as_a_list_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "ids"
    path.write_bytes(b"\x89PNG\r\n\xff")
    with pytest.raises(StimulusError, match=r"must be a \.npy file or UTF-8 text"):
        read_ids(path)


@given(st.frozensets(st.integers(0, 17), max_size=9), st.integers(0, 99))
def test_no_excluded_image_is_used_and_the_rest_is_used_evenly(
    exclude: frozenset[int], seed: int
) -> None:
    source = Noise(("a", "b", "c"), each=6)
    try:
        batches = build_batches(source, per_combination=3, batch_size=4, seed=seed, exclude=exclude)
    except StimulusError:  # too few are left
        free = [6 - sum(6 * name <= n < 6 * name + 6 for n in exclude) for name in range(3)]
        assert sorted(free)[0] * sorted(free)[1] < 3
        return
    uses = [image for batch in batches for item in batch for image in (item.image_i, item.image_j)]
    assert not exclude & set(uses)
    for name in range(3):
        free = [n for n in range(6 * name, 6 * name + 6) if n not in exclude]
        counts = [uses.count(image) for image in free]
        assert max(counts) - min(counts) <= 1


def test_an_endless_source_goes_on_to_the_images_that_are_left() -> None:
    asked = {"per_combination": 4, "batch_size": 60, "seed": 0}
    exclude = frozenset(range(0, 100, 2))
    batches = build_batches(Pictograms(), exclude=exclude, **asked)  # type: ignore[arg-type]
    used = {image for batch in batches for item in batch for image in (item.image_i, item.image_j)}
    assert len(used) == 45 * 4 * 2
    assert not used & exclude


def test_excluding_nothing_changes_nothing() -> None:
    source = Noise(("a", "b", "c"), each=6)
    plain = build_batches(source, per_combination=3, batch_size=4, seed=0)
    assert plain == build_batches(
        source, per_combination=3, batch_size=4, seed=0, exclude=frozenset()
    )


def test_a_list_made_for_other_images_is_told() -> None:
    with pytest.raises(
        StimulusError, match=r"^exclude: folder: image id must be 0 to 17, got 9000$"
    ):
        build_batches(
            Noise(("a", "b", "c"), each=6),
            per_combination=1,
            batch_size=4,
            seed=0,
            exclude=frozenset({3, 9000}),
        )


def test_a_class_that_is_excluded_whole_is_told_with_the_numbers() -> None:
    told = "^folder: a and b have 0 and 6 images that are not excluded, so 0 pairs are possible; 1 "
    with pytest.raises(StimulusError, match=told):
        build_batches(
            Noise(("a", "b", "c"), each=6),
            per_combination=1,
            batch_size=4,
            seed=0,
            exclude=frozenset(range(6)),
        )
