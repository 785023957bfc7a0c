"""Bootstrap intervals over participants, since one person's answers are not independent."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from elicit.psychometric.intervals import INTERVAL_SHARES
from learn.arrays import Codes, Numbers

RESAMPLES = 1000
SEED = 20230731
MAX_WEIGHTS = 8_000_000  # numbers held at a time where every row has a weight in each resample
MEDIAN_RUNS = 256  # of sorted values, among which a median is sought first


@dataclass(frozen=True)
class Bootstrap:
    """How often each of P participants is in each of B resamples."""

    people: pd.Index[Any]  # (P,) pseudonyms, sorted
    draws: Numbers  # (B, P)

    def person(self, rows: pd.DataFrame) -> Codes:
        """Return (N,) the place in `people` of the participant of each row."""
        return self.people.get_indexer(pd.Index(rows["participant"])).astype(np.int64)

    def totals(self, rows: pd.DataFrame, values: Numbers, group: Codes, groups: int) -> Numbers:
        """Return (B, groups) sums of `values` (N,) in each resample, by `group` (N,)."""
        return self._totals(values, self.person(rows), group, groups)

    def _totals(self, values: Numbers, person: Codes, group: Codes, groups: int) -> Numbers:
        people = len(self.people)
        total: Numbers
        if people * groups > MAX_WEIGHTS:  # most people saw few of so many groups
            from scipy.sparse import csr_array  # slow to import, and few commands need it

            sums = csr_array((values, (group, person)), shape=(groups, people))
            total = (sums @ self.draws.T).T
        else:
            dense = np.bincount(person * groups + group, values, people * groups)
            total = self.draws @ dense.reshape(people, groups)
        return total

    def means(self, rows: pd.DataFrame, values: Numbers, group: Codes, groups: int) -> Numbers:
        """Return (B, groups) means; NaN where nobody is left, or where there is one person only."""
        n = self.totals(rows, np.ones(len(rows)), group, groups)
        alone = self.alone(rows, group, groups)
        total = self.totals(rows, values, group, groups)
        mean: Numbers = np.full(n.shape, np.nan)
        np.divide(total, n, out=mean, where=(n > 0) & ~alone)
        return mean

    def mean_intervals(
        self, rows: pd.DataFrame, values: Numbers, group: Codes, groups: int
    ) -> tuple[Numbers, Numbers]:
        """Return (groups,) low and high ends of the 95% intervals of `means`, in little memory."""
        at_once = max(1, MAX_WEIGHTS // len(self.draws))
        if groups <= at_once:
            return interval(self.means(rows, values, group, groups))
        order = np.argsort(group, kind="stable")
        firsts = range(0, groups, at_once)
        starts = np.searchsorted(group[order], [*firsts, groups])
        ends = []
        for first, start, end in zip(firsts, starts[:-1], starts[1:], strict=True):
            part, number = order[start:end], min(at_once, groups - first)
            means = self.means(rows.iloc[part], values[part], group[part] - first, number)
            ends.append(interval(means))
        low, high = (np.concatenate(each) for each in zip(*ends, strict=True))
        return low, high

    def alone(self, rows: pd.DataFrame, group: Codes, groups: int) -> NDArray[np.bool_]:
        """Return (groups,) whether fewer than two participants answered."""
        answered = np.unique(group * len(self.people) + self.person(rows))
        few: NDArray[np.bool_] = np.bincount(answered // len(self.people), minlength=groups) < 2
        return few

    def medians(self, rows: pd.DataFrame, values: Numbers) -> Numbers:
        """Return (B,) medians of `values` (N,)."""
        if rows["participant"].nunique() < 2:
            return np.full(len(self.draws), np.nan)
        order = np.argsort(values, kind="stable")
        return self._medians(values[order], self.person(rows)[order])

    def _medians(self, values: Numbers, person: Codes) -> Numbers:
        """Return (B,) medians of increasing values (N,), each of the person at that place (N,).

        Each resample's median is sought first among runs of values, then within the few runs that
        hold one: all weights are whole numbers, so the answer is exact.
        """
        runs = min(len(values), MEDIAN_RUNS)
        starts = np.arange(runs + 1) * len(values) // runs
        run = np.repeat(np.arange(runs), np.diff(starts))
        upto = np.cumsum(self._totals(np.ones(len(values)), person, run, runs), axis=1)  # (B, runs)
        medians, some = np.full(len(upto), np.nan), np.flatnonzero(upto[:, -1] > 0)
        if not len(some):
            return medians
        upto, half = upto[some], upto[some, -1:] / 2
        first = int(np.argmax(upto >= half, axis=1).min())
        last = int(np.argmax(upto > half, axis=1).max())
        within = slice(starts[first], starts[last + 1])
        before = upto[:, first - 1] if first else np.zeros(len(some))
        parts = math.ceil(len(some) * (within.stop - within.start) / MAX_WEIGHTS)
        for part in np.array_split(np.arange(len(some)), parts):
            there = before[part, None] + np.cumsum(
                self.draws[some[part, None], person[None, within]], axis=1
            )
            lower = np.argmax(there >= half[part], axis=1)
            upper = np.argmax(there > half[part], axis=1)
            medians[some[part]] = (values[within][lower] + values[within][upper]) / 2
        return medians

    def correlations(self, rows: pd.DataFrame, x: Numbers, y: Numbers) -> Numbers:
        """Return (B,) Pearson correlations of `x` (N,) with `y` (N,)."""
        if rows["participant"].nunique() < 2:
            return np.full(len(self.draws), np.nan)
        x, y = x - x.mean(), y - y.mean()  # so that sums of squares lose no digits
        one, all_rows = np.ones(len(rows)), np.zeros(len(rows), dtype=np.int64)
        n, sx, sy, sxx, syy, sxy = (
            self.totals(rows, each, all_rows, 1)[:, 0] for each in (one, x, y, x * x, y * y, x * y)
        )
        return _ratio(n * sxy - sx * sy, (n * sxx - sx**2) * (n * syy - sy**2))


def resample(rows: pd.DataFrame, resamples: int = RESAMPLES, seed: int = SEED) -> Bootstrap:
    """Return resamples of the participants of `rows`, the same for the same participants.

    Participants are drawn among those who did the same paradigms as they, so that every resample
    has as many of each paradigm as the study; where only one participant did
    some set of paradigms, all are drawn among all.
    """
    did = rows.groupby("participant", sort=True)["paradigm"].agg(
        lambda each: " ".join(sorted(set(each)))
    )
    kinds = [np.flatnonzero(did.to_numpy() == kind) for kind in sorted(set(did))]
    if min(len(kind) for kind in kinds) < 2:
        kinds = [np.arange(len(did))]
    rng = np.random.default_rng(seed)
    draws = np.zeros((resamples, len(did)))
    for kind in kinds:
        draws[:, kind] = rng.multinomial(len(kind), np.full(len(kind), 1 / len(kind)), resamples)
    return Bootstrap(did.index, draws)


def interval(replicates: Numbers) -> tuple[Any, Any]:
    """Return the low and high end of the 95% percentile interval over axis 0.

    NaN where fewer than half of the replicates are numbers.
    """
    ordered = np.sort(replicates, axis=0)  # NaN last
    n = np.sum(~np.isnan(ordered), axis=0)
    ends = []
    for share in INTERVAL_SHARES:
        place = share * np.maximum(n - 1, 0)
        below = np.floor(place).astype(np.int64)
        above = np.minimum(below + 1, np.maximum(n - 1, 0))
        low = np.take_along_axis(ordered, below[None, ...], axis=0)[0]
        high = np.take_along_axis(ordered, above[None, ...], axis=0)[0]
        found = low + (place - below) * (high - low)
        ends.append(np.where(2 * n >= len(ordered), found, np.nan))
    return ends[0][()], ends[1][()]


def mean_of(rows: pd.DataFrame, values: pd.Series[Any], boot: Bootstrap) -> tuple[Any, Any, Any]:
    """Return the mean of `values`, one a row, and the ends of its interval."""
    one = np.zeros(len(rows), dtype=np.int64)
    low, high = interval(boot.means(rows, values.to_numpy(float), one, 1)[:, 0])
    return values.mean(), low, high


def column_correlations(x: Numbers, y: Numbers) -> Numbers:
    """Return (B,) correlations over the columns of two (B, G) arrays that both have a number."""
    both = ~(np.isnan(x) | np.isnan(y))
    n = both.sum(axis=1)
    x, y = np.where(both, x, 0.0), np.where(both, y, 0.0)
    share = 1 / np.maximum(n, 1)
    x = np.where(both, x - (x.sum(axis=1) * share)[:, None], 0.0)
    y = np.where(both, y - (y.sum(axis=1) * share)[:, None], 0.0)
    found = _ratio((x * y).sum(axis=1), (x * x).sum(axis=1) * (y * y).sum(axis=1))
    return np.where(n > 2, found, np.nan)


def _ratio(product: Numbers, squares: Numbers) -> Numbers:
    spread: Numbers = np.sqrt(np.maximum(squares, 0))
    found: Numbers = np.full(spread.shape, np.nan)
    np.divide(product, spread, out=found, where=spread > 1e-12)
    return found
