"""Categorize's answers so far, and the classes to choose from."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from elicit.layout.scene import Box, Scene
from elicit.layout.sliders import draw_track
from elicit.layout.style import (
    ACCENT,
    ANSWER_LABEL_SHARE,
    ANSWER_ROW,
    BODY,
    CLASS_CELL,
    CLASS_SHARE,
    CLASSES_SHARE,
    GAP,
    GROUND,
    HINT,
    MARK,
    NEAR,
    NUMBER_BOX,
    PAPER,
    RIM,
    RING,
    SLIDER,
    SMALL,
    TARGET,
    TITLE,
    TRACK,
    TextSize,
)
from elicit.paradigms.categorize import SHARES, AnswerPart, Categorize
from elicit.trial import Choose, Focus, Wording

CROSS_OUT = "×"


@dataclass(frozen=True)
class ClassGrid:
    """How the classes stand, row by row; the last place is "no alternative"."""

    texts: tuple[str, ...]
    columns: int
    cell_h: int  # px
    size: TextSize

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return ceil(len(self.texts) / self.columns)

    def height(self, gap: int) -> int:
        """Return the height of the grid, with a gap between rows, px."""
        return self.rows * (self.cell_h + gap) - gap


def plan_class_grid(scene: Scene, state: Categorize, room: Box, wording: Wording) -> ClassGrid:
    """Return how the classes stand in the full width of a room, in as few rows as is readable.

    The largest size is taken at which all of them take no more than CLASSES_SHARE of the room.
    """
    space, gap = scene.space, scene.space(NEAR)
    texts = (*state.trial.class_labels, wording.no_alternative)
    most = max(1, (room.w + gap) // (space(CLASS_CELL) + gap))
    columns = ceil(len(texts) / ceil(len(texts) / most))
    inner = _words(scene, Box(0, 0, _cell_w(room.w, columns, gap), room.h), mirrored=False)
    for size in (BODY, HINT, SMALL):
        tallest = max(scene.measure(text, inner.w, size) for text in texts)
        found = ClassGrid(texts, columns, max(space(TARGET), tallest + 2 * space(RING)), size)
        if found.height(gap) <= CLASSES_SHARE * room.h:
            break
    return found


def draw_class_grid(scene: Scene, state: Categorize, room: Box, grid: ClassGrid) -> None:
    """Draw the classes with their marks: 1, 2, or crossed out; a ring where the keys are."""
    gap = scene.space(NEAR)
    width = _cell_w(room.w, grid.columns, gap)
    boxes = [
        Box(
            room.x + k % grid.columns * (width + gap),
            room.y + k // grid.columns * (grid.cell_h + gap),
            *(width, grid.cell_h),
        )
        for k in range(len(grid.texts))
    ]
    scene.columns = grid.columns
    mirrored = scene.mirrors(state.trial.prompt)
    inner = [_words(scene, box, mirrored=mirrored) for box in boxes]
    size = scene.common_size(zip(grid.texts, inner, strict=True), grid.size)
    for k, (text, box, words) in enumerate(zip(grid.texts, boxes, inner, strict=True)):
        is_at = state.at == k and state.focus not in SHARES
        if k in state.excluded and not is_at:
            scene.panel(box, GROUND, rim=RIM, rim_colour=TRACK)
        else:
            scene.surface(box, focused=is_at)
        _draw_mark(scene, state, k, box, mirrored=mirrored)
        scene.label(text, words, size, align="start", mirrored=mirrored)
        scene.buttons.append((box, Choose(k)))


def _cell_w(width: int, columns: int, gap: int) -> int:
    return (width - gap * (columns - 1)) // columns


def _words(scene: Scene, cell: Box, *, mirrored: bool) -> Box:
    """Return the room that a class's name has beside its mark."""
    aside, edge = scene.space(MARK) + 2 * scene.space(NEAR), scene.space(NEAR)
    x = cell.x + edge if mirrored else cell.x + aside
    return Box(x, cell.y + scene.space(RIM), cell.w - aside - edge, cell.h - 2 * scene.space(RIM))


