"""From the last checkpoint to the final measures, a step at a time; every file is kept up."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from typing import Any, NamedTuple

from learn.runs.folder import RunFolder
from learn.training.loop import Training

Measures = dict[str, Any]


class RunProgress(NamedTuple):
    """How far a run has come."""

    epoch: int  # in hand, from 0
    share: float  # of all steps, done
    loss: float | None  # of the last whole epoch


Steps = Generator[RunProgress, None, Measures]


def train_steps(
    folder: RunFolder,
    training: Training,
    measure: Callable[[], Measures],
    glance: Callable[[], Measures],
    every_s: float,
) -> Steps:
    """Train to the end, and measure: yield how far it has come after each step.

    Args:
        folder: of the run.
        training: new, or with a checkpoint loaded.
        measure: gives the final measures.
        glance: gives the measures that are taken in between.
        every_s: seconds between checkpoints, at least; they change no result.

    Returns:
        The final measures.

    Raises:
        DivergedError: training diverged; the metrics of the epochs before are kept.
        ElicitError: a file cannot be written.
    """
    made = training.settings
    rows: list[dict[str, Any]] = [dict(row) for row in folder.metrics()][: training.epoch]
    loss, saved = None, time.monotonic()
    while training.epoch < made.epochs:
        began = time.monotonic()
        for done, of in training.steps():
            yield RunProgress(training.epoch, (training.epoch + done / of) / made.epochs, loss)
        loss = training.result.loss
        rows.append(_row(training, time.monotonic() - began))
        if made.evaluate_every and training.epoch % made.evaluate_every == 0:
            rows[-1] |= {f"holdout_{name}": value for name, value in glance().items()}
        folder.save_metrics(rows)
        if time.monotonic() - saved >= every_s or training.epoch == made.epochs:
            folder.save_checkpoint(training)
            saved = time.monotonic()
    return measure()


def _row(training: Training, seconds: float) -> dict[str, Any]:
    """Return an epoch's row of metrics.csv; seconds are those of the clock on the wall."""
    result, images = training.result, len(training.examples.images)
    return {
        "epoch": result.epoch + 1,
        "lr": result.lr,
        "loss": result.loss,
        "accuracy": result.accuracy,
        "seconds": round(seconds, 3),
        "images_per_s": round(images / max(seconds, 1e-9), 1),
    }
