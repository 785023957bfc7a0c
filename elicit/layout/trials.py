"""How each kind of page and trial is laid out in a window of any size."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Literal

from elicit.errors import DisplayError
from elicit.key_names import name_keys
from elicit.layout.fonts import Face
from elicit.layout.grid import capitalise, columns, hint_and_button, place_image, place_images
from elicit.layout.pages import PAGES
from elicit.layout.questions import QUESTIONS
from elicit.layout.scene import (
    ACCENT,
    DIM,
    FAINT,
    INK,
    PAPER,
    Arrow,
    Blend,
    Box,
    Fill,
    Mask,
    Picture,
    Scene,
)
from elicit.layout.sliders import draw_slider
from elicit.layout.text import TextTooLongError
from elicit.pages import AnyPage
from elicit.paradigms import State
from elicit.paradigms.construct import Construct
from elicit.paradigms.discriminate import Discriminate
from elicit.paradigms.infer import Infer
from elicit.paradigms.select_shuffled import SelectShuffled
from elicit.timing import BEFORE_PICTURE, Phase
from elicit.trial import Choose, Confirm, Step, Trial, Wording

PRACTICE_WIDTH = 132  # of the corner with the word for practice, in a 1024x600 window's pixels
NO_KEYS: Mapping[str, str] = MappingProxyType({})


def lay_out(
    state: State | AnyPage,
    size: tuple[int, int],
    image_size: int,
    wording: Wording,
    face: Face | None = None,
    side: int | None = None,
    too_early: bool = False,
    phase: Phase = Phase.PICTURE,
    keys: Mapping[str, str] = NO_KEYS,
) -> Scene:
    """Return what a window shows of `state`.

    What a trial shows in another phase is in the scene too, invisible, so that all is made ready
    before the trial begins.

    Args:
        state: where the trial, or the page, stands.
        size: width and height of the window, px.
        image_size: side of the source images, px.
        wording: the words that are the same in every trial.
        face: the font; the one that PsychoPy brings where None.
        side: of an image on screen, px, as near as a whole factor allows; as large as fits
            where None.
        too_early: whether an answer came before the trial's earliest_s: its hint says so.
        phase: what of a trial is on screen.
        keys: the keys that the study adds, such as {"f": "left"}; hints name these.

    Raises:
        DisplayError: the window is too small for the images or a text.
    """
    scene = Scene(*size, face=face, side=side, too_early=too_early, phase=phase)
    scene.key_names, scene.own_keys = name_keys(wording, keys), frozenset(keys.values())
    try:
        SCENES[type(state)](scene, state, image_size, wording)
    except TextTooLongError as error:
        raise DisplayError(
            f"window {size[0]}x{size[1]}: {error}; shorten the text or use a larger window"
        ) from error
    if phase is Phase.INTERVAL:
        hidden = [replace(item, visible=False) for item in scene.items[scene.kept :]]
        scene.items[scene.kept :] = hidden
    return scene


def _blend(trial: Trial, index: int) -> Blend:
    return Blend(trial.pair.image_i, trial.pair.image_j, trial.lambdas[index])


def _frame_of_trial(scene: Scene, trial: Trial, footer: float, wording: Wording) -> tuple[Box, Box]:
    """Draw progress bar and prompt; return the room between them and the footer, and the footer."""
    px, w, h = scene.px, scene.w, scene.h
    bar = px(6)
    scene.draw_progress(Box(0, 0, w, bar), *trial.progress)
    if trial.practice:
        _label_practice(scene, trial, wording)
    scene.kept = len(scene.items)
    margin = px(24)
    aside = px(PRACTICE_WIDTH) if trial.practice else 0  # on both sides, so that it stays central
    prompt = Box(margin + aside, bar + px(10), w - 2 * (margin + aside), px(58))
    scene.label(trial.prompt, prompt, 21)
    foot = Box(margin, h - px(footer) - px(12), w - 2 * margin, px(footer))
    top = prompt.bottom + px(10)
    return Box(margin, top, w - 2 * margin, foot.y - px(10) - top), foot


def _label_practice(scene: Scene, trial: Trial, wording: Wording) -> None:
    """Write that the trial is practice into the corner where lines begin, in every phase."""
    px = scene.px
    corner = Box(px(24), px(16), px(PRACTICE_WIDTH - 12), px(30))
    if scene.mirrors(trial.prompt):
        corner = Box(scene.w - corner.right, corner.y, corner.w, corner.h)
    scene.items += [Fill(corner, INK), Fill(corner.expand(-px(2)), PAPER)]
    scene.label(wording.practice_label, corner.expand(-px(5)), 16, bold=True)


def _hint(
    scene: Scene, trial: Trial, box: Box, text: str, wording: Wording, *, visible: bool = True
) -> None:
    """Write a trial's hint; one that asks to look longer takes its place, and is made ready."""
    scene.label(text, box, 15, colour=FAINT, visible=visible and not scene.too_early)
    if visible and trial.earliest_s > 0:
        label = wording.too_early_hint
        scene.label(label, box, 15, bold=True, visible=scene.too_early)


