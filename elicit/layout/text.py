"""Text as pictures: measured before it is drawn, and the same on every system."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from math import ceil
from pathlib import Path
from typing import Literal, TypeAlias

from PIL import Image, ImageDraw, ImageFont

from elicit.layout.fonts import Face, count_directions, default_face, runs_right_to_left
from elicit.layout.style import LINE_HEIGHT
from stimuli.files import MAX_TABLE_BYTES, read_bytes

SIDE_BEARING = 0.12  # room beside a line, in font sizes: a j or an f reaches out of its own place
NOT_FIRST = ".,;:!?)]}\u3001\u3002\u3009\u300b\u300d\u300f\u30fc\uff01\uff09\uff0c\uff1f"
MIN_WIDTH_SHARE = 0.75  # of the nominal width: letters rounded to pixels can be narrower
MAX_LINES = 10_000  # of a text that may be as high as it likes
MAX_QUOTED_CHARS = 60  # letters of a text that an error repeats


class TextTooLongError(Exception):
    """A text that does not fit its box at the smallest readable size."""


@dataclass(frozen=True)
class Typeset:
    """A text broken into lines at one size."""

    lines: tuple[str, ...]
    px: int  # font size
    bold: bool
    width: int  # of the widest line, px
    height: int  # of all lines, px
    face: Face | None = None
    direction: Direction = None


@lru_cache(maxsize=8)
def font_file(file: str) -> bytes:
    """Return a font's file; read once, so that no file is read when a new size is needed."""
    return read_bytes(Path(file), MAX_TABLE_BYTES)


@lru_cache(maxsize=256)
def _font(px: int, bold: bool, face: Face) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(BytesIO(font_file(face.bold if bold else face.regular)), px)


Direction: TypeAlias = Literal["ltr", "rtl"] | None


@dataclass(frozen=True)
class _Pen:
    """A font at one size, and the direction that lines run in."""

    font: ImageFont.FreeTypeFont
    direction: Direction  # None where no letter runs from right to left: that needs no library

    def length(self, line: str) -> float:
        """Return how wide a line is, px."""
        return self.font.getlength(line, direction=self.direction)


def _pen(px: int, bold: bool, face: Face, direction: Direction) -> _Pen:
    return _Pen(_font(px, bold, face), direction)


def _direction(text: str, face: Face) -> Direction:
    if runs_right_to_left(text, face):
        return "rtl"
    return "ltr" if count_directions(text)[0] else None


@lru_cache(maxsize=4096)
def typeset(
    text: str,
    width: int,
    height: int | None,
    sizes: tuple[int, ...],
    bold: bool = False,
    face: Face | None = None,
) -> Typeset:
    """Return `text` broken into lines at the first size that fits a box.

    Lines break at spaces, and beside any letter as wide as those of Chinese and Japanese; inside
    a word only where no readable size fits otherwise.

    Args:
        text: what to write; may hold line breaks.
        width: of the box, px.
        height: of the box, px; None for as high as the text is.
        sizes: font sizes to try, px, the largest first.
        bold: whether in bold.
        face: the font; the one that PsychoPy brings where None.

    Raises:
        TextTooLongError: the text does not fit at the smallest size.
    """
    face = face or default_face()
    direction = _direction(text, face)
    # px of all letters in a row, for each px of font size, at least
    nominal = _pen(sizes[0], bold, face, direction).length("".join(text.split())) / sizes[0]
    least = MIN_WIDTH_SHARE * nominal
    for inside_words in (False, True):
        for size in sizes:
            side, pen = _side(size), _pen(size, bold, face, direction)
            most = MAX_LINES  # and never fewer than fit
            if height is not None:
                most = int((height + 0.5) / (size * LINE_HEIGHT))
            room = width - 2 * side
            lines = None
            if least * size <= most * room:  # or no way of breaking lines helps
                lines = _wrap(text, pen, room, most, inside_words)
            if lines and (height is None or _height(len(lines), size) <= height):
                return _typeset(lines, pen, size, bold, face)
    room_px = f"{width} px" if height is None else f"{width}x{height} px"
    raise TextTooLongError(f"{_quote(text)} does not fit {room_px} at {sizes[-1]} px")


