"""A trained network on the holdout: batched on its device, attacks included."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from learn.arrays import Numbers
from learn.training import measures
from learn.training.image_scores import ImageScores, summarise_images
from learn.training.percepts import (
    BlendScores,
    find_log_odds,
    fit_temperature,
    score_blends,
    summarise_percepts,
)
from learn.training.split import JudgedBlends, SplitBlends

if TYPE_CHECKING:
    from collections.abc import Iterator

EPSILON = 4 / 255  # of the attacks, on pixels in [0, 1] (PAPER.md)
PGD_STEPS = 10
PGD_STEP = 1 / 255
EVALUATION_BATCH = 500  # examples at a time; no measure depends on it


@dataclass(frozen=True)
class Evaluation:
    """A network on the holdout."""

    measures: dict[str, float]  # of `measures.MEASURES`
    images: ImageScores  # of each image

    @property
    def result(self) -> dict[str, float]:
        """The measures, then their standard errors and nulls (`summarise_images`)."""
        return {**self.measures, **summarise_images(self.images)}


def evaluate(
    net: nn.Module, images: Tensor, labels: Tensor, batch_size: int = EVALUATION_BATCH
) -> dict[str, float]:
    """Return the measures of `evaluate_images`."""
    return evaluate_images(net, images, labels, batch_size).measures


def evaluate_images(
    net: nn.Module, images: Tensor, labels: Tensor, batch_size: int = EVALUATION_BATCH
) -> Evaluation:
    """Return every measure of `measures.MEASURES`, in float32 whatever the training was in.

    ce, fgsm_ce, pgd_ce: mean cross entropy against the soft labels, nats: on the images, after one
    signed-gradient step of 4/255, after 10 steps of 1/255 within 4/255. calibration: root-mean-
    square calibration error over bins of 100. The rest as in `learn.training.measures`.

    Args:
        net: takes (B, 3, H, W) pixels in [0, 1], gives (B, K) logits; its mode is left as it was.
        images: (N, 3, H, W) uint8, on the network's device.
        labels: (N, K) soft labels, rows sum to 1, on the network's device.
        batch_size: examples at a time.
    """
    log_probs, attacked, pgd = [], [], []
    with _freeze(net):
        for start in range(0, len(images), batch_size):
            part = slice(start, start + batch_size)
            pixels, target = as_pixels(images[part]), labels[part].float()
            clean, gradient = _with_gradient(net, pixels, target)
            log_probs.append(clean)
            attacked.append(_loss_of(net, fgsm_step(pixels, gradient), target))
            pgd.append(_loss_of(net, _pgd(net, pixels, target, gradient), target))
    first, last = torch.cat(attacked).cpu().double(), torch.cat(pgd).cpu().double()
    said = torch.cat(log_probs)
    found = _scores(said, labels) | {
        "fgsm_ce": float(first.mean()),
        "pgd_ce": float(last.mean()),
    }
    return Evaluation(found, _score_images(said, labels, first, last))


def evaluate_without_attacks(
    net: nn.Module, images: Tensor, labels: Tensor, batch_size: int = EVALUATION_BATCH
) -> dict[str, float]:
    """Return the measures that need no attack; arguments as `evaluate`'s."""
    return _scores(predict(net, images, batch_size), labels)


def predict(net: nn.Module, images: Tensor, batch_size: int = EVALUATION_BATCH) -> Tensor:
    """Return (N, K) float32 log-probabilities of images; arguments as `evaluate`'s."""
    with _freeze(net), torch.no_grad():
        parts = [
            net(as_pixels(images[start : start + batch_size])).float().log_softmax(dim=1)
            for start in range(0, len(images), batch_size)
        ]
    return torch.cat(parts)


@dataclass(frozen=True)
class PerceptEvaluation:
    """A network beside people on held-out blends."""

    blends: BlendScores  # of each blend
    temperature: float  # that other blends gave

    @property
    def result(self) -> dict[str, float]:
        """The measures, their standard errors and the temperature."""
        return {**summarise_percepts(self.blends, self.temperature)}


