"""What of a screen must be drawn anew: where it differs from the frame before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from elicit.layout.scene import Box, Item


def find_changes(before: Sequence[Item], after: Sequence[Item]) -> list[Box] | None:
    """Return boxes outside of which two frames are the same; None where no box is known.

    Args:
        before: what the frame on screen shows, in drawing order.
        after: what the next one shows.
    """
    start = _count_same(before, after)
    before, after = before[start:], after[start:]
    end = _count_same(before[::-1], after[::-1])
    before, after = before[: len(before) - end], after[: len(after) - end]
    gone, new = Counter(before), Counter(after)
    gone, new = gone - new, new - gone
    kept = [item for item in before if item not in gone]
    if kept != [item for item in after if item not in new]:
        return None  # drawn in another order, so that what overlaps looks different
    return [item.box for item in (*gone, *new)]


def _count_same(before: Sequence[Item], after: Sequence[Item]) -> int:
    """Return how many items two frames begin with alike."""
    pairs = enumerate(zip(before, after, strict=False))
    shorter = min(len(before), len(after))
    return next((k for k, (one, other) in pairs if one != other), shorter)


def merge_boxes(boxes: Iterable[Box]) -> list[Box]:
    """Return boxes that cover the same pixels, and maybe more, no two of which overlap."""
    merged: list[Box] = []
    for box in boxes:
        while overlapping := [each for each in merged if overlap(each, box)]:
            for each in overlapping:
                merged.remove(each)
                box = box.enclose(each)
        merged.append(box)
    return merged


def overlap(box: Box, other: Box) -> bool:
    """Return whether two boxes share a pixel."""
    across = box.x < other.right and other.x < box.right
    return across and box.y < other.bottom and other.y < box.bottom
