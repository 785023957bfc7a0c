"""H-Mix's published CSV files, row by row."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from elicit.errors import ElicitError

Cells = dict[str, str]

_PAIR = re.compile(r"([A-Za-z]+)_(\d+)_([A-Za-z]+)_(\d+)(?:\.png)?")


def read_published(folder: Path, file: str, columns: Sequence[str]) -> Iterator[tuple[str, Cells]]:
    """Yield each row of a published table with its place, as an error begins.

    Raises:
        ElicitError: the file is missing, cannot be read, or lacks one of `columns`.
    """
    path = folder / file
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines, restval="")
            missing = [each for each in columns if each not in (reader.fieldnames or ())]
            if missing:
                raise ElicitError(f"{path}:1: not H-Mix's table: no column {', '.join(missing)}")
            for cells in reader:
                yield f"{path}:{reader.line_num}", cells
    except FileNotFoundError as error:
        raise ElicitError(
            f"{path}: no such file; give the folder that holds H-Mix's four CSV files"
        ) from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ElicitError(f"{path}: cannot be read as H-Mix's table: {error}") from error


def pair_of(named: str) -> dict[str, Any]:
    """Return the columns of the pair in a name such as `Bird_9624_Deer_9585`; i comes first.

    Raises:
        ValueError: no such name, or its classes are not in alphabetical order.
    """
    found = _PAIR.fullmatch(named)
    if found is None or found[1] >= found[3]:
        raise ValueError(f"must be CLASS_ID_CLASS_ID, classes in alphabetical order, got {named!r}")
    return {
        "class_i": found[1].lower(),
        "image_i": int(found[2]),
        "class_j": found[3].lower(),
        "image_j": int(found[4]),
    }


def in_trial_order(rows: Sequence[tuple[str, Cells]]) -> Iterator[tuple[int, str, Cells]]:
    """Yield each participant's rows in the order they were answered, numbered from 0."""
    of_participant: defaultdict[str, list[tuple[str, Cells]]] = defaultdict(list)
    for row in rows:
        of_participant[row[1]["subject"]].append(row)
    for answered in of_participant.values():
        ordered = sorted(answered, key=lambda row: _number(row[0], row[1], "trial_index"))
        yield from ((trial, *row) for trial, row in enumerate(ordered))


def _number(place: str, cells: Cells, column: str) -> int:
    if not cells[column].isdecimal():
        raise ElicitError(f"{place}: {column}: must be a whole number, got {cells[column]!r}")
    return int(cells[column])


def milliseconds(cell: str) -> float:
    """Return a cell of milliseconds in seconds, to the microsecond."""
    return round(float(cell) / 1000, 6)
