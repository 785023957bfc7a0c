"""Whether a batch fits a policy: what would give wrong labels is told in one line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torchvision.tv_tensors import Image, Video

from elicit.errors import ElicitError

_TOLERANCE = 1e-2  # by which a row of labels may miss the sum 1, in float16 or bfloat16 too


def check_labels(labels: Tensor, classes: Sequence[str]) -> None:
    """Raise ElicitError unless `labels` are of as many classes as the policy has.

    Args:
        labels: (B,) class indexes in [0, K), or (B, K) one-hot or soft, each row at least 0 and of
            sum 1.
        classes: K names, the policy's.
    """
    if labels.ndim == 1:
        _check_indexes(labels, classes)
    elif labels.ndim == 2:
        _check_rows(labels, classes)


def check_strengths(strengths: Any, batch_size: int) -> None:
    """Raise ElicitError unless `strengths` are (B, 2) floating-point numbers."""
    came = tuple(strengths.shape) if isinstance(strengths, Tensor) else type(strengths).__name__
    if came != (batch_size, 2):
        raise ElicitError(
            f"strengths: must be ({batch_size}, 2), dominance and clarity of each image, as "
            f"learn strengths writes them, got {came}"
        )
    if not strengths.is_floating_point():
        raise ElicitError(f"strengths: must be floating-point numbers, got {strengths.dtype}")


def check_images(inputs: Sequence[Any], labels: Any) -> None:
    """Raise ElicitError unless torchvision finds the images in a batch, and the labels.

    It takes the first plain tensor for the images where none has a type of its own, and leaves the
    others as they are: a batch that begins with its labels would get mixed labels beside images
    that are not mixed.

    Args:
        inputs: all values of the batch, in its order, nested ones laid flat.
        labels: what labels_getter found.
    """
    if isinstance(labels, Tensor) and not any(each is labels for each in inputs):
        raise ElicitError(
            "labels_getter: must return the labels as they stand in the batch, got another tensor, "
            "such as a copy"
        )
    plain = [each for each in inputs if type(each) is Tensor]
    if not plain or any(isinstance(each, Image | Video) for each in inputs):
        return
    images = sum(each.ndim == 4 for each in plain)
    if plain[0] is labels or images > 1 or (images and plain[0].ndim != 4):
        shapes = ", ".join(str(tuple(each.shape)) for each in plain)
        raise ElicitError(
            "batch: its first tensor must be the images, the only one of shape (B, C, H, W), as "
            f"only that one is mixed; got tensors of shapes {shapes}; put the images first, or "
            "give them as tv_tensors.Image"
        )


def _check_indexes(labels: Tensor, classes: Sequence[str]) -> None:
    if labels.dtype is torch.bool or labels.is_floating_point():
        raise ElicitError(
            f"labels: of shape ({len(labels)},) must be class indexes, whole numbers, got "
            f"{labels.dtype}"
        )
    if not len(labels):
        return
    low, high = (int(end) for end in labels.aminmax())
    if low < 0 or high >= len(classes):
        raise ElicitError(
            f"labels: must be class indexes from 0 to {len(classes) - 1}, as the policy's "
            f"{len(classes)} classes ({', '.join(classes)}), got {low if low < 0 else high}"
        )


def _check_rows(labels: Tensor, classes: Sequence[str]) -> None:
    if labels.shape[1] != len(classes):
        raise ElicitError(
            f"labels: must have {len(classes)} columns, as the policy's classes "
            f"({', '.join(classes)}), got {labels.shape[1]}; name yours with classes="
        )
    if not len(labels):
        return
    shares = labels if labels.is_floating_point() else labels.float()
    sums = shares.sum(dim=1)
    wrong = ~((sums - 1).abs() <= _TOLERANCE) | (shares.amin(dim=1) < 0)  # NaN is wrong too
    if bool(wrong.any()):
        row = int(wrong.int().argmax())
        raise ElicitError(
            f"labels: row {row}: must be one-hot or shares, at least 0 and of sum 1, got the sum "
            f"{float(sums[row]):.4g} and the least {float(shares[row].amin()):.4g}"
        )
