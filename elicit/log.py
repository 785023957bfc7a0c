"""The trial log: its schema, its writers and its reader; the only place that knows columns."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Annotated, Any

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from elicit.errors import LogError
from elicit.fields import FINGERPRINT, NAME, PARTICIPANT, Unit
from elicit.trial import Choose, Closed, Confirm, Focus, Jump, Leave, Slide, Step, Timed

Place = Annotated[int, Field(ge=0, le=100)]
Count = Annotated[int, Field(ge=0)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Blank = BeforeValidator(lambda value: None if value == "" else value)


def _numbers(cell: Any) -> Any:
    return tuple(cell.split()) if isinstance(cell, str) else cell


class TrialRow(BaseModel):
    """One answered trial, one CSV row; columns are the fields, in this order."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    participant: str = Field(pattern=PARTICIPANT, description="Pseudonym of the participant")
    session: int = Field(ge=1, description="Visit of the participant, from 1")
    protocol: str = Field(pattern=NAME, description="Name of the protocol")
    protocol_sha256: Annotated[Sha256 | None, Blank] = Field(
        description="SHA-256 of the protocol's file; blank where there was none"
    )
    allocation: Annotated[Count | None, Blank] = Field(
        description="Place in the counterbalancing order, from 0; blank where not known"
    )
    block: str = Field(min_length=1, description="Name of the block")
    batch: int = Field(ge=0, description="Batch of the block's stimulus set, from 0")
    trial: int = Field(ge=0, description="Trial within the session, from 0")
    paradigm: str = Field(min_length=1, description="How the question was put")
    practice: bool = Field(description="Whether the trial was practice")
    repeat: bool = Field(description="Whether the pair came before in this block")
    simulated: bool = Field(description="Whether a program answered instead of a person")
    source: str = Field(min_length=1, description="Where the endpoint images come from")
    image_size: int = Field(ge=1, description="Side of the images, in source pixels")
    class_i: str = Field(min_length=1, description="Class of endpoint i")
    image_i: int = Field(ge=0, description="Id of endpoint i in the source")
    fingerprint_i: str = Field(
        pattern=FINGERPRINT, description="First 16 hex digits of SHA-256 of image i's pixels"
    )
    class_j: str = Field(min_length=1, description="Class of endpoint j")
    image_j: int = Field(ge=0, description="Id of endpoint j in the source")
    fingerprint_j: str = Field(
        pattern=FINGERPRINT, description="First 16 hex digits of SHA-256 of image j's pixels"
    )
    lambda_f: Unit = Field(description="Share of image i in the image judged, 0 to 1")
    lambda_g: Unit = Field(description="Share of class i that the participant saw in it, 0 to 1")
    omega: Annotated[Unit | None, Blank] = Field(
        description="Confidence, 0 to 1; blank where not asked"
    )
    start_value: Annotated[Unit | None, Blank] = Field(
        description="lambda_f shown first; Construct only"
    )
    order_shown: Annotated[tuple[Unit, ...] | None, BeforeValidator(_numbers), Blank] = Field(
        description="lambda_f of each image on screen in reading order; Select-Shuffled only"
    )
    mirrored: Annotated[bool | None, Blank] = Field(
        description="Whether class i stood on the right; blank where no side had a class"
    )
    position: Annotated[Place | None, Blank] = Field(
        description="Raw place of the mixing slider, 0 (left) to 100 (right); Infer only"
    )
    confidence_position: Annotated[Place | None, Blank] = Field(
        description="Raw place of the confidence slider, 0 (left) to 100 (right); Infer only"
    )
    position_touched: Annotated[bool | None, Blank] = Field(
        description="Whether the mixing slider was moved; Infer only"
    )
    confidence_touched: Annotated[bool | None, Blank] = Field(
        description="Whether the confidence slider was moved; Infer only"
    )
    steps: Annotated[Count | None, Blank] = Field(
        description="Acts that moved something; blank where not recorded"
    )
    rt_s: float = Field(gt=0, description="Response time in seconds, from the flip with the trial")
    onset_utc: Annotated[AwareDatetime | None, Blank] = Field(
        description="When the trial appeared, UTC, ISO 8601; blank where not recorded"
    )
    dropped_frames: Annotated[Count | None, Blank] = Field(
        description="Frames that came late during the trial; blank where not recorded"
    )
    resumed: bool = Field(description="Whether the session was interrupted before this trial")


