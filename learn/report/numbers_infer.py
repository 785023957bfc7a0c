"""The numbers of a report that come from asked coefficients: curves, relabellings, confidence."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from elicit.errors import ElicitError
from elicit.psychometric.few_raters import compare_image_means
from elicit.psychometric.intervals import NORMAL_FACTOR
from elicit.psychometric.least_squares import START, fit_logistics, means, midpoint
from elicit.psychometric.pairs import find_curve_ends
from learn.arrays import Codes, Numbers
from learn.policies.fit import fit_global, fit_per_pair, fit_pooled
from learn.policies.shrinkage import fit_shrinkage
from learn.stats.bootstrap import Bootstrap, interval
from learn.stats.reliability import describe_reliability, predict_errors
from learn.study.judgements import select_informative, to_arrays
from learn.study.pooling import pool
from learn.study.schema import (
    BLEND,
    IMAGE_PAIR,
    number_blends,
    number_groups,
    number_participants,
)

_LEVELS = 21  # more lambda_f than that are drawn in steps of 0.05
_BINS = 5  # of confidence
_TOLERANCE = 1e-7  # in slope and shift, to which the published curves are fitted


def compute_infer_tables(
    once: pd.DataFrame, counted: pd.DataFrame, boot: Bootstrap
) -> dict[str, pd.DataFrame]:
    """Return the tables by name, without any where nobody was asked for lambda_g.

    Args:
        once: first answers.
        counted: answers that count in an image's relabelling.
        boot: resamples of the study's participants.
    """
    if once.empty:
        return {}
    tables = {
        "inferred": by_lambda_f(once, boot),
        "inferred_by_participant": by_participant(once),
        "curves_by_participant": participant_curves(once),
        "relabellings": relabellings(counted),
    }
    if once["omega"].notna().any():
        tables |= confidence(once[once["omega"].notna()], boot)
        tables["errors_predicted"] = predict_errors(once)
    tables["reliability"] = describe_reliability(once)
    try:
        turned = select_informative(once)
        tables["curves"] = curves(turned)
        tables["curve_points"] = curve_points(turned, boot)
    except ElicitError:
        pass  # all answers the same: no curve can be fitted, and the report says that there is none
    return tables


def by_lambda_f(once: pd.DataFrame, boot: Bootstrap) -> pd.DataFrame:
    """Return mean and median lambda_g, spread and mean confidence at each lambda_f."""
    found = []
    for lambda_f, its in once.groupby(round_lambda_f(once), sort=True):
        seen = its["lambda_g"].to_numpy(float)
        sure = its[its["omega"].notna()]
        found.append(
            {
                "lambda_f": lambda_f,
                "n": len(its),
                **_with_ends("mean", seen.mean(), interval(_mean(boot, its, seen))),
                **_with_ends("median", np.median(seen), interval(boot.medians(its, seen))),
                "sd": seen.std(),
                **_with_ends(
                    "mean_omega",
                    sure["omega"].mean(),
                    interval(_mean(boot, sure, sure["omega"].to_numpy(float))),
                ),
            }
        )
    return pd.DataFrame(found)


def by_participant(once: pd.DataFrame) -> pd.DataFrame:
    """Return each participant's mean lambda_g at each lambda_f."""
    shown = once.assign(lambda_f=round_lambda_f(once))
    groups = shown.groupby(["participant", "lambda_f"], sort=True)["lambda_g"]
    return groups.agg(n="size", mean="mean").reset_index()


def participant_curves(once: pd.DataFrame) -> pd.DataFrame:
    """Return each participant's own logistic; who has none (all answers the same) is left out."""
    code, names = pd.factorize(once["participant"], sort=True)
    own = own_curves(once, code.astype(np.int64), len(names))
    table = pd.DataFrame({"participant": names, "n": np.bincount(code), "k": own[:, 0]})
    return table.assign(x0=midpoint(own)).dropna(ignore_index=True)


def round_lambda_f(rows: pd.DataFrame) -> pd.Series[Any]:
    """Return lambda_f, in steps of 0.05 where there are too many of them to draw one by one."""
    lambda_f: pd.Series[Any] = rows["lambda_f"]
    if lambda_f.nunique() <= _LEVELS:
        return lambda_f
    stepped: pd.Series[Any] = (lambda_f * 20).round() / 20
    return stepped


def relabellings(counted: pd.DataFrame) -> pd.DataFrame:
    """Return each blend (`learn.study.pooling.pool`), those furthest from lambda_f first.

    `posterior_lambda_g`, `low` and `high` are the label that the raters and a policy fitted to all
    answers give together (`learn.policies.shrinkage.fit_shrinkage`) and the ends of its 95 %
    interval; `p_value` tests the raters' mean against lambda_f, with the variance of `Spreads`
    within blends, moderated by the raters' own. All are NaN where too few blends have two raters,
    or no policy can be fitted. Furthest means by the posterior, where there is one.
    """
    percepts = pool(counted).join(_posterior(counted))
    label = percepts["posterior_lambda_g"].fillna(percepts["mean_lambda_g"])
    percepts["disagreement"] = (label - percepts["lambda_f"]).abs()
    order = ["disagreement", "n", *BLEND]
    return percepts.sort_values(order, ascending=[False, False, *[True] * 5], ignore_index=True)


