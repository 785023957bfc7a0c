"""CIFAR-10's test set from both official layouts, and what broken files are answered with."""

import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from stimuli.errors import StimulusError
from stimuli.sources import cifar10, pictograms
from stimuli.sources.cifar10 import Cifar10, find_cifar10
from tests.conftest import SHARED_DATA
from tests.stimuli.helpers.cifar_files import (
    CLASSES,
    pickled,
    some_images,
    write_binary,
    write_python,
)

LABELS = [3, 5, 3, 9, 0]
IMAGES = some_images(5)
Write = Callable[[Path, NDArray[np.uint8], list[int]], Path]
LAYOUTS = [write_python, write_binary]


@pytest.mark.parametrize("write", LAYOUTS)
def test_an_image_id_is_the_place_in_the_test_set(write: Write, tmp_path: Path) -> None:
    write(tmp_path, IMAGES, LABELS)
    source = Cifar10(tmp_path)
    assert np.array_equal([source.image(n) for n in range(5)], IMAGES)
    assert [source.class_of(n) for n in range(5)] == ["cat", "dog", "cat", "truck", "airplane"]


@pytest.mark.parametrize("write", LAYOUTS)
def test_a_class_s_images_are_counted_in_test_set_order(write: Write, tmp_path: Path) -> None:
    write(tmp_path, IMAGES, LABELS)
    source = Cifar10(tmp_path)
    assert [source.image_id("cat", n) for n in range(source.count("cat"))] == [0, 2]
    assert source.count("frog") == 0


@pytest.mark.parametrize("write", LAYOUTS)
def test_the_layout_s_own_folder_may_be_named_too(write: Write, tmp_path: Path) -> None:
    folder = write(tmp_path, IMAGES, LABELS)
    assert np.array_equal(Cifar10(folder).images, IMAGES)


@pytest.mark.parametrize("write", LAYOUTS)
def test_class_names_need_no_file_of_their_own(write: Write, tmp_path: Path) -> None:
    next(write(tmp_path, IMAGES, LABELS).glob("batches.meta*")).unlink()
    assert Cifar10(tmp_path).classes == tuple(CLASSES)


def test_a_pickle_that_python_3_wrote_is_read_too(tmp_path: Path) -> None:
    rows = IMAGES.transpose(0, 3, 1, 2).reshape(5, -1)
    (tmp_path / "test_batch").write_bytes(pickle.dumps({"data": rows, "labels": LABELS}, 4))
    assert np.array_equal(Cifar10(tmp_path).images, IMAGES)


def test_changing_an_image_leaves_the_source_as_it_was(tmp_path: Path) -> None:
    write_binary(tmp_path, IMAGES, LABELS)
    source = Cifar10(tmp_path)
    source.image(0)[:] = 0
    assert np.array_equal(source.image(0), IMAGES[0])


def test_cifar10_and_the_pictograms_have_the_same_classes() -> None:
    assert cifar10.CLASSES == pictograms.CLASSES == tuple(sorted(cifar10.CLASSES))


@pytest.mark.parametrize("image_id", [-1, 5])
def test_an_image_outside_the_test_set_is_refused(image_id: int, tmp_path: Path) -> None:
    write_binary(tmp_path, IMAGES, LABELS)
    with pytest.raises(StimulusError, match=f"cifar10: image id must be 0 to 4, got {image_id}"):
        Cifar10(tmp_path).image(image_id)


@pytest.mark.parametrize("instance", [-1, 2])
def test_an_instance_a_class_does_not_have_is_refused(instance: int, tmp_path: Path) -> None:
    write_binary(tmp_path, IMAGES, LABELS)
    with pytest.raises(StimulusError, match=f"cat has 2 images, .* got {instance}"):
        Cifar10(tmp_path).image_id("cat", instance)


def test_an_unknown_class_is_answered_with_the_classes(tmp_path: Path) -> None:
    write_binary(tmp_path, IMAGES, LABELS)
    with pytest.raises(StimulusError, match=r"one of airplane, .*, truck; got 'lion'"):
        Cifar10(tmp_path).count("lion")


def test_cifar10_has_no_other_size_than_32(tmp_path: Path) -> None:
    with pytest.raises(StimulusError, match="cifar10: image_size must be 32, got 64"):
        Cifar10(tmp_path, image_size=64)


def test_a_folder_without_cifar10_is_answered_with_what_it_must_hold(tmp_path: Path) -> None:
    assert find_cifar10(tmp_path) is None
    with pytest.raises(StimulusError, match="be or hold cifar-10-batches-py or cifar-10-batches-b"):
        Cifar10(tmp_path)


