"""How large the images of trials are drawn: one side for all paradigms, where they can show it."""

from __future__ import annotations

from collections.abc import Iterable

from elicit.layout.scene import Picture, Scene
from elicit.pages import AnyPage
from elicit.paradigms import State
from elicit.paradigms.construct import Construct
from elicit.paradigms.discriminate import Discriminate
from elicit.paradigms.infer import Infer

ONE_IMAGE = (Construct, Discriminate, Infer)  # at a time; others show several, smaller ones


def measure_side(scene: Scene) -> int | None:
    """Return the side of a trial's images as drawn, px; None where the scene has none."""
    return next((item.box.w for item in scene.items if isinstance(item, Picture)), None)


def find_common_side(shown: Iterable[tuple[State | AnyPage, Scene]]) -> int | None:
    """Return the largest side, px, at which all trials can be shown that show one image at a time.

    Args:
        shown: pages and trials, each with its scene, in which its image is as large as fits and
            no larger than the study wants it.

    Returns:
        The side; None where no trial shows one image at a time.
    """
    sides = (measure_side(scene) for state, scene in shown if isinstance(state, ONE_IMAGE))
    return min((side for side in sides if side is not None), default=None)
