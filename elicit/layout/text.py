"""Text as pictures: measured before it is drawn, and the same on every system."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from math import ceil
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from elicit.layout.fonts import Face, default_face

LINE = 1.32  # line height, in font sizes
SIDE = 0.12  # room beside a line, in font sizes: a j or an f reaches out of its own place
NOT_FIRST = ".,;:!?)]}\u3001\u3002\u3009\u300b\u300d\u300f\u30fc\uff01\uff09\uff0c\uff1f"
SHRINK = 0.94  # from one size tried to the next
NARROWEST = 0.75  # of the width they should have: letters rounded to pixels are wider than that
TOLD = 60  # letters of a text that an error repeats


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


@lru_cache(maxsize=8)
def font_file(file: str) -> bytes:
    """Return a font's file; read once, so that no file is read when a new size is needed."""
    return Path(file).read_bytes()


@lru_cache(maxsize=256)
def _font(px: int, bold: bool, face: Face) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(BytesIO(font_file(face.bold if bold else face.regular)), px)


def _length(line: str, font: ImageFont.FreeTypeFont, face: Face) -> float:
    return font.getlength(line, direction="rtl" if face.right_to_left else None)


@lru_cache(maxsize=4096)
def typeset(
    text: str,
    width: int,
    height: int,
    px: int,
    smallest: int,
    bold: bool = False,
    face: Face | None = None,
) -> Typeset:
    """Return `text` broken into lines at the largest size that fits a box.

    Lines break at spaces; inside a word only where no readable size fits otherwise.

    Args:
        text: what to write; may hold line breaks.
        width: of the box, px.
        height: of the box, px.
        px: preferred font size.
        smallest: smallest readable font size, px.
        bold: whether in bold.
        face: the font; the one that PsychoPy brings where None.

    Raises:
        TextTooLongError: the text does not fit at the smallest size.
    """
    face = face or default_face()
    # px of all letters in a row, for each px of font size, at least
    least = NARROWEST * _length("".join(text.split()), _font(px, bold, face), face) / px
    for inside_words in (True,) if face.anywhere else (False, True):
        size = px
        while size >= smallest:
            side, font = _side(size), _font(size, bold, face)
            most = int((height + 0.5) / (size * LINE))  # lines, and never fewer than fit
            room = width - 2 * side
            lines = None
            if least * size <= most * room:  # or no way of breaking lines helps
                lines = _wrap(text, font, face, room, most, inside_words)
            if lines is not None and _height(len(lines), size) <= height:
                widest = max(ceil(_length(line, font, face)) for line in lines)
                tall = _height(len(lines), size)
                return Typeset(lines, size, bold, widest + 2 * side, tall, face)
            smaller = min(size - 1, int(size * SHRINK))
            size = max(smaller, smallest) if size > smallest else smaller
    raise TextTooLongError(f"{_quoted(text)} does not fit {width}x{height} px at {smallest} px")


def _quoted(text: str) -> str:
    """Return a text in quotes, of a long one the beginning and how many letters it has."""
    if len(text) <= TOLD:
        return repr(text)
    return f"{text[:TOLD].rstrip() + '…'!r} ({len(text)} letters)"


def _side(px: int) -> int:
    return ceil(px * SIDE)


def _height(lines: int, px: int) -> int:
    return int(lines * px * LINE + 0.5)


def _wrap(
    text: str, font: ImageFont.FreeTypeFont, face: Face, width: int, most: int, inside_words: bool
) -> tuple[str, ...] | None:
    """Return the lines, or None where there are more than `most`, or a word is too wide."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split():
            if len(lines) >= most:
                return None
            joined = f"{line} {word}" if line else word
            if _length(joined, font, face) <= width:
                line = joined
                continue
            if face.anywhere and line:
                word = joined  # goes on in the same line
            elif line:
                lines.append(line)
            line = word
            while _length(line, font, face) > width:
                head = _head(line, font, face, width) if inside_words else 0
                if head == 0:
                    return None
                lines.append(line[:head].rstrip())
                line = line[head:].lstrip()
        lines.append(line)
    return tuple(lines)


def _head(word: str, font: ImageFont.FreeTypeFont, face: Face, width: int) -> int:
    """Return how many letters of `word` fit `width`; no line begins with closing punctuation."""
    fitting = 0
    while fitting < len(word) and _length(word[: fitting + 1], font, face) <= width:
        fitting += 1
    while 1 < fitting < len(word) and word[fitting] in NOT_FIRST:
        fitting -= 1
    return fitting


def picture(text: Typeset, colour: tuple[int, int, int], align: str = "centre") -> Image.Image:
    """Return `text` as an RGBA picture, its ground transparent.

    Args:
        text: what to draw.
        colour: of the letters, RGB, 0 to 255.
        align: "centre", or "start": left, or right where the script runs that way.
    """
    image = Image.new("RGBA", (text.width, text.height), (*colour, 0))
    mask = Image.new("L", image.size, 0)
    draw = ImageDraw.Draw(mask)
    face = text.face or default_face()
    font = _font(text.px, text.bold, face)
    ascent, descent = font.getmetrics()
    for k, line in enumerate(text.lines):
        spare = text.width - _length(line, font, face)
        side = _side(text.px)
        begin = spare - side if face.right_to_left else side
        x = begin if align == "start" else spare / 2
        top = _height(k, text.px) + (text.px * LINE - ascent - descent) / 2
        direction = "rtl" if face.right_to_left else None
        draw.text((round(x), round(top)), line, font=font, fill=255, direction=direction)
    image.putalpha(mask)
    return image
