"""Pages around the trials."""

import pytest

from elicit.screen.keys import meaning
from elicit.screen.pages import Consent, LeavePage, Page
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
