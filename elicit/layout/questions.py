"""How questions are laid out, each on a page of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import Any

from elicit.layout.frame import (
    draw_frame,
    draw_mark,
    draw_option,
    place_rows,
    place_words,
    size_rows,
)
from elicit.layout.pages import place_text
from elicit.layout.scene import Arrow, Box, Fill, Scene
from elicit.layout.sliders import draw_slider
from elicit.layout.style import (
    ACCENT,
    APART,
    ARROW,
    BODY,
    CELLS_SHARE,
    COUNTER,
    DIGIT,
    DIGITS,
    ERASE,
    FAINT,
    FIELD,
    GAP,
    GRID_HEAD_LINES,
    GRID_QUESTION_LINES,
    GROUND,
    HINT,
    INK,
    LABEL_LINE,
    LINE_LABELS,
    MARGIN,
    MARK,
    NEAR,
    PAPER,
    PROBLEM_LINES,
    QUESTION,
    QUESTION_LINES,
    RIM,
    RING,
    ROUND,
    ROW,
    SCALE_DISC,
    SLIDER,
    TARGET,
    TITLE,
    TextSize,
)
from elicit.layout.text import typeset_end
from elicit.questions import (
    Choice,
    Choices,
    Entry,
    FreeText,
    Number,
    Question,
    Scale,
    Slider,
    StatementGrid,
)
from elicit.trial import Choose, Digit, Erase, Scroll, Wording, fill_text

ENTRY_HINT = (  # for experimenters, who read English as in every command
    "Type, or press Enter to take what is offered. Escape: leave, and nothing is written."
)
ENTRY_AGAIN = "First change the answer, as the line below it says. Escape: leave."


def _begin(
    scene: Scene,
    state: Question,
    wording: Wording,
    hint: str,
    again: str,
    *,
    answered: bool,
    lines: float = QUESTION_LINES,
) -> Box:
    """Draw what all questions have; return the room below the question.

    Args:
        scene: the window.
        state: the question.
        wording: the words that are the same in every question.
        hint: which keys answer it.
        again: said instead, after Enter without an answer.
        answered: whether it is possible to go on.
        lines: height of the question, in units.
    """
    optional = state.optional and not isinstance(state, FreeText)
    urgent = not answered and getattr(state, "asked_again", False)
    room = draw_frame(
        scene, state.title, again if urgent else hint, wording.proceed, ready=answered,
        urgent=urgent,
    )  # fmt: skip
    text = f"{state.question}\n{wording.optional_note}" if optional else state.question
    asked = place_text(scene, Box(room.x, room.y, room.w, scene.space(lines)), state.question)
    scene.label(text, asked, QUESTION, align="start", top=True)
    top = asked.bottom + scene.space(APART)
    return Box(room.x, top, room.w, room.bottom - top)


@dataclass(frozen=True)
class _Listing:
    """The rows of a list that are shown."""

    rows: list[Box]
    shown: range
    size: TextSize  # of their texts


def _place_list(
    scene: Scene, room: Box, texts: tuple[str, ...], beside: int, at: int, *, mirrored: bool
) -> _Listing:
    """Return the rows of a list that are shown, and where.

    Where not all of them fit, arrows beside the rows lead to the other parts of the list.

    Args:
        scene: the window.
        room: for the list.
        texts: of all rows.
        beside: width of a row that is not for its text, px.
        at: a row that is to be shown.
        mirrored: whether the arrows stand on the left.
    """
    space, total, gap = scene.space, len(texts), scene.space(NEAR)
    size, height = size_rows(scene, texts, room.w - beside, room.h, gap)
    number = max(1, (room.h + gap) // (height + gap))
    if number >= total:
        return _Listing(place_rows(room, total, max(height, space(ROW)), gap), range(total), size)
    aside = space(COUNTER) + space(GAP)
    left = room.x + aside if mirrored else room.x
    column = Box(left, room.y, room.w - aside, room.h)
    size, height = size_rows(scene, texts, column.w - beside, room.h, gap)
    number = max(1, (room.h + gap) // (height + gap))
    if number >= total:  # they all fit at the smaller size of a narrower column
        return _Listing(place_rows(room, total, height, gap), range(total), size)
    scene.content = None  # no part of the list stands elsewhere than the others
    parts = ceil(total / number)
    number = ceil(total / parts)  # so that no part is left with one or two rows
    part = at // number
    shown = range(part * number, min((part + 1) * number, total))
    scene.earlier = Scroll(shown.start - number) if shown.start > 0 else None
    scene.later = Scroll(shown.stop) if shown.stop < total else None
    x = room.x if mirrored else room.right - space(COUNTER)
    _draw_counter(scene, Box(x, room.y, space(COUNTER), room.h), shown, total)
    return _Listing(place_rows(column, len(shown), height, gap), shown, size)


def _draw_counter(scene: Scene, column: Box, shown: range, total: int) -> None:
    """Draw which part of a long list is shown, and arrows to the others."""
    space = scene.space
    target = space(TARGET)
    up = Box(column.x + (column.w - target) // 2, column.y, target, target)
    down = Box(up.x, column.bottom - target, target, target)
    for box, direction, event in ((up, -1, scene.earlier), (down, 1, scene.later)):
        if event is not None:
            arrow = box.centre_box(space(ARROW), space(ARROW))
            scene.items.append(Arrow(arrow, -1 if direction < 0 else 1, vertical=True))
            scene.buttons.append((box, event))
    middle = Box(column.x, up.bottom + space(GAP), column.w, down.y - up.bottom - 2 * space(GAP))
    said = f"{shown.start + 1}-{shown.stop}\n/ {total}"
    scene.label(said, middle, HINT, colour=FAINT)


def _options(scene: Scene, room: Box, state: Choice | Choices) -> None:
    """Draw options, or the part of a long list that has the one in focus."""
    mirrored, several = scene.mirrors(state.question), isinstance(state, Choices)
    focus = state.focus if isinstance(state, Choices) else state.chosen
    at = (focus or 0) if state.first is None else state.first
    beside = room.w - place_words(scene, room, mirrored=mirrored).w
    listed = _place_list(scene, room, state.options, beside, at, mirrored=mirrored)
    for row, k in zip(listed.rows, listed.shown, strict=True):
        chosen = state.ticked[k] if isinstance(state, Choices) else state.chosen == k
        draw_option(
            scene, row, state.options[k], chosen=chosen, focused=focus == k, mirrored=mirrored,
            several=several, size=listed.size,
        )  # fmt: skip
        scene.buttons.append((row, Choose(k)))


def _choice(scene: Scene, state: Choice, _image_size: int, wording: Wording) -> None:
    answered = state.chosen is not None or state.optional
    room = _begin(
        scene, state, wording, wording.choice_hint, wording.unanswered_hint, answered=answered
    )  # fmt: skip
    _options(scene, room, state)


def _choices(scene: Scene, state: Choices, _image_size: int, wording: Wording) -> None:
    answered = any(state.ticked) or state.optional
    room = _begin(
        scene, state, wording, wording.choices_hint, wording.unanswered_hint, answered=answered
    )  # fmt: skip
    _options(scene, room, state)


def _scale(scene: Scene, state: Scale, _image_size: int, wording: Wording) -> None:
    space = scene.space
    answered = state.value is not None or state.optional
    room = _begin(
        scene, state, wording, wording.scale_hint, wording.unanswered_hint, answered=answered
    )
    number, gap = state.high - state.low + 1, space(GAP)
    side = min(space(SCALE_DISC), (room.w - gap * (number - 1)) // number)
    left = room.x + (room.w - number * side - (number - 1) * gap) // 2
    for k in range(number):
        box = Box(left + k * (side + gap), room.y, side, side)
        chosen = state.value == state.low + k
        scene.disc(box, ACCENT if chosen else PAPER, rim=RING if chosen else RIM)
        inner = box.expand(-space(NEAR))
        scene.label(str(state.low + k), inner, BODY, bold=True, colour=PAPER if chosen else INK)
        scene.buttons.append((box, Choose(k)))
    half = (room.w - space(APART)) // 2
    low = Box(room.x, room.y + side + gap, half, space(LINE_LABELS))
    high = Box(room.right - half, low.y, half, low.h)
    size = scene.common_size([(state.low_label, low), (state.high_label, high)], LABEL_LINE)
    last = left + (number - 1) * (side + gap)
    for text, under, end in ((state.low_label, low, left), (state.high_label, high, last)):
        if text:
            scene.label(text, under, size, centre=end + side // 2, top=True)


def _grid(scene: Scene, state: StatementGrid, _image_size: int, wording: Wording) -> None:
    space = scene.space
    answered = None not in state.values or state.optional
    room = _begin(
        scene, state, wording, wording.grid_hint, wording.unanswered_rows_hint, answered=answered,
        lines=GRID_QUESTION_LINES,
    )  # fmt: skip
    mirrored, number = scene.mirrors(state.question), state.high - state.low + 1
    head, inset = space(GRID_HEAD_LINES), space(GAP)
    below = Box(room.x, room.y + head + inset, room.w, room.h - head - inset)
    cell = min(space(SCALE_DISC), int((room.w - space(COUNTER)) * CELLS_SHARE) // number)
    beside = cell * number + inset + space(APART)
    at = state.focus if state.first is None else state.first
    listed = _place_list(scene, below, state.statements, beside, at, mirrored=mirrored)
    first = listed.rows[0]
    left = first.x + inset if mirrored else first.right - inset - cell * number
    _grid_head(scene, state, Box(left, room.y, cell * number, head), cell)
    start = left + cell * number + inset if mirrored else first.x + inset
    for row, k in zip(listed.rows, listed.shown, strict=True):
        scene.surface(row, focused=state.focus == k)
        words = Box(start, row.y + space(RING), row.w - beside, row.h - 2 * space(RING))
        scene.label(state.statements[k], words, listed.size, align="start", mirrored=mirrored)
        for column in range(number):
            box = Box(left + column * cell, row.y, cell, row.h)
            chosen = state.values[k] == state.low + column
            draw_mark(scene, box.centre_box(space(MARK), space(MARK)), chosen=chosen)
            scene.buttons.append((box, Choose(k * number + column)))


def _grid_head(scene: Scene, state: StatementGrid, head: Box, cell: int) -> None:
    """Write the ends of the scale and its numbers above the columns."""
    numbers_h = scene.space(MARK)
    ends_h, half = head.h - numbers_h, (head.w - scene.space(GAP)) // 2
    low = Box(head.x, head.y, half, ends_h)
    high = Box(head.right - half, head.y, half, ends_h)
    size = scene.common_size([(state.low_label, low), (state.high_label, high)], LABEL_LINE)
    if state.low_label:
        scene.label(state.low_label, low, size, align="start", mirrored=False)
    if state.high_label:
        scene.label(state.high_label, high, size, align="end")
    for k in range(state.high - state.low + 1):
        box = Box(head.x + k * cell, low.bottom, cell, numbers_h)
        scene.label(str(state.low + k), box, HINT, bold=True)


def _number(scene: Scene, state: Number, _image_size: int, wording: Wording) -> None:
    space = scene.space
    limits = {"low": state.low, "high": state.high}
    room = _begin(
        scene, state, wording, fill_text(wording.number_hint, **limits),
        fill_text(wording.number_range_hint, **limits),
        answered=state.is_answered or (state.optional and not state.typed),
    )  # fmt: skip
    field = Box(room.x + (room.w - space(FIELD)) // 2, room.y, space(FIELD), space(SCALE_DISC))
    scene.surface(field, focused=True)
    scene.label(state.typed or "_", field.expand(-space(GAP)), TITLE)
    if state.unit:
        gap = space(APART)
        aside = Box(field.right + gap, field.y, room.right - field.right - gap, field.h)
        mirrored = scene.mirrors(state.question)
        if mirrored:
            aside = Box(room.x, field.y, field.x - gap - room.x, field.h)
        scene.label(state.unit, aside, BODY, align="start", mirrored=mirrored)
    side, gap, wide = space(DIGIT), space(GAP), space(ERASE)
    left = room.x + (room.w - DIGITS * (side + gap) - wide) // 2
    top = field.bottom + space(MARGIN)
    for digit in range(DIGITS):
        box = Box(left + digit * (side + gap), top, side, space(TARGET))
        scene.side_button(str(digit), box, Digit(digit))
    erase = Box(left + DIGITS * (side + gap), top, wide, space(TARGET))
    scene.side_button(wording.erase, erase, Erase())


def _slider(scene: Scene, state: Slider, _image_size: int, wording: Wording) -> None:
    room = _begin(
        scene, state, wording, wording.slider_hint, wording.unanswered_hint,
        answered=state.position is not None or state.optional,
    )  # fmt: skip
    height = scene.space(SLIDER) + scene.space(GAP) + scene.space(LINE_LABELS)
    place = Box(room.x, room.y, room.w, height)
    draw_slider(scene, place, (state.low_label, "", state.high_label), state.position, focused=True)


def _free_text(scene: Scene, state: FreeText, _image_size: int, wording: Wording) -> None:
    room = _begin(scene, state, wording, wording.text_hint, "", answered=True)
    scene.surface(room, focused=True)
    inner = room.expand(-scene.space(RING) - scene.space(ROUND))
    # what is being written is what is seen, however much there is above it
    px = scene.sizes(BODY)[0]
    scene.add_text(typeset_end(f"{state.text}_", inner.w, inner.h, px, scene.face), inner)


def _entry(scene: Scene, state: Entry, _image_size: int, wording: Wording) -> None:
    space, problem = scene.space, state.problem
    room = _begin(scene, state, wording, ENTRY_HINT, ENTRY_AGAIN, answered=not problem)
    field = Box(room.x, room.y, room.w, space(SCALE_DISC))
    scene.surface(field, focused=True)
    inner = field.expand(-space(GAP))
    px = scene.sizes(QUESTION)[0]
    shown = f"{state.text}_" if state.text else state.offer or "_"
    typed = typeset_end(shown, inner.w, inner.h, px, scene.face)
    scene.add_text(typed, inner.shift((inner.h - typed.height) // 2))
    top = field.bottom + space(MARGIN)
    below = Box(room.x, top, room.w, min(space(PROBLEM_LINES), room.bottom - top))
    scene.items.append(Fill(below, GROUND, visible=False))  # so that the field stays where it is
    if problem:
        scene.label(problem, below, BODY, align="start", top=True, bold=True)


# To lay out a kind of question: write its function, name it here.
QUESTIONS: dict[type, Callable[[Scene, Any, int, Wording], None]] = {
    Choice: _choice,
    Choices: _choices,
    Scale: _scale,
    StatementGrid: _grid,
    Number: _number,
    Slider: _slider,
    FreeText: _free_text,
    Entry: _entry,
}
