"""Where endpoint images come from: drawn pictograms, CIFAR-10, or a folder of class folders."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from stimuli.errors import StimulusError
from stimuli.mixing import ProcessName
from stimuli.sources import pictograms
from stimuli.sources.cifar10 import Cifar10, find_cifar10
from stimuli.sources.cifar10_download import fetch_cifar10
from stimuli.sources.folder import Folder
from stimuli.sources.frames import FrameFolder
from stimuli.sources.indexed import check_size, class_index


class EndpointSource(Protocol):
    """Unmixed images, each of one class, found again by its id.

    Attributes:
        name: "pictograms", "cifar10" or "folder"; the log's source column.
        image_size: side in pixels.
        classes: alphabetical.
    """

    name: str
    image_size: int
    classes: tuple[str, ...]

    def count(self, class_name: str) -> int | None:
        """Return how many images the class has, None for as many as you like."""

    def image_id(self, class_name: str, instance: int) -> int:
        """Return the id of the `instance`-th image of the class, counted from 0."""

    def class_of(self, image_id: int) -> str:
        """Return the class of an image."""

    def image(self, image_id: int) -> NDArray[np.uint8]:
        """Return the image's pixels, (image_size, image_size, 3), the caller's to change."""

    def pairs(self, class_i: str, class_j: str) -> Sequence[tuple[int, int]] | None:
        """Return the ids of images i and j of each pair that there is; None where any two are."""


class Pictograms:
    """The embedded set: any number of drawings of each class; see `stimuli.sources.pictograms`.

    An id is `instance * number of classes + class index`, so every id from 0 on has an image.
    """

    def __init__(self, image_size: int = 32) -> None:
        check_size("pictograms", image_size)
        pictograms.draw(pictograms.CLASSES[0], 0, image_size)  # tells now of a size it cannot draw
        self.name = "pictograms"
        self.image_size = image_size
        self.classes: tuple[str, ...] = pictograms.CLASSES
        self._drawn: dict[int, NDArray[np.uint8]] = {}  # drawing takes more than a millisecond

    def count(self, class_name: str) -> None:
        """Return None: a class has as many images as you like."""
        class_index(self.name, self.classes, class_name)

    def image_id(self, class_name: str, instance: int) -> int:
        """Return the id of the `instance`-th drawing of the class, counted from 0."""
        if instance < 0:
            raise StimulusError(f"{self.name}: instances are numbered from 0, got {instance}")
        return instance * len(self.classes) + class_index(self.name, self.classes, class_name)

    def class_of(self, image_id: int) -> str:
        """Return the class that the drawing shows."""
        return self.classes[self._checked(image_id) % len(self.classes)]

    def image(self, image_id: int) -> NDArray[np.uint8]:
        """Return the drawing, (image_size, image_size, 3) uint8."""
        if image_id not in self._drawn:
            instance = self._checked(image_id) // len(self.classes)
            drawn = pictograms.draw(self.class_of(image_id), instance, self.image_size)
            self._drawn[image_id] = drawn
        return self._drawn[image_id].copy()

    def pairs(self, _class_i: str, _class_j: str) -> None:
        """Return None: any two drawings make a pair."""

    def _checked(self, image_id: int) -> int:
        if image_id < 0:
            raise StimulusError(f"{self.name}: image id must be 0 or more, got {image_id}")
        return image_id


def open_source(spec: str, image_size: int = 32, process: ProcessName = "mixup") -> EndpointSource:
    """Return the endpoint images that `spec` names.

    Args:
        spec: "pictograms"; "cifar10" (see `stimuli.sources.cifar10_download.fetch_cifar10`); or
            a folder: one that is or holds CIFAR-10's own folder, else one that holds a folder a
            class. A folder that is itself called pictograms or cifar10 is reached as
            "./pictograms".
        image_size: side in pixels; CIFAR-10 has 32 only.
        process: that makes images of them, a name of `stimuli.processes.PROCESSES`; the images of
            "frames" are the end frames in a folder of continua.

    Raises:
        StimulusError: there is no such source, or its images cannot be read.
    """
    if process == "frames":
        return FrameFolder(_existing_folder(spec, "a folder of frames"), image_size)
    if spec == "pictograms":
        return Pictograms(image_size)
    if spec == "cifar10":
        Cifar10.check_size(image_size)  # before a download, not after
        return Cifar10(fetch_cifar10(), image_size)
    folder = _existing_folder(spec)
    if find_cifar10(folder) is not None:
        return Cifar10(folder, image_size)
    return Folder(folder, image_size)


def _existing_folder(spec: str, allowed: str = "pictograms, cifar10 or a folder of images") -> Path:
    folder = Path(spec).expanduser()
    if not spec or not os.path.isdir(folder):  # False where no folder can have the name
        what = "which is a file" if os.path.isfile(folder) else "and there is no such folder"
        raise StimulusError(f"stimuli: must be {allowed}; got {spec!r:.200}, {what}")
    return folder
