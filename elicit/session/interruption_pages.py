"""Pages that interrupt a session: welcome back, stop the session, call the experimenter, care."""

from __future__ import annotations

from elicit.pages import LeavePage, Page
from elicit.trial import Wording, fill_text

CARE_S = 1.0  # before the page that asks for care can be turned
LONGEST_REASON = (
    "another program moved or replaced the file"  # of the reasons why nothing can be written
)


def back_page(words: Wording) -> Page:
    """Return the first page of a resumed session."""
    return Page(words.back_title, words.back_text, words.page_hint)


def unwritable_page(words: Wording, reason: str, tries: int = 1, *, saving: bool = False) -> Page:
    """Return the page that is shown while rows cannot be written.

    Args:
        words: the study's.
        reason: why they cannot.
        tries: how often it was tried.
        saving: whether it is being tried now.
    """
    said = words.unwritable_text if tries == 1 else words.unsaved_again_text
    text = fill_text(said, number=tries, reason=reason)
    hint = words.saving_hint if saving else ""
    return Page(words.unwritable_title, text, hint, button=words.try_again)


def success_page(words: Wording, tries: int) -> Page:
    """Return the page that says that rows are written after all, by which try."""
    text = fill_text(words.saved_text, number=tries)
    return Page(words.saved_title, text, words.page_hint)


def leave_page(words: Wording) -> LeavePage:
    """Return the page that asks whether to stop; every answer is saved."""
    return LeavePage(words.leave_title, words.leave_text, "", button=words.keep_going)


def leave_unsaved_page(words: Wording, reason: str) -> LeavePage:
    """Return the page that asks whether to stop; the last answer is not saved."""
    text = fill_text(words.leave_unsaved_text, reason=reason)
    return LeavePage(words.leave_title, text, "", button=words.keep_going)


def care_page(words: Wording) -> Page:
    """Return the page that asks for care, after answers that were too fast."""
    return Page(words.care_title, words.care_text, words.page_hint, earliest_s=CARE_S)


def list_interruption_pages(words: Wording) -> dict[str, Page]:
    """Return all of these pages with their longest texts, by the key of the text in `wording`."""
    return {
        "back_text": back_page(words),
        "unwritable_text": unwritable_page(words, LONGEST_REASON),
        "unsaved_again_text": unwritable_page(words, LONGEST_REASON, 99, saving=True),
        "saved_text": success_page(words, 99),
        "leave_text": leave_page(words),
        "leave_unsaved_text": leave_unsaved_page(words, LONGEST_REASON),
        "care_text": care_page(words),
    }
