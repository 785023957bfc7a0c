"""Endpoint images made for tests: noise, of as many classes as a test says."""

import numpy as np
from numpy.typing import NDArray

from stimuli.sources.indexed import IndexedSource


class Noise(IndexedSource):
    """A source of 2 x 2 pixels; image n is the same noise every time, and unlike any other."""

    def __init__(self, names: tuple[str, ...], each: int, name: str = "folder") -> None:
        super().__init__(name, 2, names, np.repeat(np.arange(len(names)), each))
        self.changed: set[int] = set()  # images that are not what they were

    def image(self, image_id: int) -> NDArray[np.uint8]:
        rng = np.random.default_rng([image_id, self._checked(image_id) in self.changed])
        return rng.integers(0, 256, (2, 2, 3), dtype=np.uint8)
