"""The embedded endpoint images: the ten CIFAR-10 classes drawn by code, any number of instances."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.random import PCG64, Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from stimuli.errors import StimulusError
from stimuli.sources.pictogram_shapes import (
    PAINTERS,
    Colour,
    Shape,
    Subject,
    between,
    blob,
    limb,
    oval,
    pick,
    poly,
    shade,
)

CLASSES: tuple[str, ...] = tuple(sorted(PAINTERS))
SMALLEST, LARGEST = 16, 512  # pixels a side
_CANVAS = 192  # pixels a side of the canvas that small pictures are reduced from
_LATTICE = 24  # cells a side of the texture, the same at every size
_SEED = 20230801  # names this set: another number is another set

Clutter = Callable[[Generator, float], list[Shape]]


@dataclass(frozen=True)
class Place:
    """Where a subject is met: colours at the top, above and below the horizon; clutter."""

    top: Colour
    above: Colour
    below: Colour | None  # None: no horizon
    clutter: tuple[Clutter, ...]


@dataclass(frozen=True)
class Pose:
    """How a subject stands in the frame; lengths are in half frames."""

    scale: float
    right: float
    down: float
    stretch: float  # width over height, of what is 1 as designed
    turn: float  # tangent of half the angle
    mirrored: bool


@dataclass(frozen=True)
class PictogramScene:
    """Everything a picture depicts, settled before its size is known."""

    place: Place
    horizon: float  # -1 top of the frame, 1 bottom
    texture: NDArray[np.float64]  # (_LATTICE, _LATTICE, 3), each in -0.5..0.5
    grain: float  # the texture's amplitude in grey levels
    behind: tuple[Shape, ...]
    subject: Subject
    pose: Pose


def draw(class_name: str, instance: int, size: int = 32) -> NDArray[np.uint8]:
    """Draw one endpoint image; the same arguments give the same bytes.

    The scene (pose, colours, place) depends on the class and the instance alone, so two sizes of
    one instance show the same scene. It is drawn on a canvas 192 or more pixels wide, a whole
    number of times the size asked for (twice or more), and reduced by averaging square blocks.
    Pillow before 11.2 fills the rims of polygons differently and so gives other bytes.

    Args:
        class_name: one of CLASSES.
        instance: which picture of the class, from 0.
        size: pixels a side, SMALLEST (16) to LARGEST (512).

    Returns:
        (size, size, 3) uint8 RGB.

    Raises:
        StimulusError: if the class is unknown, the instance negative or the size out of range.
    """
    _check(class_name, instance, size)
    times = max(2, -(-_CANVAS // size))
    return np.array(_paint(_scene(class_name, instance), size * times).reduce(times))


def _check(class_name: str, instance: int, size: int) -> None:
    if class_name not in CLASSES:
        raise StimulusError(
            f"pictograms: class must be one of {', '.join(CLASSES)}, got {class_name!r}"
        )
    if instance < 0:
        raise StimulusError(f"pictograms: instance must be 0 or more, got {instance}")
    if not SMALLEST <= size <= LARGEST:
        raise StimulusError(f"pictograms: size must be {SMALLEST} to {LARGEST} pixels, got {size}")


def _scene(class_name: str, instance: int) -> PictogramScene:
    rng = Generator(PCG64([_SEED, CLASSES.index(class_name), instance]))
    subject = PAINTERS[class_name](rng)
    place = _place(rng, class_name, subject.coat)
    pose = _pose(rng, class_name)
    horizon = _horizon(rng, subject, pose)
    return PictogramScene(
        place=place,
        horizon=horizon,
        texture=_texture(rng),
        grain=between(rng, 14, 34),
        behind=tuple(shape for clutter in place.clutter for shape in clutter(rng, horizon)),
        subject=subject,
        pose=pose,
    )


# How far a subject may tilt either way: tangent of half the angle, 0.02 (2 degrees) if not here.
_TURN = {"airplane": 0.16, "bird": 0.06, "cat": 0.06, "dog": 0.06, "frog": 0.05, "ship": 0.04}


def _pose(rng: Generator, class_name: str) -> Pose:
    scale = between(rng, 0.7, 0.88)
    room = 0.96 - scale
    turn = _TURN.get(class_name, 0.02)
    return Pose(
        scale=scale,
        stretch=between(rng, 0.9, 1.06),
        right=between(rng, -room, room),
        down=between(rng, -room, room),
        turn=between(rng, -turn, turn),
        mirrored=bool(rng.random() < 0.5),
    )


def _horizon(rng: Generator, subject: Subject, pose: Pose) -> float:
    if subject.foot is None:
        return between(rng, -0.2, 0.25)
    return pose.down + pose.scale * subject.foot - between(rng, 0.2, 0.8)


def _texture(rng: Generator) -> NDArray[np.float64]:
    light, tint = rng.random((_LATTICE, _LATTICE, 1)), rng.random((_LATTICE, _LATTICE, 3))
    return 0.75 * light + 0.25 * tint - 0.5


def _place(rng: Generator, class_name: str, coat: Colour) -> Place:
    """Return a place of the class that its coat stands out from, its colours moved a little."""
    places = PLACES[class_name]
    clear = [place for place in places if _contrast(place, coat) > 90]
    chosen = clear or [max(places, key=lambda place: _contrast(place, coat))]
    place = chosen[int(rng.integers(len(chosen)))]
    below = None if place.below is None else pick(rng, place.below)
    return Place(pick(rng, place.top), pick(rng, place.above), below, place.clutter)


def _contrast(place: Place, coat: Colour) -> float:
    seen = [place.above] if place.below is None else [place.above, place.below]
    return min(sum(abs(a - b) for a, b in zip(colour, coat, strict=True)) for colour in seen)


def _paint(scene: PictogramScene, side: int) -> Image.Image:
    canvas = _backdrop(scene, side)
    pen = ImageDraw.Draw(canvas)
    for shape in scene.behind:
        pen.polygon(_pixels(shape, _FRAME, side), fill=shape.colour)
    if scene.subject.foot is not None and scene.place.below is not None:
        shadow = oval(shade(scene.place.below, -0.5), 0, scene.subject.foot, 0.9, 0.09)
        pen.polygon(_pixels(shadow, scene.pose, side), fill=shadow.colour)
    figure = [(_pixels(shape, scene.pose, side), shape.colour) for shape in scene.subject.shapes]
    canvas.paste(shade(scene.subject.coat, -0.8), mask=_rim(figure, side))
    for outline, colour in figure:
        pen.polygon(outline, fill=colour)
    return canvas


_FRAME = Pose(scale=1, right=0, down=0, stretch=1, turn=0, mirrored=False)


def _pixels(shape: Shape, pose: Pose, side: int) -> list[tuple[int, int]]:
    t = pose.turn
    cos, sin = (1 - t * t) / (1 + t * t), 2 * t / (1 + t * t)
    half = side / 2
    scale = half * pose.scale
    flip = scale * (-pose.stretch if pose.mirrored else pose.stretch)
    right, down = half * (1 + pose.right), half * (1 + pose.down)
    points = [
        (int(right + flip * (cos * x - sin * y)), int(down + scale * (sin * x + cos * y)))
        for x, y in shape.points
    ]
    return _dyadic(points)


def _dyadic(points: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the outline with each edge cut until its rise is 0 or a power of two.

    Pillow follows an edge in 32-bit floats; such slopes are exact in them, so that machines that
    fuse multiply and add fill the same pixels as those that do not.
    """
    path = []
    for (ax, ay), (bx, by) in zip(points, [*points[1:], points[0]], strict=True):
        path.append((ax, ay))
        rise, y = by - ay, ay
        while (left := abs(by - y)) & (left - 1):
            y += (left & -left) if rise > 0 else -(left & -left)
            path.append((ax + (bx - ax) * (y - ay) // rise, y))
    return path


def _rim(figure: list[tuple[list[tuple[int, int]], Colour]], side: int) -> Image.Image:
    """Return the mask of a soft dark rim, so that a subject stands out from any place."""
    mask = Image.new("L", (side, side), 0)
    pen = ImageDraw.Draw(mask)
    for outline, _ in figure:
        pen.polygon(outline, fill=255)
    return mask.filter(ImageFilter.BoxBlur(side / 64)).point([min(255, v * 2) for v in range(256)])


def _backdrop(scene: PictogramScene, side: int) -> Image.Image:
    place = scene.place
    sky = _field(place.top, place.above, scene, side)
    if place.below is None:
        return sky
    ground = _field(shade(place.below, 0.12), shade(place.below, -0.15), scene, side)
    line = round(side * (1 + scene.horizon) / 2)
    sky.paste(ground.crop((0, line, side, side)), (0, line))
    return sky


def _field(top: Colour, bottom: Colour, scene: PictogramScene, side: int) -> Image.Image:
    down = (np.arange(_LATTICE) / (_LATTICE - 1))[:, None, None]
    colours = np.array(top) * (1 - down) + np.array(bottom) * down + scene.grain * scene.texture
    lattice = Image.fromarray(np.clip(np.rint(colours), 0, 255).astype(np.uint8))
    return lattice.resize((side, side), Image.Resampling.BILINEAR)


def _clouds(rng: Generator, horizon: float) -> list[Shape]:
    shapes = []
    for _ in range(int(rng.integers(2, 5))):
        x, y = between(rng, -1, 1), between(rng, -1, horizon - 0.2)
        tone = pick(rng, (238, 242, 246))
        for step in (-0.2, 0, 0.2):
            wide, up = between(rng, 0.16, 0.3), between(rng, -0.05, 0.05)
            shapes.append(oval(tone, x + step, y + up, wide, wide * 0.5))
    return shapes


def _hills(rng: Generator, horizon: float) -> list[Shape]:
    tone, low = pick(rng, (96, 130, 120), (120, 140, 160), (80, 120, 70)), horizon + 0.02
    a, b, c, d = (horizon - between(rng, 0.06, 0.4) for _ in range(4))
    return [blob(tone, -1.5, low, -1.1, a, -0.4, b, 0.4, c, 1.1, d, 1.5, low)]


def _trees(rng: Generator, horizon: float) -> list[Shape]:
    shapes = []
    for _ in range(int(rng.integers(2, 6))):
        x, tall = between(rng, -1, 1), between(rng, 0.2, 0.5)
        tone = pick(rng, (60, 110, 56), (84, 130, 60))
        shapes.append(limb((90, 70, 54), 0.07, 0.07, x, horizon + 0.02, x, horizon - tall))
        shapes.append(oval(tone, x, horizon - tall, tall * 0.5, tall * 0.6))
    return shapes


def _buildings(rng: Generator, horizon: float) -> list[Shape]:
    shapes, left = [], -1.1
    while left < 1:
        wide, top = between(rng, 0.25, 0.5), horizon - between(rng, 0.3, 0.9)
        tone = pick(rng, (150, 140, 132), (170, 150, 130), (124, 130, 140))
        shapes.append(poly(tone, left, horizon, left, top, left + wide, top, left + wide, horizon))
        windows = (left + wide * 0.25, left + wide * 0.7)
        shapes += [oval(shade(tone, -0.25), x, top + 0.18, 0.05, 0.08) for x in windows]
        left += wide + between(rng, 0, 0.15)
    return shapes


def _trunks(rng: Generator, horizon: float) -> list[Shape]:
    shapes = []
    for _ in range(int(rng.integers(3, 7))):
        x, wide, lean = between(rng, -1, 1), between(rng, 0.08, 0.2), between(rng, -0.1, 0.1)
        tone = pick(rng, (84, 84, 66), (110, 104, 84))
        shapes.append(limb(tone, wide, wide * 1.2, x, -1.1, x + lean, horizon + 0.05))
    return shapes


def _ovals(*tones: Colour) -> Clutter:
    def ovals(rng: Generator, horizon: float) -> list[Shape]:
        shapes = []
        for _ in range(int(rng.integers(8, 16))):
            x, y, wide = between(rng, -1, 1), between(rng, -1, 1), between(rng, 0.1, 0.28)
            shapes.append(oval(pick(rng, *tones), x, y, wide, wide * 0.8))
        return shapes

    return ovals


def _strokes(*tones: Colour, upright: bool) -> Clutter:
    def strokes(rng: Generator, horizon: float) -> list[Shape]:
        shapes = []
        for _ in range(int(rng.integers(10, 18))):
            x, y = between(rng, -1, 1), between(rng, horizon + 0.06, 1)
            reach = between(rng, 0.1, 0.2)
            tip = (x + 0.04, y - reach) if upright else (x + reach * 2, y)
            shapes.append(limb(pick(rng, *tones), 0.05, 0.03, x, y, *tip))
        return shapes

    return strokes


def _lane(rng: Generator, horizon: float) -> list[Shape]:
    y, start = between(rng, 0.75, 0.9), between(rng, -1.3, -1)
    return [
        limb((236, 226, 190), 0.06, 0.06, start + 0.6 * k, y, start + 0.6 * k + 0.36, y)
        for k in range(5)
    ]


def _lilies(rng: Generator, horizon: float) -> list[Shape]:
    tones = (pick(rng, (60, 120, 80), (120, 160, 90)) for _ in range(int(rng.integers(3, 6))))
    return [oval(tone, between(rng, -1, 1), between(rng, -0.9, 1), 0.34, 0.14) for tone in tones]


def _pictures(rng: Generator, horizon: float) -> list[Shape]:
    x, y = between(rng, -1, 0.4), between(rng, -1, -0.7)
    tone = pick(rng, (200, 180, 140), (90, 110, 140), (170, 90, 80))
    wide, tall = between(rng, 0.4, 0.8), between(rng, 0.3, 0.6)
    return [poly(tone, x, y, x + wide, y, x + wide, y + tall, x, y + tall)]


def _stripes(rng: Generator, horizon: float) -> list[Shape]:
    tone = pick(rng, (214, 206, 190), (120, 130, 150), (160, 120, 110))
    wide = between(rng, 0.1, 0.24)
    return [
        poly(tone, x, -1.1, x + wide, -1.1, x + wide, horizon, x, horizon)
        for x in (-0.9, -0.4, 0.1, 0.6)
    ]


_LEAVES = _ovals((70, 112, 64), (110, 150, 84), (140, 170, 110))
_PEBBLES = _ovals((130, 126, 134), (186, 180, 178), (160, 150, 146))
_AUTUMN = _ovals((190, 110, 50), (140, 60, 40), (200, 140, 60))
_GRASS = _strokes((70, 130, 50), (150, 190, 90), upright=True)
_STRAW = _strokes((200, 170, 110), (150, 120, 80), upright=True)
_WAVES = _strokes((190, 220, 232), (40, 90, 130), upright=False)
_RIPPLES = _strokes((130, 180, 180), (40, 90, 96), upright=False)

_SKY = Place((64, 132, 214), (176, 212, 242), None, (_clouds,))
_DEEP_SKY = Place((30, 84, 176), (86, 150, 220), None, (_clouds,))
_OVERCAST = Place((120, 130, 144), (172, 178, 186), None, (_clouds,))
_DUSK = Place((84, 62, 120), (240, 150, 96), None, ())
_RUNWAY = Place((110, 160, 214), (176, 206, 230), (104, 106, 110), (_hills, _lane))
_ROAD = Place((96, 160, 224), (190, 216, 236), (110, 110, 114), (_hills, _trees, _lane))
_STREET = Place((170, 190, 210), (196, 204, 212), (84, 86, 92), (_buildings, _lane))
_EVENING_ROAD = Place((70, 70, 120), (230, 160, 120), (74, 72, 82), (_buildings, _lane))
_DIRT = Place((150, 190, 226), (206, 220, 226), (190, 160, 116), (_hills, _STRAW))
_MEADOW = Place((96, 164, 230), (196, 222, 240), (104, 160, 70), (_hills, _GRASS))
_FOREST = Place((40, 64, 44), (64, 92, 60), (84, 120, 58), (_trunks, _GRASS))
_MIST = Place((190, 204, 206), (214, 222, 216), (170, 188, 150), (_trunks, _GRASS))
_SNOW = Place((170, 190, 212), (214, 224, 234), (236, 240, 246), (_trees,))
_DUSK_FIELD = Place((96, 70, 110), (244, 176, 120), (120, 124, 70), (_hills, _STRAW))
_FOLIAGE = Place((60, 100, 60), (96, 136, 76), None, (_LEAVES,))
_PALE_LEAVES = Place((190, 214, 150), (214, 226, 180), None, (_LEAVES,))
_SEA = Place((110, 170, 228), (206, 226, 240), (40, 110, 160), (_clouds, _WAVES))
_GREEN_SEA = Place((160, 180, 196), (206, 214, 218), (60, 130, 130), (_hills, _WAVES))
_DUSK_SEA = Place((110, 70, 120), (250, 170, 100), (110, 100, 140), (_WAVES,))
_POND = Place((30, 80, 100), (50, 110, 120), None, (_lilies, _RIPPLES))
_MUD = Place((130, 100, 74), (150, 120, 90), None, (_STRAW,))
_SHORE = Place((90, 130, 160), (120, 160, 180), (186, 164, 130), (_RIPPLES,))
_STONE = Place((150, 146, 156), (176, 170, 172), None, (_PEBBLES,))
_FALLEN_LEAVES = Place((150, 70, 50), (176, 96, 60), None, (_AUTUMN,))
_BLUE_ROOM = Place((90, 120, 160), (116, 146, 180), (150, 110, 80), (_pictures,))
_ROSE_ROOM = Place((190, 130, 130), (206, 150, 146), (110, 80, 90), (_stripes, _pictures))
_CREAM_ROOM = Place((226, 214, 186), (236, 226, 204), (170, 180, 190), (_pictures,))
_GREEN_ROOM = Place((100, 140, 110), (130, 166, 136), (90, 76, 66), (_stripes,))
_LAWN = Place((100, 150, 70), (120, 170, 80), None, (_GRASS,))
_SAND = Place((120, 176, 220), (150, 200, 226), (226, 204, 160), (_clouds,))

# The places of each class; every coat must stand out from one of them.
PLACES: dict[str, tuple[Place, ...]] = {
    "airplane": (_SKY, _DEEP_SKY, _OVERCAST, _DUSK, _RUNWAY),
    "automobile": (_ROAD, _STREET, _EVENING_ROAD, _DIRT, _MEADOW, _SNOW),
    "bird": (_SKY, _OVERCAST, _DUSK, _FOLIAGE, _PALE_LEAVES, _SNOW),
    "cat": (_BLUE_ROOM, _ROSE_ROOM, _CREAM_ROOM, _GREEN_ROOM, _LAWN),
    "deer": (_FOREST, _MIST, _SNOW, _MEADOW, _DUSK_FIELD),
    "dog": (_BLUE_ROOM, _CREAM_ROOM, _GREEN_ROOM, _LAWN, _SAND, _MEADOW),
    "frog": (_POND, _MUD, _SHORE, _STONE, _FALLEN_LEAVES, _PALE_LEAVES),
    "horse": (_MEADOW, _DIRT, _FOREST, _SNOW, _DUSK_FIELD, _SAND),
    "ship": (_SEA, _GREEN_SEA, _DUSK_SEA),
    "truck": (_ROAD, _STREET, _EVENING_ROAD, _DIRT, _MEADOW),
}
