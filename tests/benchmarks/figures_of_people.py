"""What is compared between people and simulated participants: one number a figure, by interface."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from elicit.psychometric.least_squares import START, fit_logistics, means, pse
from learn.arrays import Numbers
from learn.qc.scores import match_repeats
from learn.stats.bootstrap import interval, resample

MIXES = (0.1, 0.25, 0.5, 0.75, 0.9)  # that Infer asks about
SPREAD_OF_PAIRS = "spread of class-pair PSEs"
WITHIN = 0.03  # of H-Mix's mean, that a mean inferred coefficient must be


@dataclass(frozen=True)
class Answers:
    """One interface's answers; N first ones, R repeated ones, P people."""

    own: NDArray[np.int64]  # (N,) who, from 0; a person drawn twice is two
    person: NDArray[np.int64]  # (N,) who, as they are in the study
    image: NDArray[np.int64]  # (N,) what was asked about
    pair: NDArray[np.int64]  # (N,) its class pair, from 0
    x: Numbers  # (N,) lambda_f; 0 where it is the answer
    answer: Numbers  # (N,)
    omega: Numbers  # (N,) NaN where not asked
    rt_s: Numbers  # (N,)
    again: Numbers  # (R, 2) answers to the first and the second showing
    again_own: NDArray[np.int64]  # (R,)
    minutes: Numbers  # (P,) from the first page to the end of the last trial

    def drawn(self, times: Numbers) -> Answers:
        """Return the answers of a resample that has person p `times[p]` times."""
        people = np.repeat(np.arange(len(times)), times.astype(np.int64))
        rows, own = _rows_of(self.person, people)
        again, again_own = _rows_of(self.again_own, people)
        names = ("person", "image", "pair", "x", "answer", "omega", "rt_s")
        return replace(
            self, **{name: getattr(self, name)[rows] for name in names}, own=own,
            again=self.again[again], again_own=again_own, minutes=self.minutes[people],
        )  # fmt: skip


