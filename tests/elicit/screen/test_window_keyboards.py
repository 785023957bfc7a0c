"""Real keyboards of many countries in a real window: choosing, stopping, typing."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from elicit.layout.scene import Box
from elicit.layout.trials import lay_out
from elicit.pages import AnyPage
from elicit.trial import Choose, Confirm, Digit, Erase, Leave, PageEvent, Step, Wording
from tests.elicit.helpers.page_window import SHOWN, Pages, pages
from tests.elicit.helpers.virtual_lab import LabPC, lab_pc, needs_a_virtual_screen

pytestmark = needs_a_virtual_screen

SIZE = (1024, 600)
INSIDE, OUTSIDE = (600, 400), (1, 1)  # of a window of SIZE in the middle of the screen
Q_PLACES = {"fr": "a", "be": "a"}  # elsewhere the key is where it is on a US keyboard


@contextmanager
def windowed(**environment: str) -> Iterator[tuple[LabPC, Pages]]:
    """Give a window on a larger screen, so that the pointer can be outside."""
    with lab_pc("1280x720") as pc, pages(pc.display, "1024x600", **environment) as window:
        yield pc, window


@pytest.fixture(scope="module")
def window() -> Iterator[tuple[LabPC, Pages]]:
    with windowed() as found:
        yield found


@pytest.mark.parametrize("shift", [False, True])
@pytest.mark.parametrize("layout", ["fr", "be", "cz", "us", "de", "ru", "gr", "il", "ara", "th"])
def test_number_keys_and_q_are_heard_on_every_layout_with_shift_and_without(
    window: tuple[LabPC, Pages], layout: str, shift: bool
) -> None:
    pc, shown = window
    pc.set_layout(layout)
    for place in ("3", "6"):
        shown.show("scale")
        pc.press_places(place, shift=shift)
        pc.press_places("enter")
        assert shown.result()["answer"] == place
    shown.show("scale to 10")
    pc.press_places("1", "0", shift=shift)
    pc.press_places("enter")
    assert shown.result()["answer"] == "10"
    shown.show("leave")
    pc.press_places("w", "1", shift=shift)  # mean nothing here
    pc.press_places(Q_PLACES.get(layout, "q"), shift=shift)
    assert shown.result()["stopped"]


def test_the_key_at_the_place_of_q_does_not_stop_where_q_is_elsewhere(
    window: tuple[LabPC, Pages],
) -> None:
    pc, shown = window
    pc.set_layout("fr")
    shown.show("leave")
    pc.press_places("q", "enter")  # an A there
    assert not shown.result()["stopped"]


def test_zero_is_chosen_by_its_key_on_a_scale_from_zero(window: tuple[LabPC, Pages]) -> None:
    pc, shown = window
    pc.set_layout("us")
    shown.show("scale from 0")
    pc.press_places("0", "enter")
    assert shown.result()["answer"] == "0"


def test_a_number_above_the_top_of_a_scale_does_nothing(window: tuple[LabPC, Pages]) -> None:
    pc, shown = window
    pc.set_layout("us")
    shown.show("scale")
    pc.press_places("9", "enter", "4", "9", "enter")
    assert shown.result()["answer"] == "4"


def test_a_slider_takes_numbers(window: tuple[LabPC, Pages]) -> None:
    pc, shown = window
    pc.set_layout("us")
    shown.show("infer")
    pc.press("7", "0", "Tab", "1", "0", "0", "Return")
    assert shown.result()["answer"] == "70 100"


def test_a_held_key_moves_a_slider_faster_and_faster(window: tuple[LabPC, Pages]) -> None:
    pc, shown = window
    pc.set_layout("us")
    shown.show("infer")
    pc.press("Tab", "5", "Tab")
    pc.hold("Right", 2.2)  # 22 repeats at the rate of its first ones
    pc.press("Return")
    place, confidence = shown.result()["answer"].split()
    assert int(place) >= 75
    assert confidence == "5"


ANSWERED = {
    "number": (("4", "3", "BackSpace", "2"), "42"),
    "choices": (("1", "Down", "Down", "space"), '["one", "three"]'),
    "grid": (("5", "Down", "Right", "Right"), '{"this": 5, "that": 4}'),
    "slider": (("7", "0", "Shift+Right"), "80"),
    "countries": (("End", "Up"), "country 28"),
}


@pytest.mark.parametrize("name", ANSWERED)
def test_keys_answer_every_kind_of_question(window: tuple[LabPC, Pages], name: str) -> None:
    pc, shown = window
    pc.set_layout("us")
    shown.show(name)
    keys, answer = ANSWERED[name]
    pc.press("Return", *keys, "Return")
    assert shown.result()["answer"] == answer


def test_enter_with_every_box_ticked_goes_on_where_the_keys_are_at_the_refusal(
    window: tuple[LabPC, Pages],
) -> None:
    pc, shown = window
    pc.set_layout("us")
    shown.show("consent")
    pc.press("space", "Down", "Return")
    assert [act[1] for act in shown.result()["events"][1:]] == ["choose", "step", "confirm"]


def test_a_break_counts_down_and_takes_enter_only_then(window: tuple[LabPC, Pages]) -> None:
    pc, shown = window
    shown.show("rest")
    began = time.monotonic()
    pc.press("Return")
    while time.monotonic() < began + 1.7:
        time.sleep(0.05)
    pc.press("Return")
    result = shown.result()
    assert [act[:2] for act in result["events"][1:]] == [["enter", "confirm"]] * 2


TYPED = [
    ("us", ("h", "i"), "hi"),
    ("es", ("apostrophe", "a", "apostrophe", "e", "q"), "áéq"),
    ("es", ("apostrophe", "j"), "j\u0301"),
    ("fr", ("bracketleft", "e", "2", "7", "0"), "êéèà"),
    ("cz", ("equal", "c", "2", "3"), "ćěš"),
    ("ara", ("b", "h"), "لاا"),
    ("ru", ("q", "w"), "йц"),
    ("gr", ("semicolon", "a"), "ά"),
    ("il", ("t", "c"), "אב"),
    ("th", ("d", "u"), "กี"),
    ("br", ("apostrophe", "a"), "ã"),
]


@pytest.mark.parametrize("place", [INSIDE, OUTSIDE], ids=["inside", "outside"])
@pytest.mark.parametrize(("layout", "keys", "text"), TYPED)
def test_what_a_layout_types_is_the_answer_wherever_the_pointer_is(
    window: tuple[LabPC, Pages],
    layout: str,
    keys: tuple[str, ...],
    text: str,
    place: tuple[int, int],
) -> None:
    pc, shown = window
    pc.set_layout(layout)
    pc.point(*place)
    shown.show("text")
    pc.press_places(*keys, "enter")
    assert shown.result()["answer"] == text


@pytest.mark.parametrize("language", ["C", "de_DE.ISO-8859-1", "C.UTF-8"])
def test_what_is_typed_does_not_hang_on_the_systems_language(language: str) -> None:
    with windowed(LC_ALL=language) as (pc, shown):
        for layout, keys, text in TYPED[1:6]:
            pc.set_layout(layout)
            shown.show("text")
            pc.press_places(*keys, "enter")
            assert shown.result()["answer"] == text


def test_a_keyboard_that_goes_to_another_window_and_comes_back_is_two_rows(
    window: tuple[LabPC, Pages],
) -> None:
    pc, shown = window
    pc.set_layout("us")
    shown.show("scale")
    pc.press_places("3")
    with pc.other_window():
        pc.press_places("5")
    pc.press_places("enter")
    result = shown.result()
    assert result["answer"] == "3"
    assert [act for act in result["events"] if act[1] == "" and act[0] != "enter"] == [
        ["focus lost", "", None],
        ["focus regained", "", None],
    ]


def test_texts_name_the_keys_of_the_study() -> None:
    keys = {"f": "left", "j": "right"}
    with lab_pc() as pc, pages(pc.display, "", json.dumps(keys)) as shown:
        shown.show("keys")
        pc.wait_for_page(SHOWN["keys"], keys=keys)
        pc.press("Return")
        shown.result()
        shown.show("scale to 10")
        pc.press("j", "j", "f", "Return")
        assert shown.result()["answer"] == "5"


# -- with the mouse alone, in a window that fills the screen


def click(pc: LabPC, page: AnyPage, event: PageEvent | Leave) -> None:
    """Click on what means `event` on a page."""
    buttons = lay_out(page, SIZE, 32, Wording()).buttons
    pc.click(next(box for box, meant in buttons if meant == event))


@pytest.fixture(scope="module")
def full_screen() -> Iterator[tuple[LabPC, Pages]]:
    with lab_pc("1024x600") as pc, pages(pc.display) as shown:
        yield pc, shown


@pytest.mark.parametrize(("event", "stopped"), [(Leave(), True), (Confirm(), False)])
def test_a_click_stops_the_session_or_goes_on_with_it_on_the_page_that_asks(
    full_screen: tuple[LabPC, Pages], event: PageEvent | Leave, stopped: bool
) -> None:
    pc, shown = full_screen
    shown.show("leave")
    click(pc, SHOWN["leave"], event)
    assert shown.result()["stopped"] == stopped


CLICKED: dict[str, tuple[list[PageEvent], str]] = {
    "number": ([Digit(4), Digit(3), Erase(), Digit(2), Confirm()], "42"),
    "choices": ([Choose(0), Choose(2), Confirm()], '["one", "three"]'),
    "grid": ([Choose(4), Choose(8), Confirm()], '{"this": 5, "that": 4}'),
}


@pytest.mark.parametrize("name", CLICKED)
def test_clicks_answer_every_kind_of_question(full_screen: tuple[LabPC, Pages], name: str) -> None:
    pc, shown = full_screen
    shown.show(name)
    events, answer = CLICKED[name]
    page = SHOWN[name]
    for event in events:
        click(pc, page, event)
        page = page.step(event)
    assert shown.result()["answer"] == answer


def test_a_click_on_the_line_of_a_slider_is_the_answer(full_screen: tuple[LabPC, Pages]) -> None:
    pc, shown = full_screen
    shown.show("slider")
    (track,) = lay_out(SHOWN["slider"], SIZE, 32, Wording()).tracks
    pc.click(Box(track.x, track.grip.y, track.w, track.grip.h), across=0.25)
    click(pc, SHOWN["slider"], Confirm())
    assert shown.result()["answer"] == "25"


def test_the_wheel_and_the_arrow_beside_it_scroll_a_long_list(
    full_screen: tuple[LabPC, Pages],
) -> None:
    pc, shown = full_screen
    page = SHOWN["countries"]
    shown.show("countries")
    later = lay_out(page, SIZE, 32, Wording()).later
    assert later is not None
    pc.turn_wheel(down=True)
    page = page.step(later)
    pc.wait_for_page(page)
    scene = lay_out(page, SIZE, 32, Wording())
    assert scene.later is not None
    click(pc, page, scene.later)
    page = page.step(scene.later)
    pc.wait_for_page(page)
    pc.turn_wheel(down=False)
    page = page.step(later)
    pc.wait_for_page(page)
    click(pc, page, Choose(8))
    click(pc, page.step(Choose(8)), Confirm())
    assert shown.result()["answer"] == "country 8"


def test_instructions_are_turned_back_and_forth_by_clicks(
    full_screen: tuple[LabPC, Pages],
) -> None:
    pc, shown = full_screen
    booklet = SHOWN["booklet"]
    shown.show("booklet")
    for event in (Confirm(), Step(-1), Confirm(), Confirm(), Confirm()):
        pc.wait_for_page(booklet)
        click(pc, booklet, event)
        booklet = booklet.step(event)
    turned = [value for _, event, value in shown.result()["events"] if event == "step"]
    assert turned == [-1]


def test_forty_lines_that_are_typed_are_the_answer(
    full_screen: tuple[LabPC, Pages],
) -> None:
    pc, shown = full_screen
    pc.set_layout("us")
    shown.show("text")
    for _ in range(40):
        pc.press_places("a")
        pc.press_places("enter", shift=True)
    pc.press_places("b")
    pc.press_places("enter")
    assert shown.result()["answer"] == "a\n" * 40 + "b"
