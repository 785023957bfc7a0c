"""Mixed images: the formula, its one rounding, and the fingerprint of an image."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from stimuli.mixing import fingerprint, mix

Pixels = NDArray[np.uint8]

images = arrays(np.uint8, (4, 5, 3))
shares = st.floats(0, 1)
eighths = st.integers(0, 8).map(lambda n: n / 8)  # 1 - x is exact
EVERY_I, EVERY_J = np.divmod(np.arange(65536).reshape(256, 256), 256)


def grey(value: int) -> Pixels:
    return np.full((2, 2, 3), value, dtype=np.uint8)


@given(images, images)
def test_a_mix_at_one_is_image_i_and_at_zero_image_j(i: Pixels, j: Pixels) -> None:
    assert np.array_equal(mix(i, j, 1.0), i)
    assert np.array_equal(mix(i, j, 0.0), j)


@given(images, images, eighths)
def test_a_pair_named_the_other_way_round_gives_the_same_mix(
    i: Pixels, j: Pixels, share: float
) -> None:
    assert np.array_equal(mix(i, j, share), mix(j, i, 1 - share))


@given(images, shares)
def test_an_image_mixed_with_itself_stays_as_it_is(image: Pixels, share: float) -> None:
    assert np.array_equal(mix(image, image, share), image)


@given(images, images, shares)
def test_a_mix_is_the_nearest_image_to_the_formula(i: Pixels, j: Pixels, share: float) -> None:
    exact = Fraction(share) * int(i[0, 0, 0]) + (1 - Fraction(share)) * int(j[0, 0, 0])
    assert abs(int(mix(i, j, share)[0, 0, 0]) - exact) <= Fraction(1, 2) + Fraction(1, 10**9)


@given(images, images, shares)
def test_a_mix_leaves_its_endpoints_as_they_were(i: Pixels, j: Pixels, share: float) -> None:
    before = i.copy(), j.copy()
    mix(i, j, share)
    assert np.array_equal(i, before[0])
    assert np.array_equal(j, before[1])


def test_a_half_is_rounded_to_the_even_grey() -> None:
    assert mix(grey(0), grey(1), 0.5)[0, 0, 0] == 0
    assert mix(grey(1), grey(2), 0.5)[0, 0, 0] == 2


def test_a_mix_is_rounded_once() -> None:
    assert mix(grey(3), grey(3), 0.5)[0, 0, 0] == 3  # rounding each part would give 4


@pytest.mark.parametrize("tenth", range(11))
def test_more_of_image_i_never_moves_a_pixel_away_from_it(tenth: int) -> None:
    i = np.repeat(EVERY_I[..., None].astype(np.uint8), 3, axis=2)
    j = np.repeat(EVERY_J[..., None].astype(np.uint8), 3, axis=2)
    less, more = mix(i, j, tenth / 11), mix(i, j, (tenth + 1) / 11)
    distance_less, distance_more = abs(less - i.astype(int)), abs(more - i.astype(int))
    assert (distance_more <= distance_less).all()


@given(st.integers(0, 7), st.integers(0, 2**32 - 1))
def test_a_stack_is_mixed_like_its_images_one_by_one(count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    i, j = rng.integers(0, 256, (2, count, 3, 4, 3), dtype=np.uint8)
    share = rng.random(count)
    one_by_one = [mix(a, b, c) for a, b, c in zip(i, j, share, strict=True)]
    assert np.array_equal(mix(i, j, share), np.array(one_by_one).reshape(i.shape))


def test_a_stack_too_long_for_one_piece_is_mixed_whole() -> None:
    i, j = np.random.default_rng(0).integers(0, 256, (2, 700, 32, 32, 3), dtype=np.uint8)
    share = np.linspace(0, 1, 700)
    mixed = mix(i, j, share)
    assert all(np.array_equal(mixed[n], mix(i[n], j[n], share[n])) for n in range(700))


@pytest.mark.parametrize("share", [-0.1, 1.0000001, float("nan"), float("inf")])
def test_a_share_outside_zero_to_one_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match=r"^mix: lambda_f must lie in \[0, 1\], got"):
        mix(grey(0), grey(1), share)


def test_endpoints_of_two_sizes_are_not_mixed() -> None:
    with pytest.raises(ValueError, match=r"same shape, got \(2, 2, 3\) and \(3, 2, 3\)"):
        mix(grey(0), np.zeros((3, 2, 3), dtype=np.uint8), 0.5)


def test_only_colour_images_are_mixed() -> None:
    one_channel = np.zeros((4, 4, 1), dtype=np.uint8)
    with pytest.raises(ValueError, match=r"must be \(H, W, 3\) or \(N, H, W, 3\), got \(4, 4, 1\)"):
        mix(one_channel, one_channel, 0.5)


def test_only_8_bit_images_are_mixed() -> None:
    floats = np.zeros((2, 2, 3))
    with pytest.raises(ValueError, match="images must be uint8, got uint8 and float64"):
        mix(grey(0), floats, 0.5)  # type: ignore[arg-type]


@pytest.mark.parametrize("share", [0.5, [0.5, 0.5, 0.5]])
def test_a_stack_needs_one_share_an_image(share: float | list[float]) -> None:
    stack = np.zeros((2, 4, 4, 3), dtype=np.uint8)
    with pytest.raises(ValueError, match=r"one number an image, shape \(2,\), got shape"):
        mix(stack, stack, share)


def test_the_same_pixels_have_the_same_fingerprint_however_they_lie_in_memory() -> None:
    image = np.random.default_rng(0).integers(0, 256, (5, 4, 3), dtype=np.uint8)
    assert fingerprint(image) == fingerprint(np.asfortranarray(image))
    assert fingerprint(image) == fingerprint(image.copy())
    assert len(fingerprint(image)) == 16


def test_one_changed_pixel_changes_the_fingerprint() -> None:
    image = grey(7)
    image[1, 1, 2] += 1
    assert fingerprint(image) != fingerprint(grey(7))


def test_the_same_bytes_in_another_shape_are_another_image() -> None:
    assert fingerprint(grey(7)) != fingerprint(grey(7).reshape(1, 4, 3))


def test_a_fingerprint_stays_what_it_was_in_older_logs() -> None:
    assert fingerprint(np.arange(12, dtype=np.uint8).reshape(2, 2, 3)) == "afad1ce13a8f8a2c"


def test_only_8_bit_images_have_a_fingerprint() -> None:
    with pytest.raises(ValueError, match="image must be uint8, got float64"):
        fingerprint(np.zeros((2, 2, 3)))  # type: ignore[arg-type]