def _draw_mark(scene: Scene, state: Categorize, k: int, cell: Box, *, mirrored: bool) -> None:
    """Draw which answer a class is, at the side of its cell where lines begin."""
    side, edge = scene.space(MARK), scene.space(NEAR)
    x = cell.right - edge - side if mirrored else cell.x + edge
    mark = Box(x, cell.y + (cell.h - side) // 2, side, side)
    if k in {state.first, state.other}:
        scene.panel(mark, ACCENT, radius=NEAR)
        number = "1" if k == state.first else "2"
        scene.label(number, mark, SMALL, bold=True, colour=PAPER)
    elif k in state.excluded:
        scene.label(CROSS_OUT, mark.expand(scene.space(NEAR)), TITLE, bold=True)


def draw_answers(
    scene: Scene, state: Categorize, room: Box, wording: Wording, *, mirrored: bool
) -> None:
    """Draw the three answers below each other: which classes, and how probable.

    Args:
        scene: the window.
        state: the trial.
        room: for them, beside the image.
        wording: the words that are the same in every trial.
        mirrored: whether each line begins on the right.
    """
    gap = scene.space(GAP)
    height = min(scene.space(ANSWER_ROW), (room.h - 2 * gap) // 3)
    top = room.y + (room.h - 3 * height - 2 * gap) // 2
    first, other, excluded = (
        Box(room.x, top + k * (height + gap), room.w, height) for k in range(3)
    )
    names = (*state.trial.class_labels, wording.no_alternative)
    lines = ((first, wording.first_class, state.first), (other, wording.other_class, state.other))
    for k, (row, said, chosen) in enumerate(lines):
        label, class_box, slider, number = _split(scene, row, mirrored=mirrored)
        scene.label(said, label, BODY, align="start", mirrored=mirrored)
        name = "" if chosen is None else names[chosen]
        _draw_box(scene, state, class_box, AnswerPart(2 * k), name)
        part, share = SHARES[k], state.shares[k]
        focused = state.focus is part
        panel = slider.centre_box(slider.w, scene.space(SLIDER))
        draw_track(scene, panel, share, slider=k, focused=focused)
        _draw_box(scene, state, number, part, "" if share is None else f"{share}%")
    label, *boxes = _split(scene, excluded, mirrored=mirrored)
    scene.label(wording.excluded_classes, label, BODY, align="start", mirrored=mirrored)
    whole = boxes[0].enclose(boxes[-1])
    count = f"{len(state.excluded)} / {state.none}" if state.seen_exclusion else ""
    _draw_box(scene, state, whole, AnswerPart.EXCLUDED, count)


def _split(scene: Scene, row: Box, *, mirrored: bool) -> list[Box]:
    """Return the parts of a line: its label, its class, the slider and the number."""
    gap, number_w = scene.space(GAP), scene.space(NUMBER_BOX)
    label_w, class_w = int(row.w * ANSWER_LABEL_SHARE), int(row.w * CLASS_SHARE)
    widths = [label_w, class_w, row.w - label_w - class_w - number_w - 3 * gap, number_w]
    boxes, x = [], row.x
    for width in widths:
        left = row.x + row.right - x - width if mirrored else x
        boxes.append(Box(left, row.y, width, row.h))
        x += width + gap
    return boxes


def _draw_box(scene: Scene, state: Categorize, box: Box, part: AnswerPart, text: str) -> None:
    """Draw a part of the answer that the pointer can go to."""
    for at in (True, False):  # both are made ready before the first key
        scene.surface(box, focused=at, visible=at is (state.focus is part))
    scene.label(text or "_", box.expand(-scene.space(NEAR)), BODY, bold=True)
    scene.buttons.append((box, Focus(part - state.focus)))


def choose_hint(state: Categorize, wording: Wording) -> str:
    """Return what the participant is told to do next, or why Enter led no further."""
    is_share = state.focus in SHARES
    match state.problem:
        case "above_100":
            return wording.above_100_hint
        case "above_first":
            return wording.above_first_hint
        case "unanswered":
            return wording.share_missing_hint if is_share else wording.class_missing_hint
    if is_share:
        return wording.share_hint
    hints = {
        AnswerPart.FIRST: wording.first_class_hint,
        AnswerPart.OTHER: wording.other_class_hint,
        AnswerPart.EXCLUDED: wording.excluded_classes_hint,
    }
    return hints[state.focus]
