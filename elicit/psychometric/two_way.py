"""How sure an estimate is when people and images are both samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from elicit.psychometric import Codes, Numbers
from elicit.psychometric.intervals import NORMAL_FACTOR, compute_t_factor
from elicit.psychometric.least_squares import MIN_SLOPE, evaluate

CURVE_PARAMETERS = 2  # slope and midpoint


@dataclass(frozen=True)
class TwoWayError:
    """The standard error of an estimate, and its degrees of freedom."""

    error: float  # NaN where there are fewer than two people
    df: float
    both: bool  # whether images are a sample too; else they are the only ones, and it is for these

    def interval(self, estimate: float) -> tuple[float, float]:
        """Return the low and high end of the 95 % interval; NaN where there is none."""
        half = float(compute_t_factor(self.df)) * self.error if self.df > 0 else np.nan
        return estimate - half, estimate + half


def estimate_two_way_error(parts: Numbers, person: Codes, image: Codes) -> TwoWayError:
    """Return the standard error of an estimate over people and images that are both drawn anew.

    The variance is that of sums over people, plus that of sums over images, less that of sums over
    answers, which both contain; never less than either of the first two (Cameron, Gelbach and
    Miller, 2011, "Robust inference with multiway clustering"). The degrees of freedom are those of
    the rarer of the two, less one, as they recommend. With one image the first variance is left.

    Args:
        parts: (N,) what each answer moves the estimate by, to first order: its influence, over
            the number of answers. They add up to about zero.
        person: (N,) who answered.
        image: (N,) which image, or pair of images, was judged.
    """
    people, n_people = sum_squares(parts, person)
    images, n_images = sum_squares(parts, image)
    if n_people < 2:
        return TwoWayError(np.nan, 0.0, both=False)
    if n_images < 2:
        return TwoWayError(float(np.sqrt(people)), n_people - 1.0, both=False)
    variance = max(
        people + images - sum_squares(parts, number_cells(person, image)[1])[0], people, images
    )
    return TwoWayError(float(np.sqrt(variance)), min(n_people, n_images) - 1.0, both=True)


def widen_for_images(
    ends: tuple[float, float], estimate: float, parts: Numbers, person: Codes, image: Codes
) -> tuple[float, float]:
    """Return the ends of an interval over people, wider by what images add to it.

    Each half's square gets what `estimate_two_way_error` adds for images, and Student's factor in
    place of the normal one. Its degrees of freedom are Welch's and Satterthwaite's: a few images
    hardly tell how much images differ, and a curve of two parameters leaves all but two of them.

    Args:
        ends: of the interval over people.
        estimate: what it is of.
        parts: (N,) as `estimate_two_way_error` takes them, as are the next two.
        person: (N,) who answered.
        image: (N,) what was judged.
    """
    images, n_images = sum_squares(parts, image)
    if n_images < 2 or not images:
        return ends
    answers, _ = sum_squares(parts, number_cells(person, image)[1])
    added = max(images - answers, 0.0)
    people = ((ends[1] - ends[0]) / 2 / NORMAL_FACTOR) ** 2
    df = max((people + added) ** 2 / images**2, 1.0) * max(n_images - CURVE_PARAMETERS, 1)
    factor = float(compute_t_factor(df)) / NORMAL_FACTOR
    half = NORMAL_FACTOR * added**0.5
    low, high = (factor * float(np.hypot(end - estimate, half)) for end in ends)
    return estimate - low, estimate + high


def number_cells(outer: Codes, inner: Codes) -> tuple[Codes, Codes]:
    """Return (C,) the first place of each pair of numbers, and (N,) the number of each one's pair.

    Args:
        outer: (N,) by which the C pairs are sorted, such as an index of people; from 0.
        inner: (N,) by which they are sorted then, such as an index of images; from 0.
    """
    pairs = outer * (int(inner.max()) + 1) + inner
    _, first, number = np.unique(pairs, return_index=True, return_inverse=True)
    return first.astype(np.int64), number.reshape(-1).astype(np.int64)


def sum_squares(parts: Numbers, group: Codes) -> tuple[float, int]:
    """Return the variance of a sum whose terms are alike within groups, and the groups' number."""
    names, number = np.unique(group, return_inverse=True)
    sums, n = np.bincount(number.reshape(-1), parts), len(names)
    return float((sums**2).sum()) * (n / (n - 1) if n > 1 else np.nan), n


def split_mean(answers: Numbers, person: Codes) -> tuple[float, Numbers]:
    """Return the mean of people's means, and (N,) each answer's part in it.

    Args:
        answers: (N,) numbers.
        person: (N,) index of who gave each, 0 to P - 1; each is there.
    """
    weight = 1 / (np.bincount(person)[person] * (person.max() + 1))
    mean = float((weight * answers).sum())
    return mean, weight * (answers - mean)


def split_curve(x: Numbers, y: Numbers, curve: Numbers) -> Numbers:
    """Return (2, N) each answer's part in the slope, and in the midpoint, of a logistic.

    The curve is fitted by least squares (`elicit.psychometric.least_squares`); parts are those of
    one step of Gauss and Newton. NaN where it is flat.

    Args:
        x: (N,) lambda_f.
        y: (N,) lambda_g.
        curve: (2,) slope and shift of the fit to them.
    """
    slope, shift = curve
    if not slope > MIN_SLOPE:  # flat, or no curve at all
        return np.full((2, len(x)), np.nan)
    fitted = evaluate(x, curve[None])[0]
    steep = fitted * (1 - fitted)
    gradient = np.stack([steep * (x - 0.5), steep])  # by slope and shift
    information = gradient @ gradient.T
    if np.linalg.cond(information) > 1e12:
        return np.full((2, len(x)), np.nan)
    of_slope, of_shift = np.linalg.solve(information, gradient) * (y - fitted)
    # the midpoint is 0.5 - shift / slope
    return np.stack([of_slope, -of_shift / slope + shift / slope**2 * of_slope])
