"""Shapes as pictures, with smooth edges: panels with round corners, discs and triangles."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from elicit.layout.scene import Arrow, Panel

SMOOTH = 4  # a triangle is drawn so many times as large, and reduced


def draw_panel(panel: Panel) -> Image.Image:
    """Return a panel as an RGBA picture as large as its box."""
    w, h = panel.box.w, panel.box.h
    edge = min(max(panel.radius, panel.rim) + 1, w // 2, h // 2)  # all between two edges is alike
    small = _panel_pixels(panel, min(w, 2 * edge + 1), min(h, 2 * edge + 1))
    columns, rows = (np.clip(np.arange(n), None, edge) + np.clip(np.arange(n) - (n - edge), 0, None)
                     if n > 2 * edge else np.arange(n) for n in (w, h))  # fmt: skip
    return Image.fromarray(small[rows][:, columns])


def _panel_pixels(panel: Panel, w: int, h: int) -> NDArray[np.uint8]:
    """Return (h, w, 4) pixels of a panel of another size."""
    radius = min(panel.radius, w / 2, h / 2)
    outside = _distance(w, h, radius)
    inside = np.clip(0.5 - outside - panel.rim, 0, 1)[..., None]
    colour = inside * np.array(panel.colour) + (1 - inside) * np.array(panel.rim_colour)
    alpha = 255 * np.clip(0.5 - outside, 0, 1)[..., None]
    pixels: NDArray[np.uint8] = np.concatenate([colour, alpha], axis=-1).round().astype(np.uint8)
    return pixels


def _distance(w: int, h: int, radius: float) -> NDArray[np.float64]:
    """Return (h, w) distances of pixels from a rounded box's edge, px; below 0 inside it."""
    across = np.abs(np.arange(w) + 0.5 - w / 2)[None, :] - (w / 2 - radius)
    down = np.abs(np.arange(h) + 0.5 - h / 2)[:, None] - (h / 2 - radius)
    corner = np.hypot(np.maximum(across, 0), np.maximum(down, 0))
    distance: NDArray[np.float64] = corner + np.minimum(np.maximum(across, down), 0) - radius
    return distance


def draw_arrow(arrow: Arrow) -> Image.Image:
    """Return a triangle as an RGBA picture as large as its box; a hollow one is an outline."""
    w, h = arrow.box.w * SMOOTH, arrow.box.h * SMOOTH
    if arrow.vertical:
        w, h = h, w
    tip, back = (0, w) if arrow.direction < 0 else (w, 0)
    mask = Image.new("L", (w, h), 0)
    draw = ImageDraw.Draw(mask)
    draw.polygon([(tip, h // 2), (back, 0), (back, h)], fill=255)
    if arrow.rim:
        draw.polygon(_inner_triangle(tip, back, h, arrow.rim * SMOOTH), fill=0)
    if arrow.vertical:
        mask = mask.transpose(Image.Transpose.TRANSPOSE)
    image = Image.new("RGBA", (arrow.box.w, arrow.box.h), (*arrow.colour, 0))
    image.putalpha(mask.resize(image.size, Image.Resampling.BOX))
    return image


def _inner_triangle(tip: int, back: int, h: int, rim: int) -> list[tuple[float, float]]:
    """Return the corners of the triangle whose sides lie `rim` inside those of another."""
    w, away = abs(back - tip), 1 if back > tip else -1
    slant = float(np.hypot(w, h / 2))
    near = rim * slant / (h / 2)  # from tip to tip
    half = (w - rim - near) * (h / 2) / w
    end = back - away * rim
    return [(tip + away * near, h / 2), (end, h / 2 - half), (end, h / 2 + half)]
