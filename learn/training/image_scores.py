"""A classifier's scores on each image of the holdout: what another holdout would have changed.

A measure of N images is known only so far as N images tell. Its standard error is that of a
bootstrap: the images are drawn anew, with replacement, and the measure is taken of each draw. The
calibration errors are biased upwards besides: in a bin of 100 images the share that is right
differs by chance from the confidence. What a perfectly calibrated classifier with the same
confidences scores is their null.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np

from learn.arrays import Codes, Numbers
from learn.training.measures import CALIBRATION_BIN, ECE_BINS

RESAMPLES = 1000
SEED = 20230731
MAX_COUNTS = 4_000_000  # numbers held at a time: draws of so many images
CALIBRATIONS = ("calibration", "ece")  # of `MEASURES`: those that have a null
_MEANS = ("ce", "fgsm_ce", "pgd_ce", "accuracy", "brier")


@dataclass(frozen=True)
class ImageScores:
    """What a classifier made of N images; each field is (N,) numbers, a column of holdout.csv."""

    ce: Numbers  # cross entropy, nats
    fgsm_ce: Numbers
    pgd_ce: Numbers
    accuracy: Numbers  # 1 where the first class is the label's, else 0
    brier: Numbers
    confidence: Numbers  # probability of the first class
    entropy: Numbers  # of the classifier's distribution, nats
    label_entropy: Numbers  # of people's

    def __len__(self) -> int:
        return len(self.ce)


COLUMNS = tuple(each.name for each in fields(ImageScores))


@dataclass(frozen=True)
class MeasureNull:
    """What a perfectly calibrated classifier with the same confidences scores."""

    mean: float
    sd: float


def resample_measures(scores: Sequence[ImageScores]) -> dict[str, Numbers]:
    """Return each measure of R classifiers, (R, RESAMPLES), on the same draws of their images.

    Args:
        scores: of each classifier, on the same N images in the same order.

    Raises:
        ValueError: not the same number of images.
    """
    n = len(scores[0])
    if any(len(each) != n for each in scores):
        raise ValueError(f"must be of the same images, got {[len(each) for each in scores]}")
    found: dict[str, list[Numbers]] = {}
    for counts in _draw(n):
        parts = [_measure_draws(each, counts) for each in scores]
        for name in parts[0]:
            found.setdefault(name, []).append(np.stack([part[name] for part in parts]))
    return {name: np.concatenate(blocks, axis=1) for name, blocks in found.items()}


def find_standard_errors(scores: ImageScores) -> dict[str, float]:
    """Return each measure's standard error over other images, by name; NaN of one image."""
    if len(scores) < 2:
        return dict.fromkeys([*_MEANS, *CALIBRATIONS, "entropy_correlation"], np.nan)
    drawn = resample_measures([scores])
    return {name: find_spread(each[0]) for name, each in drawn.items()}


def find_spread(draws: Numbers) -> float:
    """Return the standard deviation of (D,) draws; NaN where fewer than half of them are known."""
    known = draws[~np.isnan(draws)]
    return float(np.std(known, ddof=1)) if 2 * len(known) >= len(draws) > 1 else float("nan")


def find_calibration_nulls(
    confidence: Numbers, resamples: int = RESAMPLES
) -> dict[str, MeasureNull]:
    """Return the null of each of CALIBRATIONS: answers are right as often as the confidence says.

    Args:
        confidence: (N,) of the classifier's first class.
        resamples: how often all answers are drawn.
    """
    rng = np.random.default_rng(SEED)
    ordered = np.sort(confidence)
    bins = _find_width_bins(ordered)
    found: dict[str, list[Numbers]] = {name: [] for name in CALIBRATIONS}
    for size in _split(resamples, len(ordered)):
        gaps = ordered - (rng.random((size, len(ordered))) < ordered)
        found["calibration"].append(_measure_equal_bins(gaps))
        found["ece"].append(np.abs(gaps @ bins).sum(axis=1) / len(ordered))
    each = {name: np.concatenate(parts) for name, parts in found.items()}
    return {name: MeasureNull(float(of.mean()), float(of.std(ddof=1))) for name, of in each.items()}


def summarise_images(scores: ImageScores) -> Mapping[str, float]:
    """Return what a run's result says beside its measures: `NAME_se`, `NAME_null`, `NAME_null_sd`.

    The standard error of each measure over other images, and the null of the calibration errors.
    """
    errors = {f"{name}_se": error for name, error in find_standard_errors(scores).items()}
    nulls = find_calibration_nulls(scores.confidence)
    means = {f"{name}_null": null.mean for name, null in nulls.items()}
    return errors | means | {f"{name}_null_sd": null.sd for name, null in nulls.items()}


def _draw(n: int) -> Iterator[Codes]:
    """Yield (D, n) how often each image is in each of some draws; RESAMPLES draws in all."""
    rng = np.random.default_rng(SEED)
    for size in _split(RESAMPLES, n):
        yield rng.multinomial(n, np.full(n, 1 / n), size)


def _split(draws: int, n: int) -> Iterator[int]:
    """Yield how many draws of n images are held at a time."""
    at_once = max(1, MAX_COUNTS // n)
    for first in range(0, draws, at_once):
        yield min(at_once, draws - first)


def _measure_draws(scores: ImageScores, counts: Codes) -> dict[str, Numbers]:
    """Return each measure, (D,), of (D, N) draws."""
    n, weights = len(scores), counts.astype(np.float64)
    columns = np.stack([getattr(scores, name) for name in _MEANS], axis=1)
    found: dict[str, Numbers] = dict(zip(_MEANS, (weights @ columns / n).T, strict=True))
    order = np.argsort(scores.confidence, kind="stable")
    gaps = scores.confidence - scores.accuracy
    found["calibration"] = _measure_equal_bins(
        np.stack([np.repeat(gaps[order], each) for each in counts[:, order]])
    )
    of_bins = weights @ (_find_width_bins(scores.confidence) * gaps[:, None])
    found["ece"] = np.abs(of_bins).sum(axis=1) / n
    found["entropy_correlation"] = correlate_draws(weights, scores.entropy, scores.label_entropy)
    return found


def _measure_equal_bins(gaps: Numbers) -> Numbers:
    """Return (D,) `rms_calibration_error` of (D, N) gaps in the order of confidence."""
    n = gaps.shape[1]
    starts = np.arange(0, n, CALIBRATION_BIN)
    sizes = np.diff([*starts, n])
    found: Numbers = np.sqrt((np.add.reduceat(gaps, starts, axis=1) ** 2 / sizes).sum(axis=1) / n)
    return found


def _find_width_bins(confidence: Numbers) -> Numbers:
    """Return (N, ECE_BINS) 1 in the bin of each confidence, else 0."""
    edges = np.linspace(0, 1, ECE_BINS + 1)
    place = np.clip(np.searchsorted(edges, confidence, side="right") - 1, 0, ECE_BINS - 1)
    found: Numbers = np.eye(ECE_BINS)[place]
    return found


def correlate_draws(weights: Numbers, x: Numbers, y: Numbers) -> Numbers:
    """Return (D,) correlations of x (N,) with y (N,), weighted by (D, N), or NaN."""
    x, y = x - x.mean(), y - y.mean()
    n = weights.sum(axis=1)
    sx, sy, sxx, syy, sxy = (weights @ each for each in (x, y, x * x, y * y, x * y))
    squares = (sxx - sx**2 / n) * (syy - sy**2 / n)
    found: Numbers = np.full(len(n), np.nan)
    np.divide(sxy - sx * sy / n, np.sqrt(np.maximum(squares, 0)), out=found, where=squares > 1e-18)
    return found
