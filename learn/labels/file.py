"""A labels.npz, and a holdout's counts, read and checked before anything is trained on them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elicit.errors import ElicitError
from learn.arrays import Arrays, Codes, Ids, Numbers
from learn.labels.types import TYPES
from learn.labels.verification import read_process, verify_blends
from stimuli.array_files import read_arrays
from stimuli.processes import PROCESSES
from stimuli.sources.endpoints import EndpointSource

LABELS_FILE = "labels.npz"
NEEDED = ("images", "classes", "image_i", "image_j", "lambda_f")
_TOLERANCE = 1e-4  # by which a label's sum may differ from 1
_REMEDY = "make it with learn relabel"


def find_labels(path: Path) -> Path:
    """Return the labels.npz in a folder that `learn relabel` wrote, or `path` where it is none."""
    return path / LABELS_FILE if path.is_dir() else path


def read_labels(path: Path, source: EndpointSource | None = None) -> Arrays:
    """Return what a labels.npz holds, every label type checked.

    Args:
        path: the file.
        source: of the endpoint images, with which the blends are compared; None: they are not.

    Raises:
        ElicitError: not such a file; labels that are not finite, lie outside [0, 1] or do not sum
            to 1; other classes than the source's, or in another order; images of another shape,
            or that are no mixes of the source's.
    """
    arrays = _load(path, f"labels.npz; {_REMEDY}")
    if not isinstance(arrays, dict):
        raise ElicitError(f"{path}: cannot be read as labels.npz: it holds one array; {_REMEDY}")
    missing = [name for name in NEEDED if name not in arrays]
    if missing:
        raise ElicitError(f"{path}: has no {missing[0]}; {_REMEDY}")
    _check_images(path, arrays)
    count, classes = len(arrays["images"]), len(arrays["classes"])
    for name in (each for each in TYPES if each in arrays):  # what else is there is one's own
        check_soft_labels(arrays[name], (count, classes), f"{path}: {name}")
    _check_blends(path, arrays)
    if "judgement_image" in arrays:
        _check_judgements(path, arrays, count)
    if source is not None:
        compare_labels(arrays, source, path)
    return arrays


def compare_labels(arrays: Arrays, source: EndpointSource, path: Path) -> None:
    """Raise ElicitError unless the blends of a labels.npz are mixes of the source's images.

    Args:
        arrays: what the file holds, as `read_labels` checked it.
        source: of the endpoint images.
        path: the file, for errors.
    """
    for end in ("image_i", "image_j"):
        check_ids(arrays[end], len(arrays["images"]), _images_of(source), f"{path}: {end}")
    _check_source(path, arrays, source)
    verify_blends(arrays, source, path)


def read_ends(arrays: Arrays, path: Path) -> Codes:
    """Return (N, 2) classes of endpoints i and j, as indexes into `classes`.

    Raises:
        ElicitError: a file from before they were written.
    """
    if "class_i" not in arrays or "class_j" not in arrays:
        raise ElicitError(f"{path}: has no class_i and class_j, as an older file; {_REMEDY} again")
    return np.stack([arrays["class_i"], arrays["class_j"]], axis=1).astype(np.int64)


def read_counts(path: Path, ids: Ids, classes: int) -> Numbers:
    """Return how many people chose each class, (N, K), of the images `ids` (N,).

    Args:
        path: a .npy of (images, K) counts or shares, rows by image id.
        ids: the holdout's.
        classes: K.

    Raises:
        ElicitError: not such a file, or a row that says nothing.
    """
    counts = _load(path, "a .npy array of counts, a row an image")
    if isinstance(counts, dict) or counts.dtype.kind not in "iuf":
        raise ElicitError(f"{path}: must hold one array of numbers, a row an image")
    if counts.ndim != 2 or counts.shape[1] != classes or len(counts) <= ids.max():
        raise ElicitError(
            f"{path}: must have a row for every image id up to {ids.max()} and {classes} columns, "
            f"got {counts.shape}"
        )
    chosen = counts[ids].astype(np.float64)
    good = (np.isfinite(chosen) & (chosen >= 0)).all(axis=1) & (chosen.sum(axis=1) > 0)
    if not good.all():
        raise ElicitError(
            f"{path}: row {ids[~good][0]}: must be counts or shares, at least one above 0, got "
            f"{_format_row(chosen[~good][0])}"
        )
    return chosen


def check_soft_labels(labels: NDArray[Any], shape: tuple[int, int], place: str) -> None:
    """Raise ElicitError unless `labels` are `shape` (N, K), in [0, 1], rows of sum 1."""
    if labels.shape != shape or labels.dtype.kind not in "iuf":
        raise ElicitError(
            f"{place}: must be {shape[0]} by {shape[1]} numbers, a row an image, got "
            f"{labels.shape} {labels.dtype}"
        )
    bad = ~np.isfinite(labels).all(axis=1)
    if bad.any():
        raise ElicitError(
            f"{place}: row {bad.argmax()}: must be numbers, got {_format_row(labels[bad][0])}"
        )
    bad = (labels < 0).any(axis=1) | (abs(labels.sum(axis=1) - 1) > _TOLERANCE)
    if bad.any():
        row = labels[bad][0]
        raise ElicitError(
            f"{place}: row {bad.argmax()}: must be 0 or more and sum to 1, got {_format_row(row)} "
            f"with sum {row.sum():.4g}"
        )


def check_ids(ids: NDArray[Any], count: int, below: int | None, place: str) -> None:
    """Raise ElicitError unless there are `count` whole numbers from 0, all less than `below`."""
    _check_length(ids, count, place)
    limit = "" if below is None else f", below {below}"
    if ids.dtype.kind not in "iu":
        raise ElicitError(f"{place}: must be whole numbers from 0{limit}, got {ids.dtype}")
    bad = (ids < 0) if below is None else (ids < 0) | (ids >= below)
    if bad.any():
        raise ElicitError(f"{place}: must be whole numbers from 0{limit}, got {ids[bad][0]}")


def check_shares(shares: NDArray[Any], count: int, place: str) -> None:
    """Raise ElicitError unless there are `count` numbers in [0, 1]."""
    _check_length(shares, count, place)
    if shares.dtype.kind not in "iuf":
        raise ElicitError(f"{place}: must lie in [0, 1], got {shares.dtype}")
    good = (shares >= 0) & (shares <= 1)  # so that NaN is not
    if not good.all():
        raise ElicitError(f"{place}: must lie in [0, 1], got {shares[~good][0]}")


def _check_length(values: NDArray[Any], count: int, place: str) -> None:
    if values.shape != (count,):
        raise ElicitError(f"{place}: must have {count} values in one row, got {values.shape}")


def _images_of(source: EndpointSource) -> int | None:
    """Return how many images a source has; None where it has as many as you like."""
    counts = [source.count(name) for name in source.classes]
    if any(count is None for count in counts):
        return None
    return sum(count or 0 for count in counts)


def _load(path: Path, what: str) -> NDArray[Any] | Arrays:
    """Return the array in a .npy, or the arrays in a .npz."""
    try:
        return read_arrays(path)
    except OSError as error:
        raise ElicitError(f"{path}: cannot be read: {error.strerror or error}") from error
    except Exception as error:  # a broken archive raises nearly anything
        reason = " ".join(str(error).split())
        raise ElicitError(f"{path}: cannot be read as {what} ({reason:.120})") from error


def _check_images(path: Path, arrays: Arrays) -> None:
    images, classes = arrays["images"], arrays["classes"]
    if classes.ndim != 1 or classes.dtype.kind != "U" or len(set(classes.tolist())) < len(classes):
        raise ElicitError(f"{path}: classes: must be different names; {_REMEDY}")
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] != 3:
        raise ElicitError(
            f"{path}: images: must be (N, H, W, 3) uint8, got {images.shape} {images.dtype}"
        )
    if not len(images):
        raise ElicitError(f"{path}: images: must be one or more, got none; {_REMEDY}")


def _check_blends(path: Path, arrays: Arrays) -> None:
    """Raise ElicitError unless each blend has two endpoints and shares in [0, 1]."""
    count, classes = len(arrays["images"]), len(arrays["classes"])
    for name, most in (("image", None), ("class", classes)):
        for end in (f"{name}_i", f"{name}_j"):
            if end in arrays:
                check_ids(arrays[end], count, most, f"{path}: {end}")
    check_shares(arrays["lambda_f"], count, f"{path}: lambda_f")
    _check_process(path, arrays, count)
    if "mean_omega" in arrays:
        asked = np.nan_to_num(arrays["mean_omega"], nan=1.0)  # NaN: confidence was not asked
        check_shares(asked, count, f"{path}: mean_omega")


def _check_process(path: Path, arrays: Arrays, count: int) -> None:
    """Raise ElicitError unless the process is known, and CutMix's boxes are stated."""
    process = read_process(arrays)
    if process not in PROCESSES:
        raise ElicitError(
            f"{path}: process: must be one of {', '.join(PROCESSES)}, got {process!r:.80}"
        )
    boxes = arrays.get("box", np.zeros(0))
    if process == "cutmix" and (boxes.shape != (count, 4) or boxes.dtype.kind not in "iu"):
        raise ElicitError(
            f"{path}: box: must be ({count}, 4) whole numbers, x1 y1 x2 y2 an image, got "
            f"{boxes.shape} {boxes.dtype}; {_REMEDY}"
        )


