"""Views without a screen: one that a script answers, and one that an observer answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from elicit.observers import Observer
from elicit.screen.keys import meaning
from elicit.screen.view import ScreenState
from elicit.timing import Phase
from elicit.trial import Closed, PageEvent, Timed, Trial
from elicit.visual_angle import PictureSize


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
        self._state: ScreenState | None = None
        self.shown: list[ScreenState] = []
        self.asked_to_look: list[bool] = []  # of each flip, whether the hint asked to look longer
        self.dropped_frames = 0
        self.picture_size: PictureSize | None = None
        self.refresh_hz = 1 / frame_s

    @property
    def next_flip_s(self) -> float:
        """When the next frame comes."""
        return self._now + self._frame_s

    def prepare(self, trial: Trial) -> None:
        """Do nothing: there are no images to draw."""

    def show(
        self, state: ScreenState, *, too_early: bool = False, phase: Phase = Phase.PICTURE
    ) -> float:
        """Remember `state` and let one frame pass."""
        self._state = state
        self.shown.append(state)
        self.asked_to_look.append(too_early)
        self._now += self._frame_s
        return self._now

    def events(self, until: float | None = None) -> list[Timed]:
        """Return what the script's next key means, half a frame after the flip."""
        key = next(self._keys, None)
        at = self._now + self._frame_s / 2
        if key is None:
            return [Timed(Closed(), at, "script ended")]
        if not isinstance(key, str):
            return [Timed(key, at, "script")]
        event = None if self._state is None else meaning(key, self._state, self._columns)
        return [Timed(event, at, key)]


class AnsweringView(ScriptedView):
    """A view that an observer answers, until it closes its window."""

    def __init__(self, observer: Observer, closes_at: int | None = None) -> None:
        super().__init__([])
        self._observer = observer
        self._closes_at = closes_at  # number of the trial, from 0

    def events(self, until: float | None = None) -> list[Timed]:
        """Return a key without a meaning, and the observer's next key."""
        shown, at = self.shown[-1], self._now + self._frame_s / 2
        number = getattr(getattr(shown, "trial", None), "number", None)
        if number is not None and number == self._closes_at:
            return [Timed(Closed(), at, "window")]
        action = self._observer(shown)
        key = "" if action is None else action.key
        event = meaning(key, shown, columns=4)
        return [Timed(None, at, "j"), *([] if event is None else [Timed(event, at, key)])]
