"""Masks: the image's own pixels, or blocks, in another order."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stimuli.masking import BLOCKS_ACROSS, count_blocks, make_noise, scramble
from stimuli.mixing import Pixels

sides = st.integers(2, 48)
seeds = st.integers(0, 2**32 - 1)


def image_of(side: int) -> Pixels:
    """Return an image whose pixels all differ."""
    values = np.arange(side * side) * 7919 % 256**3
    colours = np.stack([values // 256**2, values // 256 % 256, values % 256], axis=-1)
    return colours.astype(np.uint8).reshape(side, side, 3)


def colours_of(image: Pixels) -> list[tuple[int, ...]]:
    return sorted(map(tuple, image.reshape(-1, 3).tolist()))


def blocks_of(image: Pixels) -> list[bytes]:
    across = count_blocks(len(image))
    size = len(image) // across
    return [
        image[y * size : (y + 1) * size, x * size : (x + 1) * size].tobytes()
        for y in range(across)
        for x in range(across)
    ]


@pytest.mark.parametrize("mask", [make_noise, scramble])
@pytest.mark.parametrize("side", [2, 7, 32])
def test_a_mask_has_the_colours_of_its_image_each_as_often(mask: object, side: int) -> None:
    assert callable(mask)
    image = image_of(side)
    masked = mask(image, 5)
    assert masked.shape == image.shape
    assert masked.dtype == np.uint8
    assert colours_of(masked) == colours_of(image)
    assert masked.mean() == image.mean()


@given(sides, seeds)
def test_the_blocks_of_a_scrambled_image_are_its_image_s_and_none_is_in_its_place(
    side: int, seed: int
) -> None:
    image = image_of(side)
    before, after = blocks_of(image), blocks_of(scramble(image, seed))
    assert sorted(before) == sorted(after)
    assert not any(one == other for one, other in zip(before, after, strict=True))


@pytest.mark.parametrize("mask", [make_noise, scramble])
def test_the_same_seed_gives_the_same_mask_and_another_gives_another(mask: object) -> None:
    assert callable(mask)
    image = image_of(32)
    assert np.array_equal(mask(image, 3), mask(image, 3))
    assert not np.array_equal(mask(image, 3), mask(image, 4))


def test_noise_leaves_no_block_of_the_image_whole() -> None:
    image = image_of(32)
    assert not set(blocks_of(image)) & set(blocks_of(make_noise(image, 1)))


@pytest.mark.parametrize(
    ("side", "blocks"), [(1, 1), (2, 2), (7, 7), (32, 8), (36, 9), (224, 8), (97, 97)]
)
def test_blocks_are_squares_without_a_rest(side: int, blocks: int) -> None:
    assert BLOCKS_ACROSS == 8
    assert count_blocks(side) == blocks
    assert side % blocks == 0


def test_an_image_of_one_pixel_is_its_own_mask() -> None:
    image = image_of(1)
    assert np.array_equal(scramble(image, 1), image)
    assert np.array_equal(make_noise(image, 1), image)
