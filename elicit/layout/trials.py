"""How each kind of page and trial is laid out in a window of any size."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Literal

from elicit.errors import DisplayError
from elicit.key_names import fill_key_names, name_keys
from elicit.layout.categorize import (
    choose_hint,
    draw_answers,
    draw_class_grid,
    plan_class_grid,
)
from elicit.layout.fonts import Face
from elicit.layout.grid import capitalise, columns, hint_and_button, place_image, place_images
from elicit.layout.pages import PAGES
from elicit.layout.questions import QUESTIONS
from elicit.layout.scene import Arrow, Blend, Box, Fill, Mask, Picture, Scene
from elicit.layout.sliders import draw_slider, measure_labels
from elicit.layout.style import (
    ACCENT,
    AROUND_KEYS,
    AROUND_PICKED,
    ARROW,
    ARROW_MARGIN,
    BAR,
    BODY,
    CONFIDENCE_LINE,
    CROSS,
    FAINT,
    GAP,
    HINT,
    HINT_LINE,
    INK,
    LONG_NAMES,
    MARGIN,
    NAME_LINES,
    NAMES,
    NEAR,
    PAPER,
    PRACTICE,
    PROMPT_LINES,
    QUESTION,
    RIM,
    RING,
    SLIDER,
    SLIDER_LABELS,
    SLIDER_NAMES,
    TARGET,
    TRACK,
)
from elicit.layout.text import TextTooLongError
from elicit.pages import AnyPage
from elicit.paradigms import State
from elicit.paradigms.categorize import Categorize
from elicit.paradigms.construct import Construct
from elicit.paradigms.discriminate import Discriminate
from elicit.paradigms.infer import Infer
from elicit.paradigms.select_shuffled import SelectShuffled
from elicit.timing import BEFORE_PICTURE, Phase
from elicit.trial import Choose, Confirm, Step, Trial, Wording

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
    scene.settle()
    if phase is Phase.INTERVAL:
        hidden = [replace(item, visible=False) for item in scene.items[scene.kept :]]
        scene.items[scene.kept :] = hidden
    return scene


def _blend(trial: Trial, index: int) -> Blend:
    return Blend(trial.pair.image_i, trial.pair.image_j, trial.lambdas[index])


def _frame_of_trial(scene: Scene, trial: Trial, foot_h: int, wording: Wording) -> tuple[Box, Box]:
    """Draw progress bar and prompt; return the room between them and the foot, and the foot."""
    space, w = scene.space, scene.w
    bar = space(BAR)
    scene.draw_progress(Box(0, 0, w, bar), *trial.progress, mirrored=scene.mirrors(trial.prompt))
    if trial.practice:
        _label_practice(scene, trial, wording)
    scene.kept = len(scene.items)
    margin = space(MARGIN)
    # on both sides, so that it stays central
    aside = space(PRACTICE) + space(GAP) if trial.practice else 0
    top, width = bar + space(GAP), w - 2 * (margin + aside)
    prompt = Box(margin + aside, top, width, space(PROMPT_LINES))
    scene.label(trial.prompt, prompt, QUESTION)
    foot = Box(margin, scene.h - space(GAP) - foot_h, w - 2 * margin, foot_h)
    top = prompt.bottom + space(NEAR)
    return Box(margin, top, w - 2 * margin, foot.y - space(GAP) - top), foot


def _foot_h(scene: Scene) -> int:
    """Return the height of a hint and a button below a trial, px."""
    return scene.space(HINT_LINE) + scene.space(GAP) + scene.space(TARGET)


def _label_practice(scene: Scene, trial: Trial, wording: Wording) -> None:
    """Write that the trial is practice into the corner where lines begin, in every phase.

    It has no box around it, which would look like a button.
    """
    space = scene.space
    corner = Box(space(MARGIN), space(BAR) + space(GAP), space(PRACTICE), space(PROMPT_LINES))
    mirrored = scene.mirrors(trial.prompt)
    if mirrored:
        corner = Box(scene.w - corner.right, corner.y, corner.w, corner.h)
    scene.label(
        wording.practice_label, corner, QUESTION, align="start", mirrored=mirrored, bold=True
    )


def _hint(
    scene: Scene, trial: Trial, box: Box, text: str, wording: Wording, *, visible: bool = True
) -> None:
    """Write a trial's hint; one that asks to look longer takes its place, and is made ready."""
    scene.label(text, box, HINT, colour=FAINT, visible=visible and not scene.too_early)
    if visible and trial.earliest_s > 0:
        label = wording.too_early_hint
        scene.label(label, box, HINT, bold=True, visible=scene.too_early)


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
        long, thick = scene.space(CROSS), scene.space(RING)
        shown = scene.phase is Phase.FIXATION
        for box in (room.centre_box(long, thick), room.centre_box(thick, long)):
            scene.items.append(Fill(box, INK, visible=shown))


