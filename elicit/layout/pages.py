"""How pages are laid out: to read, to agree to, to choose on, to write on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from elicit.layout.grid import hint_and_button, place_images
from elicit.layout.scene import (
    ACCENT,
    FAINT,
    GROUND,
    INK,
    PAPER,
    TRACK,
    Blend,
    Box,
    Disc,
    Fill,
    Picture,
    Scene,
)
from elicit.layout.text import typeset_end
from elicit.pages import BUTTON, Booklet, Choice, Consent, FreeText, LeavePage, Page, Scale
from elicit.trial import Choose, Confirm, Leave, PageEvent, Step, Wording, fill_text

GO_ON = Confirm()  # what the button of most pages means
WIDTH = 760  # of the column, in a 1024x600 window's pixels


def _frame(
    scene: Scene,
    title: str,
    hint: str,
    button: str,
    *,
    ready: bool,
    pressed: PageEvent = GO_ON,
) -> Box:
    """Draw title, hint and button; return the room between them."""
    px, w, h = scene.px, scene.w, scene.h
    column = Box((w - px(WIDTH)) // 2, px(24), px(WIDTH), h - px(24) - px(90))
    heading = Box(column.x, column.y, column.w, px(56))
    scene.label(title, heading, 29, bold=True)
    below, place = hint_and_button(scene, Box(column.x, h - px(86), column.w, px(74)))
    if hint:
        scene.label(hint, below, 15, colour=FAINT)
    scene.button(button, place, pressed, ready=ready)
    top = heading.bottom + px(8)
    return Box(column.x, top, column.w, column.bottom - px(6) - top)


def _page(scene: Scene, state: Page, image_size: int, wording: Wording) -> None:
    hint, button = state.hint, state.button or wording.proceed
    if state.wait_s > 0:
        hint = fill_text(wording.wait_hint, seconds=state.wait_s)
    room = _frame(scene, state.title, hint, button, ready=state.wait_s == 0)
    if isinstance(state, LeavePage):
        scene.side_button(wording.stop, _side_button(scene), Leave())
    if state.progress is not None:
        room = _progress(scene, room, state.progress, wording)
    if state.examples:
        below = Box(room.x, room.y + room.h // 2, room.w, room.h - room.h // 2)
        _examples(scene, state, below, image_size)
        room = Box(room.x, room.y, room.w, room.h // 2 - scene.px(8))
    gap = scene.px(14)
    room = Box(room.x, room.y + gap, room.w, room.h - gap)
    scene.label(state.text, room, 21, align="start", top=True)


def _side_button(scene: Scene) -> Box:
    """Return the place of a button that is no answer to go on, left of the one that is."""
    px = scene.px
    return Box((scene.w - px(WIDTH)) // 2, scene.h - px(50), px(250), px(38))


def _progress(scene: Scene, room: Box, progress: tuple[int, int], wording: Wording) -> Box:
    """Draw how far the session has come; return the room above."""
    px, (done, total) = scene.px, progress
    said = fill_text(wording.progress, done=done, total=total)
    below = Box(room.x, room.bottom - px(30), room.w, px(26))
    scene.label(said, below, 16, colour=FAINT)
    scene.draw_progress(Box(room.x, below.y - px(14), room.w, px(8)), done, total)
    return Box(room.x, room.y, room.w, room.h - px(56))


def _examples(scene: Scene, state: Page, room: Box, image_size: int) -> None:
    px, number = scene.px, len(state.examples)
    area = Box(room.x, room.y, room.w, room.h - px(34))
    for example, box in zip(
        state.examples, place_images(scene, area, image_size, number, number, px(26)), strict=True
    ):
        blend = Blend(example.image_i, example.image_j, example.lambda_f)
        scene.items.append(Picture(blend, box))
        if example.caption:
            width = room.w // number - px(10)
            under = Box(box.x + box.w // 2 - width // 2, box.bottom + px(4), width, px(30))
            scene.label(example.caption, under, 16)


def _booklet(scene: Scene, state: Booklet, image_size: int, wording: Wording) -> None:
    _page(scene, state.page, image_size, wording)
    if state.index > 0:
        scene.side_button(wording.previous, _side_button(scene), Step(-1))
    if len(state.pages) > 1:
        px, w, h = scene.px, scene.w, scene.h
        corner = Box(w - px(150), h - px(52), px(130), px(38))
        scene.label(f"{state.index + 1} / {len(state.pages)}", corner, 16, colour=FAINT)


def _rows(room: Box, number: int, height: int, gap: int) -> list[Box]:
    """Return boxes for rows below each other, lower where there is little room."""
    height = min(height, (room.h - gap * (number - 1)) // number)
    return [Box(room.x, room.y + k * (height + gap), room.w, height) for k in range(number)]


def _option(
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
        scene.frame(row, px(2), INK)
        scene.items.append(Fill(row, GROUND))
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


def _consent(scene: Scene, state: Consent, _image_size: int, wording: Wording) -> None:
    px = scene.px
    missing = state.asked_again and not all(state.ticked)
    hint = wording.consent_missing_hint if missing else wording.consent_hint
    ready, pressed = all(state.ticked), Choose(BUTTON)
    room = _frame(scene, state.title, hint, wording.proceed, ready=ready, pressed=pressed)
    number = len(state.points)
    points_h = min(number * px(48), room.h * 6 // 10)
    scene.label(
        state.text, Box(room.x, room.y, room.w, room.h - points_h - px(12)), 19, align="start"
    )
    below = Box(room.x, room.bottom - points_h, room.w, points_h)
    rows, mirrored = _rows(below, number, px(42), px(6)), scene.mirrors(state.text)
    for k, text in enumerate(state.points):
        ticked, focused = state.ticked[k], state.focus == k
        _option(
            scene, rows[k], text, chosen=ticked, focused=focused, mirrored=mirrored, several=True
        )
        scene.buttons.append((rows[k], Choose(k)))
    place, focused = _side_button(scene), state.focus == number
    scene.side_button(wording.decline, place, Choose(number), focused=focused)


def _question(scene: Scene, room: Box, text: str, share: float) -> Box:
    """Write a question; return the room below it."""
    height = int(room.h * share)
    scene.label(text, Box(room.x, room.y, room.w, height), 22, align="start")
    top = room.y + height + scene.px(10)
    return Box(room.x, top, room.w, room.bottom - top)


def _choice(scene: Scene, state: Choice, _image_size: int, wording: Wording) -> None:
    ready = state.chosen is not None
    room = _frame(scene, state.title, wording.choice_hint, wording.proceed, ready=ready)
    room = _question(scene, room, state.question, 0.3)
    rows = _rows(room, len(state.options), scene.px(48), scene.px(8))
    mirrored = scene.mirrors(state.question)
    for k, (row, text) in enumerate(zip(rows, state.options, strict=True)):
        chosen = state.chosen == k
        _option(scene, row, text, chosen=chosen, focused=chosen, mirrored=mirrored)
        scene.buttons.append((row, Choose(k)))


def _scale(scene: Scene, state: Scale, _image_size: int, wording: Wording) -> None:
    px = scene.px
    ready = state.value is not None
    room = _frame(scene, state.title, wording.scale_hint, wording.proceed, ready=ready)
    room = _question(scene, room, state.question, 0.45)
    number = state.high - state.low + 1
    gap = px(6)
    side = min(px(56), (room.w - gap * (number - 1)) // number)
    left = room.x + (room.w - number * side - (number - 1) * gap) // 2
    for k in range(number):
        box = Box(left + k * (side + gap), room.y + px(10), side, side)
        chosen = state.value == state.low + k
        scene.ring(box.expand(-px(2)), px(2), INK, ACCENT if chosen else PAPER)
        _both_ways(scene, str(state.low + k), box, chosen)
        scene.buttons.append((box, Choose(k)))
    half = Box(room.x, room.y + px(10) + side + px(10), room.w // 2 - px(10), px(44))
    scene.label(state.low_label or " ", half, 17, centre=left + side // 2)
    other = Box(room.right - half.w, half.y, half.w, half.h)
    last = left + (number - 1) * (side + gap)
    scene.label(state.high_label or " ", other, 17, centre=last + side // 2)


def _both_ways(scene: Scene, text: str, box: Box, chosen: bool) -> None:
    """Write `text` in both colours it can have, one of them visible."""
    inner = box.expand(-scene.px(7))
    scene.label(text, inner, 19, bold=True, colour=PAPER, visible=chosen)
    scene.label(text, inner, 19, bold=True, colour=INK, visible=not chosen)


def _free_text(scene: Scene, state: FreeText, _image_size: int, wording: Wording) -> None:
    px = scene.px
    room = _frame(scene, state.title, wording.text_hint, wording.proceed, ready=True)
    room = _question(scene, room, state.question, 0.3)
    field = room.expand(-px(2))
    scene.frame(field, px(2), TRACK)
    scene.items.append(Fill(field, PAPER))
    inner = field.expand(-px(8))
    # what is being written is what is seen, however much there is above it
    scene.add_text(typeset_end(f"{state.text}_", inner.w, inner.h, px(19), scene.face), inner)


PAGES: dict[type, Callable[[Scene, Any, int, Wording], None]] = {
    Page: _page,
    LeavePage: _page,
    Booklet: _booklet,
    Consent: _consent,
    Choice: _choice,
    Scale: _scale,
    FreeText: _free_text,
}
