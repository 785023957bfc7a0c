"""What the rows of a study's table are about: pairs, blends, and the kinds of answers."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

CLASS_PAIR = ["class_i", "class_j"]  # the columns that name two classes
IMAGE_PAIR = ["class_i", "image_i", "class_j", "image_j"]  # two endpoint images
BLEND = [*IMAGE_PAIR, "lambda_f"]  # one mixed image

NAMES_A_CLASS = ("discriminate",)  # its lambda_g is the class named, 1 or 0; others' is a share
CHOOSES_LAMBDA_F = ("construct", "select_shuffled")  # the others choose lambda_g
CHOICES = (*CHOOSES_LAMBDA_F, *NAMES_A_CLASS)  # each says on which side of a mix the PSE is

_TITLES = {
    "construct": "Construct",
    "select_shuffled": "Select-Shuffled",
    "infer": "Infer",
    "discriminate": "Discriminate",
}


def named_i(rows: pd.DataFrame) -> NDArray[np.bool_]:
    """Return (N,) whether class i was named, in rows of a paradigm that names a class."""
    named: NDArray[np.bool_] = rows["lambda_g"].to_numpy(float) > 0.5
    return named


def paradigm_title(paradigm: str) -> str:
    """Return what the paper calls a paradigm; for another one, its own name."""
    return _TITLES.get(paradigm, paradigm)
