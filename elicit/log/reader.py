"""The trial log and the files beside it: what their rows say, how they are written and read."""

from __future__ import annotations

import csv
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import ValidationError

from elicit.errors import LogError, TornLineWarning
from elicit.log import older_logs
from elicit.log.records import (
    MARK,
    Tail,
    find_tail,
    name_cells,
    parse_row,
    split_cells,
    split_records,
)
from elicit.log.rows import EventRow, LogRow, PageRow, TrialRow, list_wrong_classes
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
    torn: bytes  # what follows, such as a row that was cut off while it was written
    tail: Tail  # what is the matter with that

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
        told = TornLineWarning(f"{path}:{table.tail.line}: {table.tail.words}")
        warnings.warn(told, stacklevel=2)
    return table


def is_table(path: Path, kind: type[LogRow]) -> bool:
    """Whether a file begins as one of its kind does, or as one that was cut off does.

    Raises:
        OSError: it cannot be read.
    """
    raw = read_bytes(path, MAX_TABLE_BYTES)
    try:
        return not find_tail(raw, kind).length or not _explain(_header(raw), kind)
    except (UnicodeDecodeError, csv.Error):
        return False


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
        conflict = stated.find_set_conflict(row.__dict__) if isinstance(row, TrialRow) else None
        if conflict is not None:
            raise LogError(f"{path}:{line}: {conflict[1]}")


def _file_kind(kind: type[LogRow]) -> str:
    return NAMES.get(kind, "a file of this study")


def _table(path: Path, raw: bytes, kind: type[Kind]) -> CsvTable[Kind]:
    tail = find_tail(raw, kind)
    if not tail.length:
        return CsvTable((), 0, raw, tail)
    _, *records = split_records(raw[: tail.length])
    header = _header(raw)
    wrong = _explain(header, kind)
    if wrong:
        raise LogError(f"{path}:1: not {_file_kind(kind)}: {wrong}")
    lines, line = [], 1
    for number, record in records:
        try:
            cells = split_cells(record)
        except csv.Error as error:
            raise LogError(f"{path}:{line + 1}: {explain_csv(error)}") from error
        if cells:
            lines.append((number, _row(f"{path}:{number}", header, cells, kind)))
        line = number
    return CsvTable(tuple(lines), tail.length, tail.rest, tail)


def _header(raw: bytes) -> list[str]:
    _, first = next(split_records(raw))
    return split_cells(first.removeprefix(MARK))


def _explain(header: Sequence[str], kind: type[LogRow]) -> str:
    return explain_header(header, older_logs.headers(tuple(kind.model_fields))[-1])


def _row(place: str, header: list[str], cells: list[str], kind: type[Kind]) -> Kind:
    if len(cells) != len(header):
        raise LogError(f"{place}: {len(header)} cells expected, got {len(cells)}")
    try:
        named = name_cells(header, cells, kind)
        row = parse_row(named, kind)
    except ValidationError as error:
        raise LogError(f"{place}: {_first(error, named)}") from error
    except ValueError as error:
        raise LogError(f"{place}: {error}") from error
    for column, must in list_wrong_classes(row.__dict__) if isinstance(row, TrialRow) else ():
        told = f"{column}: must be {must}, got {named[column]!r:.{MAX_QUOTED_CHARS}}"
        raise LogError(f"{place}: {told}")
    return row


def _first(error: ValidationError, named: dict[str, str]) -> str:
    problem = error.errors(include_url=False)[0]
    column = str(problem["loc"][0])
    got = f"got {named[column]!r:.{MAX_QUOTED_CHARS}}{explain_cell(column, named[column])}"
    return f"{column}: {describe_wrong_value(problem)}, {got}"