def _rows_of(
    who: NDArray[np.int64], people: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    found = [np.flatnonzero(who == person) for person in people]
    own = np.repeat(np.arange(len(people)), [len(rows) for rows in found])
    return np.concatenate(found), own


def answers(rows: pd.DataFrame, minutes: pd.Series[float]) -> Answers:
    """Return one interface's answers.

    Args:
        rows: of `learn.study.table.read_study`, of one paradigm.
        minutes: by participant.
    """
    infer = bool((rows["paradigm"] == "infer").all())
    people = sorted(set(rows["participant"]))
    once = rows[~rows["repeat"]]
    pairs = match_repeats(rows)
    who = pd.Index(people).get_indexer(pd.Index(once["participant"])).astype(np.int64)
    asked = ["image_i", "image_j", *(["lambda_f"] if infer else [])]
    return Answers(
        who,
        who,
        once.groupby(asked).ngroup().to_numpy().astype(np.int64),
        pairs_of(once),
        once["lambda_f"].to_numpy(float) if infer else np.zeros(len(once)),
        once["lambda_g" if infer else "lambda_f"].to_numpy(float),
        once["omega"].to_numpy(float),
        once["rt_s"].to_numpy(float),
        pairs[["answer_before", "answer"]].to_numpy(float),
        pd.Index(people).get_indexer(pd.Index(pairs["participant"])).astype(np.int64),
        np.asarray(minutes.reindex(people), dtype=np.float64),
    )


def pairs_of(rows: pd.DataFrame) -> NDArray[np.int64]:
    """Return (N,) each row's class pair, from 0; rows name its classes in one order."""
    return rows.groupby(["class_i", "class_j"]).ngroup().to_numpy().astype(np.int64)


def ends(
    rows: pd.DataFrame, found: Answers, figure: Figure, resamples: int, *, turned: bool = False
) -> tuple[float, float]:
    """Return the ends of a figure's 95% interval over resamples of participants.

    Args:
        rows: as for `answers`, which made `found` of them.
        found: people's answers.
        figure: the one asked for.
        resamples: how many.
        turned: the interval is turned round what people have (basic bootstrap), for a figure that
            chance raises: a resample has its own chance on top of that of the people drawn.
    """
    draws = resample(rows, resamples).draws
    low, high = interval(np.array([figure(found.drawn(times)) for times in draws]))
    own = figure(found)
    return (2 * own - float(high), 2 * own - float(low)) if turned else (float(low), float(high))


Figure = Callable[[Answers], float]


def of_midpoints() -> Iterator[tuple[str, Figure]]:
    """Yield the figures of Construct and Select-Shuffled."""
    for low, high, name in (
        (0.0, 0.25, "up to 0.2"), (0.25, 0.35, "0.3"), (0.35, 0.45, "0.4"), (0.45, 0.55, "0.5"),
        (0.55, 0.65, "0.6"), (0.65, 0.75, "0.7"), (0.75, 1.0, "from 0.8"),
    ):  # fmt: skip
        yield f"share that calls {name} the middle", partial(_share, low=low, high=high)
    yield "mean 50/50 point", lambda a: float(a.answer.mean())
    yield "standard deviation of all answers", lambda a: float(a.answer.std())
    yield from _of_people()


def of_infer() -> Iterator[tuple[str, Figure]]:
    """Yield the figures of Infer."""
    for mix in MIXES:
        yield f"mean lambda_g at {mix:g}", partial(_at, mix=mix, of=np.mean)
    for mix in MIXES:
        yield f"median lambda_g at {mix:g}", partial(_at, mix=mix, of=np.median)
    for mix in MIXES:
        yield f"spread of lambda_g at {mix:g}", partial(_at, mix=mix, of=np.std)
    yield "slope k of all answers' logistic", lambda a: _curve(a)[0]
    yield "its 50/50 point x0", lambda a: 0.5 - _curve(a)[1] / _curve(a)[0]
    for name, value in (("0", 0.0), ("50", 0.5), ("100", 1.0)):
        yield f"share of answers at {name}", partial(_share, low=value, high=value)
    for mix in MIXES:
        yield f"mean confidence at {mix:g}", partial(_sure_at, mix=mix)
    yield "share of confidence at 100", lambda a: float((a.omega == 1).mean())
    yield "share of confidence at 50", lambda a: float((a.omega == 0.5).mean())
    yield "two people's confidence in one image: r", _sure_of_images
    yield "confidence and time: r", _sure_and_slow
    yield "between people: sd of mean confidence", lambda a: _sd_of_means(a, a.omega)
    yield "between people: sd of slopes", _sd_of_slopes
    yield (
        "between people: sd of the share of 0 and 100",
        lambda a: _sd_of_means(a, ((a.answer == 0) | (a.answer == 1)).astype(float)),
    )
    yield (
        "between people: sd of the share of 50",
        lambda a: _sd_of_means(a, (a.answer == 0.5).astype(float)),
    )
    yield from _of_people()


def _of_people() -> Iterator[tuple[str, Figure]]:
    yield "between people: sd of mean answers", lambda a: _sd_of_means(a, _off(a))
    yield "between people: sd of spreads within", _sd_of_spreads
    yield SPREAD_OF_PAIRS, lambda a: spread_of_pairs(a.pair, a.x, a.answer)
    yield "two people's answers to one image: r", _consensus
    yield (
        "one person's answers to a repeat: r",
        lambda a: float(np.corrcoef(a.again[:, 0], a.again[:, 1])[0, 1]),
    )
    yield (
        "the same answer to a repeat: share",
        lambda a: float((a.again[:, 0] == a.again[:, 1]).mean()),
    )
    for q in (5, 25, 50, 75, 95):
        yield f"response time, {q}% quantile, s", partial(_time, q=q)
    yield "between people: sd of mean log response time", lambda a: _sd_of_means(a, np.log(a.rt_s))
    yield "minutes to the last trial's end, median", lambda a: float(np.median(a.minutes))


def spread_of_pairs(pair: NDArray[np.int64], x: Numbers, answer: Numbers) -> float:
    """Return the standard deviation of class pairs' PSEs; chance is in it, as in any study's.

    A pair's PSE is where its least-squares logistic is one half; its mean answer, where answers
    are the lambda_f of the middle.

    Args:
        pair: (N,) from 0.
        x: (N,) lambda_f; the same everywhere where it is the answer.
        answer: (N,)
    """
    mixes, where = np.unique(x, return_inverse=True)
    shape = int(pair.max()) + 1, len(mixes)
    cell = pair * len(mixes) + where
    n = np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape).astype(np.float64)
    sums = np.bincount(cell, answer, shape[0] * shape[1]).reshape(shape)
    total = np.asarray(sums, dtype=np.float64)
    there = (n > 0).all(axis=1)  # a resample may lack a pair
    middle = (
        pse(fit_logistics(mixes, n, means(n, total)))
        if len(mixes) > 1
        else total[there, 0] / n[there, 0]
    )
    return float(np.nanstd(middle, ddof=1)) if len(middle) > 1 else 0.0


