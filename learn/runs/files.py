"""The names of a run folder's files, and JSON as they hold it; read without torch."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, RootModel, ValidationError

from elicit.errors import ElicitError
from learn.files import describe_wrong_value, load_json
from stimuli.files import MAX_TABLE_BYTES, read_text

RECORD, METRICS, RESULT, CHECKPOINT = "run.json", "metrics.csv", "result.json", "checkpoint.pt"
HOLDOUT = "holdout.csv"  # a row an image of the holdout, what the network made of it
BLENDS = "held_out_blends.csv"  # a row a held-out blend, what people and the network saw in it
LOCK = "running.lock"


class RunRecord(BaseModel):
    """What a run's record says that others read; an older one lacks some of it."""

    model_config = ConfigDict(extra="allow")

    status: str = ""
    settings: dict[str, Any] = {}
    sha256: dict[str, str] = {}
    processes: int = 1
    machine: dict[str, Any] = {}
    commit: str = ""
    started_utc: str = ""
    training_images: int | None = None
    blends: int = 0
    blends_dropped: int = 0
    holdout_images: int | None = None
    blends_held_out: int = 0


class RunMeasures(RootModel[dict[str, float | None]]):
    """The final measures of a run."""


ModelT = TypeVar("ModelT", bound=BaseModel)


def read_json(path: Path) -> dict[str, Any]:
    """Return the object in a JSON file.

    Raises:
        ElicitError: there is none.
    """
    try:
        return load_json(path)
    except OSError as error:  # it may be whole, on a disk that does not answer now
        raise ElicitError(f"{path}: cannot be read: {error.strerror}; see to that first") from error
    except ValueError as error:
        raise ElicitError(f"{path}: cannot be read: {error}; delete the run folder") from error


def read_record(path: Path) -> dict[str, Any]:
    """Return what a run's record says; what has no place in `RunRecord` too.

    Raises:
        ElicitError: it cannot be read, or a key is not what it should be.
    """
    return _check(path, RunRecord, read_json(path)).model_dump(exclude_unset=True)


def read_measures(path: Path) -> dict[str, float | None]:
    """Return a run's final measures, None where one could not be taken.

    Raises:
        ElicitError: it cannot be read, or a measure is no number.
    """
    return _check(path, RunMeasures, read_json(path)).root


def read_metrics(path: Path) -> list[dict[str, str]]:
    """Return the rows of metrics.csv, one an epoch: numbers, or blanks, by name.

    Raises:
        ElicitError: it cannot be read, or a cell is no number.
    """
    try:
        text = io.StringIO(read_text(path, MAX_TABLE_BYTES), newline="")
        rows = list(csv.DictReader(text, restval=""))
        for number, row in enumerate(rows, start=2):
            _check_numbers(number, row)
    except OSError as error:  # it may be whole, on a disk that does not answer now
        raise ElicitError(f"{path}: cannot be read: {error.strerror}; see to that first") from error
    except (ValueError, csv.Error) as error:  # of UTF-8, too
        raise ElicitError(
            f"{path}: cannot be read: {error}; delete it to go on without its rows"
        ) from error
    return rows


def _check_numbers(line: int, row: Mapping[str | None, Any]) -> None:
    """Raise ValueError unless a row has numbers, or blanks, under each name of the header."""
    if None in row:
        raise ValueError(f"line {line}: has more cells than the header")
    for name, cell in row.items():
        try:
            float(cell or "nan")
        except ValueError:
            raise ValueError(f"line {line}: {name}: must be a number, got {cell[:60]!r}") from None


def _check(path: Path, kind: type[ModelT], content: dict[str, Any]) -> ModelT:
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        key = ".".join(map(str, problem["loc"]))
        wrong = f"{key}: {describe_wrong_value(problem)}, got {str(problem['input'])[:60]!r}"
        raise ElicitError(f"{path}: {wrong}; delete the run folder") from error


def to_json(content: Mapping[str, Any]) -> bytes:
    """Return an object as JSON that a person can read; what is no finite number becomes null."""
    clean = {
        k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in content.items()
    }
    return (json.dumps(clean, indent=2, ensure_ascii=False) + "\n").encode("utf-8")
