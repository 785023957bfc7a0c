"""A small convolutional network and its training, on the processor at hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from learn.arrays import Codes
from stimuli.mixing import Pixels

_BATCH, _SMOOTHING, _PEAK_RATE = 256, 0.05, 0.3

Tell = Callable[[str], None]


class Network(nn.Module):  # type: ignore[misc]  # torch is not typed here
    """A convolutional network of 0.2 million weights, for square images of 16 pixels or more."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.inner = nn.Sequential(
            *_stage(3, 32, halve=False),
            *_stage(32, 48),
            *_stage(48, 96),
            *_stage(96, 128),
            nn.Dropout(0.1),
            nn.Conv2d(128, 128, 2),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
        )
        self.last = nn.Linear(128, classes)

    def forward(self, pixels: Tensor) -> Tensor:
        """Return (B, K) logits of (B, 3, H, W) pixels."""
        return self.last(self.inner(pixels))


def train(
    images: Pixels,
    labels: Codes,
    classes: int,
    seed: list[int],
    epochs: int,
    mixed: bool,
    tell: Tell = print,
) -> Network:
    """Return a network that learnt the classes of images; `mixed`: of their blends (mixup)."""
    rng = np.random.default_rng(seed)
    with torch.random.fork_rng():
        torch.manual_seed(int(rng.integers(2**31)))
        net: Network = Network(classes).to(memory_format=torch.channels_last)
        pixels, target = to_chw(images), torch.from_numpy(labels)
        size = min(_BATCH, len(pixels))
        steps = len(pixels) // size
        made = torch.optim.SGD(
            net.parameters(), 0.1, momentum=0.9, nesterov=True, weight_decay=5e-4
        )
        rate = torch.optim.lr_scheduler.OneCycleLR(
            made, _PEAK_RATE, total_steps=epochs * steps, pct_start=0.25
        )
        net.train()
        for epoch in range(epochs):
            lost = 0.0
            for index in _batches(rng, len(pixels), size):
                batch = to_floats(_moved(pixels[index], rng))
                loss = _loss(net, batch, target[index], float(rng.random()) if mixed else 1.0)
                made.zero_grad()
                loss.backward()
                made.step()
                rate.step()
                lost += float(loss.detach())
            tell(f"epoch {epoch + 1} of {epochs}: loss {lost / steps:.3f}")
    net.eval()
    return net


def _stage(channels: int, out: int, halve: bool = True) -> list[nn.Module]:
    convolve = nn.Conv2d(channels, out, 3, padding=1, bias=False)
    return [convolve, nn.BatchNorm2d(out), nn.ReLU(), *([nn.MaxPool2d(2)] if halve else [])]


def to_chw(images: Pixels) -> Tensor:
    """Return (N, H, W, 3) uint8 images as a tensor (N, 3, H, W)."""
    return torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2)))


def to_floats(pixels: Tensor) -> Tensor:
    """Return pixels of 0 to 255 as what the network takes, about 0."""
    scaled = (pixels.float() / 255 - 0.47) / 0.25
    return scaled.contiguous(memory_format=torch.channels_last)


def logits(net: Network, pixels: Tensor) -> Tensor:
    """Return (N, K) logits of (N, 3, H, W) pixels of 0 to 255."""
    return torch.cat([net(to_floats(part)) for part in pixels.split(500)])


def _batches(rng: np.random.Generator, n: int, size: int) -> Iterator[Tensor]:
    order = torch.from_numpy(rng.permutation(n))
    yield from order[: n // size * size].split(size)


def _moved(pixels: Tensor, rng: np.random.Generator) -> Tensor:
    """Return a batch shifted by up to three pixels, and mirrored every second time."""
    moved = pixels.flip(3) if rng.random() < 0.5 else pixels
    return torch.roll(moved, tuple(rng.integers(-3, 4, size=2).tolist()), (2, 3))


def _loss(net: Network, pixels: Tensor, target: Tensor, share: float) -> Tensor:
    """Return the cross entropy of a batch, each image `share` of its blend with the one before."""
    if share == 1.0:
        return functional.cross_entropy(net(pixels), target, label_smoothing=_SMOOTHING)
    blended = net(torch.lerp(pixels.roll(1, 0), pixels, share))
    own, other = (
        functional.cross_entropy(blended, each, label_smoothing=_SMOOTHING)
        for each in (target, target.roll(1, 0))
    )
    return share * own + (1 - share) * other
