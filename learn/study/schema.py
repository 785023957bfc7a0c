"""Answers that are choices: of the mix that looks 50/50, or of the class that a mix looks like."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from learn.study.selection import NAMES_A_CLASS

CHOOSES_LAMBDA_F = ("construct", "select_shuffled")  # the others choose lambda_g
CHOICES = (*CHOOSES_LAMBDA_F, *NAMES_A_CLASS)  # each says on which side of a mix the PSE is
CLASS_PAIR = ("class_i", "class_j")
IMAGE_PAIR = ("class_i", "image_i", "class_j", "image_j")


def named_i(rows: pd.DataFrame) -> NDArray[np.bool_]:
    """Return (N,) whether class i was named, in rows of a paradigm that names a class."""
    named: NDArray[np.bool_] = rows["lambda_g"].to_numpy(float) > 0.5
    return named
