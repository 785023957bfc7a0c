"""How questions are laid out, each on a page of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from elicit.layout.frame import draw_focus, draw_frame, draw_option, place_rows
from elicit.layout.scene import (
    ACCENT,
    FAINT,
    INK,
    PAPER,
    TRACK,
    Arrow,
    Box,
    Disc,
    Fill,
    Scene,
)
from elicit.layout.sliders import draw_slider
from elicit.layout.text import typeset_end
from elicit.questions import (
    Choice,
    Choices,
    FreeText,
    Number,
    Question,
    Scale,
    Slider,
    StatementGrid,
)
from elicit.trial import Choose, Digit, Erase, Scroll, Wording, fill_text

LOWEST_ROW = 24  # of an option, in a 1024x600 window's pixels; else a part of the list is shown
ROW = 34  # of an option, and
GRID_ROW = 30  # of a statement, where only a part of the list is shown


def _begin(
    scene: Scene,
    state: Question,
    wording: Wording,
    hint: str,
    again: str,
    *,
    answered: bool,
    share: float,
) -> Box:
    """Draw what all questions have; return the room below the question.

    Args:
        scene: the window.
        state: the question.
        wording: the words that are the same in every question.
        hint: which keys answer it.
        again: said instead, after Enter without an answer.
        answered: whether it is possible to go on.
        share: of the room that the question may take.
    """
    optional = state.optional and not isinstance(state, FreeText)
    urgent = not answered and getattr(state, "asked_again", False)
    room = draw_frame(
        scene, state.title, again if urgent else hint, wording.proceed, ready=answered,
        urgent=urgent,
    )  # fmt: skip
    text = f"{state.question}\n{wording.optional_note}" if optional else state.question
    height = int(room.h * share)
    scene.label(text, Box(room.x, room.y, room.w, height), 22, align="start")
    top = room.y + height + scene.px(10)
    return Box(room.x, top, room.w, room.bottom - top)


def _place_part(
    scene: Scene, room: Box, total: int, lowest: int, gap: int, at: int, *, mirrored: bool
) -> tuple[Box, range]:
    """Return the rows of a list that are shown, and the room for them.

    Where not all of them fit, arrows beside the rows lead to the other parts of the list.

    Args:
        scene: the window.
        room: for the list.
        total: its rows.
        lowest: height of a row, px, where only a part is shown.
        gap: between rows, px.
        at: a row that is to be shown.
        mirrored: whether the arrows stand on the left.
    """
    px = scene.px
    number = max(1, (room.h + gap) // (lowest + gap))
    part = at // number
    first, beyond = part * number, min((part + 1) * number, total)
    aside = px(56)
    column = Box(
        room.x if mirrored else room.right - aside + px(12), room.y, aside - px(12), room.h
    )
    scene.earlier = Scroll(first - number) if first > 0 else None
    scene.later = Scroll(beyond) if beyond < total else None
    side = px(22)
    up = Box(column.x + (column.w - side) // 2, column.y + px(8), side, side)
    down = Box(up.x, column.bottom - px(8) - side, side, side)
    for box, direction, event in ((up, -1, scene.earlier), (down, 1, scene.later)):
        if event is not None:
            scene.items.append(Arrow(box, -1 if direction < 0 else 1, vertical=True))
            scene.buttons.append((box.expand(px(8)), event))
    middle = Box(column.x, up.bottom + px(10), column.w, down.y - up.bottom - px(20))
    scene.label(f"{first + 1}-{beyond}\n/ {total}", middle, 14, colour=FAINT)
    rows_x = room.x + aside if mirrored else room.x
    return Box(rows_x, room.y, room.w - aside, room.h), range(first, beyond)


def _options(scene: Scene, room: Box, state: Choice | Choices) -> None:
    """Draw options, or the part of a long list that has the one in focus."""
    px, total = scene.px, len(state.options)
    mirrored, gap = scene.mirrors(state.question), px(8)
    shown, several = range(total), isinstance(state, Choices)
    focus = state.focus if isinstance(state, Choices) else state.chosen
    if (room.h + gap) // (px(LOWEST_ROW) + gap) < total:
        at = (focus or 0) if state.first is None else state.first
        room, shown = _place_part(scene, room, total, px(ROW), gap, at, mirrored=mirrored)
        rows = place_rows(Box(room.x, room.y, room.w, room.h), max(len(shown), 1), px(ROW), gap)
    else:
        rows = place_rows(room, total, px(48), gap)
    for row, k in zip(rows, shown, strict=True):
        chosen = state.ticked[k] if isinstance(state, Choices) else state.chosen == k
        draw_option(
            scene, row, state.options[k], chosen=chosen, focused=focus == k, mirrored=mirrored,
            several=several,
        )  # fmt: skip
        scene.buttons.append((row, Choose(k)))


def _choice(scene: Scene, state: Choice, _image_size: int, wording: Wording) -> None:
    answered = state.chosen is not None or state.optional
    room = _begin(
        scene, state, wording, wording.choice_hint, wording.unanswered_hint, answered=answered,
        share=0.3,
    )  # fmt: skip
    _options(scene, room, state)


def _choices(scene: Scene, state: Choices, _image_size: int, wording: Wording) -> None:
    answered = any(state.ticked) or state.optional
    room = _begin(
        scene, state, wording, wording.choices_hint, wording.unanswered_hint, answered=answered,
        share=0.3,
    )  # fmt: skip
    _options(scene, room, state)


def _scale(scene: Scene, state: Scale, _image_size: int, wording: Wording) -> None:
    px = scene.px
    answered = state.value is not None or state.optional
    room = _begin(
        scene, state, wording, wording.scale_hint, wording.unanswered_hint, answered=answered,
        share=0.45,
    )  # fmt: skip
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
    if state.low_label:
        scene.label(state.low_label, half, 17, centre=left + side // 2)
    other = Box(room.right - half.w, half.y, half.w, half.h)
    last = left + (number - 1) * (side + gap)
    if state.high_label:
        scene.label(state.high_label, other, 17, centre=last + side // 2)


def _both_ways(scene: Scene, text: str, box: Box, chosen: bool) -> None:
    """Write `text` in both colours it can have, one of them visible."""
    inner = box.expand(-scene.px(7))
    scene.label(text, inner, 19, bold=True, colour=PAPER, visible=chosen)
    scene.label(text, inner, 19, bold=True, colour=INK, visible=not chosen)


def _grid(scene: Scene, state: StatementGrid, _image_size: int, wording: Wording) -> None:
    px = scene.px
    answered = None not in state.values or state.optional
    room = _begin(
        scene, state, wording, wording.grid_hint, wording.unanswered_rows_hint, answered=answered,
        share=0.16,
    )  # fmt: skip
    mirrored, number, gap = scene.mirrors(state.question), state.high - state.low + 1, px(6)
    head, total = px(74), len(state.statements)
    below = Box(room.x, room.y + head, room.w, room.h - head)
    shown = range(total)
    if (below.h + gap) // (px(GRID_ROW) + gap) < total:
        at = state.focus if state.first is None else state.first
        below, shown = _place_part(scene, below, total, px(GRID_ROW), gap, at, mirrored=mirrored)
    cell = min(px(50), below.w * 55 // 100 // number)
    left = below.x + px(10) if mirrored else below.right - px(10) - cell * number
    _grid_head(scene, state, Box(left, room.y, cell * number, head - px(10)), cell)
    rows = place_rows(below, max(len(shown), 1), px(44), gap)
    for row, k in zip(rows, shown, strict=False):
        if state.focus == k:
            draw_focus(scene, row)
        start = left + cell * number + px(10) if mirrored else row.x + px(10)
        end = row.right - px(10) if mirrored else left - px(10)
        words = Box(start, row.y + px(2), end - start, row.h - px(4))
        scene.label(state.statements[k], words, 18, align="start", mirrored=mirrored)
        side = min(px(24), row.h - px(8), cell - px(6))
        for place in range(number):
            box = Box(left + place * cell, row.y, cell, row.h)
            mark = box.centre_box(side, side)
            scene.ring(mark.expand(-px(2)), px(2), INK, PAPER)
            if state.values[k] == state.low + place:
                scene.items.append(Disc(mark.expand(-px(5)), ACCENT))
            scene.buttons.append((box, Choose(k * number + place)))


def _grid_head(scene: Scene, state: StatementGrid, head: Box, cell: int) -> None:
    """Write the ends of the scale and its numbers above the columns."""
    px = scene.px
    ends, half = px(40), (head.w - px(10)) // 2
    if state.low_label:
        scene.label(
            state.low_label, Box(head.x, head.y, half, ends), 15, align="start", mirrored=False
        )
    if state.high_label:
        other = Box(head.right - half, head.y, half, ends)
        scene.label(state.high_label, other, 15, align="end")
    for k in range(state.high - state.low + 1):
        box = Box(head.x + k * cell, head.y + ends + px(2), cell, head.h - ends - px(2))
        scene.label(str(state.low + k), box, 15, bold=True)


def _number(scene: Scene, state: Number, _image_size: int, wording: Wording) -> None:
    px = scene.px
    limits = {"low": state.low, "high": state.high}
    room = _begin(
        scene, state, wording, fill_text(wording.number_hint, **limits),
        fill_text(wording.number_range_hint, **limits),
        answered=state.is_answered or (state.optional and not state.typed), share=0.4,
    )  # fmt: skip
    field = Box(room.x + (room.w - px(180)) // 2, room.y + px(6), px(180), px(56))
    scene.frame(field, px(2), INK)
    scene.items.append(Fill(field, PAPER))
    scene.label(state.typed or "_", field.expand(-px(6)), 30)
    if state.unit:
        aside = Box(field.right + px(14), field.y, room.right - field.right - px(14), field.h)
        mirrored = scene.mirrors(state.question)
        if mirrored:
            aside = Box(room.x, field.y, field.x - px(14) - room.x, field.h)
        scene.label(state.unit, aside, 20, align="start", mirrored=mirrored)
    side, gap, wide = px(50), px(6), px(120)
    left = room.x + (room.w - 10 * (side + gap) - wide) // 2
    top = field.bottom + px(26)
    for digit in range(10):
        box = Box(left + digit * (side + gap), top, side, px(42))
        scene.side_button(str(digit), box, Digit(digit))
    erase = Box(left + 10 * (side + gap), top, wide, px(42))
    scene.side_button(wording.erase, erase, Erase())


def _slider(scene: Scene, state: Slider, _image_size: int, wording: Wording) -> None:
    px = scene.px
    room = _begin(
        scene, state, wording, wording.slider_hint, wording.unanswered_hint,
        answered=state.position is not None or state.optional, share=0.45,
    )  # fmt: skip
    place = Box(room.x - px(40), room.y + px(20), room.w + 2 * px(40), px(110))
    draw_slider(scene, place, (state.low_label, "", state.high_label), state.position)


def _free_text(scene: Scene, state: FreeText, _image_size: int, wording: Wording) -> None:
    px = scene.px
    room = _begin(scene, state, wording, wording.text_hint, "", answered=True, share=0.3)
    field = room.expand(-px(2))
    scene.frame(field, px(2), TRACK)
    scene.items.append(Fill(field, PAPER))
    inner = field.expand(-px(8))
    # what is being written is what is seen, however much there is above it
    scene.add_text(typeset_end(f"{state.text}_", inner.w, inner.h, px(19), scene.face), inner)


# To lay out a kind of question: write its function, name it here.
QUESTIONS: dict[type, Callable[[Scene, Any, int, Wording], None]] = {
    Choice: _choice,
    Choices: _choices,
    Scale: _scale,
    StatementGrid: _grid,
    Number: _number,
    Slider: _slider,
    FreeText: _free_text,
}
