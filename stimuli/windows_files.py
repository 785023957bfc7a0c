"""What Windows asks of files: names that it takes, and patience while another program has one open.

On other systems neither does anything.
"""

from __future__ import annotations

import errno
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

WINDOWS = sys.platform == "win32"
LONGEST_PATH = 259  # characters, of a path that every program on Windows takes
LONGEST_NAME = 255  # characters
WAITS_S = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)  # between tries, while another program has a file open
IN_USE = frozenset({5, 32, 33})  # Windows' numbers: access denied, sharing and lock violation
TOO_LONG = frozenset({3, 206})  # no such path, which a long one seems to be; name too long
GONE = frozenset({3, 15, 20, 21, 53, 55, 59, 64, 67, 1117, 1167, 1231})  # a drive, or its network
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³]) *(\..*)?", re.I)
_SIGNS = re.compile(r'[<>:"|?*\x00-\x1f]')


def describe_unusable_name(name: str) -> str:
    """Return why Windows does not take a file's or folder's name; "" where it does.

    It takes con.txt for the console and nul for nothing, writes "a:b" where nobody finds it, and
    leaves out dots and spaces at the end.
    """
    if _RESERVED.fullmatch(name):
        return f"{name!r} means a device on Windows, not a file; choose another name"
    found = _SIGNS.search(name)
    if found is not None:
        return f'a name on Windows has none of < > : " | ? *, got {name!r}'
    if name not in {"", ".", ".."} and name[-1] in ". ":
        return f"a name on Windows does not end in a dot or a space, got {name!r}"
    if len(name) > LONGEST_NAME:
        return f"a name has at most {LONGEST_NAME} characters, got {len(name)}"
    return ""


def check_name(path: Path) -> None:
    """Refuse a path that Windows, where this is Windows, would take for another.

    Raises:
        OSError: it would not be a file or folder of this name.
    """
    if not WINDOWS:
        return
    for name in path.parts[1:] if path.anchor else path.parts:
        problem = describe_unusable_name(name)
        if problem:
            raise OSError(errno.EINVAL, problem, str(path))


def make_folder(path: Path, mode: int = 0o777) -> None:
    """Make a folder and those around it, where they are missing.

    Raises:
        OSError: it cannot be made, or Windows would not take its name as it is.
    """
    check_name(path)
    while_open_elsewhere(path, lambda: path.mkdir(mode=mode, parents=True, exist_ok=True))


def while_open_elsewhere(path: Path, action: Callable[[], T]) -> T:
    """Do something to a file, again and again while another program on Windows has it open.

    A virus scanner or a synchroniser is done in a moment; a spreadsheet keeps what it shows.

    Args:
        path: the file.
        action: opens, replaces or deletes it.

    Returns:
        What `action` returns.

    Raises:
        OSError: what `action` raises; its words say who is at fault where it is another program,
            a path that is too long, or a drive that is gone.
    """
    for wait_s in (*WAITS_S, None):
        try:
            return action()
        except OSError as error:
            if wait_s is None or not _is_in_use(error):
                raise _in_plain_words(error, path) from error
            time.sleep(wait_s)
    raise AssertionError("the last try returns or raises")


def _is_in_use(error: OSError) -> bool:
    number = getattr(error, "winerror", None)
    if number is None:  # Python's `open` tells no number of Windows
        return WINDOWS and error.errno == errno.EACCES
    return number in IN_USE


def _in_plain_words(error: OSError, path: Path) -> OSError:
    """Return the error, with words that say what a person can do about it."""
    number, words = getattr(error, "winerror", None), ""
    whole = path.absolute()
    is_told_otherwise = WINDOWS and number is None  # by Python's `open`
    if _is_in_use(error):
        words = "another program, such as Excel, has it open: close it there; or it is read-only"
    elif len(str(whole)) > LONGEST_PATH and (
        number in TOO_LONG or (is_told_otherwise and error.errno == errno.ENOENT)
    ):
        words = f"its path has {len(str(whole))} characters, and Windows takes {LONGEST_PATH}"
    elif (number in GONE or is_told_otherwise) and not _drive_is_there(path):
        words = f"the drive {whole.anchor} is gone"
    return type(error)(error.errno, words, str(path)) if words else error


def _drive_is_there(path: Path) -> bool:
    try:
        return Path(path.absolute().anchor).is_dir()
    except OSError:
        return False
