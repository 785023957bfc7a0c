"""Many runs: in turn, at once, stopped and gone on with; all on pictograms, in seconds."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import pytest

pytest.importorskip("torch")

from learn.runs.files import CHECKPOINT, LOCK, METRICS, RECORD, RESULT
from learn.runs.folder import Identity, RunFolder, TakenOverError
from learn.runs.run import Hardware
from learn.sweeps import local
from learn.sweeps.jobs import Job, Outcome
from learn.training.data import Inputs
from learn.training.settings import TrainingSettings
from tests.helpers.forks import start_fork
from tests.learn.helpers.tiny_runs import TRAINING

HERE = Hardware("cpu", 1, 0.0)


class Noted:
    """A listener that notes."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.shares: list[float] = []

    def on_start(self, job: Job) -> None:
        self.lines.append(f"{job.out.name} begun")

    def on_progress(self, job: Job, epoch: int, share: float, loss: float | None) -> None:
        self.shares.append(share)

    def on_message(self, job: Job, text: str) -> None:
        self.lines.append(f"{job.out.name} {text}")

    def on_end(self, outcome: Outcome) -> None:
        self.lines.append(f"{outcome.job.out.name} {outcome.why or 'done'}")


def job(out: Path, seed: int = 0, epochs: int = 2) -> Job:
    made = TrainingSettings(
        width=0.125, seed=seed, epochs=epochs, batch_size=16, precision="float32"
    )
    return Job("none", made, Inputs(train="0:32", holdout="100:120"), out)


def measures(out: Path) -> dict[str, float]:
    found: dict[str, float] = json.loads((out / RESULT).read_text(encoding="utf-8"))
    return found


def broken(out: Path) -> Path:
    """Make a run folder whose checkpoint cannot be read."""
    out.mkdir(parents=True)
    (out / CHECKPOINT).write_bytes(b"torn")
    (out / RECORD).write_text("{}", encoding="utf-8")
    return out


@pytest.mark.slow
def test_runs_in_turn_give_each_what_it_gives_alone(tmp_path: Path) -> None:
    alone = [job(tmp_path / f"alone{seed}", seed) for seed in (0, 1)]
    together = [job(tmp_path / f"together{seed}", seed) for seed in (0, 1)]
    listener = Noted()
    local.run_in_turn(alone, listener, HERE)
    assert listener.lines == ["alone0 begun", "alone0 done", "alone1 begun", "alone1 done"]
    assert max(listener.shares) == 1.0
    outcomes = local.run_in_turn(together, Noted(), HERE, at_once=2)
    assert [each.job for each in outcomes] == together
    for seed in (0, 1):
        assert measures(tmp_path / f"alone{seed}") == measures(tmp_path / f"together{seed}")


def test_one_run_that_fails_does_not_lose_the_others(tmp_path: Path) -> None:
    jobs = [job(broken(tmp_path / "broken")), job(tmp_path / "whole")]
    bad, good = local.run_in_turn(jobs, Noted(), HERE)
    assert bad.measures is None
    assert str(tmp_path / "broken") in bad.why
    assert "\n" not in bad.why
    assert good.measures is not None


@pytest.mark.slow
def test_runs_at_once_are_processes_whose_failures_come_back_in_one_line(tmp_path: Path) -> None:
    listener = Noted()
    jobs = [job(broken(tmp_path / "broken")), job(tmp_path / "whole")]
    bad, good = local.run_in_processes(jobs, listener, HERE, 2)
    assert bad.measures is None
    assert str(tmp_path / "broken") in bad.why
    assert good.measures is not None
    assert good.measures["ce"] == measures(tmp_path / "whole")["ce"]
    assert set(listener.lines[:2]) == {"broken begun", "whole begun"}


def test_a_job_is_the_same_after_its_way_to_another_process(tmp_path: Path) -> None:
    made = job(tmp_path / "run")
    content = json.loads(json.dumps(local.job_to_json(made, HERE, ["learn", "table1"])))
    assert local.job_from_json(content) == (made, HERE, ["learn", "table1"])


def test_a_worker_ends_when_the_table_is_killed_and_its_run_goes_on_later(tmp_path: Path) -> None:
    whole = job(tmp_path / "whole", epochs=3)
    local.run_in_turn([whole], Noted(), HERE)
    cut = job(tmp_path / "cut", epochs=3)
    code = (
        "import json, sys; from learn.sweeps import local\n"
        "from tests.learn.sweeps.test_local import Noted\n"
        "job, hardware, _ = local.job_from_json(json.loads(sys.argv[1]))\n"
        "local.run_in_processes([job], Noted(), hardware, 1)"
    )
    table = start_fork(
        TRAINING,
        code,
        json.dumps(local.job_to_json(cut, HERE, [])),
        environment=local.process_environment(),
    )
    wait_for(lambda: (cut.out / METRICS).is_file() or table.poll() is not None)
    table.send_signal(signal.SIGKILL)
    table.communicate()
    worker = int((cut.out / LOCK).read_text(encoding="utf-8").split()[1]) if _locked(cut) else 0
    if worker:
        wait_for(lambda: not _runs(worker))
    local.run_in_turn([cut], Noted(), HERE)
    assert measures(cut.out) == measures(whole.out)


def test_a_run_that_another_process_took_over_stops_at_its_next_file(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path, Identity({}, {}))
    with folder.hold():
        folder.save_result({"ce": 2.0})
        (tmp_path / LOCK).write_text("elsewhere 12 7.1 token", encoding="utf-8")
        with pytest.raises(TakenOverError, match="another process has taken this run over"):
            folder.save_result({"ce": 1.0})
    assert measures(tmp_path) == {"ce": 2.0}
    assert (tmp_path / LOCK).read_text(encoding="utf-8").startswith("elsewhere")


def wait_for(ready: object, seconds: float = 120) -> None:
    until = time.monotonic() + seconds
    assert callable(ready)
    while not ready():
        assert time.monotonic() < until
        time.sleep(0.02)


def _locked(of: Job) -> bool:
    return (of.out / LOCK).is_file()


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
