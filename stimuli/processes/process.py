"""What every process does."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from stimuli.errors import StimulusError
from stimuli.mixing import Pixels, ProcessName
from stimuli.sources.endpoints import EndpointSource


class Rectangle(NamedTuple):
    """A part of an image, in its pixels; right and lower end not included."""

    x1: int
    y1: int
    x2: int
    y2: int

    @property
    def area(self) -> int:
        """In pixels."""
        return (self.x2 - self.x1) * (self.y2 - self.y1)

    def __str__(self) -> str:
        """Return the cell of a log or a manifest."""
        return " ".join(map(str, self))

    @classmethod
    def parse(cls, text: str) -> "Rectangle":
        """Return the rectangle that a cell states.

        Raises:
            StimulusError: it states none.
        """
        cells = text.split()
        if len(cells) == 4 and all(each.isascii() and each.isdigit() for each in cells):
            found = cls(*map(int, cells))
            if found.x1 <= found.x2 and found.y1 <= found.y2:
                return found
        raise StimulusError(
            f"box: must be four whole numbers, x1 y1 x2 y2, with x1 <= x2 and y1 <= y2; "
            f"got {text!r:.100}"
        )


@dataclass(frozen=True)
class ImageDescription:
    """What a log states of one image, beside its endpoints and lambda_f."""

    box: Rectangle | None = None  # where image j is; None where it is nowhere alone
    fingerprint: str | None = None  # of the image; None where its endpoints' are sufficient


class Process(Protocol):
    """How an image is made of two endpoints at lambda_f.

    Attributes:
        name: as in a protocol, and in the log's column `process`.
        source: where the endpoint images come from.
    """

    name: ProcessName
    source: EndpointSource

    def mix(self, images: tuple[int, int], lambda_f: float) -> Pixels:
        """Return the image, (image_size, image_size, 3) uint8.

        Args:
            images: the source's ids of image i and image j.
            lambda_f: share of image i, in [0, 1]; at 1 it is image i, at 0 image j.

        Raises:
            StimulusError: the source does not have it.
        """

    def describe(self, images: tuple[int, int], lambda_f: float) -> ImageDescription:
        """Return what a log states of the image; arguments and errors as of `mix`."""

    def check(self, images: tuple[int, int], lambdas: Sequence[float]) -> None:
        """Raise StimulusError where the process has not each of these images; quick."""
