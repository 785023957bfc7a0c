"""holdout.csv of a run folder: what the network made of each image of the holdout."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pandas as pd

from elicit.errors import ElicitError
from learn.arrays import Ids
from learn.files import csv_bytes
from learn.training.image_scores import COLUMNS, ImageScores
from stimuli.files import MAX_TABLE_BYTES, read_text

_DIGITS = "%.9g"  # float32 numbers are read back as they were


def format_scores(ids: Ids, scores: ImageScores) -> bytes:
    """Return a row an image, sorted as they were measured: its id, then COLUMNS.

    Args:
        ids: (N,) of the images.
        scores: of N images.
    """
    columns = {name: getattr(scores, name) for name in COLUMNS}
    return csv_bytes(pd.DataFrame({"image": ids, **columns}), float_format=_DIGITS)


def read_scores(path: Path) -> ImageScores:
    """Return the scores in a holdout.csv.

    Raises:
        ElicitError: it cannot be read, lacks a column, or a cell is no number.
    """
    try:
        text = io.StringIO(read_text(path, MAX_TABLE_BYTES))
        table = _parse(text)
    except OSError as error:  # it may be whole, on a disk that does not answer now
        raise ElicitError(f"{path}: cannot be read: {error.strerror}; see to that first") from error
    except ValueError as error:  # of pandas, too
        said = " ".join(str(error).split())
        raise ElicitError(
            f"{path}: cannot be read: {said:.120}; delete it to go on without the holdout's own "
            "sampling error"
        ) from error
    return ImageScores(*(table[name].to_numpy() for name in COLUMNS))


def _parse(text: io.StringIO) -> pd.DataFrame:
    table = pd.read_csv(text, usecols=["image", *COLUMNS], dtype=np.float64)
    if table.empty or table.isna().any(axis=None):
        raise ValueError("must have rows, with a number in each cell")
    return table
