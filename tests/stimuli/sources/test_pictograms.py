"""The embedded pictures: the same bytes everywhere, each its class, no two alike."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from stimuli.errors import StimulusError
from stimuli.sources.pictogram_shapes import PAINTERS
from stimuli.sources.pictograms import CLASSES, LARGEST, PLACES, SMALLEST, _contrast, _scene, draw

ROOT = Path(__file__).parents[3]
PINNED = {  # the first 16 digits of each sha256
    ("airplane", 0, 32): "2bb4f38bb687c8af",
    ("cat", 0, 32): "8a2d9ee4a9c9b425",
    ("horse", 11, 64): "718e965d6554d24d",
    ("truck", 539, 224): "b01dc462993a31d5",
}


def _sha256(class_name: str, instance: int, size: int) -> str:
    return hashlib.sha256(draw(class_name, instance, size).tobytes()).hexdigest()[:16]


def _edges(picture: NDArray[np.uint8]) -> NDArray[np.float64]:
    grey = picture.mean(axis=2)
    across, along = grey[1:, 1:] - grey[1:, :-1], grey[1:, 1:] - grey[:-1, 1:]
    steepness: NDArray[np.float64] = np.sqrt(across**2 + along**2).ravel()
    return steepness


def test_the_ten_classes_are_cifar10s_in_alphabetical_order() -> None:
    assert CLASSES == (
        "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
    )  # fmt: skip


@pytest.mark.parametrize("class_name", CLASSES)
@pytest.mark.parametrize("size", [SMALLEST, 32, 50, 64, 224, LARGEST])
def test_a_picture_is_square_rgb_of_the_size_asked_for(class_name: str, size: int) -> None:
    picture = draw(class_name, 0, size)
    assert picture.shape == (size, size, 3)
    assert picture.dtype == np.uint8


def test_a_picture_is_32_pixels_wide_unless_asked_otherwise() -> None:
    assert np.array_equal(draw("cat", 3), draw("cat", 3, 32))


@pytest.mark.parametrize(("asked", "sha256"), PINNED.items())
def test_a_picture_keeps_the_bytes_it_always_had(asked: tuple[str, int, int], sha256: str) -> None:
    assert _sha256(*asked) == sha256


def test_another_process_with_another_hash_seed_draws_the_same_bytes() -> None:
    drawn = "print(draw('dog', 5).tobytes().hex())"
    code = f"import sys; from stimuli.sources.pictograms import draw; {drawn}"
    answer = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "7"},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert answer.stdout.strip() == draw("dog", 5).tobytes().hex()


def test_a_picture_does_not_depend_on_what_was_drawn_before() -> None:
    first = draw("frog", 9)
    draw("ship", 2, 64)
    assert np.array_equal(draw("frog", 9), first)


def test_a_participant_may_write_on_a_picture_without_changing_the_next() -> None:
    picture = draw("bird", 1)
    before = picture.copy()
    picture[:] = 0
    assert np.array_equal(draw("bird", 1), before)


@pytest.mark.slow
@pytest.mark.parametrize("class_name", CLASSES)
def test_two_hundred_instances_of_a_class_are_two_hundred_images(class_name: str) -> None:
    assert len({draw(class_name, instance).tobytes() for instance in range(200)}) == 200


@pytest.mark.parametrize("class_name", CLASSES)
@pytest.mark.parametrize("size", [64, 96, 224, 320])
def test_every_size_of_an_instance_shows_the_same_scene(class_name: str, size: int) -> None:
    for instance in range(3):
        small = draw(class_name, instance, 32).astype(float)
        large = Image.fromarray(draw(class_name, instance, size))
        reduced = np.asarray(large.resize((32, 32), Image.Resampling.BOX), dtype=float)
        other = draw(class_name, instance + 1, 32).astype(float)
        gap = np.abs(reduced - small).mean()
        assert gap < 4  # grey levels of 255
        assert gap * 5 < np.abs(other - small).mean()


@pytest.mark.slow
def test_held_out_pictures_are_nearest_to_the_mean_outline_of_their_own_class() -> None:
    edges = np.array([[_edges(draw(name, k)) for k in range(60)] for name in CLASSES])
    means = edges[:, :40].mean(axis=1)  # (10, 961)
    gaps = ((edges[:, 40:, None] - means) ** 2).sum(axis=3)  # (10 classes, 20 pictures, 10 means)
    right = gaps.argmin(axis=2) == np.arange(10)[:, None]
    assert right.mean() > 0.5  # chance is 0.1


@pytest.mark.parametrize("class_name", CLASSES)
def test_the_places_of_a_class_vary_like_those_of_photographs(class_name: str) -> None:
    corners = np.array([draw(class_name, instance)[:3, :3].mean((0, 1)) for instance in range(40)])
    assert corners.std(axis=0).mean() > 25  # grey levels of 255


@pytest.mark.parametrize("class_name", CLASSES)
def test_every_coat_stands_out_from_a_place_of_its_class(class_name: str) -> None:
    for seed in range(200):
        coat = PAINTERS[class_name](np.random.default_rng(seed)).coat
        assert max(_contrast(place, coat) for place in PLACES[class_name]) > 90


@pytest.mark.parametrize("class_name", CLASSES)
def test_subjects_face_left_and_right(class_name: str) -> None:
    mirrored = [_scene(class_name, instance).pose.mirrored for instance in range(40)]
    assert 8 < sum(mirrored) < 32


def test_an_unknown_class_is_answered_with_the_ten_there_are() -> None:
    with pytest.raises(
        StimulusError, match=r"class must be one of airplane, .*, truck, got 'plane'$"
    ):
        draw("plane", 0)


def test_a_negative_instance_is_refused() -> None:
    with pytest.raises(StimulusError, match=r"instance must be 0 or more, got -1$"):
        draw("cat", -1)


@pytest.mark.parametrize("size", [0, SMALLEST - 1, LARGEST + 1])
def test_a_size_out_of_range_is_refused(size: int) -> None:
    with pytest.raises(StimulusError, match=rf"size must be 16 to 512 pixels, got {size}$"):
        draw("cat", 0, size)
