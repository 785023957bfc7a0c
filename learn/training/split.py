"""Which images and blends are trained on and which are held out: none is both."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elicit.errors import ElicitError
from learn.arrays import Arrays, Codes, Ids, Numbers
from learn.benchmark.splits import FOLDS, deal_images
from learn.policies.cross_validation import link_images
from stimuli.limits import MAX_IMAGE_ID
from stimuli.mixing import Pixels
from stimuli.sets.excluded_ids import read_ids
from stimuli.sources.endpoints import EndpointSource

DEFAULT_PICTOGRAMS = 1000  # drawings to train on, where nobody says which
MAX_DRAWN = 1_000_000  # images of a source without an end
NEEDED_JUDGEMENTS = ("judgement_image", "judgement_lambda_g", "judgement_omega")
HOLDOUT_SHARE = 0.3  # of the images, where nobody says which: as 3000 of CIFAR-10's 10000


@dataclass(frozen=True)
class JudgedBlends:
    """Blends and every judgement of them; each has one at least.

    Attributes:
        blend: (M,) rows of labels.npz.
        group: (M,) blends of one group are linked by endpoint images, from 0.
        images: (M, H, W, 3) uint8.
        ends: (M, 2) classes i and j, as indexes.
        lambda_f: (M,) share of image i.
        of_blend: (J,) which blend each judgement is of, from 0.
        lambda_g: (J,) share of class i that the person saw.
        omega: (J,) the person's confidence; NaN where not asked.
    """

    blend: Codes
    group: Codes
    images: Pixels
    ends: Codes
    lambda_f: Numbers
    of_blend: Codes
    lambda_g: Numbers
    omega: Numbers

    def __len__(self) -> int:
        return len(self.blend)


@dataclass(frozen=True)
class SplitBlends:
    """Judged blends on both sides of a split; no endpoint image is on both."""

    held_out: JudgedBlends
    others: JudgedBlends


def split(
    source: EndpointSource,
    train: str | None,
    holdout: str | None,
    used: Ids,
    drop_leaks: bool = False,
) -> tuple[Ids, Ids]:
    """Return the ids of the training images and of the holdout.

    Args:
        source: of the images.
        train: a file of ids, or FIRST:LAST (from FIRST up to, not with, LAST); None: all others.
        holdout: alike; None: HOLDOUT_SHARE of all, endpoints of blends only with `drop_leaks` and
            where too few others are left.
        used: endpoints of the blends.
        drop_leaks: blends with an endpoint in the holdout will be left out.

    Raises:
        ElicitError: ids that the source has not got, in both, or too few.
        StimulusError: a file that is no list of ids.
    """
    given = {"--train": _read_ids("--train", train), "--holdout": _read_ids("--holdout", holdout)}
    every = _every_id(source, [used, *(ids for ids in given.values() if ids is not None)])
    for option, ids in given.items():
        if ids is not None and (ids > every[-1]).any():
            raise ElicitError(f"{option}: image ids must be below {every[-1] + 1}, got {ids.max()}")
    learnt, held = given["--train"], given["--holdout"]
    if held is None:
        held = _hold_out(every, used, learnt, drop_leaks)
    if learnt is None:
        learnt = np.setdiff1d(every, held)
    _check(learnt, held)
    return learnt, held


def split_blends(
    arrays: Arrays, ends: Codes, prints: NDArray[Any], fold: int, left_out: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], SplitBlends]:
    """Return (N,) which blends are not trained on, and the judged ones on both sides.

    Blends that endpoint images link are held out together, dealt into folds as the benchmark deals
    them (`learn.benchmark.splits`). Where they are linked into fewer groups than folds, those of
    one pair of images are a group, and blends that share an image with one that is held out are
    not trained on.

    Args:
        arrays: of a labels.npz with judgements.
        ends: (N, 2) classes of endpoints i and j, as indexes.
        prints: (N, 2) fingerprints of the endpoints.
        fold: the one that is held out, from 0, below FOLDS.
        left_out: (N,) blends that are on neither side.
    """
    _, images = np.unique(prints, return_inverse=True)
    image_i, image_j = images.reshape(-1, 2).T
    linked = link_images(image_i, image_j)
    group = linked
    if len(np.unique(linked)) < FOLDS:
        pairs = np.stack([np.minimum(image_i, image_j), np.maximum(image_i, image_j)], axis=1)
        group = np.unique(pairs, axis=0, return_inverse=True)[1].reshape(-1)
    held = (deal_images(group, arrays["image_i"], arrays["image_j"]) == fold) & ~left_out
    ends_held = np.union1d(image_i[held], image_j[held])
    shares = np.isin(image_i, ends_held) | np.isin(image_j, ends_held)
    sides = (_judge(arrays, ends, linked, side) for side in (held, ~(held | shares | left_out)))
    return held | shares | left_out, SplitBlends(*sides)


def _judge(arrays: Arrays, ends: Codes, linked: Codes, chosen: NDArray[np.bool_]) -> JudgedBlends:
    """Return the blends (N,) that are chosen and were judged, and their judgements."""
    of_image, lambda_g, omega = (np.asarray(arrays[name]) for name in NEEDED_JUDGEMENTS)
    answered = chosen[of_image]
    blend, of_blend = np.unique(of_image[answered].astype(np.int64), return_inverse=True)
    return JudgedBlends(
        blend,
        linked[blend],
        arrays["images"][blend],
        ends[blend],
        np.asarray(arrays["lambda_f"], np.float64)[blend],
        of_blend,
        lambda_g[answered].astype(np.float64),
        omega[answered].astype(np.float64),
    )


def _hold_out(every: Ids, used: Ids, learnt: Ids | None, drop_leaks: bool) -> Ids:
    """Return the holdout where nobody named one.

    Raises:
        ElicitError: every image is an endpoint of a blend, and blends must stay.
    """
    rng = np.random.default_rng(0)
    others = every if learnt is None else np.setdiff1d(every, learnt)
    free = np.setdiff1d(others, used)
    if len(others) and not len(free) and not drop_leaks:
        raise ElicitError(
            "--holdout: not given, and no image is left to hold out, as each of the other "
            f"{len(others)} images is an endpoint of a blend; with --drop-leaks, some are held out "
            "and their blends left out of the training"
        )
    number = round(HOLDOUT_SHARE * len(every))
    held = rng.permutation(free)[:number]
    if drop_leaks:
        ends = rng.permutation(np.intersect1d(others, used))
        held = np.concatenate([held, ends[: number - len(held)]])
    return np.sort(held)


def _check(train: Ids, holdout: Ids) -> None:
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


def _every_id(source: EndpointSource, needed: list[Ids]) -> Ids:
    """Return all ids of a source; of one without an end, enough to hold some out too.

    Args:
        source: of the images.
        needed: ids that must be among them.
    """
    counts = [source.count(name) for name in source.classes]
    if all(count is not None for count in counts):
        return np.arange(sum(count or 0 for count in counts))
    most = max(len(ids) for ids in needed)
    if most > MAX_DRAWN:
        raise ElicitError(
            f"image ids: must be at most {MAX_DRAWN} for {source.name}, whose images are drawn, "
            f"got {most} of them"
        )
    whole = DEFAULT_PICTOGRAMS + -DEFAULT_PICTOGRAMS % len(source.classes)
    held = round(whole * HOLDOUT_SHARE / (1 - HOLDOUT_SHARE))
    return np.unique(np.concatenate([np.arange(whole + held), *needed]))


def _read_ids(option: str, spec: str | None) -> Ids | None:
    if spec is None:
        return None
    first, colon, last = spec.partition(":")
    if colon and first.isdigit() and last.isdigit():
        if max(len(first), len(last)) > 9 or max(int(first), int(last)) > MAX_IMAGE_ID + 1:
            raise ElicitError(f"{option}: image ids must be at most {MAX_IMAGE_ID}, got {spec}")
        return np.arange(int(first), int(last))
    if not Path(spec).exists():
        raise ElicitError(
            f"{option}: must be a file of image ids, or FIRST:LAST such as 0:7000; there is no "
            f"file {spec}"
        )
    return np.array(sorted(read_ids(Path(spec))), dtype=np.int64)
