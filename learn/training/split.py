"""Which images are trained on and which are held out: no image is both."""

from __future__ import annotations

from functools import reduce
from pathlib import Path

import numpy as np

from elicit.errors import ElicitError
from learn.arrays import Ids
from stimuli.limits import MAX_IMAGE_ID
from stimuli.sets.excluded_ids import read_ids
from stimuli.sources.endpoints import EndpointSource

DEFAULT_PICTOGRAMS = 1000  # drawings to train on, where nobody says which
MAX_DRAWN = 1_000_000  # images of a source without an end
HOLDOUT_SHARE = 0.3  # of the images, where nobody says which: as 3000 of CIFAR-10's 10000


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
        needed: ids that must be among them, endpoints of blends first.
    """
    counts = [source.count(name) for name in source.classes]
    if all(count is not None for count in counts):
        return np.arange(sum(count or 0 for count in counts))
    most = max(len(ids) for ids in needed)
    if most > MAX_DRAWN:
        raise ElicitError(
            f"image ids: must be at most {MAX_DRAWN} for {source.name}, whose images are drawn, "
            f"got {most}"
        )
    whole = DEFAULT_PICTOGRAMS + -DEFAULT_PICTOGRAMS % len(source.classes)
    held = round(whole * HOLDOUT_SHARE / (1 - HOLDOUT_SHARE))
    return reduce(np.union1d, needed, np.arange(whole + held))


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
