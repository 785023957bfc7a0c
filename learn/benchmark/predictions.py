"""Predictions of held-out judgements, as somebody wrote them to a CSV file."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from elicit.errors import ElicitError
from learn.arrays import Codes, Numbers
from learn.benchmark.splits import FOLDS, SPLITS
from learn.files import describe_wrong_value
from learn.study.judgements import JudgementArrays
from stimuli.csv_files import (
    explain_csv,
    explain_encoding,
    explain_header,
    limit_cells,
    trim_blank_rows,
)
from stimuli.files import MAX_TABLE_BYTES, read_bytes
from stimuli.limits import MAX_IMAGE_ID

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
ImageId = Annotated[int, Field(ge=0, le=MAX_IMAGE_ID)]
_NEEDED = ("split", "fold", "image_i", "image_j", "lambda_f", "lambda_g")


Key = tuple[str, int, int, int, float, str]


def _name_mix(i: int, j: int, share: float) -> tuple[int, int, float]:
    """Return a mix as it is looked up: the same however its images stand."""
    return (j, i, round(1 - share, 6)) if i > j else (i, j, round(share, 6))


class Prediction(BaseModel):
    """One row: what a predictor says that people see in a mix.

    `participant` names the rater, for a predictor that knows who they are; blank for any rater.
    Images may stand in either order: as j and i, with 1 - lambda_f and 1 - lambda_g, it is the same
    mix.
    """

    model_config = ConfigDict(frozen=True)

    split: Literal["participants", "images"]
    fold: Annotated[int, Field(ge=0, lt=FOLDS)]
    image_i: ImageId
    image_j: ImageId
    lambda_f: Share
    lambda_g: Share
    participant: str = ""

    @property
    def key(self) -> Key:
        """What is predicted; the same however its images stand."""
        mix = _name_mix(self.image_i, self.image_j, self.lambda_f)
        return self.split, self.fold, *mix, self.participant

    @property
    def share(self) -> float:
        """Share of the class of the image with the smaller id."""
        return 1 - self.lambda_g if self.image_i > self.image_j else self.lambda_g


Predictions = dict[Key, float]


def read_predictions(path: Path) -> Predictions:
    """Return the predictions in a CSV file: the share of the class of the smaller image id, by key.

    Raises:
        ElicitError: the file cannot be read, a cell is not allowed, or a mix is there twice; named
            by line and column.
    """
    found: Predictions = {}
    for line, cells in _read_rows(path):
        named = {name: cells[name] for name in Prediction.model_fields if name in cells}
        try:
            row = Prediction.model_validate(named)
        except ValidationError as error:
            problem = error.errors(include_url=False)[0]
            column = ".".join(map(str, problem["loc"]))
            came = f"got {str(cells.get(column, ''))[:60]!r}"
            wrong = f"{column}: {describe_wrong_value(problem)}, {came}"
            raise ElicitError(f"{path}:{line}: {wrong}") from error
        if row.key in found:
            raise ElicitError(
                f"{path}:{line}: image_j: this mix is predicted in a line above too, for the same "
                "split, fold and participant; keep one of the two"
            )
        found[row.key] = row.share
    if not found:
        raise ElicitError(f"{path}: must hold at least one prediction, got none")
    return found


def align_predictions(
    predictions: Predictions, observed: JudgementArrays, split: str, fold: Codes, place: str
) -> Numbers:
    """Return (N,) the prediction of each judgement when it is held out, share of class i.

    A prediction that names the rater goes before one for any rater.

    Raises:
        ElicitError: a judgement that is not predicted.
    """
    found = np.empty(len(observed))
    for row in range(len(observed)):
        i, j = int(observed.image_i[row]), int(observed.image_j[row])
        share = float(observed.lambda_f[row])
        mix = _name_mix(i, j, share)
        who = observed.people[observed.participant[row]]
        keys = [(split, int(fold[row]), *mix, name) for name in (who, "")]
        known = next((predictions[key] for key in keys if key in predictions), None)
        if known is None:
            raise ElicitError(
                f"{place}: no prediction for split {split}, fold {fold[row]}, images {i} and {j} "
                f"at lambda_f {share:g}; --splits FILE lists what must be predicted"
            )
        found[row] = 1 - known if i > j else known
    return found


def splits_in(predictions: Predictions) -> list[str]:
    """Return the splits that predictions are for, in the order of SPLITS."""
    there = {key[0] for key in predictions}
    return [name for name in SPLITS if name in there]


def _read_rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    """Return each row's line and its cells by column."""
    raw = b""
    try:
        raw = trim_blank_rows(read_bytes(path, MAX_TABLE_BYTES))
        with limit_cells():
            text = io.StringIO(raw.decode("utf-8-sig"), newline="")
            reader = csv.DictReader(text, restval="", strict=True)
            columns = list(reader.fieldnames or ())
            rows = [(reader.line_num, cells) for cells in reader]
    except UnicodeDecodeError as error:
        raise ElicitError(f"{path}: not predictions: {explain_encoding(raw)}") from error
    except csv.Error as error:
        raise ElicitError(f"{path}: not predictions: {explain_csv(error)}") from error
    except OSError as error:
        raise ElicitError(f"{path}: cannot be read: {error.strerror}") from error
    wrong = explain_header(columns, _NEEDED)
    if wrong:
        raise ElicitError(f"{path}:1: not predictions: {wrong}")
    return rows
