"""How large each screen of this computer is, and how far the eyes are from it; kept in a file.

The file is in the user's state folder and has a calibration for each screen, by its number. It
holds on this computer alone, and for a screen of the resolution at which it was made.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from elicit.errors import DisplayError, ElicitError
from elicit.log import files as disk
from elicit.log.station import find_state_file, hide_paths, this_station
from elicit.visual_angle import ScreenCalibration
from stimuli.windows_files import make_folder

KIND = "screens"  # what the file's name begins with


@dataclass(frozen=True)
class KeptCalibrations:
    """The calibrations of a computer's screens, by the screen's number."""

    path: Path
    screens: Mapping[int, ScreenCalibration]

    def choose(self, screen: int, size_px: tuple[int, int]) -> ScreenCalibration | None:
        """Return the calibration of a screen; None where none was made at its resolution."""
        found = self.screens.get(screen)
        return found if found is not None and found.size_px == size_px else None

    def explain_lack(self, screen: int, size_px: tuple[int, int]) -> str:
        """Return why a screen has no calibration, and what to do.

        Args:
            screen: its number, from 0.
            size_px: its width and height.
        """
        option = f" --screen {screen}" if screen else ""
        remedy = f"run elicit calibrate{option}"
        found = self.screens.get(screen)
        if found is None:
            return f"screen {screen} is not calibrated; {remedy}"
        return (
            f"the calibration of screen {screen} was made at {_say(found.size_px)} px and does not "
            f"count at {_say(size_px)} px; {remedy}"
        )


def _say(size_px: tuple[int, int]) -> str:
    return f"{size_px[0]}x{size_px[1]}"


def describe_calibration(screen: int, calibration: ScreenCalibration) -> str:
    """Return what is known of a screen, in a line."""
    return (
        f"screen {screen}, {_say(calibration.size_px)} px: {calibration.width_cm:.1f} cm wide, "
        f"{calibration.px_per_cm:.2f} px a cm; eyes {calibration.distance_cm:g} cm away; "
        f"100 px are {calibration.to_degrees(100):.2f} degrees"
    )


def read_calibrations() -> KeptCalibrations:
    """Return the calibrations that this computer keeps.

    There are none where another computer made the file, or the user has no home folder.

    Raises:
        ElicitError: the file cannot be read, or is damaged.
    """
    try:
        path = find_state_file(KIND)
    except RuntimeError:
        return KeptCalibrations(Path(), {})
    try:
        content = disk.load_json(path)
    except FileNotFoundError:
        return KeptCalibrations(path, {})
    except OSError as error:
        raise ElicitError(f"{hide_paths(str(path))}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise _damage(path) from error
    screens = content.get("screens")
    if not isinstance(screens, dict):
        raise _damage(path)
    if content.get("station_id") != this_station().id:
        return KeptCalibrations(path, {})
    return KeptCalibrations(path, dict(_read(path, *each) for each in screens.items()))


def keep_calibration(screen: int, calibration: ScreenCalibration) -> Path:
    """Keep a screen's calibration, in place of the one before; return the file.

    Raises:
        ElicitError: the numbers are not those of a screen, or the file cannot be written.
    """
    problem = calibration.find_problem()
    if problem is not None:
        raise ElicitError(problem)
    try:
        path = find_state_file(KIND)
    except RuntimeError as error:
        raise ElicitError(f"the calibration cannot be kept: {error}") from error
    try:
        before = dict(read_calibrations().screens)
    except ElicitError:  # it is damaged, and replaced
        before = {}
    screens = {str(number): each.record() for number, each in before.items()}
    screens[str(screen)] = calibration.record()
    content = {"station_id": this_station().id, "screens": screens}
    try:
        make_folder(path.parent)
        disk.replace(path, json.dumps(content, indent=1) + "\n")
    except OSError as error:
        raise ElicitError(f"{path}: cannot be written: {error.strerror}") from error
    return path


def require_calibration(
    kept: KeptCalibrations, screen: int, size_px: tuple[int, int]
) -> ScreenCalibration:
    """Return the calibration of a screen, for a protocol that states sizes in degrees.

    Raises:
        DisplayError: there is none.
    """
    found = kept.choose(screen, size_px)
    if found is None:
        raise DisplayError(
            f"stimuli.side_deg: needs the screen's size and the viewing distance, and "
            f"{kept.explain_lack(screen, size_px)}"
        )
    return found


def _read(path: Path, key: str, content: Any) -> tuple[int, ScreenCalibration]:
    found = ScreenCalibration.of_record(content)
    if found is None or not (key.isascii() and key.isdigit()):
        raise _damage(path)
    return int(key), found


def _damage(path: Path) -> ElicitError:
    return ElicitError(f"{hide_paths(str(path))}: is damaged; run elicit calibrate again")
