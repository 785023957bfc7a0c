"""What holds for both commands, whatever they are asked."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
import typer

from elicit.cli import app as elicit_app
from elicit.errors import read_version
from learn.cli import app as learn_app
from tests.elicit.helpers.factories import PROTOCOLS, study, write_protocol
from tests.elicit.helpers.sessions import pilot_study, run_session
from tests.helpers.commands import CommandResult, run_apart, run_here

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
DEMO = PROTOCOLS / "demo.yaml"
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
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, done.stderr) == (130, f"{command}: stopped\n")


@pytest.mark.parametrize("encoding", ["cp1252", "cp437", "cp850", "cp932"])
def test_a_console_that_lacks_a_character_still_shows_the_rest(
    encoding: str, tmp_path: Path
) -> None:
    ended = run_here("elicit", validate_odd_titles(tmp_path), encoding=encoding)
    assert_the_rest_is_shown(ended, encoding)


def test_a_process_s_console_that_lacks_a_character_still_shows_the_rest(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "elicit", *validate_odd_titles(tmp_path)],
        capture_output=True,
        env=os.environ | {"PYTHONIOENCODING": "cp932"},
        check=False,
    )
    shown, told = done.stdout.decode("cp932"), done.stderr.decode("cp932")
    assert_the_rest_is_shown(CommandResult(done.returncode, told, shown), "cp932")


def validate_odd_titles(folder: Path) -> tuple[str, ...]:
    """Return what is typed to validate a protocol that is fine and one that is not."""
    path = write_protocol(folder, study(title=f"A study with {CHARACTERS}"))
    (folder / "b").mkdir()
    broken = write_protocol(folder / "b", study(title=CHARACTERS, seed=CHARACTERS))
    return ("validate", str(path), str(broken))


def assert_the_rest_is_shown(ended: CommandResult, encoding: str) -> None:
    assert ended.code == 1
    arrow = "\N{RIGHTWARDS ARROW}".encode(encoding, "backslashreplace").decode(encoding)
    assert f"A study with an arrow {arrow}, a snowman \\u2603" in ended.shown
    assert "Traceback" not in ended.said
    assert r"snowman \u2603" in ended.said


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


# What each command is asked, and with which code it ends; LOGS holds one session of nine trials.
ASKED = {
    "elicit": {
        "run": ("DEMO --participant P01 --session 1 --logs NEW", 1),  # there is no screen
        "simulate": ("DEMO --participants 1 --logs NEW --processes 1", 0),
        "plan": ("DEMO --target pse=two", 1),
        "stimuli": ("hse1 --source nowhere --out NEW", 1),
        "validate": ("DEMO", 0),
        "schema": ("", 0),
        "calibrate": ("", 1),  # there is no screen
        "check": ("DEMO --logs NEW", 1),  # there is no screen
        "status": ("LOGS", 0),
        "withdraw": ("--logs LOGS P99", 1),
        "replay": ("LOGS/data/subject-P01_session-1_task-pilot_data.csv", 0),
    },
    "learn": {
        "relabel": ("LOGS --include-simulated --out NEW", 0),
        "qc": ("LOGS --include-simulated --out NEW", 0),
        "import-hmix": ("LOGS --out NEW", 1),
        "observe": ("NEW LOGS --out NEW", 1),
        "report": ("LOGS --out NEW", 0),
        "pse": ("LOGS --out NEW", 0),
        "fit-policy": ("LOGS --out NEW", 0),
        "compare-policies": ("LOGS --out NEW", 1),
        "score": ("--study NEW", 1),
        "blend": ("--number 0 --policy mixup", 1),
        "strengths": ("NEW", 1),
        "embed": ("--sources nowhere", 2),
        "train": ("--lr=nan --out NEW", 1),
        "table1": ("--seeds 0", 1),
        "table2": ("--seeds 0", 1),
        "table3": ("--seeds 0", 1),
    },
}


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    study, asked = pilot_study(tmp_path_factory.mktemp("study"))
    run_session(study, asked, "P01")
    return study.folder


@pytest.mark.parametrize("name", ASKED)
def test_every_command_is_asked_something(name: str) -> None:
    app = {"elicit": elicit_app, "learn": learn_app}[name]
    assert list(ASKED[name]) == list(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("name", "command"), [(name, command) for name, asked in ASKED.items() for command in asked]
)
def test_a_command_says_the_same_in_a_process_of_its_own(
    name: str, command: str, logs: Path, tmp_path: Path
) -> None:
    words, code = ASKED[name][command]
    environment = {key: value for key, value in os.environ.items() if key != "DISPLAY"}
    for word, path in (("DEMO", DEMO), ("LOGS", logs), ("NEW", tmp_path / "new")):
        words = words.replace(word, str(path))
    here = run_here(name, (command, *words.split()), environment)
    if (tmp_path / "new").exists():
        (tmp_path / "new").rename(tmp_path / "here")
    apart = run_apart(name, (command, *words.split()), environment)
    assert (here.code, here.said) == (apart.code, apart.said)
    assert here.code == code, here.said
    assert re.sub(r"[\d.]+", "0", here.shown) == re.sub(r"[\d.]+", "0", apart.shown)  # times differ


@pytest.mark.parametrize("encoding", ["ascii", "cp437"])
@pytest.mark.parametrize(
    ("name", "command"),
    [(name, command) for name, asked in ASKED.items() for command in asked if command != "check"],
)
def test_a_command_s_tables_and_errors_survive_a_console_of_any_code_page(
    name: str, command: str, encoding: str, logs: Path, tmp_path: Path
) -> None:
    words, code = ASKED[name][command]
    there = tmp_path / CHARACTERS.replace(" ", "_").replace(",", "")
    shutil.copytree(logs, there)
    demo = there / "demo.yaml"
    shutil.copy(DEMO, demo)
    shutil.copy(DEMO.with_suffix(".png"), there)
    environment = {key: value for key, value in os.environ.items() if key != "DISPLAY"}
    for word, path in (("DEMO", demo), ("LOGS", there), ("NEW", there / "new")):
        words = words.replace(word, str(path))
    ended = run_here(name, (command, *words.split()), environment, encoding=encoding)
    assert ended.code == code, ended.said
    assert ended.said + ended.shown or command in {"blend"}, "says nothing"


def interrupt_at(call: int, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Have Ctrl-C come at a call of a function, counted from where a command reads its words.

    Returns:
        Whether it came, as soon as it has.
    """
    came: list[bool] = []
    left = call
    begins = typer.Typer.__call__

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal left
        left -= event == "call"
        if left == 0 and not came:
            came.append(True)
            sys.setprofile(None)
            raise KeyboardInterrupt

    def begin(app: typer.Typer, *arguments: Any, **named: Any) -> Any:
        sys.setprofile(count)
        return begins(app, *arguments, **named)

    monkeypatch.setattr(typer.Typer, "__call__", begin)
    return came


@pytest.mark.parametrize("call", [1, 30, 300, 3_000, 30_000])
@pytest.mark.parametrize(
    ("name", "command"),
    [
        *(("elicit", command) for command in ("validate", "simulate", "status", "replay", "plan")),
        *(("learn", command) for command in ("relabel", "qc", "pse", "fit-policy")),
    ],
)
def test_ctrl_c_at_any_moment_ends_in_one_line(
    name: str, command: str, call: int, logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words, code = ASKED[name][command]
    for word, path in (("DEMO", DEMO), ("LOGS", logs), ("NEW", tmp_path / "new")):
        words = words.replace(word, str(path))
    came = interrupt_at(call, monkeypatch)
    try:
        ended = run_here(name, (command, *words.split()))
    finally:
        sys.setprofile(None)
    if came:
        told = [line for line in ended.said.splitlines() if line == f"{name}: stopped"]
        assert (ended.code, len(told)) == (130, 1), ended.said
        assert "Traceback" not in ended.said
    else:
        assert ended.code == code
        assert call >= 3_000  # each command calls more functions than that
    assert not [path for path in tmp_path.rglob("*") if path.name.endswith((".unfinished", ".tmp"))]
