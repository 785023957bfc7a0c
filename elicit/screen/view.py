"""What a session needs of a screen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeAlias

from elicit.pages import AnyPage
from elicit.paradigms import State
from elicit.trial import Timed, Trial

ScreenState: TypeAlias = State | AnyPage


class View(Protocol):
    """A screen that one participant looks at."""

    def prepare(self, trial: Trial) -> None:
        """Get `trial`'s images ready while the current one waits for its answer."""

    def show(self, state: ScreenState, *, too_early: bool = False) -> float:
        """Draw `state`, flip, and return the flip time in seconds.

        Args:
            state: the page, or where the trial stands.
            too_early: whether an answer came before the trial's earliest_s: its hint says so.
        """

    def events(self) -> Iterable[Timed]:
        """Return what the participant did since the last flip, oldest first."""

    @property
    def dropped_frames(self) -> int:
        """Frames that came late since the view was opened."""