def _posterior(counted: pd.DataFrame) -> pd.DataFrame:
    """Return the columns that `relabellings` adds, by the number of the blend in sorted order."""
    columns = ["posterior_lambda_g", "low", "high", "p_value"]
    group = number_blends(counted)
    try:
        observed = to_arrays(counted)
        blend = group[observed.rows]
        found = fit_shrinkage(observed, blend, fit_pooled(observed))
    except ElicitError:
        return pd.DataFrame(columns=columns, dtype=np.float64)  # the report says why
    half = NORMAL_FACTOR * found.sd
    within, _ = found.spreads.at(found.predicted)
    p_value = compare_image_means(
        observed.lambda_g - observed.lambda_f,
        np.searchsorted(found.blend, blend),
        observed.participant,
        within,
    )
    ends = np.clip([found.lambda_g - half, found.lambda_g + half], 0, 1)
    values = np.stack([found.lambda_g, *ends, p_value], axis=1)
    return pd.DataFrame(values, index=found.blend, columns=columns)


def curves(turned: pd.DataFrame) -> pd.DataFrame:
    """Return the logistic 1 / (1 + exp(-k (lambda_f - x0))) of all rows, then of each class pair.

    `own` is False for a pair that has no curve of its own and is given that of all. Intervals are
    over other people and, where a row has several pairs of images, other images
    (`elicit.psychometric.two_way`).

    Args:
        turned: rows of `learn.study.judgements.select_informative`.

    Raises:
        ElicitError: no curve can be fitted: all answers, or all lambda_f, are the same.
    """
    observed = to_arrays(turned)
    common, each = fit_global(observed), fit_per_pair(observed)
    keys = sorted(set(zip(turned["class_i"], turned["class_j"], strict=True)))
    place = {key: number for number, key in enumerate(keys)}
    pair = np.array(
        [place[key] for key in zip(turned["class_i"], turned["class_j"], strict=True)],
        dtype=np.int64,
    )
    rows = [("all", "all", common.slope[0, 1], common.shift[0, 1], pair >= 0)]
    for number, (class_i, class_j) in enumerate(keys):
        i, j = each.index([class_i, class_j])
        rows.append((class_i, class_j, each.slope[i, j], each.shift[i, j], pair == number))
    found = []
    for class_i, class_j, slope, shift, here in rows:
        its, curve = turned[here], np.array([slope, shift])
        own = min(np.ptp(its["lambda_f"]), np.ptp(its["lambda_g"])) > 0
        k, x0 = float(slope), float(midpoint(curve))
        of_k, of_x0 = _find_ends(its, curve) if own else [(np.nan, np.nan)] * 2
        found.append(
            {
                "class_i": class_i,
                "class_j": class_j,
                "n": len(its),
                "image_pairs": its.groupby(IMAGE_PAIR).ngroups,
                **_with_ends("k", k, of_k),
                **_with_ends("x0", x0, of_x0),
                "own": bool(own),
            }
        )
    return pd.DataFrame(found)


def _find_ends(its: pd.DataFrame, curve: Numbers) -> list[tuple[float, float]]:
    """Return the ends of the 95 % intervals of a curve's slope and midpoint, as in `curves`."""
    x, y = (its[column].to_numpy(float) for column in ("lambda_f", "lambda_g"))
    person = number_participants(its)
    image = number_groups(its, IMAGE_PAIR)
    return find_curve_ends(x, y, person, image, curve)


def _replicates(its: pd.DataFrame, start: Numbers, boot: Bootstrap) -> Numbers:
    """Return (B, 2) slope and shift in each resample."""
    if its["participant"].nunique() < 2:
        return np.full((len(boot.draws), 2), np.nan)
    x, level = np.unique(its["lambda_f"].to_numpy(float), return_inverse=True)
    n = boot.totals(its, np.ones(len(its)), level, len(x))
    total = boot.totals(its, its["lambda_g"].to_numpy(float), level, len(x))
    begin = np.repeat(start, len(n), axis=0)
    return fit_logistics(x, n, means(n, total), begin, tolerance=_TOLERANCE, stops="together")


def group_curves(
    its: pd.DataFrame, group: Codes, groups: int, boot: Bootstrap
) -> tuple[Numbers, Numbers]:
    """Return each group's (groups, 2) slope and shift, and their (B, groups, 2) replicates."""
    own = own_curves(its, group, groups)
    replicates = np.full((len(boot.draws), groups, 2), np.nan)
    for each in np.flatnonzero(~np.isnan(own[:, 0])):
        replicates[:, each] = _replicates(its[group == each], own[each : each + 1], boot)
    return own, replicates


