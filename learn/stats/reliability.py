"""How reliable answers about images are: one rater's, and the mean of an image's raters.

An answer is taken as the sum of what its image, its rater and chance add, each with a variance.
Half the mean squared difference of two answers is the variance that they do not share: of one
image, that of raters and chance; of one rater, that of images and chance; of neither, all of it.
So the three variances follow from three means of squared differences (Searle, Casella and
McCulloch 1992, "Variance Components", chapter 5: estimates by moments, which may be negative).

The share of images is one rater's reliability, ICC(1) of Shrout and Fleiss (1979); the mean of k
raters has k r / (1 + (k - 1) r) (Spearman 1910; Brown 1910). Intervals are over other people and
other images (`elicit.psychometric.two_way`), from the first derivatives of these estimates.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from elicit.psychometric.two_way import estimate_two_way_error
from learn.arrays import Codes, Numbers
from learn.study.schema import BLEND, number_groups, number_participants

ENDS = ("", "_low", "_high")
ESTIMATES = tuple(f"{name}{end}" for name in ("one_rater", "raters_mean", "person") for end in ENDS)


@dataclass(frozen=True)
class InfluenceEstimate:
    """A number, and what each of N answers moves it by, to first order."""

    value: float
    parts: Numbers  # (N,)

    def __add__(self, other: InfluenceEstimate) -> InfluenceEstimate:
        return InfluenceEstimate(self.value + other.value, self.parts + other.parts)

    def __sub__(self, other: InfluenceEstimate) -> InfluenceEstimate:
        return InfluenceEstimate(self.value - other.value, self.parts - other.parts)

    def __truediv__(self, other: InfluenceEstimate) -> InfluenceEstimate:
        if not other.value:
            return InfluenceEstimate(np.nan, np.full(len(self.parts), np.nan))
        ratio = self.value / other.value
        return InfluenceEstimate(ratio, (self.parts - ratio * other.parts) / other.value)

    def find_ends(self, person: Codes, image: Codes) -> tuple[float, float, float]:
        """Return the value and the ends of its 95 % interval over people and images."""
        if np.isnan(self.value):
            return self.value, np.nan, np.nan
        ends = estimate_two_way_error(self.parts, person, image).interval(self.value)
        return self.value, *ends


def describe_reliability(once: pd.DataFrame) -> pd.DataFrame:
    """Return how reliable confidence and labels are; no rows where no image has two raters.

    A row each for omega; omega less what a straight line in the label's distance from 1/2 says of
    it (the label is the mean lambda_g of the image); lambda_g; and lambda_g less lambda_f, which
    is what people add to mixup.

    Args:
        once: first answers that say lambda_g; a rater's second answer to an image is left out.

    Returns:
        `what`, `n`, `participants`, `images`, `raters` (the mean number of an image), and with
        their ends: `one_rater` and `raters_mean`, the reliability of one rater's answer and of the
        mean of so many, and `person`, the share of the variance that is between people.
    """
    once = once.drop_duplicates(["participant", *BLEND])
    rated = once[once["omega"].notna()]
    found = []
    for what, rows, values in (
        ("omega", rated, rated["omega"].to_numpy(float)),
        ("omega without extremity", rated, _leave_out_extremity(rated)),
        ("lambda_g", once, once["lambda_g"].to_numpy(float)),
        ("lambda_g - lambda_f", once, (once["lambda_g"] - once["lambda_f"]).to_numpy(float)),
    ):
        if len(rows) == rows.groupby(BLEND).ngroups or np.ptp(values) == 0:
            continue  # no image has two raters, or all say the same
        found.append({"what": what, **_describe(rows, values)})
    columns = ["what", "n", "participants", "images", "raters", *ESTIMATES]
    return pd.DataFrame(found, columns=columns)


def _describe(rows: pd.DataFrame, values: Numbers) -> dict[str, float]:
    person, image = number_participants(rows), number_groups(rows, BLEND)
    people, images = int(person.max()) + 1, int(image.max()) + 1
    raters = len(rows) / images
    one, of_person = estimate_shares(values, person, image)
    named = {"one_rater": one, "raters_mean": step_up(one, raters), "person": of_person}
    found: dict[str, float] = {"n": len(rows), "participants": people, "images": images}
    found["raters"] = raters
    for name, each in named.items():
        numbers = each.find_ends(person, image)
        found |= {f"{name}{end}": number for end, number in zip(ENDS, numbers, strict=True)}
    return found


def estimate_shares(
    values: Numbers, person: Codes, image: Codes
) -> tuple[InfluenceEstimate, InfluenceEstimate]:
    """Return the shares of the variance that are between images and between people.

    Args:
        values: (N,) answers, one of a person to an image.
        person: (N,) who answered, from 0.
        image: (N,) what was judged, from 0.
    """
    of_image, of_person = (_sum_squared_differences(values, by) for by in (image, person))
    every = _sum_squared_differences(values, np.zeros(len(values), dtype=np.int64))
    squares, pairs = (every[k] - of_image[k] - of_person[k] for k in (0, 1))
    total = squares / pairs
    one = InfluenceEstimate(1.0, np.zeros(len(values)))
    within_image, within_person = (each[0] / each[1] for each in (of_image, of_person))
    return one - within_image / total, one - within_person / total


def step_up(one: InfluenceEstimate, raters: float) -> InfluenceEstimate:
    """Return the reliability of the mean of so many raters (Spearman and Brown)."""
    below = 1 + (raters - 1) * one.value
    return InfluenceEstimate(raters * one.value / below, raters / below**2 * one.parts)


def _sum_squared_differences(
    values: Numbers, group: Codes
) -> tuple[InfluenceEstimate, InfluenceEstimate]:
    """Return half the sum of squared differences of two answers of a group, and their number.

    Each pair counts twice, once either way. Parts are derivatives by an answer's weight.
    """
    centred = values - values.mean()
    n = np.bincount(group).astype(np.float64)
    sums, squares = (np.bincount(group, each) for each in (centred, centred**2))
    half = InfluenceEstimate(
        float((n * squares - sums**2).sum()),
        n[group] * centred**2 + squares[group] - 2 * sums[group] * centred,
    )
    return half, InfluenceEstimate(float((n**2).sum()) - len(values), 2 * (n[group] - 1))


def predict_errors(once: pd.DataFrame) -> pd.DataFrame:
    """Return whether the other raters' confidence in an image tells how wrong a rater is.

    A rater's error is the distance of their lambda_g from the mean of the image's other raters;
    their confidence is their mean omega. The second row leaves out of both what a straight line in
    the distance of the others' mean lambda_g from 1/2 says of them.

    Args:
        once: first answers that say lambda_g.

    Returns:
        `left_out` ("" or "extremity"), `n` and r with its 95 % interval over other people and
        images, `low` and `high`; no rows where they do not vary.
    """
    rated = once[once["omega"].notna()].drop_duplicates(["participant", *BLEND])
    image = number_groups(rated, BLEND)
    shared = np.bincount(image)[image] > 1 if len(rated) else np.zeros(0, dtype=bool)
    rated, image = rated[shared], image[shared]
    columns = ["left_out", "n", "r", "low", "high"]
    if len(rated) < 3:
        return pd.DataFrame(columns=columns)
    seen = rated["lambda_g"].to_numpy(float)
    label, sure = (
        _mean_of_others(seen, image),
        _mean_of_others(rated["omega"].to_numpy(float), image),
    )
    error, far = np.abs(seen - label), np.abs(label - 0.5)
    person = number_participants(rated)
    found = []
    for left_out, x, y in (
        ("", sure, error),
        ("extremity", _leave_out(sure, far), _leave_out(error, far)),
    ):
        if min(np.ptp(x), np.ptp(y)) > 1e-9:
            found.append((left_out, len(x), *correlate(x, y).find_ends(person, image)))
    return pd.DataFrame(found, columns=columns)


def correlate(x: Numbers, y: Numbers) -> InfluenceEstimate:
    """Return Pearson's correlation of two (N,) numbers that vary."""
    x, y = ((each - each.mean()) / each.std() for each in (x, y))
    r = float((x * y).mean())
    return InfluenceEstimate(r, (x * y - r * (x**2 + y**2) / 2) / len(x))


def _mean_of_others(values: Numbers, image: Codes) -> Numbers:
    """Return (N,) the mean of the image's other answers; each image has two or more."""
    n, sums = np.bincount(image)[image], np.bincount(image, values)[image]
    mean: Numbers = (sums - values) / (n - 1)
    return mean


def _leave_out_extremity(rated: pd.DataFrame) -> Numbers:
    """Return (N,) omega less what the label's distance from 1/2 says of it."""
    label = rated.groupby(BLEND)["lambda_g"].transform("mean").to_numpy(float)
    return _leave_out(rated["omega"].to_numpy(float), np.abs(label - 0.5))


def _leave_out(values: Numbers, other: Numbers) -> Numbers:
    """Return (N,) residuals of a straight line in `other`; of least squares."""
    if not len(values):
        return values
    centred = other - other.mean()
    square = float((centred**2).sum())
    slope = float((centred * values).sum()) / square if square > 1e-12 else 0.0
    residual: Numbers = values - values.mean() - slope * centred
    return residual
