"""The ten classes as coloured outlines in a frame of -1 to 1, x to the right and y down."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from numpy.random import Generator

Colour = tuple[int, int, int]
Point = tuple[float, float]

INK: Colour = (28, 26, 30)
WHITE: Colour = (246, 246, 242)
GLASS: Colour = (170, 212, 232)
TYRE: Colour = (34, 34, 38)
STEEL: Colour = (196, 200, 206)


@dataclass(frozen=True)
class Shape:
    """A filled outline."""

    colour: Colour
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Subject:
    """What a picture shows: its main colour, and its shapes from back to front, facing right."""

    coat: Colour
    shapes: tuple[Shape, ...]
    foot: float | None = None  # y where it stands on the ground; None if it does not


def between(rng: Generator, low: float, high: float) -> float:
    """Return a uniform draw; its arithmetic is the same on every machine."""
    return low + (high - low) * float(rng.random())


def pick(rng: Generator, *colours: Colour) -> Colour:
    """Return one of `colours`, each channel moved by up to 12 of 255."""
    colour = colours[int(rng.integers(len(colours)))]
    red, green, blue = (min(max(c + int(rng.integers(-12, 13)), 0), 255) for c in colour)
    return red, green, blue


def shade(colour: Colour, share: float) -> Colour:
    """Return `colour` moved towards white (share > 0) or black (share < 0)."""
    goal = 255 if share > 0 else 0
    red, green, blue = (round(c + (goal - c) * abs(share)) for c in colour)
    return red, green, blue


def _points(flat: tuple[float, ...]) -> list[Point]:
    return list(zip(flat[::2], flat[1::2], strict=True))


def _unit_circle(steps: int) -> tuple[Point, ...]:
    # Rational points of the circle: sin and cos may differ in the last bit between machines.
    quarter = []
    for step in range(steps):
        t = step / steps
        quarter.append(((1 - t * t) / (1 + t * t), 2 * t / (1 + t * t)))
    half = quarter + [(-y, x) for x, y in quarter]
    return tuple(half + [(-x, -y) for x, y in half])


_CIRCLE = _unit_circle(6)


def _curve(points: list[Point]) -> list[Point]:
    """Return the Catmull-Rom curve from the second to the last point but one, 3 steps a knot."""
    smooth: list[Point] = []
    for (ax, ay), (bx, by), (cx, cy), (dx, dy) in zip(
        points, points[1:], points[2:], points[3:], strict=False
    ):
        for t in (0.0, 1 / 3, 2 / 3):
            a, b = ((2 - t) * t - 1) * t / 2, ((3 * t - 5) * t * t + 2) / 2
            c, d = ((4 - 3 * t) * t + 1) * t / 2, (t - 1) * t * t / 2
            smooth.append((a * ax + b * bx + c * cx + d * dx, a * ay + b * by + c * cy + d * dy))
    return smooth


def poly(colour: Colour, *flat: float) -> Shape:
    """Return the polygon through x0, y0, x1, y1, ..."""
    return Shape(colour, tuple(_points(flat)))


def blob(colour: Colour, *flat: float) -> Shape:
    """Return the smooth closed curve through x0, y0, x1, y1, ..."""
    points = _points(flat)
    return Shape(colour, tuple(_curve([points[-1], *points, *points[:2]])))


def oval(colour: Colour, x: float, y: float, rx: float, ry: float | None = None) -> Shape:
    """Return the upright ellipse about (x, y), a circle if `ry` is left out."""
    tall = rx if ry is None else ry
    return Shape(colour, tuple((x + rx * u, y + tall * v) for u, v in _CIRCLE))


def limb(colour: Colour, start: float, end: float, *flat: float) -> Shape:
    """Return a smooth ribbon through x0, y0, x1, y1, ..., `start` wide at first, `end` at last."""
    knots = _points(flat)
    path = [*_curve([knots[0], *knots, knots[-1]]), knots[-1]]
    left: list[Point] = []
    right: list[Point] = []
    for index, (x, y) in enumerate(path):
        (ax, ay), (bx, by) = path[max(index - 1, 0)], path[min(index + 1, len(path) - 1)]
        half = (start + (end - start) * index / (len(path) - 1)) / 2
        scale = half / math.sqrt((bx - ax) ** 2 + (by - ay) ** 2)
        left.append((x - (by - ay) * scale, y + (bx - ax) * scale))
        right.append((x + (by - ay) * scale, y - (bx - ax) * scale))
    return Shape(colour, (*left, *reversed(right)))


def _mirrored(shape: Shape) -> Shape:
    return Shape(shape.colour, tuple((-x, y) for x, y in shape.points))


def _both(*shapes: Shape) -> list[Shape]:
    return [side for shape in shapes for side in (shape, _mirrored(shape))]


def _wheel(x: float, y: float, radius: float) -> list[Shape]:
    return [oval(TYRE, x, y, radius), oval(STEEL, x, y, radius * 0.5)]


# A row of coordinates is read as a row.
# fmt: off


def airplane(rng: Generator) -> Subject:
    """An airliner from slightly above: fuselage, swept wings, tail fin in the airline's colour."""
    coat = pick(rng, WHITE, (226, 230, 236), (205, 210, 218), (244, 236, 220))
    trim = pick(rng, (196, 30, 44), (24, 60, 150), (230, 120, 20), (10, 120, 110), (90, 40, 130))
    sweep, dark = between(rng, -0.08, 0.08), shade(coat, -0.28)
    near = poly(shade(coat, -0.16), 0.22, 0.06, -0.1 + sweep, 0.74, -0.34 + sweep, 0.74, -0.2, 0.06)
    windows = [oval((50, 70, 100), -0.42 + 0.16 * step, -0.03, 0.045) for step in range(7)]
    shapes = [
        poly(dark, 0.2, -0.06, -0.02 + sweep, -0.5, -0.2 + sweep, -0.5, -0.14, -0.06),
        poly(dark, -0.62, -0.04, -0.82, -0.2, -0.94, -0.2, -0.84, -0.02),
        poly(trim, -0.5, -0.1, -0.86, -0.62, -1.02, -0.62, -0.9, -0.04),
        blob(coat, 1, 0.04, 0.86, -0.1, 0.6, -0.17, -0.4, -0.15, -0.98, -0.08, -0.7, 0.08, -0.3,
             0.16, 0.6, 0.17, 0.9, 0.13),
        limb(trim, 0.06, 0.06, -0.8, 0.02, -0.3, 0.1, 0.4, 0.11, 0.9, 0.09),
        *windows,
        poly((44, 58, 84), 0.72, -0.11, 0.84, -0.08, 0.9, -0.01, 0.74, -0.02),
        blob(shade(trim, -0.2), 0.24, 0.26, 0.22, 0.38, -0.1, 0.4, -0.12, 0.26),
        near,
        poly(shade(coat, -0.2), -0.66, 0.0, -0.88, 0.26, -1.02, 0.26, -0.9, 0.0),
    ]
    return Subject(coat, tuple(shapes))


