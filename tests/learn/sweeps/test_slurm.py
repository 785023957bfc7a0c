"""A table on a real Slurm of two nodes, one of which dies while it trains."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest

pytest.importorskip("torch")
pytest.importorskip("submitit", reason="submitit is not installed: pip install 'submitit>=1.5'")

from learn.runs.files import METRICS, RESULT
from learn.runs.run import Hardware
from learn.sweeps import local
from learn.sweeps.jobs import Job
from learn.training.data import Inputs
from learn.training.settings import TrainingSettings
from tests.helpers.commands import RUNS
from tests.helpers.forks import start_fork
from tests.learn.helpers import pictogram_labels, slurm_controller
from tests.learn.helpers.tiny_runs import TRAINING
from tests.learn.sweeps.test_local import Noted

pytestmark = pytest.mark.skipif(bool(slurm_controller.missing()), reason=slurm_controller.missing())

EPOCHS = 60
QUICK = (
    f"--epochs {EPOCHS} --width 0.125 --batch-size 16 --train 0:60 --holdout 100:120 --device cpu "
    "--threads 1 --precision float32 --checkpoint-every 0"
)
SECONDS = 300
SAYING_IT_TO_A_FILE = """
import os, sys
file = os.open(sys.argv.pop(1), os.O_WRONLY | os.O_APPEND)
os.dup2(file, 1)
os.dup2(file, 2)
"""


@pytest.fixture(scope="module")
def cluster() -> Iterator[slurm_controller.Cluster]:
    # Not pytest's own folder: a socket's path may have 107 characters at most.
    with tempfile.TemporaryDirectory(prefix="slurm-") as folder:
        place = Path(folder)
        with slurm_controller.cluster(place) as started:
            yield started


class Table:
    """`learn table1` on a cluster, in a process of its own that writes what it says to a file."""

    def __init__(
        self, cluster: slurm_controller.Cluster, folder: Path, labels: Path, *more: str
    ) -> None:
        self.said = folder / f"said{time.monotonic_ns()}.txt"
        self.said.touch()
        command = (
            f"table1 --types none,mixup,average --seeds 1 --executor slurm --slurm-cpus 1 {QUICK}"
        )
        places = ["--labels", labels, "--runs", folder / "runs", "--out", folder / "tables"]
        self.process = start_fork(
            TRAINING,
            SAYING_IT_TO_A_FILE + RUNS["learn"],
            *(str(self.said), *command.split(), *map(str, places), *more),
            environment=local.process_environment() | cluster.environment(),
        )
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()  # nothing goes through these

    def text(self) -> str:
        return self.said.read_text(encoding="utf-8")


def test_a_job_that_slurm_does_not_take_is_told_in_one_line(
    cluster: slurm_controller.Cluster, tmp_path: Path
) -> None:
    labels = pictogram_labels.write(tmp_path / "labels.npz")
    table = Table(cluster, tmp_path, labels, "--slurm-partition", "nowhere")
    until(lambda: table.process.poll() is not None, table)
    assert table.process.returncode == 1
    last = table.text().strip().split("\n")[-1]
    assert last.startswith("learn: --executor slurm: sbatch: ")
    assert "invalid partition specified: nowhere" in last


def test_a_table_completes_though_its_command_is_killed_and_a_node_dies(
    cluster: slurm_controller.Cluster, tmp_path: Path
) -> None:
    labels = pictogram_labels.write(tmp_path / "labels.npz")
    first = Table(cluster, tmp_path, labels)
    until(lambda: running_on(cluster, "n2", tmp_path) is not None, first)
    first.process.kill()  # the command alone: its jobs go on
    first.process.wait()

    second = Table(cluster, tmp_path, labels)
    lost = None
    while lost is None:
        lost = running_on(cluster, "n2", tmp_path)
        assert cluster.jobs(), "the runs were too short to be caught"
    cluster.take_down("n2")
    until(lambda: hurried(cluster, second), second)

    assert second.process.returncode == 0, second.text()
    assert cluster.states()["n2"].startswith("down")
    assert "of an earlier command is taken over" in second.text()
    assert list(pd.read_csv(tmp_path / "tables/table1.csv")["n"]) == [1, 1, 1]
    assert measured(tmp_path / "runs" / lost) == alone(lost, labels, tmp_path)


def hurried(cluster: slurm_controller.Cluster, table: Table) -> bool:
    """Have what Slurm makes wait begin; return whether the table has ended."""
    cluster.hurry()
    return table.process.poll() is not None


def running_on(cluster: slurm_controller.Cluster, node: str, folder: Path) -> str | None:
    """Return the run that a node trains and that has some epochs done; None if there is none."""
    for name, state, its_node in cluster.jobs():
        metrics = folder / "runs" / name / METRICS
        if (state, its_node) == ("RUNNING", node) and metrics.is_file():
            return name
    return None


def alone(name: str, labels: Path, folder: Path) -> dict[str, float]:
    """Return the measures of the same run, trained here without a break."""
    of = name.split("-")[2]
    made = TrainingSettings(type=of, width=0.125, epochs=EPOCHS, batch_size=16, precision="float32")
    inputs = Inputs(labels=labels, train="0:60", holdout="100:120")
    local.run_in_turn([Job(of, made, inputs, folder / "alone")], Noted(), Hardware("cpu", 1))
    return measured(folder / "alone")


def measured(out: Path) -> dict[str, float]:
    found: dict[str, float] = json.loads((out / RESULT).read_text(encoding="utf-8"))
    return found


def until(ready: Callable[[], object], table: Table) -> None:
    """Wait until `ready`, at most some minutes."""
    last = time.monotonic() + SECONDS
    while not ready():
        assert time.monotonic() < last, table.text()
        time.sleep(0.3)
