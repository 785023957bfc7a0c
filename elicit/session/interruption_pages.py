"""Pages that come unasked, in any session: to stop, to go on, to call the experimenter."""

from __future__ import annotations

from elicit.pages import LeavePage, Page
from elicit.trial import Wording

LONGEST_REASON = (
    "another program moved or replaced the file"  # of the reasons why nothing can be written
)


def back_page(words: Wording) -> Page:
    """Return the page that an interrupted session goes on with."""
    return Page(words.back_title, words.back_text, words.page_hint)


def unwritable_page(words: Wording, reason: str) -> Page:
    """Return the page that waits until rows can be written, with the reason why they cannot."""
    return Page(words.unwritable_title, words.unwritable_text.format(reason=reason), "")


def leave_page(words: Wording) -> LeavePage:
    """Return the question whether to stop, while all that was answered is on disk."""
    return LeavePage(words.leave_title, words.leave_text, "")


def leave_unsaved_page(words: Wording, reason: str) -> LeavePage:
    """Return the question whether to stop, while the last answer is not on disk."""
    return LeavePage(words.leave_title, words.leave_unsaved_text.format(reason=reason), "")


def list_interruption_pages(words: Wording) -> dict[str, Page]:
    """Return all of them as they may come on screen, by the key of `wording` with their text."""
    return {
        "back_text": back_page(words),
        "unwritable_text": unwritable_page(words, LONGEST_REASON),
        "leave_text": leave_page(words),
        "leave_unsaved_text": leave_unsaved_page(words, LONGEST_REASON),
    }
