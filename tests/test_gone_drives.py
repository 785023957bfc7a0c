"""A drive that is gone, as Windows and networks tell it: one line, the drive's name in it."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.elicit.helpers.factories import block, study, write_protocol
from tests.helpers.commands import run_here

# How Windows tells it, and Python: the drive is not ready, an input/output error of the device,
# no such path.
WAYS = {21: errno.EACCES, 1117: errno.EIO, 3: errno.ENOENT}
TRAINED = "--train 0:40 --holdout 60:80 --epochs 1 --width 0.05 --device cpu"
COMMANDS = (
    "elicit validate GONE/study.yaml",
    "elicit simulate HERE/pilot.yaml --participants 1 --logs GONE/logs",
    "elicit simulate HERE/pilot.yaml --participants 1 --logs HERE/new --stimuli GONE/images",
    "elicit run HERE/pilot.yaml --participant P01 --session 1 --logs GONE/logs",
    "elicit status GONE/logs",
    "elicit withdraw P01 --logs GONE/logs --yes",
    "elicit replay GONE/logs/data/subject-P01_session-1_task-pilot_data.csv",
    "elicit stimuli hse1 --source pictograms --pairs-per-combination 1 --out GONE/set.csv",
    "elicit stimuli hse1 --source GONE/images --out HERE/set.csv",
    "elicit schema --out GONE/schema.json",
    "learn relabel GONE/logs --out HERE/labels",
    "learn pse GONE/logs",
    "learn qc GONE/logs --out HERE/qc",
    "learn report GONE/logs --out HERE/report.html",
    "learn fit-policy GONE/logs --out HERE/fit.json",
    "learn compare-policies GONE/logs",
    "learn blend --number 3 --policy GONE/fit.json --stimuli pictograms",
    "learn strengths GONE/fit.json --stimuli pictograms",
    "learn import-hmix GONE/h-mix --out HERE/study",
    f"learn train --labels GONE/labels.npz {TRAINED} --source pictograms",
    f"learn train --type none {TRAINED} --source GONE/images --out HERE/run",
    f"learn train --type none {TRAINED} --source pictograms --out GONE/run",
    f"learn table1 --labels GONE/labels.npz {TRAINED} --source pictograms --seeds 1",
)


@pytest.fixture
def gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Path]:
    """Return a function that has a drive fail in one of WAYS, and returns its root."""
    root = tmp_path / "Z"

    def fails(number: int) -> Path:
        def is_there(path: Any) -> bool:
            return isinstance(path, (str, Path)) and str(path).startswith(str(root))

        def failing(works: Callable[..., Any]) -> Callable[..., Any]:
            def call(path: Any = ".", *more: Any, **named: Any) -> Any:
                if is_there(path):
                    kind = FileNotFoundError if WAYS[number] == errno.ENOENT else OSError
                    error = kind(WAYS[number], "The device is not ready", str(path))
                    error.winerror = number  # type: ignore[attr-defined]
                    raise error
                return works(path, *more, **named)

            return call

        for name in ("stat", "lstat", "open", "listdir", "scandir", "mkdir", "unlink", "rename"):
            monkeypatch.setattr(os, name, failing(getattr(os, name)))
        monkeypatch.setattr("io.open", failing(open))
        monkeypatch.setattr("builtins.open", failing(open))
        return root

    return fails


@pytest.mark.parametrize("number", WAYS)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_drive_that_is_gone_is_one_line(
    command: str, number: int, gone: Callable[[int], Path], tmp_path: Path
) -> None:
    if "train" in command or "table1" in command:
        pytest.importorskip("torch")
    write_protocol(tmp_path, study(block("infer")))
    root = gone(number)
    name, *words = command.split()
    words = [word.replace("GONE", str(root)).replace("HERE", str(tmp_path)) for word in words]
    environment = {key: value for key, value in os.environ.items() if key != "DISPLAY"}
    ended = run_here(name, tuple(words), environment)
    assert ended.code not in {0, 130}
    assert "Traceback" not in ended.said
    told = [line for line in ended.said.splitlines() if line.startswith(f"{name}: ")]
    assert len(told) == 1, ended.said
    assert str(root) in told[0]
