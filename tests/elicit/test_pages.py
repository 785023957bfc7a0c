"""Pages around the trials."""

from dataclasses import replace

import pytest

from elicit.pages import BUTTON, Consent, LeavePage, Page
from elicit.screen.keys import meaning
from elicit.trial import Choose, Confirm, Event, Focus, Jump, Leave, Slide, Step


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


def test_the_button_goes_on_and_enter_takes_the_way_out_where_the_keys_are_at_it() -> None:
    page = Consent.start("Consent", "Read this.", ("one",)).step(Choose(0)).step(Step(1))
    assert page.step(Confirm()).declined
    pressed = page.step(Choose(BUTTON))
    assert (pressed.done, pressed.declined) == (True, False)
    missing = page.step(Choose(0)).step(Choose(BUTTON))
    assert (missing.done, missing.asked_again) == (False, True)
