"""Measures of a classifier on a holdout with human soft labels, each one function of tensors.

torchmetrics has no cross entropy against soft labels, no root-mean-square calibration error over
bins of equal count, and its Brier-like measures take hard labels; those are ours. Accuracy is its
multiclass accuracy with average="micro", expected calibration error its multiclass calibration
error with norm="l1"; tests compare both to it.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

CALIBRATION_BIN = 100  # examples a bin (PAPER.md)
ECE_BINS = 15  # torchmetrics' default, Guo et al. 2017


@dataclass(frozen=True)
class Measure:
    """What a measure is called, how it is printed, and which way is better."""

    title: str
    decimals: int  # that are printed
    higher_is_better: bool = False
    # decided before any run: the smallest difference that would change which labels to use
    smallest_worth: float | None = None


# Every measure that `learn.training.evaluate` takes; those that the paper prints come first.
MEASURES = {
    "ce": Measure("CE", 2, smallest_worth=0.02),
    "fgsm_ce": Measure("FGSM", 2),
    "calibration": Measure("Calibration", 3),
    "accuracy": Measure("Accuracy", 3, higher_is_better=True),
    "pgd_ce": Measure("PGD", 2),
    "ece": Measure("ECE", 3),
    "entropy_correlation": Measure("Entropy r", 3, higher_is_better=True),
    "brier": Measure("Brier", 3),
}


def cross_entropy(log_probs: Tensor, labels: Tensor) -> Tensor:
    """Return each example's cross entropy against its soft label, nats.

    `-sum_k label_k * log_prob_k`.

    Args:
        log_probs: (N, K) log-probabilities.
        labels: (N, K) in [0, 1], rows sum to 1.

    Returns:
        (N,), 0 or more.
    """
    return -(labels * log_probs).sum(dim=1)


def is_correct(log_probs: Tensor, labels: Tensor) -> Tensor:
    """Return (N,) bool: whether the network's first class is the label's; the first of equals."""
    return log_probs.argmax(dim=1) == labels.argmax(dim=1)


def rms_calibration_error(
    confidence: Tensor, right: Tensor, bin_size: int = CALIBRATION_BIN
) -> Tensor:
    """Return the root-mean-square calibration error over bins of equal count.

    Examples are sorted by confidence and cut into bins of `bin_size`, the last one smaller:
    `sqrt(sum_b n_b / n * (mean confidence_b - accuracy_b)^2)`, over all bins (PixMix, Hendrycks et
    al. 2022, whose code leaves out the last). Equal confidences keep their order.

    Args:
        confidence: (N,) probability of the first class.
        right: (N,) bool.
        bin_size: examples a bin, 1 or more.

    Returns:
        A number in [0, 1].
    """
    order = torch.argsort(confidence, stable=True)
    gaps = (confidence - right.to(confidence.dtype))[order]
    bins = torch.arange(len(gaps), device=gaps.device) // bin_size
    sums = torch.zeros(int(-(-len(gaps) // bin_size)), dtype=gaps.dtype, device=gaps.device)
    sums.index_add_(0, bins, gaps)
    sizes = torch.bincount(bins).to(gaps.dtype)
    return ((sums / sizes).square() * sizes / len(gaps)).sum().sqrt()


def expected_calibration_error(confidence: Tensor, right: Tensor, bins: int = ECE_BINS) -> Tensor:
    """Return the expected calibration error over bins of equal width (Guo et al. 2017).

    `sum_b n_b / n * |mean confidence_b - accuracy_b|`; bin b holds confidences from b / bins up to,
    not with, (b + 1) / bins, the last one 1 too, as in torchmetrics.

    Args:
        confidence: (N,) in [0, 1].
        right: (N,) bool.
        bins: how many, 1 or more.

    Returns:
        A number in [0, 1].
    """
    edges = torch.linspace(0, 1, bins + 1, dtype=confidence.dtype, device=confidence.device)
    place = (torch.bucketize(confidence, edges, right=True) - 1).clamp(0, bins - 1)
    sums = torch.zeros(bins, dtype=confidence.dtype, device=confidence.device)
    sums.index_add_(0, place, confidence - right.to(confidence.dtype))
    return sums.abs().sum() / len(confidence)


def brier_score(log_probs: Tensor, labels: Tensor) -> Tensor:
    """Return (N,) squared distances between probabilities and soft labels, summed over classes.

    `sum_k (prob_k - label_k)^2`, in [0, 2] (Brier 1950).

    Args:
        log_probs: (N, K).
        labels: (N, K) in [0, 1], rows sum to 1.
    """
    return (log_probs.exp() - labels).square().sum(dim=1)


def entropy(probs: Tensor) -> Tensor:
    """Return (N,) entropies of (N, K) distributions, nats."""
    return torch.special.entr(probs).sum(dim=1)


def entropy_correlation(log_probs: Tensor, labels: Tensor) -> Tensor:
    """Return Pearson's r between the entropies of the network's and of people's distributions.

    NaN where one of the two does not vary, as with hard labels.

    Args:
        log_probs: (N, K).
        labels: (N, K) in [0, 1], rows sum to 1.

    Returns:
        A number in [-1, 1], or NaN.
    """
    both = torch.stack([entropy(log_probs.exp()), entropy(labels)]).double()
    centred = both - both.mean(dim=1, keepdim=True)
    norm = centred.square().sum(dim=1).sqrt()
    return (centred[0] * centred[1]).sum() / (norm[0] * norm[1])
