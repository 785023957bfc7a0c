"""What a trained network sees in the mixed images of a study, each looked at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from elicit.errors import ElicitError
from learn.arrays import Numbers
from learn.training.evaluate import as_pixels
from stimuli.mixing import Pixels, mix

BATCH = 500  # mixes at a time; no answer depends on it

Mix = tuple[int, int, float]  # ids of image i and image j, and the share of image i


@dataclass(frozen=True)
class NetworkPercepts:
    """What a network says of some mixed images."""

    log_probs: dict[Mix, Numbers]  # (K,) natural logarithms of its probabilities

    def of(self, image_i: int, image_j: int, lambdas: Iterable[float]) -> Numbers:
        """Return (L, K) log-probabilities of the mixes of two images at each of L `lambdas`."""
        return np.stack([self.log_probs[image_i, image_j, each] for each in lambdas])


def see(network: nn.Module, images: Mapping[int, Pixels], mixes: Iterable[Mix]) -> NetworkPercepts:
    """Return what a network sees in mixes, made as those that people saw were made.

    Args:
        network: in evaluation mode; (B, 3, H, W) pixels in [0, 1] -> (B, K) logits.
        images: endpoint images by id, (H, W, 3) uint8.
        mixes: which are looked at; the same one twice is looked at once.

    Raises:
        ElicitError: the network cannot take images of this size.
    """
    asked = sorted(set(mixes))
    seen: dict[Mix, Numbers] = {}
    for start in range(0, len(asked), BATCH):
        part = asked[start : start + BATCH]
        image_i = np.stack([images[i] for i, _, _ in part])
        image_j = np.stack([images[j] for _, j, _ in part])
        mixed = mix(image_i, image_j, [share for _, _, share in part])
        seen |= dict(zip(part, _look(network, mixed), strict=True))
    return NetworkPercepts(seen)


def _look(network: nn.Module, mixed: Pixels) -> Numbers:
    """Return (B, K) log-probabilities of (B, H, W, 3) images."""
    try:
        with torch.no_grad():
            logits = network(as_pixels(torch.from_numpy(mixed).permute(0, 3, 1, 2)))
    except RuntimeError as error:
        raise ElicitError(
            f"image_size: the network cannot take images of {mixed.shape[1]} pixels: "
            f"{' '.join(str(error).split()):.120}"
        ) from error
    found: Numbers = logits.double().log_softmax(dim=1).numpy()
    return found
