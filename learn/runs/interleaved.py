"""Many runs in one process, step by step in turn: together they fill a GPU that one cannot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from typing import Any

import torch

from learn.runs.steps import Measures, RunProgress, Steps

RunOutcome = Measures | Exception
RunStart = Callable[[], Steps]


def ignore(number: int, what: Any) -> None:
    """Tell nothing."""


def train_together(
    runs: Sequence[RunStart],
    on: torch.device,
    at_once: int = 1,
    on_progress: Callable[[int, RunProgress], None] = ignore,
    on_end: Callable[[int, RunOutcome], None] = ignore,
    stop_at_error: bool = False,
) -> list[RunOutcome]:
    """Do all runs, `at_once` at a time, each a step in turn; the results are those of each alone.

    On CUDA each run has a stream of its own, from its first tensor to its last: the device does
    the kernels of one while another's are launched. Experimental: never run on CUDA. On a CPU the
    same turns are taken, without gain.

    Args:
        runs: each begins one: `partial(run_steps, settings, inputs, folder, hardware)`.
        on: the device they are on.
        at_once: how many go on in turn, 1 or more; the others wait until one has ended.
        on_progress: takes a run's number in `runs` and how far it has come, after each of its
            steps.
        on_end: takes a run's number and its outcome as soon as it has one.
        stop_at_error: raise the first error instead of going on with the others.

    Returns:
        Of each run its measures, or the error that ended it.
    """
    outcomes: dict[int, RunOutcome] = {}
    waiting = iter(enumerate(runs))
    going: list[_Run] = []
    try:
        while True:
            while len(going) < at_once and (next_one := next(waiting, None)) is not None:
                going.append(_Run(*next_one, on))
            if not going:
                return [outcomes[number] for number in range(len(runs))]
            for each in list(going):
                came = each.step(stop_at_error)
                if isinstance(came, RunProgress):
                    on_progress(each.number, came)
                else:
                    outcomes[each.number] = came
                    going.remove(each)
                    on_end(each.number, came)
    finally:
        for each in going:
            each.close()


class _Run:
    """One run and the stream that it is on."""

    def __init__(self, number: int, begins: RunStart, on: torch.device) -> None:
        self.number = number
        self._steps = begins()
        self._stream = torch.cuda.Stream(on) if on.type == "cuda" else None

    def step(self, stop_at_error: bool) -> RunProgress | RunOutcome:
        """Return how far the run has come after one more step, or what came of it."""
        try:
            with self._on_stream():
                return next(self._steps)
        except StopIteration as stop:
            return dict(stop.value)
        except Exception as error:
            if stop_at_error:
                raise
            return error

    def close(self) -> None:
        """Stop it, as Ctrl-C would."""
        with self._on_stream(), closing(self._steps):
            pass

    def _on_stream(self) -> AbstractContextManager[Any]:
        if self._stream is None:
            return nullcontext()
        context: AbstractContextManager[Any] = torch.cuda.stream(self._stream)
        return context
