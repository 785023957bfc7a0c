"""HumanCutMix: a drop-in replacement for torchvision's CutMix, with labels as people see them."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor
from torchvision.transforms import v2

from learn.human_labels import HumanLabels

Box = tuple[int, int, int, int]  # x1, y1, x2, y2: columns x1 to x2 - 1, rows y1 to y2 - 1


class HumanCutMix(HumanLabels, v2.CutMix):  # type: ignore[misc]  # torchvision has no types
    """Set a box of the image before it into each image of a batch; label it as people see it.

    A drop-in replacement for `torchvision.transforms.v2.CutMix`: the same images, from the same
    random draws, with other labels. lambda_f is the share of the image's own area, after the box
    is cut off at the edges; the share of the image's own class is lambda_g of its pair of classes
    there. With the policy mixup, lambda_g = lambda_f, it gives what CutMix gives.

    Labels, `classes` and the other arguments are those of `HumanMixUp`. What people saw in mixup's
    blends says nothing of these images: a policy of another process than cutmix is refused.
    `any_process=True` allows it, such as to compare the two.

        cutmix = HumanCutMix("cutmix_policy.json", num_classes=10)
        images, labels = cutmix(images, labels)
    """

    PROCESS = "cutmix"
    SHARE = "lam_adjusted"

    def _draw(self, images: Tensor) -> dict[str, Any]:
        lambda_f = float(self._beta.rsample())
        height, width = images.shape[-2:]
        box = draw_box(lambda_f, height, width)
        return {"box": box, "lam_adjusted": own_share(box, height, width)}

    def _mix_plain(self, images: Tensor, drawn: dict[str, Any]) -> Tensor:
        return cut_from_previous(images, drawn["box"])


def draw_box(lambda_f: float, height: int, width: int) -> Box:
    """Return a box of about 1 - lambda_f of the area, cut off at the edges, as CutMix draws it.

    Its middle is drawn from torch's own random numbers: the column first, then the row.
    """
    x, y = (int(torch.randint(size, size=(1,))) for size in (width, height))
    half = 0.5 * math.sqrt(1.0 - lambda_f)
    half_width, half_height = int(half * width), int(half * height)
    return (
        max(x - half_width, 0),
        max(y - half_height, 0),
        min(x + half_width, width),
        min(y + half_height, height),
    )


def own_share(box: Box, height: int, width: int) -> float:
    """Return the share of the area that a box leaves, in [0, 1]."""
    x1, y1, x2, y2 = box
    return float(1.0 - (x2 - x1) * (y2 - y1) / (width * height))


def cut_from_previous(images: Tensor, box: Box) -> Tensor:
    """Return each image with the box of the one before it (cyclic); images: (B, ..., H, W)."""
    x1, y1, x2, y2 = box
    part = images[..., y1:y2, x1:x2]
    mixed = images.clone()
    mixed[1:, ..., y1:y2, x1:x2] = part[:-1]
    mixed[:1, ..., y1:y2, x1:x2] = part[-1:]
    return mixed