def _picture(scene: Scene, trial: Trial, index: int, box: Box, *, visible: bool = True) -> None:
    """Show one mix, and its mask in its place; each is drawn in its phase."""
    blend, timing = _blend(trial, index), trial.timing
    scene.items.append(Picture(blend, box, visible=visible and scene.phase is Phase.PICTURE))
    if timing.mask != "none":
        shown = visible and scene.phase is Phase.MASK
        scene.items.append(Mask(blend, timing.mask, timing.mask_seed, box, visible=shown))


def _cross(scene: Scene, trial: Trial, room: Box) -> None:
    """Draw the cross to look at before the image, in the middle of a room."""
    if trial.timing.fixation_s > 0:
        long, thick = scene.px(26), scene.px(4)
        shown = scene.phase is Phase.FIXATION
        for box in (room.centre_box(long, thick), room.centre_box(thick, long)):
            scene.items.append(Fill(box, INK, visible=shown))


def _construct(scene: Scene, state: Construct, image_size: int, wording: Wording) -> None:
    trial = state.trial
    room, foot = _frame_of_trial(scene, trial, 72, wording)
    names = _between_names(scene, trial, room, image_size, state.index)
    for arrow, _, step in names:
        at_end = state.step(step).index == state.index
        _arrow(scene, arrow, step, dim=at_end)
    scene.buttons += [(arrow.expand(scene.px(10)), step) for arrow, _, step in names]
    hint, place = hint_and_button(scene, foot)
    _hint(scene, trial, hint, wording.construct_hint, wording)
    scene.button(wording.confirm, place, Confirm(), ready=scene.phase not in BEFORE_PICTURE)


def _discriminate(scene: Scene, state: Discriminate, image_size: int, wording: Wording) -> None:
    room, foot = _frame_of_trial(
        scene, state.trial, 72, wording
    )  # the image as large as in Construct
    names = _between_names(scene, state.trial, room, image_size, 0)
    margin = scene.px(10)
    for arrow, name, step in names:
        _arrow(scene, arrow, step)
        scene.buttons.append((arrow.enclose(name).expand(margin), step))
    _hint(scene, state.trial, foot, wording.discriminate_hint, wording)


