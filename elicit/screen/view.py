"""What a session needs of a screen, and a screen that a script answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol, TypeAlias

from elicit.pages import AnyPage
from elicit.paradigms import State
from elicit.screen.keys import meaning
from elicit.trial import Closed, PageEvent, Timed, Trial

Shown: TypeAlias = State | AnyPage


class View(Protocol):
    """A screen that one participant looks at."""

    def prepare(self, trial: Trial) -> None:
        """Get `trial`'s images ready while the current one waits for its answer."""

    def show(self, state: Shown) -> float:
        """Draw `state`, flip, and return the flip time in seconds."""

    def events(self) -> Iterable[Timed]:
        """Return what the participant did since the last flip, oldest first."""

    @property
    def dropped_frames(self) -> int:
        """Frames that came late since the view was opened."""


class ScriptedView:
    """A view without a screen: each flip takes one frame, each poll brings the script's next key.

    Keys have the names of `elicit.screen.keys`; a key may also be a ready event. When the script
    is at its end, the window closes.
    """

    def __init__(
        self, keys: Sequence[str | PageEvent], frame_s: float = 1 / 60, columns: int = 4
    ) -> None:
        self._keys: Iterator[str | PageEvent] = iter(keys)
        self._frame_s = frame_s
        self._columns = columns
        self._now = 0.0
        self._state: Shown | None = None
        self.shown: list[Shown] = []
        self.dropped_frames = 0

    def prepare(self, trial: Trial) -> None:
        """Do nothing: there are no images to draw."""

    def show(self, state: Shown) -> float:
        """Remember `state` and let one frame pass."""
        self._state = state
        self.shown.append(state)
        self._now += self._frame_s
        return self._now

    def events(self) -> list[Timed]:
        """Return what the script's next key means, half a frame after the flip."""
        key = next(self._keys, None)
        at = self._now + self._frame_s / 2
        if key is None:
            return [Timed(Closed(), at, "script ended")]
        if not isinstance(key, str):
            return [Timed(key, at, "script")]
        event = None if self._state is None else meaning(key, self._state, self._columns)
        return [Timed(event, at, key)]
