"""How pages are laid out: to read, to agree to, to choose on, to write on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from elicit.layout.frame import draw_frame, draw_option, place_rows, place_side_button
from elicit.layout.grid import place_images
from elicit.layout.scene import (
    FAINT,
    Blend,
    Box,
    Picture,
    Scene,
)
from elicit.pages import BUTTON, Booklet, Consent, LeavePage, Page
from elicit.trial import Choose, Leave, Step, Wording, fill_text


def _page(scene: Scene, state: Page, image_size: int, wording: Wording) -> None:
    hint, button = state.hint, state.button or wording.proceed
    if state.wait_s > 0:
        hint = fill_text(wording.wait_hint, seconds=state.wait_s)
    room = draw_frame(scene, state.title, hint, button, ready=state.wait_s == 0)
    if isinstance(state, LeavePage):
        scene.side_button(wording.stop, place_side_button(scene), Leave())
    if state.progress is not None:
        room = _progress(scene, room, state.progress, wording)
    if state.examples:
        below = Box(room.x, room.y + room.h // 2, room.w, room.h - room.h // 2)
        _examples(scene, state, below, image_size)
        room = Box(room.x, room.y, room.w, room.h // 2 - scene.px(8))
    gap = scene.px(14)
    room = Box(room.x, room.y + gap, room.w, room.h - gap)
    scene.label(state.text, room, 21, align="start", top=True)


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
        scene.side_button(wording.previous, place_side_button(scene), Step(-1))
    if len(state.pages) > 1:
        px, w, h = scene.px, scene.w, scene.h
        corner = Box(w - px(150), h - px(52), px(130), px(38))
        scene.label(f"{state.index + 1} / {len(state.pages)}", corner, 16, colour=FAINT)


def _consent(scene: Scene, state: Consent, _image_size: int, wording: Wording) -> None:
    px = scene.px
    missing = state.asked_again and not all(state.ticked)
    hint = wording.consent_missing_hint if missing else wording.consent_hint
    ready, pressed = all(state.ticked), Choose(BUTTON)
    room = draw_frame(scene, state.title, hint, wording.proceed, ready=ready, pressed=pressed)
    number = len(state.points)
    points_h = min(number * px(48), room.h * 6 // 10)
    scene.label(
        state.text, Box(room.x, room.y, room.w, room.h - points_h - px(12)), 19, align="start"
    )
    below = Box(room.x, room.bottom - points_h, room.w, points_h)
    rows, mirrored = place_rows(below, number, px(42), px(6)), scene.mirrors(state.text)
    for k, text in enumerate(state.points):
        ticked, focused = state.ticked[k], state.focus == k
        draw_option(
            scene, rows[k], text, chosen=ticked, focused=focused, mirrored=mirrored, several=True
        )
        scene.buttons.append((rows[k], Choose(k)))
    place, focused = place_side_button(scene), state.focus == number
    scene.side_button(wording.decline, place, Choose(number), focused=focused)


PAGES: dict[type, Callable[[Scene, Any, int, Wording], None]] = {
    Page: _page,
    LeavePage: _page,
    Booklet: _booklet,
    Consent: _consent,
}
