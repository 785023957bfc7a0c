"""CSV files whose rows are on disk, whole and once, when a call returns."""

from __future__ import annotations

import csv
import errno
import io
import os
import re
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import FileIO
from itertools import count
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel

from elicit.errors import LogError, LogUnwritableError, StudyFolderWarning
from elicit.log import older_logs
from elicit.log.files import replace, replace_by, sync_folder
from elicit.log.records import format_cell
from elicit.log.rows import ROW_NUMBER
from stimuli.files import MAX_TABLE_BYTES, read_bytes
from stimuli.windows_files import check_name, while_open_elsewhere

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

    Rows that cannot be written leave no trace, so the same ones can be tried again. A durable
    file that vanished, was emptied or was replaced meanwhile is made again with all its rows; what
    another program put in its place is moved aside, and a StudyFolderWarning says so.
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
        self._kept = bytearray(read_bytes(path, MAX_TABLE_BYTES) if resume else b"")  # if durable
        self._length = len(self._kept)  # bytes that are whole and on disk
        self._file = self._open("r+b" if resume else "xb")
        self._number = _next_number(bytes(self._kept))  # of the next row, where rows are numbered
        self._notices: list[str] = []  # what was made again, until it is said
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
        cells = [
            map(format_cell, self._values(row, self._number + k)) for k, row in enumerate(rows)
        ]
        try:
            self._write(b"".join(map(line, cells)))
        except OSError as error:
            raise LogUnwritableError(self.path, error.strerror or str(error)) from error
        self.rows += len(rows)
        self._number += len(rows)
        self._tell()

    def check(self) -> None:
        """See that all rows are on disk; make a durable file that lost some again.

        Raises:
            LogUnwritableError: they are not, and it cannot be written now.
        """
        try:
            self._make_ready()
        except OSError as error:
            self._pending = self._pending or b""
            raise LogUnwritableError(self.path, error.strerror or str(error)) from error
        self._tell()

    def close(self) -> None:
        """Close the file."""
        with suppress(OSError):  # all of it is on disk, even where the folder is gone by now
            self._file.close()

    def _open(self, mode: Literal["r+b", "xb"]) -> FileIO:
        return while_open_elsewhere(self.path, lambda: self.path.open(mode, buffering=0))

    def _values(self, row: BaseModel, number: int) -> Iterable[Any]:
        values = row.__dict__
        if ROW_NUMBER in values:
            values = {**values, ROW_NUMBER: number}
        return (
            values.values() if self._header is None else older_logs.values_for(self._header, values)
        )

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
            self._write_once(content)
        except (FileNotFoundError, _ChangedError):  # it vanished just now: it is made again first
            self._write_once(content)

    def _write_once(self, content: bytes) -> None:
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
        if self._durable:
            self._kept += content

    def _make_ready(self) -> None:
        """Get to the end of the last whole row, after a failure too.

        Raises:
            OSError: the file is gone, or another program changed it.
        """
        if self._pending is not None:  # what was open may have gone with the network
            self.close()
            with self._made_again_if_gone():
                self._file = self._open("r+b")
        with self._made_again_if_gone():
            self._check_same(self.path.stat())
            if self._file.seek(0, os.SEEK_END) == self._length:
                return
            self._check_rest_is_ours()
            self._file.truncate(self._length)
            self._file.seek(self._length)

    @contextmanager
    def _made_again_if_gone(self) -> Iterator[None]:
        """Make the file again if it is not what this writer left, though its folder is there.

        Raises:
            OSError: it cannot be made again now, or is not durable.
        """
        try:
            yield
        except (FileNotFoundError, _ChangedError) as error:
            if not self._durable or not self._kept or not self.path.parent.is_dir():
                raise
            try:
                self._make_again()
            except FileNotFoundError:  # the folder is gone by now; the first error says more
                raise error from None
            what = (
                str(error.strerror) if isinstance(error, _ChangedError) else "was deleted or moved"
            )
            self._notices.append(f"{self.path}: {what}; it is made again with all its rows")

    def _make_again(self) -> None:
        """Write what was on disk anew; what another program put there is moved aside.

        Raises:
            OSError: it cannot be written now, or has more rows by now, of another computer.
        """
        with suppress(FileNotFoundError):
            there = self.path.read_bytes()
            if len(there) > self._length and there.startswith(bytes(self._kept)):
                raise OSError(errno.EIO, "another program added to the file")
            self.close()
            if not self._kept.startswith(there):
                replace_by(self.path, free_name(self.path))
        replace(self.path, bytes(self._kept))
        self.close()
        self._file = self._open("r+b")
        self._file.seek(self._length)

    def _tell(self) -> None:
        while self._notices:
            warnings.warn(StudyFolderWarning(self._notices.pop()), stacklevel=3)

    def _check_rest_is_ours(self) -> None:
        """See that what follows the last whole row is a part of what could not be written."""
        self._file.seek(self._length)
        rest = self._file.read() if self._pending else b""
        if not rest or not self._pending or not self._pending.startswith(rest):
            raise _ChangedError(errno.EIO, "another program changed the file")

    def _check_same(self, there: os.stat_result) -> None:
        if not os.path.samestat(there, os.fstat(self._file.fileno())):
            raise _ChangedError(errno.EIO, "another program moved or replaced the file")


class _ChangedError(OSError):
    """The file is not what its writer left."""


def _next_number(raw: bytes) -> int:
    """Return the number of the row that follows those of a file, if the last column has them."""
    last = raw.rpartition(b",")[2].strip()
    return int(last) + 1 if last.isdigit() else 0


def free_name(path: Path) -> Path:
    """Return a name for a copy of a file that no file has."""
    names = (path.with_name(f"{path.stem} ({number}){path.suffix}") for number in count(1))
    return next(each for each in names if not os.path.lexists(each))


@dataclass(frozen=True)
class RowWriters:
    """Where the rows of one session go."""

    trials: Writer
    events: Writer
    pages: Writer
