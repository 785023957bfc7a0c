"""One visual system: sizes, spaces and colours come from one place, and can be seen."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from math import atan, degrees
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from elicit.errors import DisplayError
from elicit.layout import style
from elicit.layout.fonts import Face, default_face, find_face
from elicit.layout.scene import Box, Label
from elicit.layout.style import HINT, RING, SIZES, SMALL, TARGET
from elicit.layout.trials import lay_out
from elicit.pages import AnyPage, Consent, LeavePage, Page
from elicit.questions import Choice, Choices, FreeText, Number, Scale, Slider, StatementGrid
from elicit.trial import Choose, Focus, Jump, PageEvent, Step, Wording, Write
from tests.elicit.helpers.boxes import assert_sound, labels
from tests.elicit.helpers.drawn_screens import Pixels, contrast, draw_screen, luminance
from tests.elicit.helpers.factories import infer
from tests.elicit.helpers.study_pages import touch
from tests.elicit.layout.test_looks import ASKED, CHOICE, CONSENT, scenes
from tests.helpers.examples import examples

SIZES_PX = [(1024, 600), (1366, 768), (1920, 1080), (3840, 2160)]
PX_PER_CM = 96 / 2.54
EYE_CM = 70
CAPITALS = 0.714  # height of capitals, in font sizes
LAYOUT = Path(style.__file__).parent
DRAWING = ["frame", "grid", "pages", "questions", "scene", "sliders", "trials"]
READABLE, DISABLED = 4.5, 3.0
WORDING = Wording()

every_size = pytest.mark.parametrize("size", SIZES_PX, ids=lambda size: f"{size[0]}x{size[1]}")


# -- one place


@pytest.mark.parametrize("module", DRAWING)
def test_no_size_space_or_colour_is_set_outside_of_the_style(module: str) -> None:
    tree = ast.parse((LAYOUT / f"{module}.py").read_text("utf-8"))
    decorators = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        for decorator in node.decorator_list
        for part in ast.walk(decorator)
    }
    stray = [
        (node.lineno, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float)
        if id(node) not in decorators and node.value not in (0, 1, 2)
    ]
    assert stray == [], "a number of a layout stands in elicit/layout/style.py"
    spaces = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "space"
        if isinstance(node.args[0], ast.Constant)
    ]
    assert spaces == [], "a space has a name"


@every_size
def test_every_text_has_a_size_of_the_scale(size: tuple[int, int]) -> None:
    scale = [style.font_px(each, size) for each in SIZES]
    for larger, smaller in pairwise(scale):
        assert larger / smaller == pytest.approx(style.RATIO, rel=0.05)
    used = {label.text.px for scene in scenes(size) for label in labels(scene)}
    assert used <= set(scale)
    assert len(used) >= 4


@given(st.integers(1024, 8000), st.integers(600, 5000))
def test_texts_grow_with_the_window_and_can_be_read_from_70_cm(width: int, height: int) -> None:
    def angle(px: int) -> float:  # of capitals, minutes of arc
        return 60 * degrees(atan(px * CAPITALS / PX_PER_CM / EYE_CM))

    window = width, height
    assert angle(style.font_px(HINT, window)) > 15.5
    assert angle(style.font_px(SMALL, window)) > 12.9
    assert style.font_px(HINT, (width * 4, height * 4)) > 2.4 * style.font_px(HINT, window)


# -- what can be seen, from the pixels


def dead(screen: Pixels, label: Label) -> bool:
    """Return whether a text is on a button that does nothing now, and so is an outline."""
    if " ".join(label.text.lines) not in {WORDING.proceed, WORDING.confirm}:
        return False
    return bool((screen[label.box.y, label.box.x - 1] == style.GROUND).all())


def text_contrast(screen: Pixels, box: Box) -> float:
    """Return the contrast of a text to what is drawn around its letters."""
    light = luminance(screen[box.y : box.bottom, box.x : box.right]).ravel()
    values, counts = np.unique(light, return_counts=True)
    ground = values[counts.argmax()]
    return float(contrast(light, ground).max())


@pytest.mark.parametrize("size", [(1024, 600), (1920, 1080)], ids=str)
def test_every_text_as_drawn_stands_out_from_what_it_is_drawn_on(size: tuple[int, int]) -> None:
    seen = {True: 0, False: 0}
    for scene in scenes(size):
        screen = draw_screen(scene)
        for label in labels(scene):
            is_dead = dead(screen, label)
            seen[is_dead] += 1
            least = DISABLED if is_dead else READABLE
            assert text_contrast(screen, label.box) >= least, (label.text.lines, label.box)
    assert min(seen.values()) > 5


FOCUSED: list[tuple[AnyPage, AnyPage, PageEvent]] = [
    (CONSENT.step(Focus(1)), CONSENT, Choose(0)),
    (CONSENT, CONSENT.step(Jump(1)), Choose(2)),
    (CHOICE, CHOICE.step(Jump(-1)), Choose(0)),
    (ASKED["choices"].step(Jump(1)), ASKED["choices"], Choose(0)),
]


@every_size
@pytest.mark.parametrize(
    ("without", "focused", "event"), FOCUSED, ids=["point", "way out", "option", "several"]
)
def test_what_the_keys_are_at_has_a_thick_dark_ring_and_is_lighter_without_any_colour(
    without: AnyPage, focused: AnyPage, event: PageEvent, size: tuple[int, int]
) -> None:
    rings, fills = [], []
    for page in (without, focused):
        scene = lay_out(page, size, 32, WORDING)
        box = next(box for box, meant in scene.buttons if meant == event)
        row = luminance(draw_screen(scene)[box.y + box.h // 4, box.x : box.x + scene.space(4)])
        ground = luminance(np.array(style.GROUND, np.uint8))
        dark = (contrast(row, ground) >= DISABLED) & (row < ground)
        rings.append(int((~dark).argmax()))
        fills.append(float(row[scene.space(1.5)]))
    assert rings[1] >= scene.space(RING) > rings[0]
    assert (fills[1] + 0.05) / (fills[0] + 0.05) > 1.5


def test_the_slider_in_focus_has_the_ring_and_the_other_one_has_not() -> None:
    def rings(*events: Focus) -> list[bool]:
        scene = lay_out(infer(*events), (1024, 600), 32, WORDING)
        light = luminance(draw_screen(scene))
        ground = luminance(np.array(style.GROUND, np.uint8))
        found = []
        for track in scene.tracks:
            grip = track.grip
            part = light[grip.y + grip.h // 2, grip.x : grip.x + scene.space(4)]
            dark = (contrast(part, ground) >= DISABLED) & (part < ground)
            found.append(int(dark.sum()) >= scene.space(RING))
        return found

    assert rings() == [True, False]
    assert rings(Focus(1)) == [False, True]


@every_size
def test_a_slider_shows_its_place_large_enough_for_70_cm_and_as_no_number(
    size: tuple[int, int],
) -> None:
    placed = infer(Step(1), Step(1))
    before, after = (lay_out(state, size, 32, WORDING) for state in (infer(), placed))
    knob = draw_screen(before) != draw_screen(after)
    track = after.tracks[0]
    part = knob.any(axis=-1)[track.grip.y : track.grip.bottom]
    across, down = part.any(axis=0), part.any(axis=1)
    for length in (np.flatnonzero(across), np.flatnonzero(down)):
        cm = (length[-1] - length[0] + 1) / (after.space(1) / style.UNIT_PX) / PX_PER_CM
        assert degrees(atan(cm / EYE_CM)) > 0.4
    assert [label.text.lines for label in labels(after)] == [
        label.text.lines for label in labels(before)
    ]


# -- what can be pressed


@every_size
def test_everything_that_the_pointer_presses_is_as_large_as_a_finger(
    size: tuple[int, int],
) -> None:
    for scene in scenes(size):
        least = scene.space(TARGET)
        assert least >= max(44, 0.97 * 44 * style.grow(size))
        for box, event in scene.buttons:
            assert min(box.w, box.h) >= least, event
        for track in scene.tracks:
            assert min(track.grip.w, track.grip.h) >= least - 1


# -- any text in any window


LETTERS = {
    "latin": "Donaudampfschifffahrt ist the of W iiii, Straßenbahn. a mixture",
    "arabic": "صورة ممزوجة من صورتين، القطة نسبة كلب 100% هل",
    "japanese": "画像は混ぜられています。 どのくらい 猫が見えますか。 実験者 次へ",
}


@lru_cache
def face_for(script: str) -> Face:
    if script == "latin":
        return default_face()
    try:
        return find_face(LETTERS[script] + WORDING.proceed)
    except DisplayError as error:
        pytest.skip(str(error))


def kinds_of_page(say: Iterator[str]) -> list[AnyPage]:
    """Return a page of each kind with the next texts of a stream."""

    def options(number: int) -> tuple[str, ...]:
        return tuple(f"{next(say)} {k}" for k in range(number))

    return [
        Page(next(say), next(say), next(say), progress=(1, 3)),
        LeavePage(next(say), next(say), "", button="OK"),
        Consent.start(next(say), next(say), options(3)),
        Choice(next(say), next(say), options(12)),
        Choices(next(say), next(say), options(3)),
        Scale(next(say), next(say), 0, 10, next(say), next(say)),
        StatementGrid(next(say), next(say), options(5), 0, 10, next(say), next(say)),
        Number(next(say), next(say), 0, 99, next(say)),
        Slider(next(say), next(say), next(say), next(say)),
        FreeText(next(say), next(say)).step(Write(next(say))),
    ]


@pytest.mark.parametrize("script", LETTERS)
@given(st.integers(1024, 3840), st.integers(600, 2160), st.integers(0, 10**6))
@settings(
    max_examples=examples(4), deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate]
)
def test_no_page_with_any_text_is_cut_off_or_overlaps_in_any_window(
    script: str, width: int, height: int, seed: int
) -> None:
    face, words, random = face_for(script), LETTERS[script].split(), Random(seed)

    def say() -> Iterator[str]:
        while True:
            yield " ".join(random.choices(words, k=random.randint(1, 12)))

    laid_out, refused = 0, []
    for page in kinds_of_page(say()):
        for state in touch(page):
            try:
                scene = lay_out(state, (width, height), 32, WORDING, face)
            except DisplayError as error:
                refused.append(str(error))
                continue
            assert_sound(scene)
            laid_out += 1
    assert laid_out > len(refused)
    assert all("does not fit" in told for told in refused)
