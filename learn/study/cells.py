"""The cells of many trial logs as text, each distinct cell of a column held once."""

from __future__ import annotations

import csv
import io
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
from numpy.typing import NDArray

from elicit.errors import LogError, TornLineWarning
from elicit.log import older_logs
from elicit.log.records import MARK, find_tail
from elicit.log.rows import COLUMNS, TrialRow
from learn.arrays import Codes
from stimuli.csv_files import (
    explain_csv,
    explain_encoding,
    explain_header,
    limit_cells,
    trim_blank_rows,
)
from stimuli.files import MAX_TABLE_BYTES, read_bytes

Row = tuple[int, list[str]]  # the line of the file on which it ends, from 1, and its cells
Header = tuple[str, ...]

_BATCH_BYTES = 32 << 20  # read at once, so that memory holds the table and little beside it


@dataclass(frozen=True)
class Column:
    """A column of N cells."""

    codes: NDArray[np.int32]  # (N,) index into distinct
    distinct: list[str]


@dataclass(frozen=True)
class CellBatch:
    """N rows of trial logs that have the same header."""

    files: Codes  # (N,) which of the files given, from 0
    lines: Codes  # (N,) line of that file, from 1
    columns: dict[str, Column]

    @property
    def is_older(self) -> bool:
        """Whether the logs are from before the column `chose_i`."""
        return older_logs.is_older(list(self.columns))


@dataclass
class _Group:
    """Files of one header that are waiting to be read."""

    header: Header
    plain: list[tuple[int, bytes]] = field(default_factory=list)  # which file, its lines
    quoted: list[tuple[int, list[Row]]] = field(default_factory=list)
    size: int = 0  # bytes


def read_batches(files: Sequence[Path]) -> Iterator[CellBatch]:
    """Return every row of the trial logs, in large batches; within a file rows keep their order.

    Files that have no quoted cell, nearly all, are joined and parsed at once; the others go
    through the csv module. What cannot be trusted at the end of a file is set aside, with a
    TornLineWarning.

    Raises:
        LogError: a file cannot be read or has no trial log's header, or a row has too few or too
            many cells; named by file and line.
    """
    groups: dict[Header, _Group] = {}
    for number, path in enumerate(files):
        header, body = _header_and_body(path)
        if header:
            group = groups.setdefault(header, _Group(header))
            _take(group, number, path, body)
            if group.size > _BATCH_BYTES:
                yield from _read(groups.pop(header), files)
    for group in groups.values():
        yield from _read(group, files)


def _header_and_body(path: Path) -> tuple[Header, bytes]:
    """Return a trial log's column names and the rest of it; no names where it has nothing."""
    try:
        raw = trim_blank_rows(read_bytes(path, MAX_TABLE_BYTES))
        tail = find_tail(raw, TrialRow)
        first, _, body = raw[: tail.length].removeprefix(MARK).partition(b"\n")
        header = _names(first)
    except UnicodeDecodeError as error:
        raise LogError(f"{path}: not a trial log: {explain_encoding(raw)}") from error
    except (OSError, csv.Error) as error:
        raise LogError(f"{path}: cannot be read as a trial log: {error}") from error
    if tail.rest:
        warnings.warn(TornLineWarning(f"{path}:{tail.line}: {tail.words}"), stacklevel=2)
    if not tail.length:
        return (), b""
    complaint = _complaint(header)
    if complaint:
        raise LogError(f"{path}:1: {complaint}")
    return header, body


@cache  # most files have the same
def _names(line: bytes) -> Header:
    return tuple(next(csv.reader([line.decode("utf-8")]), []))


@cache
def _complaint(header: Header) -> str:
    """Return what is wrong with a header, nothing where nothing is."""
    wrong = explain_header(header, older_logs.headers(COLUMNS)[-1])
    if wrong:
        return f"not a trial log: {wrong}"
    twice = [column for column, times in Counter(header).items() if times > 1]
    return f"each column must be there once, got {', '.join(twice)} twice" if twice else ""


def _take(group: _Group, number: int, path: Path, body: bytes) -> None:
    if not _is_plain(body):
        group.quoted.append((number, _rows(path, group.header, body)))
    elif body:
        group.plain.append((number, body if body.endswith(b"\n") else body + b"\n"))
    group.size += len(body)


def _is_plain(body: bytes) -> bool:
    """Whether each line is a row and each comma ends a cell."""
    return not (
        b'"' in body
        or body.startswith((b"\n", b"\r\n"))
        or b"\n\n" in body
        or b"\n\r\n" in body
        or (b"\r" in body and body.count(b"\r") != body.count(b"\r\n"))
    )


def _rows(path: Path, header: Header, body: bytes) -> list[Row]:
    """Return any lines' rows, blank lines left out."""
    try:
        with limit_cells():
            reader = csv.reader(io.StringIO(body.decode("utf-8"), newline=""))
            rows = [(reader.line_num + 1, cells) for cells in reader if cells]
    except UnicodeDecodeError as error:
        wrong = explain_encoding(b"\n" + body)  # after the header's line
        raise LogError(f"{path}: not a trial log: {wrong}") from error
    except csv.Error as error:
        raise LogError(f"{path}:{reader.line_num + 1}: {explain_csv(error)}") from error
    for line, cells in rows:
        if len(cells) != len(header):
            raise LogError(f"{path}:{line}: {len(header)} cells expected, got {len(cells)}")
    return rows


def _read(group: _Group, files: Sequence[Path]) -> Iterator[CellBatch]:
    if group.plain:
        yield _read_plain(group, files)
    if group.quoted:
        yield _read_quoted(group)


def _read_plain(group: _Group, files: Sequence[Path]) -> CellBatch:
    counts = [body.count(b"\n") for _, body in group.plain]
    text = pa.dictionary(pa.int32(), pa.string())
    try:
        table = pa_csv.read_csv(
            pa.BufferReader(b"".join(body for _, body in group.plain)),
            read_options=pa_csv.ReadOptions(column_names=list(group.header)),
            parse_options=pa_csv.ParseOptions(quote_char=False),
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(group.header, text), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid as error:
        for number, body in group.plain:  # one of them cannot be read; this says which and where
            _rows(files[number], group.header, body)
        raise LogError(f"the trial logs cannot be read: {error}") from error
    table = table.unify_dictionaries().combine_chunks()
    return CellBatch(
        files=np.repeat([number for number, _ in group.plain], counts),
        lines=np.concatenate([np.arange(2, count + 2) for count in counts]),
        columns={name: _arrow_column(table.column(name)) for name in group.header},
    )


def _arrow_column(cells: pa.ChunkedArray) -> Column:
    codes = [chunk.indices.to_numpy(zero_copy_only=False) for chunk in cells.chunks]
    return Column(np.concatenate(codes), cells.chunk(0).dictionary.to_pylist())


def _read_quoted(group: _Group) -> CellBatch:
    rows = [(number, *row) for number, of_file in group.quoted for row in of_file]
    return CellBatch(
        files=np.array([number for number, _, _ in rows], dtype=np.int64),
        lines=np.array([line for _, line, _ in rows], dtype=np.int64),
        columns={
            name: _column(cells[place] for _, _, cells in rows)
            for place, name in enumerate(group.header)
        },
    )


def _column(cells: Iterable[str]) -> Column:
    place: defaultdict[str, int] = defaultdict()
    place.default_factory = place.__len__
    codes = np.fromiter((place[cell] for cell in cells), dtype=np.int32)
    return Column(codes, list(place))
