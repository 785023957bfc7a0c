"""What can be seen: contrasts, what looks dead, what stands apart, and the names of keys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from elicit.key_names import PLACEHOLDERS
from elicit.layout.scene import Arrow, Box, Fill, Item, Label, Panel, Picture, Scene
from elicit.layout.style import GROUND, TRACK, Colour
from elicit.layout.trials import lay_out
from elicit.pages import AnyPage, Booklet, Consent, LeavePage, Page
from elicit.paradigms import State
from elicit.protocol.own_keys import NAMED_KEYS
from elicit.questions import Choice, Choices, Number, Scale, Slider, StatementGrid
from elicit.session import stages
from elicit.session.interruption_pages import list_interruption_pages
from elicit.trial import Choose, Confirm, Digit, Focus, Jump, Leave, Step, Wording
from stimuli.mixing import Pair
from tests.elicit.helpers.factories import construct, discriminate, infer, select
from tests.elicit.helpers.study_pages import touch

SIZE = (1024, 600)
SIZES = [SIZE, (3840, 2160)]
READABLE, DISABLED = 4.5, 3.0  # contrast of a text, and of what cannot be pressed or is a track
REST = Page("Rest", "Rest.", "Go on.", earliest_s=9, wait_s=5, progress=(3, 9))
CONSENT = Consent.start("Consent", "Read this.", ("I agree.", "I am 18."))
BOOKLET = Booklet((Page("One", "Text", "Hint"), Page("Two", "Text", "Hint")))
CHOICE = Choice("Title", "Which?", ("one", "two"))
SCALE = Scale("Title", "How much?", 1, 7, "little", "much")
MANY = tuple(f"option {k}" for k in range(30))
ASKED: dict[str, AnyPage] = {
    "choices": Choices("Title", "Which?", ("one", "two")),
    "long choice": Choice("Title", "Which?", MANY, optional=True),
    "long choices": Choices("Title", "Which?", MANY),
    "grid": StatementGrid("Title", "How?", ("This.", "That."), 1, 5, "little", "much"),
    "long grid": StatementGrid("Title", "How?", MANY, 0, 10, "little", "much", optional=True),
    "number": Number("Title", "How old?", 18, 99, "years"),
    "slider": Slider("Title", "How?", "little", "much"),
}
WORDING = Wording()
OWN_KEYS = {"f": "left", "j": "right", "num_5": "enter", "period": "up"}


def pages() -> list[AnyPage]:
    """Return a page of each kind, untouched and touched."""
    one_of_each: list[AnyPage] = [
        *(REST, replace(REST, wait_s=0), CONSENT, BOOKLET, CHOICE, SCALE, *ASKED.values()),
    ]
    return [
        *(each for page in one_of_each for each in touch(page)),
        *list_interruption_pages(WORDING).values(),
    ]


def trials() -> list[State]:
    about: dict[str, Any] = {"pair": Pair(3, 5, "cat", "dog"), "number": 3, "total": 7}
    return [
        construct(start=5, **about),
        construct(Jump(1), start=5, **about),
        select(**about),
        select(Choose(2), **about),
        select(Choose(2), Step(1), **about),
        infer(**about),
        infer(Confirm(), **about),
        infer(Digit(7), Focus(1), Digit(3), **about),
        discriminate(earliest_s=1.0, **about),
    ]


def scenes(size: tuple[int, int] = SIZE) -> Iterator[Scene]:
    for state in [*pages(), *trials()]:
        for early in {False, isinstance(state, type(discriminate()))}:
            yield lay_out(state, size, 32, WORDING, too_early=early)


def contrast(one: Colour, other: Colour) -> float:
    """Return the contrast of two colours by the rule of WCAG 2, 1 to 21."""

    def luminance(colour: Colour) -> float:
        parts = [value / 255 for value in colour]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4
                            for p in parts)  # fmt: skip
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def ground_below(scene: Scene, item: Item) -> Colour:
    """Return the colour that was drawn last below all of an item."""
    colour = GROUND
    for other in scene.items:
        if other is item:
            break
        if (
            isinstance(other, Fill | Panel)
            and other.visible
            and other.box.enclose(item.box) == other.box
        ):
            colour = other.colour
    return colour


def labels(scene: Scene) -> list[Label]:
    return [each for each in scene.items if isinstance(each, Label) and each.visible]


@pytest.mark.parametrize("size", SIZES)
def test_every_text_has_contrast_and_what_is_dead_enough_of_it(size: tuple[int, int]) -> None:
    seen = set()
    for scene in scenes(size):
        for label in labels(scene):
            dead = label.colour == TRACK
            seen.add(dead)
            found = contrast(label.colour, ground_below(scene, label))
            assert found >= (DISABLED if dead else READABLE), label
    assert seen == {False, True}


def test_tracks_stand_out_from_the_ground() -> None:
    tracks = 0
    for scene in scenes():
        for item in scene.items:
            if not isinstance(item, Fill) or item.colour == GROUND:
                continue
            if item.box.w > 20 * item.box.h:
                tracks += 1
                assert contrast(item.colour, GROUND) >= DISABLED, item
    assert tracks


@pytest.mark.parametrize(
    ("dead", "ready"),
    [
        (REST, replace(REST, wait_s=0)),
        (CONSENT, CONSENT.step(Choose(0)).step(Choose(1))),
        (CHOICE, CHOICE.step(Jump(1))),
        (SCALE, SCALE.step(Jump(1))),
        (infer(), infer(Digit(7), Focus(1), Digit(3))),
        (ASKED["choices"], ASKED["choices"].step(Choose(1))),
        (ASKED["grid"], ASKED["grid"].step(Choose(1)).step(Choose(6))),
        (ASKED["number"].step(Digit(9)), ASKED["number"].step(Digit(9)).step(Digit(9))),
        (ASKED["slider"], ASKED["slider"].step(Digit(9))),
    ],
    ids=lambda state: type(state).__name__,
)
def test_a_dead_button_is_an_outline_and_a_ready_one_is_filled(
    dead: AnyPage, ready: AnyPage
) -> None:
    for state, filled in ((dead, False), (ready, True)):
        scene = lay_out(state, SIZE, 32, WORDING)
        (label,) = (each for each in labels(scene) if each.text.lines == (WORDING.proceed,))
        assert (ground_below(scene, label) != GROUND) is filled


@pytest.mark.parametrize("size", SIZES)
def test_no_hint_sticks_to_a_button_and_no_label_to_a_track(size: tuple[int, int]) -> None:
    for scene in scenes(size):
        gap = scene.space(1.25)
        solid = [box for box, event in scene.buttons if not isinstance(event, Choose | Step)]
        solid += [item.box for item in scene.items if isinstance(item, Fill | Panel | Picture)]
        for label in labels(scene):
            near = label.box.expand(gap)
            for box in solid:
                within = box.enclose(label.box) == box
                aside = not (near.x < box.right and box.x < near.right)
                apart = aside or box.y >= near.bottom or box.bottom <= near.y
                assert within or apart, (label.text.lines, label.box, box)


def test_the_arrow_that_leads_no_further_is_an_outline_and_keeps_its_place() -> None:
    def dims(state: State) -> list[bool]:
        arrows = [item for item in lay_out(state, SIZE, 32, WORDING).items
                  if isinstance(item, Arrow) and item.visible]  # fmt: skip
        assert all(contrast(arrow.colour, GROUND) >= DISABLED for arrow in arrows)
        return [arrow.rim > 0 for arrow in arrows]

    assert dims(construct(start=5)) == [False, False]
    assert dims(construct(Jump(-1), start=5)) == [True, False]
    assert dims(construct(Jump(1), start=5)) == [False, True]
    assert dims(construct(Jump(1), start=5, mirrored=True)) == [False, True]


@pytest.mark.parametrize(("low", "high"), [(0, 1), (1, 5), (1, 7), (0, 10), (90, 100)])
@pytest.mark.parametrize(
    ("low_label", "high_label"),
    [("little", "much"), ("not at all clear to me, or not read", "as clear as it can be")],
)
def test_labels_of_a_scale_stand_at_its_ends(
    low: int, high: int, low_label: str, high_label: str
) -> None:
    scene = lay_out(
        Scale("Title", "How much?", low, high, low_label, high_label), SIZE, 32, WORDING
    )
    by_text = {" ".join(label.text.lines): label.box for label in labels(scene)}
    first, last = scene.buttons[1][0], scene.buttons[-1][0]
    for box, end in ((by_text[low_label], first), (by_text[high_label], last)):
        assert box.x < end.right
        assert end.x < box.right
        assert box.y > end.bottom


def test_one_of_many_is_round_and_several_of_many_are_square() -> None:
    def marks(page: AnyPage, *, is_round: bool) -> list[Panel]:
        return [
            item
            for item in lay_out(page, SIZE, 32, WORDING).items
            if isinstance(item, Panel) and item.box.w == item.box.h
            if (2 * item.radius >= item.box.w) is is_round
        ]

    for page in (CHOICE, SCALE, ASKED["grid"]):
        assert marks(page, is_round=True)
        assert not marks(page, is_round=False)
    for page in (CONSENT, ASKED["choices"]):
        assert marks(page, is_round=False)
        assert not marks(page, is_round=True)


def test_the_refusal_is_a_button_and_no_row_with_a_box() -> None:
    scene = lay_out(CONSENT, SIZE, 32, WORDING)
    rows = [box for box, event in scene.buttons if event in (Choose(0), Choose(1))]
    (refusal,) = (box for box, event in scene.buttons if event == Choose(2))
    (go_on,) = (box for box, event in scene.buttons if event == Choose(-2))
    assert len({row.x for row in rows}) == 1
    assert refusal.y == go_on.y
    assert refusal.h == go_on.h
    boxes = [
        item.box for item in scene.items if isinstance(item, Panel) and item.box.w == item.box.h
    ]
    assert boxes
    assert all(box.bottom < refusal.y for box in boxes)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ["long choice", "long choices", "long grid"])
def test_every_row_of_a_long_list_is_reached_by_keys_and_by_mouse(
    name: str, size: tuple[int, int]
) -> None:
    page = ASKED[name].step(Jump(-1))
    row = 11 if isinstance(page, StatementGrid) else 1

    def rows_of(shown: AnyPage) -> set[int]:
        scene = lay_out(shown, size, 32, WORDING)
        window = Box(0, 0, *size)
        assert all(window.enclose(box) == window for box, _ in scene.buttons)
        chosen = [event.index for _, event in scene.buttons if isinstance(event, Choose)]
        return {index // row for index in chosen}

    by_keys: set[int] = set()
    shown = page
    for k in range(30):
        assert k in rows_of(shown), "what the keys are at is on screen"
        by_keys |= rows_of(shown)
        shown = shown.step(Focus(1))
    by_mouse, shown, parts = rows_of(page), page, 1
    while (later := lay_out(shown, size, 32, WORDING).later) is not None:
        shown, parts = shown.step(later), parts + 1
        by_mouse |= rows_of(shown)
    assert by_keys == by_mouse == set(range(30))
    for _ in range(parts - 1):
        earlier = lay_out(shown, size, 32, WORDING).earlier
        assert earlier is not None
        shown = shown.step(earlier)
    assert rows_of(shown) == rows_of(page)
    assert getattr(shown, "chosen", 0) == getattr(page, "chosen", 0), "to look is not to choose"


def test_a_slider_that_was_not_touched_shows_no_marker_and_no_middle() -> None:
    untouched = ASKED["slider"]
    placed = lay_out(untouched.step(Digit(5)).step(Digit(0)), SIZE, 32, WORDING)
    items = lay_out(untouched, SIZE, 32, WORDING).items
    fills = [each for each in items if isinstance(each, Fill)]
    panels = [each for each in items if isinstance(each, Panel) and each.visible]
    middle = SIZE[0] // 2
    (track,) = (each for each in fills if each.box.w > 20 * each.box.h)
    over = [each for each in fills if each.box.x <= middle < each.box.right and each is not track]
    assert all(each.box.y > track.box.bottom for each in over)
    on_track = [each for each in panels if each.box.holds(middle, track.box.y)]
    assert all(each.box.w > track.box.w for each in on_track), "only what the track lies on"
    shown = [each for each in placed.items if isinstance(each, Panel) and each.visible]
    assert len(shown) == len(panels) + 1


# -- keys are named


def texts(scene: Scene) -> str:
    return "\n".join(" ".join(label.text.lines) for label in labels(scene))


def test_every_key_that_has_a_name_can_be_named() -> None:
    assert {f"{key}_key" for key in NAMED_KEYS} <= PLACEHOLDERS
    assert all(isinstance(getattr(WORDING, name), str) for name in PLACEHOLDERS)


def test_hints_arrows_and_instructions_name_the_keys_of_the_study() -> None:
    scene = lay_out(construct(start=5), SIZE, 32, WORDING, keys=OWN_KEYS)
    assert "F / J" in texts(scene)
    assert "Space or 5" in texts(scene)
    assert [line for line in texts(scene).split("\n") if line in ("F", "J")] == ["F", "J"]
    page = Page("T", "Press {left_key}, {up_key} or {space_key}. {this} stays.", "")
    shown = texts(lay_out(page, SIZE, 32, WORDING, keys=OWN_KEYS))
    assert "Press F, . or Space. {this} stays." in shown
    assert "F / J / . / Down Arrow" in texts(lay_out(select(), SIZE, 32, WORDING, keys=OWN_KEYS))


def test_no_placeholder_is_left_on_any_screen() -> None:
    for scene in scenes():
        assert "{" not in texts(scene)


def test_the_first_page_names_no_previous_one_and_the_last_no_next_one() -> None:
    pages = tuple(f"page {k}" for k in range(3))
    booklet = stages.make_booklet(tuple(Page(t, t, "") for t in pages), WORDING)
    first, middle, last = (page.hint for page in booklet.pages)
    assert "{left_key}" not in first
    assert "{right_key}" in first
    assert "{left_key}" in middle
    assert "{right_key}" in middle
    assert "{left_key}" in last
    assert "{right_key}" not in last
    (alone,) = stages.make_booklet((Page("t", "t", ""),), WORDING).pages
    assert alone.hint == WORDING.page_hint


def test_the_page_that_escape_opens_says_what_its_buttons_do() -> None:
    leave = list_interruption_pages(WORDING)["leave_text"]
    assert isinstance(leave, LeavePage)
    scene = lay_out(leave, SIZE, 32, WORDING)
    place = {" ".join(label.text.lines): label.box for label in labels(scene)}
    for said, event in (("Stop the session", Leave()), ("Keep going", Confirm())):
        box = next(box for box, meant in scene.buttons if meant == event)
        assert box.enclose(place[said]) == box


def test_a_break_counts_down_and_shows_how_far_the_session_is() -> None:
    shown = texts(lay_out(REST, SIZE, 32, WORDING))
    assert "You can continue in 5 s." in shown
    assert "3 of 9 questions answered" in shown
    over = texts(lay_out(replace(REST, wait_s=0), SIZE, 32, WORDING))
    assert "You can continue" not in over
    assert "Go on." in over
