"""Logs from before some columns were added: how they are read, and written further.

A column that a log lacks is blank in all its rows. From before `chose_i`, a Discriminate row has
lambda_g 1 or 0. Events from before they held what the other files need hold acts alone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from elicit.log.rows import NAMES_A_CLASS, ROW_NUMBER

LACKS = "chose_i"  # the column without which a class is named in lambda_g
TIMED = (
    *("interval_s", "exposure_ms", "exposure_frames", "exposure_dropped_frames"),
    *("restarts", "missed", "missed_before", "too_fast"),
)
ENDS = ("item", "answer", "lambda_f", "at_utc", "dropped_frames", "resumed", ROW_NUMBER)
MARKERS = ("marker", "marker_s")
PROCESS = ("process", "box", "fingerprint_shown")  # from before them, every image is of mixup
SIDES = ("side_px", "side_deg")
CLASSES = ("chosen_1", "share_1", "chosen_2", "share_2", "excluded", "class_order")
# Columns that came later, those of one file together, the first ones first.
ADDED = (
    *((LACKS,), ("pauses", "paused_s"), ("confidence_of",), TIMED, ENDS, SIDES),
    *(("practice_round",), MARKERS, CLASSES, PROCESS),
)


def headers(columns: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the headers that a file of these columns may have, the newest first."""
    found = [tuple(columns)]
    for added in reversed(list_added(columns)):
        found.append(tuple(column for column in found[-1] if column not in added))
    return found


def list_added(columns: Collection[str]) -> list[tuple[str, ...]]:
    """Return those of a file's columns that came later, the first ones first."""
    return [added for added in ADDED if set(added) <= set(columns)]


def complete_cells(cells: Mapping[str, str], columns: Collection[str]) -> dict[str, str]:
    """Return the cells of a row, by column, with those of `columns` that its log is too old for.

    Raises:
        ValueError: a class named that is neither 1 nor 0, with the words to say so.
    """
    lacking = [name for added in list_added(columns) for name in added if name not in cells]
    whole = {**dict.fromkeys(lacking, ""), **cells}
    return read_cells(whole) if LACKS in lacking and "lambda_g" in cells else whole


def is_older(header: Sequence[str]) -> bool:
    """Whether this is the header of a trial log from before `chose_i`."""
    return "lambda_g" in header and LACKS not in header


def read_cells(cells: Mapping[str, str]) -> dict[str, str]:
    """Return the cells of a row from before `chose_i`, by column, with that column.

    Raises:
        ValueError: a class named that is neither 1 nor 0, with the words to say so.
    """
    if cells["paradigm"] not in NAMES_A_CLASS:
        return {**cells, LACKS: ""}
    named_i = is_class_i(cells["lambda_g"])
    if named_i is None:
        raise ValueError(wrong_class(cells["paradigm"], cells["lambda_g"]))
    return {**cells, "lambda_g": "", LACKS: "true" if named_i else "false"}


def is_class_i(lambda_g: str) -> bool | None:
    """Return whether an older row's cell names class i; None where it names no class."""
    try:
        return {1.0: True, 0.0: False}.get(float(lambda_g))
    except ValueError:
        return None


def wrong_class(paradigm: str, lambda_g: str) -> str:
    """Return what is wrong with an older row that names no class."""
    return (
        f"lambda_g: must be 1 or 0 in {paradigm}, in a log without the column {LACKS}, "
        f"got {lambda_g!r}"
    )


def values_for(header: Sequence[str], values: Mapping[str, Any]) -> list[Any]:
    """Return a row's values in the order of the header of an existing file.

    A column that is no field stays blank; an older log gets the class named in lambda_g.
    """
    named_i = values.get(LACKS)
    if is_older(header) and named_i is not None:
        values = {**values, "lambda_g": float(named_i)}
    return [values.get(column) for column in header]
