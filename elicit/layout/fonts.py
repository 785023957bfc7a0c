"""Fonts: the one that PsychoPy brings, or one of this computer that has a study's letters."""

from __future__ import annotations

import importlib.util
import os
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from elicit.errors import DisplayError

RIGHT_TO_LEFT = {"R", "AL"}  # Unicode's bidirectional classes of Hebrew's and Arabic's letters
LEFT_TO_RIGHT = {"L"}  # of Latin letters and most others
PLAIN = ("italic", "oblique", "mono", "condensed", "extralight", "thin", "black", "serif", "light")


@dataclass(frozen=True)
class Face:
    """A font in two weights, and how the study that uses it runs."""

    regular: str  # a font file
    bold: str
    right_to_left: bool = False  # a text in letters of the other direction alone runs its own way


@lru_cache(maxsize=1)
def default_face() -> Face:
    """Return the font that PsychoPy brings, the same on every system: Latin, Greek, Cyrillic.

    Raises:
        DisplayError: PsychoPy is not installed.
    """
    spec = importlib.util.find_spec("psychopy")  # finds it without loading it
    if spec is None or spec.origin is None:
        raise DisplayError("psychopy is not installed; a lab PC needs the lab extra")
    folder = Path(spec.origin).parent / "assets" / "fonts"
    return Face(str(folder / "NotoSans-Regular.ttf"), str(folder / "NotoSans-Bold.ttf"))


def find_face(text: str, wanted: str | None = None, running: str | None = None) -> Face:
    """Return a face that has every letter of `text`.

    Args:
        text: everything that will be written.
        wanted: a font file, or the name of a font of this computer; None to find one.
        running: the part of it whose letters, by their majority, tell how the study runs: from
            left to right or from right to left; all of it where None.

    Raises:
        DisplayError: no font has all the letters; names one that is missing.
    """
    letters = frozenset(text) - {"\n", "\r", "\t", " "}
    leftwards, rightwards = count_directions(text if running is None else running)
    regular, bold = _files(letters, wanted)
    return Face(regular, bold, leftwards > rightwards)


def count_directions(text: str) -> tuple[int, int]:
    """Return how many letters of a text run from right to left, and how many from left to right."""
    directions = [unicodedata.bidirectional(letter) for letter in text]
    leftwards = sum(direction in RIGHT_TO_LEFT for direction in directions)
    return leftwards, sum(direction in LEFT_TO_RIGHT for direction in directions)


def runs_right_to_left(text: str, face: Face) -> bool:
    """Return how a text runs: as the study does, if it has any letter that does, or none at all."""
    leftwards, rightwards = count_directions(text)
    if face.right_to_left:
        return leftwards > 0 or rightwards == 0
    return leftwards > 0 and rightwards == 0


def missing_letters(letters: frozenset[str], file: str) -> list[str]:
    """Return the letters that a font file lacks, sorted."""
    have = _letters_of(file)
    return sorted(letter for letter in letters if ord(letter) not in have)


def _files(letters: frozenset[str], wanted: str | None) -> tuple[str, str]:
    default = default_face()
    if wanted is None and not missing_letters(letters, default.regular):
        return default.regular, default.bold
    candidates = _fonts(wanted)
    lacking = {file: missing_letters(letters, file) for file in candidates}
    for file in candidates:
        if not lacking[file]:
            return file, _bold_beside(file)
    if wanted is not None:
        came = f"it has no {min(lacking.values(), key=len)[0]!r}" if lacking else "it is not here"
        raise DisplayError(
            f"font: must be a font file, or a font of this computer, with every letter of the "
            f"protocol; got {wanted!r}: {came}"
        )
    letter = missing_letters(letters, default.regular)[0]
    raise DisplayError(
        f"no font of this computer has every letter of the protocol, such as {letter!r} "
        f"({unicodedata.name(letter, 'unnamed')}); install one, such as Noto Sans for the "
        "language, or name a font file with the protocol's key font"
    )


def _fonts(wanted: str | None) -> list[str]:
    """Return font files to try, the plainest first."""
    if wanted is not None and os.path.isfile(wanted):  # False where no file can have the name
        return [wanted]
    from matplotlib.font_manager import findSystemFonts  # comes with PsychoPy; slow, rarely needed

    found = sorted(findSystemFonts(), key=lambda file: (_fancy(file), Path(file).name))
    if wanted is None:
        return found
    squeezed = wanted.replace(" ", "").lower()
    return [file for file in found if squeezed in Path(file).stem.replace("-", "").lower()]


def _fancy(file: str) -> int:
    name = Path(file).stem.lower()
    return sum(word in name for word in (*PLAIN, "bold"))


def _bold_beside(file: str) -> str:
    path = Path(file)
    plain = path.stem.removesuffix("-Regular")
    for name in (f"{plain}-Bold", f"{plain}bd", f"{plain} Bold"):
        for found in path.parent.glob(f"{name}.*"):
            return str(found)
    return file


@lru_cache(maxsize=512)
def _letters_of(file: str) -> frozenset[int]:
    from fontTools.ttLib import TTFont, TTLibError  # comes with PsychoPy

    try:
        with TTFont(file, fontNumber=0, lazy=True) as font:
            return frozenset(font.getBestCmap() or ())
    except (OSError, TTLibError):
        return frozenset()