def _between_names(
    scene: Scene, trial: Trial, room: Box, image_size: int, index: int
) -> list[tuple[Box, Box, Step]]:
    """Draw one mix with the class names beside it; return each arrow's place, its name, its act."""
    px = scene.px
    widest = Box(room.x, room.y, room.w - 2 * px(190), room.h)  # leaves the sides to the names
    image = place_image(scene, Box((scene.w - widest.w) // 2, room.y, widest.w, room.h), image_size)
    # All mixes stand in the scene, one of them visible: so all are ready before the first key.
    for k in range(len(trial.lambdas)):
        _picture(scene, trial, k, image, visible=k == index)
    _cross(scene, trial, image)
    gap, drawn = px(18), []
    side = image.x - gap - room.x
    for x, name, direction in (
        (room.x, trial.left, -1),
        (image.right + gap, trial.right, 1),
    ):
        column = Box(x, image.y, side, image.h)
        arrow = column.centre_box(px(34), px(34))
        arrow = Box(arrow.x, column.y + column.h // 2 - px(52), arrow.w, arrow.h)
        under = Box(x, arrow.bottom + px(12), side, px(96))
        drawn.append((arrow, scene.label(capitalise(name), under, 24, bold=True), Step(direction)))
    return drawn


def _arrow(scene: Scene, box: Box, step: Step, *, dim: bool = False) -> None:
    """Draw an arrow, dim where it leads no further, and the study's own key for it above."""
    direction: Literal[-1, 1] = -1 if step.delta < 0 else 1
    scene.items += [
        Arrow(box, direction, visible=not dim),
        Arrow(box, direction, DIM, visible=dim),
    ]
    meaning = "left" if direction < 0 else "right"
    if meaning in scene.own_keys:
        above = Box(box.x - box.w, box.y - scene.px(40), 3 * box.w, scene.px(28))
        scene.label(scene.key_names[f"{meaning}_key"], above, 18, bold=True)


def _select_shuffled(
    scene: Scene, state: SelectShuffled, image_size: int, wording: Wording
) -> None:
    trial, px = state.trial, scene.px
    room, foot = _frame_of_trial(scene, trial, 72, wording)
    edge, images = px(5), len(trial.lambdas)
    gap = 4 * edge
    room = room.expand(-2 * edge)
    scene.columns = columns(room, images, gap, image_size)
    boxes = place_images(scene, room, image_size, scene.columns, images, gap)
    for k, box in enumerate(boxes):
        if k == state.picked:
            scene.frame(box, 2 * edge, ACCENT)
        if k == state.highlight:
            scene.frame(box, edge, PAPER if k == state.picked else INK)
        _picture(scene, trial, k, box)
        scene.buttons.append((box, Choose(k)))
    _cross(scene, trial, room)
    hint, place = hint_and_button(scene, foot)
    ready = state.picked is not None and state.picked == state.highlight
    _hint(scene, trial, hint, wording.select_hint, wording, visible=not ready)
    _hint(scene, trial, hint, wording.select_confirm_hint, wording, visible=ready)
    scene.button(wording.confirm, place, Confirm(), ready=ready)


def _infer(scene: Scene, state: Infer, image_size: int, wording: Wording) -> None:
    trial, px = state.trial, scene.px
    room, foot = _frame_of_trial(scene, trial, 236, wording)
    image = place_image(scene, room, image_size)
    _picture(scene, trial, 0, image)
    _cross(scene, trial, image)
    left, right = capitalise(trial.left), capitalise(trial.right)
    mixing = (
        wording.whole.format(name=left),
        wording.half.format(left=left, right=right),
        wording.whole.format(name=right),
    )
    confidence = (wording.confidence_low, wording.confidence_middle, wording.confidence_high)
    first = Box(foot.x, foot.y, foot.w, px(76))
    draw_slider(scene, first, mixing, state.positions[0], slider=0, focused=state.focus == 0)
    question = Box(foot.x, first.bottom + px(4), foot.w, px(24))
    scene.label(_confidence_question(trial, wording), question, 19)
    second = Box(foot.x, question.bottom + px(2), foot.w, px(56))
    draw_slider(scene, second, confidence, state.positions[1], slider=1, focused=state.focus == 1)
    rest = Box(foot.x, second.bottom + px(4), foot.w, foot.bottom - second.bottom - px(4))
    hint, place = hint_and_button(scene, rest)
    ready = None not in state.positions
    again = state.asked_again and not ready
    _hint(scene, trial, hint, wording.infer_hint, wording, visible=not again)
    scene.label(wording.infer_untouched_hint, hint, 15, bold=True, visible=again)
    scene.button(wording.proceed, place, Confirm(), ready=ready)


def _confidence_question(trial: Trial, wording: Wording) -> str:
    if trial.confidence_of == "others":
        return wording.confidence_of_others_question
    return wording.confidence_question


# To lay out a paradigm: write its function, name it here.
SCENES: dict[type, Callable[[Scene, Any, int, Wording], None]] = {
    Construct: _construct,
    SelectShuffled: _select_shuffled,
    Infer: _infer,
    Discriminate: _discriminate,
    **PAGES,
    **QUESTIONS,
}
