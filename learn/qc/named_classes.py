"""Scores of answers that name classes out of all: they are compared as labels over the classes."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd

from learn.arrays import Codes, Labels
from learn.labels.categorical import label_answers, list_classes
from learn.qc.repeats import WHO, join_repeats
from learn.study.schema import BLEND, names_classes, number_groups

NAMED_SCORES = ("repeat_difference", "same_answer", "agreement", "disagreement")


def score_named_classes(
    table: pd.DataFrame, astray: Collection[tuple[str, str]] = frozenset()
) -> pd.DataFrame:
    """Return the `NAMED_SCORES` of each participant who named classes, by `WHO`.

    Two answers differ by half the sum of the differences of their labels over all classes: 0 where
    they are the same, 1 where they have no class in common. Agreement is the correlation, over
    images and classes, of the labels with the mean of the others'.

    Args:
        table: rows of `learn.study.table.read_study` that count; those of Categorize are used.
        astray: participant and paradigm of those with whom nobody is expected to agree.
    """
    rows = table[names_classes(table)].reset_index(drop=True)
    if rows.empty:
        return pd.DataFrame(columns=[*NAMED_SCORES])
    labels = label_answers(rows, list_classes(rows))
    first = ~rows["repeat"].to_numpy(bool)
    pairs = match_named_classes(rows, labels)
    answers = rows.groupby([*WHO, "chosen_1"]).size().groupby(level=WHO)
    others = _compare_with_others(rows[first], labels[first], astray)
    return pd.DataFrame(
        {
            "repeat_difference": pairs.groupby(WHO)["distance"].mean(),
            "same_answer": answers.max() / answers.sum(),
            **{name: others[name] for name in ("agreement", "disagreement")},
        }
    )


def match_named_classes(rows: pd.DataFrame, labels: Labels) -> pd.DataFrame:
    """Return each repeat with the first answer to its image, as `chosen_1_before`, and `distance`.

    Args:
        rows: N of Categorize, repeats among them.
        labels: (N, K) theirs; `distance` is half the sum of the differences of both, 0 to 1.
    """
    numbered = rows.assign(answer=np.arange(len(rows)), stimulus_lambda_f=rows["lambda_f"])
    pairs = join_repeats(numbered)
    now, before = (pairs[name].to_numpy(np.int64) for name in ("answer", "answer_before"))
    return pairs.assign(
        chosen_1_before=rows["chosen_1"].to_numpy()[before],
        distance=abs(labels[now] - labels[before]).sum(axis=1) / 2,
    )


def _compare_with_others(
    rows: pd.DataFrame, labels: Labels, astray: Collection[tuple[str, str]]
) -> pd.DataFrame:
    """Return `agreement` and `disagreement` by `WHO`; NaN where nobody else saw the same."""
    who = zip(rows["participant"], rows["paradigm"], strict=True)
    counts = np.array([each not in astray for each in who], dtype=np.float64)
    image, person = number_groups(rows, BLEND), number_groups(rows, WHO)
    of_image = _sum_by(image, counts[:, None] * labels)
    n_of_image = _sum_by(image, counts[:, None])
    # who saw an image twice is not among the others of either answer
    own = number_groups(rows, [*WHO, *BLEND])
    others = of_image[image] - _sum_by(own, counts[:, None] * labels)[own]
    n = (n_of_image[image] - _sum_by(own, counts[:, None])[own])[:, 0]
    shared = n > 0
    mean = others[shared] / n[shared, None]
    found = []
    for each, ((participant, paradigm), _) in enumerate(rows.groupby(WHO, sort=True)):
        its = person[shared] == each
        mine, theirs = labels[shared][its], mean[its]
        varies = len(mine) > 0 and min(np.ptp(mine), np.ptp(theirs)) > 0
        found.append(
            {
                **dict(zip(WHO, (participant, paradigm), strict=True)),
                "agreement": np.corrcoef(mine.ravel(), theirs.ravel())[0, 1] if varies else np.nan,
                "disagreement": abs(mine - theirs).sum(axis=1).mean() / 2 if len(mine) else np.nan,
            }
        )
    return pd.DataFrame(found).set_index(WHO)


def _sum_by(group: Codes, values: Any) -> Any:
    """Return (G, K) sums of `values` (N, K) by `group` (N,)."""
    total = np.zeros((int(group.max(initial=-1)) + 1, values.shape[1]))
    np.add.at(total, group, values)
    return total
