"""A few columns of a CSV file, read several times as fast as its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import ConfigDict, TypeAdapter, ValidationError

from elicit.errors import LogError
from elicit.log.reader import read_table
from elicit.log.records import find_tail
from elicit.log.rows import (
    ANSWERS,
    OF_NAMED_CLASSES,
    OF_PROCESS,
    LogRow,
    TrialRow,
    answer_problem,
    image_problem,
    list_text_columns,
    list_wrong_classes,
)
from elicit.log.statements import OF_SET, read_statements
from stimuli.files import MAX_TABLE_BYTES, read_bytes
from stimuli.formulas import unescape_formula

OF_CLASSES = ("paradigm", "missed", "class_i", "class_j", "chosen_1", *OF_NAMED_CLASSES)
MAX_REMEMBERED = 2048  # cells of a column that were checked, of all files together


def read_columns(path: Path, kind: type[LogRow], names: Sequence[str]) -> dict[str, list[Any]]:
    """Return some columns of a file whose every cell is checked, as `reader.read_table` does.

    Each distinct cell is checked once. A file that is not plain, or has anything that is not
    allowed, goes through `read_table`, so that both say the same of every file.

    Args:
        path: the file.
        kind: what its rows are.
        names: of the columns.

    Returns:
        The values of each column, one a row; a torn end is left out.

    Raises:
        LogError: naming the file, the line and the column that is wrong.
    """
    try:
        raw = read_bytes(path, MAX_TABLE_BYTES)
    except OSError as error:
        raise LogError(f"{path}: cannot be read: {error.strerror}") from error
    columns = _plain_columns(path, raw, kind, names)
    if columns is not None:
        return columns
    rows = read_table(path, kind, warn=False).rows
    return {name: [getattr(row, name) for row in rows] for name in names}


@cache
def cell_checker(
    kind: type[LogRow], name: str, *, allow_inf_nan: bool = True
) -> TypeAdapter[list[Any]]:
    """Return what checks a list of a column's cells, exactly as a row of that kind checks one.

    Args:
        kind: of row.
        name: of the column.
        allow_inf_nan: whether a number may be infinite or none, where the column does not say.
    """
    its = kind.model_fields[name]
    cell: Any = Annotated[(its.annotation, *its.metadata)] if its.metadata else its.annotation
    return TypeAdapter(list[cell], config=ConfigDict(allow_inf_nan=allow_inf_nan))


def _plain_columns(
    path: Path, raw: bytes, kind: type[LogRow], names: Sequence[str]
) -> dict[str, list[Any]] | None:
    """Return some columns of a file without quotes or faults; None of any other."""
    lines = raw.count(b"\n")
    if b'"' in raw or not raw.endswith(b"\r\n") or find_tail(raw, kind).rest:
        return None
    if not raw.count(b"\r") == lines == raw.count(b"\r\n"):
        return None
    header = tuple(kind.model_fields)
    try:
        first, *rows = [line.split(",") for line in raw.decode()[:-2].split("\r\n")]
    except UnicodeDecodeError:
        return None
    if tuple(first) != header or any(len(row) != len(header) for row in rows):
        return None
    columns = dict(zip(header, zip(*rows, strict=True), strict=True)) if rows else {}
    try:
        values = {name: _check(kind, name, cells) for name, cells in columns.items()}
    except ValidationError:
        return None
    if kind is TrialRow and rows and not (_are_answers(columns) and _are_images(columns)):
        return None
    if kind is TrialRow and rows and not _are_classes(columns, values):
        return None
    if rows and not _agree(path, kind, columns, values):
        return None
    return {name: [values[name][cell] for cell in columns.get(name, ())] for name in names}


def _are_classes(
    columns: Mapping[str, Sequence[str]], values: Mapping[str, Mapping[str, Any]]
) -> bool:
    """Whether the classes of each trial are among those that it offered."""
    rows = set(zip(*(columns[name] for name in OF_CLASSES), strict=True))
    return not any(
        any(
            list_wrong_classes(
                {name: values[name][cell] for name, cell in zip(OF_CLASSES, row, strict=True)}
            )
        )
        for row in rows
    )


def _agree(
    path: Path,
    kind: type[LogRow],
    columns: Mapping[str, Sequence[str]],
    values: Mapping[str, Mapping[str, Any]],
) -> bool:
    """Whether the rows say what the file's name and the session's record state of them."""
    stated = read_statements(path)
    for name in stated.list_columns(list(columns)):
        blocks = columns.get("block", [None] * len(columns[name]))
        for block, cell in set(zip(blocks, columns[name], strict=True)):
            of = None if block is None else values["block"][block]
            if stated.find_conflict(name, values[name][cell], of) is not None:
                return False
    if not stated.of_sets or kind is not TrialRow:
        return True
    rows = set(zip(*(columns[name] for name in OF_SET), strict=True))
    return not any(
        stated.find_set_conflict(
            {name: values[name][cell] for name, cell in zip(OF_SET, row, strict=True)}
        )
        for row in rows
    )


def _check(kind: type[LogRow], name: str, cells: Sequence[str]) -> dict[str, Any]:
    """Return the value of each cell, and of others.

    Raises:
        ValidationError: one is not allowed.
    """
    known = _known(kind, name)
    new = [cell for cell in set(cells) if cell not in known]
    if not new:
        return known
    texts = name in list_text_columns(kind)
    read = [unescape_formula(cell) for cell in new] if texts else new
    checked = dict(zip(new, cell_checker(kind, name).validate_python(read), strict=True))
    if len(known) + len(new) > MAX_REMEMBERED:
        return {cell: known[cell] for cell in set(cells) if cell in known} | checked
    known |= checked
    return known


@cache
def _known(_kind: type[LogRow], _name: str) -> dict[str, Any]:
    """Return the values of a column's cells that were checked before, to be added to."""
    return {}


def _are_answers(columns: Mapping[str, Sequence[str]]) -> bool:
    """Whether each trial has exactly the answer that its paradigm asks for."""
    return not any(
        answer_problem(paradigm, column, blank=not cell, missed=missed == "true")
        for column in ANSWERS
        for paradigm, cell, missed in set(
            zip(columns["paradigm"], columns[column], columns["missed"], strict=True)
        )
    )


def _are_images(columns: Mapping[str, Sequence[str]]) -> bool:
    """Whether each trial has what its process states of the image judged, and nothing else."""
    return not any(
        image_problem(process or "mixup", column, blank=not cell, judged=bool(lambda_f))
        for column in OF_PROCESS
        for process, cell, lambda_f in set(
            zip(columns["process"], columns[column], columns["lambda_f"], strict=True)
        )
    )
