"""Text as pictures: measured before it is drawn, and the same on every system."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from math import ceil
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

LINE = 1.32  # line height, in font sizes
SIDE = 0.12  # room beside a line, in font sizes: a j or an f reaches out of its own place
SHRINK = 0.94  # from one size tried to the next


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


@lru_cache(maxsize=1)
def fonts_folder() -> Path:
    """Return the folder of the fonts that PsychoPy brings, so that every system has the same.

    Raises:
        FileNotFoundError: PsychoPy is not installed.
    """
    spec = importlib.util.find_spec("psychopy")  # finds it without loading it
    if spec is None or spec.origin is None:
        raise FileNotFoundError("psychopy is not installed; install the lab extra")
    return Path(spec.origin).parent / "assets" / "fonts"


@lru_cache(maxsize=2)
def font_file(bold: bool) -> bytes:
    """Return a font's file; read once, so that no file is read when a new size is needed."""
    name = "NotoSans-Bold.ttf" if bold else "NotoSans-Regular.ttf"
    return (fonts_folder() / name).read_bytes()


@lru_cache(maxsize=256)
def _font(px: int, bold: bool) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(BytesIO(font_file(bold)), px)


@lru_cache(maxsize=4096)
def typeset(
    text: str, width: int, height: int, px: int, smallest: int, bold: bool = False
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

    Raises:
        TextTooLongError: the text does not fit at the smallest size.
    """
    for inside_words in (False, True):
        size = px
        while size >= smallest:
            side = _side(size)
            lines = _wrap(text, _font(size, bold), width - 2 * side, inside_words)
            if lines is not None and _height(len(lines), size) <= height:
                widest = max(ceil(_font(size, bold).getlength(line)) for line in lines)
                return Typeset(lines, size, bold, widest + 2 * side, _height(len(lines), size))
            smaller = min(size - 1, int(size * SHRINK))
            size = max(smaller, smallest) if size > smallest else smaller
    raise TextTooLongError(f"{text!r} does not fit {width}x{height} px at {smallest} px")


def _side(px: int) -> int:
    return ceil(px * SIDE)


def _height(lines: int, px: int) -> int:
    return int(lines * px * LINE + 0.5)


def _wrap(
    text: str, font: ImageFont.FreeTypeFont, width: int, inside_words: bool
) -> tuple[str, ...] | None:
    """Return the lines, or None where a word is wider than `width`."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split():
            joined = f"{line} {word}" if line else word
            if font.getlength(joined) <= width:
                line = joined
                continue
            if line:
                lines.append(line)
            line = word
            while font.getlength(line) > width:
                if not inside_words:
                    return None
                head = _head(line, font, width)
                if head == 0:
                    return None
                lines.append(line[:head])
                line = line[head:]
        lines.append(line)
    return tuple(lines)


def _head(word: str, font: ImageFont.FreeTypeFont, width: int) -> int:
    """Return how many letters of `word` fit `width`."""
    fitting = 0
    while fitting < len(word) and font.getlength(word[: fitting + 1]) <= width:
        fitting += 1
    return fitting


def picture(text: Typeset, colour: tuple[int, int, int], align: str = "centre") -> Image.Image:
    """Return `text` as an RGBA picture, its ground transparent.

    Args:
        text: what to draw.
        colour: of the letters, RGB, 0 to 255.
        align: "left", "centre" or "right".
    """
    image = Image.new("RGBA", (text.width, text.height), (*colour, 0))
    mask = Image.new("L", image.size, 0)
    draw = ImageDraw.Draw(mask)
    font = _font(text.px, text.bold)
    ascent, descent = font.getmetrics()
    for k, line in enumerate(text.lines):
        spare = text.width - font.getlength(line)
        side = _side(text.px)
        x = {"left": side, "centre": spare / 2, "right": spare - side}[align]
        top = _height(k, text.px) + (text.px * LINE - ascent - descent) / 2
        draw.text((round(x), round(top)), line, font=font, fill=255)
    image.putalpha(mask)
    return image
