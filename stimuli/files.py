"""Files to read: only regular ones, up to a stated size.

A pipe makes its reader wait for ever, a device such as /dev/zero never ends, and a file of many
gigabytes fills the memory. Every file that this project reads is opened here.
"""

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

from stimuli.windows_files import while_open_elsewhere

MAX_TEXT_BYTES = 16 << 20  # of a protocol, settings, a session's record, a policy, a list of ids
MAX_TABLE_BYTES = 1 << 30  # of a CSV file
MAX_ARRAY_BYTES = 2 << 30  # of arrays, in the file and unpacked

_KINDS = (
    (stat.S_ISDIR, errno.EISDIR, "is a folder"),
    (stat.S_ISFIFO, errno.EINVAL, "is a pipe"),
    (stat.S_ISSOCK, errno.EINVAL, "is a socket"),
    (stat.S_ISCHR, errno.EINVAL, "is a device"),
    (stat.S_ISBLK, errno.EINVAL, "is a device"),
)


class UnreadFileError(OSError):
    """A file that is not read, because of what it is or of its size."""

    def __str__(self) -> str:
        """Return the reason alone; whoever tells it names the file."""
        return str(self.strerror)


def open_file(path: Path, limit: int) -> BinaryIO:
    """Open a file to read its bytes.

    Args:
        path: the file; a link to one counts as it.
        limit: the most bytes that it may have.

    Raises:
        OSError: there is none, it is no regular file, it has more bytes, or it cannot be opened.
    """
    there = while_open_elsewhere(path, lambda: os.stat(path))
    _check(there, path, limit)  # opening some devices does something
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    handle = while_open_elsewhere(path, lambda: os.open(path, flags))
    try:
        _check(os.fstat(handle), path, limit)  # it may be another file by now
    except OSError:
        os.close(handle)
        raise
    return os.fdopen(handle, "rb")


def read_bytes(path: Path, limit: int = MAX_TEXT_BYTES) -> bytes:
    """Return the bytes of a file.

    Args:
        path: the file.
        limit: the most bytes that it may have.

    Raises:
        OSError: as `open_file`.
    """
    with open_file(path, limit) as file:
        return file.read(limit + 1)


def read_text(path: Path, limit: int = MAX_TEXT_BYTES, encoding: str = "utf-8") -> str:
    """Return the text of a file, its line ends as line feeds.

    Args:
        path: the file.
        limit: the most bytes that it may have.
        encoding: of the text.

    Raises:
        OSError: as `open_file`.
        UnicodeDecodeError: it holds something else.
    """
    text = read_bytes(path, limit).decode(encoding)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def describe_excess(limit: int, came: int) -> str:
    """Return how many bytes are allowed, and how many came."""
    return f"must have at most {limit:,} bytes ({limit >> 20:,} MiB), got {came:,}"


def _check(found: os.stat_result, path: Path, limit: int) -> None:
    for is_kind, code, words in _KINDS:
        if is_kind(found.st_mode):
            raise UnreadFileError(code, f"{words}, and must be a file", str(path))
    if found.st_size > limit:
        words = describe_excess(limit, found.st_size)
        raise UnreadFileError(errno.EFBIG, words, str(path))
