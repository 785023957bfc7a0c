"""Categorize's screen: everything fits, can be pressed, and shows what was chosen."""

from itertools import combinations

import pytest

from elicit.layout.scene import Label, Picture, Scene
from elicit.layout.style import TARGET
from elicit.layout.trials import lay_out
from elicit.paradigms.categorize import AnswerPart, Categorize
from elicit.trial import Choose, Confirm, Digit, Erase, Event, Focus, Slide, Wording
from tests.elicit.helpers.factories import OFFERED, categorize

SIZES = [(1024, 600), (1920, 1080), (3840, 2160)]
MANY = tuple(f"{name} {k}" for k in range(3) for name in OFFERED)
LONG = tuple(f"{name} of the northern sea" for name in MANY)
ARABIC = ("طائرة", "سيارة", "طائر", "قطة", "غزال", "كلب", "ضفدع", "حصان", "سفينة", "شاحنة")
ANSWERED = (
    *(Choose(1), Digit(7), Digit(0), Confirm(), Choose(2), Digit(2), Digit(0), Confirm()),
    *(Choose(4), Choose(5)),
)


def draw(*events: Event, classes: tuple[str, ...] = OFFERED, size: tuple[int, int]) -> Scene:
    state = categorize(*events, class_order=classes, class_labels=classes)
    return lay_out(state, size, 32, Wording())


def texts(scene: Scene) -> list[str]:
    return ["\n".join(item.text.lines) for item in scene.items if isinstance(item, Label)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("classes", [OFFERED, MANY, LONG, ARABIC])
@pytest.mark.parametrize("events", [(), ANSWERED])
def test_every_class_can_be_pressed_and_nothing_covers_anything(
    size: tuple[int, int], classes: tuple[str, ...], events: tuple[Event, ...]
) -> None:
    scene = draw(*events, classes=classes, size=size)
    chosen = {event.index for _, event in scene.buttons if isinstance(event, Choose)}
    assert chosen == set(range(len(classes) + 1))
    (picture,) = [item.box for item in scene.items if isinstance(item, Picture)]
    pressed = [box for box, _ in scene.buttons]
    assert min(min(box.w, box.h) for box in pressed) >= scene.space(TARGET)
    boxes = [picture, *pressed, *(track.grip for track in scene.tracks)]
    for box in boxes:
        assert box.x >= 0
        assert box.y >= 0
        assert box.right <= size[0]
        assert box.bottom <= size[1]
    for one, other in combinations(boxes, 2):
        common = one.cut(other)
        assert common.w <= 0 or common.h <= 0


@pytest.mark.parametrize("part", AnswerPart)
def test_a_press_on_a_part_of_the_answer_leads_there(part: AnswerPart) -> None:
    state = categorize(Focus(2))
    scene = lay_out(state, (1024, 600), 32, Wording())
    parts = [event for _, event in scene.buttons if isinstance(event, Focus)]
    assert [state.step(event).focus for event in parts].count(part) == 1


def test_a_track_belongs_to_the_probability_of_its_line() -> None:
    scene = draw(size=(1024, 600))
    assert [track.slider for track in scene.tracks] == [0, 1]
    assert categorize(Slide(1, 30)).shares == (None, 30)


@pytest.mark.parametrize(
    ("events", "said"),
    [
        ((), Wording.first_class_hint),
        ((Confirm(),), Wording.class_missing_hint),
        ((Choose(1), Confirm()), Wording.share_missing_hint),
        ((Choose(1), *[Digit(9)] * 3, Confirm()), Wording.above_100_hint),
        (
            (Choose(1), Digit(1), Confirm(), Choose(2), Digit(2), Confirm()),
            Wording.above_first_hint,
        ),
    ],
)
def test_the_hint_says_what_to_do_or_what_is_missing(events: tuple[Event, ...], said: str) -> None:
    beginning = said.split("{")[0].split(".")[0][:30]
    shown = [
        item
        for item in draw(*events, size=(1920, 1080)).items
        if isinstance(item, Label) and " ".join(item.text.lines).startswith(beginning)
    ]
    assert [item.visible for item in shown] == [True]


def test_the_number_typed_is_shown_even_above_100() -> None:
    typed = (Choose(1), Digit(1), Digit(5), Digit(0))
    assert "150%" in texts(draw(*typed, size=(1024, 600)))
    assert "15%" in texts(draw(*typed, Erase(), size=(1024, 600)))


def is_ready(state: Categorize) -> bool:
    scene = lay_out(state, (1024, 600), 32, Wording())
    (label,) = [
        item
        for item in scene.items
        if isinstance(item, Label) and item.text.lines == (Wording.proceed,) and item.visible
    ]
    return label.colour == (242, 242, 242)


def test_the_button_is_ready_once_every_part_is_answered() -> None:
    assert is_ready(categorize(*ANSWERED))
    assert not is_ready(categorize(*ANSWERED[:-3]))
