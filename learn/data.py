"""What a training run learns from and is measured on: images, labels, a holdout; no leaks."""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elicit.errors import ElicitError
from learn.label_types import Blends, labels_of
from stimuli.endpoints import EndpointSource, open_source
from stimuli.exclude import read_ids
from stimuli.mixing import Pixels

Ids = NDArray[np.int64]
Labels = NDArray[np.float64]

PICTOGRAMS = 1000  # drawings to train on, where nobody says which
HOLDOUT_SHARE = 0.3  # of the images, where nobody says which: as 3000 of CIFAR-10's 10000
_TOLERANCE = 1e-4  # by which a label's sum may differ from 1


@dataclass(frozen=True)
class Inputs:
    """Which files and images a run takes; all paths as given."""

    source: str = "pictograms"  # endpoint images, as `stimuli.endpoints.open_source` takes them
    labels: Path | None = None  # labels.npz of `learn relabel`
    train: str | None = None  # ids of the training images: a file, or FIRST:LAST
    holdout: str | None = None  # ids of the holdout's
    holdout_labels: Path | None = None  # .npy, (images, K) counts or shares, rows by image id
    image_size: int = 32
    drop_leaks: bool = False  # leave blends with an endpoint in the holdout out, and say so


@dataclass(frozen=True)
class Examples:
    """Images and their soft labels.

    Attributes:
        images: (N, H, W, 3) uint8.
        labels: (N, K) float64, rows sum to 1.
        ids: (N,) of the source; -1 for blends.
        counts: (N, K) how many people chose each class, where it is known; else None.
    """

    images: Pixels
    labels: Labels
    ids: Ids
    counts: Labels | None = None


@dataclass(frozen=True)
class Data:
    """All that a run needs, on the host.

    Attributes:
        train: training images with hard labels, then blends with soft ones.
        blends: how many of `train` are blends; they come last.
        alternatives: (J, K) labels of which each epoch draws one a blend; None where they stay.
        of_blend: (J,) the blend, counted from 0, that each alternative labels; increasing.
        holdout: what the network is measured on.
        classes: K names.
        dropped: blends left out because an endpoint is in the holdout.
        files: sha256 of each input file, by its name.
    """

    train: Examples
    blends: int
    alternatives: Labels | None
    of_blend: Ids | None
    holdout: Examples
    classes: tuple[str, ...]
    dropped: int
    files: dict[str, str]

    def sha256(self) -> dict[str, str]:
        """Return the sha256 of all that decides the result: images, labels, holdout."""
        more = () if self.alternatives is None else (self.alternatives, self.of_blend)
        return {
            "training data": _digest(self.train.images, self.train.labels, *more),
            "holdout": _digest(self.holdout.images, self.holdout.labels),
        }


def gather(inputs: Inputs, label_type: str, seed: int) -> Data:
    """Read, check and put together what a run learns from and is measured on.

    Args:
        inputs: files and images.
        label_type: of `learn.label_types.TYPES`; "none" leaves the blends out.
        seed: of the labels of type random.

    Raises:
        ElicitError: a file that is missing, broken or does not fit, an empty holdout, or blends
            that leak.
        StimulusError: the source cannot be opened.
    """
    source = open_source(inputs.source, inputs.image_size)
    arrays = None if inputs.labels is None else read_labels(inputs.labels, source)
    if arrays is None and label_type != "none":
        raise ElicitError(f"--type: {label_type} needs blends; give --labels labels.npz")
    ends = None if arrays is None else np.stack([arrays["image_i"], arrays["image_j"]], axis=1)
    train_ids, holdout_ids = _split(inputs, source, ends)
    train = _hard(source, train_ids)
    holdout = _holdout(inputs, source, holdout_ids)
    blends, dropped = None, 0
    if arrays is not None and ends is not None and label_type != "none":
        classes = _class_indices(source, ends.ravel()).reshape(-1, 2)
        blends = labels_of(label_type, arrays, classes, str(inputs.labels), seed)
        leaking = np.isin(ends, holdout_ids).any(axis=1)
        _refuse_leaks(leaking, inputs)
        blends, dropped = _without(blends, leaking), int(leaking.sum())
        train = _joined(train, arrays["images"][blends.rows], blends.labels)
    return Data(
        train,
        0 if blends is None else len(blends.rows),
        None if blends is None else blends.alternatives,
        None if blends is None else blends.of_blend,
        holdout,
        tuple(source.classes),
        dropped,
        _digests(inputs),
    )