def automobile(rng: Generator) -> Subject:
    """A low car from the side: rounded roof, two windows, two wheels."""
    coat = pick(rng, (206, 32, 40), (28, 84, 190), (240, 190, 30), (40, 150, 90), (226, 230, 236),
         (240, 110, 30), (110, 50, 140))
    roof, tail = between(rng, -0.5, -0.4), between(rng, -0.64, -0.46)
    body = blob(coat, -1, 0.14, -0.96, -0.06, -0.6, -0.12, 0.4, -0.1, 0.82, -0.02, 1, 0.12, 0.99,
         0.3, 0.6, 0.34, -0.6, 0.34, -0.98, 0.3)
    cabin = blob(shade(coat, -0.12), -0.74, -0.02, tail, roof + 0.08, -0.2, roof, 0.12, roof + 0.04,
         0.56, -0.02, 0, 0.08)
    shapes = [
        cabin,
        blob(GLASS, -0.58, -0.1, tail + 0.1, roof + 0.13, -0.14, roof + 0.08, -0.13, -0.09),
        blob(GLASS, -0.02, -0.09, -0.02, roof + 0.08, 0.1, roof + 0.1, 0.38, -0.09),
        body,
        limb(shade(coat, 0.4), 0.05, 0.05, -0.9, -0.01, -0.3, -0.03, 0.3, -0.03, 0.76, 0.04),
        limb(shade(coat, -0.4), 0.04, 0.04, -0.07, -0.06, -0.09, 0.26),
        poly(shade(coat, -0.45), -0.98, 0.24, 0.99, 0.24, 0.94, 0.36, -0.94, 0.36),
        oval((255, 240, 170), 0.91, 0.11, 0.08, 0.07),
        oval((230, 40, 40), -0.95, 0.08, 0.05, 0.08),
        *_wheel(-0.56, 0.32, 0.24),
        *_wheel(0.56, 0.32, 0.24),
    ]
    return Subject(coat, tuple(shapes), foot=0.56)