def _check_source(path: Path, arrays: Arrays, source: EndpointSource) -> None:
    """Raise ElicitError unless classes and size are the source's."""
    classes, side = arrays["classes"].tolist(), source.image_size
    if classes != list(source.classes):
        raise ElicitError(
            f"{path}: classes: must be {', '.join(source.classes)}, as in the source, in that "
            f"order; got {', '.join(map(str, classes))}"
        )
    if arrays["images"].shape[1:3] != (side, side):
        raise ElicitError(
            f"{path}: images: must be (N, {side}, {side}, 3) uint8, as the source's, got "
            f"{arrays['images'].shape}"
        )


def _check_judgements(path: Path, arrays: Arrays, count: int) -> None:
    of_image = arrays["judgement_image"]
    check_ids(of_image, of_image.size, count, f"{path}: judgement_image")
    if "judgement_label" in arrays:
        shape = of_image.size, len(arrays["classes"])
        check_soft_labels(arrays["judgement_label"], shape, f"{path}: judgement_label")
    elif "judgement_lambda_g" not in arrays:
        raise ElicitError(f"{path}: has judgement_image but no judgement_lambda_g; {_REMEDY}")
    else:
        check_shares(arrays["judgement_lambda_g"], of_image.size, f"{path}: judgement_lambda_g")
    if "judgement_omega" in arrays:
        omega = np.nan_to_num(arrays["judgement_omega"], nan=1.0)  # NaN: it was not asked
        check_shares(omega, of_image.size, f"{path}: judgement_omega")
    if "judgement_participant" in arrays:
        people = arrays["judgement_participant"]
        check_ids(people, of_image.size, None, f"{path}: judgement_participant")


def _format_row(row: Sequence[Any] | NDArray[Any]) -> str:
    """Return a row of numbers on one line."""
    return f"[{' '.join(f'{each:.4g}' for each in row)}]"