def evaluate_percepts(
    net: nn.Module, judged: SplitBlends, device: torch.device, batch_size: int = EVALUATION_BATCH
) -> PerceptEvaluation:
    """Return what a network and people see in held-out blends.

    The temperature is the one at which shares are closest to people's in the other blends, which
    the network may have been trained on.

    Args:
        net: as `evaluate_images` takes it.
        judged: blends on both sides.
        device: the network's.
        batch_size: examples at a time.
    """

    def see(blends: JudgedBlends) -> Numbers:
        images = torch.from_numpy(blends.images).permute(0, 3, 1, 2).to(device)
        found: Numbers = predict(net, images, batch_size).cpu().double().numpy()
        return found

    held, others = judged.held_out, judged.others
    temperature = fit_temperature(find_log_odds(see(others), others.ends), others)
    return PerceptEvaluation(score_blends(see(held), held, temperature), temperature)


def as_pixels(images: Tensor) -> Tensor:
    """Return (B, 3, H, W) float32 pixels in [0, 1] of uint8 images, in memory as they were."""
    return images.float().div_(255)


def fgsm_step(pixels: Tensor, gradient: Tensor, epsilon: float = EPSILON) -> Tensor:
    """Return pixels one signed-gradient step up the loss, clipped to [0, 1].

    `clip(x + epsilon * sign(dL/dx), 0, 1)` (Goodfellow et al. 2015).

    Args:
        pixels: (B, 3, H, W) in [0, 1].
        gradient: the loss's, the same shape.
        epsilon: length of the step for each pixel.
    """
    return (pixels + epsilon * gradient.sign()).clamp_(0, 1)


def _pgd(net: nn.Module, pixels: Tensor, labels: Tensor, gradient: Tensor) -> Tensor:
    """Return pixels after steps of PGD_STEP, never further than EPSILON from where they were.

    Starts at the image itself, not at a random place (Madry et al. 2018 with no restart), so that
    the same network gives the same figure.
    """
    moved = pixels
    for number in range(PGD_STEPS):
        if number:
            _, gradient = _with_gradient(net, moved, labels)
        step = fgsm_step(moved, gradient, PGD_STEP)
        moved = torch.min(torch.max(step, pixels - EPSILON), pixels + EPSILON).clamp_(0, 1)
    return moved


def _with_gradient(net: nn.Module, pixels: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Return (B, K) log-probabilities and the gradient of the summed loss with the pixels."""
    pixels = pixels.detach().requires_grad_()
    log_probs = net(pixels).float().log_softmax(dim=1)
    (gradient,) = torch.autograd.grad(measures.cross_entropy(log_probs, labels).sum(), pixels)
    return log_probs.detach(), gradient


def _loss_of(net: nn.Module, pixels: Tensor, labels: Tensor) -> Tensor:
    with torch.no_grad():
        return measures.cross_entropy(net(pixels).float().log_softmax(dim=1), labels)


def _scores(log_probs: Tensor, labels: Tensor) -> dict[str, float]:
    log_probs, labels = log_probs.cpu(), labels.cpu().float()  # which has float64, and one order
    right = measures.is_correct(log_probs, labels)
    confidence = log_probs.max(dim=1).values.exp()
    found: dict[str, Tensor] = {
        "ce": measures.cross_entropy(log_probs, labels).double().mean(),
        "accuracy": right.double().mean(),
        "calibration": measures.rms_calibration_error(confidence.double(), right),
        "ece": measures.expected_calibration_error(confidence.double(), right),
        "entropy_correlation": measures.entropy_correlation(log_probs, labels),
        "brier": measures.brier_score(log_probs, labels).double().mean(),
    }
    return {name: float(value) for name, value in found.items()}


def _score_images(log_probs: Tensor, labels: Tensor, fgsm: Tensor, pgd: Tensor) -> ImageScores:
    """Return the scores of each image, as `_scores` takes them together."""
    log_probs, labels = log_probs.cpu(), labels.cpu().float()
    columns = (
        measures.cross_entropy(log_probs, labels),
        fgsm,
        pgd,
        measures.is_correct(log_probs, labels),
        measures.brier_score(log_probs, labels),
        log_probs.max(dim=1).values.exp(),
        measures.entropy(log_probs.exp()),
        measures.entropy(labels),
    )
    return ImageScores(*(each.double().numpy() for each in columns))


@contextmanager
def _freeze(net: nn.Module) -> Iterator[None]:
    """Let the network not learn: evaluation mode, and no gradients of its weights."""
    needs = [weight.requires_grad for weight in net.parameters()]
    was_training = net.training
    net.eval().requires_grad_(False)
    try:
        yield
    finally:
        net.train(was_training)
        for weight, need in zip(net.parameters(), needs, strict=True):
            weight.requires_grad_(need)
