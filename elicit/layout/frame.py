"""What pages have in common: title, hint and buttons, and rows to choose from."""

from __future__ import annotations

from collections.abc import Sequence

from elicit.layout.grid import hint_and_button
from elicit.layout.scene import Box, Scene
from elicit.layout.style import (
    ACCENT,
    BODY,
    COLUMN,
    FAINT,
    FEW_ROWS,
    GAP,
    HINT,
    HINT_LINES,
    INK,
    MARGIN,
    MARK,
    NEAR,
    PAPER,
    RIM,
    RING,
    SIDE_BUTTON,
    SMALL,
    TARGET,
    TITLE,
    TITLE_LINES,
    TextSize,
)
from elicit.trial import Confirm, PageEvent

GO_ON = Confirm()  # what the button of most pages means


def draw_frame(
    scene: Scene,
    title: str,
    hint: str,
    button: str,
    *,
    ready: bool,
    pressed: PageEvent = GO_ON,
    urgent: bool = False,
    moving: bool = False,
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
        moving: whether the title belongs to the content, which moves down where there is room.
    """
    space = scene.space
    column = place_column(scene)
    foot_h = space(HINT_LINES) + space(GAP) + space(TARGET)
    foot = Box(column.x, scene.h - space(MARGIN) - foot_h, column.w, foot_h)
    below, place = hint_and_button(scene, foot)
    if hint:
        scene.label(hint, below, HINT, bold=urgent, colour=INK if urgent else FAINT)
    scene.button(button, place, pressed, ready=ready)
    bottom = foot.y - space(GAP)
    heading = Box(column.x, space(MARGIN), column.w, space(TITLE_LINES))
    top = heading.bottom + space(GAP)
    if moving:
        scene.begin_content(Box(column.x, heading.y, column.w, bottom - heading.y))
    scene.label(title, heading, TITLE, bold=True, align="start")
    room = Box(column.x, top, column.w, bottom - top)
    if not moving:
        scene.begin_content(room)
    return room


def place_column(scene: Scene) -> Box:
    """Return the column that pages stand in, as high as the window."""
    width = scene.space(COLUMN)
    return Box((scene.w - width) // 2, 0, width, scene.h)


def place_side_button(scene: Scene, *, mirrored: bool) -> Box:
    """Return the place of a button that is no answer to go on, left of the one that is.

    It is the right one of the two where the page is mirrored.
    """
    space, column = scene.space, place_column(scene)
    top, width = scene.h - space(MARGIN) - space(TARGET), space(SIDE_BUTTON)
    x = column.right - width if mirrored else column.x
    return Box(x, top, width, space(TARGET))


def place_rows(room: Box, number: int, height: int, gap: int) -> list[Box]:
    """Return boxes for rows below each other, lower where there is little room."""
    height = min(height, (room.h - gap * (number - 1)) // number)
    return [Box(room.x, room.y + k * (height + gap), room.w, height) for k in range(number)]


def size_rows(
    scene: Scene, texts: Sequence[str], width: int, room_h: int, gap: int
) -> tuple[TextSize, int]:
    """Return the size of rows' texts, and the height of a row that holds any of them, px.

    The largest size is taken at which the room holds all rows, or FEW_ROWS of a long list.

    Args:
        scene: the window.
        texts: one a row, shown or not.
        width: that a row has for its text, px.
        room_h: height of the room for all rows, px.
        gap: between two rows, px.
    """
    height = room_h
    for size in (BODY, HINT, SMALL):
        tallest = max(scene.measure(text, width, size) for text in texts)
        height = max(scene.space(TARGET), tallest + 2 * scene.space(RING))
        if (room_h + gap) // (height + gap) >= min(len(texts), FEW_ROWS):
            return size, height
    return SMALL, min(height, room_h)


def place_words(scene: Scene, row: Box, *, mirrored: bool) -> Box:
    """Return the room that an option's text has in its row, beside the mark."""
    space = scene.space
    inset = 2 * space(GAP) + space(MARK)
    left = space(GAP) if mirrored else inset
    return Box(row.x + left, row.y + space(RIM), row.w - inset - space(GAP), row.h - 2 * space(RIM))


def draw_option(
    scene: Scene,
    row: Box,
    text: str,
    *,
    chosen: bool,
    focused: bool,
    mirrored: bool,
    several: bool = False,
    size: TextSize = BODY,
) -> None:
    """Draw one row: a mark, filled where chosen, its text, and a ring where the keys are.

    The mark is square where several rows may be chosen, and round where one is.
    """
    space = scene.space
    scene.surface(row, focused=focused)
    side = space(MARK)
    x = row.right - space(GAP) - side if mirrored else row.x + space(GAP)
    draw_mark(
        scene, Box(x, row.y + (row.h - side) // 2, side, side), chosen=chosen, several=several
    )
    words = place_words(scene, row, mirrored=mirrored)
    scene.label(text, words, size, align="start", mirrored=mirrored)


def draw_mark(scene: Scene, box: Box, *, chosen: bool, several: bool = False) -> None:
    """Draw a circle, or a square where several may be chosen; with a dark middle where chosen."""
    inner = box.expand(-scene.space(RIM) - scene.space(NEAR))
    if several:
        scene.panel(box, PAPER, rim=RIM, radius=NEAR)
        if chosen:
            scene.panel(inner, ACCENT, radius=RIM)
    else:
        scene.disc(box, PAPER, rim=RIM)
        if chosen:
            scene.disc(inner, ACCENT)
