"""Two tables on the same runs: those that another one trains now come last, and are waited for."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from learn.runs import lock as run_lock
from learn.sweeps.jobs import Executor, Job, Outcome, Watch

LOOK_EVERY = 5.0  # seconds between two looks whether a run is free


def sharing(executor: Executor) -> Executor:
    """Return an executor that does every job, whoever trains some of them at first.

    Jobs that another process holds come when the others are done: finished by then, they count as
    they are; freed by a process that was stopped or is gone, they go on from their checkpoint.

    Args:
        executor: does jobs; one that finds a run held says so in its outcome.
    """

    def all_done(jobs: Sequence[Job], watch: Watch) -> list[Outcome]:
        done: dict[Path, Outcome] = {}
        told = _Patient(watch)
        while len(done) < len(jobs):
            left = [job for job in jobs if job.out not in done]
            free = [job for job in left if not told.waits_for(job, run_lock.held_by(job.out))]
            outcomes = executor(free, told) if free else []
            done |= {each.job.out: each for each in outcomes if not each.held}
            if not any(each.job.out in done for each in outcomes):
                time.sleep(LOOK_EVERY)
        return [done[job.out] for job in jobs]

    return all_done


class _Patient:
    """Passes on how jobs go; a job that is held has not ended. A `learn.sweeps.jobs.Watch`."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._waits: dict[Path, str] = {}  # who trains those that are waited for

    def waits_for(self, job: Job, holder: str | None) -> bool:
        """Return whether `holder` is anybody; say so when that is new."""
        if holder is None:
            self._waits.pop(job.out, None)
            return False
        if self._waits.get(job.out) != holder:
            self._waits[job.out] = holder
            self._watch.said(job, f"{holder} trains it; waits for that")
        return True

    def began(self, job: Job) -> None:
        self._watch.began(job)

    def told(self, job: Job, epoch: int, share: float, loss: float | None) -> None:
        self._watch.told(job, epoch, share, loss)

    def said(self, job: Job, text: str) -> None:
        self._watch.said(job, text)

    def ended(self, outcome: Outcome) -> None:
        if not outcome.held:
            self._watch.ended(outcome)