def _share(a: Answers, low: float, high: float) -> float:
    return float(((a.answer >= low - 1e-9) & (a.answer <= high + 1e-9)).mean())


def _at(a: Answers, mix: float, of: Callable[[Numbers], float]) -> float:
    return float(of(a.answer[a.x == mix]))


def _sure_at(a: Answers, mix: float) -> float:
    return float(a.omega[a.x == mix].mean())


def _time(a: Answers, q: float) -> float:
    return float(np.percentile(a.rt_s, q))


def _sure_of_images(a: Answers) -> float:
    """Return the correlation of two people's confidence in one image, beside their own levels."""
    own = a.omega - _means(a, a.omega)[a.own]
    _, where = np.unique(a.x, return_inverse=True)
    return _shared_by_people(a, own - (np.bincount(where, own) / np.bincount(where))[where])


def _sure_and_slow(a: Answers) -> float:
    """Return the correlation of confidence and the time's logarithm, beside people's own levels."""
    log_s = np.log(a.rt_s)
    sure, late = (each - _means(a, each)[a.own] for each in (a.omega, log_s))
    return float(np.corrcoef(sure, late)[0, 1])


def _curve(a: Answers) -> tuple[float, float]:
    mixes, where = np.unique(a.x, return_inverse=True)
    n = np.bincount(where).astype(np.float64)
    mean = np.bincount(where, a.answer) / n
    slope, shift = fit_logistics(mixes, n[None], mean[None], np.array([START]))[0]
    return float(slope), float(shift)


def _off(a: Answers) -> Numbers:
    """Return (N,) answers less the mean at their lambda_f."""
    _, where = np.unique(a.x, return_inverse=True)
    off: Numbers = a.answer - (np.bincount(where, a.answer) / np.bincount(where))[where]
    return off


def _means(a: Answers, values: Numbers) -> Numbers:
    mean: Numbers = np.bincount(a.own, values) / np.bincount(a.own)
    return mean


def _sd_of_means(a: Answers, values: Numbers) -> float:
    return float(_means(a, values).std(ddof=1))


def _sd_of_spreads(a: Answers) -> float:
    off = _off(a)
    spread = np.sqrt(np.maximum(_means(a, off**2) - _means(a, off) ** 2, 0))
    return float(spread.std(ddof=1))


def _sd_of_slopes(a: Answers) -> float:
    x, y = a.x - _means(a, a.x)[a.own], a.answer - _means(a, a.answer)[a.own]
    slopes = np.bincount(a.own, x * y) / np.bincount(a.own, x * x)
    return float(slopes.std(ddof=1))


def _consensus(a: Answers) -> float:
    """Return the correlation of two answers to one image; those of one person drawn twice not."""
    return _shared_by_people(a, _off(a))


def _shared_by_people(a: Answers, off: Numbers) -> float:
    n, total = np.bincount(a.image), np.bincount(a.image, off)
    _, cell = np.unique(a.image * (a.person.max() + 1) + a.person, return_inverse=True)
    same_n, same = np.bincount(cell), np.bincount(cell, off)
    products = (total**2).sum() - (same**2).sum()
    pairs = (n**2).sum() - (same_n**2).sum()
    return float(products / pairs / off.var())
