"""The look of learn's figures, and saving them: the same numbers give the same bytes."""

from __future__ import annotations

import io
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
