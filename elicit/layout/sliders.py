"""Sliders, in trials and in questions."""

from __future__ import annotations

from elicit.layout.scene import ACCENT, GROUND, INK, PAPER, TRACK, Box, Fill, Scene, Track
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
    """Draw a slider: focus mark, track, ticks, marker where it was touched, three labels.

    Args:
        scene: the window.
        room: for all of it.
        labels: below its left end, middle and right end; blank for none.
        position: of the marker, 0 (left) to 100 (right); None where it was not touched.
        slider: which one, from the top.
        focused: whether the keys are at it, and there is another one.
    """
    px = scene.px
    track = Box(room.x + px(60), room.y + px(11), room.w - 2 * px(60), px(6))
    if focused:
        scene.frame(track, px(4), INK)
        scene.frame(track, px(2), GROUND)
    scene.items.append(Fill(track, TRACK))
    ticks = [track.x + track.w * k // 2 for k in range(3)]
    scene.items += [
        Fill(Box(x - px(1), track.y - px(3), px(2), px(12)), INK)
        for k, x in enumerate(ticks)
        if k != 1 or labels[1]
    ]
    if position is not None:
        x = track.x + track.w * position // SLIDER_END
        marker = Box(x - px(6), track.y - px(9), px(12), px(24))
        scene.frame(marker, px(2), PAPER)
        scene.items.append(Fill(marker, ACCENT))
    top, gap = track.bottom + px(17), px(12)
    third = (room.w - 2 * gap) // 3
    for k, text in enumerate(labels):
        under = Box(room.x + k * (third + gap), top, third, room.bottom - top)
        if text:
            scene.label(text, under, 17, centre=ticks[k])
    grip = Box(track.x - px(16), track.y - px(11), track.w + 2 * px(16), track.h + 2 * px(11))
    scene.tracks.append(Track(slider, grip, track.x, track.w))
