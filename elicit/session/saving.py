"""Save rows before a session continues; if that fails, show a page and wait."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import TypeAlias

from pydantic import BaseModel

from elicit.errors import LogUnwritableError
from elicit.log.writer import Writer
from elicit.screen.view import View
from elicit.session.interruption_pages import (
    leave_page,
    leave_unsaved_page,
    success_page,
    unwritable_page,
)
from elicit.session.presenting import SessionStoppedError, confirm_or_stop, show_until_confirmed
from elicit.trial import Leave, Wording

Part: TypeAlias = tuple[Writer, Sequence[BaseModel]]


class UnsavedError(SessionStoppedError):
    """The session was stopped, and what the message names is not on disk."""


class PendingWrite:
    """Rows that belong together, for several files, until all of them are on disk."""

    def __init__(self, *parts: Part) -> None:
        """Take rows for each file, in the order in which they are to be written."""
        self._left = deque(parts)
        self._error: LogUnwritableError | None = None
        self.tries = 0

    @property
    def reason(self) -> str:
        """Why the last try failed."""
        return "" if self._error is None else self._error.reason

    def write(self) -> None:
        """Write what is left, each row once.

        Raises:
            LogUnwritableError: some of it cannot be written now.
        """
        while self._left:
            file, rows = self._left[0]
            file.append(*rows)
            self._left.popleft()

    def is_saved(self) -> bool:
        """Try to write what is left; return whether all of it is on disk."""
        if not self._left:
            return True
        self.tries += 1
        try:
            self.write()
        except LogUnwritableError as error:
            self._error = error
        return not self._left


def save(unsaved: PendingWrite, view: View, words: Wording) -> None:
    """Write rows; where that fails, say so on screen and wait until it can be done.

    If the session is stopped while it waits, saving is tried once more.

    Raises:
        UnsavedError: the session was stopped, and the rows could not be written then either.
        SessionStoppedError: the session was stopped, and all rows are on disk.
    """
    try:
        while not unsaved.is_saved():
            _wait(unsaved, view, words)
        if unsaved.tries > 1:
            show_until_confirmed(success_page(words, unsaved.tries), view)
    except SessionStoppedError as stopped:
        if unsaved.is_saved():
            raise
        raise UnsavedError(
            f"the last answer could not be saved ({unsaved.reason}) and will be asked again"
        ) from stopped


def save_what_is_left(unsaved: PendingWrite) -> None:
    """Write the events of a trial or page that is left unanswered, without waiting.

    Raises:
        UnsavedError: it cannot be written.
    """
    if not unsaved.is_saved():
        raise UnsavedError(
            f"what was done after the last answer could not be saved ({unsaved.reason})"
        )


def _wait(unsaved: PendingWrite, view: View, words: Wording) -> None:
    """Show that rows cannot be written, until a key asks to try again.

    Raises:
        SessionStoppedError: a key asks to stop.
    """
    page = unwritable_page(words, unsaved.reason, unsaved.tries)
    act = show_until_confirmed(page, view)
    if isinstance(act.event, Leave):
        saved = unsaved.is_saved()
        page = leave_page(words) if saved else leave_unsaved_page(words, unsaved.reason)
        confirm_or_stop(page, view)
        if saved:
            return
    view.show(unwritable_page(words, unsaved.reason, unsaved.tries, saving=True))
