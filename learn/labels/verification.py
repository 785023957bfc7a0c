"""Whether blends are mixes of the endpoint images at hand: looked up, and mixed again.

They are mixed by the process that the file names; older files name none, and are of mixup.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from elicit.errors import ElicitError
from learn.arrays import Arrays, Ids
from stimuli.errors import StimulusError
from stimuli.mixing import Pixels, fingerprint
from stimuli.processes.batches import mix_again
from stimuli.sources.endpoints import EndpointSource

_AT_ONCE = 1024  # blends mixed again at a time, so that a large set needs little memory
_REMEDY = "point --stimuli to the images that the labels were made from"


def read_process(arrays: Arrays) -> str:
    """Return what made the images of a labels.npz; older files do not say it, and are of mixup."""
    return str(arrays["process"]) if "process" in arrays else "mixup"


def verify_blends(arrays: Arrays, source: EndpointSource, path: Path) -> None:
    """Raise ElicitError unless every blend is the mix of its two endpoints in `source`.

    Each endpoint is compared with the class and the fingerprint that the file keeps of it, and each
    blend, to the pixel, with its endpoints mixed again. A file without classes and fingerprints, as
    they were once written, is checked by mixing alone.

    Args:
        arrays: of a labels.npz: images (N, H, W, 3) uint8, image_i, image_j and lambda_f (N,);
            where it has them source, process, box (N, 4), and class_i, class_j, fingerprint_i and
            fingerprint_j (N,).
        source: of the endpoint images.
        path: the file, for errors.
    """
    _verify_source(arrays, source, path)
    for which in ("i", "j"):
        _verify_fingerprints(arrays, which, source, path)
        _verify_classes(arrays, which, source, path)
    process = read_process(arrays)
    for first in range(0, len(arrays["images"]), _AT_ONCE):
        rows = slice(first, first + _AT_ONCE)
        image_i = _read_images(source, arrays["image_i"][rows], path)
        image_j = _read_images(source, arrays["image_j"][rows], path)
        ids = np.stack([arrays["image_i"][rows], arrays["image_j"][rows]], axis=1)
        boxes = arrays["box"][rows] if "box" in arrays else None
        shares = arrays["lambda_f"][rows]
        try:
            mixed = mix_again(process, source, (image_i, image_j), ids, shares, boxes)
        except StimulusError as error:
            raise ElicitError(f"{path}: {error}; {_REMEDY}") from error
        other = (mixed != arrays["images"][rows]).any(axis=(1, 2, 3))
        if other.any():
            raise ElicitError(_describe_blend(arrays, first + int(other.argmax()), source, path))


def fingerprint_images(images: Pixels) -> NDArray[np.str_]:
    """Return (N,) fingerprints of (N, H, W, 3) uint8 images."""
    return np.array([fingerprint(image) for image in images], dtype="U16")


def fingerprint_ends(image_i: Pixels, image_j: Pixels) -> NDArray[np.str_]:
    """Return (N, 2) fingerprints of the endpoints i and j of N blends, each (N, H, W, 3) uint8."""
    return np.stack([fingerprint_images(image_i), fingerprint_images(image_j)], axis=1)


def _verify_source(arrays: Arrays, source: EndpointSource, path: Path) -> None:
    named = str(arrays["source"]) if "source" in arrays else source.name
    if named != source.name:
        raise ElicitError(
            f"{path}: source: the blends were mixed from {named}, and --stimuli is {source.name}; "
            f"{_REMEDY}"
        )


def _verify_fingerprints(arrays: Arrays, which: str, source: EndpointSource, path: Path) -> None:
    """Raise ElicitError unless each endpoint `which` (i or j) is the image that was mixed."""
    place = f"fingerprint_{which}"
    if place not in arrays:
        return
    kept, ids = arrays[place], arrays[f"image_{which}"]
    if kept.shape != ids.shape or kept.dtype.kind != "U":
        raise ElicitError(
            f"{path}: {place}: must be {len(ids)} texts, one a blend, got {kept.shape} {kept.dtype}"
        )
    _, once = np.unique(np.stack([ids.astype("U20"), kept]), axis=1, return_index=True)
    for row in np.sort(once).tolist():
        (image,) = _read_images(source, ids[row : row + 1], path)
        if fingerprint(image) != kept[row]:
            raise ElicitError(
                f"{path}: {place}: row {row}: {source.name} image {ids[row]} is not the one that "
                f"was mixed: must be {kept[row]!s:.40}, got {fingerprint(image)}; {_REMEDY}"
            )


def _verify_classes(arrays: Arrays, which: str, source: EndpointSource, path: Path) -> None:
    """Raise ElicitError unless each endpoint `which` is of the class that it had."""
    if f"class_{which}" not in arrays:
        return
    names = arrays["classes"][arrays[f"class_{which}"]].tolist()
    for row, (image, name) in enumerate(zip(arrays[f"image_{which}"].tolist(), names, strict=True)):
        if source.class_of(image) != name:
            raise ElicitError(
                f"{path}: class_{which}: row {row}: {source.name} image {image} was {name} and is "
                f"{source.class_of(image)}; {_REMEDY}"
            )


def _read_images(source: EndpointSource, ids: Ids, path: Path) -> Pixels:
    try:
        return np.stack([source.image(each) for each in ids.tolist()])
    except StimulusError as error:
        raise ElicitError(f"{path}: {error}; {_REMEDY}") from error


def _describe_blend(arrays: Arrays, row: int, source: EndpointSource, path: Path) -> str:
    """Return the error of a blend that its endpoints do not mix to."""
    i, j, lambda_f = (arrays[name][row] for name in ("image_i", "image_j", "lambda_f"))
    return (
        f"{path}: images: row {row}: is not the mix of {source.name} images {i} and {j} at "
        f"lambda_f {lambda_f:g}; {_REMEDY}"
    )
