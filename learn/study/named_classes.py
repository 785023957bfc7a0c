"""Answers that name one or two of all classes (Categorize): what they name, and how often a third.

A third class is one that is not in the mix.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from elicit.log.rows import split_classes
from learn.study.schema import BLEND

ANSWER_COLUMNS = ["chosen_1", "share_1", "chosen_2", "share_2", "excluded", "class_order"]


@dataclass(frozen=True)
class CategoricalAnswer:
    """What one answer names, classes as indexes from 0 to K - 1, shares from 0 to 1."""

    first: int  # the most probable class
    first_share: float
    second: int | None = None  # the alternative; None: there is none
    second_share: float | None = None  # H-Mix has some without an alternative, which say nothing
    excluded: frozenset[int] = field(default_factory=frozenset)  # definitely not in the picture

    @property
    def named(self) -> frozenset[int]:
        """The one or two classes that were named."""
        return frozenset({self.first} if self.second is None else {self.first, self.second})


def read_answer(cells: Mapping[Hashable, Any], offered: Sequence[str]) -> CategoricalAnswer:
    """Return an answer, its classes as places among those offered."""
    first, second = str(cells["chosen_1"]), str(cells["chosen_2"])
    shares = [float(str(cells[name])) for name in ("share_1", "share_2")]
    return CategoricalAnswer(
        offered.index(first),
        shares[0],
        offered.index(second) if second else None,
        None if np.isnan(shares[1]) else shares[1],
        frozenset(offered.index(name) for name in split_classes(str(cells["excluded"]))),
    )


def list_classes(rows: pd.DataFrame) -> tuple[str, ...]:
    """Return all classes that were offered in any of some rows, in alphabetical order."""
    return tuple(
        sorted({name for cell in set(rows["class_order"]) for name in split_classes(cell)})
    )


def find_ends(rows: pd.DataFrame, classes: Sequence[str]) -> list[tuple[int, int]]:
    """Return the places among `classes` of the two that are in each row's mix."""
    place = {name: number for number, name in enumerate(classes)}
    ends = zip(rows["class_i"], rows["class_j"], strict=True)
    return [(place[class_i], place[class_j]) for class_i, class_j in ends]


def names_third(rows: pd.DataFrame) -> pd.Series[bool]:
    """Return (N,) whether each answer names a class that is not in the mix, first or second."""
    return is_third(rows, "chosen_1") | is_third(rows, "chosen_2")


def is_third(rows: pd.DataFrame, column: str) -> pd.Series[bool]:
    """Return (N,) whether the class in a column is named, and is not in the mix."""
    named = rows[column]
    return named.ne("") & named.ne(rows["class_i"]) & named.ne(rows["class_j"])


def pool_answers(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each image that was judged, sorted: `BLEND`, and `n` and `named_third`.

    `named_third` is the share of its answers that name a class which is not in the mix.
    """
    named = rows.assign(third=names_third(rows).astype("float64"))
    pooled = named.groupby(BLEND, sort=True)["third"].agg(n="size", named_third="mean")
    return pooled.reset_index()