def bird(rng: Generator) -> Subject:
    """A songbird on a branch: round head, beak, folded wing, long tail, thin legs."""
    coat = pick(rng, (40, 110, 200), (205, 50, 40), (240, 196, 40), (120, 90, 70), (60, 62, 72),
         (90, 160, 150))
    belly = pick(rng, (245, 235, 215), (240, 150, 70), shade(coat, 0.55))
    beak, lift = pick(rng, (245, 160, 30), (240, 190, 60)), between(rng, -0.1, 0.12)
    wood, dark = pick(rng, (96, 66, 44), (120, 86, 60)), shade(coat, -0.38)
    shapes = [
        limb(wood, 0.16, 0.11, -0.98, 0.86, -0.2, 0.8, 0.5, 0.84, 1, 0.74),
        limb((90, 60, 40), 0.07, 0.06, -0.06, 0.4, -0.02, 0.6, -0.02, 0.8),
        limb((90, 60, 40), 0.07, 0.06, 0.18, 0.4, 0.2, 0.6, 0.18, 0.8),
        poly(dark, -0.4, -0.02, -1, 0.4 + lift, -0.9, 0.56 + lift, -0.3, 0.36),
        poly(beak, 0.66, -0.64, 1, -0.46, 0.66, -0.36),
        blob(coat, 0.2, -0.62, 0.36, -0.82, 0.58, -0.82, 0.74, -0.62, 0.72, -0.36, 0.66, 0.06, 0.42,
             0.44, 0.02, 0.56, -0.32, 0.42, -0.56, 0.12, -0.4, -0.1, -0.04, -0.2),
        blob(belly, 0.66, -0.3, 0.64, 0.08, 0.4, 0.42, 0.04, 0.53, -0.16, 0.46, 0.2, 0.26, 0.42,
             -0.12),
        blob(dark, 0.22, -0.14, 0.26, 0.14, -0.1, 0.36, -0.7, 0.34, -0.44, 0.06, -0.12, -0.16),
        limb(shade(coat, 0.35), 0.05, 0.04, 0.14, 0.08, -0.14, 0.22, -0.46, 0.26),
        oval(WHITE, 0.53, -0.58, 0.12),
        oval(INK, 0.56, -0.58, 0.075),
    ]
    return Subject(coat, tuple(shapes))


def cat(rng: Generator) -> Subject:
    """A cat's face: round, pointed ears, slit pupils, stripes, whiskers."""
    coat = pick(rng, (226, 140, 60), (132, 132, 140), (62, 60, 66), (190, 160, 120),
         (236, 228, 214), (150, 112, 84), (96, 104, 122))
    iris = pick(rng, (150, 200, 60), (240, 200, 50), (90, 190, 200))
    stripe, look = shade(coat, -0.42), between(rng, -0.05, 0.05)
    muzzle, whisker = shade(coat, 0.6), WHITE if sum(coat) < 560 else (70, 60, 60)
    ear = between(rng, 0.9, 1.0)
    shapes = [
        blob(shade(coat, -0.15), -0.74, 1.7, -0.6, 0.9, -0.4, 0.5, 0, 0.4, 0.4, 0.5, 0.6, 0.9, 0.74,
             1.7),
        *_both(poly(coat, 0.78, -ear, 0.84, -0.1, 0.16, -0.42)),
        *_both(poly((236, 150, 150), 0.68, -ear + 0.22, 0.7, -0.3, 0.34, -0.46)),
        blob(coat, 0, -0.5, 0.5, -0.42, 0.84, -0.02, 0.82, 0.36, 0.46, 0.68, 0, 0.76, -0.46, 0.68,
             -0.82, 0.36, -0.84, -0.02, -0.5, -0.42),
        limb(stripe, 0.1, 0.05, 0, -0.48, 0, -0.2),
        *_both(limb(stripe, 0.1, 0.05, 0.22, -0.46, 0.17, -0.24)),
        *_both(limb(stripe, 0.09, 0.04, 0.84, 0.1, 0.6, 0.16)),
        *_both(oval(muzzle, 0.17, 0.42, 0.24, 0.19)),
        *_both(oval(INK, 0.38, 0.02, 0.21, 0.19)),
        *_both(oval(iris, 0.38, 0.02, 0.17, 0.15)),
        *(oval(INK, side * 0.38 + look, 0.02, 0.055, 0.15) for side in (-1, 1)),
        poly((226, 110, 120), -0.11, 0.24, 0.11, 0.24, 0, 0.36),
        *_both(limb(INK, 0.05, 0.04, 0, 0.36, 0.06, 0.5, 0.2, 0.52)),
        *_both(limb(whisker, 0.05, 0.035, 0.3, 0.38, 1, 0.22), limb(whisker, 0.05, 0.035, 0.3, 0.46,
             1, 0.54)),
    ]
    return Subject(coat, tuple(shapes))


