"""The answer of each row: a share in lambda_g, or a class named in chose_i, never both."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from elicit.log import older_logs
from elicit.log.rows import ANSWERS, COLUMNS, NAMES_A_CLASS, answer_problem
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
