"""The records of a CSV file: how far they can be trusted, and what one says as a row.

A power cut can leave the end of a file cut short, filled with zeros, written twice, or holding
what the disk held there before. The rows before it are whole: each was on disk before the next.
What cannot be trusted is set aside by all who read the file, and never guessed.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import Any, TypeVar

from elicit.log import older_logs
from elicit.log.files import time_of_day
from elicit.log.rows import ROW_NUMBER, LogRow, list_text_columns
from stimuli.csv_files import limit_cells
from stimuli.formulas import escape_formula, unescape_formula

MARK = b"\xef\xbb\xbf"  # that spreadsheets put before the header
ROW_TIMES = ("rt_s", "onset_utc", "at_utc")  # of two rows one has not both alike
_NUMBERS = frozenset({int, float})
_LAST = 32  # bytes that are compared first
Kind = TypeVar("Kind", bound=LogRow)


def split_records(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """Return each record as it stands in the file, and the line it ends on, from 1."""
    record: list[bytes] = []
    within = False  # a quoted cell
    for number, line in enumerate(raw.splitlines(keepends=True), start=1):
        record.append(line)
        within ^= line.count(b'"') % 2 == 1
        if not within:
            yield number, b"".join(record)
            record = []
    if record:
        yield number, b"".join(record)


def split_cells(record: bytes) -> list[str]:
    """Return the cells of a record.

    Raises:
        UnicodeDecodeError: it is not UTF-8.
        csv.Error: it is not CSV.
    """
    return next(csv.reader(io.StringIO(record.decode(), newline="")), [])


def name_cells(header: Sequence[str], cells: Sequence[str], kind: type[LogRow]) -> dict[str, str]:
    """Return the texts of a record's cells by column, with the columns that an older log lacks.

    Args:
        header: of the file.
        cells: as many as the header has.
        kind: what its rows are.

    Raises:
        ValueError: a cell of an older log is not allowed.
    """
    texts = list_text_columns(kind)
    named = {
        column: unescape_formula(cell) if column in texts else cell
        for column, cell in zip(header, cells, strict=True)
    }
    return older_logs.complete_cells(named, kind.model_fields)


def parse_row(named: Mapping[str, str], kind: type[Kind]) -> Kind:
    """Return the row that the texts of a record's cells say.

    Raises:
        ValidationError: a cell is not allowed.
    """
    return kind.model_validate({column: named[column] for column in kind.model_fields})


def format_cell(value: Any) -> str:
    """Return a value as a file holds it."""
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
class Tail:
    """Where the trusted part of a file ends, and what follows it."""

    length: int  # bytes up to the end of the last row that is trusted
    line: int  # the line on which the rest begins, from 1
    rest: bytes  # what is set aside
    words: str  # what is the matter with it; blank where nothing is set aside


def find_tail(raw: bytes, kind: type[LogRow]) -> Tail:
    """Return where the trusted part of a file ends.

    A row at the end is not trusted if it was cut off, has zeros in it, or is there already: of
    events, if its number is not above the one before; of others, if an earlier row has the same
    bytes. Nor is the row before those, if its times are those of an earlier row, as of one that
    was put together from two. A row that is no good but has good ones after it is no tail:
    whoever reads the file says what is wrong with it.

    Args:
        raw: the file.
        kind: what its rows are.
    """
    if _is_plainly_whole(raw, kind):
        return Tail(len(raw), 0, b"", "")
    kept = filled = raw.rstrip(b"\0")
    while size := _copy_size(kept, kind):
        kept = kept[:-size]
    with limit_cells():
        length, is_copy = _trusted_length(kept, kind)
    rest = raw[length:]
    line = len(raw[:length].splitlines()) + 1
    return Tail(length, line, rest, _describe(length, rest, is_copy or len(kept) < len(filled)))


def _describe(length: int, rest: bytes, is_copy: bool) -> str:
    rows = len(list(split_records(rest)))
    if not rows:
        return ""
    if rows > 1:
        return f"the last {rows} rows are damaged or there twice; they are set aside"
    if is_copy:
        return "the last line is there twice; the second is set aside"
    return f"the {'last line' if length else 'header'} is torn off; it is set aside"


def _is_plainly_whole(raw: bytes, kind: type[LogRow]) -> bool:
    """Whether a look at the last row shows that nothing is wrong at the end; quick."""
    if not raw.endswith(b"\n") or b"\0" in raw or b'"' in raw or _copy_size(raw, kind):
        return False
    lines = raw.count(b"\n")
    header = raw[: raw.index(b"\n")].rstrip(b"\r")
    if lines == 1:
        return True
    start = raw.rindex(b"\n", 0, len(raw) - 1) + 1
    last = raw[start:]
    if last.count(b",") != header.count(b","):
        return False
    if ROW_NUMBER in kind.model_fields:
        number = last.rpartition(b",")[2].strip()
        return header.endswith(ROW_NUMBER.encode()) and number == b"%d" % (lines - 2)
    return raw.find(b"\n" + last, 0, start) < 0


def _copy_size(raw: bytes, kind: type[LogRow]) -> int:
    """Return how many bytes at the end are there twice, one after the other; 0 where none are.

    A copy may begin and end within a row, and holds the end of at least one.
    """
    length, last = len(raw), raw.rfind(b"\n")
    numbered = (
        ROW_NUMBER not in kind.model_fields or ROW_NUMBER.encode() in raw[: raw.find(b"\n") + 1]
    )
    before = raw.rfind(b"\n", 0, max(last, 0))
    while before >= 0 and (size := last - before) <= length // 2:
        if size >= length - last and raw.endswith(raw[-min(_LAST, size) :], 0, length - size):
            copy = raw[-size:]
            # events without numbers: one act may be like the one before
            is_enough = numbered or copy.count(b"\n") > 1
            if is_enough and copy.strip() and copy == raw[-2 * size : -size]:
                return size
        before = raw.rfind(b"\n", 0, before)
    return 0


def _trusted_length(raw: bytes, kind: type[LogRow]) -> tuple[int, bool]:
    """Return the bytes up to the end of the last row that is trusted, and whether a copy follows.

    A file without a whole header has none.
    """
    if _is_torn_header(raw, kind):
        return 0, False
    (_, first), *records = split_records(raw)
    check = _RowCheck(first, kind)
    if check.is_of_another_kind:
        return len(raw), False
    at = trusted = len(first)
    is_copy = has_copies = False
    for place, (_, record) in enumerate(records, start=1):
        follows = trusted == at
        at += len(record)
        problem = check.find_problem(record, is_last=place == len(records))
        if problem:
            is_copy = problem == _COPY
            has_copies = has_copies or is_copy
        elif follows or (record.strip() and check.is_row(record)):
            trusted, is_copy, has_copies = at, False, False
            check.take(record)
    if trusted < len(raw) and has_copies:
        trusted -= check.count_spliced()
    if trusted == len(first) and _have_one_width([record for _, record in records]):
        return len(raw), False  # it is the header that is wrong
    return trusted, is_copy


def _have_one_width(records: Sequence[bytes]) -> bool:
    """Whether several records have one number of commas, and at least one."""
    widths = {record.count(b",") for record in records}
    return len(records) > 1 and len(widths) == 1 and widths != {0}


def _is_torn_header(raw: bytes, kind: type[LogRow]) -> bool:
    """Whether a file has no whole first line, and what it has is mostly the header's."""
    there = raw.rstrip(b"\0")
    wholes = [
        ",".join(each).encode() + b"\r\n" for each in older_logs.headers(tuple(kind.model_fields))
    ]
    if raw in wholes:
        return False
    if any(each.startswith(there) for each in wholes):
        return True
    same = max(_count_same(each, there) for each in wholes)
    return b"\n" not in there and 2 * same >= len(there)


