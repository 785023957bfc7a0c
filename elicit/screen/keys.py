"""What keys mean to a trial, and what a held key does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from elicit.pages import AnyPage, Booklet, CardPage, Consent, LeavePage, Page
from elicit.paradigms import State
from elicit.paradigms.categorize import SHARES, Categorize
from elicit.paradigms.discriminate import Discriminate
from elicit.paradigms.infer import Infer
from elicit.paradigms.select_shuffled import SelectShuffled
from elicit.questions import (
    Choice,
    Choices,
    Entry,
    FreeText,
    Number,
    Scale,
    Slider,
    StatementGrid,
)
from elicit.trial import (
    IN_FOCUS,
    Choose,
    Confirm,
    Digit,
    Erase,
    Focus,
    Jump,
    Leave,
    PageEvent,
    Step,
    Write,
)

LARGE_STEP = 10  # of a slider, with Shift
DOUBLED_AFTER_S = 1.0  # of repeats on a slider, after which they come twice as fast
MAX_SPEED_UP = 4.0  # how many times as fast they come at most

# Key names: lower case, Shift named first. Whatever is not here means nothing.
Meaning: TypeAlias = PageEvent | Leave
EVERYWHERE: dict[str, Meaning] = {"space": Confirm(), "enter": Confirm(), "escape": Leave()}
TRIAL: dict[str, Meaning] = {
    "left": Step(-1),
    "right": Step(1),
    "shift+left": Step(-1),
    "shift+right": Step(1),
    "home": Jump(-1),
    "end": Jump(1),
}
LARGE_STEPS: dict[str, Meaning] = {
    "shift+left": Step(-LARGE_STEP),
    "shift+right": Step(LARGE_STEP),
}
ROWS: dict[str, Meaning] = {
    "tab": Focus(1),
    "shift+tab": Focus(-1),
    "down": Focus(1),
    "up": Focus(-1),
}
SLIDERS = LARGE_STEPS | ROWS
CARD: dict[str, Meaning] = {"up": Step(LARGE_STEP), "down": Step(-LARGE_STEP)}
ERASING: dict[str, Meaning] = {"backspace": Erase(), "shift+backspace": Erase()}
LIST: dict[str, Meaning] = {
    "up": Step(-1),
    "down": Step(1),
    "tab": Focus(1),
    "shift+tab": Focus(-1),
    "home": Jump(-1),
    "end": Jump(1),
}
LEAVING: dict[str, Meaning] = {"space": Confirm(), "enter": Confirm(), "q": Leave()}
ENTRY: dict[str, Meaning] = {"enter": Confirm(), "escape": Leave(), **ERASING}
WRITING: dict[str, Meaning] = {**ENTRY, "shift+enter": Write("\n")}
OPTION_DIGITS: dict[str, Meaning] = {
    name: Choose(digit - 1) for digit in range(1, 10) for name in (str(digit), f"num_{digit}")
}
DIGITS: dict[str, Meaning] = {
    name: Digit(digit) for digit in range(10) for name in (str(digit), f"num_{digit}")
}
MEANINGS: dict[type, dict[str, Meaning]] = {
    Page: EVERYWHERE,
    LeavePage: LEAVING,
    CardPage: EVERYWHERE | TRIAL | LARGE_STEPS | CARD,
    Booklet: EVERYWHERE | TRIAL,
    Consent: EVERYWHERE | LIST | {"space": Choose(IN_FOCUS)},
    Choice: EVERYWHERE | LIST | OPTION_DIGITS | ERASING,
    Choices: EVERYWHERE | LIST | OPTION_DIGITS | {"space": Choose(IN_FOCUS)},
    Scale: EVERYWHERE | TRIAL | DIGITS | ERASING,
    StatementGrid: EVERYWHERE | TRIAL | ROWS | DIGITS | ERASING,
    Number: EVERYWHERE | DIGITS | ERASING,
    Slider: EVERYWHERE | TRIAL | LARGE_STEPS | DIGITS | ERASING,
    FreeText: WRITING,
    Entry: ENTRY,
    Infer: EVERYWHERE | TRIAL | SLIDERS | DIGITS,
}
OTHERWISE = EVERYWHERE | TRIAL  # of all that MEANINGS does not name
CLASSES: dict[str, Meaning] = {
    "tab": Focus(1),
    "shift+tab": Focus(-1),
    "space": Choose(IN_FOCUS),
}
SHARE = TRIAL | SLIDERS | DIGITS | ERASING
CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")
REPEATED = frozenset({"left", "right", "shift+left", "shift+right", "backspace", "shift+backspace"})


@dataclass(frozen=True)
class KeyStroke:
    """A key that went down, by every name that it has.

    A keyboard whose key types "&", and "1" with Shift, has both for it; one that types no letters
    of the alphabet a to z has the place's: "q" for the key that has a Q on a US keyboard.
    """

    names: tuple[str, ...]  # the first is the key's as it was pressed, without Shift
    shift: bool = False


def find_key(
    stroke: KeyStroke, state: State | AnyPage, columns: int, own: Mapping[str, str]
) -> str:
    """Return the name under which a key means something to `state`; where none does, the first.

    Args:
        stroke: the key.
        state: what is on screen.
        columns: images or classes in a row, for the arrows up and down.
        own: what the protocol calls its own keys, such as g: left.
    """
    if isinstance(state, FreeText):
        return _with_shift(stroke.names[0], stroke.shift)
    named = []
    for name in stroke.names:
        named.append(_with_shift(own.get(name, name), stroke.shift))
        if name in CHARACTERS and name not in own:
            named.append(name)  # digits need Shift on some keyboards
    return next((name for name in named if meaning(name, state, columns) is not None), named[0])


def _with_shift(name: str, shift: bool) -> str:
    return f"shift+{name}" if shift and name not in {"lshift", "rshift"} else name


def meaning(key: str, state: State | AnyPage, columns: int) -> Meaning | None:
    """Return what `key` means to `state`, or None where it means nothing.

    Args:
        key: name of the key, such as "left" or "shift+tab".
        state: what is on screen.
        columns: images or classes in a row, for the arrows up and down.
    """
    rows: dict[str, Meaning] = {"up": Step(-columns), "down": Step(columns)}
    if isinstance(state, SelectShuffled):
        return (OTHERWISE | rows).get(key)
    if isinstance(state, Categorize):
        return (EVERYWHERE | (SHARE if state.focus in SHARES else TRIAL | rows) | CLASSES).get(key)
    return MEANINGS.get(type(state), OTHERWISE).get(key)


def repeats(state: State | AnyPage) -> bool:
    """Return whether a held key goes on acting; where one key is the answer, it answers once."""
    return not isinstance(state, Discriminate)


def speeds_up(state: State | AnyPage) -> bool:
    """Return whether a held key repeats faster the longer it is held, as on a slider."""
    if isinstance(state, Categorize):
        return state.focus in SHARES
    return isinstance(state, Infer | Slider | CardPage)


@dataclass
class KeyRepeater:
    """Repeats of a held key at a set rate, the same on every system.

    The last key pressed repeats; letting it go, or pressing another, ends that.
    """

    delay_s: float
    rate_hz: float
    _held: str | None = field(default=None, init=False)
    _first: float = field(default=0.0, init=False)
    _next: float = field(default=0.0, init=False)

    def press(self, key: str, at: float) -> None:
        """Take note that `key` went down, `at` seconds on any clock."""
        self._held = key if key in REPEATED else None
        self._first = self._next = at + self.delay_s

    def release(self, key: str) -> None:
        """Take note that `key` went up; Shift may have gone up before it."""
        if self._held is not None and self._held.removeprefix("shift+") == key:
            self._held = None

    def clear(self) -> None:
        """Forget the held key, as when another window takes the keyboard."""
        self._held = None

    def due(self, now: float, *, speeds_up: bool = False) -> list[tuple[str, float]]:
        """Return the repeats due by `now`, oldest first: key and time.

        Args:
            now: seconds on the clock of `press`.
            speeds_up: whether they come faster the longer the key is held, up to `MAX_SPEED_UP`
                times as fast.
        """
        repeats = []
        while self._held is not None and self._next <= now:
            repeats.append((self._held, self._next))
            held_s = self._next - self._first
            times = min(1 + held_s / DOUBLED_AFTER_S, MAX_SPEED_UP) if speeds_up else 1.0
            self._next += 1 / (self.rate_hz * times)
        return repeats
