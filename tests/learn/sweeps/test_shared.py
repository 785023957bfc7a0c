"""Two tables on one folder of runs: each run is trained once, and both tables have it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE
from threading import Timer
from types import SimpleNamespace
from unittest import mock

import pytest

pytest.importorskip("torch")

from learn.runs.lock import Lock
from learn.sweeps import local
from learn.sweeps import shared as sweep_shared
from learn.sweeps.jobs import Executor, Job, Outcome, ProgressListener
from learn.sweeps.shared import share_runs
from tests.helpers.forks import RunningProcess, start_fork
from tests.learn.helpers.tiny_runs import TRAINING
from tests.learn.sweeps.test_local import HERE, Noted, job, measures


def fork_worker(_: object, *, env: dict[str, str], **_streams: object) -> RunningProcess:
    """Start a worker as `learn.sweeps.local` does, without the seconds that its imports take."""
    return start_fork(TRAINING, "from learn.sweeps.worker import main; main()", environment=env)


def run_in_forks(jobs: Sequence[Job], listener: ProgressListener) -> list[Outcome]:
    """Do the jobs in processes, one at a time."""
    with mock.patch.object(local, "subprocess", SimpleNamespace(Popen=fork_worker, PIPE=PIPE)):
        return local.run_in_processes(jobs, listener, HERE, 1)


EXECUTORS: dict[str, Executor] = {
    "in turn": lambda jobs, listener: local.run_in_turn(jobs, listener, HERE),
    "in processes": run_in_forks,
}


@pytest.fixture(autouse=True)
def look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep_shared, "LOOK_INTERVAL_S", 0.1)


def cross_entropies(outcomes: Sequence[Outcome]) -> list[float]:
    return [each.measures["ce"] if each.measures else float("nan") for each in outcomes]


@contextmanager
def held(of: Job) -> Iterator[Lock]:
    of.out.mkdir(parents=True, exist_ok=True)
    lock = Lock(of.out)
    lock.take()
    try:
        yield lock
    finally:
        lock.release()


def test_a_run_that_another_table_trains_comes_last_and_is_waited_for(tmp_path: Path) -> None:
    first, second = job(tmp_path / "first"), job(tmp_path / "second")
    listener = Noted()
    with held(first) as lock:
        frees = Timer(1.0, lock.release)
        frees.start()
        outcomes = share_runs(EXECUTORS["in turn"])([first, second], listener)
        frees.join()
    assert [each.job for each in outcomes] == [first, second]
    assert cross_entropies(outcomes) == [measures(each.out)["ce"] for each in (first, second)]
    told = [line for line in listener.lines if "is training it; waiting for that" in line]
    assert len(told) == 1
    assert told[0].startswith("first process ")
    assert listener.lines.index("second done") < listener.lines.index("first done")


class Takes(Noted):
    """A listener that has another run taken once one has begun, and left once it is waited for."""

    def __init__(self, other: Job) -> None:
        super().__init__()
        self._other = other

    def on_start(self, job: Job) -> None:
        super().on_start(job)
        if job.out != self._other.out and not self._other.out.exists():
            self._other.out.mkdir(parents=True)
            self._lock = Lock(self._other.out)
            self._lock.take()

    def on_message(self, job: Job, text: str) -> None:
        super().on_message(job, text)
        self._lock.release()


@pytest.mark.parametrize("name", ["in turn", pytest.param("in processes", marks=pytest.mark.slow)])
def test_a_run_that_another_table_takes_meanwhile_has_not_failed(tmp_path: Path, name: str) -> None:
    first, second = job(tmp_path / "first"), job(tmp_path / "second")
    listener = Takes(second)
    outcomes = share_runs(EXECUTORS[name])([first, second], listener)
    assert cross_entropies(outcomes) == [measures(each.out)["ce"] for each in (first, second)]
    seconds = [line for line in listener.lines if line.startswith("second")]
    assert [line.split()[-1] for line in seconds] == ["begun", "that", "begun", "done"]


def test_a_run_that_another_table_finished_meanwhile_counts_as_it_is(tmp_path: Path) -> None:
    mine = job(tmp_path / "run")
    local.run_in_turn([mine], Noted(), HERE)
    came = (mine.out / "metrics.csv").stat().st_mtime_ns
    (outcome,) = share_runs(EXECUTORS["in turn"])([mine], Noted())
    assert cross_entropies([outcome]) == [measures(mine.out)["ce"]]
    assert (mine.out / "metrics.csv").stat().st_mtime_ns == came
