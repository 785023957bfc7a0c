"""The trial log and the files beside it: what their rows say, how they are written and read."""

from __future__ import annotations

import csv
import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import ValidationError

from elicit.errors import LogError, TornLineWarning
from elicit.log import older_logs
from elicit.log.rows import EventRow, LogRow, PageRow, TrialRow, list_text_columns
from elicit.log.statements import read_statements
from elicit.validation_messages import MAX_QUOTED_CHARS, describe_wrong_value
from stimuli.csv_files import (
    explain_cell,
    explain_csv,
    explain_encoding,
    explain_header,
    limit_cells,
)
from stimuli.files import MAX_TABLE_BYTES, read_bytes
from stimuli.formulas import unescape_formula

NAMES: dict[type[LogRow], str] = {
    TrialRow: "a trial log",
    EventRow: "an events file",
    PageRow: "a pages file",
}
Kind = TypeVar("Kind", bound=LogRow)


@dataclass(frozen=True)
class CsvTable(Generic[Kind]):
    """What one file holds."""

    lines: tuple[tuple[int, Kind], ...]  # rows, each with the line of the file it ends on
    length: int  # bytes up to the end of the last whole row
    torn: bytes  # what follows: a row that was cut off while it was written
    torn_line: int  # the line on which that begins

    @property
    def rows(self) -> list[Kind]:
        """The rows alone."""
        return [row for _, row in self.lines]


def read(path: Path) -> list[TrialRow]:
    """Return the rows of one trial log, checked; a torn last line is left out with a warning.

    Raises:
        LogError: naming the file, the line and the column that is wrong.
    """
    return [row for _, row in read_lines(path)]


def read_lines(path: Path) -> list[tuple[int, TrialRow]]:
    """Return the rows of one trial log, checked, each with the line of the file it ends on.

    A last line that was torn off while it was written is left out, with a warning.

    Raises:
        LogError: naming the file, the line and the column that is wrong.
    """
    return list(read_table(path, TrialRow).lines)


def read_events(path: Path) -> list[EventRow]:
    """Return the rows of one events file, as `read` does.

    Raises:
        LogError: naming the file, the line and the column that is wrong.
    """
    return read_table(path, EventRow).rows


def read_table(path: Path, kind: type[Kind], *, warn: bool = True) -> CsvTable[Kind]:
    """Return what a file holds, checked; what is torn off at its end apart.

    Args:
        path: the file.
        kind: what its rows are.
        warn: whether to warn of a torn end, with a TornLineWarning.

    Raises:
        LogError: naming the file, the line and the column that is wrong.
    """
    try:
        raw = read_bytes(path, MAX_TABLE_BYTES)
        with limit_cells():
            table = _table(path, raw, kind)
        _check_statements(path, table)
    except UnicodeDecodeError as error:
        raise LogError(f"{path}: not {_file_kind(kind)}: {explain_encoding(raw)}") from error
    except (OSError, csv.Error) as error:
        raise LogError(f"{path}: cannot be read as {_file_kind(kind)}: {error}") from error
    if table.torn and warn:
        place = f"{path}:{table.torn_line}"
        what = "the header" if table.torn_line == 1 else "the last line"
        warnings.warn(
            TornLineWarning(f"{place}: {what} is torn off; it is set aside"), stacklevel=2
        )
    return table


def _check_statements(path: Path, table: CsvTable[Kind]) -> None:
    """Compare the rows with what the file's name and the session's record state of them.

    Raises:
        LogError: naming the file, the line and the column that says something else.
    """
    if not table.lines:
        return
    stated = read_statements(path)
    columns = stated.list_columns(list(type(table.lines[0][1]).model_fields))
    for line, row in table.lines:
        for column in columns:
            wrong = stated.find_conflict(column, getattr(row, column), getattr(row, "block", None))
            if wrong is not None:
                raise LogError(f"{path}:{line}: {wrong}")


def _file_kind(kind: type[LogRow]) -> str:
    return NAMES.get(kind, "a file of this study")


def _table(path: Path, raw: bytes, kind: type[Kind]) -> CsvTable[Kind]:
    records = list(_records(raw))
    columns = tuple(kind.model_fields)
    if len(records) < 2 and _is_torn_header(raw, columns):
        return CsvTable((), 0, raw, 1)
    header = _cells(records[0][1].removeprefix(b"\xef\xbb\xbf"))  # spreadsheets add a mark
    wrong = explain_header(header, older_logs.headers(columns)[-1])
    if wrong:
        raise LogError(f"{path}:1: not {_file_kind(kind)}: {wrong}")
    lines: list[tuple[int, Kind]] = []
    length, line = len(records[0][1]), records[0][0]
    for number, record in records[1:]:
        last = length + len(record) == len(raw)
        try:
            cells = _cells(record)
            if cells:
                lines.append((number, _row(f"{path}:{number}", header, cells, kind)))
        except (LogError, UnicodeDecodeError, csv.Error) as error:
            if last and _may_be_torn(record, header):
                return CsvTable(tuple(lines), length, record, line + 1)
            if isinstance(error, csv.Error):
                raise LogError(f"{path}:{line + 1}: {explain_csv(error)}") from error
            raise
        length, line = length + len(record), number
    return CsvTable(tuple(lines), length, b"", line + 1)


def _records(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """Return each row as it stands in the file, and the line it ends on, from 1."""
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


def _is_torn_header(raw: bytes, columns: tuple[str, ...]) -> bool:
    wholes = [",".join(each).encode() + b"\r\n" for each in older_logs.headers(columns)]
    return raw not in wholes and any(each.startswith(raw.rstrip(b"\0")) for each in wholes)


def _may_be_torn(record: bytes, header: list[str]) -> bool:
    """Whether a last row that is no good was cut off while it was written."""
    if record.count(b'"') % 2:  # within a quoted cell, unless a stray quote took in whole rows
        rest = record.splitlines(keepends=True)[1:]
        return not any(_is_row(line, header) for line in rest)
    return not record.endswith((b"\n", b"\r")) or len(_cells(record)) < len(header)


def _is_row(line: bytes, header: list[str]) -> bool:
    return line.count(b'"') % 2 == 0 and len(line.decode(errors="replace").split(",")) >= len(
        header
    )


def _cells(record: bytes) -> list[str]:
    return next(csv.reader(io.StringIO(record.decode(), newline="")), [])


def _row(place: str, header: list[str], cells: list[str], kind: type[Kind]) -> Kind:
    if len(cells) != len(header):
        raise LogError(f"{place}: {len(header)} cells expected, got {len(cells)}")
    texts = list_text_columns(kind)
    named = {
        column: unescape_formula(cell) if column in texts else cell
        for column, cell in zip(header, cells, strict=True)
    }
    try:
        named = older_logs.complete_cells(named, kind.model_fields)
        return kind.model_validate({column: named[column] for column in kind.model_fields})
    except ValidationError as error:
        raise LogError(f"{place}: {_first(error, named)}") from error
    except ValueError as error:
        raise LogError(f"{place}: {error}") from error


def _first(error: ValidationError, named: dict[str, str]) -> str:
    problem = error.errors(include_url=False)[0]
    column = str(problem["loc"][0])
    got = f"got {named[column]!r:.{MAX_QUOTED_CHARS}}{explain_cell(named[column])}"
    return f"{column}: {describe_wrong_value(problem)}, {got}"
