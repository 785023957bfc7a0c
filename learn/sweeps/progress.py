"""How a table's runs go on: a line a run in a terminal, a line an event elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from learn.runs.time_left import TimeLeft
from learn.sweeps.jobs import Job, Outcome


class ProgressLines:
    """Shows every run that is going on, and the whole; a `learn.sweeps.jobs.ProgressListener`."""

    def __init__(self, bar: Progress, total: int, console: Console) -> None:
        """Show `total` runs on `bar`, or where there is no terminal on `console`."""
        self._bar, self._console, self._lock = bar, console, Lock()
        self._tasks: dict[Path, TaskID] = {}
        self._shares: dict[Path, float] = {}
        self._ended, self._total = 0, total
        self._left: dict[Path, TimeLeft] = {}
        self._left_of_all = TimeLeft()
        self._whole = bar.add_task("all runs", total=total, text=f"0 of {total} done")

    def on_start(self, job: Job) -> None:
        """Give the run a line."""
        with self._lock:
            if not self._console.is_terminal and job.out not in self._shares:
                self._say(f"{job.out.name}: started")
            if job.out not in self._tasks:
                self._tasks[job.out] = self._bar.add_task(job.out.name, total=1.0, text="starting")
            self._shares.setdefault(job.out, 0.0)

    def on_progress(self, job: Job, epoch: int, share: float, loss: float | None) -> None:
        """Show its epoch and loss."""
        with self._lock:
            if job.out not in self._tasks:
                return
            self._shares[job.out] = share
            text = f"epoch {epoch + 1}/{job.settings.epochs}"
            text += "" if loss is None else f", loss {loss:.3f}"
            left = self._left.setdefault(job.out, TimeLeft()).at(share)
            self._bar.update(self._tasks[job.out], completed=share, text=text + left)
            self._show_whole()

    def on_message(self, job: Job, text: str) -> None:
        """Show words about a run in place of its epoch; on a line of their own elsewhere."""
        with self._lock:
            if job.out not in self._tasks:
                self._tasks[job.out] = self._bar.add_task(job.out.name, total=1.0, text=text)
            self._bar.update(self._tasks[job.out], text=text)
            if not self._console.is_terminal:
                self._say(f"{job.out.name}: {text}")

    def on_end(self, outcome: Outcome) -> None:
        """Take its line away, and say what came of it."""
        with self._lock:
            out = outcome.job.out
            self._ended += 1
            self._shares.pop(out, None)
            if out in self._tasks:
                self._bar.remove_task(self._tasks.pop(out))
            done = self._show_whole()
            if outcome.measures is None:
                self._say(f"{out.name}: failed: {outcome.why} ({done})")
            else:
                self._say(f"{out.name}: CE {outcome.measures['ce']:.3f} ({done})")

    def _show_whole(self) -> str:
        """Show how far all runs have come; return how many are done, in words."""
        completed = self._ended + sum(self._shares.values())
        done = f"{self._ended} of {self._total} done"
        left = self._left_of_all.at(completed / self._total)
        self._bar.update(self._whole, completed=completed, text=done + left)
        return done

    def _say(self, text: str) -> None:
        self._bar.console.print(text, markup=False, highlight=False, soft_wrap=True)


@contextmanager
def show_progress(total: int) -> Iterator[ProgressLines]:
    """Show how `total` runs go on while the block is run."""
    console = Console(stderr=True, markup=False)
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[text]}", markup=False),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        yield ProgressLines(bar, total, console)
