"""How large a picture is: pixels, centimetres on the screen, and degrees of visual angle."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class ScreenCalibration:
    """How large a screen's pixels are, and how far the eyes are from it."""

    size_px: tuple[int, int]  # width and height of the screen that was measured
    px_per_cm: float  # above 0
    distance_cm: float  # above 0, from the eyes to the screen

    @property
    def width_cm(self) -> float:
        """Width of the screen."""
        return self.size_px[0] / self.px_per_cm

    def to_degrees(self, side_px: float) -> float:
        """Return the visual angle of a length on the screen, px, in degrees."""
        return visual_angle(side_px / self.px_per_cm, self.distance_cm)

    def to_px(self, side_deg: float) -> float:
        """Return the length on the screen, px, that has a visual angle, above 0 and below 180."""
        side_cm = 2 * self.distance_cm * math.tan(math.radians(side_deg) / 2)
        return side_cm * self.px_per_cm


@dataclass(frozen=True)
class PictureSize:
    """The side of a picture as it is drawn."""

    side_px: int
    side_deg: float | None = None  # visual angle; None where the screen is not calibrated

    @classmethod
    def on_screen(cls, side_px: int, calibration: ScreenCalibration | None) -> PictureSize:
        """Return the size of a picture of `side_px` on a screen; None: one not calibrated."""
        degrees = None if calibration is None else round(calibration.to_degrees(side_px), 4)
        return cls(side_px, degrees)


def visual_angle(size_cm: float, distance_cm: float) -> float:
    """Return the angle that a length covers, seen straight on, degrees: 2 atan(s / 2d).

    Args:
        size_cm: the length, above 0.
        distance_cm: from the eyes, above 0.
    """
    return math.degrees(2 * math.atan(size_cm / 2 / distance_cm))
