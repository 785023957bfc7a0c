"""Soft labels of answers that name classes: the published rule, and a smooth one of our own.

A participant of Categorize, who is not told which classes are in a mix, names the most probable
class and an alternative, gives each a share, and excludes classes. Both rules turn one such answer
into a soft label over all K classes. Where the shares add up to less than 1 and nothing else is
odd, they differ in pseudo-counts alone. Elsewhere:

| | `apply_published_rule` | `apply_dirichlet_rule` |
|---|---|---|
| shares add up to 1, classes open | the open ones get 0.1 in all | they get pseudo-counts alone |
| shares add up to more than 1 | each loses 0.05, if classes are open | each is divided by the sum |
| one class named twice | the later share counts | the larger share counts |
| a class named and excluded | counts twice: open ones get more, or 0 | counts as named |
| an excluded class | has 0, so its cross entropy may be infinite | has its pseudo-count |
| as shares near 1 change | the label jumps | the label follows without a jump |
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from elicit.errors import ElicitError
from elicit.log.rows import split_classes
from learn.arrays import Labels, Numbers
from learn.study.schema import describe_blends, number_blends

REDISTRIBUTED = 0.1  # what the published rule gives to open classes where nothing is left for them
CLAMPED = 0.05  # what a share loses in the published rule where they add up to more than 1
PSEUDO_COUNT = 0.5  # of each class, as Jeffreys' prior has it
ASKED_OF = 100  # people whose answer the question is about: a share is of so many
_DIGITS = 9  # to which shares are added, so that 0.7 + 0.3 is 1
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


LabelRule = Callable[[CategoricalAnswer, int], Labels]


def apply_published_rule(answer: CategoricalAnswer, classes: int) -> Labels:
    """Return the label of an answer by H-Mix's rule, "top-2 clamp with redistribution 0.1".

    Named classes get their shares; of a class named twice, the later share replaces the earlier.
    Let m be K, less the classes excluded, less the different classes named, and s the sum of the
    shares. Where m > 0: if s > 1, each named class loses 0.05, not below 0; then 1 - s if that is
    positive, else 0.1, is divided by m, and each class that is neither named nor excluded gets as
    much. A class both named and excluded keeps its share and is in both counts, so m may be less
    than the number of classes that get something. Last, all is divided by its sum. Where that is 0,
    which the rule says nothing of, the classes named share alike.

    Args:
        answer: any.
        classes: K.

    Returns:
        (K,) in [0, 1], of sum 1.
    """
    label = np.zeros(classes)
    label[answer.first] = answer.first_share
    if answer.second is not None:
        label[answer.second] = answer.second_share or 0.0
    total = round(float(label.sum()), _DIGITS)
    left = classes - len(answer.excluded) - len(answer.named)
    if left > 0:
        if total > 1:
            label = np.maximum(label - CLAMPED, 0.0)
        rest = 1 - total if total < 1 else REDISTRIBUTED
        label[_open_classes(answer, classes)] = rest / left
    return _divide_by_sum(label, answer)


def apply_dirichlet_rule(answer: CategoricalAnswer, classes: int) -> Labels:
    """Return the label of an answer by a rule of our own: a Dirichlet distribution's mean.

    A share is taken as that of 100 people, whom the question is about. Shares that add up to more
    than 1 are divided by their sum; what is missing to 1 is spread evenly over the classes left
    open (neither named nor excluded), or where there are none, over those named in their
    proportions. To these counts, each class adds half a person, as in Jeffreys' prior. So no class
    has 0, and the label has no jumps as shares change. Of a class named twice, the larger share
    counts; a class both named and excluded counts as named.

    Args:
        answer: any.
        classes: K.

    Returns:
        (K,) above 0, of sum 1.
    """
    shares = np.zeros(classes)
    shares[answer.first] = answer.first_share
    if answer.second is not None:
        shares[answer.second] = max(shares[answer.second], answer.second_share or 0.0)
    rest = 1 - min(float(shares.sum()), 1.0)
    possible = _open_classes(answer, classes)
    if len(possible):
        shares[possible] = rest / len(possible)
    counts = ASKED_OF * _divide_by_sum(shares, answer)
    label: Labels = (counts + PSEUDO_COUNT) / (ASKED_OF + PSEUDO_COUNT * classes)
    return label


def sum_mass_on_others(labels: Labels, ends: Collection[tuple[int, int]]) -> Numbers:
    """Return (N,) how much of each label lies on classes that are not in the mix.

    Args:
        labels: (N, K), rows of sum 1.
        ends: N pairs of the classes that are in it, as indexes.
    """
    others = np.array(labels, dtype=np.float64)
    np.put_along_axis(others, np.array([*ends], dtype=np.int64).reshape(-1, 2), 0.0, axis=1)
    mass: Numbers = others.sum(axis=1)
    return mass


def label_answers(
    rows: pd.DataFrame, classes: Sequence[str], rule: LabelRule = apply_published_rule
) -> Labels:
    """Return each answer's label.

    A rule knows only the classes that the participant was offered; any others have 0.

    Args:
        rows: N of `learn.study.table.read_study`, all of Categorize.
        classes: K, all that were offered among them.
        rule: one of the two above.

    Returns:
        (N, K), rows of sum 1.

    Raises:
        ElicitError: a class that was offered is not among `classes`.
    """
    place = {name: number for number, name in enumerate(classes)}
    number = rows.groupby(ANSWER_COLUMNS, sort=False, dropna=False).ngroup().to_numpy()
    _, first, which = np.unique(number, return_index=True, return_inverse=True)
    once = rows.iloc[first]
    labels = np.zeros((len(once), len(classes)))
    for label, cells in zip(labels, once.to_dict("records"), strict=True):
        offered = split_classes(cells["class_order"])
        unknown = [name for name in offered if name not in place]
        if unknown:
            where = f"{cells['file']}:{cells['line']}: " if "file" in cells else ""
            raise ElicitError(
                f"{where}class_order: must be classes of the images, "
                f"{', '.join(classes)}; got {unknown[0]!r}; point --stimuli to the images that "
                "were shown"
            )
        answer = read_answer(cells, offered)
        label[[place[name] for name in offered]] = rule(answer, len(offered))
    return labels[which]


def average_answers(rows: pd.DataFrame, labels: Labels) -> Labels:
    """Return (M, K) the mean label of each image, in the order of `pool_answers`.

    Args:
        rows: N, all of Categorize; a repeat is an answer like any other.
        labels: (N, K) theirs.
    """
    image = number_blends(rows)
    n = np.bincount(image)
    total = np.zeros((len(n), labels.shape[1]))
    np.add.at(total, image, labels)
    mean: Labels = total / n[:, None]
    return mean


def _open_classes(answer: CategoricalAnswer, classes: int) -> list[int]:
    """Return the classes that are neither named nor excluded."""
    return sorted(set(range(classes)) - answer.named - answer.excluded)


def _divide_by_sum(shares: Numbers, answer: CategoricalAnswer) -> Labels:
    """Return shares (K,) of sum 1; where no class has one, those named share alike."""
    if not shares.any():
        shares[[*answer.named]] = 1.0
    divided: Labels = shares / shares.sum()
    return divided


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
    """Return one row for each image that was judged, sorted: what it is, and `n` and `named_third`.

    What it is, is told by the columns of `learn.study.schema.describe_blends`.
    `named_third` is the share of its answers that name a class which is not in the mix.
    """
    blends = describe_blends(rows)
    named = blends.assign(third=names_third(rows).astype("float64"))
    pooled = named.groupby(blends.columns.tolist(), sort=True)["third"].agg(
        n="size", named_third="mean"
    )
    return pooled.reset_index()
