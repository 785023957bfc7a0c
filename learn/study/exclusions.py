"""The list of exclusions: a CSV file that a person can read, edit and undo."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import pandas as pd

from elicit.errors import ElicitError
from learn.files import csv_text
from stimuli.csv_files import explain_encoding, explain_header, limit_cells, trim_blank_rows
from stimuli.files import read_bytes
from stimuli.formulas import unescape_formula


@dataclass(frozen=True)
class Exclusion:
    """One reason to leave out what a participant answered in one paradigm."""

    participant: str
    paradigm: str
    criterion: str
    value: str  # of the score that the criterion looks at
    limit: str
    reason: str  # in words
    exclude: str = "yes"  # anything but "yes" keeps the participant in


Exclusions = Sequence[Exclusion]
COLUMNS = tuple(field.name for field in fields(Exclusion))


def to_csv(exclusions: Iterable[Exclusion]) -> bytes:
    """Return exclusions.csv: one line a reason."""
    return csv_text([COLUMNS, *map(astuple, exclusions)], "\r\n").encode("utf-8")


def read_exclusions(path: Path, table: pd.DataFrame) -> list[Exclusion]:
    """Return the lines of a list of exclusions, including those that are switched off.

    A line holds if its `exclude` is yes. Only `participant` must be there: without `paradigm`, or
    where it is blank, all that the participant answered is left out; without `exclude`, every
    line holds.

    Args:
        path: exclusions.csv, as `learn qc` writes it and perhaps a person edited it.
        table: the study's rows.

    Raises:
        ElicitError: the file cannot be read, or names whom the study does not have.
    """
    try:
        raw = trim_blank_rows(read_bytes(path))
        with limit_cells():
            text = io.StringIO(raw.decode("utf-8-sig"), newline="")
            # strict: a quote that is not closed would swallow the lines after it
            reader = csv.DictReader(text, restval="", strict=True)
            columns = reader.fieldnames or ()  # none where the file is empty
            lines = [(reader.line_num, cells) for cells in reader]
    except UnicodeDecodeError as error:
        raise ElicitError(f"{path}: not a list of exclusions: {explain_encoding(raw)}") from error
    except (OSError, csv.Error) as error:
        raise ElicitError(f"{path}: cannot be read as a list of exclusions: {error}") from error
    wrong = explain_header(columns, ["participant"])
    if wrong:
        raise ElicitError(f"{path}:1: not a list of exclusions: {wrong}")
    there = set(zip(table["participant"], table["paradigm"], strict=True))
    return [each for line, cells in lines for each in _read_line(f"{path}:{line}", cells, there)]


def _read_line(
    place: str, cells: dict[str, str], there: set[tuple[str, str]]
) -> Iterable[Exclusion]:
    named = {column: unescape_formula((cells.get(column) or "").strip()) for column in COLUMNS}
    named["exclude"] = (cells.get("exclude", "yes") or "").strip().lower()
    if named["exclude"] not in ("yes", "no", ""):
        raise ElicitError(f"{place}: exclude: must be yes or no, got {cells['exclude']!r}")
    who, paradigm = named["participant"], named["paradigm"]
    of_participant = sorted({its for participant, its in there if participant == who})
    if not of_participant:
        raise ElicitError(f"{place}: participant: must be one of the study's, got {who!r}")
    if paradigm and paradigm not in of_participant:
        raise ElicitError(
            f"{place}: paradigm: participant {who} did {', '.join(of_participant)}, "
            f"got {paradigm!r}"
        )
    return [
        Exclusion(**(named | {"paradigm": its}))
        for its in ([paradigm] if paradigm else of_participant)
    ]
