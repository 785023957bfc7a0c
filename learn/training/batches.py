"""What an epoch shows, in which order and how cropped: made on the device, drawn from the seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as functions

from learn.policies.lookup import LookUp
from learn.training.data import Data
from learn.training.evaluate import as_pixels
from learn.training.settings import TrainingSettings

CROP_PADDING_PX = 4  # black pixels around an image that a crop may show

# What is drawn, so that no two draws of an epoch come from the same stream.
_ORDER, _CROPS, _JUDGEMENTS, _LAMBDAS, _PARTNERS, _PLACES = range(6)


@dataclass(frozen=True)
class TrainingBatch:
    """One step's examples, on the device."""

    pixels: Tensor  # (B, 3, H, W) float32 in [0, 1], channels last
    labels: Tensor  # (B, K) float32, rows sum to 1, or to the blends' weight


class Epoch:
    """One epoch's batches; the same settings and epoch give the same ones, on any device."""

    def __init__(self, examples: DeviceData, settings: TrainingSettings, number: int) -> None:
        """Draw all that epoch `number` needs, counted from 0."""
        self._examples, self._settings = examples, settings
        n = len(examples.images)
        rng = [np.random.default_rng([settings.seed, number, what]) for what in range(6)]
        self._order = examples.put(rng[_ORDER].permutation(n))
        self._labels = examples.draw_labels(rng[_JUDGEMENTS])
        if settings.augment == "always":
            self._crops = draw_crops(rng[_CROPS], n, examples.device)
        if settings.mixup_alpha:
            alpha = settings.mixup_alpha
            lambda_f = rng[_LAMBDAS].beta(alpha, alpha, n)
            self._partner = examples.put(rng[_PARTNERS].permutation(n))
            if settings.process == "cutmix":
                boxes, lambda_f = draw_boxes(rng[_PLACES], lambda_f, examples.images.shape[-2:])
                self._boxes = examples.put(boxes)
            self._lambda_f = examples.put(lambda_f)

    def __len__(self) -> int:
        """Return how many batches there are; the last may be smaller."""
        return -(-len(self._order) // self._settings.batch_size)

    def size(self, step: int) -> int:
        """Return how many examples batch `step` has, over all processes."""
        batch = self._settings.batch_size
        return min(batch, len(self._order) - step * batch)

    def batch(self, step: int, rank: int = 0, world: int = 1) -> TrainingBatch:
        """Return batch `step`, or of it every `world`-th example from `rank` on."""
        size = self._settings.batch_size
        index = self._order[step * size : (step + 1) * size][rank::world]
        pixels, labels = self._pixels(index), self._labels[index]
        if self._settings.mixup_alpha:
            pixels, labels = self._mix(index, pixels, labels)
        return TrainingBatch(pixels, labels)

    def _pixels(self, index: Tensor) -> Tensor:
        images = self._examples.images[index]
        if self._settings.augment == "always":
            images = crop_and_flip(images, self._crops[index])
        return as_pixels(images)

    def _mix(self, index: Tensor, pixels: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Return full mixup: each example, and a partner, at its own lambda_f (Eqs. 1 and 2)."""
        partner, lambda_f = self._partner[index], self._lambda_f[index]
        if self._settings.process == "cutmix":
            pixels = cut_and_paste(pixels, self._pixels(partner), self._boxes[index])
        else:
            pixels = torch.lerp(self._pixels(partner), pixels, lambda_f.view(-1, 1, 1, 1))
        others, look_up = self._labels[partner], self._examples.look_up
        lambda_g = lambda_f
        if look_up is not None:
            strengths = self._examples.strengths
            ends = (None, None) if strengths is None else (strengths[index], strengths[partner])
            lambda_g = look_up(lambda_f, labels.argmax(1), others.argmax(1), *ends)
        return pixels, torch.lerp(others, labels, lambda_g.view(-1, 1))


class DeviceData:
    """A run's training examples as tensors on one device.

    Attributes:
        images: (N, 3, H, W) uint8, channels last; cropped already where that is done once.
        labels: (N, K) float32; rows sum to 1, of blends to `settings.blend_weight`, so that their
            cross entropy is weighted.
        look_up: of the label policy of full mixup; None for mixup's own labels.
        strengths: (N, 2) of the images, for an image-aware policy.
    """

    def __init__(
        self,
        data: Data,
        settings: TrainingSettings,
        device: torch.device,
        look_up: LookUp | None = None,
        strengths: Tensor | None = None,
    ) -> None:
        """Copy `data.train` to `device`."""
        self.device = device
        images = torch.from_numpy(data.train.images).permute(0, 3, 1, 2).to(device)
        if settings.augment == "once":
            rng = np.random.default_rng([settings.seed, 0x0CE])
            images = crop_and_flip(images, draw_crops(rng, len(images), device))
        self.images = images
        self.labels = self.put(data.train.labels)
        self._blends = slice(len(self.labels) - data.blends, None)
        self._weight = settings.blend_weight
        if self._weight != 1:
            self.labels = self.labels.clone()  # the host's may be the same memory
            self.labels[self._blends] *= self._weight
        self.look_up, self.strengths = look_up, strengths
        self._data = data

    def put(self, values: NDArray[Any]) -> Tensor:
        """Return an array of the host as a tensor of the device; float64 becomes float32."""
        tensor = torch.from_numpy(np.ascontiguousarray(values))
        return (tensor.float() if tensor.dtype == torch.float64 else tensor).to(self.device)

    def draw_labels(self, rng: np.random.Generator) -> Tensor:
        """Return (N, K) labels; of blends with several, one drawn each."""
        data = self._data
        if data.alternatives is None or data.of_blend is None:
            return self.labels
        counts = np.bincount(data.of_blend, minlength=data.blends)
        first = np.cumsum(counts) - counts
        drawn = first + (rng.random(data.blends) * counts).astype(np.int64)
        labels = self.labels.clone()
        labels[self._blends] = self._weight * self.put(data.alternatives[drawn])
        return labels


def draw_crops(rng: np.random.Generator, count: int, device: torch.device) -> Tensor:
    """Return (count, 3) int64: top, left (0 to 2 * PADDING), and whether mirrored (0 or 1)."""
    corners = rng.integers(0, 2 * CROP_PADDING_PX + 1, (count, 2))
    mirrored = rng.integers(0, 2, (count, 1))
    return torch.from_numpy(np.concatenate([corners, mirrored], axis=1)).to(device)


def draw_boxes(
    rng: np.random.Generator, lambda_f: NDArray[np.float64], size: Sequence[int]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return CutMix's boxes, and the lambda_f that they come to: the share of the own area.

    As in the paper of CutMix and in torchvision, a box has the image's shape and about 1 - lambda_f
    of its area; its middle may be any pixel, and what lies outside the image is cut off.

    Args:
        rng: to draw from.
        lambda_f: (N,) in [0, 1].
        size: H and W of the images, px.

    Returns:
        (N, 4) x1, y1, x2, y2: columns x1 to x2 - 1, rows y1 to y2 - 1; and (N,) in [0, 1].
    """
    height_width = np.array(size)
    middle = rng.integers(0, height_width, (len(lambda_f), 2))  # row, column
    half = (0.5 * np.sqrt(1 - lambda_f)[:, None] * height_width).astype(np.int64)
    low, high = np.maximum(middle - half, 0), np.minimum(middle + half, height_width)
    own_share = 1 - (high - low).prod(axis=1) / height_width.prod()
    return np.concatenate([low[:, ::-1], high[:, ::-1]], axis=1), own_share


def cut_and_paste(images: Tensor, others: Tensor, boxes: Tensor) -> Tensor:
    """Return each image with a box of another one in its place.

    Args:
        images: (B, 3, H, W).
        others: the same shape.
        boxes: (B, 4) int64, of `draw_boxes`.
    """
    x1, y1, x2, y2 = boxes.view(-1, 4, 1).unbind(1)  # (B, 1) each
    rows = torch.arange(images.shape[-2], device=images.device)
    columns = torch.arange(images.shape[-1], device=images.device)
    in_rows, in_columns = (y1 <= rows) & (rows < y2), (x1 <= columns) & (columns < x2)
    inside = in_rows[:, None, :, None] & in_columns[:, None, None, :]  # (B, 1, H, W)
    return torch.where(inside, others, images)


def crop_and_flip(images: Tensor, crops: Tensor) -> Tensor:
    """Return each image cropped from itself with a black frame, and mirrored or not.

    Args:
        images: (B, 3, H, W) of any type.
        crops: (B, 3) int64, of `draw_crops`; (PADDING, PADDING, 0) changes nothing.

    Returns:
        (B, 3, H, W), channels last.
    """
    count, _, height, width = images.shape
    padded = functions.pad(images, (CROP_PADDING_PX,) * 4)
    across = torch.arange(width, device=images.device)
    rows = crops[:, 0, None] + torch.arange(height, device=images.device)  # (B, H)
    columns = torch.where(crops[:, 2, None] == 1, width - 1 - across, across) + crops[:, 1, None]
    each = torch.arange(count, device=images.device)
    cut = padded[each[:, None, None], :, rows[:, :, None], columns[:, None, :]]  # (B, H, W, 3)
    return cut.permute(0, 3, 1, 2)
