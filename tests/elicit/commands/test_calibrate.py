"""`elicit calibrate`: a person measures a screen, and sessions state sizes in degrees."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from elicit.design import build as design
from elicit.layout.style import PAPER
from elicit.log import reader as log
from elicit.log import station
from elicit.pages import Page
from elicit.paradigms import PARADIGMS
from elicit.preflight.calibration import keep_calibration, read_calibrations
from elicit.preflight.card import distance_question
from elicit.protocol.study_protocol import load
from elicit.trial import Wording
from elicit.visual_angle import ScreenCalibration
from stimuli.sources.endpoints import Pictograms
from tests.elicit.helpers.commands import elicit
from tests.elicit.helpers.factories import block, study, write_protocol
from tests.elicit.helpers.virtual_lab import LabPC, lab_pc, needs_a_virtual_screen

WORDS = Wording()
SOURCE = Pictograms()
BLOCKS = [
    block(name, classes=["cat", "dog"], batch_size=1)
    for name in ("construct", "select_shuffled", "infer")
]
KNOWN = ("--participant", "P01", "--session", "1")


@pytest.fixture(autouse=True)
def _computer_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("XDG_STATE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "state"))
    station._known_station.cache_clear()
    yield
    station._known_station.cache_clear()


@pytest.fixture
def pc() -> Iterator[LabPC]:
    with lab_pc() as pc:
        yield pc


def field_width(pc: LabPC) -> int:
    """Return the width of the white field on screen, px; 0 where there is none."""
    paper = (pc.screenshot() == PAPER).all(axis=-1)
    return int(paper.sum(axis=1).max())


@needs_a_virtual_screen
def test_a_person_measures_a_screen_and_its_sessions_state_degrees(
    pc: LabPC, tmp_path: Path
) -> None:
    pc.start("calibrate")
    pc.wait_while(lambda: field_width(pc) == 0, "the field")
    start = field_width(pc)
    pc.press("Right", "Right", "Left", "Shift+Right", "Up", "Up", "Down", "Right")
    pc.wait_while(lambda: field_width(pc) != start + 22, "a field that is 22 px wider")
    pc.press("Return")
    question = distance_question()
    pc.wait_for_page(question)
    pc.press("5", "Return")
    pc.wait_for_page(replace(question, typed="5", asked_again=True))
    pc.press("7", "Return")
    code, out, err = pc.finish()
    assert (code, err) == (0, "")
    found = read_calibrations().screens[0]
    assert found == ScreenCalibration((1024, 600), (start + 22) / 8.56, 57.0)
    assert f"{found.px_per_cm:.2f} px a cm" in out
    assert elicit(tmp_path, "calibrate", "--show").shown == out

    wanted_deg = found.to_degrees(200)  # between two whole factors of 32 px
    stimuli = {"source": "pictograms", "side_deg": wanted_deg}
    path = write_protocol(tmp_path, study(*BLOCKS, stimuli=stimuli))
    pc.start("run", path, "--autopilot", "--logs", tmp_path / "logs")
    assert pc.finish()[0] == 0
    rows = log.read(next((tmp_path / "logs" / "data").glob("*_data.csv")))
    assert [row.side_px for row in rows] == [192, 128, 192]
    for row in rows:
        assert row.side_px is not None
        side_cm = row.side_px / found.px_per_cm
        degrees = math.degrees(2 * math.atan(side_cm / 2 / 57))
        assert row.side_deg == pytest.approx(degrees, abs=5e-5)
    (record,) = (tmp_path / "logs" / "data").glob("*_session.json")
    stated = json.loads(record.read_text(encoding="utf-8"))["screen"]["calibration"]
    assert ScreenCalibration.of_record(stated) == found


@needs_a_virtual_screen
def test_a_session_goes_on_with_the_calibration_that_it_began_with(
    pc: LabPC, tmp_path: Path
) -> None:
    path, logs = write_protocol(tmp_path, study(*BLOCKS)), tmp_path / "logs"
    began, later = (ScreenCalibration((1024, 600), each, 60.0) for each in (40.0, 80.0))
    plan = design.build(load(path), SOURCE, "P01", 1, 0)
    keep_calibration(0, began)
    pc.expect_one_size(plan.trials, SOURCE)
    pc.start("run", path, *KNOWN, "--logs", logs)
    first, second = (PARADIGMS[trial.paradigm](trial) for trial in plan.trials[:2])
    pc.wait_for_page(Page("Look", "Look at the picture.", WORDS.page_hint))
    pc.press("space")
    pc.wait_for(first, SOURCE)
    pc.press("space")
    pc.wait_for_page(Page("Look", "Look at the picture.", WORDS.page_hint))
    pc.press("space")
    pc.wait_for(second, SOURCE)
    pc.stop_session()
    assert pc.finish()[0] == 3
    keep_calibration(0, later)
    pc.start("run", path, *KNOWN, "--logs", logs, "--resume", "--autopilot")
    assert pc.finish()[0] == 0
    rows = log.read(next((logs / "data").glob("*_data.csv")))
    assert [row.resumed for row in rows] == [False, True, True]
    for row in rows:
        assert row.side_px is not None
        assert row.side_deg == pytest.approx(began.to_degrees(row.side_px), abs=5e-5)


@needs_a_virtual_screen
def test_degrees_on_a_screen_that_is_not_calibrated_are_refused_to_people_in_a_line(
    pc: LabPC, tmp_path: Path
) -> None:
    stimuli = {"source": "pictograms", "side_deg": 5.0}
    path = write_protocol(tmp_path, study(*BLOCKS, stimuli=stimuli))
    keep_calibration(0, ScreenCalibration((1920, 1080), 40.0, 60.0))
    told = (
        "the calibration of screen 0 was made at 1920x1080 px and does not count at 1024x600 px; "
        "run elicit calibrate"
    )
    pc.start("run", path, *KNOWN, "--logs", tmp_path / "people")
    code, _, err = pc.finish()
    assert code == 1
    assert err.splitlines()[-1] == (
        f"elicit: stimuli.side_deg: needs the screen's size and the viewing distance, and {told}"
    )
    assert not list((tmp_path / "people" / "data").glob("*"))
    pc.start("run", path, "--autopilot", "--logs", tmp_path / "simulated")
    code, _, err = pc.finish()
    assert code == 0
    assert "for simulated participants it is taken to have 37.8 px a cm, 57 cm from" in err
    rows = log.read(next((tmp_path / "simulated" / "data").glob("*_data.csv")))
    assumed = ScreenCalibration((1024, 600), 96 / 2.54, 57.0)
    assert {row.side_deg for row in rows if row.paradigm == "infer"} == {
        round(assumed.to_degrees(192), 4)
    }
    pc.start("check", path, "--logs", tmp_path / "logs", "--seconds", "0.2", "--no-person")
    code, _, err = pc.finish()
    assert (code, err) == (1, "elicit: not ready for a session; fix: image size\n")


@needs_a_virtual_screen
def test_escape_keeps_nothing(pc: LabPC, tmp_path: Path) -> None:
    pc.start("calibrate")
    pc.wait_while(lambda: field_width(pc) == 0, "the field")
    pc.press("Return")
    pc.wait_for_page(distance_question())
    pc.press("6", "0", "Escape")
    code, out, err = pc.finish()
    assert (code, out, err) == (1, "", "elicit: stopped at the screen; nothing is kept\n")
    assert (
        "no screen of this computer is calibrated" in elicit(tmp_path, "calibrate", "--show").shown
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--width-cm", "0"), "--width-cm: must be from 8.56, a bank card's width, to 1000 cm"),
        (("--width-cm", "nan"), "--width-cm: must be from 8.56"),
        (("--distance-cm", "1000"), "--distance-cm: must be from 10 to 500 cm, got 1000"),
        (("--distance-cm", "0"), "--distance-cm: must be from 10 to 500 cm, got 0"),
        (("--show", "--width-cm", "50"), "--show: must be given alone"),
        (("--width-cm", "50", "--distance-cm", "60"), "no screen: DISPLAY is not set"),
    ],
)
def test_lengths_that_no_screen_has_are_refused_in_a_line(
    arguments: tuple[str, ...], told: str, tmp_path: Path
) -> None:
    ended = elicit(tmp_path, "calibrate", *arguments)
    assert (ended.code, ended.shown) == (1, "")
    assert ended.said.startswith(f"elicit: {told}")
    assert ended.said.count("\n") == 1
    assert not (tmp_path / "state").exists()
