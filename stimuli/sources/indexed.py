"""What the endpoint sources share: classes, and images that are listed one by one."""

import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from stimuli.errors import StimulusError
from stimuli.limits import MAX_IMAGE_SIDE


def check_size(source: str, image_size: int) -> None:
    """Raise StimulusError unless `image_size` is a side in pixels that an image can have."""
    if image_size < 1:
        raise StimulusError(f"{source}: image_size must be at least 1 pixel, got {image_size}")
    if image_size > MAX_IMAGE_SIDE:
        raise StimulusError(
            f"{source}: image_size must be at most {MAX_IMAGE_SIDE} pixels, got {image_size}"
        )


def same_form(class_name: str) -> str:
    """Return a class's name in the Unicode form that all names are compared in, NFC."""
    return unicodedata.normalize("NFC", class_name)


def class_index(source: str, classes: tuple[str, ...], class_name: str) -> int:
    """Return where `class_name` stands in `classes`; StimulusError names them if it does not."""
    class_name = same_form(class_name)
    if class_name not in classes:
        known = ", ".join(classes)
        raise StimulusError(f"{source}: class must be one of {known}; got {class_name!r}")
    return classes.index(class_name)


class IndexedSource:
    """Endpoint images numbered 0..N-1, each with a class.

    Attributes:
        name: the source's name in the log.
        image_size: side in pixels.
        classes: alphabetical (by code point, as `sorted` does).
        labels: (N,) int64, index into `classes` of each image.
    """

    def __init__(
        self, name: str, image_size: int, classes: tuple[str, ...], labels: NDArray[np.int64]
    ) -> None:
        check_size(name, image_size)
        self.name = name
        self.image_size = image_size
        self.classes = classes
        self.labels = labels
        self._of_class: dict[str, NDArray[np.int64]] = {}

    def count(self, class_name: str) -> int:
        """Return how many images the class has."""
        return int(self._ids(class_name).size)

    def image_id(self, class_name: str, instance: int) -> int:
        """Return the id of the `instance`-th image of a class, counted from 0."""
        ids = self._ids(class_name)
        if not 0 <= instance < ids.size:
            raise StimulusError(
                f"{self.name}: {class_name} has {ids.size} images, numbered from 0; got {instance}"
            )
        return int(ids[instance])

    def class_of(self, image_id: int) -> str:
        """Return the name of the class that the image shows."""
        return self.classes[int(self.labels[self._checked(image_id)])]

    def pairs(self, _class_i: str, _class_j: str) -> Sequence[tuple[int, int]] | None:
        """Return None: any two images make a pair."""
        return None

    def _checked(self, image_id: int) -> int:
        if not 0 <= image_id < self.labels.size:
            last = self.labels.size - 1
            raise StimulusError(f"{self.name}: image id must be 0 to {last}, got {image_id}")
        return image_id

    def _ids(self, class_name: str) -> NDArray[np.int64]:
        if class_name not in self._of_class:
            index = class_index(self.name, self.classes, class_name)
            self._of_class[class_name] = np.flatnonzero(self.labels == index)
        return self._of_class[class_name]