@pytest.mark.parametrize("write", LAYOUTS)
def test_a_missing_test_batch_is_named(write: Write, tmp_path: Path) -> None:
    next(write(tmp_path, IMAGES, LABELS).glob("test_batch*")).unlink()
    with pytest.raises(StimulusError, match=r"test_batch(\.bin)?: no such file; delete the folder"):
        Cifar10(tmp_path)


@pytest.mark.parametrize("write", LAYOUTS)
@pytest.mark.parametrize("kept", [0, 1, 40, 3072, 3074, 9000])
def test_a_cut_off_test_batch_is_named(write: Write, kept: int, tmp_path: Path) -> None:
    batch = next(write(tmp_path, IMAGES, LABELS).glob("test_batch*"))
    batch.write_bytes(batch.read_bytes()[:kept])
    with pytest.raises(StimulusError, match=r"^\S+test_batch.*delete the folder and get") as told:
        Cifar10(tmp_path)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("write", LAYOUTS)
def test_a_label_that_is_no_class_is_named(write: Write, tmp_path: Path) -> None:
    write(tmp_path, IMAGES, [3, 5, 3, 10, 0])
    with pytest.raises(StimulusError, match=r"test_batch.*labels must be 0 to 9, got 10"):
        Cifar10(tmp_path)


@pytest.mark.parametrize("write", LAYOUTS)
def test_class_names_in_another_order_are_refused(write: Write, tmp_path: Path) -> None:
    meta = next(write(tmp_path, IMAGES, LABELS).glob("batches.meta*"))
    meta.write_bytes(meta.read_bytes().replace(b"cat", b"cow"))
    with pytest.raises(StimulusError, match=r"batches\.meta.*classes must be airplane.*'cow'"):
        Cifar10(tmp_path)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"labels": [3]}, "data must be an array of uint8"),
        ({"data": np.zeros((1, 3072)), "labels": [3]}, "data must be an array of uint8"),
        ({"data": np.zeros((1, 3071), np.uint8), "labels": [3]}, r"\(N, 3072\), got \(1, 3071\)"),
        ({"data": np.zeros((0, 3072), np.uint8), "labels": []}, r"\(N, 3072\), got \(0, 3072\)"),
        ({"data": np.zeros((2, 3072), np.uint8), "labels": [3]}, "a list of 2 labels, got 1"),
        ({"data": np.zeros((1, 3072), np.uint8)}, "a list of 1 labels, got NoneType"),
        ([1, 2], "must hold a dictionary, got list"),
    ],
)
def test_a_pickle_of_something_else_is_told_apart(
    content: object, told: str, tmp_path: Path
) -> None:
    (tmp_path / "test_batch").write_bytes(pickle.dumps(content, 4))
    with pytest.raises(StimulusError, match=told):
        Cifar10(tmp_path)


def test_a_pickle_that_would_run_a_program_is_refused_and_runs_nothing(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    hostile = b"cos\nmkdir\n(V" + str(trace).encode() + b"\ntR"
    (tmp_path / "test_batch").write_bytes(pickled(hostile))
    with pytest.raises(StimulusError, match=r"not a CIFAR-10 batch \(it asks for os\.mkdir\)"):
        Cifar10(tmp_path)
    assert not trace.exists()


def test_the_hostile_pickle_of_these_tests_would_run_elsewhere(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    pickle.loads(pickled(b"cos\nmkdir\n(V" + str(trace).encode() + b"\ntR"))
    assert trace.is_dir()


def test_the_whole_test_set_has_a_thousand_images_a_class(cifar10_folder: Path) -> None:
    source = Cifar10(cifar10_folder)
    assert source.images.shape == (10_000, 32, 32, 3)
    assert [source.count(name) for name in source.classes] == [1000] * 10


def test_the_first_images_of_the_test_set_are_the_known_ones(cifar10_folder: Path) -> None:
    source = Cifar10(cifar10_folder)
    first = [source.class_of(n) for n in range(6)]
    assert first == ["cat", "ship", "ship", "airplane", "frog", "frog"]


def test_people_see_in_an_image_the_class_it_is_labelled_with(cifar10_folder: Path) -> None:
    counts = SHARED_DATA / "cifar10h" / "cifar10h-counts.npy"
    if not counts.is_file():
        pytest.skip(f"{counts} is missing")
    people = np.load(counts).argmax(axis=1)
    assert (people == Cifar10(cifar10_folder).labels).mean() > 0.98


def test_a_pixel_is_read_the_right_way_up_and_in_colour(cifar10_folder: Path) -> None:
    with zipfile.ZipFile(SHARED_DATA / "cifar10-jpeg.zip") as archive:
        name = next(name for name in sorted(archive.namelist()) if name.startswith("test/"))
        with archive.open(name) as file, Image.open(file) as image:
            assert np.array_equal(Cifar10(cifar10_folder).image(0), np.asarray(image))
