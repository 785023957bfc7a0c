"""One network trained by two processes, under torchrun, as one process trains it."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from learn.runs import run as one_run
from learn.training.distributed import join_processes
from tests.learn.helpers import distributed_runs

ROOT = Path(__file__).parents[3]


def losses(out: Path) -> list[float]:
    with (out / "metrics.csv").open(encoding="utf-8", newline="") as file:
        return [float(row["loss"]) for row in csv.DictReader(file)]


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run folders of two processes."""
    if not torch.distributed.is_available():
        pytest.skip("this torch was built without torch.distributed")
    out = tmp_path_factory.mktemp("shared")
    torchrun = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2")
    done = subprocess.run(
        [sys.executable, *torchrun, "-m", "tests.learn.helpers.distributed_runs", os.fspath(out)],
        capture_output=True,
        encoding="utf-8",
        cwd=out,
        env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    return out


@pytest.mark.parametrize("model", distributed_runs.MODELS)
def test_two_processes_have_the_loss_curve_of_one(shared: Path, tmp_path: Path, model: str) -> None:
    made, where = distributed_runs.settings(model), one_run.Hardware("cpu", 1)
    alone = one_run.run(made, distributed_runs.INPUTS, tmp_path / "one", where)
    assert losses(shared / model) == pytest.approx(losses(tmp_path / "one"), rel=2e-3)
    together = read(shared / model / "result.json")
    for name in ("ce", "fgsm_ce", "calibration"):
        assert together[name] == pytest.approx(alone[name], rel=0.02)
    record = read(shared / model / "run.json")
    assert (record["processes"], record["status"]) == (2, "finished")


def test_without_torchrun_there_is_one_process() -> None:
    with join_processes("auto") as numbers:
        assert numbers == (0, 1)
