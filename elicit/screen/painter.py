"""Draws scenes into a window: a picture of each item is kept ready, and only changes are drawn.

`elicit.screen.window` imports this module where PsychoPy can be loaded, and tells where not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from psychopy import visual
from pyglet import gl

from elicit.layout.scene import (
    Arrow,
    Blend,
    Box,
    Fill,
    Item,
    Label,
    Mask,
    Panel,
    Picture,
    Scene,
)
from elicit.layout.shapes import draw_arrow, draw_panel
from elicit.layout.style import GROUND, Colour
from elicit.layout.text import picture
from elicit.screen.redraw import find_changes, merge_boxes, overlap
from stimuli.masking import make_noise, scramble
from stimuli.processes.process import Process


class Painter:
    """Draws on the back buffer of one window.

    Attributes:
        keeps_frames: whether the back buffer is after a flip as it was before, so that the next
            frame is drawn on it.
    """

    def __init__(self, window: Any, size: tuple[int, int], process: Process) -> None:
        """Take a PsychoPy window.

        Args:
            window: the window.
            size: of it, px.
            process: how the images of the trials to come are made, and of which endpoints.
        """
        self.keeps_frames = False
        self._window, self._size, self._process = window, size, process
        self._whole = Box(0, 0, *size)
        self._stims: dict[Any, Any] = {}
        # The scene on the back buffer, what is above it, and all items that are visible; None
        # where it is not known.
        self._drawn: tuple[Scene, Sequence[Item], list[Item]] | None = None
        self._spoilt: list[Box] = []  # of the back buffer, by the making of pictures

    def __len__(self) -> int:
        """Return how many pictures are on the graphics card, whether shown or not."""
        return len(self._stims)

    def is_ready(self, item: Item) -> bool:
        """Return whether an item's picture is made."""
        return _key(item) in self._stims

    def make(self, item: Item) -> Any:
        """Return an item's picture, made and on the graphics card from now on."""
        key = _key(item)
        stim = self._stims.get(key)
        if stim is None:
            stim = self._stims[key] = visual.ImageStim(
                self._window,
                image=self._compose(item),
                units="pix",
                size=(item.box.w, item.box.h),
                pos=self._centre(item.box),
                interpolate=False,
                autoLog=False,
            )
            stim.draw()  # the first draw compiles and uploads
            self._spoilt.append(item.box)
        return stim

    def keep(self, items: Iterable[Item]) -> None:
        """Let go of all pictures but those of `items`."""
        keys = {_key(item) for item in items}
        self._stims = {key: stim for key, stim in self._stims.items() if key in keys}

    def clear(self) -> None:
        """Let go of all pictures."""
        self._stims.clear()

    def note_flip(self) -> None:
        """Take note of a flip: most windows do not leave the frame to draw on."""
        if not self.keeps_frames:
            self._drawn = None

    def draw(self, scene: Scene, above: Sequence[Item] = ()) -> bool:
        """Draw what of a scene is not on the back buffer yet; return whether anything is not.

        Args:
            scene: what to show.
            above: what to show above it, drawn last.
        """
        if self._drawn is not None and not self._spoilt and self._is_drawn(scene, above):
            return False
        shown = [*(item for item in scene.items if item.visible), *above]
        for item in shown:
            if not isinstance(item, Fill):
                self.make(item)  # made before it is known what that spoils
        changes = None if self._drawn is None else find_changes(self._drawn[2], shown)
        regions = [self._whole] if changes is None else merge_boxes([*changes, *self._spoilt])
        for region in regions:
            self.fill(region, GROUND)
            for item in shown:
                if overlap(item.box, region):
                    self.draw_item(item, region)
        if regions:
            self._set_scissor(self._whole)
        self._drawn, self._spoilt = (scene, above, shown), []
        return bool(regions)

    def draw_item(self, item: Item, region: Box) -> None:
        """Draw what of an item lies within a region of the window."""
        if isinstance(item, Fill):
            self.fill(item.box.cut(region), item.colour)
            return
        self._set_scissor(region)
        stim, place = self.make(item), self._centre(item.box)
        if tuple(stim.pos) != place:
            stim.pos = place
        stim.draw()

    def fill_all(self, colour: Colour) -> None:
        """Fill the whole back buffer."""
        self.fill(self._whole, colour)

    def fill(self, region: Box, colour: Colour) -> None:
        """Fill a region of the back buffer."""
        self._set_scissor(region)
        gl.glClearColor(*(value / 255 for value in colour), 1.0)
        gl.glClear(gl.GL_COLOR_BUFFER_BIT)

    def _is_drawn(self, scene: Scene, above: Sequence[Item]) -> bool:
        assert self._drawn is not None
        drawn, above_drawn, _ = self._drawn
        return drawn is scene and above_drawn == above

    def _compose(self, item: Item) -> Image.Image:
        match item:
            case Picture(blend):
                return Image.fromarray(self._mix(blend))
            case Mask(blend, kind, seed):
                mask = make_noise if kind == "noise" else scramble
                return Image.fromarray(mask(self._mix(blend), seed))
            case Label(text, _, align, colour):
                return picture(text, colour, align)
            case Arrow():
                return draw_arrow(item)
            case Panel():
                return draw_panel(item)
            case Fill(_, colour):
                return Image.new("RGB", (1, 1), colour)

    def _mix(self, blend: Blend) -> NDArray[np.uint8]:
        return self._process.mix((blend.image_i, blend.image_j), blend.lambda_f)

    def _set_scissor(self, region: Box) -> None:
        """Have only what lies in a region change from now on."""
        gl.glEnable(gl.GL_SCISSOR_TEST)
        gl.glScissor(region.x, self._size[1] - region.bottom, region.w, region.h)

    def _centre(self, box: Box) -> tuple[float, float]:
        width, height = self._size
        return box.x + box.w / 2 - width / 2, height / 2 - box.y - box.h / 2


def list_pictures(scene: Scene) -> list[Item]:
    """Return the items of which a picture is made: all but boxes of one colour."""
    return [item for item in scene.items if not isinstance(item, Fill)]


def _key(item: Item) -> Any:
    """Return what a picture is kept under: items that look alike share one."""
    match item:
        case Picture(blend, box):
            return blend, box.w
        case Mask(blend, kind, seed, box):
            return blend, kind, seed, box.w
        case Label(text, _, align, colour):
            return text, align, colour
        case Arrow(box, direction, colour, vertical, rim):
            return "arrow", box.w, direction, colour, vertical, rim
        case Panel(box, colour, radius, rim, rim_colour):
            return "panel", box.w, box.h, colour, radius, rim, rim_colour
        case Fill(_, colour):
            return "fill", colour
