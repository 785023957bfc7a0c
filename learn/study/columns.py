"""The cells of a trial log's columns as values, each distinct cell checked once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_origin

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import AwareDatetime, ValidationError

from elicit.log.columns import cell_checker
from elicit.log.rows import COLUMNS, TrialRow, list_text_columns
from learn.files import MAX_QUOTED_CHARS, describe_wrong_value
from learn.study.cells import Column
from stimuli.csv_files import CELL_TOO_LONG, MAX_CELL_CHARS, explain_cell
from stimuli.formulas import unescape_formula

_TOO_LARGE = (OverflowError, pd.errors.OutOfBoundsDatetime)
_INT64 = np.iinfo(np.int64)


class Violation(NamedTuple):
    """A row with a cell that is not allowed."""

    row: int  # of the batch; the first one sorts first
    order: int  # of the column
    told: str


def check_cells(column: Column, order: int) -> Any:
    """Return an array of the distinct cells' values, or the first `Violation`."""
    name = COLUMNS[order]
    long = [place for place, cell in enumerate(column.distinct) if len(cell) > MAX_CELL_CHARS]
    if long:
        return Violation(int(np.isin(column.codes, long).argmax()), order, CELL_TOO_LONG)
    cells = read_texts(column) if name in list_text_columns(TrialRow) else column.distinct
    try:
        values = cell_checker(TrialRow, name, allow_inf_nan=False).validate_python(cells)
        return _convert(name, values)
    except ValidationError as error:
        found = error.errors(include_url=False)
        wrong = {int(each["loc"][0]): describe_wrong_value(each) for each in reversed(found)}
    except _TOO_LARGE:
        wrong = _too_large(COLUMNS[order], values)
    row = int(np.isin(column.codes, list(wrong)).argmax())
    cell = int(column.codes[row])
    told = f"{COLUMNS[order]}: {wrong[cell]}, got {column.distinct[cell]!r:.{MAX_QUOTED_CHARS}}"
    told += explain_cell(name, column.distinct[cell])
    return Violation(row, order, told)


def _too_large(name: str, values: Sequence[Any]) -> dict[int, str]:
    told = "must be a number that a computer can count with"
    return {place: told for place, value in enumerate(values) if not _fits(name, value)}


def _fits(name: str, value: Any) -> bool:
    try:
        _convert(name, [value])
    except _TOO_LARGE:
        return False
    return True


@cache
def _kind(name: str) -> tuple[type, bool]:
    """Return a column's type, and whether its cells may be blank."""
    plain = _plain_types(TrialRow.model_fields[name].annotation)
    (kind,) = plain - {type(None)}
    return kind, type(None) in plain


def _plain_types(annotation: Any) -> set[type]:
    if annotation is AwareDatetime:
        return {datetime}
    if isinstance(annotation, type) and get_origin(annotation) is None:
        return {annotation}
    if get_origin(annotation) is tuple:
        return {tuple}
    if get_origin(annotation) is Literal:
        return {type(each) for each in get_args(annotation)}
    if get_origin(annotation) is Annotated:
        return _plain_types(get_args(annotation)[0])
    return set().union(*(_plain_types(each) for each in get_args(annotation)))


def _convert(name: str, values: Sequence[Any]) -> Any:
    """Return a column's values as an array of its dtype."""
    kind, blank = _kind(name)
    if kind is float:
        return np.array([np.nan if value is None else value for value in values], np.float64)
    if kind in (int, bool) and blank:
        if any(not _INT64.min <= value <= _INT64.max for value in values if value is not None):
            raise OverflowError
        return pd.array(list(values), dtype="Int64" if kind is int else "boolean")
    if kind in (int, bool):
        return np.array(values, np.int64 if kind is int else np.bool_)
    if kind is datetime:
        times = pd.Series(list(values), dtype=object)
        return pd.to_datetime(times, utc=True).dt.as_unit("us").array
    return _objects(values)


def _objects(values: Sequence[Any]) -> NDArray[Any]:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def to_series(values: Any, codes: NDArray[Any]) -> pd.Series[Any]:
    """Return a column's cells (N,) from its distinct values and codes (N,) into them."""
    return pd.Series(values.take(codes), dtype=object if values.dtype == object else None)


def read_texts(column: Column) -> list[str]:
    """Return the distinct texts of a column's cells, which no spreadsheet runs."""
    return [unescape_formula(cell) for cell in column.distinct]


def to_text_series(distinct: Sequence[str], codes: NDArray[Any]) -> pd.Series[Any]:
    """Return a column of text, None where it is blank."""
    return to_series(_objects([each or None for each in distinct]), codes)
