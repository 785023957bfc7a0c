"""Pages around the trials."""

from dataclasses import replace

import pytest

from elicit.pages import BUTTON, Consent, LeavePage, Page
from elicit.questions import Scale
from elicit.screen.keys import meaning
from elicit.trial import (
    IN_FOCUS,
    Choose,
    Confirm,
    Digit,
    Event,
    Focus,
    Jump,
    Leave,
    Slide,
    Step,
)


@pytest.mark.parametrize("page", [Page("Title", "Text", ""), LeavePage("Stop?", "Q stops.", "")])
def test_a_page_is_turned_by_confirming_and_stays_what_it_is(page: Page) -> None:
    turned = page.step(Confirm())
    assert turned.done
    assert not page.done
    assert type(turned) is type(page)


@pytest.mark.parametrize("event", [Step(1), Jump(1), Focus(1), Choose(0), Slide(0, 5)])
def test_nothing_else_turns_a_page(event: Event) -> None:
    page = Page("Title", "Text", "Hint")
    assert page.step(event) == page


def test_boxes_ticked_in_one_breath_are_all_ticked() -> None:
    page = Consent.start("Consent", "Read this.", ("one", "two", "three"))
    for key in ["space", "down", "space", "down", "space"]:  # all before the next flip
        event = meaning(key, Consent.start("Consent", "Read this.", ("one", "two", "three")), 1)
        assert event is not None
        assert not isinstance(event, Leave)
        page = page.step(event)
    assert page.ticked == (True, True, True)


def test_a_double_click_on_the_way_out_takes_it_once() -> None:
    page = Consent.start("Consent", "Read this.", ("one", "two"))
    out = page.step(Choose(2))
    assert (out.done, out.declined) == (True, True)
    assert out.again() == replace(page, focus=2)


@pytest.mark.parametrize("moved", [0, 1, 2, 3])
def test_enter_with_all_boxes_ticked_goes_on_wherever_the_keys_are(moved: int) -> None:
    page = Consent.start("Consent", "Read this.", ("one", "two"))
    page = page.step(Choose(0)).step(Choose(1)).step(Jump(-1)).step(Step(moved))
    for act in (Confirm(), Choose(BUTTON)):
        gone_on = page.step(act)
        assert (gone_on.done, gone_on.declined) == (True, False)


def test_enter_takes_the_way_out_where_the_keys_are_at_it_and_a_box_is_not_ticked() -> None:
    page = Consent.start("Consent", "Read this.", ("one",)).step(Step(1))
    assert page.step(Confirm()).declined
    assert page.step(Choose(0)).step(Step(1)).step(Choose(IN_FOCUS)).declined
    missing = page.step(Choose(BUTTON))
    assert (missing.done, missing.asked_again) == (False, True)


def _type_on_scale(low: int, high: int, keys: str) -> int | None:
    page = Scale("Title", "How much?", low, high)
    for key in keys:
        event = meaning(key, page, 1)
        page = page if event is None or isinstance(event, Leave) else page.step(event)
    return page.value


@pytest.mark.parametrize(
    ("low", "high", "keys", "value"),
    [
        (1, 10, "1", 1),
        (1, 10, "10", 10),
        (0, 10, "10", 10),
        (1, 10, "0", None),
        (0, 10, "0", 0),
        (0, 10, "110", 10),
        (0, 10, "100", 0),
        (1, 10, "37", 7),
        (1, 7, "7", 7),
        (1, 7, "8", None),
        (1, 7, "39", 3),
        (1, 7, "30", 3),
        (18, 99, "42", 42),
    ],
)
def test_digits_choose_the_number_that_they_spell_and_no_other(
    low: int, high: int, keys: str, value: int | None
) -> None:
    assert _type_on_scale(low, high, keys) == value


def test_a_digit_after_an_arrow_key_begins_a_new_number() -> None:
    page = Scale("Title", "How much?", 0, 10)
    for event in (
        Digit(1),
        Step(-1),
        Step(1),
        Digit(0),
    ):
        page = page.step(event)
    assert page.value == 0
