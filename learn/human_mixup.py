"""HumanMixUp: a drop-in replacement for torchvision's MixUp, with labels as people see them."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torchvision.transforms import v2

from learn.human_labels import HumanLabels

_CACHED = 1 << 20  # bytes of a batch; from where on fewer passes were faster, on one CPU


class HumanMixUp(HumanLabels, v2.MixUp):  # type: ignore[misc]  # torchvision has no types
    """Mix each image of a batch with the one before it; label the blend as people see it.

    A drop-in replacement for `torchvision.transforms.v2.MixUp`, in a collate function or in the
    training loop: the same images, from the same random draw, with other labels. The share of the
    image's own class is lambda_g of its pair of classes at the lambda_f drawn, the rest goes to the
    other (Eq. 2 of the paper). With the policy mixup it gives what MixUp gives.

    Labels are (B,) class indexes or (B, K) one-hot or soft; a soft label's class is its largest
    entry, for the look-up only. Class k of the labels is class k of `policy.classes`, or of
    `classes` where they stand in another order. Output: (B, K), rows sum to 1. A policy of images
    that another process made is refused, as it does not know these; `any_process=True` allows it.

        mixup = HumanMixUp("hmix", num_classes=10)
        images, labels = mixup(images, labels)
    """

    PROCESS = "mixup"
    SHARE = "lam"

    def _draw(self, images: Tensor) -> dict[str, Any]:
        return {"lam": float(self._beta.rsample())}  # without what MixUp does around it

    def _mix_plain(self, images: Tensor, drawn: dict[str, Any]) -> Tensor:
        return mix_with_previous(images, drawn["lam"])


def mix_with_previous(images: Tensor, lambda_f: float) -> Tensor:
    """Return each image, with share lambda_f, mixed with the one before it (cyclic).

    The result is that of MixUp, bit for bit. A batch too large for the caches is mixed in three
    passes over memory instead of four.

    Args:
        images: (B, ...) of floating point.
        lambda_f: in [0, 1].
    """
    if images.numel() * images.element_size() < _CACHED:  # fewer calls count for more
        return images.roll(1, 0).mul_(1 - lambda_f).add_(images.mul(lambda_f))
    mixed = torch.empty_like(images)
    torch.mul(images[:-1], 1 - lambda_f, out=mixed[1:])
    torch.mul(images[-1:], 1 - lambda_f, out=mixed[:1])
    return mixed.add_(images.mul(lambda_f))