def deer(rng: Generator) -> Subject:
    """A stag from the side: branching antlers, slender legs, pale spots, short white tail."""
    coat = pick(rng, (176, 112, 60), (150, 96, 56), (196, 136, 80))
    horn = pick(rng, (236, 216, 176), (92, 62, 42), (70, 48, 36))
    far, pale, step = shade(coat, -0.3), shade(coat, 0.65), between(rng, -0.1, 0.1)
    spots = [
        oval(pale, x, y, 0.045)
        for x, y in ((-0.42, 0.0), (-0.22, 0.05), (-0.02, 0.0), (-0.32, 0.13))
    ]
    antler = [
        limb(horn, 0.1, 0.06, 0.42, -0.46, 0.2, -0.66, 0.22, -1),
        limb(horn, 0.07, 0.05, 0.22, -0.72, 0, -0.86),
        limb(horn, 0.07, 0.05, 0.28, -0.6, 0.06, -0.62),
        limb(horn, 0.1, 0.06, 0.5, -0.48, 0.66, -0.7, 0.6, -1),
        limb(horn, 0.07, 0.05, 0.64, -0.74, 0.86, -0.9),
        limb(horn, 0.07, 0.05, 0.6, -0.62, 0.86, -0.68),
    ]
    shapes = [
        limb(far, 0.12, 0.06, -0.48, 0.2, -0.42 - step, 0.5, -0.46 - step, 0.98),
        limb(far, 0.12, 0.06, 0.22, 0.2, 0.24 + step, 0.5, 0.22 + step, 0.98),
        blob(WHITE, -0.6, -0.1, -0.78, -0.12, -0.76, 0.12, -0.6, 0.12),
        *antler,
        blob(coat, -0.66, 0.0, -0.4, -0.14, 0.06, -0.1, 0.2, -0.2, 0.34, -0.42, 0.56, -0.4, 0.46,
             -0.08, 0.36, 0.2, 0.1, 0.3, -0.3, 0.26, -0.6, 0.26),
        blob(pale, 0.24, 0.26, -0.3, 0.26, 0.0, 0.32),
        blob(coat, 0.34, -0.46, 0.5, -0.52, 0.66, -0.42, 0.9, -0.26, 0.86, -0.16, 0.6, -0.2, 0.38,
             -0.28),
        blob(far, 0.4, -0.44, 0.2, -0.52, 0.1, -0.42, 0.26, -0.36),
        blob(INK, 0.94, -0.28, 0.94, -0.18, 0.84, -0.18, 0.84, -0.28),
        oval(INK, 0.58, -0.37, 0.05),
        limb(coat, 0.16, 0.07, -0.56, 0.16, -0.6 + step, 0.5, -0.58 + step, 0.98),
        limb(coat, 0.14, 0.07, 0.3, 0.16, 0.36 - step, 0.5, 0.36 - step, 0.98),
        *spots,
    ]
    return Subject(coat, tuple(shapes), foot=0.96)


