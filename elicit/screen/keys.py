"""What keys mean to a trial, and what a held key does."""

from __future__ import annotations

from dataclasses import dataclass, field

from elicit.paradigms import State
from elicit.paradigms.infer import Infer
from elicit.paradigms.select_shuffled import SelectShuffled
from elicit.screen.pages import LeavePage, Page
from elicit.trial import Confirm, Event, Focus, Jump, Leave, Step

LARGE_STEP = 10  # of a slider, with Shift

# Key names: lower case, Shift named first. Whatever is not here means nothing.
EVERYWHERE: dict[str, Event | Leave] = {
    "space": Confirm(),
    "enter": Confirm(),
    "escape": Leave(),
}
TRIAL: dict[str, Event | Leave] = {
    "left": Step(-1),
    "right": Step(1),
    "shift+left": Step(-1),
    "shift+right": Step(1),
    "home": Jump(-1),
    "end": Jump(1),
}
SLIDERS: dict[str, Event | Leave] = {
    "shift+left": Step(-LARGE_STEP),
    "shift+right": Step(LARGE_STEP),
    "tab": Focus(1),
    "shift+tab": Focus(-1),
    "down": Focus(1),
    "up": Focus(-1),
}
LEAVING: dict[str, Event | Leave] = {"space": Confirm(), "enter": Confirm(), "q": Leave()}
REPEATED = frozenset({"left", "right", "shift+left", "shift+right", "up", "down"})


def meaning(key: str, state: State | Page, columns: int) -> Event | Leave | None:
    """Return what `key` means to `state`, or None where it means nothing.

    Args:
        key: name of the key, such as "left" or "shift+tab".
        state: what is on screen.
        columns: images in a row, for the arrows up and down in Select-Shuffled.
    """
    match state:
        case LeavePage():
            return LEAVING.get(key)
        case Page():
            return EVERYWHERE.get(key)
        case Infer():
            return (EVERYWHERE | TRIAL | SLIDERS).get(key)
        case SelectShuffled():
            rows: dict[str, Event | Leave] = {"up": Step(-columns), "down": Step(columns)}
            return (EVERYWHERE | TRIAL | rows).get(key)
        case _:
            return (EVERYWHERE | TRIAL).get(key)


@dataclass
class KeyRepeat:
    """Repeats of a held key at a set rate, the same on every system.

    The last key pressed repeats; letting it go, or pressing another, ends that.
    """

    delay_s: float
    rate_hz: float
    _held: str | None = field(default=None, init=False)
    _next: float = field(default=0.0, init=False)

    def press(self, key: str, at: float) -> None:
        """Take note that `key` went down, `at` seconds on any clock."""
        self._held = key if key in REPEATED else None
        self._next = at + self.delay_s

    def release(self, key: str) -> None:
        """Take note that `key` went up; Shift may have gone up before it."""
        if self._held is not None and self._held.removeprefix("shift+") == key:
            self._held = None

    def clear(self) -> None:
        """Forget the held key, as when another window takes the keyboard."""
        self._held = None

    def due(self, now: float) -> list[tuple[str, float]]:
        """Return the repeats due by `now`, oldest first: key and time."""
        repeats = []
        while self._held is not None and self._next <= now:
            repeats.append((self._held, self._next))
            self._next += 1 / self.rate_hz
        return repeats
