"""How pages are laid out: to read, to agree to, to choose on, to write on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from elicit.layout.frame import (
    draw_frame,
    draw_option,
    place_rows,
    place_side_button,
    place_words,
)
from elicit.layout.grid import place_images
from elicit.layout.scene import Blend, Box, Fill, Picture, Scene
from elicit.layout.style import (
    APART,
    BODY,
    CAPTION_LINES,
    CARD_SHAPE,
    CARD_TEXT_SHARE,
    FAINT,
    GAP,
    HINT,
    HINT_LINE,
    MARGIN,
    NEAR,
    PAPER,
    POINTS_SHARE,
    PROGRESS,
    ROW,
    TEXT_COLUMN,
)
from elicit.pages import BUTTON, Booklet, CardPage, Consent, LeavePage, Page
from elicit.trial import Choose, Leave, Step, Wording, fill_text


def _page(
    scene: Scene, state: Page, image_size: int, wording: Wording, *, leafed: bool = False
) -> None:
    """Draw a page; the title of one that is leafed through stays where it is on the others."""
    hint, button = state.hint, state.button or wording.proceed
    mirrored = scene.mirrors(state.text)
    if state.wait_s > 0:
        hint = fill_text(wording.wait_hint, seconds=state.wait_s)
    if isinstance(state, LeavePage):
        place = place_side_button(scene, mirrored=mirrored)
        scene.side_button(wording.stop, place, Leave())
    ready = state.wait_s == 0
    room = draw_frame(scene, state.title, hint, button, ready=ready, moving=not leafed)
    progress_h = 0 if state.progress is None else _progress_h(scene)
    text_h = room.h // 2 if state.examples else room.h - progress_h
    text = place_text(scene, Box(room.x, room.y, room.w, text_h), state.text)
    place = scene.label(state.text, text, align="start", top=True)
    top = place.bottom + scene.space(MARGIN)
    if state.examples:
        bottom, first = room.bottom - progress_h, len(scene.items)
        _examples(scene, state, Box(room.x, top, room.w, bottom - top), image_size)
        top = max(item.box.bottom for item in scene.items[first:]) + scene.space(MARGIN)
    if state.progress is not None:
        below = Box(room.x, top, room.w, room.bottom - top)
        _progress(scene, below, state.progress, wording, mirrored=mirrored)


def place_text(scene: Scene, room: Box, text: str) -> Box:
    """Return the part of a page's room whose lines are easy to read, at the side it begins."""
    width = min(room.w, scene.space(TEXT_COLUMN))
    x = room.right - width if scene.mirrors(text) else room.x
    return Box(x, room.y, width, room.h)


def _progress_h(scene: Scene) -> int:
    """Return the height of a bar and what it says, with the space above, px."""
    return scene.space(MARGIN) + scene.space(PROGRESS) + scene.space(GAP) + scene.space(HINT_LINE)


def _progress(
    scene: Scene, room: Box, progress: tuple[int, int], wording: Wording, *, mirrored: bool
) -> None:
    """Draw how far the session has come, at a room's top."""
    space, (done, total) = scene.space, progress
    said = fill_text(wording.progress, done=done, total=total)
    bar = Box(room.x, room.y, room.w, space(PROGRESS))
    scene.draw_progress(bar, done, total, mirrored=mirrored)
    below = Box(room.x, bar.bottom + space(GAP), room.w, space(HINT_LINE))
    scene.label(said, below, HINT, align="start", colour=FAINT)


def _examples(scene: Scene, state: Page, room: Box, image_size: int) -> None:
    space, number = scene.space, len(state.examples)
    under_h = space(CAPTION_LINES)
    area = Box(room.x, room.y, room.w, room.h - under_h - space(GAP))
    captions = []
    for example, box in zip(
        state.examples,
        place_images(scene, area, image_size, number, number, space(MARGIN)),
        strict=True,
    ):
        blend = Blend(example.image_i, example.image_j, example.lambda_f)
        scene.items.append(Picture(blend, box))
        width = room.w // number - space(GAP)
        middle = box.x + box.w // 2
        captions.append(
            (example.caption, Box(middle - width // 2, box.bottom + space(GAP), width, under_h))
        )
    size = scene.common_size(captions, HINT)
    for caption, under in captions:
        if caption:
            scene.label(caption, under, size, top=True)


def _card(scene: Scene, state: CardPage, _image_size: int, wording: Wording) -> None:
    """Draw a field as wide as the page has it, and as high as a card where there is room."""
    space = scene.space
    room = draw_frame(scene, state.title, state.hint, wording.proceed, ready=True)
    words = Box(room.x, room.y, room.w, int(room.h * CARD_TEXT_SHARE))
    text = scene.label(state.text, words, align="start", top=True)
    top = text.bottom + space(APART)
    below = Box(0, top, scene.w, room.bottom - top)
    card = below.centre_box(state.width_px, min(round(state.width_px * CARD_SHAPE), below.h))
    scene.items.append(Fill(card, PAPER))
    scene.content = None  # a card stays where it is as it grows


def _booklet(scene: Scene, state: Booklet, image_size: int, wording: Wording) -> None:
    mirrored = scene.mirrors(state.page.text)
    if state.index > 0:
        place = place_side_button(scene, mirrored=mirrored)
        scene.side_button(wording.previous, place, Step(-1))
    if len(state.pages) > 1:
        place = place_side_button(scene, mirrored=not mirrored)
        number = f"{state.index + 1} / {len(state.pages)}"
        scene.label(number, place, HINT, align="start", mirrored=not mirrored, colour=FAINT)
    _page(scene, state.page, image_size, wording, leafed=True)
    scene.content = None  # the text too begins where it does on the other pages


def _consent(scene: Scene, state: Consent, _image_size: int, wording: Wording) -> None:
    space = scene.space
    missing = state.asked_again and not all(state.ticked)
    hint = wording.consent_missing_hint if missing else wording.consent_hint
    ready, pressed = all(state.ticked), Choose(BUTTON)
    number, gap = len(state.points), space(NEAR)
    mirrored = scene.mirrors(state.text)
    place, focused = place_side_button(scene, mirrored=mirrored), state.focus == number
    scene.side_button(wording.decline, place, Choose(number), focused=focused)
    room = draw_frame(
        scene, state.title, hint, wording.proceed, ready=ready, pressed=pressed, urgent=missing
    )
    points_h = min(number * (space(ROW) + gap) - gap, int(room.h * POINTS_SHARE))
    text = Box(room.x, room.y, room.w, room.h - points_h - space(APART))
    written = scene.label(state.text, place_text(scene, text, state.text), align="start", top=True)
    below = Box(room.x, written.bottom + space(APART), room.w, points_h)
    rows = place_rows(below, number, space(ROW), gap)
    words = [place_words(scene, row, mirrored=mirrored) for row in rows]
    size = scene.common_size(zip(state.points, words, strict=True), BODY)
    for k, said in enumerate(state.points):
        ticked, focused = state.ticked[k], state.focus == k
        draw_option(
            scene, rows[k], said, chosen=ticked, focused=focused, mirrored=mirrored,
            several=True, size=size,
        )  # fmt: skip
        scene.buttons.append((rows[k], Choose(k)))


PAGES: dict[type, Callable[[Scene, Any, int, Wording], None]] = {
    Page: _page,
    LeavePage: _page,
    CardPage: _card,
    Booklet: _booklet,
    Consent: _consent,
}
