"""The answer of each row: a share in lambda_g, a class in chose_i, or classes in chosen_1 and 2."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from elicit.log import older_logs
from elicit.log.rows import (
    ANSWERS,
    COLUMNS,
    NAMES_A_CLASS,
    NAMES_CLASSES,
    OF_NAMED_CLASSES,
    answer_problem,
    list_wrong_classes,
)
from learn.files import MAX_QUOTED_CHARS
from learn.study.cells import CellBatch
from learn.study.columns import Violation

Columns = dict[str, "pd.Series[Any]"]


def add_classes(columns: Columns, batch: CellBatch) -> list[Violation]:
    """Give an older log's rows `chose_i`, from the lambda_g 1 or 0 that names a class there.

    Args:
        columns: the batch's columns, typed; `chose_i` is added, and lambda_g blank beside it.
        batch: the same rows as text.

    Returns:
        The first row that names a class by anything else, if there is one.
    """
    named = columns["paradigm"].isin(NAMES_A_CLASS).to_numpy()
    share = columns["lambda_g"].to_numpy(np.float64)
    wrong = named & ~np.isin(share, [0.0, 1.0])
    if wrong.any():
        row = int(wrong.argmax())
        cells = batch.columns["lambda_g"]
        told = older_logs.wrong_class(
            str(columns["paradigm"].iloc[row]), cells.distinct[cells.codes[row]]
        )
        return [Violation(row, COLUMNS.index("lambda_g"), told)]
    columns["chose_i"] = pd.Series(pd.array(share == 1.0, dtype="boolean")).mask(~named)
    columns["lambda_g"] = columns["lambda_g"].mask(named)
    return []


def is_missed(missed: pd.Series[Any]) -> pd.Series[bool]:
    """Return (N,) whether each trial's deadline passed without an answer."""
    return missed.astype("boolean").fillna(value=False).astype(bool)


def problems(columns: Columns, batch: CellBatch) -> list[Violation]:
    """Return the first row that has both kinds of answer, none, or the other paradigm's.

    A missed trial has none.

    Args:
        columns: the batch's columns, typed.
        batch: the same rows as text.
    """
    if not columns.keys() >= {"paradigm", "missed", *ANSWERS}:
        return []
    found = []
    missed = is_missed(columns["missed"])
    for column in ANSWERS:
        blank = columns[column].isna() | columns[column].eq("").astype("boolean").fillna(False)
        kinds = [columns["paradigm"], blank, missed]
        for (paradigm, is_blank, is_late), its in blank.groupby(kinds):
            problem = answer_problem(
                str(paradigm), column, blank=bool(is_blank), missed=bool(is_late)
            )
            if problem:
                row = int(its.index[0])
                cells = batch.columns.get(column)
                got = "" if cells is None else cells.distinct[cells.codes[row]]
                told = f"{column}: {problem}, got {got!r}"
                found.append(Violation(row, COLUMNS.index(column), told))
    return found


_NAMED = ["paradigm", "class_i", "class_j", "chosen_1", "chosen_2", "share_2", "excluded"]


def find_wrong_classes(columns: Columns, batch: CellBatch) -> list[Violation]:
    """Return the first row whose named classes are not among those offered, for each column.

    Args:
        columns: the batch's columns, typed, without any of `problems`.
        batch: the same rows as text.
    """
    asked = columns["paradigm"].isin(NAMES_CLASSES)
    for name in OF_NAMED_CLASSES:
        if name in batch.columns and set(batch.columns[name].distinct) != {""}:
            asked |= columns[name].notna() & columns[name].ne("")
    if not asked.any():
        return []
    table = pd.DataFrame({name: columns[name][asked] for name in (*_NAMED, "class_order")})
    once = table.assign(missed=is_missed(columns["missed"][asked])).drop_duplicates()
    found: dict[str, Violation] = {}
    for row, cells in zip(once.index.tolist(), once.to_dict("records"), strict=True):
        for column, must in list_wrong_classes({str(key): cell for key, cell in cells.items()}):
            if column not in found:
                text = batch.columns[column]
                got = text.distinct[text.codes[row]]
                told = f"{column}: must be {must}, got {got!r:.{MAX_QUOTED_CHARS}}"
                found[column] = Violation(row, COLUMNS.index(column), told)
    return list(found.values())
