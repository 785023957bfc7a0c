"""Screens as the window draws them, without a window."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from elicit.layout.scene import Arrow, Fill, Label, Mask, Panel, Picture, Scene
from elicit.layout.shapes import draw_arrow, draw_panel
from elicit.layout.style import GROUND
from elicit.layout.text import picture
from stimuli.mixing import mix
from stimuli.sources.endpoints import EndpointSource

Pixels = NDArray[np.uint8]


def draw_screen(scene: Scene, source: EndpointSource | None = None) -> Pixels:
    """Return (H, W, 3) pixels of a scene; without a source, images are left out."""
    screen = Image.new("RGB", (scene.w, scene.h), GROUND)
    for item in scene.items:
        drawn: Image.Image | None = None
        match item:
            case Label(text, _, align, colour):
                drawn = picture(text, colour, align)
            case Arrow():
                drawn = draw_arrow(item)
            case Panel():
                drawn = draw_panel(item)
            case Fill(box, colour):
                drawn = Image.new("RGBA", (box.w, box.h), (*colour, 255))
            case Picture(blend, box) if source is not None:
                ends = source.image(blend.image_i), source.image(blend.image_j)
                small = Image.fromarray(mix(*ends, blend.lambda_f)).convert("RGBA")
                drawn = small.resize((box.w, box.h), Image.Resampling.NEAREST)
            case Picture() | Mask():
                continue
        if item.visible and drawn is not None:
            screen.paste(drawn, (item.box.x, item.box.y), drawn)
    return np.asarray(screen)


def luminance(pixels: Pixels) -> NDArray[np.float64]:
    """Return WCAG 2's relative luminance of (..., 3) pixels, 0 to 1."""
    parts = pixels / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    found: NDArray[np.float64] = linear @ np.array([0.2126, 0.7152, 0.0722])
    return found


def contrast(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the contrast of luminances by the rule of WCAG 2, 1 to 21."""
    found: NDArray[np.float64] = (np.maximum(one, other) + 0.05) / (np.minimum(one, other) + 0.05)
    return found
