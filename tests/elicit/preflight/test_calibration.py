"""What is kept of a computer's screens."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from elicit.commands import windows
from elicit.errors import DisplayError, ElicitError
from elicit.log.station import find_state_file
from elicit.preflight import calibration
from elicit.preflight.calibration import (
    keep_calibration,
    read_calibrations,
    require_calibration,
)
from elicit.visual_angle import ScreenCalibration

FULL_HD = ScreenCalibration((1920, 1080), 36.2, 60.0)
UHD = ScreenCalibration((3840, 2160), 64.25, 57.5)


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file, in a state folder of its own."""
    for name in ("XDG_STATE_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    return find_state_file("screens")


def test_each_screen_has_a_calibration_of_its_own_and_the_last_one_counts(kept: Path) -> None:
    assert read_calibrations().screens == {}
    for screen, each in ((0, UHD), (1, UHD), (0, FULL_HD)):
        assert keep_calibration(screen, each) == kept
    assert read_calibrations().screens == {0: FULL_HD, 1: UHD}


def test_a_calibration_counts_at_the_resolution_at_which_it_was_made() -> None:
    keep_calibration(0, FULL_HD)
    found = read_calibrations()
    assert require_calibration(found, 0, (1920, 1080)) == FULL_HD
    for screen, size, told in (
        (0, (1920, 1200), r"of screen 0 was made at 1920x1080 px and does not count at 1920x1200"),
        (1, (1920, 1080), r"screen 1 is not calibrated; run elicit calibrate --screen 1$"),
    ):
        assert found.choose(screen, size) is None
        with pytest.raises(DisplayError, match=rf"^stimuli\.side_deg: needs .*{told}"):
            require_calibration(found, screen, size)


def test_a_file_that_came_from_another_computer_does_not_count(kept: Path) -> None:
    keep_calibration(0, FULL_HD)
    content = json.loads(kept.read_text(encoding="utf-8"))
    kept.write_text(json.dumps(content | {"station_id": "another"}), encoding="utf-8")
    assert read_calibrations().screens == {}


@pytest.mark.parametrize(
    "damage",
    [
        "", "{", "[]", '{"screens": []}', '{"screens": {"0": {"size_px": [1920, 1080]}}}',
        '{"screens": {"first": {"size_px": [1920, 1080], "px_per_cm": 36, "distance_cm": 60}}}',
    ],
)  # fmt: skip
def test_a_damaged_file_is_told_and_a_new_calibration_replaces_it(damage: str, kept: Path) -> None:
    keep_calibration(0, FULL_HD)
    station = json.loads(kept.read_text(encoding="utf-8"))["station_id"]
    kept.write_text(damage.replace("{", f'{{"station_id": "{station}", ', 1), encoding="utf-8")
    with pytest.raises(ElicitError, match=r"is damaged; run elicit calibrate again$"):
        read_calibrations()
    keep_calibration(1, UHD)
    assert read_calibrations().screens == {1: UHD}


def test_numbers_of_no_screen_are_not_kept(kept: Path) -> None:
    with pytest.raises(ElicitError, match="the eyes must be 10 to 500 cm away"):
        keep_calibration(0, ScreenCalibration((1920, 1080), 36.2, 5.0))
    assert not kept.exists()


def test_a_file_that_cannot_be_written_is_told(kept: Path) -> None:
    kept.mkdir(parents=True)
    with pytest.raises(ElicitError, match="cannot be written"):
        keep_calibration(0, FULL_HD)


def test_a_user_without_a_home_folder_has_no_calibrations_and_can_keep_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def find(_kind: str) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(calibration, "find_state_file", find)
    assert read_calibrations().screens == {}
    with pytest.raises(ElicitError, match=r"^the calibration cannot be kept: Could not determine"):
        keep_calibration(0, FULL_HD)


def test_a_damaged_file_stops_only_sessions_that_need_it(
    kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept.parent.mkdir(parents=True)
    kept.write_text("{", encoding="utf-8")
    assert windows._read_calibrations(needed=False).screens == {}
    assert "is damaged; run elicit calibrate again" in capsys.readouterr().err
    with pytest.raises(ElicitError, match="is damaged"):
        windows._read_calibrations(needed=True)
