"""Asks the experimenter for what a command was not given: in a terminal, or in a window."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import typer

from elicit.errors import DisplayError, ElicitError
from elicit.pages import AnyPage, Page
from elicit.questions import Choice, Entry
from elicit.screen.view import View
from elicit.trial import Closed, Leave

MAX_ERROR_CHARS = 1500  # of what a window says; the terminal and `elicit validate` say all
CANNOT_BEGIN = "The session cannot begin"
CLOSE_HINT = "Press Space or Enter to close."


@dataclass(frozen=True)
class Prompt:
    """Something that the experimenter is to say."""

    title: str  # of its page
    question: str
    option: str  # that says it on the command line, such as "--participant P01"
    offer: str  # taken where nothing else is typed
    check: Callable[[str], object]  # raises ElicitError for an answer that is not allowed


class DialogLeftError(Exception):
    """The experimenter left the dialog: nothing is to begin."""


class Experimenter(Protocol):
    """Whoever can be asked."""

    def ask(self, prompt: Prompt, given: str | None = None) -> str:
        """Return an answer that is allowed, asking until there is one.

        Args:
            prompt: what to ask.
            given: what the command line says; it is asked for where this is None or not allowed.

        Raises:
            ElicitError: the answer is not allowed, and nobody can be asked again.
            DialogLeftError: the experimenter wants to begin nothing.
        """

    def confirm(self, question: str, yes: str, no: str, otherwise: str) -> bool:
        """Return whether the experimenter says yes, which is offered.

        Args:
            question: what to ask.
            yes: what yes does.
            no: what no does.
            otherwise: what to do where nobody can be asked, as the error says.

        Raises:
            ElicitError: nobody can be asked.
            DialogLeftError: the experimenter wants to begin nothing.
        """

    def tell(self, error: str) -> None:
        """Show an error where no terminal shows it."""

    def close(self) -> None:
        """End the asking, for now."""


class _Silent:
    """Whoever has no window: the command itself says what is wrong."""

    def tell(self, error: str) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class Nobody(_Silent):
    """Nobody can be asked: the command line says everything, or the command ends."""

    def ask(self, prompt: Prompt, given: str | None = None) -> str:
        """Return what the command line says."""
        if given is None:
            raise ElicitError(
                f"{prompt.option.split()[0]}: is needed, and there is no terminal to ask for it; "
                f"give {prompt.option}"
            )
        prompt.check(given)
        return given

    def confirm(self, question: str, yes: str, no: str, otherwise: str) -> bool:
        """Say what to give on the command line."""
        raise ElicitError(otherwise)


class Terminal(_Silent):
    """The experimenter sits at a terminal."""

    def ask(self, prompt: Prompt, given: str | None = None) -> str:
        """Ask in the terminal, until the answer is allowed."""
        if given is not None:
            problem = describe_problem(prompt, given)
            if not problem:
                return given
            typer.echo(f"elicit: {problem}", err=True)

        def accept(typed: str) -> str:
            problem = describe_problem(prompt, typed.strip())
            if problem:
                raise typer.BadParameter(problem)  # which asks again
            return typed.strip()

        return str(typer.prompt(prompt.question, default=prompt.offer, value_proc=accept))

    def confirm(self, question: str, yes: str, no: str, otherwise: str) -> bool:
        """Ask in the terminal."""
        return typer.confirm(question, default=True)


class ClosableView(View, Protocol):
    """A window that can be closed."""

    def close(self) -> None:
        """Close it."""


class DialogWindow:
    """The experimenter is asked in a window of the session's own kind."""

    def __init__(self, open_view: Callable[[], ClosableView]) -> None:
        """Open nothing yet.

        Args:
            open_view: opens the window, once there is something to show.
        """
        self._open_view = open_view
        self._view: ClosableView | None = None

    def ask(self, prompt: Prompt, given: str | None = None) -> str:
        """Show a field with the offer in it, and what is wrong with each letter typed."""
        if given is not None and not describe_problem(prompt, given):
            return given
        entry = Entry(
            prompt.title,
            prompt.question,
            given or "",
            offer=prompt.offer,
            check=lambda typed: describe_problem(prompt, typed),
        )
        done = self._show(entry)
        assert isinstance(done, Entry)
        return done.answer

    def confirm(self, question: str, yes: str, no: str, otherwise: str) -> bool:
        """Show both as options, yes chosen."""
        done = self._show(Choice("An interrupted session", question, (yes, no), chosen=0))
        assert isinstance(done, Choice)
        return done.chosen == 0

    def tell(self, error: str) -> None:
        """Show an error until a key is pressed; nothing where no window can be opened."""
        try:
            self._tell(error[:MAX_ERROR_CHARS])
        except (DisplayError, DialogLeftError):
            return
        finally:
            self.close()

    def close(self) -> None:
        """Close the window, so that another can be opened."""
        if self._view is not None:
            self._view.close()
            self._view = None

    def _tell(self, error: str) -> None:
        """Show as much of an error as the window has room for."""
        try:
            self._show(Page(CANNOT_BEGIN, error, CLOSE_HINT, button="Close"))
        except DisplayError:
            if self._view is None or len(error) < 40:
                raise
            self._tell(f"{error[: len(error) // 2].rstrip()} ...")

    def _show(self, page: AnyPage) -> AnyPage:
        """Show a page until it is done; return it as it then is.

        Raises:
            DialogLeftError: Escape, or the window was closed.
            DisplayError: no window can be opened, or it has no room for the page.
        """
        self._view = view = self._view or self._open_view()
        since = view.show(page)
        while not page.done:
            for timed in view.events():
                if isinstance(timed.event, Leave | Closed):
                    raise DialogLeftError("left before a session began; nothing is written")
                if timed.event is not None and timed.at > since and not page.done:
                    page = page.step(timed.event)
            if not page.done:
                view.show(page)
        return page


def describe_problem(prompt: Prompt, answer: str) -> str:
    """Return why an answer is not allowed; blank where it is."""
    try:
        prompt.check(answer)
    except ElicitError as error:
        return str(error)
    return ""


def has_terminal() -> bool:
    """Return whether the experimenter can type in a terminal; a program from an icon has none."""
    return sys.stdin is not None and sys.stdin.isatty()


def has_screen() -> bool:
    """Return whether a window can be opened, as far as is known without trying."""
    return not sys.platform.startswith("linux") or bool(os.environ.get("DISPLAY"))
