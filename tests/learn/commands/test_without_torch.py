"""The commands that train, on a computer without torch."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("command", ["train", "table1", "embed"])
def test_training_without_torch_says_what_to_install(command: str) -> None:
    code = (
        "import sys, importlib.util as util; find = util.find_spec\n"
        "util.find_spec = lambda name, *more: None if name == 'torch' else find(name, *more)\n"
        f"sys.argv = ['learn', {command!r}, '--stimuli', 'pictograms']\n"
        "from learn.cli import run_app; run_app()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 1
    assert "torch: not installed, and training needs it" in done.stderr
    assert "Traceback" not in done.stderr
