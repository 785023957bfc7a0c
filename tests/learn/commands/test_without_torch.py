"""What `learn` imports: nothing slow that few commands need; torch where it is to train alone."""

import json

import pytest

from tests.helpers.forks import start_fork

SLOW_TO_IMPORT = ["matplotlib", "scipy.optimize", "scipy.sparse", "scipy.stats", "torch"]
LIST_IMPORTED = "import json, sys; print(json.dumps([each for each in sys.modules]))"

CODE = """
import sys, importlib.util as util
assert "torch" not in sys.modules
find = util.find_spec
util.find_spec = lambda name, *more: None if name == "torch" else find(name, *more)
sys.argv = ["learn", *sys.argv[1:]]
from learn.cli import run_app
run_app()
"""


@pytest.mark.parametrize("command", ["train", "table1", "embed"])
def test_training_without_torch_says_what_to_install(command: str) -> None:
    ended = start_fork(("learn.cli",), CODE, command, "--stimuli", "pictograms")
    _, said = ended.communicate()
    assert ended.returncode == 1
    assert "torch: not installed, and training needs it" in said
    assert "Traceback" not in said


def test_commands_begin_without_what_few_of_them_need() -> None:
    shown, _ = start_fork(("learn.cli",), LIST_IMPORTED).communicate()
    imported = json.loads(shown)
    assert "learn.cli" in imported
    assert [each for each in SLOW_TO_IMPORT if each in imported] == []
