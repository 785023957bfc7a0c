"""The look of learn's figures, and saving them: the same numbers give the same bytes."""

from __future__ import annotations

import io
import re
from functools import lru_cache
from typing import Any, Literal

HUMAN, MIXUP, OTHER = "#2563a8", "#c2410c", "#7c6f9c"  # people, mixup, a second interface
PALE, GREY, INK = "#9db9d8", "#8a8f98", "#23272e"
STYLE: dict[str, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 10.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "legend.fontsize": 9.5,
    "svg.fonttype": "none",
    "figure.constrained_layout.use": True,
}

# What would differ between two days, or two releases of matplotlib.
_LEFT_OUT: dict[str, dict[str, None]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}


@lru_cache(maxsize=16)
def find_fonts(letters: frozenset[str]) -> tuple[str, ...]:
    """Return fonts that together have these letters: the usual one, then others of this computer.

    An SVG keeps its text, and a browser finds letters by itself; a PDF has what is found here.
    Letters that no font of this computer has are drawn as boxes.
    """
    from matplotlib import font_manager

    first: str = STYLE["font.sans-serif"][0]
    found, missing = [first], _find_missing(letters, font_manager.findfont(first))
    if not missing:
        return (first,)
    sans = [each for each in font_manager.fontManager.ttflist if _is_plain_sans(each)]
    for entry in sorted(sans, key=lambda each: (each.name, each.fname)):
        left = _find_missing(missing, entry.fname)
        if len(left) < len(missing):
            found.append(entry.name)
            missing = left
        if not missing:
            break
    return tuple(found)


def _is_plain_sans(entry: Any) -> bool:
    plain = entry.style == "normal" and entry.weight in (400, "normal", "regular")
    return plain and not re.search("serif|mono|last resort", entry.name, re.IGNORECASE)


def _find_missing(letters: frozenset[str], file: str) -> frozenset[str]:
    """Return the letters that a font file lacks: all of them where it cannot be read."""
    from matplotlib.ft2font import FT2Font

    try:
        have = FT2Font(file).get_charmap()
    except (OSError, RuntimeError):
        return letters
    return frozenset(letter for letter in letters if ord(letter) not in have)


def render(figure: Any, kind: Literal["png", "svg", "pdf"], **options: Any) -> bytes:
    """Return a figure as the content of a file, without its date and what drew it.

    Args:
        figure: a matplotlib figure; an SVG also needs `svg.hashsalt` set while it is drawn.
        kind: of file.
        options: as `Figure.savefig` takes them, such as dpi.
    """
    file = io.BytesIO()
    figure.savefig(file, format=kind, metadata=_LEFT_OUT[kind], **options)
    return file.getvalue()
