"""Pictures of a session: the animation keeps its times, the sheet has each page once."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

import pytest
from PIL import Image

from elicit.errors import DisplayError
from elicit.pages import Page
from elicit.screen.recording import GAP, THUMBNAIL_WIDTH, Recording, contact_sheet
from elicit.screen.simulated import SpeedUpView, TimedKeyPresser
from elicit.screen.view import ScreenState
from elicit.timing import Phase
from elicit.trial import Step
from tests.elicit.helpers.factories import construct, discriminate
from tests.elicit.helpers.views import ScriptedView

NOON = datetime(2000, 1, 1, 12, tzinfo=timezone.utc)
COLOURS = ("red", "green", "blue", "white", "black", "yellow")


def recorded(*shown: ScreenState, frame_s: float = 0.5, speed: float = 1.0) -> Recording:
    """Return what is recorded of states, each on screen for a time and in its own colour."""
    colours = iter(COLOURS)
    view = SpeedUpView(ScriptedView([], frame_s), TimedKeyPresser(lambda _shown: None), NOON, speed)
    recording = Recording(view, lambda: Image.new("RGB", (1280, 720), next(colours)), speed)
    for state in shown:
        recording.show(state)
    return recording


def durations(path: Path) -> list[int]:
    with Image.open(path) as animation:
        found = []
        for k in range(animation.n_frames):
            animation.seek(k)
            found.append(animation.info["duration"])
    return found


def test_a_picture_is_taken_of_what_is_new_and_not_of_the_same_again() -> None:
    trial = construct()
    assert len(recorded(trial, trial, trial.step(Step(1)), trial).taken) == 3


def test_pictures_stand_as_long_as_they_did_on_screen(tmp_path: Path) -> None:
    first, second = construct(), construct(Step(1))
    animation, _ = recorded(first, first, second).save(tmp_path)
    assert durations(animation) == [1000, 2000]


@pytest.mark.parametrize("speed", [1.0, 10.0])
def test_the_animation_is_as_fast_as_the_window_was(tmp_path: Path, speed: float) -> None:
    animation, _ = recorded(construct(), construct(Step(1)), speed=speed).save(tmp_path)
    assert durations(animation)[0] == 500


def test_pictures_too_short_to_be_seen_are_left_out_and_no_time_is_lost(tmp_path: Path) -> None:
    states = [construct(*[Step(1)] * k) for k in range(5)]
    animation, _ = recorded(*states, frame_s=0.03).save(tmp_path)
    assert durations(animation) == [60, 60, 2000]


def test_the_contact_sheet_has_each_page_and_trial_once_as_it_was_left(tmp_path: Path) -> None:
    page = Page("Title", "Text", "Hint")
    trial = construct()
    _, sheet = recorded(page, trial, trial.step(Step(1))).save(tmp_path / "new")
    with Image.open(sheet) as picture:
        across = (picture.width - GAP) // (THUMBNAIL_WIDTH + GAP)
        seen = {picture.getpixel((x, y)) for x in range(20, picture.width, 40)
                for y in range(20, picture.height, 40)}  # fmt: skip
    assert across in {1, 2}
    assert (255, 0, 0) in seen  # the page
    assert (0, 128, 0) not in seen  # the trial as it began
    assert (0, 0, 255) in seen  # the trial as it was left


def test_the_contact_sheet_shows_a_brief_image_and_not_the_mask_after_it(tmp_path: Path) -> None:
    recording, trial = recorded(), discriminate()
    for phase in (Phase.FIXATION, Phase.PICTURE, Phase.MASK, Phase.BLANK):
        recording.show(trial, phase=phase)
    recording.show(Page("Title", "Text", "Hint"))
    _, sheet = recording.save(tmp_path)
    with Image.open(sheet) as picture:
        colours = {colour for _, colour in picture.getcolors() or ()}
    assert colours == {(0, 128, 0), (0, 0, 0), (255, 255, 255)}  # image, page, and between them


def test_a_contact_sheet_of_many_pictures_is_wider_than_high() -> None:
    sheet = contact_sheet([Image.new("RGB", (640, 360), "grey")] * 40)
    assert sheet.width > sheet.height


def test_a_folder_that_cannot_be_written_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(DisplayError, match=r"file: cannot be written: .*; choose another"):
        recorded(construct()).save(tmp_path / "file")