def dog(rng: Generator) -> Subject:
    """A dog's face: hanging ears, long pale snout, big nose, tongue out."""
    coat = pick(rng, (196, 140, 76), (120, 76, 46), (224, 190, 130), (58, 52, 52), (236, 232, 224))
    ear = shade(coat, -0.42) if sum(coat) > 240 else (104, 70, 48)
    muzzle, look = shade(coat, 0.62), between(rng, -0.05, 0.05)
    drop, tongue = between(rng, 0.4, 0.56), between(rng, 0.9, 1.0)
    collar = pick(rng, (210, 40, 50), (40, 100, 200), (30, 150, 90))
    shapes = [
        blob(shade(coat, -0.15), -0.8, 1.7, -0.62, 0.96, -0.4, 0.6, 0, 0.4, 0.4, 0.6, 0.62, 0.96,
             0.8, 1.7),
        limb(collar, 0.14, 0.14, -0.52, 0.76, 0, 0.92, 0.52, 0.76),
        blob(coat, 0, -0.86, 0.36, -0.78, 0.58, -0.46, 0.54, 0.0, 0.4, 0.36, 0.3, 0.62, 0, 0.74,
             -0.3, 0.62, -0.4, 0.36, -0.54, 0.0, -0.58, -0.46, -0.36, -0.78),
        *_both(blob(ear, 0.34, -0.78, 0.64, -0.74, 0.9, -0.3, 0.94, drop - 0.16, 0.74, drop, 0.58,
             0.1, 0.54, -0.4)),
        blob(muzzle, -0.1, -0.84, 0.1, -0.84, 0.09, -0.2, 0.34, 0.12, 0.38, 0.46, 0.2, 0.66, -0.2,
             0.66, -0.38, 0.46, -0.34, 0.12, -0.09, -0.2),
        blob((236, 100, 120), -0.15, 0.52, 0.15, 0.52, 0.16, tongue - 0.1, 0, tongue, -0.16, tongue
             - 0.1),
        limb((190, 60, 86), 0.04, 0.03, 0, 0.58, 0, tongue - 0.1),
        *_both(limb(INK, 0.06, 0.05, 0, 0.42, 0.1, 0.54, 0.3, 0.5)),
        limb(INK, 0.05, 0.05, 0, 0.24, 0, 0.46),
        blob(INK, -0.22, 0.1, 0, 0.04, 0.22, 0.1, 0.14, 0.26, 0, 0.32, -0.14, 0.26),
        oval((130, 130, 136), -0.06, 0.12, 0.07, 0.035),
        *_both(oval(shade(coat, 0.7), 0.29, -0.28, 0.14, 0.13)),
        *(oval(INK, side * 0.29 + look, -0.27, 0.1) for side in (-1, 1)),
        *(oval(WHITE, side * 0.29 + look + 0.03, -0.31, 0.035) for side in (-1, 1)),
    ]
    return Subject(coat, tuple(shapes))


def frog(rng: Generator) -> Subject:
    """A crouching frog from the front: eyes on top, wide mouth, folded legs, webbed toes."""
    coat = pick(rng, (96, 176, 50), (60, 150, 70), (140, 190, 40), (40, 160, 110))
    belly, dark = pick(rng, (226, 232, 160), (240, 236, 190)), shade(coat, -0.3)
    iris, smile = pick(rng, (250, 210, 60), (240, 150, 40)), between(rng, 0.02, 0.12)
    toes = [limb(dark, 0.1, 0.08, 0.62, 0.74, x, 0.9) for x in (0.5, 0.76, 1.0)]
    shapes = [
        *_both(blob(dark, 0.5, 0.1, 0.86, 0.02, 1, 0.36, 0.9, 0.72, 0.56, 0.78, 0.4, 0.5)),
        *_both(*toes),
        blob(coat, 0, -0.46, 0.5, -0.4, 0.8, -0.06, 0.76, 0.26, 0.64, 0.6, 0.3, 0.78, -0.3, 0.78,
             -0.64, 0.6, -0.76, 0.26, -0.8, -0.06, -0.5, -0.4),
        blob(belly, 0, 0.24, 0.42, 0.24, 0.44, 0.56, 0.2, 0.74, -0.2, 0.74, -0.44, 0.56, -0.42,
             0.24),
        *_both(limb(coat, 0.2, 0.14, 0.5, 0.36, 0.36, 0.62, 0.3, 0.82)),
        *_both(*(limb(coat, 0.09, 0.07, 0.3, 0.78, x, 0.94) for x in (0.12, 0.3, 0.48))),
        *_both(oval(coat, 0.46, -0.5, 0.3, 0.29)),
        *_both(oval(iris, 0.47, -0.53, 0.21)),
        *_both(oval(INK, 0.47, -0.53, 0.14, 0.1)),
        limb(shade(coat, -0.65), 0.08, 0.08, -0.7, -0.02, -0.4, smile + 0.04, 0, smile + 0.08, 0.4,
             smile + 0.04, 0.7, -0.02),
        *_both(oval(shade(coat, -0.6), 0.09, -0.2, 0.035)),
        *(oval(dark, x, y, r) for x, y, r in ((-0.3, -0.2, 0.06), (0.34, -0.14, 0.07), (0.02, -0.36,
             0.06))),
    ]
    return Subject(coat, tuple(shapes), foot=0.9)