def own_curves(its: pd.DataFrame, group: Codes, groups: int) -> Numbers:
    """Return each group's (groups, 2) slope and shift; NaN where all answers, or mixes, are equal.

    Groups that judged the same lambda_f are fitted at once.
    """
    own = np.full((groups, 2), np.nan)
    keyed = pd.DataFrame({"group": group, "x": its["lambda_f"].array, "y": its["lambda_g"].array})
    by = keyed.groupby(["group", "x"], sort=True)["y"].agg(["size", "mean"])
    answers = keyed.groupby("group", sort=True)["y"].agg(["min", "max"])
    of, x = (by.index.get_level_values(level).to_numpy() for level in ("group", "x"))
    n, mean = by["size"].to_numpy(float), by["mean"].to_numpy(float)
    starts = np.flatnonzero(np.diff(of, prepend=-1))
    alike: dict[tuple[float, ...], list[int]] = {}
    for start, end in zip(starts, [*starts[1:], len(of)], strict=True):
        if end - start > 1 and np.ptp(answers.loc[of[start]]) > 0:
            alike.setdefault(tuple(x[start:end]), []).append(start)
    for levels, firsts in alike.items():
        cells = np.array(firsts)[:, None] + np.arange(len(levels))
        begin = np.tile(START, (len(firsts), 1))
        own[of[firsts]] = fit_logistics(
            np.array(levels), n[cells], mean[cells], begin, tolerance=_TOLERANCE, stops="alone"
        )
    return own


def curve_points(turned: pd.DataFrame, boot: Bootstrap) -> pd.DataFrame:
    """Return the mean lambda_g of each class pair at each lambda_f."""
    shown = turned.assign(lambda_f=round_lambda_f(turned))
    keys = ["class_i", "class_j", "lambda_f"]
    groups = shown.groupby(keys, sort=True)
    table = groups["lambda_g"].agg(n="size", mean="mean").reset_index()
    code = groups.ngroup().to_numpy().astype(np.int64)
    low, high = boot.mean_intervals(shown, shown["lambda_g"].to_numpy(float), code, len(table))
    return table.assign(low=low, high=high)


def confidence(sure: pd.DataFrame, boot: Bootstrap) -> dict[str, pd.DataFrame]:
    """Return how confidence goes with error and with distance from the middle.

    An answer's error is its distance from mixup: |lambda_g - lambda_f|.

    Args:
        sure: first answers with confidence.
        boot: resamples of the study's participants.
    """
    shown = sure.assign(
        error=(sure["lambda_g"] - sure["lambda_f"]).abs(),
        distance=(round_lambda_f(sure) - 0.5).abs().round(6),
        answer_distance=(sure["lambda_g"] - 0.5).abs(),
    )
    bins = np.minimum(np.floor(shown["omega"] * _BINS + 1e-9), _BINS - 1)
    to = shown.assign(omega_from=bins / _BINS, omega_to=(bins + 1) / _BINS)
    return {
        "confidence_and_error": _binned(to, ["omega_from", "omega_to"], "error", boot),
        "confidence_and_distance": _binned(shown, ["distance"], "omega", boot),
        "confidence_correlations": _correlations(shown, boot),
    }


def _binned(rows: pd.DataFrame, keys: list[str], value: str, boot: Bootstrap) -> pd.DataFrame:
    groups = rows.groupby(keys, sort=True)
    table = groups[value].agg(n="size", mean="mean").reset_index()
    code = groups.ngroup().to_numpy().astype(np.int64)
    low, high = boot.mean_intervals(rows, rows[value].to_numpy(float), code, len(table))
    return table.rename(columns={"mean": f"mean_{value}"}).assign(low=low, high=high)


def _correlations(shown: pd.DataFrame, boot: Bootstrap) -> pd.DataFrame:
    found = []
    omega = shown["omega"].to_numpy(float)
    for name, what in (
        ("error", "|lambda_g - lambda_f|"),
        ("distance", "|lambda_f - 0.5|"),
        ("answer_distance", "|lambda_g - 0.5|"),
    ):
        other = shown[name].to_numpy(float)
        if len(shown) > 2 and min(np.ptp(omega), np.ptp(other)) > 0:
            r = float(np.corrcoef(omega, other)[0, 1])
            found.append((what, len(shown), r, *interval(boot.correlations(shown, omega, other))))
    return pd.DataFrame(found, columns=["omega_with", "n", "r", "low", "high"])


def _mean(boot: Bootstrap, rows: pd.DataFrame, values: Numbers) -> Numbers:
    means: Numbers = boot.means(rows, values, np.zeros(len(rows), dtype=np.int64), 1)[:, 0]
    return means


def _with_ends(name: str, value: Any, ends: tuple[Any, Any]) -> dict[str, Any]:
    return {name: value, f"{name}_low": ends[0], f"{name}_high": ends[1]}
