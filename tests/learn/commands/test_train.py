"""`learn train` as a person gives it: killed, stopped, gone on with, and told what is wrong."""

import io
import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

torch = pytest.importorskip("torch")

from learn.commands.train import show_progress
from learn.commands.training_options import merge_settings
from learn.runs import run as one_run
from learn.runs.time_left import TimeLeft
from learn.training.data import Inputs
from tests.helpers.commands import RUNS, run_here
from tests.helpers.forks import start_fork
from tests.learn.helpers.tiny_runs import TRAINING, labels_file, tiny_settings

ROOT = Path(__file__).parents[3]
PICTOGRAMS = ("--train=0:48", "--holdout=200:210", "--device=cpu", "--threads=1")
EPOCHS = 40  # so many that it is stopped before its end, however busy the machine is
LONG = (
    *("train", "--width=0.0625", f"--epochs={EPOCHS}", "--batch-size=8", "--precision=float32"),
    *(*PICTOGRAMS, "--out=run"),
)


def stopped_by(how: signal.Signals, cwd: Path) -> tuple[int, str]:
    """Begin or go on with a run, and stop it once another epoch has its checkpoint.

    Returns:
        The command's exit code, and what it said on stderr.
    """
    checkpoint = cwd / "run" / "checkpoint.pt"
    before = checkpoint.stat().st_mtime_ns if checkpoint.exists() else 0
    options = (*LONG, "--checkpoint-every=0")
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    process = start_fork(TRAINING, RUNS["learn"], *options, environment=environment, folder=cwd)
    while process.poll() is None:
        if checkpoint.exists() and checkpoint.stat().st_mtime_ns != before:
            process.send_signal(how)
            break
        time.sleep(0.002)
    _, errors = process.communicate()
    return process.returncode, errors


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def same(one: Any, other: Any) -> bool:
    """Return whether two checkpoints are the same to the bit."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, torch.Tensor):
        return bool(torch.equal(one, other))
    return bool(one == other)


def test_a_run_stopped_and_killed_goes_on_to_the_very_same_end(tmp_path: Path) -> None:
    code, said = stopped_by(signal.SIGINT, tmp_path)
    assert code == 130, said
    assert said.splitlines()[-1] == "learn: stopped"
    assert "Traceback" not in said
    assert read(tmp_path / "run" / "run.json")["status"] == "stopped"
    assert not (tmp_path / "run" / "running.lock").exists()

    code, said = stopped_by(signal.SIGKILL, tmp_path)
    assert code == -signal.SIGKILL, said
    assert not (tmp_path / "run" / "result.json").exists()
    assert read(tmp_path / "run" / "run.json")["status"] == "running"
    assert 2 <= torch.load(tmp_path / "run" / "checkpoint.pt", weights_only=True)["epoch"] < EPOCHS

    made, inputs = (
        tiny_settings(epochs=EPOCHS, lr_drops=[50, 55]),
        Inputs(train="0:48", holdout="200:210"),
    )
    whole = tmp_path / "whole"
    for out in (tmp_path / "run", whole):
        one_run.run(made, inputs, out, one_run.Hardware("cpu", 1))
    assert (tmp_path / "run" / "result.json").read_bytes() == (whole / "result.json").read_bytes()
    both = [
        torch.load(each / "checkpoint.pt", weights_only=True) for each in (tmp_path / "run", whole)
    ]
    assert same(*both)
    curves = [
        [
            line.split(",")[:4]
            for line in (each / "metrics.csv").read_text(encoding="utf-8").splitlines()
        ]
        for each in (tmp_path / "run", whole)
    ]
    assert curves[0] == curves[1]
    assert len(curves[0]) == 1 + EPOCHS


def test_blends_with_an_endpoint_in_the_holdout_are_left_out_and_said(
    tmp_path: Path,
) -> None:
    labels = labels_file(tmp_path / "labels.npz")
    held = ("--train=60:80", "--holdout=0:30", "--drop-leaks")  # leaks are left out, and said
    command = (
        *("train", "--type=average-omega", f"--labels={labels}", "--width=0.05", "--epochs=1"),
        *(*held, "--device=cpu", "--threads=1"),
    )
    done = run_here("learn", command, folder=tmp_path)
    assert done.code == 0, done.said
    record = read(tmp_path / "runs" / "vgg11-w0.05-average_omega-seed0" / "run.json")
    dropped, kept = record["blends_dropped"], record["blends"]
    assert dropped > 0
    assert dropped + kept == 12
    assert f"{dropped} of 12 blends left out: an endpoint is in the holdout." in done.shown


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--lr=nan",), "learn: --lr: must be above 0, got nan"),
        (("--type=averag",), "learn: --type: must be one of none, random,"),
        (("--device=tpu",), "learn: --device: must be one this machine has (cpu"),
        (("--holdout=5:5",), "learn: --holdout: must hold at least one image, got none;"),
        (("--config=none.yaml",), "learn: none.yaml: cannot be read: No such file or directory"),
        (("--source=nowhere",), "learn: stimuli: must be pictograms, cifar10 or a folder"),
        (("--type=mixup",), "learn: --type: mixup needs blends; give --labels labels.npz"),
        (("--epochs=0",), "learn: --epochs: must be a whole number from 1 to 100000, got 0"),
        (("--batch-size=many",), "learn: Invalid value for '--batch-size'"),
    ],
)
def test_what_a_person_got_wrong_is_one_line(
    tmp_path: Path,
    options: tuple[str, ...],
    words: str,
) -> None:
    done = run_here("learn", ("train", *options), folder=tmp_path)
    assert done.code in {1, 2}
    said = done.said
    assert said.startswith(words)
    assert len(said.splitlines()) == 1
    assert not list(tmp_path.glob("runs/*/*"))


def test_a_terminal_shows_epoch_loss_and_time_left_on_one_line(tmp_path: Path) -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=100)
    with show_progress(tiny_settings(epochs=2), tmp_path / "my run", console=console) as tell:
        for epoch, share, loss in ((0, 0.4, None), (1, 0.8, 2.5), (1, 1.0, 2.5)):
            tell(epoch, share, loss)
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert "my run" in shown
    assert "epoch 2/2, loss 2.500, measuring" in shown


def test_without_a_terminal_each_tenth_is_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with show_progress(tiny_settings(epochs=2), tmp_path / "[b]run") as tell:
        for step in range(100):
            tell(step // 50, (step + 1) / 100, None if step < 50 else 1.25)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 10
    assert lines[0] == "[b]run: epoch 1/2, loss -"
    assert lines[-1] == "[b]run: epoch 2/2, loss 1.250"


def test_options_go_before_a_yaml_s_settings(tmp_path: Path) -> None:
    path = tmp_path / "train.yaml"
    path.write_text("type: average-omega\nlr: 1\npolicy: p.json\n", encoding="utf-8")
    made = merge_settings(path, {"lr": 0.5, "type": None, "mixup_alpha": 1.0})
    assert (made.type, made.lr, made.policy) == ("average_omega", 0.5, "p.json")
    assert merge_settings(path, {"type": "none", "mixup_alpha": 1.0}).type == "none"


def test_time_left_follows_the_pace_of_this_command_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    left = TimeLeft()
    assert left.at(0.5) == ""  # gone on with: half was done before
    now[0] += 60
    assert left.at(0.75) == ", 0:01:00 left"
