"""What a session needs of a screen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeAlias

from elicit.pages import AnyPage
from elicit.paradigms import State
from elicit.timing import Phase
from elicit.trial import Timed, Trial
from elicit.visual_angle import PictureSize

ScreenState: TypeAlias = State | AnyPage


class View(Protocol):
    """A screen that one participant looks at."""

    def prepare(self, trial: Trial) -> None:
        """Get `trial`'s images ready while the current one waits for its answer."""

    def show(
        self, state: ScreenState, *, too_early: bool = False, phase: Phase = Phase.PICTURE
    ) -> float:
        """Draw `state`, flip, and return the flip time in seconds.

        Args:
            state: the page, or where the trial stands.
            too_early: whether an answer came before the trial's earliest_s: its hint says so.
            phase: what of a trial is on screen.
        """

    def events(self, until: float | None = None) -> Iterable[Timed]:
        """Return what the participant did since the last flip, oldest first.

        Args:
            until: when the screen is to change by itself, s on the view's clock: the call returns
                in time for that flip, whatever is done. None: it does not change by itself.
        """

    @property
    def next_flip_s(self) -> float:
        """When the next flip is expected, s on the view's clock."""

    @property
    def picture_size(self) -> PictureSize | None:
        """Size of each image of the trial that was shown last; None where nothing is drawn."""

    @property
    def refresh_hz(self) -> float:
        """Frames a second, on the view's clock."""

    @property
    def dropped_frames(self) -> int:
        """Frames that came late since the view was opened."""
