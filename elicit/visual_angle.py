"""How large a picture is: pixels, centimetres on the screen, and degrees of visual angle."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

CARD_CM = 8.56  # width of a bank card, by ISO/IEC 7810
MIN_PX_PER_CM, MAX_PX_PER_CM = 5.0, 400.0  # of a projection on a wall, and beyond any telephone
MIN_DISTANCE_CM, MAX_DISTANCE_CM = 10.0, 500.0


@dataclass(frozen=True)
class ScreenCalibration:
    """How large a screen's pixels are, and how far the eyes are from it."""

    size_px: tuple[int, int]  # width and height of the screen that was measured
    px_per_cm: float  # above 0
    distance_cm: float  # above 0, from the eyes to the screen
    assumed: bool = False  # whether nobody measured it, as for simulated participants

    @classmethod
    def assume(cls, size_px: tuple[int, int]) -> ScreenCalibration:
        """Return what stands for a screen that nobody looks at: 96 pixels an inch, eyes at 57 cm.

        At this distance, 1 cm on the screen is 1 degree.
        """
        return cls(size_px, 96 / 2.54, 57.0, assumed=True)

    @classmethod
    def of_record(cls, content: Any) -> ScreenCalibration | None:
        """Return what a session's record states; None where it states none, or no such thing."""
        try:
            width, height = content["size_px"]
            numbers = float(content["px_per_cm"]), float(content["distance_cm"])
            found = cls((int(width), int(height)), *numbers, assumed=content.get("assumed") is True)
        except (KeyError, TypeError, ValueError, OverflowError, AttributeError):
            return None
        return None if found.find_problem() else found

    def record(self) -> dict[str, Any]:
        """Return what a session's record states."""
        assumed = {"assumed": True} if self.assumed else {}
        content = {"px_per_cm": self.px_per_cm, "distance_cm": self.distance_cm}
        return {"size_px": list(self.size_px), **content, **assumed}

    def find_problem(self) -> str | None:
        """Return what cannot be; None where the numbers are those of a screen."""
        if not MIN_DISTANCE_CM <= self.distance_cm <= MAX_DISTANCE_CM:
            return (
                f"the eyes must be {MIN_DISTANCE_CM:g} to {MAX_DISTANCE_CM:g} cm away, got "
                f"{self.distance_cm:g} cm"
            )
        if not MIN_PX_PER_CM <= self.px_per_cm <= MAX_PX_PER_CM:
            return (
                f"a cm must have {MIN_PX_PER_CM:g} to {MAX_PX_PER_CM:g} px, got "
                f"{self.px_per_cm:g} px"
            )
        if self.width_cm < CARD_CM:
            return (
                f"the screen must be at least as wide as a bank card, {CARD_CM:g} cm, got "
                f"{self.width_cm:.2f} cm"
            )
        return None

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
