"""The numbers of a report that say which mixes people call 50/50."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from elicit.psychometric.few_raters import estimate_image_means
from elicit.psychometric.least_squares import midpoint
from learn.arrays import Numbers
from learn.report import numbers_infer as report_infer
from learn.stats.bootstrap import Bootstrap, column_correlations, interval, mean_of
from learn.study.schema import (
    CHOOSES_LAMBDA_F,
    CLASS_PAIR,
    IMAGE_PAIR,
    number_groups,
    number_participants,
    with_classes_as_shares,
)

MIN_CONSENSUS_JUDGEMENTS = 3  # judgements, below which there is no consensus to speak of


def endorsements(chosen: pd.DataFrame, boot: Bootstrap) -> pd.DataFrame:
    """Return the share of answers that called each lambda_f the 50/50 mix, by paradigm."""
    rows = []
    for paradigm, its in chosen.groupby("paradigm", sort=True):
        one = np.zeros(len(its), dtype=np.int64)
        for lambda_f in sorted(set(chosen["lambda_f"])):
            here = (its["lambda_f"] == lambda_f).to_numpy(float)
            low, high = interval(boot.means(its, here, one, 1)[:, 0])
            rows.append((paradigm, lambda_f, int(here.sum()), here.mean(), low, high))
    return pd.DataFrame(rows, columns=["paradigm", "lambda_f", "n", "share", "low", "high"])


def mean_choices(chosen: pd.DataFrame, boot: Bootstrap) -> pd.DataFrame:
    """Return the mean lambda_f that was called 50/50, its spread, and its distance from 0.5."""
    columns = ["paradigm", "n", "mean", "low", "high", "sd", "mean_distance_from_half"]
    rows = [
        (
            paradigm,
            len(its),
            *mean_of(its, its["lambda_f"], boot),
            its["lambda_f"].std(ddof=0),
            (its["lambda_f"] - 0.5).abs().mean(),
        )
        for paradigm, its in chosen.groupby("paradigm", sort=True)
    ]
    return pd.DataFrame(rows, columns=columns)


def consensus(chosen: pd.DataFrame) -> pd.DataFrame:
    """Return each pair of images, those most surely 50/50 elsewhere than at 0.5 first.

    `posterior`, `low` and `high` are the pair's mean lambda_f by empirical Bayes and the ends of
    its 95 % interval, and `p_value` tests the plain mean against 0.5; see
    `elicit.psychometric.few_raters.estimate_image_means`. Pairs with fewer than three judgements
    are left out, if others have more.
    """
    if chosen.empty:
        return chosen
    table, codes = _by(chosen, IMAGE_PAIR, "lambda_f")
    rater = number_participants(chosen)
    found = estimate_image_means(chosen["lambda_f"].to_numpy(float), codes, rater, 0.5)
    table = table.assign(
        posterior=found.mean, low=found.low, high=found.high, p_value=found.p_value
    )
    if (table["n"] >= MIN_CONSENSUS_JUDGEMENTS).any():
        table = table[table["n"] >= MIN_CONSENSUS_JUDGEMENTS]
    distance = (table["mean"] - 0.5).abs()
    order = ["p_value", "distance", *IMAGE_PAIR]
    ascending = [True, False, *[True] * 4]
    return (
        table.assign(distance=distance)
        .sort_values(order, ascending=ascending, ignore_index=True)
        .drop(columns="distance")
    )


def _by(rows: pd.DataFrame, keys: list[str], value: str) -> tuple[pd.DataFrame, Any]:
    """Return n, mean and sd (ddof 0) of `value` in each group, and each row's group."""
    groups = rows.groupby(keys, sort=True)
    found = groups[value].agg(n="size", mean="mean", sd=lambda each: each.std(ddof=0))
    return found.reset_index(), groups.ngroup().to_numpy().astype(np.int64)


def means_by_paradigm(chosen: pd.DataFrame) -> pd.DataFrame:
    """Return the mean lambda_f called 50/50 of each pair of images, a column a paradigm."""
    if chosen["paradigm"].nunique() < 2:
        return pd.DataFrame()
    wide = chosen.pivot_table("lambda_f", IMAGE_PAIR, "paradigm", "mean").dropna()
    return wide.rename_axis(None, axis=1).reset_index()


