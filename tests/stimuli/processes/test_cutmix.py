"""CutMix: the rectangle's area, place and continuum."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stimuli.errors import StimulusError
from stimuli.processes.cutmix import CutmixProcess, find_box, paste
from stimuli.processes.process import Rectangle
from stimuli.sources.endpoints import Pictograms

sides = st.integers(1, 300)
shares = st.floats(0, 1)
places = st.tuples(st.floats(0, 1, exclude_max=True), st.floats(0, 1, exclude_max=True))


@given(sides, shares, places)
def test_the_rectangle_has_the_area_of_image_j_to_half_a_side(
    side: int, lambda_f: float, place: tuple[float, float]
) -> None:
    box = find_box(side, lambda_f, place)
    assert abs(box.area - (1 - lambda_f) * side**2) <= side / 2
    assert 0 <= box.x1 <= box.x2 <= side
    assert 0 <= box.y1 <= box.y2 <= side


@given(sides, shares, shares, places)
def test_a_rectangle_of_a_pair_holds_every_smaller_one(
    side: int, one: float, other: float, place: tuple[float, float]
) -> None:
    large, small = (find_box(side, each, place) for each in sorted((one, other)))
    assert large.x1 <= small.x1 <= small.x2 <= large.x2
    assert large.y1 <= small.y1 <= small.y2 <= large.y2


def test_the_ends_are_the_endpoints_and_a_pixel_is_always_one_of_theirs() -> None:
    source = Pictograms()
    pair = (3, 5)
    process = CutmixProcess(source, 7)
    image_i, image_j = map(source.image, pair)
    assert (process.mix(pair, 1.0) == image_i).all()
    assert (process.mix(pair, 0.0) == image_j).all()
    for lambda_f in (0.1, 0.5, 0.9):
        mixed, box = process.mix(pair, lambda_f), process.describe(pair, lambda_f).box
        assert box is not None
        inside = np.zeros((32, 32, 1), dtype=bool)
        inside[box.y1 : box.y2, box.x1 : box.x2] = True
        assert (mixed == np.where(inside, image_j, image_i)).all()


def test_the_seed_and_the_pair_place_the_rectangle_and_the_asking_order_does_not() -> None:
    source = Pictograms()
    first = [CutmixProcess(source, 1).describe((3, k), 0.5).box for k in (5, 15, 25, 35)]
    process = CutmixProcess(source, 1)
    again = [process.describe((3, k), 0.5).box for k in (35, 25, 15, 5)][::-1]
    other = [CutmixProcess(source, 2).describe((3, k), 0.5).box for k in (5, 15, 25, 35)]
    assert first == again
    assert len(set(first)) == 4
    assert first != other


def test_places_are_uniform_over_the_image() -> None:
    process = CutmixProcess(Pictograms(), 0)
    boxes = [process.describe((0, 5 + 10 * k), 0.75).box for k in range(1000)]
    corners = np.array([(box.x1, box.y1) for box in boxes if box is not None])
    assert corners.min() == 0
    assert corners.max() == 16  # the rectangle is 16 x 16
    np.testing.assert_allclose(corners.mean(axis=0), 8, atol=0.6)  # 4 standard errors


def test_a_rectangle_reads_back_from_its_cell() -> None:
    box = Rectangle(1, 2, 3, 4)
    assert Rectangle.parse(str(box)) == box


@pytest.mark.parametrize("cell", ["", "1 2 3", "1 2 3 4 5", "3 2 1 4", "1 2 3 -4", "1 2 3 x"])
def test_a_cell_that_is_no_rectangle_is_told(cell: str) -> None:
    with pytest.raises(StimulusError, match="box: must be four whole numbers"):
        Rectangle.parse(cell)


def test_a_rectangle_beyond_the_image_is_told() -> None:
    image = np.zeros((4, 4, 3), dtype=np.uint8)
    with pytest.raises(StimulusError, match="box: must lie in an image of 4x4 pixels, got 0 0 5 4"):
        paste(image, image, Rectangle(0, 0, 5, 4))


@pytest.mark.parametrize("lambda_f", [-0.01, 1.01, float("nan")])
def test_a_share_that_is_none_is_refused(lambda_f: float) -> None:
    with pytest.raises(ValueError, match="lambda_f must lie in"):
        find_box(32, lambda_f, (0.5, 0.5))
