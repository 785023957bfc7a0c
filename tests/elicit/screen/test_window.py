"""The real window: exact pixels, and nothing slow inside a trial."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from elicit.screen.virtual_display import virtual_screen
from tests.elicit.helpers.factories import block, study, write_protocol
from tests.elicit.helpers.virtual_lab import PROTOCOLS, needs_a_virtual_screen
from tests.elicit.helpers.window_start import start_elicit, start_in_window

pytestmark = needs_a_virtual_screen


def run_in_window(program: str, *arguments: str, screen: str) -> dict[str, Any]:
    """Return what a program of the helpers prints in the end, on a screen of its own."""
    with virtual_screen(screen) as display:
        running = start_in_window(
            f"from tests.elicit.helpers.{program} import main; main()",
            *arguments,
            environment={**os.environ, "DISPLAY": display},
        )
        said, problem = running.communicate()
    assert running.returncode == 0, problem
    found: dict[str, Any] = json.loads(said.splitlines()[-1])
    return found


def watched(size: str, stimuli: str | Path) -> dict[str, Any]:
    demo = str(PROTOCOLS / "demo.yaml")
    result = run_in_window("window_costs", demo, str(stimuli), screen=size)
    assert result["size"] == [int(length) for length in size.split("x")]
    assert set(result["paradigms"]) == {"construct", "select_shuffled", "infer"}
    paradigms: dict[str, Any] = result["paradigms"]
    return paradigms


@pytest.mark.parametrize("size", ["1024x600", "1366x768", "3840x2160"])  # ends, and an odd one
def test_the_frame_buffer_holds_the_blends_pixels_each_a_whole_square(
    size: str, cifar10_folder: Path
) -> None:
    for paradigm, seen in watched(size, cifar10_folder).items():
        assert all(seen["exact"]), paradigm


def test_frames_of_which_only_the_changes_are_drawn_are_those_drawn_from_nothing() -> None:
    sizes = ["1024x600", "1366x768", "1920x1080"]
    found = run_in_window("window_redraws", *sizes, screen="1920x1080")
    assert list(found) == sizes
    for seen in found.values():
        assert seen["frames"] > 40
        assert seen["different"] == []
        assert seen["unlike_drawn"] == []
        assert seen["drawn"] < 0.5 * seen["drawn_from_nothing"]


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
    *options: str, display: str, path: Path = PROTOCOLS / "demo.yaml", fresh: bool = False
) -> tuple[int, str]:
    """Run a session that ends by itself; return its exit code and stderr."""
    running = start_elicit(
        *("run", str(path), "--participant", "P01", "--session", "1", *options),
        environment={**os.environ, "DISPLAY": display},
        fresh=fresh,
    )
    _, problem = running.communicate()
    return running.returncode, problem


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
        code, problem = run_elicit(*options, "--logs", str(tmp_path), display=display)
    assert code == 1
    assert problem.startswith(complaint)
    assert problem.count("\n") == 1
    assert list((tmp_path / "allocation").iterdir()) == []
    assert list((tmp_path / "data").iterdir()) == []


def test_a_screen_that_does_not_answer_is_one_line(tmp_path: Path) -> None:
    code, problem = run_elicit("--logs", str(tmp_path), display=":987", fresh=True)
    assert code == 1
    assert problem.startswith("elicit: no screen can be opened: ")
    assert problem.count("\n") == 1


def test_a_smaller_window_than_the_screen_runs_the_session_too(tmp_path: Path) -> None:
    path = write_protocol(tmp_path, study(block("construct")))
    options = ("--windowed", "1100x700", "--autopilot", "--logs", str(tmp_path / "logs"))
    with virtual_screen("1920x1080") as display:
        ended = run_elicit(*options, display=display, path=path)
    assert ended == (0, "")
    record = json.loads(
        next((tmp_path / "logs" / "data").glob("*_session.json")).read_text(encoding="utf-8")
    )
    assert (record["screen"]["size_px"], record["screen"]["fullscreen"]) == ([1100, 700], False)
