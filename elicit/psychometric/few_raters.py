"""What a few raters say of each of many images: means, intervals and tests that cover."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr

from elicit.psychometric import Codes, Numbers
from elicit.psychometric.intervals import compute_t_factor
from elicit.psychometric.two_way import number_cells
from elicit.psychometric.variances import moderate_variances

SPREADS = 128  # values of the spread between images that are weighed


@dataclass(frozen=True)
class ImageMeans:
    """What raters say of G images, by empirical Bayes; NaN where nothing can be said."""

    mean: Numbers  # (G,) posterior mean
    low: Numbers  # (G,) ends of the 95 % posterior interval
    high: Numbers
    p_value: Numbers  # (G,) two-sided, of the raters' plain mean being the reference


def estimate_image_means(
    answers: Numbers, image: Codes, rater: Codes, reference: float
) -> ImageMeans:
    """Return each image's mean answer, drawn towards that of all images, with its interval.

    Resampling two or three raters knows no answer but theirs, so percentile intervals cover far
    less than they say. Here images are a sample: their means are normal about a common one, with
    a spread that is averaged over its posterior (flat, given restricted likelihood). Raters of an
    image differ with a variance of its own, moderated by those of all images
    (`moderate_variances`); intervals and tests have the degrees of freedom that this leaves.

    Args:
        answers: (N,) numbers.
        image: (N,) index of the image, 0 to G - 1; each is there.
        rater: (N,) index of the rater. Several answers of a rater to an image count once, with
            their mean.
        reference: what the tests compare the means with.
    """
    step = _find_step(answers)
    answers, image = _average_per_rater(answers, image, rater)
    n = np.bincount(image).astype(np.float64)
    plain = np.bincount(image, answers) / n
    if (n < 2).all():
        unknown = np.full(len(n), np.nan)
        return ImageMeans(plain, unknown, unknown.copy(), unknown.copy())
    squares = np.bincount(image, (answers - plain[image]) ** 2)
    rounding = np.full(len(n), step**2 / 12)  # the variance within a step of the answers' grid
    mean, half, p_value = (np.zeros(len(n)) for _ in range(3))
    for model in moderate_variances(squares / np.maximum(n - 1, 1), n - 1, rounding):
        error = model.variance / n
        centre, posterior = _average_over_spreads(plain, error)
        mean += model.weight * centre
        half += model.weight * compute_t_factor(model.df) * np.sqrt(posterior)
        p_value += model.weight * _test(plain - reference, error, model.df)
    return ImageMeans(mean, mean - half, mean + half, np.minimum(p_value, 1.0))


def compare_image_means(
    differences: Numbers, image: Codes, rater: Codes, expected: Numbers
) -> Numbers:
    """Return (G,) two-sided p-values of each image's mean difference being zero.

    Args:
        differences: (N,) answers less what they are compared with.
        image: (N,) index of the image, 0 to G - 1; each is there.
        rater: (N,) index of the rater. Several answers of a rater to an image count once.
        expected: (G,) variance between raters that is expected of each image, by its kind. What
            an image's own raters say of it moderates this.
    """
    step = _find_step(differences)
    differences, image = _average_per_rater(differences, image, rater)
    n = np.bincount(image).astype(np.float64)
    plain = np.bincount(image, differences) / n
    squares = np.bincount(image, (differences - plain[image]) ** 2)
    rounding = step**2 / 12 / expected
    models = moderate_variances(squares / np.maximum(n - 1, 1) / expected, n - 1, rounding)
    p_value = np.zeros(len(n))
    for model in models:
        p_value += model.weight * _test(plain, model.variance * expected / n, model.df)
    return np.minimum(p_value, 1.0)


def _test(difference: Numbers, error: Numbers, df: Numbers) -> Numbers:
    """Return (G,) two-sided p-values of differences with these squared standard errors."""
    with np.errstate(divide="ignore", invalid="ignore"):
        p_value: Numbers = 2 * stdtr(df, -np.abs(difference) / np.sqrt(error))
    return np.nan_to_num(p_value, nan=1.0)  # no difference, and no error


def _find_step(answers: Numbers) -> float:
    """Return the smallest distance between two different answers; 0 where all are the same."""
    gaps = np.diff(np.unique(answers.round(9)))
    return float(gaps.min()) if len(gaps) else 0.0


def _average_per_rater(answers: Numbers, image: Codes, rater: Codes) -> tuple[Numbers, Codes]:
    """Return the (C,) mean answers of each rater to each image, and (C,) the image of each."""
    first, cell = number_cells(image, rater)
    return np.bincount(cell, answers) / np.bincount(cell), image[first]


def _average_over_spreads(plain: Numbers, error: Numbers) -> tuple[Numbers, Numbers]:
    """Return (G,) posterior means and variances, averaged over the spread between images.

    Args:
        plain: (G,) means of the raters.
        error: (G,) their squared standard errors.
    """
    widest = 2 * float(np.ptp(plain)) + float(np.sqrt(error.max())) or 1.0
    spreads = np.linspace(0, widest, SPREADS)[:, None] ** 2  # (S, 1) variances
    weight = 1 / np.maximum(spreads + error, 1e-12)  # (S, G)
    total = weight.sum(axis=1, keepdims=True)
    centre = (weight * plain).sum(axis=1, keepdims=True) / total
    log = 0.5 * (np.log(weight) - weight * (plain - centre) ** 2).sum(axis=1) - 0.5 * np.log(
        total[:, 0]
    )
    belief = np.exp(log - log.max())[:, None]
    belief /= belief.sum()
    own = spreads * weight  # (S, G) share of the image's own raters
    mean = own * plain + (1 - own) * centre
    variance = own * error + (1 - own) ** 2 / total
    average = (belief * mean).sum(axis=0)
    return average, (belief * (variance + (mean - average) ** 2)).sum(axis=0)
