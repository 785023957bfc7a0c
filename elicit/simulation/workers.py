"""Visits shared out to several processes, each to the next one that is free."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from multiprocessing.connection import Connection, wait
from typing import Generic

from elicit.errors import ElicitError
from elicit.simulation.cohort import Visit
from elicit.simulation.lab import Result, SimulatedLab, SimulationSpec
from stimuli.errors import StimulusError

MIN_VISITS = 20  # that a process should have, for its start to be worth while


def processes_for(visits: int) -> int:
    """Return how many processes to use: one a CPU core, fewer for few visits."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min(cores or 1, visits // MIN_VISITS))


def simulate(
    lab: SimulatedLab[Result], visits: Sequence[Visit], processes: int
) -> Iterator[Result]:
    """Simulate visits, and return what the lab's sink keeps of each, in the visits' order.

    The results do not depend on the number of processes. Where they are files, those of a visit
    are complete when its result comes.

    Args:
        lab: of this process; others open one of their own from its `spec`.
        visits: their places claimed.
        processes: 1 for this one alone.

    Raises:
        ElicitError: a visit that cannot be simulated, or a process that was killed; others of the
            visits may have been simulated by then.
    """
    if processes == 1:
        yield from map(lab.run, visits)
    else:
        yield from _simulate_in_parallel(lab.spec, visits, processes)


def _simulate_in_parallel(
    spec: SimulationSpec[Result], visits: Sequence[Visit], processes: int
) -> Iterator[Result]:
    waiting = deque(enumerate(visits))
    done: dict[int, Result] = {}  # by place in `visits`: results that came before their turn
    following = 0
    with ExitStack() as ends:
        workers = [_Worker(spec, ends) for _ in range(min(processes, len(visits)))]
        busy = {each.connection: each for each in workers if each.send_next(waiting)}
        while busy:
            for ready in wait(list(busy)):
                assert isinstance(ready, Connection)
                worker = busy[ready]
                number, result = worker.receive()
                done[number] = result
                if not worker.send_next(waiting):
                    del busy[ready]
            while following in done:
                yield done.pop(following)
                following += 1


class _Worker(Generic[Result]):
    """A process that simulates one visit after another."""

    def __init__(self, spec: SimulationSpec[Result], ends: ExitStack) -> None:
        # spawned, not forked: the same on every system, and no thread is forked in mid-work
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        process = context.Process(target=_work, args=(theirs, spec), daemon=True)
        process.start()
        theirs.close()  # so that ours ends when the process does
        ends.callback(process.join)
        ends.callback(self.connection.close)  # first: it tells the process to end
        self._number = 0  # of the visit that it simulates

    def send_next(self, waiting: deque[tuple[int, Visit]]) -> bool:
        """Send the next visit; return False where none is left."""
        if not waiting:
            return False
        self._number, visit = waiting.popleft()
        self.connection.send(visit)
        return True

    def receive(self) -> tuple[int, Result]:
        """Return the number of the visit, and its result.

        Raises:
            ElicitError: the visit cannot be simulated, or the process was killed.
        """
        try:
            result: Result | ElicitError = self.connection.recv()
        except (EOFError, OSError):
            result = ElicitError(
                "a process of the simulation was killed; run the same command again to continue"
            )
        if isinstance(result, ElicitError):
            raise result
        return self._number, result


def _work(connection: Connection, spec: SimulationSpec[Result]) -> None:
    """Simulate the visits that come, until no more can come."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that hands out decides
    try:
        lab = SimulatedLab(spec)
        while True:
            connection.send(lab.run(connection.recv()))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return  # nobody hands out any more
    except (ElicitError, StimulusError) as error:
        connection.send(ElicitError(str(error)))
