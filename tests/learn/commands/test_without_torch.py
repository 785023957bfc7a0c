"""The commands that train, on a computer without torch."""

import pytest

from tests.helpers.forks import start_fork

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
