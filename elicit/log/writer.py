"""CSV files whose rows are on disk, whole and once, when a call returns."""

from __future__ import annotations

import csv
import errno
import io
import os
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from io import FileIO
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel

from elicit.errors import LogError, LogUnwritableError
from elicit.log import older_logs
from elicit.log.files import sync_folder, time_of_day
from stimuli.formulas import escape_formula
from stimuli.windows_files import check_name, while_open_elsewhere

_NUMBERS = frozenset({int, float})
_QUOTED = re.compile('["\\r\\n]')  # what makes a cell quoted, beside a comma


def line(cells: Iterable[str]) -> bytes:
    """Return one row as the file holds it: RFC 4180, UTF-8."""
    row = list(cells)
    plain = ",".join(row)
    if len(row) > 1 and plain.count(",") == len(row) - 1 and not _QUOTED.search(plain):
        return f"{plain}\r\n".encode()  # as csv writes it, five times as fast
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerow(row)
    return text.getvalue().encode()


class Writer:
    """A CSV file that is never overwritten; what is appended is on disk, whole and once.

    Rows that cannot be written leave no trace, so the same ones can be tried again.
    """

    def __init__(
        self,
        path: Path,
        columns: tuple[str, ...],
        *,
        resume: bool = False,
        durable: bool = True,
    ) -> None:
        """Make the file with its header, or open the one that is there.

        Args:
            path: where it is, or will be.
            columns: the header.
            resume: whether to add to an existing file, which ends with a whole row. It keeps
                its header, so that all its rows have one width; rows of an older log keep the
                older form.
            durable: whether to wait for the disk after each call. Only what can be made again,
                as simulated answers can, may do without: a power cut takes what the system has
                not written by then; the end of this process, however it comes, takes nothing.

        Raises:
            FileExistsError: the file is there already, and is not to be resumed.
            OSError: it cannot be made or opened; nothing is left of a new one.
            LogError: an existing file has no place for one of the columns.
        """
        self.path = path
        self.rows = 0  # appended through this writer
        self._durable = durable
        self._pending: bytes | None = None  # what was tried and is not known to be on disk
        check_name(path)
        self._file = self._open("r+b" if resume else "xb")
        self._length = path.stat().st_size if resume else 0  # bytes that are whole and on disk
        self._header: tuple[str, ...] | None = None  # where it is not `columns`
        if self._length == 0:
            self._begin(columns, resume)
        elif resume:
            self._header = self._header_there(columns)

    def append(self, *rows: BaseModel) -> None:
        """Write rows, all or none of them, and wait until they are on disk, if it is durable.

        Raises:
            LogUnwritableError: they cannot be written now; the file is as it was before.
        """
        if not rows:
            return
        try:
            self._write(b"".join(line(map(_cell, self._values(row))) for row in rows))
        except OSError as error:
            raise LogUnwritableError(self.path, error.strerror or str(error)) from error
        self.rows += len(rows)

    def close(self) -> None:
        """Close the file."""
        with suppress(OSError):  # all of it is on disk, even where the folder is gone by now
            self._file.close()

    def _open(self, mode: Literal["r+b", "xb"]) -> FileIO:
        return while_open_elsewhere(self.path, lambda: self.path.open(mode, buffering=0))

    def _values(self, row: BaseModel) -> Iterable[Any]:
        if self._header is None:
            return row.__dict__.values()
        return older_logs.values_for(self._header, row.__dict__)

    def _header_there(self, columns: tuple[str, ...]) -> tuple[str, ...] | None:
        """Return the header of the file that is there; None where it is `columns`."""
        first = self._file.readline()
        if first == line(columns):
            return None
        text = first.removeprefix(b"\xef\xbb\xbf").decode(errors="replace")
        header = tuple(next(csv.reader([text]), []))
        missing = [each for each in older_logs.headers(columns)[-1] if each not in header]
        if missing:
            self.close()
            raise LogError(f"{self.path}:1: no column {', '.join(missing)}; nothing is added to it")
        return header

    def _begin(self, columns: tuple[str, ...], resume: bool) -> None:
        try:
            self._write(line(columns))
            if self._durable:
                sync_folder(self.path.parent)
        except OSError:
            self.close()
            if not resume:
                self.path.unlink(missing_ok=True)
            raise

    def _write(self, content: bytes) -> None:
        try:
            self._make_ready()
        except OSError:
            self._pending = self._pending or b""
            raise
        self._pending = content
        try:
            if self._file.write(content) != len(content):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))  # noqa: TRY301
            if self._durable:
                os.fsync(self._file.fileno())
            self._check_same(self.path.stat())
        except OSError:
            with suppress(OSError):  # if not now, then before the next try
                self._file.truncate(self._length)
            raise
        self._pending = None
        self._length += len(content)

    def _make_ready(self) -> None:
        """Get to the end of the last whole row, after a failure too.

        Raises:
            OSError: the file is gone, or another program changed it.
        """
        if self._pending is not None:  # what was open may have gone with the network
            self.close()
            self._file = self._open("r+b")
        self._check_same(self.path.stat())
        if self._file.seek(0, os.SEEK_END) == self._length:
            return
        self._check_rest_is_ours()
        self._file.truncate(self._length)
        self._file.seek(self._length)

    def _check_rest_is_ours(self) -> None:
        """See that what follows the last whole row is a part of what could not be written."""
        self._file.seek(self._length)
        rest = self._file.read() if self._pending else b""
        if not rest or not self._pending or not self._pending.startswith(rest):
            raise OSError(errno.EIO, "another program changed the file")

    def _check_same(self, there: os.stat_result) -> None:
        if not os.path.samestat(there, os.fstat(self._file.fileno())):
            raise OSError(errno.EIO, "another program moved or replaced the file")


def _cell(value: Any) -> str:
    if type(value) is str:  # most cells: no need to look what else they might be
        return escape_formula(value)
    if type(value) in _NUMBERS:
        return str(value)
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case tuple():
            return " ".join(repr(each) for each in value)
        case datetime():
            return time_of_day(value)
        case str():
            return escape_formula(str(value))
        case _:
            return str(value)


@dataclass(frozen=True)
class RowWriters:
    """Where the rows of one session go."""

    trials: Writer
    events: Writer
    pages: Writer