def horse(rng: Generator) -> Subject:
    """A horse from the side: long head, mane along the neck, long tail, strong legs."""
    coat = pick(rng, (122, 66, 36), (160, 92, 48), (70, 50, 42), (226, 222, 214), (150, 146, 144))
    mane = (pick(rng, (40, 30, 28), (238, 214, 160)) if sum(coat) < 560 else pick(rng, (120, 110,
         104)))
    far, step, tail = shade(coat, -0.3), between(rng, -0.14, 0.14), between(rng, -0.1, 0.06)
    hoof = (44, 38, 36)

    def leg(colour: Colour, x: float, foot: float) -> list[Shape]:
        return [
            limb(colour, 0.26, 0.07, x, 0.06, x + foot * 0.4, 0.46, x + foot, 0.92),
            poly(hoof, x + foot - 0.07, 0.88, x + foot + 0.07, 0.88, x + foot + 0.1, 1, x + foot -
                 0.09, 1),
        ]

    shapes = [
        *leg(far, -0.4, -step),
        *leg(far, 0.24, step + 0.06),
        limb(mane, 0.14, 0.16, -0.6, -0.16, -0.84, -0.06, -0.92 + tail, 0.26, -0.92 + tail, 0.7),
        poly(far, 0.46, -0.74, 0.45, -0.99, 0.57, -0.78),
        blob(coat, -0.7, 0.02, -0.56, -0.2, -0.2, -0.2, 0.12, -0.22, 0.3, -0.46, 0.42, -0.76, 0.56,
             -0.84, 0.66, -0.6, 0.56, -0.2, 0.5, 0.08, 0.3, 0.22, -0.06, 0.24, -0.4, 0.16, -0.62,
             0.2),
        blob(coat, 0.44, -0.78, 0.6, -0.86, 0.76, -0.66, 0.98, -0.4, 0.94, -0.26, 0.8, -0.28, 0.6,
             -0.46),
        blob(shade(coat, -0.35), 0.98, -0.42, 0.96, -0.25, 0.84, -0.25, 0.86, -0.42),
        poly(coat, 0.52, -0.78, 0.56, -1, 0.66, -0.76),
        blob(mane, 0.6, -0.9, 0.42, -0.88, 0.24, -0.56, 0.04, -0.26, 0.1, -0.08, 0.28, -0.26, 0.42,
             -0.5, 0.5, -0.7),
        oval(INK, 0.68, -0.62, 0.045),
        *leg(coat, -0.54, step),
        *leg(coat, 0.36, -step),
    ]
    return Subject(coat, tuple(shapes), foot=0.98)


