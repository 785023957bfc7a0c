"""Judgements as the arrays that a policy is fitted to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from elicit.errors import ElicitError
from learn.arrays import Codes, Numbers
from learn.study.schema import names_a_class, names_classes, with_classes_as_shares

NEEDED = (
    *("participant", "class_i", "image_i", "class_j", "image_j"),
    *("lambda_f", "lambda_g"),
)
OPTIONAL = ("practice", "paradigm", "chose_i")


@dataclass(frozen=True, eq=False)  # told apart by identity, so that what is fitted can be kept
class JudgementArrays:
    """N judgements of a study; i is the class that stands first in `classes`."""

    classes: tuple[str, ...]  # K
    lambda_f: Numbers  # (N,), share of image i
    lambda_g: Numbers  # (N,), share of class i that the participant saw
    pair: Codes  # (N,), index into `pairs`
    image_i: Codes  # (N,), ids in the source
    image_j: Codes  # (N,)
    participant: Codes  # (N,), index into `people`
    people: tuple[str, ...]  # their pseudonyms
    rows: Codes  # (N,), which row of the judgements given each is, from 0

    @property
    def pairs(self) -> Codes:
        """(P, 2) indexes of class i and class j: every two classes, judged or not."""
        return np.array(list(combinations(range(len(self.classes)), 2)), dtype=np.int64)

    @property
    def blend(self) -> Codes:
        """(N,) which mixed image was judged: two endpoints at one lambda_f; from 0."""
        return number_blends(self.image_i, self.image_j, self.lambda_f)

    def __len__(self) -> int:
        return len(self.lambda_f)

    def select(self, which: NDArray[np.bool_] | Codes) -> JudgementArrays:
        """Return some judgements: where `which` (N,) is true, or those at the places it names."""
        names = ("lambda_f", "lambda_g", "pair", "image_i", "image_j", "participant", "rows")
        return replace(self, **{name: getattr(self, name)[which] for name in names})


def number_blends(image_i: Codes, image_j: Codes, lambda_f: Numbers) -> Codes:
    """Return (N,) the number of each mixed image, from 0, as they are sorted.

    The numbers of `np.unique` over the rows of all three, many times as fast.

    Args:
        image_i: (N,) ids.
        image_j: (N,) ids.
        lambda_f: (N,) shares of image i.
    """
    number = np.zeros(len(lambda_f), dtype=np.int64)
    for values in (image_i, image_j, lambda_f):
        each, place = np.unique(values, return_inverse=True)
        number = np.unique(number * len(each) + place, return_inverse=True)[1]
    return number.astype(np.int64)


def select_informative(judgements: pd.DataFrame) -> pd.DataFrame:
    """Return the judgements that say how lambda_g follows lambda_f.

    Left out are practice and paradigms whose every answer is lambda_g = 0.5, as Construct and
    Select-Shuffled: there lambda_g was set and lambda_f found, so that regressing lambda_g on
    lambda_f would flatten the curve. Discriminate's answers are classes named and no shares:
    beside shares they are left out; alone, lambda_g is 1 or 0, and the curve is the share of
    answers that name class i. Categorize's answers, classes out of all, are left out.

    Args:
        judgements: one a row, with the columns NEEDED; of the log's others, those of OPTIONAL
            are used if there.

    Raises:
        ElicitError: a column or a value that is missing or wrong, or nothing left.
    """
    missing = [column for column in NEEDED if column not in judgements]
    if missing:
        raise ElicitError(f"judgements: no column {', '.join(missing)}; give a study's trial log")
    given = len(judgements)
    judgements = _keep_lambda_g(judgements)
    for column in ("lambda_f", "lambda_g"):
        wrong = judgements[~judgements[column].between(0, 1)]  # so that NaN is wrong too
        if len(wrong):
            raise ElicitError(
                f"judgements: {column} must lie in [0, 1], got {wrong[column].iloc[0]} in row "
                f"{wrong.index[0]}; mend or leave out the row"
            )
    turned = judgements[judgements["class_i"] >= judgements["class_j"]]
    if len(turned):
        raise ElicitError(
            f"judgements: class_i must come before class_j in the alphabet, got "
            f"{turned['class_i'].iloc[0]!r} and {turned['class_j'].iloc[0]!r} in row "
            f"{turned.index[0]}; mend or leave out the row"
        )
    kept = judgements
    if "practice" in kept:
        kept = kept[~kept["practice"].astype(bool)]
    if "paradigm" in kept and len(kept):
        set_by_us = kept["lambda_g"].eq(0.5).groupby(kept["paradigm"]).transform("all")
        kept = kept[~set_by_us]
    if "chose_i" in kept:
        named = names_a_class(kept)
        kept = kept if named.all() else kept[~named]
    if kept.empty:
        raise ElicitError(
            f"judgements: none of {given} says how lambda_g follows lambda_f (practice, "
            "paradigms that always answer 0.5, and classes out of all, do not); give a study that "
            "asked with infer"
        )
    return kept


def _keep_lambda_g(judgements: pd.DataFrame) -> pd.DataFrame:
    """Return the judgements that have a lambda_g, or name class i or j, which is then 1 or 0."""
    if "paradigm" in judgements:
        judgements = judgements[~names_classes(judgements)]
    return with_classes_as_shares(judgements) if "chose_i" in judgements else judgements


def to_arrays(judgements: pd.DataFrame, classes: Sequence[str] | None = None) -> JudgementArrays:
    """Return the informative judgements as arrays.

    Args:
        judgements: as for `select_informative`.
        classes: (K,) all classes, in alphabetical order; None for those judged.

    Raises:
        ElicitError: as `select_informative`, or a class that is not among `classes`.
    """
    columns = [column for column in (*NEEDED, *OPTIONAL) if column in judgements]
    rows = select_informative(judgements[columns].assign(row=np.arange(len(judgements))))
    found = sorted(set(rows["class_i"]) | set(rows["class_j"]))
    names = tuple(sorted(classes)) if classes is not None else tuple(found)
    unknown = [name for name in found if name not in names]
    if unknown:
        raise ElicitError(
            f"judgements: class must be one of {', '.join(names)}; got {unknown[0]!r}; "
            "point --stimuli to the images that were shown"
        )
    i, j = (rows[column].map(names.index).to_numpy(np.int64) for column in ("class_i", "class_j"))
    number = np.zeros((len(names), len(names)), dtype=np.int64)
    number[np.triu_indices(len(names), 1)] = np.arange(len(names) * (len(names) - 1) // 2)
    participant, people = pd.factorize(rows["participant"])
    return JudgementArrays(
        classes=names,
        lambda_f=rows["lambda_f"].to_numpy(np.float64),
        lambda_g=rows["lambda_g"].to_numpy(np.float64),
        pair=number[i, j],
        image_i=rows["image_i"].to_numpy(np.int64),
        image_j=rows["image_j"].to_numpy(np.int64),
        participant=participant.astype(np.int64),
        people=tuple(people),
        rows=rows["row"].to_numpy(np.int64),
    )