def _count_same(one: bytes, other: bytes) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


_DAMAGED, _COPY = "damaged", "copy"


class _RowCheck:
    """What is known of a file's rows so far, to tell whether the next one can be trusted."""

    def __init__(self, first: bytes, kind: type[LogRow]) -> None:
        self._kind = kind
        self._header = split_cells(first.removeprefix(MARK))
        self._times = [place for place, column in enumerate(self._header) if column in ROW_TIMES]
        self._seen: set[bytes] = set()
        self._ends: set[tuple[str, ...]] = set()  # times of each row but the last
        self._end: tuple[str, ...] | None = None  # those of the last
        self._number = -1  # of the last event
        self._number_before = -1  # of the one before
        self._last = b""  # row

    @property
    def is_of_another_kind(self) -> bool:
        """Whether the file has not the columns of its kind."""
        needed = older_logs.headers(tuple(self._kind.model_fields))[-1]
        return not set(needed) <= set(self._header)

    def find_problem(self, record: bytes, *, is_last: bool) -> str:
        """Return why a record cannot be trusted; blank where it can, or is no tail's."""
        if b"\0" in record:
            return _DAMAGED
        if record.count(b'"') % 2:  # within a quoted cell, unless a stray quote took in whole rows
            rest = record.splitlines(keepends=True)[1:]
            return "" if any(map(self._has_all_cells, rest)) else _DAMAGED
        try:
            cells = split_cells(record)
        except UnicodeDecodeError:  # if only that is wrong, a person's program saved it so
            cells = record.decode(errors="replace").split(",")
        except csv.Error:  # a cell that is too long
            return "" if record.endswith((b"\n", b"\r")) else _DAMAGED
        if not cells:
            return ""
        if len(cells) != len(self._header):
            return _DAMAGED
        if ROW_NUMBER in self._header and self._read_number(cells) is None:
            return _DAMAGED
        if self._is_copy(record, cells):
            return _COPY
        is_whole = record.endswith((b"\n", b"\r")) or self._is_written_whole(cells)
        return _DAMAGED if is_last and not is_whole else ""

    def is_row(self, record: bytes) -> bool:
        """Whether every cell of a record is allowed."""
        try:
            parse_row(name_cells(self._header, split_cells(record), self._kind), self._kind)
        except ValueError:  # pydantic's is one
            return False
        return True

    def _is_written_whole(self, cells: list[str]) -> bool:
        """Whether a row without a line end has all of its last cell."""
        try:
            row = parse_row(name_cells(self._header, cells, self._kind), self._kind)
        except ValueError:
            return False
        last = getattr(row, self._header[-1], None)
        return self._header[-1] not in self._kind.model_fields or format_cell(last) == cells[-1]

    def take(self, record: bytes) -> None:
        """Remember a record that is trusted."""
        cells = split_cells(record) if record.count(b'"') % 2 == 0 else []
        if len(cells) != len(self._header):
            return
        self._last = record
        self._seen.add(record.strip())
        if self._end is not None:
            self._ends.add(self._end)
        self._end = tuple(cells[place] for place in self._times)
        number = self._read_number(cells)
        if number is not None:
            self._number_before, self._number = self._number, number

    def count_spliced(self) -> int:
        """Return the bytes of the last row that is trusted, if it was put together from two."""
        if not self._last:
            return 0
        if ROW_NUMBER in self._header:
            is_spliced = self._number != self._number_before + 1
        else:
            is_spliced = self._end is not None and all(self._end) and self._end in self._ends
        return len(self._last) if is_spliced or not self.is_row(self._last) else 0

    def _is_copy(self, record: bytes, cells: list[str]) -> bool:
        if ROW_NUMBER in self._header:
            number = self._read_number(cells)
            return number is not None and number <= self._number
        return ROW_NUMBER not in self._kind.model_fields and record.strip() in self._seen

    def _read_number(self, cells: list[str]) -> int | None:
        if len(cells) != len(self._header) or ROW_NUMBER not in self._header:
            return None
        cell = cells[self._header.index(ROW_NUMBER)]
        return int(cell) if cell.isascii() and cell.isdigit() else None

    def _has_all_cells(self, line: bytes) -> bool:
        cells = line.decode(errors="replace").split(",")
        return line.count(b'"') % 2 == 0 and len(cells) >= len(self._header)
