"""Batches to mix, and transforms that draw the same."""

from typing import Any

import torch

from tests.learn.helpers.example_policies import CLASSES

K = len(CLASSES)


def a_batch(seed: int = 0, height: int = 8, width: int = 8) -> tuple[Any, Any]:
    """Return 6 images, (6, 3, H, W), and their class indexes, (6,)."""
    made = torch.Generator().manual_seed(seed)
    images = torch.rand(6, 3, height, width, generator=made)
    return images, torch.randint(K, (6,), generator=made)


def drawn_alike(transform: Any, *inputs: Any, seed: int = 11) -> Any:
    """Return what a transform makes of a batch, with the same random draws as any other."""
    torch.manual_seed(seed)
    return transform(*inputs)
