"""Views for simulated participants: one without a screen, and a real window at higher speed."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias

from elicit.errors import ElicitError
from elicit.pages import Booklet, Page
from elicit.screen.keys import Meaning, meaning
from elicit.screen.view import ScreenState, View
from elicit.timing import BEFORE_PICTURE, Phase
from elicit.trial import Closed, Timed, Trial
from elicit.visual_angle import PictureSize

FRAME_HZ = 60  # of the screen that is not there
MIN_REACTION_S = 1e-3  # from a flip to the key that answers it
MAX_ACTIONS = 100_000  # in one session; whoever needs more will never end it


class KeyPress(Protocol):
    """A key, and when it is pressed; see `elicit.observers.actions`."""

    @property
    def key(self) -> str:
        """Its name, of `elicit.screen.keys`."""

    @property
    def after_s(self) -> float:
        """Seconds from the key before it, or from the flip of a new page or trial."""


# Returns the next key press; None: no key any more.
SimulatedParticipant: TypeAlias = Callable[[ScreenState], KeyPress | None]


class SimulatedView:
    """A view without a screen, whose clock goes from key to key without waiting."""

    def __init__(
        self, participant: SimulatedParticipant, start: datetime, columns: int = 4
    ) -> None:
        """Let `participant` answer.

        Args:
            participant: says what is pressed, and when.
            start: the time of day at the view's zero.
            columns: images in a row, for the arrows up and down in Select-Shuffled.
        """
        self._participant = participant
        self._start = start
        self._columns = columns
        self._meanings: dict[tuple[type, str, object], Meaning | None] = {}
        self._actions = _ActionClock()
        self._now = 0.0
        self._shown: ScreenState | None = None
        self._phase = Phase.PICTURE
        self._waiting: tuple[object, str, float] | None = None  # of what, a key, and when it comes
        self.dropped_frames = 0
        self.picture_size: PictureSize | None = None
        self.refresh_hz = float(FRAME_HZ)

    @property
    def next_flip_s(self) -> float:
        """When the next frame comes."""
        return (math.floor(self._now * FRAME_HZ) + 1) / FRAME_HZ

    def clock(self) -> datetime:
        """Return the simulated time of day."""
        return self._start + timedelta(seconds=self._now)

    def prepare(self, trial: Trial) -> None:
        """Do nothing: there are no images to draw."""

    def show(
        self, state: ScreenState, *, too_early: bool = False, phase: Phase = Phase.PICTURE
    ) -> float:
        """Let the time of the next frame come; return it in seconds."""
        self._now = (math.floor(self._now * FRAME_HZ) + 1) / FRAME_HZ
        self._shown, self._phase = state, phase
        if phase not in BEFORE_PICTURE:
            self._actions.note_shown(state, self._now)
        return self._now

    def events(self, until: float | None = None) -> list[Timed]:
        """Return the participant's next key press, whenever it comes; nothing after `until`.

        Raises:
            ElicitError: the participant does not come to an end.
        """
        assert self._shown is not None
        if until is not None and self._phase in BEFORE_PICTURE:
            return self._wait(until)
        what = identify(self._shown)
        if self._waiting is None or self._waiting[0] != what:
            press = self._participant(self._shown)
            if press is None:
                return [Timed(Closed(), self._now + MIN_REACTION_S, "nothing any more")]
            self._waiting = what, press.key, self._actions.time_of(press)
        _, key, at = self._waiting
        if until is not None and at > until:
            return self._wait(until)
        self._waiting = None
        self._now = max(self._now, at)
        return [Timed(self._meaning(key, self._shown), at, key)]

    def _wait(self, until: float) -> list[Timed]:
        """Let time pass, so that the next frame is the one at `until` or after it."""
        self._now = max(self._now, until - 0.5 / FRAME_HZ)
        return []

    def _meaning(self, key: str, shown: ScreenState) -> Meaning | None:
        if not hasattr(shown, "trial"):  # numbers of options decide on pages
            return meaning(key, shown, self._columns)
        kind = type(shown), key, getattr(shown, "focus", None)
        if kind not in self._meanings:
            self._meanings[kind] = meaning(key, shown, self._columns)
        return self._meanings[kind]


class TimedKeyPresser:
    """Presses a participant's keys in a real window, in time, `speed` times as fast."""

    def __init__(
        self,
        participant: SimulatedParticipant,
        speed: float = 1.0,
        now: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Let `participant` press keys by the clock `now`, in seconds."""
        self._participant = participant
        self._speed = speed
        self._now = now
        self._actions = _ActionClock()
        self._next: KeyPress | None = None  # what comes next
        self._due = 0.0
        self.ended = False  # whether the participant does nothing any more

    def __call__(self, shown: ScreenState) -> str | None:
        """Return the key that is due now; None: not yet.

        Raises:
            ElicitError: the participant does not come to an end.
        """
        now = self._now() * self._speed
        if self._next is None and not self.ended:
            self._actions.note_shown(shown, now)
            self._next = self._participant(shown)
            if self._next is None:
                self.ended = True
            else:
                self._due = self._actions.time_of(self._next)
        if self._next is None or now < self._due:
            return None
        key, self._next = self._next.key, None
        return key


class SpeedUpView:
    """A real window's view whose clock runs `speed` times as fast, from zero at its first flip."""

    def __init__(
        self, view: View, presser: TimedKeyPresser, start: datetime, speed: float = 1.0
    ) -> None:
        """Hasten `view`, which `presser` answers, from the time of day `start` on."""
        self._view = view
        self._presser = presser
        self._start = start
        self._speed = speed
        self._zero: float | None = None
        self._now = 0.0
        self.closed = False  # whether somebody who watches closed the window

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
        return self._start + timedelta(seconds=self._now)

    def prepare(self, trial: Trial) -> None:
        """Get `trial`'s images ready."""
        self._view.prepare(trial)

    @property
    def next_flip_s(self) -> float:
        """When the next flip is expected, in simulated seconds."""
        return self._simulated(self._view.next_flip_s)

    @property
    def refresh_hz(self) -> float:
        """Frames in a simulated second."""
        return self._view.refresh_hz / self._speed

    def show(
        self, state: ScreenState, *, too_early: bool = False, phase: Phase = Phase.PICTURE
    ) -> float:
        """Draw `state`, flip, and return the flip's simulated time in seconds."""
        flipped = self._view.show(state, too_early=too_early, phase=phase)
        self._now = self._simulated(flipped)
        return self._now

    def events(self, until: float | None = None) -> list[Timed]:
        """Return what was done since the last flip, at simulated times."""
        if until is not None and self._zero is not None:
            until = self._zero + until / self._speed
        happened = [replace(each, at=self._simulated(each.at)) for each in self._view.events(until)]
        self.closed = self.closed or any(isinstance(each.event, Closed) for each in happened)
        if self._presser.ended:
            happened.append(Timed(Closed(), self._now + MIN_REACTION_S, "nothing any more"))
        return happened

    def _simulated(self, at: float) -> float:
        if self._zero is None:
            self._zero = at
        return (at - self._zero) * self._speed


class _ActionClock:
    """Times of key presses: each after the one before it, or after the flip of what is new."""

    def __init__(self) -> None:
        self._seen: object = None
        self._last = 0.0  # the next key is counted from it
        self._flip = 0.0  # of what is on screen
        self._count = 0

    def note_shown(self, shown: ScreenState, at: float) -> None:
        """Take note of what is on screen since `at` seconds."""
        what = identify(shown)
        if what is not self._seen and what != self._seen:
            self._seen, self._last, self._flip = what, at, at

    def time_of(self, press: KeyPress) -> float:
        """Return the time of a key press, s.

        Raises:
            ElicitError: there were too many of them.
        """
        self._count += 1
        if self._count > MAX_ACTIONS:
            raise ElicitError(
                f"{MAX_ACTIONS} keys pressed in one session without an end, the last one "
                f"{press.key!r}"
            )
        self._last = max(self._last + press.after_s, self._flip + MIN_REACTION_S)
        return self._last


def identify(shown: ScreenState) -> object:
    """Return what stays the same while one page or trial is answered."""
    match shown:
        case Booklet(pages, index):
            return pages[index]
        case Page():
            return replace(shown, wait_s=0)
    question: str | None = getattr(shown, "question", None)
    if question is not None:
        return question
    trial: Trial | None = getattr(shown, "trial", None)
    return type(shown) if trial is None else trial
