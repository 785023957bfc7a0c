"""Simulated participants in a real window: what they answer, and pictures of it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from elicit.log.reader import read
from elicit.screen.virtual_display import virtual_screen
from tests.elicit.helpers.commands import elicit
from tests.elicit.helpers.factories import block, study, write_protocol
from tests.elicit.helpers.virtual_lab import needs_a_virtual_screen
from tests.elicit.helpers.window_start import start_elicit

pytestmark = needs_a_virtual_screen


@pytest.fixture(scope="module")
def in_window(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a study simulated in a window, pictures of it, and one simulated without."""
    folder = tmp_path_factory.mktemp("simulated")
    one: dict[str, Any] = {"classes": ["cat", "dog"], "batch_size": 1}  # a trial of each paradigm
    blocks = [block(each, **one) for each in ("construct", "select_shuffled", "infer")]
    protocol = write_protocol(folder, study(*blocks))
    simulate = ("simulate", str(protocol), "--observer", "ideal", "--participants", "2", "--logs")
    window = ("--window", "--speed", "30", "--frames", str(folder / "frames"))
    with virtual_screen("1024x600") as display:
        running = start_elicit(
            *simulate, str(folder / "window"), *window,
            environment={**os.environ, "DISPLAY": display},
        )  # fmt: skip
        said, problem = running.communicate()
    assert (running.returncode, problem) == (0, "")
    assert f"{folder / 'frames' / 'session.gif'}: written\n" in said
    assert elicit(folder, *simulate, folder / "none").code == 0
    return folder


def logs(folder: Path) -> list[Path]:
    return sorted((folder / "data").glob("*_data.csv"))


def test_participants_answer_alike_with_and_without_a_window(in_window: Path) -> None:
    passing = {"rt_s", "onset_utc", "dropped_frames", "side_px", "side_deg"}
    for seen, unseen in zip(logs(in_window / "window"), logs(in_window / "none"), strict=True):
        assert [row.model_dump(exclude=passing) for row in read(seen)] == [
            row.model_dump(exclude=passing) for row in read(unseen)
        ]
        assert all(row.side_px is not None for row in read(seen))
        assert all(row.side_px is None for row in read(unseen))  # nothing was drawn


def test_a_hastened_window_logs_no_shorter_times_than_the_participants_own(in_window: Path) -> None:
    for seen, unseen in zip(logs(in_window / "window"), logs(in_window / "none"), strict=True):
        for slower, own in zip(read(seen), read(unseen), strict=True):
            assert slower.rt_s > 0.9 * own.rt_s  # keys wait for frames, which do not hasten


def test_the_sidecar_says_how_fast_the_window_was(in_window: Path) -> None:
    path = logs(in_window / "window")[0]
    sidecar = json.loads(Path(str(path).replace("_data.csv", "_session.json")).read_text("utf-8"))
    assert (sidecar["screen"]["window"], sidecar["screen"]["speed"]) == (True, 30.0)
    assert sidecar["screen"]["size_px"] == [1024, 600]


def test_pictures_of_the_first_session_are_an_animation_and_a_contact_sheet(
    in_window: Path,
) -> None:
    with Image.open(in_window / "frames" / "session.gif") as animation:
        assert animation.n_frames > 10
    with Image.open(in_window / "frames" / "contact_sheet.png") as sheet:
        assert sheet.width > 2 * 320
