"""What a training run learns from and is measured on: images, labels, a holdout; no leaks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elicit.errors import ElicitError
from learn.arrays import Arrays, Ids, Labels
from learn.labels.controls import need_judgements
from learn.labels.file import compare_labels, read_counts, read_labels
from learn.labels.types import Blends, class_indices, make_labels
from learn.labels.verification import fingerprint_images, read_process
from learn.training.split import NEEDED_JUDGEMENTS, SplitBlends, split, split_blends
from stimuli.files import MAX_ARRAY_BYTES, read_bytes
from stimuli.mixing import Pixels
from stimuli.sources.endpoints import EndpointSource, open_source


@dataclass(frozen=True)
class Inputs:
    """Which files and images a run takes; all paths as given."""

    source: str = (
        "pictograms"  # endpoint images, as `stimuli.sources.endpoints.open_source` takes them
    )
    labels: Path | None = None  # labels.npz of `learn relabel`
    train: str | None = None  # ids of the training images: a file, or FIRST:LAST
    holdout: str | None = None  # ids of the holdout's
    holdout_labels: Path | None = None  # .npy, (images, K) counts or shares, rows by image id
    image_size: int = 32
    drop_leaks: bool = False  # leave blends with an endpoint in the holdout out, and say so
    blend_fold: int | None = None  # blends that are held out to compare percepts, of FOLDS folds


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
        judged: blends that are held out, with people's judgements, and those of the others that
            no endpoint image links to these; None where none are held out.
    """

    train: Examples
    blends: int
    alternatives: Labels | None
    of_blend: Ids | None
    holdout: Examples
    classes: tuple[str, ...]
    dropped: int
    files: dict[str, str]
    judged: SplitBlends | None = None

    def sha256(self) -> dict[str, str]:
        """Return the sha256 of all that decides the result: images, labels, holdout."""
        more = () if self.alternatives is None else (self.alternatives, self.of_blend)
        found = {
            "training data": _digest(self.train.images, self.train.labels, *more),
            "holdout": _digest(self.holdout.images, self.holdout.labels),
        }
        if self.judged is not None:
            both = (*vars(self.judged.held_out).values(), *vars(self.judged.others).values())
            found["held-out blends"] = _digest(*both)
        return found


def gather(inputs: Inputs, label_type: str, seed: int) -> Data:
    """Read, check and put together what a run learns from and is measured on.

    Args:
        inputs: files and images.
        label_type: of `learn.labels.types.TYPES`; "none" leaves the blends out.
        seed: of the labels of type random.

    Raises:
        ElicitError: a file that is missing, broken or does not fit, an empty holdout, or blends
            that leak.
        StimulusError: the source cannot be opened.
    """
    source, arrays = _read_images(inputs)
    if arrays is None and label_type != "none":
        raise ElicitError(f"--type: {label_type} needs blends; give --labels labels.npz")
    if arrays is None and inputs.blend_fold is not None:
        raise ElicitError("--blend-fold: needs judged blends; give --labels labels.npz")
    used = _endpoints(arrays).ravel()
    train_ids, holdout_ids = split(source, inputs.train, inputs.holdout, used, inputs.drop_leaks)
    holdout = _holdout(inputs, source, holdout_ids)
    held = fingerprint_images(holdout.images)
    train = _without_copies(_hard(source, train_ids), held, inputs)
    blends, dropped, judged = None, 0, None
    if arrays is not None and (label_type != "none" or inputs.blend_fold is not None):
        ends = _endpoints(arrays)
        classes = _class_indices(source, ends.ravel()).reshape(-1, 2)
        prints = _fingerprint(source, ends)
        leaking = find_leaks(prints, held)
        _refuse_leaks(leaking, inputs)
        left_out, dropped = leaking, int(leaking.sum())
        if inputs.blend_fold is not None:
            need_judgements(arrays, NEEDED_JUDGEMENTS, str(inputs.labels))
            left_out, judged = split_blends(arrays, classes, prints, inputs.blend_fold, leaking)
            _check_sides(judged, inputs)
        if label_type != "none":
            blends = make_labels(label_type, arrays, classes, str(inputs.labels), seed)
            blends = _without(blends, left_out)
            train = _join(train, arrays["images"][blends.rows], blends.labels)
    return Data(
        train,
        0 if blends is None else len(blends.rows),
        None if blends is None else blends.alternatives,
        None if blends is None else blends.of_blend,
        holdout,
        tuple(source.classes),
        dropped,
        _digests(inputs),
        judged,
    )


def available_types(types: Iterable[str], inputs: Inputs) -> tuple[list[str], list[str]]:
    """Return which label types a labels.npz has what is needed for, and which not.

    Raises:
        ElicitError: no labels.npz, or not one.
    """
    if inputs.labels is None:
        raise ElicitError("--labels: must be a labels.npz, which learn relabel makes; got none")
    _, arrays = _read_images(inputs)
    assert arrays is not None
    ends = np.zeros((len(arrays["images"]), 2), dtype=np.int64)
    have, have_not = [], []
    for name in types:
        try:
            make_labels(name, arrays, ends, str(inputs.labels), 0)
        except ElicitError:
            have_not.append(name)
        else:
            have.append(name)
    return have, have_not


