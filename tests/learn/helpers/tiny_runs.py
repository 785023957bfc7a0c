"""Small runs for tests: labels.npz files, random images, settings that train in a moment."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from learn.training.data import Data, Examples
from learn.training.settings import TrainingSettings, make_settings
from stimuli.mixing import mix
from stimuli.sources.pictograms import CLASSES, draw

if TYPE_CHECKING:
    from learn.training.loop import EpochResult, Training

K = len(CLASSES)
# what a command that trains imports, for `start_fork`
TRAINING = ("learn.cli", "learn.commands.train", "learn.commands.tables", "learn.runs.run")
TINY = {"width": 0.0625, "epochs": 2, "batch_size": 8, "lr_drops": [1], "precision": "float32"}


def tiny_settings(**given: Any) -> TrainingSettings:
    """Return settings of a network of few channels."""
    return make_settings(TINY | given)


def blends(count: int = 12) -> dict[str, NDArray[Any]]:
    """Return what `learn relabel --per-participant` writes of pictograms; two judge each blend.

    Endpoints have ids below 60.
    """
    rng = np.random.default_rng(0)
    i = rng.integers(0, 50, count)
    j = i + 1 + rng.integers(0, 8, count)
    lambda_f = rng.choice([0.1, 0.25, 0.5, 0.75, 0.9], count)
    lambda_g = np.clip(lambda_f + rng.uniform(-0.15, 0.15, count), 0.05, 0.95)
    omega = rng.uniform(0.4, 0.95, count)
    ends = np.stack([i, j], axis=1) % K
    average = between(ends, lambda_g)
    return {
        "images": mix(draw_pictograms(i), draw_pictograms(j), lambda_f.tolist()),
        "classes": np.array(CLASSES),
        "image_i": i,
        "image_j": j,
        "lambda_f": lambda_f,
        "mixup": between(ends, lambda_f),
        "average": average,
        "average_omega": omega[:, None] * average + (1 - omega[:, None]) / K,
        "judgement_image": np.tile(np.arange(count), 2),
        "judgement_participant": np.arange(2 * count) % 4,
        "judgement_lambda_g": np.concatenate([lambda_g - 0.05, lambda_g + 0.05]),
        "judgement_omega": np.tile(omega, 2),
    }


def draw_pictograms(ids: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Return (N, 32, 32, 3) pictograms."""
    return np.stack([draw(CLASSES[each % K], each // K, 32) for each in ids.tolist()])


def between(ends: NDArray[np.int64], share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (N, K) labels: `share` of class i, the rest of class j."""
    labels = np.zeros((len(ends), K))
    for row, (i, j) in enumerate(ends):
        labels[row, i] += share[row]
        labels[row, j] += 1 - share[row]
    return labels


def labels_file(path: Path, **changed: Any) -> Path:
    """Write a labels.npz with some arrays changed, or left out where None is given."""
    arrays = blends() | changed
    np.savez(path, **{name: array for name, array in arrays.items() if array is not None})
    return path


def some_data(images: int = 20, holdout: int = 12, seed: int = 0) -> Data:
    """Return random images of random classes, with nothing to learn in them."""
    rng = np.random.default_rng(seed)

    def examples(count: int, soft: bool) -> Examples:
        pixels = rng.integers(0, 256, (count, 32, 32, 3), dtype=np.uint8)
        labels = rng.dirichlet(np.ones(K), count) if soft else np.eye(K)[rng.integers(0, K, count)]
        return Examples(pixels, labels, np.arange(count))

    return Data(examples(images, False), 0, None, None, examples(holdout, True), CLASSES, 0, {})


def train_epoch(training: Training) -> EpochResult:
    """Train one epoch and return what it came to."""
    for _ in training.steps():
        pass
    return training.result
