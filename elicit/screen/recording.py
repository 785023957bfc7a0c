"""Pictures of a simulated session in a real window: an animation, and a contact sheet."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from PIL import Image

from elicit.errors import DisplayError
from elicit.screen.simulated import SpeedUpView, identify
from elicit.screen.view import ScreenState
from elicit.timing import Phase
from elicit.trial import Timed, Trial
from elicit.visual_angle import PictureSize
from stimuli.windows_files import make_folder, while_open_elsewhere

WIDTH = 640  # px of a picture
COLOURS = 128
MIN_FRAME_MS = 50  # least duration of a picture in the animation; shorter ones are left out
LAST_FRAME_MS = 2000  # duration of the last one
THUMBNAIL_WIDTH = 320  # px, width of a picture on the contact sheet
GAP = 8  # px, between two of them
ASPECT_RATIO = 1.6  # of the contact sheet, width to height


@dataclass(frozen=True)
class Screenshot:
    """One picture."""

    at: float  # simulated seconds
    of: object  # the page or trial
    picture: Image.Image
    phase: Phase = Phase.PICTURE  # of a trial


class Recording:
    """A view that takes a picture of everything it shows."""

    def __init__(
        self, view: SpeedUpView, screenshot: Callable[[], Image.Image], speed: float = 1.0
    ) -> None:
        """Record `view`; `screenshot` returns what it shows, `speed` is how fast it goes."""
        self._view = view
        self._screenshot = screenshot
        self._speed = speed
        self._shown: ScreenState | None = None
        self._phase = Phase.PICTURE
        self.taken: list[Screenshot] = []

    @property
    def dropped_frames(self) -> int:
        """Frames that came late since the view was opened."""
        return self._view.dropped_frames

    @property
    def picture_size(self) -> PictureSize | None:
        """Size of each image of the trial that was shown last."""
        return self._view.picture_size

    def clock(self) -> datetime:
        """Return the simulated time of day."""
        return self._view.clock()

    def prepare(self, trial: Trial) -> None:
        """Get `trial`'s images ready."""
        self._view.prepare(trial)

    @property
    def next_flip_s(self) -> float:
        """When the next flip is expected, in simulated seconds."""
        return self._view.next_flip_s

    @property
    def refresh_hz(self) -> float:
        """Frames in a simulated second."""
        return self._view.refresh_hz

    def events(self, until: float | None = None) -> list[Timed]:
        """Return what was done since the last flip."""
        return self._view.events(until)

    def show(
        self, state: ScreenState, *, too_early: bool = False, phase: Phase = Phase.PICTURE
    ) -> float:
        """Draw `state`, flip, take a picture of what is new, and return the flip's time."""
        at = self._view.show(state, too_early=too_early, phase=phase)
        if state is not self._shown or phase is not self._phase:
            self._shown, self._phase = state, phase
            frame = self._screenshot()
            size = WIDTH, round(WIDTH * frame.height / frame.width)
            small = frame.resize(size, Image.Resampling.LANCZOS)
            self.taken.append(Screenshot(at, identify(state), small.quantize(COLOURS), phase))
        return at

    def save(self, folder: Path) -> tuple[Path, Path]:
        """Write session.gif and contact_sheet.png into a folder; return their paths.

        Raises:
            DisplayError: they cannot be written.
        """
        animation, sheet = folder / "session.gif", folder / "contact_sheet.png"
        try:
            make_folder(folder)
            while_open_elsewhere(animation, lambda: self._animate(animation))
            while_open_elsewhere(sheet, lambda: contact_sheet(self._one_each()).save(sheet))
        except OSError as error:
            raise DisplayError(
                f"{folder}: cannot be written: {error.strerror or error}; choose another with "
                "--frames"
            ) from error
        return animation, sheet

    def _one_each(self) -> list[Image.Image]:
        """Return each page and trial as it was when it was left, or when its image was."""
        ends: list[Screenshot] = []
        for each in self.taken:
            if not ends or (each.of is not ends[-1].of and each.of != ends[-1].of):
                ends.append(each)
            elif each.phase is Phase.PICTURE or ends[-1].phase is not Phase.PICTURE:
                ends[-1] = each
        return [each.picture for each in ends]

    def _animate(self, path: Path) -> None:
        pictures, lasting, owed = [], [], 0.0
        for each, following in pairwise(self.taken):
            owed += 1000 * (following.at - each.at) / self._speed
            if owed >= MIN_FRAME_MS:
                pictures.append(each.picture)
                lasting.append(round(owed))
                owed = 0.0
        pictures.append(self.taken[-1].picture)
        lasting.append(LAST_FRAME_MS)
        pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=lasting, loop=0)


def contact_sheet(pictures: list[Image.Image]) -> Image.Image:
    """Return pictures of one size side by side, in reading order, on one RGB picture."""
    first = pictures[0]
    w, h = THUMBNAIL_WIDTH, round(THUMBNAIL_WIDTH * first.height / first.width)
    columns = max(1, round(math.sqrt(ASPECT_RATIO * len(pictures) * h / w)))
    rows = math.ceil(len(pictures) / columns)
    sheet = Image.new("RGB", (GAP + columns * (w + GAP), GAP + rows * (h + GAP)), "white")
    for k, picture in enumerate(pictures):
        row, column = divmod(k, columns)
        small = picture.convert("RGB").resize((w, h), Image.Resampling.LANCZOS)
        sheet.paste(small, (GAP + column * (w + GAP), GAP + row * (h + GAP)))
    return sheet
