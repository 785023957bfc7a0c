"""Whatever call to the disk fails, a command ends in one line, or does its work all the same."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from elicit.commands import run as run_command
from elicit.errors import describe_os_error
from elicit.observers import observer
from stimuli.sources.endpoints import Pictograms
from tests.conftest import SHARED_DATA
from tests.elicit.helpers.factories import block
from tests.elicit.helpers.sessions import pilot_study, run_session
from tests.elicit.helpers.views import AnsweringView
from tests.helpers.commands import CommandResult, run_here
from tests.helpers.failing_disks import FailingDisk

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

CODES = (errno.ESTALE, errno.EACCES, errno.EROFS, errno.ENOSPC, errno.EIO)
IN_A_STUDY = "subject-P01_session-1_task-pilot_events.csv"
COMMANDS = {
    "elicit validate": ("validate", "pilot.yaml"),
    "elicit status": ("status", "logs"),
    "elicit replay": ("replay", f"logs/data/{IN_A_STUDY}"),
    "elicit withdraw": ("withdraw", "P01", "--logs", "logs", "--yes"),
    "elicit simulate": ("simulate", "pilot.yaml", "--logs", "made", "--participants", "1"),
    "elicit schema": ("schema", "--out", "made"),
    "elicit stimuli": (
        *("stimuli", "hse1", "--source", "pictograms", "--classes", "cat,dog", "--batch-size"),
        *("1", "--pairs-per-combination", "1", "--out", "made.csv"),
    ),
    "elicit run": ("run", "pilot.yaml", "--participant", "P09", "--autopilot", "--logs", "logs"),
    "elicit run, a new folder": (
        *("run", "pilot.yaml", "--participant", "P09", "--autopilot", "--logs", "made"),
    ),
    "elicit run --resume": ("run", "pilot.yaml", "--participant", "P03", "--resume"),
    "learn relabel": ("relabel", "logs", "--out", "made"),
    "learn qc": ("qc", "logs", "--out", "made"),
    "learn pse": ("pse", "logs", "--out", "made"),
    "learn fit-policy": ("fit-policy", "logs", "--out", "made.json"),
    "learn train": (
        *("train", "--type", "none", "--stimuli", "pictograms", "--train", "0:20", "--holdout"),
        *("9000:9010", "--epochs", "1", "--width", "0.0625", "--threads", "1", "--out", "made"),
    ),
    "learn report": ("report", "logs", "--out", "made.html"),
}
SMALL = (
    *("--source", "pictograms", "--train", "0:20", "--holdout", "9000:9010", "--epochs", "1"),
    *("--width", "0.0625", "--threads", "1", "--device", "cpu", "--seeds", "1", "--out", "made"),
)
# These need labels and policies beside the study.
LATER_COMMANDS = {
    "elicit check": ("check", "pilot.yaml", "--logs", "logs", "--no-person"),
    "elicit plan": (
        *("plan", "pilot.yaml", "--target", "pse=0.3", "--block", "construct", "--most", "4"),
        *("--observer", "ideal", "--processes", "1", "--out", "made"),
    ),
    "learn blend": (
        *("blend", "--policy", "policy.json", "--stimuli", "pictograms", "--number", "3"),
        *("--out", "made"),
    ),
    "learn strengths": (
        *("strengths", "looking.json", "--stimuli", "pictograms", "--number", "20"),
        *("--out", "made.npy"),
    ),
    "learn embed": (
        *("embed", "--stimuli", "images", "--training", "others", "--epochs", "1", "--networks"),
        *("1", "--out", "made.npy"),
    ),
    "learn compare-policies": (
        *("compare-policies", "judged/logs", "--folds", "2", "--seeds", "1", "--out", "made"),
    ),
    "learn import-hmix": ("import-hmix", "hmix", "--out", "made"),
    "learn table1": ("table1", "--labels", "labels/labels.npz", "--types", "average", *SMALL),
    "learn table2": ("table2", "--policy", "policy.json", *SMALL),
}
ALL_COMMANDS = {**COMMANDS, **LATER_COMMANDS}
# From one call that fails to the next; 1 where not named. EVERY_CALL=1 in the environment: all.
# Commands that read a study have its calls in common: `elicit status` and `learn relabel` try more.
STEPS = {
    "elicit check": 37,
    "elicit plan": 25,
    "elicit run": 13,
    "elicit run, a new folder": 11,
    "elicit run --resume": 11,
    "elicit simulate": 7,
    "elicit status": 2,
    "learn blend": 11,
    "learn compare-policies": 149,
    "learn embed": 17,
    "learn fit-policy": 5,
    "learn import-hmix": 11,
    "learn pse": 7,
    "learn qc": 37,
    "learn relabel": 7,
    "learn report": 211,
    "learn strengths": 5,
    "learn table1": 61,
    "learn table2": 97,
    "learn train": 13,
}
QUICK = ("elicit status", "elicit run --resume")


class StubWindow(AnsweringView):
    """Stands where `elicit run` opens a window, and answers."""

    def __init__(self, *_: object) -> None:
        super().__init__(observer("autopilot", [7]))

    def check(self, _screens: object) -> None:
        """Everything fits."""

    def provenance(self) -> dict[str, Any]:
        """There is nothing to say of a screen."""
        return {}

    def close(self) -> None:
        """There is nothing to close."""


@pytest.fixture(autouse=True)
def no_window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_command, "provide_screen", lambda **_: nullcontext())
    monkeypatch.setattr(run_command, "open_window", StubWindow)
    monkeypatch.setattr(run_command, "stop_on_signals", lambda _: None)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a protocol and its study: two sessions finished, one interrupted."""
    folder = tmp_path_factory.mktemp("template")
    study, asked = pilot_study(folder, [block("construct"), block("infer")])
    for participant, closes_at in (("P01", None), ("P02", None), ("P03", 3)):
        run_session(study, asked, participant, closes_at=closes_at)
    return folder


