"""The answer of each row: a share in lambda_g, a class in chose_i, or classes in chosen_1 and 2."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from elicit.log import older_logs
from elicit.log.rows import (
    ANSWERS,
    COLUMNS,
    NAMES_A_CLASS,
    NAMES_CLASSES,
    answer_problem,
    split_classes,
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


_OF_ANSWER = ("chosen_2", "share_2", "excluded")  # blank where nothing was answered
_CELLS = ["paradigm", "class_i", "class_j", "chosen_1", "chosen_2", "share_2", "excluded"]


def find_wrong_classes(columns: Columns, batch: CellBatch) -> list[Violation]:
    """Return the first row whose named classes are not among those offered, for each column.

    Args:
        columns: the batch's columns, typed, without any of `problems`.
        batch: the same rows as text.
    """
    asked = columns["paradigm"].isin(NAMES_CLASSES)
    for name in (*_OF_ANSWER, "class_order"):
        if name in batch.columns and set(batch.columns[name].distinct) != {""}:
            asked |= columns[name].notna() & columns[name].ne("")
    if not asked.any():
        return []
    table = pd.DataFrame({name: columns[name][asked] for name in (*_CELLS, "class_order")})
    once = table.assign(missed=is_missed(columns["missed"][asked])).drop_duplicates()
    found: dict[str, Violation] = {}
    for row, cells in zip(once.index.tolist(), once.to_dict("records"), strict=True):
        for column, must in _list_wrong_classes(cells):
            if column not in found:
                text = batch.columns[column]
                got = text.distinct[text.codes[row]]
                told = f"{column}: must be {must}, got {got!r:.{MAX_QUOTED_CHARS}}"
                found[column] = Violation(row, COLUMNS.index(column), told)
    return list(found.values())


def _list_wrong_classes(cells: dict[Any, Any]) -> Iterator[tuple[str, str]]:
    """Yield the columns of a row with wrong classes, and what they must be."""
    paradigm, missed = cells["paradigm"], cells["missed"]
    blank = {name: cells[name] == "" or pd.isna(cells[name]) for name in _OF_ANSWER}
    if paradigm not in NAMES_CLASSES:
        blank["class_order"] = cells["class_order"] == ""
        for column in (name for name, is_blank in blank.items() if not is_blank):
            yield column, f"blank in {paradigm}, which does not ask for classes out of all"
        return
    for column in (name for name, is_blank in blank.items() if missed and not is_blank):
        yield column, "blank where missed is true"
    offered = split_classes(cells["class_order"])
    if len(set(offered)) < len(offered) or not {cells["class_i"], cells["class_j"]} <= {*offered}:
        yield (
            "class_order",
            f"the classes offered, each once, with {cells['class_i']} and {cells['class_j']} "
            "among them and / between them",
        )
        return
    listed = ", ".join(offered)
    for column in ("chosen_1", "chosen_2"):
        if cells[column] and cells[column] not in offered:
            yield column, f"one of class_order ({listed:.200})"
    excluded = split_classes(cells["excluded"])
    if len(set(excluded)) < len(excluded) or not {*excluded} <= {*offered}:
        yield "excluded", f"of class_order ({listed:.200}), each once, with / between them"