def read_labels(path: Path, source: EndpointSource) -> dict[str, NDArray[Any]]:
    """Return what a labels.npz holds, every label type checked.

    Raises:
        ElicitError: not such a file; labels that are not finite, lie outside [0, 1] or do not sum
            to 1; other classes than the source's, or in another order; images of another shape.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())
        raise ElicitError(
            f"{path}: cannot be read as labels.npz: {reason}; make it with learn relabel"
        ) from error
    needed = ("images", "classes", "image_i", "image_j", "lambda_f")
    missing = [name for name in needed if name not in arrays]
    if missing:
        raise ElicitError(f"{path}: has no {missing[0]}; make it with learn relabel")
    classes, images = arrays["classes"].tolist(), arrays["images"]
    if classes != list(source.classes):
        raise ElicitError(
            f"{path}: classes: must be {', '.join(source.classes)}, as in the source, in that "
            f"order; got {', '.join(map(str, classes))}"
        )
    side = source.image_size
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[1:] != (side, side, 3):
        raise ElicitError(
            f"{path}: images: must be (N, {side}, {side}, 3) uint8, as the source's, got "
            f"{images.shape} {images.dtype}"
        )
    for name, array in arrays.items():
        if array.ndim == 2 and array.dtype.kind == "f":
            check_soft_labels(array, (len(images), len(classes)), f"{path}: {name}")
    for name in ("image_i", "image_j", "lambda_f"):
        if arrays[name].shape != (len(images),):
            raise ElicitError(
                f"{path}: {name}: must have one value for each of {len(images)} images, got "
                f"{arrays[name].shape}"
            )
    return arrays


def check_soft_labels(labels: NDArray[Any], shape: tuple[int, int], place: str) -> None:
    """Raise ElicitError unless `labels` are `shape` (N, K), in [0, 1], rows of sum 1."""
    if labels.shape != shape:
        raise ElicitError(f"{place}: must be {shape[0]} by {shape[1]}, got {labels.shape}")
    bad = ~np.isfinite(labels).all(axis=1)
    if bad.any():
        raise ElicitError(f"{place}: row {bad.argmax()}: must be numbers, got {labels[bad][0]}")
    bad = (labels < 0).any(axis=1) | (abs(labels.sum(axis=1) - 1) > _TOLERANCE)
    if bad.any():
        row = labels[bad][0]
        raise ElicitError(
            f"{place}: row {bad.argmax()}: must be 0 or more and sum to 1, got {row} with sum "
            f"{row.sum():.4g}"
        )


def _split(inputs: Inputs, source: EndpointSource, ends: Ids | None) -> tuple[Ids, Ids]:
    """Return which images are trained on and which are held out; no image is both."""
    used = np.unique(ends) if ends is not None else np.zeros(0, dtype=np.int64)
    every = _every_id(source, used)
    holdout = _ids("--holdout", inputs.holdout, every)
    train = _ids("--train", inputs.train, every)
    if holdout is None:  # never an endpoint of a blend, so that nothing leaks
        free = np.setdiff1d(every, used if train is None else np.union1d(used, train))
        number = min(len(free), round(HOLDOUT_SHARE * len(every)))
        holdout = np.sort(np.random.default_rng(0).permutation(free)[:number])
    if train is None:
        train = np.setdiff1d(every, holdout)
    if not len(holdout):
        raise ElicitError("--holdout: must hold at least one image, got none; name some ids")
    if len(train) < 2:
        raise ElicitError(f"--train: must hold at least two images, got {len(train)}")
    both = np.intersect1d(train, holdout)
    if len(both):
        raise ElicitError(
            f"--holdout: {len(both)} of its {len(holdout)} images are among the training images "
            f"too, the first is {both[0]}; take them out of one of the two"
        )
    return train, holdout


def _every_id(source: EndpointSource, used: Ids) -> Ids:
    """Return all ids of a source; of one without an end, enough for `used` and as many again."""
    counts = [source.count(name) for name in source.classes]
    if any(count is None for count in counts):
        most = max(PICTOGRAMS, int(used.max(initial=-1)) + 1)
        whole = most + -most % len(source.classes)
        return np.arange(whole + round(whole * HOLDOUT_SHARE / (1 - HOLDOUT_SHARE)))
    return np.arange(sum(count or 0 for count in counts))


def _ids(option: str, spec: str | None, every: Ids) -> Ids | None:
    if spec is None:
        return None
    first, colon, last = spec.partition(":")
    if colon and first.isdigit() and last.isdigit():
        ids = np.arange(int(first), int(last))
    else:
        ids = np.array(sorted(read_ids(Path(spec))), dtype=np.int64)
    outside = ids[ids > every.max()]
    if len(outside):
        raise ElicitError(
            f"{option}: {spec}: image ids must be below {len(every)}, got {outside[0]}"
        )
    return ids


def _class_indices(source: EndpointSource, ids: Ids) -> Ids:
    place = {name: number for number, name in enumerate(source.classes)}
    known = {each: place[source.class_of(int(each))] for each in np.unique(ids)}
    return np.array([known[each] for each in ids], dtype=np.int64)


def _images(source: EndpointSource, ids: Ids) -> Pixels:
    if not len(ids):
        return np.zeros((0, source.image_size, source.image_size, 3), dtype=np.uint8)
    return np.stack([source.image(int(each)) for each in ids])


def _hard(source: EndpointSource, ids: Ids) -> Examples:
    labels = np.eye(len(source.classes))[_class_indices(source, ids)]
    return Examples(_images(source, ids), labels, ids)


def _holdout(inputs: Inputs, source: EndpointSource, ids: Ids) -> Examples:
    """Return the holdout with its human labels, or hard ones where none are given."""
    hard = _hard(source, ids)
    path = inputs.holdout_labels
    if path is None:
        return hard
    try:
        counts = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise ElicitError(f"{path}: cannot be read as a .npy array: {error}") from error
    classes = len(source.classes)
    if counts.ndim != 2 or counts.shape[1] != classes or len(counts) <= ids.max():
        raise ElicitError(
            f"{path}: must have a row for every image id up to {ids.max()} and {classes} columns, "
            f"got {counts.shape}"
        )
    counts = counts[ids].astype(np.float64)
    bad = ~(np.isfinite(counts) & (counts >= 0)).all(axis=1) | ~(counts.sum(axis=1) > 0)
    if bad.any():
        raise ElicitError(
            f"{path}: row {ids[bad][0]}: must be counts or shares, at least one above 0, got "
            f"{counts[bad][0]}"
        )
    return Examples(hard.images, counts / counts.sum(axis=1, keepdims=True), ids, counts)


def _refuse_leaks(leaking: NDArray[np.bool_], inputs: Inputs) -> None:
    if leaking.any() and not inputs.drop_leaks:
        raise ElicitError(
            f"{inputs.labels}: {int(leaking.sum())} of {len(leaking)} blends have an endpoint in "
            "the holdout, which would leak; leave them out with --drop-leaks, or choose another "
            "--holdout"
        )
    if leaking.all():
        raise ElicitError(f"{inputs.labels}: every blend has an endpoint in the holdout")


def _without(blends: Blends, leaking: NDArray[np.bool_]) -> Blends:
    if not leaking.any():
        return blends
    kept = ~leaking
    if blends.alternatives is None or blends.of_blend is None:
        return Blends(blends.rows[kept], blends.labels[kept])
    of_kept = kept[blends.of_blend]
    number = np.cumsum(kept) - 1
    return Blends(
        blends.rows[kept],
        blends.labels[kept],
        blends.alternatives[of_kept],
        number[blends.of_blend[of_kept]],
    )


def _joined(train: Examples, images: Pixels, labels: Labels) -> Examples:
    return Examples(
        np.concatenate([train.images, images]),
        np.concatenate([train.labels, labels]),
        np.concatenate([train.ids, np.full(len(images), -1)]),
    )


def _digests(inputs: Inputs) -> dict[str, str]:
    named = {
        "labels": inputs.labels,
        "holdout_labels": inputs.holdout_labels,
        "train": None if inputs.train is None else Path(inputs.train),
        "holdout_ids": None if inputs.holdout is None else Path(inputs.holdout),
    }
    return {
        name: hashlib.sha256(path.read_bytes()).hexdigest()
        for name, path in named.items()
        if path is not None and path.is_file()
    }


def _digest(*arrays: NDArray[Any] | None) -> str:
    """Return the sha256 of arrays' values, in their order."""
    found = hashlib.sha256()
    for array in arrays:
        found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()
