"""What pages have in common: title, hint and buttons, and rows to choose from."""

from __future__ import annotations

from elicit.layout.grid import hint_and_button
from elicit.layout.scene import ACCENT, FAINT, GROUND, INK, PAPER, Box, Disc, Fill, Scene
from elicit.trial import Confirm, PageEvent

GO_ON = Confirm()  # what the button of most pages means
WIDTH = 760  # of the column, in a 1024x600 window's pixels


def draw_frame(
    scene: Scene,
    title: str,
    hint: str,
    button: str,
    *,
    ready: bool,
    pressed: PageEvent = GO_ON,
    urgent: bool = False,
) -> Box:
    """Draw title, hint and button; return the room between them.

    Args:
        scene: the window.
        title: above.
        hint: below; blank for none.
        button: what the button below it says.
        ready: whether the button does anything.
        pressed: what it means.
        urgent: whether the hint is in bold, as one that says why nothing happened.
    """
    px, w, h = scene.px, scene.w, scene.h
    column = Box((w - px(WIDTH)) // 2, px(24), px(WIDTH), h - px(24) - px(104))
    heading = Box(column.x, column.y, column.w, px(56))
    scene.label(title, heading, 29, bold=True)
    below, place = hint_and_button(scene, Box(column.x, h - px(100), column.w, px(88)))
    if hint:
        scene.label(hint, below, 15, bold=urgent, colour=INK if urgent else FAINT)
    scene.button(button, place, pressed, ready=ready)
    top = heading.bottom + px(8)
    return Box(column.x, top, column.w, column.bottom - px(6) - top)


def place_side_button(scene: Scene) -> Box:
    """Return the place of a button that is no answer to go on, left of the one that is."""
    px = scene.px
    return Box((scene.w - px(WIDTH)) // 2, scene.h - px(50), px(250), px(38))


def place_rows(room: Box, number: int, height: int, gap: int) -> list[Box]:
    """Return boxes for rows below each other, lower where there is little room."""
    height = min(height, (room.h - gap * (number - 1)) // number)
    return [Box(room.x, room.y + k * (height + gap), room.w, height) for k in range(number)]


def draw_option(
    scene: Scene,
    row: Box,
    text: str,
    *,
    chosen: bool,
    focused: bool,
    mirrored: bool,
    several: bool = False,
) -> None:
    """Draw one row: a mark, filled where chosen, its text, and a frame where the keys are.

    The mark is square where several rows may be chosen, and round where one is.
    """
    px = scene.px
    if focused:
        draw_focus(scene, row)
    side = min(px(22), row.h - px(8))
    x = row.right - px(10) - side if mirrored else row.x + px(10)
    box = Box(x, row.y + (row.h - side) // 2, side, side)
    if several:
        scene.frame(box, px(2), INK)
        scene.items.append(Fill(box, PAPER))
    else:
        scene.ring(box, px(2), INK, PAPER)
    if chosen:
        inner = box.expand(-px(4))
        scene.items.append(Fill(inner, ACCENT) if several else Disc(inner, ACCENT))
    start = row.x + px(8) if mirrored else box.right + px(14)
    end = box.x - px(14) if mirrored else row.right - px(8)
    words = Box(start, row.y + px(2), end - start, row.h - px(4))
    scene.label(text, words, 19, align="start", mirrored=mirrored)


def draw_focus(scene: Scene, row: Box) -> None:
    """Draw a frame around the row that the keys are at."""
    scene.frame(row, scene.px(2), INK)
    scene.items.append(Fill(row, GROUND))