def _read_images(inputs: Inputs) -> tuple[EndpointSource, Arrays | None]:
    """Return the source of the images, and the labels where there are some, compared with it."""
    if inputs.labels is None:
        return open_source(inputs.source, inputs.image_size), None
    arrays = read_labels(inputs.labels)
    of_frames = read_process(arrays) == "frames"
    source = open_source(inputs.source, inputs.image_size, "frames" if of_frames else "mixup")
    compare_labels(arrays, source, inputs.labels)
    return source, arrays


def find_leaks(
    ends: NDArray[np.int64] | NDArray[np.str_], holdout: NDArray[np.int64] | NDArray[np.str_]
) -> NDArray[np.bool_]:
    """Return (N,) whether a blend has an endpoint in the holdout.

    Args:
        ends: (N, 2) endpoints of the blends: their fingerprints, which tell a copy under another
            id too, or their ids.
        holdout: (M,) of the held-out images, alike.
    """
    return np.asarray(np.isin(ends, holdout).any(axis=1))


def _endpoints(arrays: Arrays | None) -> Ids:
    """Return (N, 2) ids of the blends' endpoints."""
    if arrays is None:
        return np.zeros((0, 2), dtype=np.int64)
    return np.stack([arrays["image_i"], arrays["image_j"]], axis=1).astype(np.int64)


def _class_indices(source: EndpointSource, ids: Ids) -> Ids:
    return class_indices((source.class_of(int(each)) for each in ids), source.classes)


def _images(source: EndpointSource, ids: Ids) -> Pixels:
    if not len(ids):
        return np.zeros((0, source.image_size, source.image_size, 3), dtype=np.uint8)
    return np.stack([source.image(int(each)) for each in ids])


def _fingerprint(source: EndpointSource, ids: Ids) -> NDArray[np.str_]:
    """Return the fingerprint of each image, in the shape of `ids`."""
    once, place = np.unique(ids, return_inverse=True)
    return fingerprint_images(_images(source, once))[place].reshape(ids.shape)


def _hard(source: EndpointSource, ids: Ids) -> Examples:
    labels = np.eye(len(source.classes))[_class_indices(source, ids)]
    return Examples(_images(source, ids), labels, ids)


def _holdout(inputs: Inputs, source: EndpointSource, ids: Ids) -> Examples:
    """Return the holdout with its human labels, or hard ones where none are given."""
    hard = _hard(source, ids)
    if inputs.holdout_labels is None:
        return hard
    counts = read_counts(inputs.holdout_labels, ids, len(source.classes))
    return Examples(hard.images, counts / counts.sum(axis=1, keepdims=True), ids, counts)


def _without_copies(train: Examples, held: NDArray[np.str_], inputs: Inputs) -> Examples:
    """Return the training images without those that are held out too, under another id.

    Raises:
        ElicitError: the training images were named, and some are held out under another id.
    """
    copies = np.isin(fingerprint_images(train.images), held)
    if not copies.any():
        return train
    if inputs.train is not None or copies.all():
        raise ElicitError(
            f"--train: {int(copies.sum())} of its {len(copies)} images are held out too, under "
            f"other ids; the first is {train.ids[copies][0]}; take them out of one of the two"
        )
    kept = ~copies
    return Examples(train.images[kept], train.labels[kept], train.ids[kept])


def _refuse_leaks(leaking: NDArray[np.bool_], inputs: Inputs) -> None:
    if leaking.any() and not inputs.drop_leaks:
        raise ElicitError(
            f"{inputs.labels}: {int(leaking.sum())} of {len(leaking)} blends have an endpoint in "
            "the holdout, which would leak; leave them out with --drop-leaks, or choose another "
            "--holdout"
        )
    if leaking.all():
        raise ElicitError(f"{inputs.labels}: every blend has an endpoint in the holdout")


def _check_sides(judged: SplitBlends, inputs: Inputs) -> None:
    for side, what in ((judged.held_out, "to hold out"), (judged.others, "to train on")):
        if not len(side):
            raise ElicitError(
                f"--blend-fold: {inputs.blend_fold} of {inputs.labels} leaves no judged blend "
                f"{what}, as endpoint images link them; choose another fold, or more blends"
            )


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


def _join(train: Examples, images: Pixels, labels: Labels) -> Examples:
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
        name: hashlib.sha256(read_bytes(path, MAX_ARRAY_BYTES)).hexdigest()
        for name, path in named.items()
        if path is not None and path.is_file()
    }


def _digest(*arrays: NDArray[Any] | None) -> str:
    """Return the sha256 of arrays' values, in their order."""
    found = hashlib.sha256()
    for array in arrays:
        found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()
