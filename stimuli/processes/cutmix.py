"""CutMix: a rectangle of image j in image i.

The rectangles of a pair grow around one place as lambda_f falls, each holding the one before, so
that the mixes of a pair are a continuum from image i to image j.
"""

from collections.abc import Sequence
from math import floor, isqrt

import numpy as np

from stimuli.errors import StimulusError
from stimuli.mixing import Pixels, ProcessName
from stimuli.processes.process import ImageDescription, Rectangle
from stimuli.sources.endpoints import EndpointSource

_PLACE = 4  # what the seed is used for; `stimuli.sets` has 0 to 3


class CutmixProcess:
    """A rectangle of image j in image i, its place drawn from the seed; see `Process`."""

    name: ProcessName = "cutmix"

    def __init__(self, source: EndpointSource, seed: int = 0) -> None:
        self.source = source
        self._seed = seed
        self._places: dict[tuple[int, int], tuple[float, float]] = {}  # of each pair

    def mix(self, images: tuple[int, int], lambda_f: float) -> Pixels:
        """Return image i with the rectangle of image j in it."""
        image_i, image_j = map(self.source.image, images)
        return paste(image_i, image_j, self._box(images, lambda_f))

    def describe(self, images: tuple[int, int], lambda_f: float) -> ImageDescription:
        """Return the rectangle."""
        return ImageDescription(box=self._box(images, lambda_f))

    def check(self, images: tuple[int, int], lambdas: Sequence[float]) -> None:
        """Do nothing: any two images can be mixed at any lambda_f."""

    def _box(self, images: tuple[int, int], lambda_f: float) -> Rectangle:
        if images not in self._places:
            across, down = np.random.default_rng([self._seed, _PLACE, *images]).random(2).tolist()
            self._places[images] = (across, down)
        return find_box(self.source.image_size, lambda_f, self._places[images])


def find_box(side: int, lambda_f: float, place: tuple[float, float]) -> Rectangle:
    """Return the rectangle of image j.

    Of n x n and (n + 1) x n pixels it has the area nearest to (1 - lambda_f) of the image: within
    side / 2 pixels. For one place, a smaller lambda_f gives a rectangle that holds the others.

    Args:
        side: of the image, px.
        lambda_f: share of image i, in [0, 1].
        place: from left and from top, in [0, 1): the point that all rectangles hold, as far as
            whole pixels can.

    Raises:
        ValueError: lambda_f lies outside [0, 1].
    """
    if not 0 <= lambda_f <= 1:
        raise ValueError(f"cutmix: lambda_f must lie in [0, 1], got {lambda_f}")
    width, height = _find_size(side, lambda_f)
    x1, y1 = (
        floor(share * (side - length) + 0.5)
        for share, length in zip(place, (width, height), strict=True)
    )
    return Rectangle(x1, y1, x1 + width, y1 + height)


def paste(image_i: Pixels, image_j: Pixels, box: Rectangle) -> Pixels:
    """Return image i with image j inside the box; every pixel is one of either image.

    Args:
        image_i: (H, W, 3) uint8.
        image_j: the same shape.
        box: in pixels of the images.

    Raises:
        StimulusError: the box does not lie in the images.
    """
    height, width = image_i.shape[:2]
    if not (0 <= box.x1 <= box.x2 <= width and 0 <= box.y1 <= box.y2 <= height):
        raise StimulusError(f"box: must lie in an image of {width}x{height} pixels, got {box}")
    pasted = image_i.copy()
    rows, columns = slice(box.y1, box.y2), slice(box.x1, box.x2)
    pasted[rows, columns] = image_j[rows, columns]
    return pasted


def _find_size(side: int, lambda_f: float) -> tuple[int, int]:
    """Return the width and height of the rectangle, px."""
    wanted = (1 - lambda_f) * side * side
    short = isqrt(floor(wanted))
    sizes = [(short, short), (short + 1, short), (short + 1, short + 1)]
    fitting = [(width, height) for width, height in sizes if max(width, height) <= side]
    return min(fitting, key=lambda size: abs(size[0] * size[1] - wanted))
