"""The errors a person can cause and mend, and how a command tells them."""

from __future__ import annotations

import errno
import io
import os
import sys
import warnings
from collections.abc import Callable
from functools import partial
from importlib import metadata
from typing import Any, NoReturn

import typer

from stimuli.errors import SkippedImagesWarning

STOPPED = 130  # exit code after Ctrl-C
_NETWORK = "if it is on a network or on an external disk, see that it is connected, and try again"
_ROOM = "make room on its disk, and try again"
_ALLOWED = "get permission for it, or choose another place"
_REMEDIES = {  # what to do after an error of the system, by its number
    errno.EACCES: _ALLOWED,
    errno.EPERM: _ALLOWED,
    errno.EROFS: "its disk is read-only: choose another place",
    errno.ENOSPC: _ROOM,
    errno.EDQUOT: _ROOM,
    errno.EFBIG: _ROOM,
    errno.EIO: _NETWORK,
    errno.ESTALE: _NETWORK,
    errno.ETIMEDOUT: _NETWORK,
    errno.EMFILE: "close other programs, and try again",
    errno.ENFILE: "close other programs, and try again",
}


DISK_ERRORS = frozenset(_REMEDIES)  # numbers of errors that say nothing of what a file holds


class ElicitError(Exception):
    """A person's mistake, in one line: place, key, what is allowed, what came, what to do."""


class ProtocolError(ElicitError):
    """A protocol that cannot run; one line a mistake."""


class LogError(ElicitError):
    """A trial log that cannot be read or written."""


class LogUnwritableError(LogError):
    """A log that cannot be written now: a full disk, a lost network folder; it may be later."""

    def __init__(self, path: object, reason: str) -> None:
        super().__init__(f"{path}: cannot be written: {reason}")
        self.reason = reason


class TornLineWarning(UserWarning):
    """A file whose last line was cut off while it was written; what is before it is whole."""


class StudyFolderWarning(UserWarning):
    """A file in a study folder that is not counted, or a log that has lost rows."""


SHOWN_WARNINGS = (
    TornLineWarning,
    StudyFolderWarning,
    SkippedImagesWarning,
)  # in one line, and the command goes on


class StudyError(ElicitError):
    """A study folder that cannot take or give the session asked for."""


class DisplayError(ElicitError):
    """A screen that cannot be opened or is too small for the session."""


def read_version() -> str:
    """Return the package's version; says so where a source tree is used without installing it."""
    try:
        return metadata.version("human-mixup")
    except metadata.PackageNotFoundError:
        return "(not installed: run from its source tree)"


def make_app(name: str, text: str) -> typer.Typer:
    """Return a command without subcommands yet, which tells its version and its help.

    Args:
        name: what it is called.
        text: what it is for, in a sentence.
    """
    app = typer.Typer(
        help=text,
        no_args_is_help=True,
        rich_markup_mode="markdown",
        pretty_exceptions_enable=False,
    )

    def print_version(wanted: bool) -> None:
        if wanted:
            typer.echo(f"{name} {read_version()}")
            raise typer.Exit

    def main(
        version: bool = typer.Option(
            False,
            "--version",
            callback=print_version,
            is_eager=True,
            help="Print the version and stop.",
        ),
    ) -> None:
        pass

    main.__doc__ = text
    app.callback()(main)
    return app


def run_and_tell(app: typer.Typer, name: str, *kinds: type[Exception]) -> NoReturn:
    """Run a command; tell a person's mistake in one line, without a traceback, and exit.

    Args:
        app: the command.
        name: what it is called.
        kinds: errors of other rooms that a person can cause and mend.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a console of Windows may lack a character
            stream.reconfigure(errors="backslashreplace")
    for kind in SHOWN_WARNINGS:
        warnings.simplefilter("always", kind)
    warnings.showwarning = partial(_show_warning, name, warnings.showwarning)
    try:
        code = app(standalone_mode=False, prog_name=name)
    except (KeyboardInterrupt, typer.Abort):
        _tell(name, "stopped")
        sys.exit(STOPPED)
    except Exception as error:
        if isinstance(error, (ElicitError, *kinds)):
            _tell(name, str(error))
            sys.exit(1)
        if isinstance(error, OSError):
            _end_after(error, name)
        _end_after_usage(error, name)
    if code == STOPPED:  # newer versions of typer make a silent exit of Ctrl-C
        _tell(name, "stopped")
    sys.exit(code if isinstance(code, int) else 0)


def describe_os_error(error: OSError) -> str:
    """Return what the system did not do, to which file, and what to do, in one line."""
    reason = error.strerror or str(error) or type(error).__name__
    place = error.filename if isinstance(error.filename, str) else "a file or folder"
    if isinstance(error.filename, os.PathLike):
        place = os.fspath(error.filename)
    remedy = _REMEDIES.get(error.errno or 0, "see what is wrong with it, and try again")
    return f"{place}: cannot be read or written: {reason}; {remedy}"


def _end_after(error: OSError, name: str) -> NoReturn:
    """Tell what the system did not do, and exit; nothing where nobody reads the output any more."""
    if isinstance(error, BrokenPipeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for the last flush
    else:
        _tell(name, describe_os_error(error))
    sys.exit(1)


def _end_after_usage(error: Exception, name: str) -> NoReturn:
    """Tell what was wrong with the command line itself, and exit; raise any other error again."""
    message = getattr(error, "format_message", None)
    if message is None:
        raise error
    text = " ".join(message().split())  # choices come on lines of their own
    if text:  # empty where the help was asked for, by giving nothing
        text = _in_own_words(text, error)
        command = getattr(getattr(error, "ctx", None), "command_path", name)
        _tell(name, text + ("" if "--help" in text else f" (see {command} --help)"))
    sys.exit(getattr(error, "exit_code", 2))


def _in_own_words(text: str, error: Exception) -> str:
    """Return a message with what is allowed and what came, where newer typers' are pydantic's."""
    checks = getattr(error.__cause__, "errors", None)
    found = checks() if checks is not None else []
    if not found:
        return text
    from elicit.validation_messages import describe_got, describe_wrong_value

    own = describe_wrong_value(found[0])
    got = describe_got(found[0] | {"type": ""}) if repr(found[0]["input"]) not in own else ""
    return text.replace(" ".join(str(found[0]["msg"]).split()), own) + got


def _show_warning(
    name: str,
    otherwise: Callable[..., None],
    message: Warning | str,
    category: type[Warning],
    *place: Any,
) -> None:
    if issubclass(category, SHOWN_WARNINGS):
        _tell(name, str(message))
    else:
        otherwise(message, category, *place)


def _tell(name: str, text: str) -> None:
    for line in text.splitlines():
        typer.echo(f"{name}: {line}", err=True)
