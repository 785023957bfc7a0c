"""What is drawn anew covers every pixel that differs, on screens of boxes drawn by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from elicit.layout.scene import Box, Fill, Item
from elicit.layout.style import INK, PAPER, Colour
from elicit.screen.redraw import find_changes, merge_boxes, overlap

SIDE = 12  # of the screen, px

boxes = st.builds(Box, *[st.integers(0, 8)] * 2, *[st.integers(1, 4)] * 2)
fills = st.builds(Fill, boxes, st.sampled_from([INK, PAPER, (0, 0, 0)]))
frames = st.lists(fills, max_size=5)


def draw(items: list[Fill], onto: NDArray[np.uint8], region: Box) -> None:
    """Draw what of a frame lies in a region, from the ground up."""
    fill(onto, region, (9, 9, 9))
    for item in items:
        if overlap(item.box, region):
            fill(onto, item.box.cut(region), item.colour)


def fill(onto: NDArray[np.uint8], box: Box, colour: Colour) -> None:
    onto[box.y : box.bottom, box.x : box.right] = colour


@given(frames, frames, st.data())
def test_a_frame_drawn_over_the_one_before_is_the_same_as_one_drawn_from_nothing(
    before: list[Fill], new: list[Fill], data: st.DataObject
) -> None:
    kept = [item for k, item in enumerate(before) if k % 2]
    after = data.draw(st.permutations([*new, *kept]))
    whole = Box(0, 0, SIDE, SIDE)
    screen, fresh = np.zeros((2, SIDE, SIDE, 3), np.uint8)
    draw(before, screen, whole)
    shown_before: list[Item] = [*before]
    shown_after: list[Item] = [*after]
    changes = find_changes(shown_before, shown_after)
    for region in [whole] if changes is None else merge_boxes(changes):
        draw(after, screen, region)
    draw(after, fresh, whole)
    assert np.array_equal(screen, fresh)


@given(frames)
def test_nothing_is_drawn_anew_of_a_frame_that_stays(items: list[Fill]) -> None:
    shown: list[Item] = [replace(item) for item in items]
    assert find_changes([*items], shown) == []


@given(st.lists(boxes))
def test_merged_boxes_cover_all_and_do_not_overlap(several: list[Box]) -> None:
    merged = merge_boxes(several)
    for box in several:
        assert any(each.enclose(box) == each for each in merged)
    for k, box in enumerate(merged):
        assert not any(overlap(box, other) for other in merged[k + 1 :])
