"""Pages in every language fit every window, and overlap nowhere."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest

from elicit.design import build as design
from elicit.errors import DisplayError
from elicit.layout.fonts import Face, default_face, find_face
from elicit.layout.scene import Box, Label, Panel, Picture, Scene
from elicit.layout.trials import lay_out
from elicit.pages import AnyPage, Consent, Page
from elicit.paradigms import PARADIGMS
from elicit.protocol.study_protocol import load
from elicit.questions import Choice, FreeText
from elicit.session import stages
from elicit.session.interruption_pages import list_interruption_pages
from elicit.timing import Phase
from elicit.trial import Choose, Confirm, PageEvent, Wording, Write
from stimuli.sources.endpoints import Pictograms
from tests.elicit.helpers.boxes import assert_sound, overlap
from tests.elicit.helpers.study_pages import touch
from tests.elicit.helpers.virtual_lab import PROTOCOLS

LANGUAGES = Path(__file__).parents[1] / "languages"
STUDIES = [
    *(PROTOCOLS / f"{name}.yaml" for name in ("hse1_construct", "hse1_select_shuffled", "hse2")),
    *(LANGUAGES / f"{name}.yaml" for name in ("german", "japanese", "arabic")),
]
SIZES = [(1024, 600), (1366, 768), (1920, 1080), (3840, 2160)]
SMALLEST_FIRST = [SIZES[0], *(pytest.param(size, marks=pytest.mark.slow) for size in SIZES[1:])]


def face_of(path: Path) -> Face:
    """Return the font of a study; skip where this computer has none for its letters."""
    try:
        asked = load(path)
        return find_face(stages.collect_text(asked), None, stages.collect_own_text(asked))
    except DisplayError as error:
        pytest.skip(str(error))


def pages_of(path: Path) -> list[AnyPage]:
    """Return all pages of a study, untouched, touched and refused."""
    asked = load(path)
    plan = design.build(asked, Pictograms(), "P01", 1, 0)
    found: list[AnyPage] = []
    for page in stages.list_screens(stages.build_stages(asked, plan, Pictograms())):
        if not hasattr(page, "trial"):
            found += touch(page)
    return [*found, *list_interruption_pages(asked.wording).values()]


def things(scene: Scene) -> list[tuple[str, Box]]:
    """Return what may not overlap: visible texts and images."""
    return [
        (item.text.lines[0] if isinstance(item, Label) else "image", item.box)
        for item in scene.items
        if isinstance(item, Label | Picture) and item.visible
    ]


@pytest.mark.parametrize("size", SMALLEST_FIRST, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("path", STUDIES, ids=lambda path: path.stem)
def test_practice_and_nothing_else_is_called_so_beside_the_question(
    path: Path, size: tuple[int, int]
) -> None:
    asked, face = load(path), face_of(path)
    words, called = asked.wording, 0
    for trial in design.build(asked, Pictograms(), "P01", 1, 0).trials[:4]:
        for phase in (Phase.PICTURE, Phase.INTERVAL):
            state = PARADIGMS[trial.paradigm](trial)
            scene = lay_out(state, size, 32, words, face, phase=phase)
            shown = [item for item in scene.items if isinstance(item, Label) and item.visible]
            its = [item for item in shown if item.text.lines == (words.practice_label,)]
            assert len(its) == trial.practice
            for item in its:
                called += 1
                assert not any(
                    overlap(item.box, box) for _, box in things(scene) if box != item.box
                )
                far = scene.w - item.box.right if scene.mirrors(trial.prompt) else item.box.x
                assert 0 < far < scene.w / 20
    assert called


@pytest.mark.parametrize("size", SMALLEST_FIRST, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("path", STUDIES, ids=lambda path: path.stem)
def test_no_page_of_a_study_overlaps_or_runs_out_in_any_language(
    path: Path, size: tuple[int, int]
) -> None:
    face, words = face_of(path), load(path).wording
    window = Box(0, 0, *size)
    for page in pages_of(path):
        scene = lay_out(page, size, 32, words, face)
        assert_sound(scene)
        for (one, box), (other, its) in combinations(things(scene), 2):
            assert not overlap(box, its), (one, other)
        for name, box in things(scene):
            assert box.x >= 0 and box.y >= 0, name  # noqa: PT018
            assert box.right <= window.w and box.bottom <= window.h, name  # noqa: PT018
        for box, _ in scene.buttons:
            assert window.holds(box.x, box.y)
            assert window.holds(box.right - 1, box.bottom - 1)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("points", range(1, 6))
def test_a_second_click_on_the_way_out_meets_nothing_that_withholds_consent(
    points: int, size: tuple[int, int]
) -> None:
    words = Wording()
    page = Consent.start("Consent", "Read this.", ("I agree.",) * points)
    options = words.decline_leave, words.decline_back
    sure = Choice(words.decline_title, words.decline_question, options, chosen=1)
    out = button(lay_out(page, size, 32, words), Choose(points))
    scene = lay_out(sure, size, 32, words)
    assert not overlap(out, button(scene, Choose(0)))
    assert not overlap(out, button(scene, Confirm()))


def button(scene: Scene, event: PageEvent) -> Box:
    return next(box for box, meant in scene.buttons if meant == event)


def test_a_script_that_runs_from_right_to_left_begins_on_the_right() -> None:
    face = face_of(LANGUAGES / "arabic.yaml")
    assert face.right_to_left
    page = Page("عنوان", "نص", "")
    scene = lay_out(page, (1024, 600), 32, Wording(), face)
    text = next(item for item in scene.items if isinstance(item, Label) and item.align == "start")
    assert text.box.x > 512
    point = Consent.start("عنوان", "نص", ("نقطة",))
    squares = [
        item.box
        for item in lay_out(point, (1024, 600), 32, Wording(), face).items
        if isinstance(item, Panel) and item.box.w == item.box.h
    ]
    assert all(square.x > 512 for square in squares)


def test_one_arabic_class_name_leaves_the_english_pages_around_it_as_they_are() -> None:
    english = PROTOCOLS / "hse2.yaml"
    asked = load(english)
    named = asked.model_copy(update={"class_names": {"cat": "قطة"}})
    try:
        face = find_face(stages.collect_text(named), None, stages.collect_own_text(named))
    except DisplayError as error:
        pytest.skip(str(error))
    for page in pages_of(english):
        plain = lay_out(page, (1024, 600), 32, asked.wording, replace(face, right_to_left=False))
        assert lay_out(page, (1024, 600), 32, asked.wording, face) == plain
    options = Choice("Which?", "Which animal?", ("قطة", "dog"))
    scene = lay_out(options, (1024, 600), 32, asked.wording, face)
    labels = [item for item in scene.items if isinstance(item, Label) and item.align == "start"]
    assert len({label.box.x for label in labels[2:]}) == 1
    assert labels[2].text.direction == "rtl"


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize(
    "typed",
    ["\n" * 60, "W" * 2000, "a b\n" * 500, "قطة " * 400, "\u200f\n\u3000" * 600, "日本語" * 600],
    ids=["lines", "word", "words", "arabic", "blank", "wide"],
)
def test_no_text_that_is_typed_runs_out_of_its_page(typed: str, size: tuple[int, int]) -> None:
    page = FreeText("A question", "What did you see?").step(Write(typed))
    scene = lay_out(page, size, 32, Wording(), default_face())
    field = max(
        (item.box for item in scene.items if isinstance(item, Panel)), key=lambda b: b.w * b.h
    )
    text = next(
        item for item in scene.items if isinstance(item, Label) and "_" in item.text.lines[-1]
    )
    assert field.enclose(text.box) == field


def test_latin_letters_need_no_font_but_the_one_that_comes_along() -> None:
    assert find_face("Müller, naïve, Ελληνικά, русский") == default_face()


def test_letters_that_no_font_has_are_told_in_one_line() -> None:
    with pytest.raises(DisplayError, match=r"no font of this computer has every letter") as told:
        find_face("\U0001fbff\U00016fe4 x")
    assert len(str(told.value).splitlines()) == 1


def test_a_font_that_is_not_here_is_told_with_its_name() -> None:
    with pytest.raises(DisplayError, match=r"font: must be .* got 'Kein Font': it is not here"):
        find_face("abc", "Kein Font")