class EventRow(BaseModel):
    """One thing a participant did in a trial."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    trial: int = Field(ge=0, description="Trial within the session, from 0")
    at_s: float = Field(description="Seconds from the flip that showed the trial")
    cause: str = Field(description="The key, or the pointer's act")
    event: str = Field(description="What it meant to the trial; blank where nothing")
    value: Annotated[int | None, Blank] = Field(description="How far, which one, or where to")
    slider: Annotated[int | None, Blank] = Field(description="Which slider, from the top")
    counted: bool = Field(
        description="Whether the trial took it: not what means nothing, is before or after"
    )


COLUMNS = tuple(TrialRow.model_fields)
EVENT_COLUMNS = tuple(EventRow.model_fields)


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case tuple():
            return " ".join(repr(each) for each in value)
        case datetime():
            return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        case _:
            return str(value)


class Writer:
    """A CSV file that is made once, never overwritten, and on disk after every call."""

    def __init__(self, path: Path, columns: tuple[str, ...]) -> None:
        """Make the file with its header.

        Raises:
            FileExistsError: the file is there already.
        """
        self.path = path
        self.rows = 0
        self._file: IO[str] = path.open("x", encoding="utf-8", newline="")
        self._csv = csv.writer(self._file, lineterminator="\r\n")
        self._csv.writerow(columns)
        self._sync()

    def append(self, *rows: BaseModel) -> None:
        """Write rows and wait until they are on disk."""
        for row in rows:
            self._csv.writerow([_cell(value) for _, value in row])
            self.rows += 1
        self._sync()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _sync(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())


def event_row(trial: int, onset: float, timed: Timed, counted: bool) -> EventRow:
    """Return what `timed` looks like in the events file.

    Args:
        trial: number of the trial.
        onset: seconds on the view's clock of the flip that showed the trial.
        timed: what was done, and when.
        counted: whether the trial took it.
    """
    value: int | None = None
    slider: int | None = None
    match timed.event:
        case Step(number) | Jump(number) | Focus(number) | Choose(number):
            value = number
        case Slide(which, place):
            slider, value = which, place
        case Confirm() | Leave() | Closed() | None:
            pass
    return EventRow(
        trial=trial,
        at_s=round(timed.at - onset, 6),
        cause=timed.cause,
        event="" if timed.event is None else type(timed.event).__name__.lower(),
        value=value,
        slider=slider,
        counted=counted,
    )


def read(path: Path) -> list[TrialRow]:
    """Return the rows of one trial log, checked.

    Raises:
        LogError: naming the file, the line and the column that is wrong.
    """
    return [row for _, row in read_lines(path)]


def read_lines(path: Path) -> list[tuple[int, TrialRow]]:
    """Return the rows of one trial log, checked, each with the line of the file it ends on.

    Raises:
        LogError: naming the file, the line and the column that is wrong.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:  # spreadsheets add a mark
            return list(_rows(path, csv.reader(file)))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise LogError(f"{path}: cannot be read as a trial log: {error}") from error


def _rows(path: Path, lines: Any) -> Iterator[tuple[int, TrialRow]]:
    header: list[str] = next(lines, [])
    missing = [column for column in COLUMNS if column not in header]
    if missing:
        raise LogError(f"{path}:1: not a trial log: no column {', '.join(missing)}")
    for cells in lines:
        if len(cells) != len(header):
            raise LogError(
                f"{path}:{lines.line_num}: {len(header)} cells expected, got {len(cells)}"
            )
        named = dict(zip(header, cells, strict=True))
        try:
            row = TrialRow.model_validate({column: named[column] for column in COLUMNS})
        except ValidationError as error:
            raise LogError(f"{path}:{lines.line_num}: {_first(error, named)}") from error
        yield lines.line_num, row


def _first(error: ValidationError, named: dict[str, str]) -> str:
    problem = error.errors(include_url=False, include_context=False)[0]
    column = str(problem["loc"][0])
    return f"{column}: {problem['msg']}, got {named[column]!r}"


def description(name: str) -> str:
    """Return a study's Psych-DS metadata, as JSON-LD text: every column declared.

    Args:
        name: what the study is called.
    """
    measured = [
        {"@type": "PropertyValue", "name": column, "description": field.description}
        for column, field in TrialRow.model_fields.items()
    ]
    return json.dumps(
        {
            "@context": "https://schema.org",
            "@type": "Dataset",
            "name": name,
            "description": "Judgements of mixed images, one CSV row a trial.",
            "variableMeasured": measured,
        },
        indent=2,
    )
