"""A screen before it is drawn: where every picture, text and bar stands, in pixels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from elicit.key_names import fill_key_names
from elicit.layout.fonts import Face, default_face, runs_right_to_left
from elicit.layout.style import (
    ACCENT,
    BODY,
    GROUND,
    HINT,
    INK,
    NEAR,
    PAPER,
    RIM,
    RING,
    ROUND,
    SIZES,
    SPARE_ABOVE,
    SURFACE,
    TRACK,
    Colour,
    TextSize,
    font_px,
    unit_px,
)
from elicit.layout.text import Typeset, typeset
from elicit.timing import MaskKind, Phase
from elicit.trial import Leave, PageEvent

Align: TypeAlias = Literal["start", "centre", "end"]  # "end": at the right


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

    def shift(self, down: int) -> Box:
        """Return the box `down` px further down."""
        return Box(self.x, self.y + down, self.w, self.h)

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
    rim: int = 0  # of an outline, px; filled where 0
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
class Panel:
    """A box with round corners and a rim inside its edge; a disc where the radius allows it."""

    box: Box
    colour: Colour
    radius: int  # of the corners, px
    rim: int = 0  # px
    rim_colour: Colour = INK
    visible: bool = True


Item: TypeAlias = Picture | Mask | Label | Arrow | Fill | Panel


@dataclass(frozen=True)
class Track:
    """A slider's place for the pointer: x runs from 0 (left) to 100 (right)."""

    slider: int
    grip: Box  # where a press takes hold of it
    x: int
    w: int


@dataclass(frozen=True)
class Content:
    """What a page shows between title and foot: it moves down where there is room to spare."""

    room: Box
    items: int  # the first of the scene's items that belongs to it,
    buttons: int  # of its buttons,
    tracks: int  # and of its tracks


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
    content: Content | None = None  # of a page; a trial's stays where it is
    key_names: Mapping[str, str] = field(default_factory=dict)  # for placeholders in texts

    def space(self, units: float) -> int:
        """Return a length that is given in units, px."""
        return max(1, round(units * unit_px((self.w, self.h))))

    def sizes(self, size: TextSize) -> tuple[int, ...]:
        """Return the font sizes that a text may have, px: its own, and all smaller ones."""
        return tuple(font_px(step, (self.w, self.h)) for step in SIZES if step <= size)

    def begin_content(self, room: Box) -> None:
        """Take what is drawn from now on as a page's content, which begins at its room's top."""
        self.content = Content(room, len(self.items), len(self.buttons), len(self.tracks))

    def settle(self) -> None:
        """Move a page's content down by a share of the room that it leaves free."""
        if self.content is None:
            return
        room, first = self.content.room, self.content
        bottom = max((item.box.bottom for item in self.items[first.items :]), default=room.bottom)
        by = max(0, int((room.bottom - bottom) * SPARE_ABOVE))
        self.items[first.items :] = [
            replace(item, box=item.box.shift(by)) for item in self.items[first.items :]
        ]
        self.buttons[first.buttons :] = [
            (box.shift(by), event) for box, event in self.buttons[first.buttons :]
        ]
        self.tracks[first.tracks :] = [
            replace(track, grip=track.grip.shift(by)) for track in self.tracks[first.tracks :]
        ]

    def common_size(self, texts: Iterable[tuple[str, Box]], size: TextSize) -> TextSize:
        """Return the largest size, up to `size`, at which each text fits its box.

        Raises:
            TextTooLongError: one of them fits at no size.
        """
        found = [self._typeset(text, box, size, bold=False).px for text, box in texts]
        steps = [step for step in SIZES if step <= size]
        smallest = min(found, default=self.sizes(size)[0])
        return steps[self.sizes(size).index(smallest)]

    def measure(self, text: str, width: int, size: TextSize) -> int:
        """Return how high a text is in a column of `width` px at one size, px."""
        px = font_px(size, (self.w, self.h))
        filled = fill_key_names(text, self.key_names)
        return typeset(filled, width, None, (px,), face=self.face).height

    def _typeset(self, text: str, box: Box, size: TextSize, *, bold: bool) -> Typeset:
        filled = fill_key_names(text, self.key_names)
        return typeset(filled, box.w, box.h, self.sizes(size), bold, self.face)

    def label(
        self,
        text: str,
        box: Box,
        size: TextSize = BODY,
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
            size: preferred step of the scale.
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
        typed = self._typeset(text, box, size, bold=bold)
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

    def panel(
        self,
        box: Box,
        colour: Colour,
        *,
        rim: float = 0,
        rim_colour: Colour = INK,
        radius: float = ROUND,
        visible: bool = True,
    ) -> None:
        """Draw a box with round corners; rim and radius are in units."""
        width = self.space(rim) if rim else 0
        corner = min(self.space(radius), box.w // 2, box.h // 2)
        self.items.append(Panel(box, colour, corner, width, rim_colour, visible))

    def disc(self, box: Box, colour: Colour, *, rim: float = 0) -> None:
        """Draw a disc, with a rim in units."""
        width = self.space(rim) if rim else 0
        self.items.append(Panel(box, colour, box.w // 2, width))

    def surface(self, box: Box, *, focused: bool, visible: bool = True) -> None:
        """Draw what can be used: light, and with a thick ring, brighter, where the keys are."""
        if focused:
            self.panel(box, PAPER, rim=RING, visible=visible)
        else:
            self.panel(box, SURFACE, visible=visible)

    def draw_progress(self, box: Box, done: int, total: int, *, mirrored: bool) -> None:
        """Draw how much of `total` is done: a bar on a line along its box's lower edge.

        It grows from the left, or from the right where it is mirrored.
        """
        line = self.space(RIM)
        self.items.append(Fill(Box(box.x, box.bottom - line, box.w, line), TRACK))
        if done > 0:
            long = max(1, box.w * done // total)
            x = box.right - long if mirrored else box.x
            self.items.append(Fill(Box(x, box.y, long, box.h), ACCENT))

    def button(self, text: str, box: Box, event: PageEvent | Leave, *, ready: bool) -> None:
        """Draw the button that means `event`; one that is not ready is an empty outline."""
        self.panel(box, ACCENT, visible=ready)
        self.panel(box, GROUND, rim=RIM, rim_colour=TRACK, visible=not ready)
        inner = box.expand(-self.space(NEAR))
        self.label(text, inner, bold=True, colour=PAPER, visible=ready)
        self.label(text, inner, bold=True, colour=TRACK, visible=not ready)
        self.buttons.append((box, event))

    def side_button(
        self, text: str, box: Box, event: PageEvent | Leave, *, focused: bool = False
    ) -> None:
        """Draw a button beside the one that goes on, with a thick ring where the keys are."""
        if focused:
            self.surface(box, focused=True)
        else:
            self.panel(box, SURFACE, rim=RIM)
        self.label(text, box.expand(-self.space(RIM + NEAR)), HINT, bold=True)
        self.buttons.append((box, event))
