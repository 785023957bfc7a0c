"""Pages that come unasked, in any session: to stop, to go on, to call the experimenter."""

from __future__ import annotations

from elicit.pages import LeavePage, Page
from elicit.trial import Wording

LONG = "another program moved or replaced the file"  # of the reasons why nothing can be written


def back(words: Wording) -> Page:
    """Return the page that an interrupted session goes on with."""
    return Page(words.back_title, words.back_text, words.page_hint)


def unwritable(words: Wording, reason: str) -> Page:
    """Return the page that waits until rows can be written, with the reason why they cannot."""
    return Page(words.unwritable_title, words.unwritable_text.format(reason=reason), "")


def leaving(words: Wording) -> LeavePage:
    """Return the question whether to stop, while all that was answered is on disk."""
    return LeavePage(words.leave_title, words.leave_text, "")


def leaving_unsaved(words: Wording, reason: str) -> LeavePage:
    """Return the question whether to stop, while the last answer is not on disk."""
    return LeavePage(words.leave_title, words.leave_unsaved_text.format(reason=reason), "")


def asides(words: Wording) -> dict[str, Page]:
    """Return all of them as they may come on screen, by the key of `wording` with their text."""
    return {
        "back_text": back(words),
        "unwritable_text": unwritable(words, LONG),
        "leave_text": leaving(words),
        "leave_unsaved_text": leaving_unsaved(words, LONG),
    }
