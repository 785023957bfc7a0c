"""A run's metrics as event files, which TensorBoard draws while the run goes on."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from elicit.errors import ElicitError

EVENTS = "tensorboard"  # a folder in the run folder


def need_tensorboard() -> None:
    """Raise ElicitError where TensorBoard is not installed."""
    if find_spec("tensorboard") is None:
        raise ElicitError(
            "--tensorboard: TensorBoard is not installed; pip install tensorboard, or leave the "
            "option out: metrics.csv has the same numbers"
        )


def write_events(folder: Path, values: Mapping[str, Any], epoch: int) -> None:
    """Add numbers to a run's event files; what is no number is left out.

    Args:
        folder: the run folder.
        values: numbers by name.
        epoch: epochs done: where they stand on TensorBoard's axis.
    """
    from torch.utils.tensorboard import SummaryWriter

    writer = SummaryWriter(str(folder / EVENTS))
    try:
        for name, value in values.items():
            if isinstance(value, int | float) and name != "epoch":
                writer.add_scalar(name, value, epoch)
    finally:
        writer.close()
