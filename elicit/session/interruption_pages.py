"""Pages that interrupt a session: welcome back, stop the session, call the experimenter, care."""

from __future__ import annotations

from elicit.pages import LeavePage, Page
from elicit.trial import Wording

CARE_S = 1.0  # before the page that asks for care can be turned
LONGEST_REASON = (
    "another program moved or replaced the file"  # of the reasons why nothing can be written
)


def back_page(words: Wording) -> Page:
    """Return the first page of a resumed session."""
    return Page(words.back_title, words.back_text, words.page_hint)


def unwritable_page(words: Wording, reason: str) -> Page:
    """Return the page that is shown while rows cannot be written, with the reason."""
    return Page(words.unwritable_title, words.unwritable_text.format(reason=reason), "")


def leave_page(words: Wording) -> LeavePage:
    """Return the page that asks whether to stop; every answer is saved."""
    return LeavePage(words.leave_title, words.leave_text, "")


def leave_unsaved_page(words: Wording, reason: str) -> LeavePage:
    """Return the page that asks whether to stop; the last answer is not saved."""
    return LeavePage(words.leave_title, words.leave_unsaved_text.format(reason=reason), "")


def care_page(words: Wording) -> Page:
    """Return the page that asks for care, after answers that were too fast."""
    return Page(words.care_title, words.care_text, words.page_hint, earliest_s=CARE_S)


def list_interruption_pages(words: Wording) -> dict[str, Page]:
    """Return all of these pages with their longest texts, by the key of the text in `wording`."""
    return {
        "back_text": back_page(words),
        "unwritable_text": unwritable_page(words, LONGEST_REASON),
        "leave_text": leave_page(words),
        "leave_unsaved_text": leave_unsaved_page(words, LONGEST_REASON),
        "care_text": care_page(words),
    }
