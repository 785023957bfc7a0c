"""Studies drawn from a pool of simulated participants, balanced over conditions."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, TypeAlias

import numpy as np
import scipy.sparse

from elicit.psychometric import Codes, Numbers

Sparse: TypeAlias = Any  # scipy.sparse.csr_array

MIN_CONDITION_SIZE = 8  # of a condition in the pool, so that others may take a place of it


def encode(values: Sequence[Hashable]) -> Codes:
    """Return (N,) a number for each of N values, from 0, equal ones alike."""
    places: dict[Hashable, int] = {}
    return np.array([places.setdefault(each, len(places)) for each in values], dtype=np.int64)


def draw_orders(cells: Codes, most: int, studies: int, rng: np.random.Generator) -> Codes:
    """Return (studies, most) who is at each place of each study, a person once a study.

    The first n columns are a study of n participants. Whoever is at a place is of the condition
    that the counterbalancing order has for it, so a drawn study is as balanced as a real one.

    Args:
        cells: (M,) the condition of each participant of the pool; the k-th is at place k.
        most: places of a study, at most M.
        studies: how many.
        rng: draws them.
    """
    order = np.empty((studies, most), dtype=np.int64)
    for cell in np.unique(cells[:most]):
        members = np.flatnonzero(cells == cell)
        places = members[members < most]
        drawn = rng.random((studies, len(members))).argsort(axis=1)[:, : len(places)]
        order[:, places] = members[drawn]
    return order


def weights(order: Codes, pool: int) -> Sparse:
    """Return (R, pool): 1 for whoever is in each study, (R, n) places in the pool."""
    studies, n = order.shape
    return scipy.sparse.csr_array(
        (np.ones(studies * n), order.ravel(), np.arange(studies + 1) * n), shape=(studies, pool)
    )


def sum_table(rows: Codes, columns: Codes, values: Numbers, shape: tuple[int, int]) -> Sparse:
    """Return sums of (N,) values by row and column, most of them 0."""
    return scipy.sparse.csr_array(scipy.sparse.coo_array((values, (rows, columns)), shape=shape))


def sums(of: Sparse, each: Sparse) -> Numbers:
    """Return (R, C), `each` participant's (M, C) numbers added over (R, M) studies."""
    total: Numbers = (of @ each).toarray()
    return total


def widen(replicates: Numbers, n: int, pool: int) -> Numbers:
    """Return (R, ...) estimates, spread as those of studies of fresh participants would be.

    Studies of n participants from a pool of M share some of them, which narrows the variance of a
    mean by the factor 1 - n / M (sampling without replacement; Cochran, Sampling Techniques,
    2.5); that is undone here.
    """
    middle = np.nanmean(replicates, axis=0)
    wide: Numbers = middle + (replicates - middle) / np.sqrt(1 - n / pool)
    return wide