def _construct(scene: Scene, state: Construct, image_size: int, wording: Wording) -> None:
    trial = state.trial
    room, foot = _frame_of_trial(scene, trial, _foot_h(scene), wording)
    names = _between_names(scene, trial, room, image_size, state.index)
    for arrow, _, step in names:
        at_end = state.step(step).index == state.index
        _arrow(scene, arrow, step, dim=at_end)
    scene.buttons += [(arrow.expand(scene.space(ARROW_MARGIN)), step) for arrow, _, step in names]
    hint, place = hint_and_button(scene, foot)
    _hint(scene, trial, hint, wording.construct_hint, wording)
    scene.button(wording.confirm, place, Confirm(), ready=scene.phase not in BEFORE_PICTURE)


def _discriminate(scene: Scene, state: Discriminate, image_size: int, wording: Wording) -> None:
    # the image is as large as in Construct
    room, foot = _frame_of_trial(scene, state.trial, _foot_h(scene), wording)
    names = _between_names(scene, state.trial, room, image_size, 0)
    margin = scene.space(ARROW_MARGIN)
    for arrow, name, step in names:
        _arrow(scene, arrow, step)
        scene.buttons.append((arrow.enclose(name).expand(margin), step))
    _hint(scene, state.trial, foot, wording.discriminate_hint, wording)


