"""What is laid out: whole pixels, nothing outside the window, nothing over anything else."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elicit.errors import DisplayError
from elicit.key_names import fill_key_names, name_keys
from elicit.layout.grid import capitalise
from elicit.layout.scene import Fill, Label, Panel, Picture, Scene
from elicit.layout.style import SMALL
from elicit.layout.trials import lay_out
from elicit.pages import LeavePage, Page
from elicit.paradigms import State
from elicit.paradigms.infer import Infer
from elicit.protocol.study_protocol import load
from elicit.trial import Choose, Confirm, Event, Focus, Jump, Slide, Step, Trial, Wording
from stimuli.mixing import Pair
from tests.elicit.helpers.boxes import assert_sound, boxes, labels, pictures
from tests.elicit.helpers.factories import GRID, PROTOCOLS, construct, discriminate, infer, select
from tests.helpers.examples import examples

WORDING = Wording()
SIZES = [
    *[(1024, 600), (1280, 720), (1366, 768), (1920, 1080)],
    *[(1920, 1200), (2560, 1440), (3440, 1440), (3840, 2160)],
]
NAMES = {
    "one letter": ("a", "b"),
    "CIFAR-10": ("automobile", "truck"),
    "thirty letters": ("i" * 30, "jabberwockyjabberwockyjabberwo"),
    "thirty Ws": ("W" * 30, "W" * 30),
    "many words": ("grey parrot with a red old tail", "a b c d e f g h i j k l m n o p"),
}
PROTOCOL_FILES = sorted(PROTOCOLS.glob("*.yaml"))
PROMPTS = sorted({each.prompt for path in PROTOCOL_FILES for each in load(path).blocks}, key=len)

every_size = pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
every_name = pytest.mark.parametrize("names", NAMES.values(), ids=NAMES)


def about(names: tuple[str, str], mirrored: bool | None) -> dict[str, Any]:
    """Return what changes in a trial with the longest prompt and these class names."""
    pair = Pair(3, 5, *names)
    left, right = (names[1], names[0]) if mirrored else names
    prompt = PROMPTS[-1].format(left=left, right=right)
    return {"pair": pair, "prompt": prompt, "number": 3, "total": 7}


def constructed(names: tuple[str, str]) -> list[State]:
    acts: list[list[Event]] = [[], [Step(1)], [Jump(-1)]]
    return [
        construct(*each, start=5, mirrored=mirrored, **about(names, mirrored))
        for mirrored in (False, True)
        for each in acts
    ]


def selected(names: tuple[str, str]) -> list[State]:
    acts: list[list[Event]] = [[], [Step(1)], [Choose(0)], [Choose(10)]]
    acts += [[Choose(6), Step(1)], [Choose(10), Step(-1)]]
    return [select(*each, **about(names, None)) for each in acts]


def inferred(names: tuple[str, str]) -> list[State]:
    acts: list[list[Event]] = [[], [Focus(1)], [Confirm()], [Slide(0, 0)]]
    acts += [[Slide(0, 0), Slide(1, 100)], [Slide(0, 100), Confirm()], [Slide(0, 50), Slide(1, 50)]]
    return [
        infer(*each, mirrored=mirrored, **about(names, mirrored))
        for mirrored in (False, True)
        for each in acts
    ]


def discriminated(names: tuple[str, str]) -> list[State]:
    return [discriminate(mirrored=mirrored, **about(names, mirrored)) for mirrored in (False, True)]


def every_state(names: tuple[str, str]) -> list[State]:
    return [
        *constructed(names),
        *selected(names),
        *inferred(names),
        *discriminated(names),
    ]


def pages() -> list[Page]:
    blocks = [block for path in PROTOCOL_FILES for block in load(path).blocks]
    return [
        *(Page(block.title, block.instructions, WORDING.page_hint) for block in blocks),
        Page(WORDING.end_title, WORDING.end_text, WORDING.page_hint),
        LeavePage(WORDING.leave_title, WORDING.leave_text, ""),
    ]


def letters(text: str) -> str:
    return "".join(fill_key_names(text, name_keys(WORDING, {})).split())


def written(scene: Scene) -> list[str]:
    """Return each visible text without its spaces, as lines may break anywhere."""
    return [letters("".join(label.text.lines)) for label in labels(scene)]


@every_size
@every_name
def test_nothing_stands_outside_the_window_or_over_anything_else(
    names: tuple[str, str], size: tuple[int, int]
) -> None:
    for state in every_state(names):
        assert_sound(lay_out(state, size, 32, WORDING))


@every_size
def test_pages_stand_in_the_window_and_say_everything(size: tuple[int, int]) -> None:
    for page in pages():
        scene = lay_out(page, size, 32, WORDING)
        assert_sound(scene)
        assert {letters(page.title), letters(page.text)} <= set(written(scene))


@every_size
@pytest.mark.parametrize("image_size", [32, 64, 96])
def test_pictures_are_whole_multiples_of_the_source_images(
    image_size: int, size: tuple[int, int]
) -> None:
    for state in every_state(NAMES["CIFAR-10"]):
        scene = lay_out(state, size, image_size, WORDING)
        assert_sound(scene)
        for picture in scene.items:
            if isinstance(picture, Picture):
                assert picture.box.w == picture.box.h
                assert picture.box.w % image_size == 0


@every_size
@every_name
def test_prompt_and_class_names_stand_there_to_the_last_letter(
    names: tuple[str, str], size: tuple[int, int]
) -> None:
    for state in every_state(names):
        texts = written(lay_out(state, size, 32, WORDING))
        assert letters(state.trial.prompt) in texts
        left, right = capitalise(state.trial.left), capitalise(state.trial.right)
        if state.trial.paradigm == "construct":
            assert {letters(left), letters(right)} <= set(texts)
        if state.trial.paradigm == "infer":
            ends = {f"100% {left}", f"50/50 {left} and {right}", f"100% {right}"}
            assert set(map(letters, ends)) <= set(texts)


@every_size
@every_name
def test_every_text_has_a_readable_size(names: tuple[str, str], size: tuple[int, int]) -> None:
    for state in every_state(names):
        scene = lay_out(state, size, 32, WORDING)
        assert all(label.text.px >= scene.sizes(SMALL)[0] for label in labels(scene))


@every_size
@pytest.mark.parametrize("make", [constructed, selected, inferred])
def test_no_picture_and_no_button_moves_while_a_trial_is_answered(
    make: Any, size: tuple[int, int]
) -> None:
    scenes = [lay_out(state, size, 32, WORDING) for state in make(NAMES["CIFAR-10"])]
    pictured = {tuple(picture.box for picture in pictures(scene)) for scene in scenes}
    pressed = {tuple(box for box, _ in scene.buttons) for scene in scenes}
    assert len(pictured) == len(pressed) == 1


@every_size
def test_the_class_on_the_left_of_the_trial_stands_on_the_left(size: tuple[int, int]) -> None:
    for state in [*constructed(("cat", "dog")), *inferred(("cat", "dog"))]:
        scene = lay_out(state, size, 32, WORDING)
        place = {"".join(label.text.lines): label.box.x for label in labels(scene)}
        (left,) = (x for text, x in place.items() if text.endswith(capitalise(state.trial.left))
                   and "and" not in text and "How" not in text)  # fmt: skip
        (right,) = (x for text, x in place.items() if text.endswith(capitalise(state.trial.right))
                    and "and" not in text and "How" not in text)  # fmt: skip
        assert left < right


def test_construct_shows_the_mix_it_stands_at_and_has_all_others_ready() -> None:
    scene = lay_out(construct(Step(1), start=5), (1280, 720), 32, WORDING)
    assert [picture.blend.lambda_f for picture in pictures(scene)] == [0.4]
    ready = [item.blend.lambda_f for item in scene.items if isinstance(item, Picture)]
    assert ready == list(GRID)


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_click_on_a_name_is_the_arrow_key_of_its_side(mirrored: bool) -> None:
    scene = lay_out(discriminate(mirrored=mirrored), (1280, 720), 32, WORDING)
    for label in labels(scene):
        middle = label.box.x + label.box.w // 2, label.box.y + label.box.h // 2
        meant = [event for box, event in scene.buttons if box.holds(*middle)]
        on_the_left = written_on(label) == ("Dog" if mirrored else "Cat")
        on_the_right = written_on(label) == ("Cat" if mirrored else "Dog")
        assert meant == [Step(-1)] * on_the_left + [Step(1)] * on_the_right
    assert len(scene.buttons) == 2


def test_discriminate_shows_its_mix_where_and_as_large_as_construct_does() -> None:
    size = (1280, 720)
    (one,) = pictures(lay_out(discriminate(lambdas=(0.5,)), size, 32, WORDING))
    assert [one] == pictures(lay_out(construct(start=5), size, 32, WORDING))


def written_on(label: Label) -> str:
    return letters("".join(label.text.lines))


def test_select_shuffled_shows_the_mixes_in_the_trial_s_order() -> None:
    state = select()
    scene = lay_out(state, (1280, 720), 32, WORDING)
    shown = [picture.blend.lambda_f for picture in pictures(scene)]
    assert shown == list(state.trial.lambdas)
    reading = sorted(pictures(scene), key=lambda picture: (picture.box.y, picture.box.x))
    assert reading == pictures(scene)
    first_row = [p for p in pictures(scene) if p.box.y == pictures(scene)[0].box.y]
    assert len(first_row) == scene.columns


def test_a_click_on_an_image_means_that_image() -> None:
    scene = lay_out(select(), (1280, 720), 32, WORDING)
    for k, picture in enumerate(pictures(scene)):
        assert (picture.box, Choose(k)) in scene.buttons


@pytest.mark.parametrize("images", [2, 3, 5, 7, 11, 21])
@every_size
def test_any_number_of_mixes_is_laid_out(images: int, size: tuple[int, int]) -> None:
    lambdas = tuple(k / (images - 1) for k in range(images))
    scene = lay_out(select(lambdas=lambdas), size, 32, WORDING)
    assert_sound(scene)
    assert len(pictures(scene)) == images


def test_a_slider_that_was_not_touched_shows_no_place() -> None:
    untouched = lay_out(infer(), (1280, 720), 32, WORDING)
    middle = lay_out(infer(Slide(0, 50)), (1280, 720), 32, WORDING)
    assert len(boxes(middle, Panel)) == len(boxes(untouched, Panel)) + 1


@given(st.sampled_from(SIZES), st.integers(0, 100))
def test_a_marker_stands_where_the_pointer_would_have_put_it(
    size: tuple[int, int], position: int
) -> None:
    scene = lay_out(infer(Slide(0, position)), size, 32, WORDING)
    track = scene.tracks[0]
    (marker,) = set(boxes(scene, Panel)) - set(boxes(lay_out(infer(), size, 32, WORDING), Panel))
    place = 100 * (marker.x + marker.w / 2 - track.x) / track.w
    assert place == pytest.approx(position, abs=0.5)


def test_what_an_untouched_slider_lacks_is_said_after_enter() -> None:
    hint, again = letters(WORDING.infer_hint), letters(WORDING.infer_untouched_hint)
    first = written(lay_out(infer(), (1280, 720), 32, WORDING))
    assert hint in first
    assert again not in first
    then = written(lay_out(infer(Confirm()), (1280, 720), 32, WORDING))
    assert again in then
    assert hint not in then


@pytest.mark.parametrize("state", [construct(), select(), infer()], ids=lambda s: s.trial.paradigm)
def test_images_that_do_not_fit_are_told_in_one_line(state: State) -> None:
    expected = (
        r"^window 1024x600: (1|11) image\(s\) of 512 px do not fit; use a larger window "
        r"or a smaller stimuli\.image_size$"
    )
    with pytest.raises(DisplayError, match=expected):
        lay_out(state, (1024, 600), 512, WORDING)


@pytest.mark.parametrize(
    "state",
    [
        Page("Title", "word " * 2000, "Hint"),
        Page("Title", "one\n\n" * 200, "Hint"),
        construct(prompt="W" * 2000),
        infer(pair=Pair(3, 5, "cat", "W" * 500)),
    ],
    ids=["words", "paragraphs", "prompt", "class"],
)
def test_a_text_that_does_not_fit_is_told_in_one_line(state: State | Page) -> None:
    with pytest.raises(DisplayError, match=r"^window 1024x600: .* does not fit .* px; ") as caught:
        lay_out(state, (1024, 600), 32, WORDING)
    assert len(str(caught.value).splitlines()) == 1
    assert str(caught.value).endswith("shorten the text or use a larger window")


def test_progress_is_the_share_of_trials_that_are_behind() -> None:
    bars = [
        boxes(lay_out(_numbered(infer(), number), (1024, 600), 32, WORDING), Fill)[:2]
        for number in (1, 5, 9)
    ]
    assert [bar.w for _, bar in bars] == [102, 512, 921]


def _numbered(state: Infer, number: int) -> Infer:
    trial: Trial = replace(state.trial, number=number, total=10)
    return Infer.start(trial)


@given(
    st.integers(1024, 4096),
    st.integers(600, 2400),
    st.sampled_from([16, 32, 48, 64]),
    st.sampled_from(sorted(NAMES.keys() - {"thirty Ws"})),  # too much for a narrow window
)
@settings(max_examples=examples(40), deadline=None)
def test_a_window_of_any_size_is_laid_out_soundly(
    width: int, height: int, image_size: int, names: str
) -> None:
    for state in every_state(NAMES[names]):
        assert_sound(lay_out(state, (width, height), image_size, WORDING))


@pytest.mark.parametrize(
    ("whose", "asked"),
    [
        ("self", WORDING.confidence_question),
        ("others", WORDING.confidence_of_others_question),
    ],
)
def test_the_second_slider_asks_for_the_confidence_of_those_the_block_names(
    whose: str, asked: str
) -> None:
    scene = lay_out(infer(confidence_of=whose), (1024, 600), 32, WORDING)
    questions = {WORDING.confidence_question, WORDING.confidence_of_others_question}
    shown = {" ".join(each.text.lines) for each in scene.items if isinstance(each, Label)}
    assert shown & questions == {asked}
