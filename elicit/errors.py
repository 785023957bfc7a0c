"""The errors a person can cause and mend, and how a command tells them."""

from __future__ import annotations

import sys
from typing import NoReturn

import typer


class ElicitError(Exception):
    """A person's mistake, told in one line: place, key, what is allowed, what came, what to do."""


class ProtocolError(ElicitError):
    """A protocol that cannot run; one line a mistake."""


class LogError(ElicitError):
    """A trial log that cannot be read or written."""


class StudyError(ElicitError):
    """A study folder that cannot take or give the session asked for."""


class DisplayError(ElicitError):
    """A screen that cannot be opened or is too small for the session."""


def run_and_tell(app: typer.Typer, name: str, *kinds: type[Exception]) -> NoReturn:
    """Run a command; tell a person's mistake in one line, without a traceback, and exit.

    Args:
        app: the command.
        name: what it is called.
        kinds: errors of other rooms that a person can cause and mend.
    """
    try:
        code = app(standalone_mode=False, prog_name=name)
    except (KeyboardInterrupt, typer.Abort):
        _tell(name, "stopped")
        sys.exit(130)
    except Exception as error:
        if isinstance(error, (ElicitError, *kinds)):
            _tell(name, str(error))
            sys.exit(1)
        message = getattr(error, "format_message", None)  # the command line itself was wrong
        if message is None:
            raise
        if message():  # empty where the help was asked for, by giving nothing
            _tell(name, message() + ("" if "--help" in message() else f" (see {name} --help)"))
        sys.exit(getattr(error, "exit_code", 2))
    sys.exit(code if isinstance(code, int) else 0)


def _tell(name: str, text: str) -> None:
    for line in text.splitlines():
        typer.echo(f"{name}: {line}", err=True)
