"""A screen before it is drawn: where every picture, text and bar stands, in pixels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from elicit.key_names import fill_key_names
from elicit.layout.fonts import Face, default_face, runs_right_to_left
from elicit.layout.text import Typeset, typeset
from elicit.timing import MaskKind, Phase
from elicit.trial import Leave, PageEvent

Colour: TypeAlias = tuple[int, int, int]
Align: TypeAlias = Literal["start", "centre", "end"]  # "end": at the right

GROUND: Colour = (150, 150, 150)
INK: Colour = (16, 16, 16)
FAINT: Colour = (40, 40, 40)
PAPER: Colour = (236, 236, 236)
TRACK: Colour = (70, 70, 70)  # of tracks, and of what cannot be pressed now: 3:1 on GROUND
DIM: Colour = (118, 118, 118)  # of an arrow at the end of its range
ACCENT: Colour = (0, 52, 140)


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels, from the window's top left corner."""

    x: int
    y: int
    w: int
    h: int

    @property
    def right(self) -> int:
        """The first column right of the box."""
        return self.x + self.w

    @property
    def bottom(self) -> int:
        """The first row below the box."""
        return self.y + self.h

    def centre_box(self, w: int, h: int) -> Box:
        """Return a box of w x h in the middle of this one."""
        return Box(self.x + (self.w - w) // 2, self.y + (self.h - h) // 2, w, h)

    def expand(self, by: int) -> Box:
        """Return the box with a margin of `by` added on every side."""
        return Box(self.x - by, self.y - by, self.w + 2 * by, self.h + 2 * by)

    def enclose(self, other: Box) -> Box:
        """Return the smallest box that both boxes lie in."""
        x, y = min(self.x, other.x), min(self.y, other.y)
        return Box(x, y, max(self.right, other.right) - x, max(self.bottom, other.bottom) - y)

    def cut(self, other: Box) -> Box:
        """Return what two boxes that overlap have in common."""
        x, y = max(self.x, other.x), max(self.y, other.y)
        return Box(x, y, min(self.right, other.right) - x, min(self.bottom, other.bottom) - y)

    def holds(self, x: float, y: float) -> bool:
        """Return whether a point lies in the box."""
        return self.x <= x < self.right and self.y <= y < self.bottom


@dataclass(frozen=True)
class Blend:
    """The mix of a pair at one coefficient; what a picture on screen shows."""

    image_i: int
    image_j: int
    lambda_f: float


@dataclass(frozen=True)
class Picture:
    """A blend, enlarged by a whole factor."""

    blend: Blend
    box: Box
    visible: bool = True


@dataclass(frozen=True)
class Label:
    """A text at its place; invisible ones are prepared, not drawn."""

    text: Typeset
    box: Box
    align: Align = "centre"
    colour: Colour = INK
    visible: bool = True


@dataclass(frozen=True)
class Arrow:
    """A triangle that points left (-1) or right (+1)."""

    box: Box
    direction: Literal[-1, 1]
    colour: Colour = INK
    vertical: bool = False  # whether it points up (-1) or down (+1) instead
    visible: bool = True


@dataclass(frozen=True)
class Fill:
    """A box of one colour."""

    box: Box
    colour: Colour
    visible: bool = True


@dataclass(frozen=True)
class Mask:
    """A mask of a blend, enlarged as the blend is."""

    blend: Blend
    kind: MaskKind
    seed: int
    box: Box
    visible: bool = True


@dataclass(frozen=True)
class Disc:
    """A disc of one colour, as large as its box."""

    box: Box
    colour: Colour
    visible: bool = True


Item: TypeAlias = Picture | Mask | Label | Arrow | Fill | Disc


@dataclass(frozen=True)
class Track:
    """A slider's place for the pointer: x runs from 0 (left) to 100 (right)."""

    slider: int
    grip: Box  # where a press takes hold of it
    x: int
    w: int


@dataclass
class Scene:
    """Everything on screen, in drawing order, and what the pointer can do there."""

    w: int
    h: int
    items: list[Item] = field(default_factory=list)
    buttons: list[tuple[Box, PageEvent | Leave]] = field(default_factory=list)
    tracks: list[Track] = field(default_factory=list)
    earlier: PageEvent | None = None  # what leads to the part of a long list before this one
    later: PageEvent | None = None  # and after it
    columns: int = 1  # images in a row
    face: Face | None = None  # the font; PsychoPy's where None
    side: int | None = None  # of an image, px, where the study wants one; else as large as fits
    too_early: bool = False  # whether an answer came too early, as the hint is to say
    phase: Phase = Phase.PICTURE  # of a trial
    kept: int = 0  # items, from the first on, that are drawn in every phase
    own_keys: frozenset[str] = frozenset()  # what keys mean that the study adds, such as "left"
    key_names: Mapping[str, str] = field(default_factory=dict)  # for placeholders in texts

    @property
    def unit(self) -> float:
        """Pixels in a 1024x600 window's pixel; sizes scale with it."""
        return min(self.w / 1024, self.h / 600)

    def px(self, length: float) -> int:
        """Return `length`, given for a 1024x600 window, in this window's pixels."""
        return max(1, round(length * self.unit))

    def label(
        self,
        text: str,
        box: Box,
        size: float = 20,
        *,
        centre: int | None = None,
        align: Align = "centre",
        top: bool = False,
        bold: bool = False,
        colour: Colour = INK,
        visible: bool = True,
        mirrored: bool | None = None,
    ) -> Box:
        """Write `text` into `box` at `size` or smaller and return the place it takes.

        Args:
            text: what to write.
            box: the room it may take.
            size: preferred font size, in a 1024x600 window's pixels.
            centre: the column to stand over, as near as the box allows; its middle where None.
            align: how lines of different length stand to each other, and the text in the box.
            top: whether the text begins at the box's top instead of standing in its middle.
            bold: whether in bold.
            colour: of the letters.
            visible: whether it is drawn; what is not is prepared all the same.
            mirrored: whether a text with align "start" stands at the box's right side; as it
                runs where None.

        Raises:
            TextTooLongError: it does not fit at a readable size.
        """
        text = fill_key_names(text, self.key_names)
        smallest = min(self.px(size), max(9, self.px(10)))
        typed = typeset(text, box.w, box.h, self.px(size), smallest, bold, self.face)
        place = box.centre_box(typed.width, typed.height)
        if centre is not None:
            x = min(max(centre - typed.width // 2, box.x), box.right - typed.width)
            place = Box(x, place.y, place.w, place.h)
        if align == "start":
            right = typed.direction == "rtl" if mirrored is None else mirrored
            x = box.right - typed.width if right else box.x
            place = Box(x, place.y, place.w, place.h)
        if align == "end":
            place = Box(box.right - typed.width, place.y, place.w, place.h)
        if top:
            place = Box(place.x, box.y, place.w, place.h)
        self.items.append(Label(typed, place, align, colour, visible))
        return place

    def add_text(self, typed: Typeset, box: Box) -> None:
        """Add a text that is typeset for `box` where lines begin, at the top."""
        x = box.right - typed.width if typed.direction == "rtl" else box.x
        self.items.append(Label(typed, Box(x, box.y, typed.width, typed.height), "start"))

    def mirrors(self, text: str) -> bool:
        """Return whether what belongs to a text begins on the right, as the text does."""
        return runs_right_to_left(text, self.face or default_face())

    def frame(self, box: Box, width: int, colour: Colour) -> None:
        """Draw a frame of `width` px around `box`; what comes later is drawn over it."""
        self.items.append(Fill(box.expand(width), colour))

    def draw_progress(self, box: Box, done: int, total: int) -> None:
        """Draw how much of `total` is done: a bar on a line along its box's lower edge."""
        line = self.px(2)
        self.items.append(Fill(Box(box.x, box.bottom - line, box.w, line), TRACK))
        if done > 0:
            self.items.append(Fill(Box(box.x, box.y, max(1, box.w * done // total), box.h), ACCENT))

    def ring(self, box: Box, width: int, colour: Colour, inside: Colour) -> None:
        """Draw a disc with a rim of `width` px around it."""
        self.items += [Disc(box.expand(width), colour), Disc(box, inside)]

    def button(self, text: str, box: Box, event: PageEvent | Leave, *, ready: bool) -> None:
        """Draw the button that means `event`; one that is not ready is an empty outline."""
        rim = box if ready else box.expand(-self.px(2))
        self.items += [
            Fill(box, ACCENT if ready else TRACK),
            Fill(rim, ACCENT if ready else GROUND),
        ]
        inner = box.expand(-self.px(4))
        self.label(text, inner, 18, bold=True, colour=PAPER, visible=ready)
        self.label(text, inner, 18, bold=True, colour=TRACK, visible=not ready)
        self.buttons.append((box, event))

    def side_button(
        self, text: str, box: Box, event: PageEvent | Leave, *, focused: bool = False
    ) -> None:
        """Draw a button beside the one that goes on: an outline, thicker where the keys are."""
        self.items += [Fill(box, INK), Fill(box.expand(-self.px(4 if focused else 2)), GROUND)]
        self.label(text, box.expand(-self.px(6)), 16, bold=True)
        self.buttons.append((box, event))
