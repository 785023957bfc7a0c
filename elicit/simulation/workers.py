"""Visits handed out to several processes, each to the next one that is free."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from multiprocessing.connection import Connection, wait

from elicit.errors import ElicitError
from elicit.simulation.lab import Lab, Outcome, Recipe, Visit
from stimuli.errors import StimulusError

BUSY = 20  # visits that a process should have, for its start to be worth while


def processes_for(visits: int) -> int:
    """Return how many processes to use: one a CPU core, fewer for few visits."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min(cores or 1, visits // BUSY))


def simulate(recipe: Recipe, visits: Sequence[Visit], processes: int) -> Iterator[Outcome]:
    """Simulate visits; each is in its files when its outcome comes.

    What comes out does not depend on the number of processes, but for the order.

    Args:
        recipe: what to simulate.
        visits: their places claimed.
        processes: 1 for this one alone.

    Raises:
        ElicitError: a visit that cannot be simulated; others of it may be on disk by then.
    """
    if processes == 1:
        lab = recipe.lab()
        yield from map(lab.run, visits)
    else:
        yield from _shared_out(recipe, visits, processes)


def _shared_out(recipe: Recipe, visits: Sequence[Visit], processes: int) -> Iterator[Outcome]:
    waiting = iter(visits)
    with ExitStack() as ends:
        at_work = [_started(recipe, ends) for _ in range(min(processes, len(visits)))]
        busy = [each for each in at_work if _handed(each, waiting)]
        while busy:
            for each in wait(busy):
                assert isinstance(each, Connection)
                yield _heard(each)
                if not _handed(each, waiting):
                    busy.remove(each)


def _started(recipe: Recipe, ends: ExitStack) -> Connection:
    # spawned, not forked: the same on every system, and no thread is forked in mid-work
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs, recipe), daemon=True)
    process.start()
    theirs.close()  # so that ours ends when the process does
    ends.callback(process.join)
    ends.callback(ours.close)  # first: it tells the process to end
    return ours


def _handed(to: Connection, waiting: Iterator[Visit]) -> bool:
    """Hand out the next visit, if there is one."""
    visit = next(waiting, None)
    if visit is not None:
        to.send(visit)
    return visit is not None


def _heard(from_: Connection) -> Outcome:
    try:
        said: Outcome | str = from_.recv()
    except (EOFError, OSError):
        said = "a process of the simulation was killed; give the same command again to go on"
    if isinstance(said, str):
        raise ElicitError(said)
    return said


def _work(ours: Connection, recipe: Recipe) -> None:
    """Simulate the visits that come, until no more can come."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that hands out decides
    try:
        run = _runner(recipe)
        while True:
            ours.send(run(ours.recv()))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return  # nobody hands out any more
    except (ElicitError, StimulusError) as error:
        ours.send(str(error))


def _runner(recipe: Recipe) -> Callable[[Visit], Outcome]:
    lab: Lab = recipe.lab()
    return lab.run
