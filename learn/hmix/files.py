"""The rows of H-Mix's CSV files: in the order they were answered, with times in seconds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from elicit.errors import ElicitError
from stimuli.sets.hmix import Cells


def number_trials(rows: Sequence[tuple[str, Cells]]) -> Iterator[tuple[int, str, Cells]]:
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


def to_seconds(cell: str) -> float:
    """Return a cell's milliseconds in seconds, to the microsecond."""
    return round(float(cell) / 1000, 6)
