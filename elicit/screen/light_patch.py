"""A patch in a corner of the screen that turns white with each image, for a light sensor.

It is white while an image is on screen that is there for a limited time, and for `FLASH_S` where
it stays until the answer; black otherwise.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from elicit.layout.scene import Box, Fill
from elicit.layout.style import MARGIN, Colour, unit_px
from elicit.timing import Phase
from elicit.trial import Trial

Corner: TypeAlias = Literal["top-left", "top-right", "bottom-left", "bottom-right"]
SIDE = MARGIN  # units: 24 px in a 1024x600 window; no text or picture comes as far out
FLASH_S = 0.1
BLACK: Colour = (0, 0, 0)
WHITE: Colour = (255, 255, 255)


class LightPatch:
    """The patch of one window; it is asked before each flip, and told of it after."""

    def __init__(self, corner: Corner, size: tuple[int, int]) -> None:
        """Place the patch in a corner of a window of a size, px."""
        width, height = size
        side = SIDE * unit_px(size)
        x = 0 if corner.endswith("left") else width - side
        y = 0 if corner.startswith("top") else height - side
        self.corner, self._box = corner, Box(x, y, side, side)
        self._trial: Trial | None = None  # whose image is on screen
        self._onset: float | None = None  # of it, s; None before its first flip

    def paint(self, trial: Trial | None, phase: Phase, now: float) -> Fill:
        """Return the patch as the next frame shows it.

        Args:
            trial: on screen; None on a page.
            phase: of the trial.
            now: s, on the clock of the flips.
        """
        if phase is not Phase.PICTURE:
            trial = None
        if trial is not self._trial:
            self._trial, self._onset = trial, None
        white = trial is not None and (
            trial.timing.exposure_s is not None
            or self._onset is None
            or now - self._onset < FLASH_S
        )
        return Fill(self._box, WHITE if white else BLACK)

    def note_flip(self, flipped: float) -> None:
        """Take note of a flip, s."""
        if self._trial is not None and self._onset is None:
            self._onset = flipped

    def record(self) -> dict[str, Any]:
        """Return what the session's record says of it."""
        return {"corner": self.corner, "side_px": self._box.w, "flash_s": FLASH_S}
