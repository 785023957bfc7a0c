"""Characters that nobody sees, or takes for others: found in what a person wrote, and named."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

JOINERS = "\u200c\u200d"  # zero width, and part of the spelling of some scripts and of emoji
DIRECTIONS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
INVISIBLE = frozenset(
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b\u2060\u2061\u2062\u2063\u2064"
    "\u206a\u206b\u206c\u206d\u206e\u206f\u3164\ufeff\uffa0" + JOINERS + DIRECTIONS
)
SEPARATE = ("LATIN", "GREEK", "CYRILLIC")  # scripts whose letters no joiner is spelled between
BEFORE = 12  # letters of a text that tell where in it something is


def name_character(letter: str) -> str:
    """Return number and name of a character, such as U+200B ZERO WIDTH SPACE."""
    return f"U+{ord(letter):04X} {unicodedata.name(letter, 'without a name')}"


def find_invisible(text: str) -> Iterator[int]:
    """Return where a text has characters that nobody sees, and that are no part of its spelling.

    Right-to-left texts may have marks of direction. Joiners may stand after a letter of a script
    that is spelled with them, as Persian and Hindi are, and after an emoji.
    """
    leftwards = any(unicodedata.bidirectional(letter) in {"R", "AL"} for letter in _visible(text))
    for k, letter in enumerate(text):
        if letter not in INVISIBLE or (letter in DIRECTIONS and leftwards):
            continue
        if letter in JOINERS and k > 0 and _is_spelled_with_joiners(text[k - 1]):
            continue
        yield k


def _is_spelled_with_joiners(letter: str) -> bool:
    if letter.isascii() or unicodedata.category(letter)[0] not in "LMS":
        return False
    return not unicodedata.name(letter, "").startswith(SEPARATE)


def describe_invisible(text: str) -> str:
    """Return which characters of a text nobody sees, and where; "" where there are none."""
    found: dict[str, None] = {}
    before, read = "", 0  # the last letters that are seen, and how far the text is read
    for k in find_invisible(text):
        before, read = (before + _visible(text[read:k]))[-BEFORE:], k
        where = f"after {before!r}" if before else "at its beginning"
        found[f"{name_character(text[k])} {where}"] = None
    return ", ".join(found)


def remove_invisible(text: str) -> str:
    """Return a text without the characters that `describe_invisible` tells of."""
    found = set(find_invisible(text))
    return "".join(letter for k, letter in enumerate(text) if k not in found)


def describe_unusual(text: str) -> str:
    """Return which characters of an id are not from a to z, A to Z or 0 to 9 but may look so.

    Returns:
        Such as "'Р' is U+0420 CYRILLIC CAPITAL LETTER ER"; "" where all are plain.
    """
    found = dict.fromkeys(letter for letter in text if not letter.isascii())
    return ", ".join(
        name_character(letter) if letter in INVISIBLE else f"{letter!r} is {name_character(letter)}"
        for letter in found
    )


def _visible(text: str) -> str:
    return "".join(letter for letter in text if letter not in INVISIBLE)
