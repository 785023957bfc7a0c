"""Sliders, in trials and in questions."""

from __future__ import annotations

from elicit.layout.scene import Box, Fill, Scene, Track
from elicit.layout.style import (
    ACCENT,
    APART,
    GAP,
    INK,
    KNOB,
    LABEL_LINE,
    LABELS,
    PAPER,
    RIM,
    SLIDER,
    SLIDER_INSET,
    SMALL,
    TARGET,
    TICK,
    TRACK,
    TRACK_H,
)
from elicit.trial import SLIDER_END


def draw_slider(
    scene: Scene,
    room: Box,
    labels: tuple[str, str, str],
    position: int | None,
    *,
    slider: int = 0,
    focused: bool = False,
) -> None:
    """Draw a slider: its panel, a track, ticks, a knob where it was touched, three labels below.

    No number stands beside the knob, as none did in the study that the answers are compared with.

    Args:
        scene: the window.
        room: for all of it; the labels take what is left below the panel.
        labels: below its left end, middle and right end; blank for none.
        position: of the knob, 0 (left) to 100 (right); None where it was not touched.
        slider: which one, from the top.
        focused: whether the keys are at it.
    """
    panel = Box(room.x, room.y, room.w, scene.space(SLIDER))
    ticks = draw_track(
        scene, panel, position, slider=slider, focused=focused, middle=bool(labels[1])
    )
    _label_ends(scene, room, panel, ticks, labels)


def draw_track(
    scene: Scene,
    panel: Box,
    position: int | None,
    *,
    slider: int = 0,
    focused: bool = False,
    middle: bool = True,
) -> list[int]:
    """Draw a slider without labels; return the columns of its ends and its middle, px.

    Args:
        scene: the window.
        panel: its place.
        position: of the knob, 0 (left) to 100 (right), which it is drawn at if it is above; None
            where it was not touched.
        slider: which one, from the top.
        focused: whether the keys are at it.
        middle: whether the middle has a tick.
    """
    space = scene.space
    for at in (True, False):  # both are made ready before the first key
        scene.surface(panel, focused=at, visible=at is focused)
    inset = space(SLIDER_INSET)
    across = panel.w - 2 * inset
    track = Box(panel.x + inset, panel.y + (panel.h - space(TRACK_H)) // 2, across, space(TRACK_H))
    ticks = [track.x + track.w * k // 2 for k in range(LABELS)]
    tick = Box(0, 0, space(RIM), space(TICK))
    scene.items += [
        Fill(Box(x - tick.w // 2, track.y + (track.h - tick.h) // 2, tick.w, tick.h), INK)
        for k, x in enumerate(ticks)
        if k != 1 or middle
    ]
    scene.items.append(Fill(track, TRACK))
    x = track.x + track.w * min(position or 0, SLIDER_END) // SLIDER_END
    knob = Box(x - space(KNOB) // 2, panel.y, space(KNOB), panel.h)
    scene.panel(knob, ACCENT, rim=RIM, rim_colour=PAPER, visible=position is not None)
    reach = (space(TARGET) - panel.h) // 2
    scene.tracks.append(Track(slider, panel.expand(reach), track.x, track.w))
    return ticks


def measure_labels(scene: Scene, labels: tuple[str, str, str], width: int) -> int:
    """Return how high the labels of a slider are at the smallest size, px.

    Args:
        scene: the window.
        labels: of its ends and its middle.
        width: of the slider, px.
    """
    return max(scene.measure(text, _label_width(scene, width), SMALL) for text in labels)


def _label_width(scene: Scene, width: int) -> int:
    return (width - (LABELS - 1) * scene.space(APART)) // LABELS


def _label_ends(
    scene: Scene, room: Box, panel: Box, ticks: list[int], labels: tuple[str, str, str]
) -> None:
    """Write what the ends and the middle of a slider mean, all in one size."""
    gap, third = scene.space(APART), _label_width(scene, room.w)
    top = panel.bottom + scene.space(GAP)
    boxes = [Box(room.x + k * (third + gap), top, third, room.bottom - top) for k in range(LABELS)]
    size = scene.common_size(zip(labels, boxes, strict=True), LABEL_LINE)
    for text, box, tick in zip(labels, boxes, ticks, strict=True):
        if text:
            scene.label(text, box, size, centre=tick, top=True)
