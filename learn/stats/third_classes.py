"""Where people see a class that is not in the mix: a third one, on which mixup puts no mass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from learn.arrays import Labels, Numbers
from learn.labels.categorical import (
    average_answers,
    find_ends,
    is_third,
    names_third,
    pool_answers,
    sum_mass_on_others,
)
from learn.stats.bootstrap import Bootstrap, mean_of
from learn.study.schema import BLEND, CLASS_PAIR

WHOLE = "all"  # in place of a lambda_f, where a row is over all of them
_ESTIMATES = ("named", "first", "mass")  # columns, each with _low and _high


def describe_third_classes(
    once: pd.DataFrame, labels: Labels, classes: Sequence[str], boot: Bootstrap
) -> pd.DataFrame:
    """Return how often answers name a third class: over all mixes, then at each lambda_f.

    Args:
        once: N first answers, all of Categorize.
        labels: (N, K) theirs.
        classes: K.
        boot: resamples of their participants: intervals are over other people, for these images.

    Returns:
        lambda_f, n, participants, images, and with `_low` and `_high` each: `named`, the share of
        answers that name a third class as the first or the alternative; `first`, as the first;
        `mass`, the mean mass of the labels on third classes.
    """
    rows = once.assign(
        named=names_third(once).astype("float64"),
        first=is_third(once, "chosen_1").astype("float64"),
        mass=sum_mass_on_others(labels, find_ends(once, classes)),
    )
    levels = [(WHOLE, rows), *((f"{at:g}", its) for at, its in rows.groupby("lambda_f", sort=True))]
    found = [(at, *_count(its), *_estimate(its, boot)) for at, its in levels]
    names = [f"{name}{end}" for name in _ESTIMATES for end in ("", "_low", "_high")]
    return pd.DataFrame(found, columns=["lambda_f", "n", "participants", "images", *names])


def describe_pairs(once: pd.DataFrame, labels: Labels, classes: Sequence[str]) -> pd.DataFrame:
    """Return how often mixes of each pair of classes are called by a third one, the surest first.

    `low` and `high` are the ends of 95 % Wilson intervals: over other answers, of other people to
    other images of the pair, each taken as independent of the others; NaN where fewer than two
    participants answered.

    Returns:
        class_i, class_j, n, participants, images, `named` (the share of answers that name a third
        class), low, high, p_value (that the share is that of all answers, by a binomial test),
        `third` (the one named most often; blank where none is), `times` (how
        often), and `mass` (the mean mass of the labels on third classes).
    """
    rows = once.assign(
        third=names_third(once), mass=sum_mass_on_others(labels, find_ends(once, classes))
    )
    found, overall = [], float(rows["third"].mean())
    for pair, its in rows.groupby(CLASS_PAIR, sort=True):
        times = int(its["third"].sum())
        tested = _test_share(times, its, overall)
        found.append(
            (*pair, *_count(its), times / len(its), *tested, *_most_named(its), its["mass"].mean())
        )
    columns = [*CLASS_PAIR, "n", "participants", "images"]
    columns += ["named", "low", "high", "p_value", "third", "times", "mass"]
    table = pd.DataFrame(found, columns=columns)
    return table.sort_values("low", ascending=False, kind="stable", ignore_index=True)


def describe_images(counted: pd.DataFrame, labels: Labels, classes: Sequence[str]) -> pd.DataFrame:
    """Return the images, those whose mean label has most mass on third classes first.

    Returns:
        `BLEND`, n, named_third, `mass` (of the image's mean label on third classes), `seen` (the
        classes of the largest three shares above .01, with their shares).
    """
    table = pool_answers(counted)
    mean = average_answers(counted, labels)
    mass = sum_mass_on_others(mean, find_ends(table, classes))
    table = table.assign(mass=mass, seen=[_tell_largest(each, classes) for each in mean])
    return table.sort_values("mass", ascending=False, kind="stable", ignore_index=True)


def describe_repeats(pairs: pd.DataFrame, boot: Bootstrap) -> pd.DataFrame:
    """Return how the second answers to images agree with the first.

    Args:
        pairs: as `learn.qc.named_classes.match_named_classes` gives them.
        boot: resamples of the participants.

    Returns:
        participants, n, and with `_low` and `_high` each: `same` (the share of repeats with the
        same first class), `overlap` (how much of both labels is on the same classes, 0 to 1).
        Empty where nothing was repeated.
    """
    columns = ["participants", "n", "same", "same_low", "same_high"]
    columns += ["overlap", "overlap_low", "overlap_high"]
    if pairs.empty:
        return pd.DataFrame(columns=columns)
    same = (pairs["chosen_1"] == pairs["chosen_1_before"]).astype("float64")
    ends = (*mean_of(pairs, same, boot), *mean_of(pairs, 1 - pairs["distance"], boot))
    return pd.DataFrame([(pairs["participant"].nunique(), len(pairs), *ends)], columns=columns)


def _count(rows: pd.DataFrame) -> tuple[int, int, int]:
    """Return answers, participants and images."""
    return len(rows), rows["participant"].nunique(), len(rows.drop_duplicates(BLEND))


def _estimate(rows: pd.DataFrame, boot: Bootstrap) -> list[float]:
    return [each for name in _ESTIMATES for each in mean_of(rows, rows[name], boot)]


def _test_share(times: int, rows: pd.DataFrame, overall: float) -> tuple[float, float, float]:
    """Return the ends of a share's interval, and the p-value of its being `overall`."""
    from scipy.stats import binomtest  # slow to import, and few commands need it

    if rows["participant"].nunique() < 2:
        return np.nan, np.nan, np.nan
    tested = binomtest(times, len(rows), overall)
    ends = tested.proportion_ci(0.95, "wilson")
    return float(ends.low), float(ends.high), float(tested.pvalue)


def _most_named(rows: pd.DataFrame) -> tuple[str, int]:
    """Return the third class that most answers name, the first of them by name, and how often."""
    names = [rows.loc[is_third(rows, column), column] for column in ("chosen_1", "chosen_2")]
    twice = names[1].eq(names[0].reindex(names[1].index))  # one answer that names it as both
    counts: pd.Series[Any] = pd.concat([names[0], names[1][~twice]]).value_counts()
    if counts.empty:
        return "", 0
    most = int(counts.max())
    return min(counts.index[counts == most]), most


def _tell_largest(label: Numbers, classes: Sequence[str]) -> str:
    largest = sorted(range(len(label)), key=lambda k: (-label[k], classes[k]))[:3]
    return ", ".join(f"{classes[k]} {label[k]:.2f}" for k in largest if label[k] >= 0.01)
