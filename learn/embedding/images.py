"""The images that a network learns from before it embeds a source's: never the same ones."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from elicit.errors import ElicitError
from learn.arrays import Codes
from stimuli.mixing import Pixels
from stimuli.sources.cifar10 import find_cifar10, read_training
from stimuli.sources.cifar10_download import fetch_cifar10
from stimuli.sources.endpoints import EndpointSource, open_source

DRAWINGS = 300  # of each class, where the training images are drawn
TWIN = 8.0  # root mean square difference of 8 by 8 means, of 255: nearly one photograph
_SMALLEST = 16  # pixels a side that the network needs
_SIDE = 8
_CHUNK = 1000  # images at a time


@dataclass(frozen=True)
class Images:
    """N images and their classes."""

    images: Pixels  # (N, H, W, 3)
    labels: Codes  # (N,), indexes into the source's classes
    what: str  # in words


def read_images(source: EndpointSource, number: int | None) -> Images:
    """Return a source's images by id, from 0 on.

    Args:
        source: where they are.
        number: how many, for a source that has as many as you like; None for one that has an end.

    Raises:
        ElicitError: `number` is missing, or not for this source, or images too small.
    """
    if source.image_size < _SMALLEST:
        raise ElicitError(
            f"--image-size: must be at least {_SMALLEST} for a network, got {source.image_size}"
        )
    ids = range(count_images(source, number))
    labels = np.array([source.classes.index(source.class_of(each)) for each in ids], np.int64)
    images = np.stack([source.image(each) for each in ids])
    return Images(images, labels, f"{len(ids)} images of {source.name}")


def count_images(source: EndpointSource, number: int | None) -> int:
    """Return how many ids a source has, from 0 on, or `number` where it has no end.

    Raises:
        ElicitError: `number` is missing, below 1, or not what the source has.
    """
    counts = [source.count(name) for name in source.classes]
    total = None if None in counts else sum(count for count in counts if count is not None)
    if total is None and number is None:
        raise ElicitError(f"--number: must say how many; {source.name} has as many as you like")
    if (number is not None and number < 1) or (total is not None and number not in (None, total)):
        must = "at least 1" if total is None else f"left out: {source.name} has {total} images"
        raise ElicitError(f"--number: must be {must}; got {number}")
    return int(number if total is None and number is not None else total or 0)


def read_training_images(
    spec: str, source: EndpointSource, embedded: Images, training: str | None
) -> Images:
    """Return the images to train on, without any that is also embedded.

    `training` where it is given: class folders, or CIFAR-10's folder for its training images. Else,
    of CIFAR-10 the 50,000 training images; of pictograms DRAWINGS of each class that come after
    those embedded; of a folder, which has no others, the embedded images themselves.

    Args:
        spec: as `stimuli.sources.endpoints.open_source` takes it.
        source: what it opened.
        embedded: the images that will be embedded.
        training: a folder, or None.

    Raises:
        ElicitError: other classes than the source's, or nothing left.
        StimulusError: the images cannot be read.
    """
    if training is not None and find_cifar10(Path(training)) is None:
        return _apart(_all_of(open_source(training, source.image_size), source), embedded)
    if training is not None or source.name == "cifar10":
        folder = Path(training or spec) if (training or spec) != "cifar10" else fetch_cifar10()
        images, labels = read_training(folder)
        _check_classes(source, open_source(str(folder)))
        return _apart(Images(images, labels, "CIFAR-10's training images"), embedded)
    if source.name == "pictograms":
        first = -(-len(embedded.labels) // len(source.classes))
        return _apart(_drawn(source, first), embedded)
    what = "the embedded images themselves: a folder has no others (give some with --training)"
    return Images(embedded.images, embedded.labels, what)


def _all_of(other: EndpointSource, source: EndpointSource) -> Images:
    _check_classes(source, other)
    return read_images(other, None)


def _check_classes(source: EndpointSource, other: EndpointSource) -> None:
    if (other.classes, other.image_size) != (source.classes, source.image_size):
        raise ElicitError(
            f"--training: must have the classes {', '.join(source.classes)} at "
            f"{source.image_size} pixels; got {', '.join(other.classes)} at {other.image_size}"
        )


def _drawn(source: EndpointSource, first: int) -> Images:
    ids = [
        source.image_id(name, instance)
        for instance in range(first, first + DRAWINGS)
        for name in source.classes
    ]
    labels = np.tile(np.arange(len(source.classes), dtype=np.int64), DRAWINGS)
    images = np.stack([source.image(each) for each in ids])
    return Images(images, labels, f"{len(ids)} other {source.name}, from id {min(ids)} on")


def _apart(training: Images, embedded: Images) -> Images:
    """Return `training` without images that are embedded too, or nearly the same photograph."""
    kept = ~find_twins(training.images, embedded.images)
    if not kept.any():
        raise ElicitError("--training: every image is also embedded; give others")
    left = int((~kept).sum())
    what = f"{kept.sum()} of {training.what}" + f" ({left} left out, nearly as embedded ones)" * (
        left > 0
    )
    return Images(training.images[kept], training.labels[kept], what)


def find_twins(images: Pixels, others: Pixels) -> NDArray[np.bool_]:
    """Return (M,) which images are, to within TWIN, one of the others, (N, H, W, 3)."""
    small, known = _small(images), _small(others)
    sizes = (known**2).sum(axis=1)
    limit = known.shape[1] * TWIN**2
    found = np.zeros(len(small), dtype=bool)
    for start in range(0, len(small), _CHUNK):
        part = small[start : start + _CHUNK]
        squares = (part**2).sum(axis=1)[:, None] + sizes - 2 * part @ known.T
        found[start : start + _CHUNK] = squares.min(axis=1) <= limit
    return found


def _small(images: Pixels) -> NDArray[np.float32]:
    """Return (N, 192) means of the squares of an 8 by 8 board, about mid grey."""
    side = images.shape[1]
    edges = np.arange(_SIDE) * side // _SIDE
    width = np.diff(np.append(edges, side)).astype(np.float32)
    area = (width[:, None] * width)[..., None]
    parts = []
    for start in range(0, len(images), _CHUNK):
        centred = images[start : start + _CHUNK].astype(np.float32) - 128
        cells = np.add.reduceat(np.add.reduceat(centred, edges, axis=1), edges, axis=2)
        parts.append((cells / area).reshape(len(cells), -1))
    return np.concatenate(parts)
