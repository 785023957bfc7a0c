"""How boxes of a scene lie to each other."""

from __future__ import annotations

from elicit.layout.scene import Box


def overlap(one: Box, other: Box) -> bool:
    """Return whether two boxes share a pixel."""
    return (
        one.x < other.right
        and other.x < one.right
        and one.y < other.bottom
        and other.y < one.bottom
    )
