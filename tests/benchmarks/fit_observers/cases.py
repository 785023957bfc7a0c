"""H-Mix as trials that observers can answer again, and the figures that their fit must meet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from elicit.trial import Trial
from learn.arrays import Numbers
from stimuli.mixing import Pair
from tests.benchmarks.figures_of_people import pairs_of, spread_of_pairs

PLACES = tuple(round(k / 100 - 0.005, 3) for k in range(102))  # about each place of a slider
MIXES = tuple(round(k / 10 - 0.05, 2) for k in range(12))  # about each lambda_f of the grid
REPLICATES = 16  # of all participants, each time that they are simulated
_FAR = 20.0  # z that nobody reaches


@dataclass(frozen=True)
class Case:
    """One interface's rows, and the trials to answer them anew."""

    paradigm: str
    rows: pd.DataFrame  # with `answer` and `x`, the lambda_f shown (0 where it is the answer)
    trials: tuple[Trial, ...]  # as many
    who: tuple[int, ...]  # participant of each


def case(table: pd.DataFrame, paradigm: str) -> Case:
    """Return an interface's rows and trials."""
    rows = table[table["paradigm"] == paradigm].sort_values(["participant", "trial"])
    infer = paradigm == "infer"
    rows = rows.assign(
        answer=rows["lambda_g" if infer else "lambda_f"], x=rows["lambda_f"] if infer else 0.0
    ).reset_index(drop=True)
    number = rows.groupby("participant").cumcount()
    trials = tuple(
        Trial(int(n), 0, "", paradigm, "", Pair(i, j, class_i, class_j), (x,), repeat=again)
        for n, i, j, class_i, class_j, x, again in zip(
            number, rows["image_i"], rows["image_j"], rows["class_i"], rows["class_j"],
            rows["x"], rows["repeat"], strict=True,
        )
    )  # fmt: skip
    return Case(paradigm, rows, trials, tuple(pd.factorize(rows["participant"])[0].tolist()))


def figures(rows: pd.DataFrame) -> pd.Series[float]:
    """Return the figure that each spread decides.

    image: correlation of two people's answers to the same images; own: of one person's two
    answers; bias: of one person's answers to any images; each about the mean at that lambda_f.
    style: variance between people of how far from 0.5 they answer, in Infer of how often with 0 or
    1 and of how spread their answers are; gain: of how steeply with lambda_f; middle: of how often
    with 0.5. pair: standard deviation of class pairs' PSEs, with what chance adds to it, as the
    simulated have as much chance.
    """
    off = (
        rows["answer"]
        - rows[~rows["repeat"]].groupby("x")["answer"].mean().reindex(rows["x"]).to_numpy()
    )
    rows = rows.assign(off=off)
    once = rows[~rows["repeat"]]
    again = rows[rows["repeat"]].merge(
        once[["participant", "image_i", "image_j", "x", "off"]],
        on=["participant", "image_i", "image_j", "x"],
        suffixes=("", "_before"),
    )
    infer, far = once["x"].nunique() > 1, (once["answer"] - 0.5).abs()
    return pd.Series(
        {
            "bias": within(once, ["participant"]),
            "image": within(once, ["image_i", "image_j", "x"]),
            "own": float(np.corrcoef(again["off"], again["off_before"])[0, 1]),
            "style": _extremes_between(once) if infer else between(once, far),
            "gain": _slopes_between(once) if infer else 0.0,
            "middle": between(once, (once["answer"] == 0.5).astype(float)) if infer else 0.0,
            "pair": spread_of_pairs(
                pairs_of(once), once["x"].to_numpy(float), once["answer"].to_numpy(float)
            ),
        }
    )


def between(rows: pd.DataFrame, values: pd.Series[float]) -> float:
    """Return the variance of people's means of `values`, less what chance adds to it."""
    own = values.groupby(rows["participant"])
    return max(float(own.mean().var() - (own.var() / own.size()).mean()), 1e-5)


def _extremes_between(rows: pd.DataFrame) -> float:
    """Return the geometric mean of two variances between people.

    One style cannot give both: with all of the first, people's spreads differ too much.
    """
    ends = between(rows, rows["answer"].isin([0.0, 1.0]).astype(float))
    spreads = float(rows.groupby("participant")["off"].std().var())
    return float(np.sqrt(ends * spreads))


def _slopes_between(rows: pd.DataFrame) -> float:
    """Return the variance of people's slopes over lambda_f, less what chance adds to it."""
    who = rows["participant"]
    x = rows["x"] - rows.groupby("participant")["x"].transform("mean")
    y = rows["answer"] - rows.groupby("participant")["answer"].transform("mean")
    squares = (x * x).groupby(who).sum()
    slope = (x * y).groupby(who).sum() / squares
    left = ((y - slope.reindex(who).to_numpy() * x) ** 2).groupby(who).mean()
    return max(float(slope.var() - (left / squares).mean()), 1e-5)


def within(rows: pd.DataFrame, keys: list[str]) -> float:
    """Return the mean product of two answers of one group, in units of all answers' variance."""
    groups = rows.groupby(keys)["off"]
    n, total, squares = groups.size(), groups.sum(), groups.agg(lambda each: (each**2).sum())
    products = float((total**2 - squares).sum() / (n * (n - 1)).sum())
    return products / float(rows["off"].var())


def share_above(rows: pd.DataFrame) -> Numbers:
    """Return the share of answers above 0.5 at each lambda_f; half of those at it."""
    once = rows[~rows["repeat"]]
    above = (once["answer"] > 0.5) + 0.5 * (once["answer"] == 0.5)
    return np.asarray(above.groupby(once["x"]).mean(), dtype=np.float64)


def matched(z: Numbers, given: Numbers, edges: Sequence[float]) -> tuple[float, ...]:
    """Return the z of each edge, below which is the same share of z as of answers given.

    Args:
        z: (M,) evidence.
        given: (N,) answers.
        edges: between answers.
    """
    below = np.searchsorted(np.sort(given), edges) / len(given)
    inner = np.clip(np.quantile(z, below), -_FAR, _FAR)
    found = np.where(below <= 0, -_FAR, np.where(below >= 1, _FAR, inner))
    return tuple(np.round(found, 3).tolist())
