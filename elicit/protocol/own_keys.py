"""The keys that a protocol adds: each has one meaning, and takes none from another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator

if TYPE_CHECKING:
    from elicit.protocol.study_protocol import StudyProtocol

LETTERS, DIGITS = "abcdefghijklmnopqrstuvwxyz", "0123456789"
NAMED_KEYS = ("left", "right", "up", "down", "home", "end", "space", "enter", "tab", "escape")
SIGNS = (
    "minus", "equal", "bracketleft", "bracketright", "semicolon", "apostrophe", "backslash",
    "comma", "period", "slash",
)  # fmt: skip
FUNCTIONS = tuple(f"f{number}" for number in range(1, 13))
OTHERS = ("insert", "delete", "pageup", "pagedown", "backspace")
KEYPAD = tuple(f"num_{digit}" for digit in DIGITS)
KEY_NAMES = frozenset((*LETTERS, *DIGITS, *NAMED_KEYS, *SIGNS, *FUNCTIONS, *OTHERS, *KEYPAD))

_EVERYWHERE = {"space", "enter", "escape"}
_SIDEWAYS = {"left", "right", "home", "end"}
_LIST = {"up", "down", "tab", "home", "end"}
_DIGITS = {*DIGITS, *KEYPAD}
_OPTIONS = _DIGITS - {"0", "num_0"}
# What each kind of page or trial takes; the tests compare it with `elicit.screen.keys`.
TAKEN: dict[str, frozenset[str]] = {
    kind: frozenset(keys)
    for kind, keys in {
        "every page": _EVERYWHERE,
        "the page that asks whether to stop": {"space", "enter", "q"},
        "construct trials": _EVERYWHERE | _SIDEWAYS,
        "discriminate trials": _EVERYWHERE | _SIDEWAYS,
        "select_shuffled trials": _EVERYWHERE | _SIDEWAYS | {"up", "down"},
        "infer trials": _EVERYWHERE | _SIDEWAYS | _DIGITS | {"up", "down", "tab"},
        "categorize trials": _EVERYWHERE | _SIDEWAYS | _DIGITS | {"up", "down", "tab", "backspace"},
        "instructions": _EVERYWHERE | _SIDEWAYS,
        "consent": _EVERYWHERE | _LIST,
        "questions with options": _EVERYWHERE | _LIST | _OPTIONS | {"backspace"},
        "questions with several choices": _EVERYWHERE | _LIST | _OPTIONS,
        "questions with a scale": _EVERYWHERE | _SIDEWAYS | _DIGITS | {"backspace"},
        "questions with a grid": _EVERYWHERE | _SIDEWAYS | _LIST | _DIGITS | {"backspace"},
        "questions with a number": _EVERYWHERE | _DIGITS | {"backspace"},
        "questions with a slider": _EVERYWHERE | _SIDEWAYS | _DIGITS | {"backspace"},
    }.items()
}


def _is_key(name: str) -> str:
    if name not in KEY_NAMES:
        meant = f"; did you mean {name.lower()}?" if name.lower() in KEY_NAMES else ""
        raise ValueError(
            f"must be a to z, 0 to 9, f1 to f12, num_0 to num_9, "
            f"{', '.join((*NAMED_KEYS, *SIGNS, *OTHERS))}; got {name!r}{meant}"
        )
    return name


def _is_named_key(name: str) -> str:
    if name not in NAMED_KEYS:
        raise ValueError(f"must name one of {', '.join(NAMED_KEYS)}; got {name!r}")
    return name


OwnKeys = dict[
    Annotated[str, AfterValidator(_is_key)], Annotated[str, AfterValidator(_is_named_key)]
]


def find_key_mistakes(asked: StudyProtocol) -> Iterator[tuple[str, str]]:
    """Return each added key that takes a meaning, or that never has one; and what is wrong.

    Args:
        asked: a protocol whose keys all have names.
    """
    kinds = _kinds(asked)
    taken = {key: kind for kind in reversed(kinds) for key in TAKEN[kind]}
    for key, meaning in asked.keys.items():
        if key in taken:
            yield (
                key,
                f"must be a key that means nothing yet, but {key} has a meaning on {taken[key]}; "
                "choose another key",
            )
        elif meaning not in taken:
            yield (
                key,
                f"must name a key that means something in this protocol, got {meaning!r}, "
                "which no page and no trial of it takes",
            )


def has_held_keys(asked: StudyProtocol) -> bool:
    """Return whether a key of the protocol does something again while it is held down."""
    held = {
        *("construct trials", "select_shuffled trials", "infer trials", "categorize trials"),
        "instructions",
    }
    typed = {"text", "number", "scale", "grid", "slider"}
    items = asked.survey.items if asked.survey is not None else ()
    return any(item.kind in typed for item in items) or not held.isdisjoint(_kinds(asked))


def _kinds(asked: StudyProtocol) -> list[str]:
    """Return the kinds of page and trial that a protocol shows."""
    items = {item.kind for item in (asked.survey.items if asked.survey is not None else ())}
    shown = {
        "instructions": bool(asked.instructions),
        "consent": asked.consent is not None,
        "questions with options": asked.consent is not None  # which asks whether it is withheld
        or asked.check is not None
        or "choice" in items,
        "questions with several choices": "choices" in items,
        "questions with a scale": "scale" in items,
        "questions with a grid": "grid" in items,
        "questions with a number": "number" in items,
        "questions with a slider": "slider" in items,
    }
    trials = [f"{block.paradigm} trials" for block in asked.blocks]
    return [
        "every page",
        "the page that asks whether to stop",
        *dict.fromkeys(trials),
        *(kind for kind, is_shown in shown.items() if is_shown),
    ]
