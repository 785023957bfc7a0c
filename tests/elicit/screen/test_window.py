"""The real window: exact pixels, and nothing slow inside a trial."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from elicit.screen.virtual_display import virtual_screen
from tests.elicit.helpers.factories import block, study, write_protocol
from tests.elicit.helpers.virtual_lab import PROTOCOLS, ROOT, needs_a_virtual_screen

pytestmark = needs_a_virtual_screen


def watched(size: str, stimuli: str | Path) -> dict[str, Any]:
    with virtual_screen(size) as display:
        done = subprocess.run(
            [sys.executable, "-m", "tests.elicit.helpers.window_costs",
             str(PROTOCOLS / "demo.yaml"), str(stimuli)],
            cwd=ROOT, env={**os.environ, "DISPLAY": display},
            capture_output=True, encoding="utf-8", check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert result["size"] == [int(length) for length in size.split("x")]
    assert set(result["paradigms"]) == {"construct", "select_shuffled", "infer"}
    paradigms: dict[str, Any] = result["paradigms"]
    return paradigms


@pytest.mark.parametrize("size", ["1024x600", "1366x768", "1920x1080", "3840x2160"])
def test_the_frame_buffer_holds_the_blends_pixels_each_a_whole_square(
    size: str, cifar10_folder: Path
) -> None:
    for paradigm, seen in watched(size, cifar10_folder).items():
        assert all(seen["exact"]), paradigm


@pytest.fixture(scope="module")
def on_pictograms() -> dict[str, Any]:
    """What the first trials of each paradigm cost on built-in pictures."""
    return watched("1024x600", "pictograms")


def test_no_file_is_read_and_no_picture_made_between_a_trials_first_flip_and_its_end(
    on_pictograms: dict[str, Any],
) -> None:
    for paradigm, seen in on_pictograms.items():
        assert seen["opened"] == [], paradigm
        assert seen["made_in_trial"] == 0, paradigm


def test_the_next_trials_pictures_are_all_made_while_this_one_waits(
    on_pictograms: dict[str, Any],
) -> None:
    for paradigm, seen in on_pictograms.items():
        assert seen["made_at_change"] == 0, paradigm


def run_elicit(
    *options: str, display: str | None, path: Path = PROTOCOLS / "demo.yaml"
) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if key != "DISPLAY"}
    if display is not None:
        environment["DISPLAY"] = display
    return subprocess.run(
        [sys.executable, "-c", "from elicit.cli import run_app; run_app()", "run",
         str(path), "--participant", "P01", "--session", "1", *options],
        env=environment, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8",
        check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--screen", "3"), "elicit: --screen: must be from 0 to 0, the screens of this computer, "
         "got 3"),
        (("--windowed", "800x500"), "elicit: window 800x500: must be at least 1024x600"),
        (("--windowed", "1024x400"), "elicit: window 1024x400: must be at least 1024x600"),
    ],
)  # fmt: skip
def test_a_screen_that_will_not_do_is_one_line_and_leaves_no_place_taken(
    options: tuple[str, ...], complaint: str, tmp_path: Path
) -> None:
    with virtual_screen("1280x720") as display:
        done = run_elicit(*options, "--logs", str(tmp_path), display=display)
    assert done.returncode == 1
    assert done.stderr.startswith(complaint)
    assert done.stderr.count("\n") == 1
    assert list((tmp_path / "allocation").iterdir()) == []
    assert list((tmp_path / "data").iterdir()) == []


def test_a_screen_that_does_not_answer_is_one_line(tmp_path: Path) -> None:
    done = run_elicit("--logs", str(tmp_path), display=":987")
    assert done.returncode == 1
    assert done.stderr.startswith("elicit: no screen can be opened: ")
    assert done.stderr.count("\n") == 1


def test_a_smaller_window_than_the_screen_runs_the_session_too(tmp_path: Path) -> None:
    path = write_protocol(tmp_path, study(block("construct")))
    options = ("--windowed", "1100x700", "--autopilot", "--logs", str(tmp_path / "logs"))
    with virtual_screen("1920x1080") as display:
        done = run_elicit(*options, display=display, path=path)
    assert (done.returncode, done.stderr) == (0, "")
    record = json.loads(
        next((tmp_path / "logs" / "data").glob("*_session.json")).read_text(encoding="utf-8")
    )
    assert (record["screen"]["size_px"], record["screen"]["fullscreen"]) == ([1100, 700], False)
