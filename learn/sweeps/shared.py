"""Two tables on the same runs: those that another one trains now come last, and are waited for."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from learn.runs import lock as run_lock
from learn.sweeps.jobs import Executor, Job, Outcome, ProgressListener

LOOK_INTERVAL_S = 5.0  # seconds between two looks whether a run is free


def share_runs(executor: Executor) -> Executor:
    """Return an executor that does every job, whoever trains some of them at first.

    Jobs that another process holds come when the others are done: finished by then, they count as
    they are; freed by a process that was stopped or is gone, they go on from their checkpoint.

    Args:
        executor: does jobs; one that finds a run held says so in its outcome.
    """

    def all_done(jobs: Sequence[Job], listener: ProgressListener) -> list[Outcome]:
        done: dict[Path, Outcome] = {}
        waiter = _WaitingListener(listener)
        while len(done) < len(jobs):
            left = [job for job in jobs if job.out not in done]
            free = [job for job in left if not waiter.waits_for(job, run_lock.find_holder(job.out))]
            outcomes = executor(free, waiter) if free else []
            done |= {each.job.out: each for each in outcomes if not each.held}
            if not any(each.job.out in done for each in outcomes):
                time.sleep(LOOK_INTERVAL_S)
        return [done[job.out] for job in jobs]

    return all_done


class _WaitingListener:
    """Passes on how jobs go; a job that is held has not ended. A `ProgressListener`."""

    def __init__(self, listener: ProgressListener) -> None:
        self._listener = listener
        self._waits: dict[Path, str] = {}  # who trains those that are waited for

    def waits_for(self, job: Job, holder: str | None) -> bool:
        """Return whether `holder` is anybody; say so when that is new."""
        if holder is None:
            self._waits.pop(job.out, None)
            return False
        if self._waits.get(job.out) != holder:
            self._waits[job.out] = holder
            self._listener.on_message(job, f"{holder} is training it; waiting for that")
        return True

    def on_start(self, job: Job) -> None:
        self._listener.on_start(job)

    def on_progress(self, job: Job, epoch: int, share: float, loss: float | None) -> None:
        self._listener.on_progress(job, epoch, share, loss)

    def on_message(self, job: Job, text: str) -> None:
        self._listener.on_message(job, text)

    def on_end(self, outcome: Outcome) -> None:
        if not outcome.held:
            self._listener.on_end(outcome)
