"""holdout.csv and held_out_blends.csv of a run folder: what the network made of each image."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from elicit.errors import ElicitError
from learn.arrays import Ids
from learn.files import csv_bytes
from learn.training.image_scores import COLUMNS, ImageScores
from learn.training.percepts import BLEND_COLUMNS, BlendScores
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


def format_blends(scores: BlendScores) -> bytes:
    """Return a row a held-out blend, BLEND_COLUMNS; omega is blank where it was not asked."""
    columns = {name: getattr(scores, name) for name in BLEND_COLUMNS}
    return csv_bytes(pd.DataFrame(columns), float_format=_DIGITS)


def read_scores(path: Path) -> ImageScores:
    """Return the scores in a holdout.csv.

    Raises:
        ElicitError: it cannot be read, lacks a column, or a cell is no number.
    """
    table = _read(path, ["image", *COLUMNS], "the holdout's")
    return ImageScores(*(table[name].to_numpy() for name in COLUMNS))


def read_blends(path: Path) -> BlendScores:
    """Return the scores in a held_out_blends.csv.

    Raises:
        ElicitError: it cannot be read, lacks a column, or a cell but omega is no number.
    """
    table = _read(path, BLEND_COLUMNS, "the blends'", may_lack=("omega",))
    return BlendScores(*(table[name].to_numpy() for name in BLEND_COLUMNS))


def _read(
    path: Path, columns: Sequence[str], of: str, may_lack: Sequence[str] = ()
) -> pd.DataFrame:
    try:
        text = io.StringIO(read_text(path, MAX_TABLE_BYTES))
        return _parse(text, columns, may_lack)
    except OSError as error:  # it may be whole, on a disk that does not answer now
        raise ElicitError(f"{path}: cannot be read: {error.strerror}; see to that first") from error
    except ValueError as error:  # of pandas, too
        said = " ".join(str(error).split())
        raise ElicitError(
            f"{path}: cannot be read: {said:.120}; delete it to go on without {of} own sampling "
            "error"
        ) from error


def _parse(text: io.StringIO, columns: Sequence[str], may_lack: Sequence[str]) -> pd.DataFrame:
    table = pd.read_csv(text, usecols=list(columns), dtype=np.float64)
    needed = table.drop(columns=list(may_lack))
    if table.empty or needed.isna().any(axis=None):
        raise ValueError("must have rows, with a number in each cell")
    return table