def _between_names(
    scene: Scene, trial: Trial, room: Box, image_size: int, index: int
) -> list[tuple[Box, Box, Step]]:
    """Draw one mix with the class names beside it; return each arrow's place, its name, its act."""
    space = scene.space
    widest = Box(room.x, room.y, room.w - 2 * space(NAMES), room.h)  # leaves the sides to names
    image = place_image(scene, Box((scene.w - widest.w) // 2, room.y, widest.w, room.h), image_size)
    # All mixes stand in the scene, one of them visible: so all are ready before the first key.
    for k in range(len(trial.lambdas)):
        _picture(scene, trial, k, image, visible=k == index)
    _cross(scene, trial, image)
    gap, drawn = space(GAP), []
    side = image.x - gap - room.x
    for x, name, direction in (
        (room.x, trial.left, -1),
        (image.right + gap, trial.right, 1),
    ):
        column = Box(x, image.y, side, image.h)
        arrow = column.centre_box(space(ARROW), space(ARROW))
        arrow = Box(arrow.x, arrow.y - space(ARROW), arrow.w, arrow.h)
        under = Box(x, arrow.bottom + space(ARROW_MARGIN), side, space(NAME_LINES))
        name_of = capitalise(name)
        place = scene.label(name_of, under, QUESTION, bold=True, top=True)
        drawn.append((arrow, place, Step(direction)))
    return drawn


def _arrow(scene: Scene, box: Box, step: Step, *, dim: bool = False) -> None:
    """Draw an arrow, hollow where it leads no further, and the study's own key for it above."""
    direction: Literal[-1, 1] = -1 if step.delta < 0 else 1
    rim = scene.space(RIM)
    scene.items += [
        Arrow(box, direction, visible=not dim),
        Arrow(box, direction, TRACK, rim=rim, visible=dim),
    ]
    meaning = "left" if direction < 0 else "right"
    if meaning in scene.own_keys:
        height = scene.space(TARGET)
        above = box.expand(scene.space(ARROW))
        above = Box(above.x, box.y - scene.space(ARROW_MARGIN) - height, above.w, height)
        scene.label(scene.key_names[f"{meaning}_key"], above, BODY, bold=True)


def _select_shuffled(
    scene: Scene, state: SelectShuffled, image_size: int, wording: Wording
) -> None:
    trial, edge = state.trial, scene.space(RING)
    room, foot = _frame_of_trial(scene, trial, _foot_h(scene), wording)
    images, around = len(trial.lambdas), AROUND_PICKED * edge
    room, gap = room.expand(-around), 2 * around
    scene.columns = columns(room, images, gap, image_size)
    boxes = place_images(scene, room, image_size, scene.columns, images, gap)
    for k, box in enumerate(boxes):
        # dark and thick: picked; a light line next to the image: the keys are here
        if k == state.picked:
            scene.frame(box, around, ACCENT)
        elif k == state.highlight:
            scene.frame(box, AROUND_KEYS * edge, INK)
        if k == state.highlight:
            scene.frame(box, edge, PAPER)
        _picture(scene, trial, k, box)
        scene.buttons.append((box, Choose(k)))
    _cross(scene, trial, room)
    hint, place = hint_and_button(scene, foot)
    ready = state.picked is not None and state.picked == state.highlight
    _hint(scene, trial, hint, wording.select_hint, wording, visible=not ready)
    _hint(scene, trial, hint, wording.select_confirm_hint, wording, visible=ready)
    scene.button(wording.confirm, place, Confirm(), ready=ready)


def _infer(scene: Scene, state: Infer, image_size: int, wording: Wording) -> None:
    trial, space = state.trial, scene.space
    mixing = _mixing_labels(scene, trial, wording)
    wanted_h = measure_labels(scene, mixing, scene.w - 2 * space(MARGIN))
    names_h = min(max(space(SLIDER_NAMES), wanted_h), space(LONG_NAMES))
    mixing_h = space(SLIDER) + space(GAP) + names_h
    confidence_h = space(SLIDER) + space(GAP) + space(SLIDER_LABELS)
    question_h = space(NEAR) + space(CONFIDENCE_LINE) + space(GAP)
    foot_h = mixing_h + question_h + confidence_h + space(NEAR) + _foot_h(scene)
    room, foot = _frame_of_trial(scene, trial, foot_h, wording)
    image = place_image(scene, room, image_size)
    _picture(scene, trial, 0, image)
    _cross(scene, trial, image)
    confidence = (wording.confidence_low, wording.confidence_middle, wording.confidence_high)
    first = Box(foot.x, foot.y, foot.w, mixing_h)
    draw_slider(scene, first, mixing, state.positions[0], slider=0, focused=state.focus == 0)
    question = Box(foot.x, first.bottom + space(NEAR), foot.w, space(CONFIDENCE_LINE))
    scene.label(_confidence_question(trial, wording), question, BODY)
    second = Box(foot.x, question.bottom + space(GAP), foot.w, confidence_h)
    draw_slider(scene, second, confidence, state.positions[1], slider=1, focused=state.focus == 1)
    below = Box(foot.x, second.bottom + space(NEAR), foot.w, _foot_h(scene))
    hint, place = hint_and_button(scene, below)
    ready = None not in state.positions
    again = state.asked_again and not ready
    _hint(scene, trial, hint, wording.infer_hint, wording, visible=not again)
    scene.label(wording.infer_untouched_hint, hint, HINT, bold=True, visible=again)
    scene.button(wording.proceed, place, Confirm(), ready=ready)


def _categorize(scene: Scene, state: Categorize, image_size: int, wording: Wording) -> None:
    trial, gap = state.trial, scene.space(GAP)
    mirrored = scene.mirrors(trial.prompt)
    room, foot = _frame_of_trial(scene, trial, _foot_h(scene), wording)
    grid = plan_class_grid(scene, state, room, wording)
    grid_h = grid.height(scene.space(NEAR))
    above = Box(room.x, room.y, room.w, room.h - grid_h - gap)
    place = place_image(scene, Box(above.x, above.y, above.w // 2, above.h), image_size)
    x = above.right - place.w if mirrored else above.x
    image = Box(x, place.y, place.w, place.h)
    _picture(scene, trial, 0, image)
    _cross(scene, trial, image)
    beside = Box(image.right + gap, above.y, above.right - image.right - gap, above.h)
    if mirrored:
        beside = Box(above.x, above.y, image.x - gap - above.x, above.h)
    draw_answers(scene, state, beside, wording, mirrored=mirrored)
    below = Box(room.x, room.bottom - grid_h, room.w, grid_h)
    draw_class_grid(scene, state, below, grid)
    hint, button = hint_and_button(scene, foot)
    text = choose_hint(state, wording)
    if state.problem is None:
        _hint(scene, trial, hint, text, wording)
    else:
        scene.label(text, hint, HINT, bold=True)
    scene.button(wording.proceed, button, Confirm(), ready=state.is_answered)


def _mixing_labels(scene: Scene, trial: Trial, wording: Wording) -> tuple[str, str, str]:
    """Return what the ends and the middle of the first slider mean."""
    left, right = capitalise(trial.left), capitalise(trial.right)
    whole, half = (fill_key_names(each, scene.key_names) for each in (wording.whole, wording.half))
    return whole.format(name=left), half.format(left=left, right=right), whole.format(name=right)


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
    Categorize: _categorize,
    **PAGES,
    **QUESTIONS,
}
