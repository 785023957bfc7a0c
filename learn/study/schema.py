"""What the rows of a study's table are about: pairs, blends, and the kinds of answers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from elicit.log.rows import NAMES_A_CLASS
from elicit.log.rows import NAMES_CLASSES as NAMES_CLASSES
from learn.arrays import Codes

CLASS_PAIR = ["class_i", "class_j"]  # the columns that name two classes
IMAGE_PAIR = ["class_i", "image_i", "class_j", "image_j"]  # two endpoint images
BLEND = [*IMAGE_PAIR, "lambda_f"]  # one mixed image

CHOOSES_LAMBDA_F = ("construct", "select_shuffled")  # the others choose lambda_g
CHOICES = (*CHOOSES_LAMBDA_F, *NAMES_A_CLASS)  # each says on which side of a mix the PSE is

# Kinds of answers. Those of two kinds have no common average.
SHARE, CLASS_OF_TWO, CLASSES_OF_ALL = "share", "class of two", "classes of all"
KINDS = (SHARE, CLASS_OF_TWO, CLASSES_OF_ALL)

_TITLES = {
    "construct": "Construct",
    "select_shuffled": "Select-Shuffled",
    "infer": "Infer",
    "discriminate": "Discriminate",
    "categorize": "Categorize",
}


def describe_blends(rows: pd.DataFrame) -> pd.DataFrame:
    """Return what tells the mixed images of rows apart, (N, ...): BLEND, and where CutMix's box is.

    The box is text, as it stands in the log: x1 y1 x2 y2. Images of other processes have none.
    """
    blends = rows[BLEND]
    if "box" not in rows or not rows["box"].notna().any():
        return blends
    boxes = ("" if each is None else " ".join(map(str, each)) for each in rows["box"])
    return blends.assign(box=list(boxes))


def number_participants(rows: pd.DataFrame) -> Codes:
    """Return (N,) the number of each row's participant, from 0, as they first appear."""
    return pd.factorize(rows["participant"])[0].astype(np.int64)


def number_groups(rows: pd.DataFrame, by: Sequence[str]) -> Codes:
    """Return (N,) the number of each row's group, from 0, as they are sorted.

    Args:
        rows: of a study.
        by: the columns that tell groups apart, such as IMAGE_PAIR.
    """
    return rows.groupby([*by], sort=True).ngroup().to_numpy().astype(np.int64)


def number_blends(rows: pd.DataFrame) -> Codes:
    """Return (N,) the number of each row's mixed image, from 0, as they are sorted."""
    blends = describe_blends(rows)
    return number_groups(blends, blends.columns.tolist())


def names_a_class(rows: pd.DataFrame) -> pd.Series[bool]:
    """Return (N,) whether each answer is a class named, in chose_i, and no share, in lambda_g."""
    return rows["chose_i"].notna()


def names_classes(rows: pd.DataFrame) -> pd.Series[bool]:
    """Return (N,) whether each answer is one or two of all classes, in chosen_1 and chosen_2."""
    return rows["paradigm"].isin(NAMES_CLASSES)


def kinds_of_answers(rows: pd.DataFrame) -> pd.Series[str]:
    """Return (N,) which of `KINDS` each answer is."""
    kinds = pd.Series(SHARE, index=rows.index, dtype=object)
    kinds[names_a_class(rows)] = CLASS_OF_TWO
    kinds[names_classes(rows)] = CLASSES_OF_ALL
    return kinds


def with_classes_as_shares(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with lambda_g 1 where class i was named, and 0 where class j was.

    The mean of these is the share of answers that named class i. Rows that say a share keep it.
    """
    named = names_a_class(rows)
    as_numbers = rows["chose_i"].astype("Float64").astype("float64")
    return rows.assign(lambda_g=rows["lambda_g"].astype("float64").mask(named, as_numbers))


def names_class_i(rows: pd.DataFrame) -> NDArray[np.bool_]:
    """Return (N,) whether class i was named, in rows of a paradigm that names a class."""
    named: NDArray[np.bool_] = rows["chose_i"].to_numpy(np.bool_)
    return named


def paradigm_title(paradigm: str) -> str:
    """Return what the paper calls a paradigm; for another one, its own name."""
    return _TITLES.get(paradigm, paradigm)