def typeset_end(text: str, width: int, height: int, px: int, face: Face | None = None) -> Typeset:
    """Return as many of the last lines of `text` as fit a box, at one size, whatever it holds.

    Args:
        text: what to write; may hold line breaks.
        width: of the box, px; at least as wide as two letters.
        height: of the box, px; one line is returned where none fits.
        px: font size.
        face: the font; the one that PsychoPy brings where None.
    """
    face = face or default_face()
    pen = _pen(px, False, face, _direction(text, face))
    lines = _wrap(text, pen, width - 2 * _side(px), len(text) + 1, inside_words=True) or ("",)
    most = max(1, int((height + 0.5) / (px * LINE_HEIGHT)))
    return _typeset(lines[-most:], pen, px, False, face)


def _typeset(lines: tuple[str, ...], pen: _Pen, px: int, bold: bool, face: Face) -> Typeset:
    widest = max(ceil(pen.length(line)) for line in lines)
    width, height = widest + 2 * _side(px), _height(len(lines), px)
    return Typeset(lines, px, bold, width, height, face, pen.direction)


def _quote(text: str) -> str:
    """Return a text in quotes, of a long one the beginning and how many letters it has."""
    if len(text) <= MAX_QUOTED_CHARS:
        return repr(text)
    return f"{text[:MAX_QUOTED_CHARS].rstrip() + '…'!r} ({len(text)} letters)"


def _side(px: int) -> int:
    return ceil(px * SIDE_BEARING)


def _height(lines: int, px: int) -> int:
    return int(lines * px * LINE_HEIGHT + 0.5)


def _wrap(
    text: str, pen: _Pen, width: int, most: int, inside_words: bool
) -> tuple[str, ...] | None:
    """Return the lines, or None where there are more than `most`, or a word is too wide."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for piece, spaced in _pieces(paragraph):
            if len(lines) >= most:
                return None
            joined = f"{line} {piece}" if line and spaced else line + piece
            if pen.length(joined) <= width:
                line = joined
                continue
            if line:
                lines.append(line)
            line = piece
            while pen.length(line) > width:
                head = _head(line, pen, width) if inside_words else 0
                if head == 0:
                    return None
                lines.append(line[:head].rstrip())
                line = line[head:].lstrip()
        lines.append(line)
    return tuple(lines)


def _pieces(paragraph: str) -> Iterator[tuple[str, bool]]:
    """Return what stays on one line of a paragraph, each with whether a space is before it."""
    for word in paragraph.split():
        spaced, piece = True, ""
        for k, letter in enumerate(word):
            apart = k > 0 and (_is_wide(letter) or _is_wide(word[k - 1]))
            # no line begins with closing punctuation, nor with an accent of the letter before
            if apart and letter not in NOT_FIRST and not unicodedata.combining(letter):
                yield piece, spaced
                spaced, piece = False, ""
            piece += letter
        yield piece, spaced


def _is_wide(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in "WF"


def _head(word: str, pen: _Pen, width: int) -> int:
    """Return how many letters of `word` fit `width`; no line begins with closing punctuation."""
    lengths = range(1, len(word))
    fitting = bisect_right(lengths, float(width), key=lambda k: pen.length(word[:k]))
    while fitting > 0 and pen.length(word[:fitting]) > width:  # joined letters can be narrower
        fitting -= 1
    while 1 < fitting < len(word) and word[fitting] in NOT_FIRST:
        fitting -= 1
    return fitting


def picture(text: Typeset, colour: tuple[int, int, int], align: str = "centre") -> Image.Image:
    """Return `text` as an RGBA picture, its ground transparent.

    Args:
        text: what to draw.
        colour: of the letters, RGB, 0 to 255.
        align: "centre"; "start": left, or right where the script runs that way; "end": right.
    """
    image = Image.new("RGBA", (text.width, text.height), (*colour, 0))
    mask = Image.new("L", image.size, 0)
    draw = ImageDraw.Draw(mask)
    pen = _pen(text.px, text.bold, text.face or default_face(), text.direction)
    ascent, descent = pen.font.getmetrics()
    for k, line in enumerate(text.lines):
        spare = text.width - pen.length(line)
        side = _side(text.px)
        begin = spare - side if text.direction == "rtl" else side
        x = {"start": begin, "end": spare - side}.get(align, spare / 2)
        top = _height(k, text.px) + (text.px * LINE_HEIGHT - ascent - descent) / 2
        place = (round(x), round(top))
        draw.text(place, line, font=pen.font, fill=255, direction=pen.direction)
    image.putalpha(mask)
    return image
