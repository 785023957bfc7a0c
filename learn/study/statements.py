"""Rows that say something else than their file's name or their session's record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from elicit.log.rows import COLUMNS
from elicit.log.statements import OF_SET, SessionStatements, read_statements
from learn.study.cells import CellBatch
from learn.study.columns import Violation


def find_conflicts(
    columns: dict[str, pd.Series[Any]], batch: CellBatch, files: Sequence[Path]
) -> list[Violation]:
    """Return the first row of each column that says something else.

    Args:
        columns: the batch's columns, typed.
        batch: the same rows as text.
        files: which the batch's files index.
    """
    stated = {int(number): read_statements(files[number]) for number in np.unique(batch.files)}
    found = []
    blocks = batch.columns["block"]
    places = batch.files.astype(np.int64) * len(blocks.distinct) + blocks.codes
    for column in (each for each in COLUMNS if each in batch.columns):
        if not any(each.list_columns([column]) for each in stated.values()):
            continue
        cells = batch.columns[column]
        _, firsts = np.unique(places * len(cells.distinct) + cells.codes, return_index=True)
        for row in np.sort(firsts):
            value = columns[column].iloc[row]
            plain = value.item() if isinstance(value, np.generic) else value
            wrong = stated[int(batch.files[row])].find_conflict(
                column, None if pd.isna(value) else plain, columns["block"].iloc[row]
            )
            if wrong is not None:
                found.append(Violation(int(row), COLUMNS.index(column), wrong))
                break
    return [*found, *_find_set_conflicts(columns, batch, stated)]


def _find_set_conflicts(
    columns: dict[str, pd.Series[Any]], batch: CellBatch, stated: Mapping[int, SessionStatements]
) -> Iterator[Violation]:
    """Yield the first row that says something else than the manifest of its block."""
    numbers = [number for number, each in stated.items() if each.of_sets]
    rows = np.flatnonzero(np.isin(batch.files, numbers))
    cells = [columns[name].iloc[rows].astype(object) for name in OF_SET if name in columns]
    if len(rows) == 0 or len(cells) < len(OF_SET):
        return
    values = [[None if pd.isna(value) else value for value in each] for each in cells]
    for row, its in zip(rows.tolist(), zip(*values, strict=True), strict=True):
        said = dict(zip(OF_SET, its, strict=True))
        conflict = stated[int(batch.files[row])].find_set_conflict(said)
        if conflict is not None:
            yield Violation(row, COLUMNS.index(conflict[0]), conflict[1])
            return
