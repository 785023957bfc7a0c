"""A study's trial logs as one table, every cell checked by the log's own schema."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from elicit.errors import ElicitError, LogError, StudyFolderWarning
from elicit.log.data_folder import find_lost_rows, find_stray_files, list_logs
from elicit.log.rows import COLUMNS
from learn.study import answers, statements
from learn.study.cells import CellBatch, Column, read_batches
from learn.study.columns import Violation, check_cells, read_texts, to_series, to_text_series
from stimuli.mixing import ProcessName

TRIAL = ["participant", "session", "protocol", "trial"]  # what makes a trial one trial


def read_study(logs: Path) -> pd.DataFrame:
    """Return every trial of a study folder, one row a trial, in the order of file names and lines.

    Columns are `elicit.log.COLUMNS`, then any others that the files have (as float64 where every
    cell of it is a number, else text), then `file` and `line`. Text, tuples and their blanks are
    objects (blank: None); numbers are int64 or float64; bools are bool; where a cell may be blank,
    floats are NaN, and ints and bools are of pandas' Int64 and boolean (blank: NA); times are
    datetime64[us, UTC]. Every distinct cell is checked once, by the field of `TrialRow` that is
    its column, and numbers must be finite. A torn last line is set aside, with a TornLineWarning.
    Files beside the logs that are not read, and logs that have lost rows, are named in
    StudyFolderWarnings.

    Args:
        logs: the study folder; its trial logs are data/*_data.csv.

    Raises:
        ElicitError: not a study folder, no answered trial in it, or a trial that is there twice.
        LogError: a cell that is not allowed, or classes that are not in alphabetical order; the
            error names file, line and column.
    """
    _warn_of_stray_files(logs / "data")
    files = list_trial_logs(logs)
    parts = [_typed_batch(batch, files) for batch in read_batches(files)]
    if not sum(len(part) for part in parts):
        raise ElicitError(
            f"{logs / 'data'}: no answered trial in any trial log; run a session first: "
            f"elicit run PROTOCOL --logs {logs}"
        )
    table = pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]
    if len(parts) > 1:
        table = table.sort_values(["_file", "line"], ignore_index=True)
    table = _with_other_columns_typed(table.drop(columns="_file"))
    _check_order_of_classes(table)
    _check_each_once(table)
    _warn_of_lost_rows(table, files)
    return table


def list_trial_logs(logs: Path) -> list[Path]:
    """Return a study folder's trial logs, sorted by name.

    Raises:
        ElicitError: not a study folder, or no trial log in it.
    """
    wanted = "must be a study folder, as elicit run --logs makes it"
    if not logs.is_dir():
        came = "a file" if logs.is_file() else "no such folder"
        raise ElicitError(f"{logs}: {wanted}; got {came}")
    files = list_logs(logs / "data")
    if files:
        return files
    if list_logs(logs):
        raise ElicitError(f"{logs}: {wanted}; got its data folder: give {logs.resolve().parent}")
    raise ElicitError(f"{logs}: {wanted}; no trial log is in it (looked for data/*_data.csv)")


def _warn_of_stray_files(data: Path) -> None:
    strays = find_stray_files(data) if data.is_dir() else []
    for stray in strays:
        if not stray.path.name.endswith("_data.csv"):  # else it is read, whatever it is called
            warnings.warn(StudyFolderWarning(str(stray)), stacklevel=3)


def _warn_of_lost_rows(table: pd.DataFrame, logs: Sequence[Path]) -> None:
    counts = Counter(table["file"])
    for log in logs:
        lost = find_lost_rows(log, counts[str(log)])
        if lost is not None:
            warnings.warn(StudyFolderWarning(lost), stacklevel=3)


def check_one_source(table: pd.DataFrame) -> tuple[str, int]:
    """Return the name of the source and the size of a study's images.

    Raises:
        ElicitError: the rows have several; another study's are mixed in.
    """
    shown = Counter(zip(table["source"], table["image_size"], strict=True))
    if len(shown) > 1:
        each = ", ".join(
            f"{name} of {size} pixels ({n} trials)" for (name, size), n in shown.items()
        )
        raise ElicitError(
            f"source: must be the same in all rows, image_size too; got {each}; "
            "give each its own study folder"
        )
    ((source, size),) = shown
    return str(source), int(size)


def check_one_process(table: pd.DataFrame) -> ProcessName:
    """Return the process that made the images of a study: mixup, cutmix or frames.

    Raises:
        ElicitError: several did; what people see in images of one says nothing of the others.
    """
    made: Counter[ProcessName] = Counter(table["process"])
    if len(made) > 1:
        each = " and ".join(f"{n} of {name}" for name, n in sorted(made.items()))
        options = " or ".join(f"--process {name}" for name in sorted(made))
        raise ElicitError(
            f"process: must be the same in all rows that are pooled; got {each}; choose with "
            f"{options}"
        )
    (process,) = made
    return process


def _typed_batch(batch: CellBatch, files: Sequence[Path]) -> pd.DataFrame:
    columns: dict[str, pd.Series[Any]] = {}
    violations = []
    for order, name in enumerate(COLUMNS):
        column = batch.columns.get(name) or Column(np.zeros_like(batch.lines, np.int32), [""])
        values = check_cells(column, order)
        if isinstance(values, Violation):
            violations.append(values)
        elif not violations:
            columns[name] = to_series(values, column.codes)
    if not violations:
        violations += answers.add_classes(columns, batch) if batch.is_older else []
    if not violations:
        violations += answers.problems(columns, batch)
    if not violations:
        violations += answers.find_wrong_classes(columns, batch)
    if not violations:
        violations += statements.find_conflicts(columns, batch, files)
    if violations:
        first = min(violations)
        place = f"{files[batch.files[first.row]]}:{batch.lines[first.row]}"
        raise LogError(f"{place}: {first.told}")
    for name in batch.columns.keys() - columns.keys():
        column = batch.columns[name]
        columns[name] = to_text_series(read_texts(column), column.codes)
    names = [str(path) for path in files]
    others = [name for name in batch.columns if name not in COLUMNS]
    return pd.DataFrame(
        {
            **{name: columns[name] for name in (*COLUMNS, *others)},
            "file": to_text_series(names, batch.files),
            "line": batch.lines,
            "_file": batch.files,
        }
    )


def _with_other_columns_typed(table: pd.DataFrame) -> pd.DataFrame:
    others = [name for name in table.columns if name not in {*COLUMNS, "file", "line"}]
    for name in others:
        cells = table[name].astype(object)
        numbers = pd.to_numeric(cells, errors="coerce")
        if (numbers.notna() | cells.isna()).all():
            table[name] = numbers.astype(np.float64)
    return table[[*COLUMNS, *others, "file", "line"]]


def _check_order_of_classes(table: pd.DataFrame) -> None:
    """Raise LogError where class i is not the alphabetically first one, as in every set."""
    wrong = (table["class_i"] >= table["class_j"]).to_numpy()
    if wrong.any():
        row = table.iloc[int(wrong.argmax())]
        raise LogError(
            f"{row['file']}:{row['line']}: class_j: must come after class_i, {row['class_i']!r}, "
            f"in the alphabet, got {row['class_j']!r}"
        )


def _check_each_once(table: pd.DataFrame) -> None:
    again = table.duplicated(TRIAL).to_numpy()
    if again.any():
        row = table.iloc[int(again.argmax())]
        first = table[(table[TRIAL] == row[TRIAL]).all(axis=1)].iloc[0]
        raise ElicitError(
            f"{row['file']}:{row['line']}: trial {row['trial']} of participant "
            f"{row['participant']}, session {row['session']}, is in {first['file']}:"
            f"{first['line']} too; keep one of the two, so it counts once"
        )
