"""A job is one run of a table; what does jobs, and who is told how they go."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from learn.training.data import Inputs
from learn.training.settings import TrainingSettings

if TYPE_CHECKING:
    from learn.runs.steps import Measures


class ExecutorName(str, Enum):
    """Where runs are done: on this machine, or on a Slurm cluster."""

    here = "here"
    slurm = "slurm"


@dataclass(frozen=True)
class Job:
    """One run of a table."""

    row: str  # the table's row that it belongs to
    settings: TrainingSettings
    inputs: Inputs
    out: Path  # the run folder
    strengths: Path | None = None  # of an image-aware policy


@dataclass(frozen=True)
class Outcome:
    """What came of a job: its measures, or why there are none."""

    job: Job
    measures: Measures | None
    why: str = ""
    error: Exception | None = None  # where it was done in this process
    held: bool = False  # another process trains it now


class ProgressListener(Protocol):
    """Who is told how jobs go on; from any thread."""

    def on_start(self, job: Job) -> None:
        """A job has begun, or goes on."""

    def on_progress(self, job: Job, epoch: int, share: float, loss: float | None) -> None:
        """It is in `epoch` (from 0), `share` of all its steps are done; the last epoch's loss."""

    def on_message(self, job: Job, text: str) -> None:
        """What else there is to know of it, such as that it waits for a node."""

    def on_end(self, outcome: Outcome) -> None:
        """It has ended, well or not."""


Executor = Callable[[Sequence[Job], ProgressListener], list[Outcome]]