@pytest.fixture(scope="module")
def later_template(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with labels, policies, images and a piece of H-Mix beside the study."""
    folder = tmp_path_factory.mktemp("later") / "study"
    shutil.copytree(template, folder)
    (folder / "judged").mkdir()
    study, asked = pilot_study(
        folder / "judged", [block("infer", per_combination=4, batch_size=12)]
    )
    for participant in ("P01", "P02", "P03", "P04"):  # all judge the same images
        run_session(study, asked, participant)
    looking = ("judged/logs", "--stimuli", "pictograms")
    for words in (
        ("relabel", "judged/logs", "--out", "labels"),
        ("fit-policy", *looking, "--policy", "global", "--out", "policy.json"),
        ("fit-policy", *looking, "--policy", "image_aware", "--out", "looking.json"),
    ):
        result = run_here("learn", words, folder=folder)
        assert result.code == 0, result
    source = Pictograms()
    for name in ("cat", "dog"):
        for k in range(12):
            path = folder / ("images" if k < 6 else "others") / name / f"{k}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(source.image(source.image_id(name, k))).save(path)
    (folder / "hmix").mkdir()
    for published in sorted((SHARED_DATA / "h-mix").glob("*.csv")):
        lines = published.read_bytes().splitlines(keepends=True)
        (folder / "hmix" / published.name).write_bytes(b"".join(lines[:4]))
    return folder


def run_on(disk: FailingDisk, template: Path, command: str) -> tuple[CommandResult, FailingDisk]:
    """Run a command in a copy of the template on a disk that fails once."""
    shutil.rmtree(disk.folder, ignore_errors=True)
    shutil.copytree(template, disk.folder)
    name = command.partition(" ")[0]
    with disk.fail():
        return run_here(name, ALL_COMMANDS[command], folder=disk.folder), disk


def assert_ends_well(result: CommandResult, disk: FailingDisk) -> None:
    """See that a command told the fault in one line, or did without what failed."""
    lines = result.said.splitlines()
    starts = ("elicit: ", "learn: ")  # a table tells of the run instead
    told = [line for line in lines if line.startswith(starts) or ": failed: " in line]
    assert result.code in {0, 1, 3}, (disk.failed, result)
    assert result.code == 0 or len(told) == 1, (disk.failed, result)
    assert "Traceback" not in result.said
    assert "delete the run folder" not in result.said  # it may be whole
    empty = [path for path in disk.folder.rglob("*") if path.is_file() and not path.stat().st_size]
    assert empty == [], disk.failed


def sweep(template: Path, folder: Path, command: str, turns: Callable[[int], int]) -> int:
    """Let calls of a command fail, one at a time; return how many there were.

    Args:
        template: to work on.
        folder: for the copies.
        command: which.
        turns: returns the next call that fails.
    """
    turn, tried = 1, 0
    while True:
        disk = FailingDisk(folder, turn, CODES[tried % len(CODES)])
        result, _ = run_on(disk, template, command)
        if not disk.failed:
            assert result.code == (1 if command == "elicit check" else 0), result  # has no screen
            return tried
        assert_ends_well(result, disk)
        turn, tried = turns(turn), tried + 1


@pytest.mark.parametrize("command", QUICK)
def test_a_call_that_fails_is_told_in_one_line(
    template: Path, tmp_path: Path, command: str
) -> None:
    assert sweep(template, tmp_path / "work", command, lambda turn: int(turn * 1.7) + 1) > 5


@pytest.mark.slow
@pytest.mark.parametrize("command", ALL_COMMANDS)
def test_whichever_call_fails_it_is_told_in_one_line(
    request: pytest.FixtureRequest, tmp_path: Path, command: str
) -> None:
    needed = "template" if command in COMMANDS else "later_template"
    step = 1 if "EVERY_CALL" in os.environ else STEPS.get(command, 1)
    sweep(request.getfixturevalue(needed), tmp_path / "work", command, lambda turn: turn + step)


def test_an_error_without_a_file_is_told_all_the_same() -> None:
    told = describe_os_error(OSError(errno.EROFS, "Read-only file system", "/mnt/a"))
    assert told.startswith("/mnt/a: cannot be read or written: Read-only file system; its disk is")
    assert describe_os_error(OSError("odd")).startswith("a file or folder: cannot be read or")


def test_who_stops_reading_a_command_s_output_is_told_nothing() -> None:
    code = "from elicit.cli import run_app; run_app()"
    with subprocess.Popen(
        [sys.executable, "-c", code, "schema"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
