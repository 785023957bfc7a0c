"""Endpoint images that are the end frames of continua, and the frames between them."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stimuli.errors import StimulusError
from stimuli.mixing import Pixels, fingerprint
from stimuli.sources.continua import (
    Continuum,
    list_continua,
    list_shares,
    measure_frames,
    round_share,
)
from stimuli.sources.folder import load_image
from stimuli.sources.indexed import IndexedSource

_CACHE_BYTES = 256 << 20  # of pixels kept in memory


class FrameFolder(IndexedSource):
    """The frames of a folder: one folder for every two classes, in it one folder a continuum.

    Its endpoint images are the end frames: continuum k, in the order of `list_continua`, has image
    2k, which is of class i (lambda_f 1), and image 2k + 1, of class j (lambda_f 0). Only these two
    make a pair. Frames are shown as they are, never scaled; of frames that are not square, the
    largest square at the centre.

    Attributes:
        continua: in order.
    """

    def __init__(self, path: Path, image_size: int = 32) -> None:
        """List the frames and read the head of each; pixels are read when they are asked for.

        Raises:
            StimulusError: one line with folder and frame, see `list_continua` and
                `measure_frames`; or image_size is not the frames' side.
        """
        self.continua: tuple[Continuum, ...] = list_continua(path)
        side = min(measure_frames(self.continua))
        if image_size != side:
            raise StimulusError(
                f"{path}: image_size must be {side}, the side of its frames in pixels, as they "
                f"are never scaled; got {image_size}"
            )
        names = [name for each in self.continua for name in (each.class_i, each.class_j)]
        classes = tuple(sorted(set(names)))
        labels = np.array([classes.index(name) for name in names], dtype=np.int64)
        super().__init__("frames", image_size, classes, labels)
        most = max(16, _CACHE_BYTES // (3 * side * side))
        self._read = lru_cache(maxsize=most)(self._load)
        self._fingerprints: dict[Path, str] = {}  # of each frame that was read
        self._pairs: dict[tuple[str, str], list[tuple[int, int]]] = {}
        for k, each in enumerate(self.continua):
            ends = self._pairs.setdefault((each.class_i, each.class_j), [])
            ends.append((2 * k, 2 * k + 1))

    def pairs(self, class_i: str, class_j: str) -> Sequence[tuple[int, int]]:
        """Return the ids of both end frames of each continuum of two classes."""
        backward = [(j, i) for i, j in self._pairs.get((class_j, class_i), [])]
        return self._pairs.get((class_i, class_j), []) + backward

    def image(self, image_id: int) -> NDArray[np.uint8]:
        """Return the pixels of an end frame, (image_size, image_size, 3) uint8."""
        number, side = divmod(self._checked(image_id), 2)
        return self._read(self.continua[number].ends[side]).copy()

    def frame(self, images: tuple[int, int], lambda_f: float) -> Pixels:
        """Return the frame of two end frames at lambda_f, (image_size, image_size, 3) uint8.

        Args:
            images: the ids of image i and image j.
            lambda_f: share of image i, in [0, 1].

        Raises:
            StimulusError: there is no such frame, or it is not what it was when first read.
        """
        return self._read(self.find_frame(images, lambda_f)).copy()

    def fingerprint(self, images: tuple[int, int], lambda_f: float) -> str:
        """Return the fingerprint of the frame of two end frames at lambda_f.

        Raises:
            StimulusError: there is no such frame, or it cannot be shown.
        """
        file = self.find_frame(images, lambda_f)
        if file not in self._fingerprints:
            self._read(file)
        return self._fingerprints[file]

    def find_frame(self, images: tuple[int, int], lambda_f: float) -> Path:
        """Return the file of the frame of two end frames at lambda_f; never one beside it.

        Raises:
            StimulusError: the images are not of one continuum, or it has no such frame.
        """
        self.check(images, [lambda_f])
        continuum, forward = self._find_continuum(images)
        return continuum.frames[round_share(lambda_f if forward else 1 - lambda_f)]

    def check(self, images: tuple[int, int], lambdas: Sequence[float]) -> None:
        """Raise StimulusError where the continuum of two end frames lacks a frame; quick."""
        continuum, forward = self._find_continuum(images)
        shares = {round_share(each if forward else 1 - each) for each in lambdas}
        missing = sorted(shares - set(continuum.frames))
        if missing:
            raise StimulusError(
                f"{continuum.folder}: must have a frame at each lambda_f that is asked for, none "
                f"at {', '.join(f'{each:g}' for each in missing)}; got "
                f"{list_shares(continuum.frames)}"
            )

    def _find_continuum(self, images: tuple[int, int]) -> tuple[Continuum, bool]:
        """Return the continuum of two end frames, and whether image i is its class i."""
        image_i, image_j = (self._checked(image) for image in images)
        if image_i // 2 != image_j // 2 or image_i == image_j:
            raise StimulusError(
                f"frames: two images must be the end frames of one continuum, got {image_i} of "
                f"{self.continua[image_i // 2].folder} and {image_j} of "
                f"{self.continua[image_j // 2].folder}"
            )
        return self.continua[image_i // 2], image_i < image_j

    def _load(self, file: Path) -> Pixels:
        pixels = load_image(file, self.image_size)
        came = fingerprint(pixels)
        if self._fingerprints.setdefault(file, came) != came:
            raise StimulusError(f"{file}: was changed while it was in use; restore the frame")
        return pixels