def ship(rng: Generator) -> Subject:
    """A steamer from the side: hull with a raised bow, white decks, funnels with smoke, foam."""
    coat = pick(rng, (30, 40, 70), (150, 30, 36), (40, 44, 48), (20, 90, 80))
    trim = pick(rng, (220, 50, 40), (245, 170, 40), (30, 80, 160))
    deck, foam = pick(rng, WHITE, (240, 226, 200)), pick(rng, (190, 216, 230))
    funnels, smoke = int(rng.integers(1, 4)), pick(rng, (216, 216, 218), (150, 150, 154))
    stacks = []
    for x in (-0.16 - 0.28 * (funnels - 1) / 2 + 0.28 * index for index in range(funnels)):
        stacks += [
            oval(smoke, x - 0.14, -0.84, 0.12, 0.09),
            poly(trim, x - 0.09, -0.76, x + 0.09, -0.76, x + 0.09, -0.3, x - 0.09, -0.3),
            poly(INK, x - 0.09, -0.78, x + 0.09, -0.78, x + 0.09, -0.66, x - 0.09, -0.66),
        ]
    ports = [oval((60, 80, 104), -0.6 + 0.18 * index, -0.02, 0.05) for index in range(7)]
    shapes = [
        limb((90, 84, 80), 0.04, 0.03, 0.62, 0.1, 0.62, -0.7),
        poly(trim, 0.6, -0.7, 0.36, -0.62, 0.6, -0.54),
        *stacks,
        poly(deck, -0.52, -0.42, 0.34, -0.42, 0.42, -0.14, -0.56, -0.14),
        poly(shade(deck, -0.1), -0.74, -0.16, 0.56, -0.16, 0.62, 0.14, -0.78, 0.14),
        *(poly((60, 80, 104), x, -0.34, x + 0.1, -0.34, x + 0.1, -0.24, x, -0.24) for x in (-0.42,
             -0.22, -0.02, 0.18)),
        *ports,
        blob(coat, -0.98, 0.08, -0.2, 0.14, 0.6, 0.1, 1, -0.1, 0.9, 0.24, 0.74, 0.6, 0, 0.64, -0.8,
             0.6, -0.94, 0.3),
        limb(WHITE, 0.05, 0.05, -0.92, 0.2, 0, 0.24, 0.6, 0.2, 0.9, 0.1),
        poly(shade(trim, -0.15), -0.86, 0.46, 0.82, 0.46, 0.72, 0.64, -0.8, 0.64),
        *(oval(foam, -0.9 + 0.2 * k, 0.65, 0.15, 0.05 + 0.02 * (k % 2)) for k in range(10)),
    ]
    return Subject(coat, tuple(shapes))


def truck(rng: Generator) -> Subject:
    """A box truck from the side: tall cargo box, cab with an upright windscreen, three wheels."""
    coat = pick(rng, (236, 236, 232), (230, 170, 60), (70, 130, 180), (190, 60, 50), (110, 160, 90))
    cab = pick(rng, (200, 36, 40), (30, 80, 170), (240, 180, 30), (40, 130, 90), (235, 235, 235))
    stripe, top = pick(rng, cab, (40, 60, 110), (220, 90, 40)), between(rng, -0.76, -0.62)
    shapes = [
        poly((60, 60, 66), -0.98, 0.34, 0.98, 0.34, 0.98, 0.48, -0.98, 0.48),
        poly(coat, -1, top, 0.38, top, 0.38, 0.38, -1, 0.38),
        poly(shade(coat, 0.45), -1, top, 0.38, top, 0.38, top + 0.08, -1, top + 0.08),
        *(poly(shade(coat, -0.2), x, top + 0.08, x + 0.04, top + 0.08, x + 0.04, 0.38, x, 0.38) for
             x in (-0.68, -0.34, 0.0)),
        poly(stripe, -1, -0.1, 0.38, -0.1, 0.38, 0.1, -1, 0.1),
        poly(cab, 0.44, -0.34, 0.78, -0.34, 0.9, 0.0, 1, 0.06, 1, 0.42, 0.44, 0.42),
        poly(GLASS, 0.54, -0.24, 0.74, -0.24, 0.84, 0.02, 0.54, 0.02),
        limb(shade(cab, -0.4), 0.04, 0.04, 0.52, 0.06, 0.52, 0.4),
        oval((255, 240, 170), 0.95, 0.24, 0.06),
        *_wheel(-0.72, 0.46, 0.22),
        *_wheel(-0.24, 0.46, 0.22),
        *_wheel(0.68, 0.46, 0.22),
    ]
    return Subject(coat, tuple(shapes), foot=0.68)


# fmt: on

PAINTERS: dict[str, Callable[[Generator], Subject]] = {
    "airplane": airplane,
    "automobile": automobile,
    "bird": bird,
    "cat": cat,
    "deer": deer,
    "dog": dog,
    "frog": frog,
    "horse": horse,
    "ship": ship,
    "truck": truck,
}