def agreement(once: pd.DataFrame, boot: Bootstrap) -> pd.DataFrame:
    """Return how the 50/50 points of every two paradigms correlate over what they share.

    A paradigm that asks for lambda_g has the 50/50 point of its logistic of a class pair.
    """
    rows = []
    for unit, keys in (("image pair", IMAGE_PAIR), ("class pair", CLASS_PAIR)):
        points = dict(_points(once, keys, boot))
        names = sorted(points)
        for first, second in ((a, b) for n, a in enumerate(names) for b in names[n + 1 :]):
            (own, boot_own), (other, boot_other) = points[first], points[second]
            both = ~(np.isnan(own) | np.isnan(other))
            r = float(column_correlations(own[None, :], other[None, :])[0])
            if np.isnan(r):
                continue
            low, high = _about(r, column_correlations(boot_own, boot_other))
            off = float(np.abs(own - other)[both].mean())
            rows.append((first, second, unit, int(both.sum()), r, low, high, off))
    columns = ["first", "second", "over", "n", "r", "low", "high", "mean_difference"]
    return pd.DataFrame(rows, columns=columns)


def _about(r: float, replicates: Numbers) -> tuple[Any, Any]:
    """Return the interval of a correlation of means, in Fisher's z, about the correlation itself.

    Means of a resample are noisier than the study's, so that all of their correlations are lower;
    their spread says how sure `r` is, not their middle.
    """
    z = np.arctanh(np.clip(replicates, -0.999999, 0.999999))
    low, high = interval(z)
    middle = np.median(z[~np.isnan(z)]) if not np.isnan(low) else np.nan
    centre = np.arctanh(np.clip(r, -0.999999, 0.999999))
    return np.tanh(centre + low - middle), np.tanh(centre + high - middle)


def _points(
    once: pd.DataFrame, keys: list[str], boot: Bootstrap
) -> Iterator[tuple[str, tuple[Numbers, Numbers]]]:
    """Yield each paradigm's (G,) 50/50 points and their (B, G) replicates."""
    group = number_groups(once, keys)
    groups = int(group.max(initial=-1)) + 1
    for paradigm in sorted(set(once["paradigm"])):
        here = (once["paradigm"] == paradigm).to_numpy()
        its, its_group = once[here], group[here]
        if paradigm in CHOOSES_LAMBDA_F:
            values = its["lambda_f"].to_numpy(float)
            n = np.bincount(its_group, minlength=groups)
            mean = np.bincount(its_group, values, groups) / np.where(n > 0, n, np.nan)
            yield paradigm, (mean, boot.means(its, values, its_group, groups))
        elif keys != IMAGE_PAIR:
            shares = with_classes_as_shares(its)
            own, replicates = report_infer.group_curves(shares, its_group, groups, boot)
            yield paradigm, (midpoint(own), midpoint(replicates))


def start_value(chosen: pd.DataFrame, boot: Bootstrap) -> pd.DataFrame:
    """Return the mean lambda_f called 50/50 by the value that the trial started from.

    The last row of a paradigm with two start values, `difference`, is the later less the earlier.
    """
    return _effect(chosen[chosen["start_value"].notna()], "start_value", "lambda_f", boot)


def mirroring(once: pd.DataFrame, boot: Bootstrap) -> pd.DataFrame:
    """Return the mean answer where class i stood on the left, on the right, and the difference."""
    shown = once[once["mirrored"].notna()]
    answer = shown["lambda_f"].where(shown["paradigm"].isin(CHOOSES_LAMBDA_F), shown["lambda_g"])
    side = shown["mirrored"].astype(bool).map({False: "left", True: "right"})
    return _effect(shown.assign(answer=answer, class_i_on=side), "class_i_on", "answer", boot)


def _effect(rows: pd.DataFrame, by: str, answer: str, boot: Bootstrap) -> pd.DataFrame:
    found = []
    for paradigm, its in rows.groupby("paradigm", sort=True):
        levels = sorted(set(its[by]))
        if len(levels) < 2:
            continue
        code = its[by].map(levels.index).to_numpy(np.int64)
        values = its[answer].to_numpy(float)
        replicates = boot.means(its, values, code, len(levels))
        means = [values[code == each].mean() for each in range(len(levels))]
        low, high = interval(replicates)
        people = [its.loc[code == each, "participant"].nunique() for each in range(len(levels))]
        n = np.bincount(code)
        found += [
            (paradigm, str(level), people[k], int(n[k]), means[k], low[k], high[k])
            for k, level in enumerate(levels)
        ]
        low, high = interval(replicates[:, -1] - replicates[:, 0])
        who, change = its["participant"].nunique(), means[-1] - means[0]
        found.append((paradigm, "difference", who, len(its), change, low, high))
    columns = ["paradigm", by, "participants", "n", "mean", "low", "high"]
    return pd.DataFrame(found, columns=columns)
