"""What holds for both commands, whatever they are asked."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from elicit.errors import read_version
from tests.elicit.helpers.factories import study, write_protocol

# Ctrl-C comes when a module begins to be imported.
INTERRUPTED = """
import os, signal, sys
class CtrlC:
    def find_spec(self, name, path=None, target=None):
        if name == sys.argv[-1]:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, CtrlC())
from {command}.__main__ import main
sys.argv = ["{command}", *sys.argv[1:]]
main()
"""
CHARACTERS = "an arrow \N{RIGHTWARDS ARROW}, a snowman \N{SNOWMAN}, Ж, あ"


@pytest.mark.parametrize(
    ("command", "module"),
    [
        *(("elicit", name) for name in ("elicit.cli", "typer", "pydantic", "numpy", "PIL.Image")),
        *(("learn", name) for name in ("learn.cli", "typer", "pandas", "scipy")),
    ],
)
def test_ctrl_c_during_the_imports_ends_in_one_line(command: str, module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED.format(command=command), "--help", module],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (130, f"{command}: stopped\n")


@pytest.mark.parametrize("encoding", ["cp1252", "cp437"])
def test_a_console_that_lacks_a_character_still_shows_the_rest(
    encoding: str, tmp_path: Path
) -> None:
    path = write_protocol(tmp_path, study(title=f"A study with {CHARACTERS}"))
    (tmp_path / "b").mkdir()
    broken = write_protocol(tmp_path / "b", study(title=CHARACTERS, seed=CHARACTERS))
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "elicit", "validate", str(path), str(broken)],
        capture_output=True,
        env=os.environ | {"PYTHONIOENCODING": encoding},
        check=False,
    )
    shown, told = done.stdout.decode(encoding), done.stderr.decode(encoding)
    assert done.returncode == 1
    assert "A study with an arrow \\u2192, a snowman \\u2603" in shown
    assert "Traceback" not in told
    assert r"snowman \u2603" in told


@pytest.mark.parametrize("installed", [True, False])
def test_the_version_is_told_from_a_source_tree_too(
    monkeypatch: pytest.MonkeyPatch, installed: bool
) -> None:
    if not installed:
        monkeypatch.setattr(metadata.Distribution, "from_name", missing)
    expected = metadata.version("human-mixup") if installed else "(not installed: run from its "
    assert read_version().startswith(expected)


def missing(name: str) -> None:
    raise metadata.PackageNotFoundError(name)
