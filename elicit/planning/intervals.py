"""The intervals that `learn` reports of a study, and what they should hold.

Estimators are those of `learn` (`elicit.psychometric`). The truth of a number is what very many
participants give: all of many simulated studies together, by the same estimator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from elicit.planning.blocks import BlockStimuli
from elicit.planning.pse_precision import PoolAnswers, image_names
from elicit.psychometric import Codes, Numbers
from elicit.psychometric.few_raters import estimate_image_means
from elicit.psychometric.least_squares import MIN_SLOPE, fit_logistics, midpoint
from elicit.psychometric.pairs import (
    NamedAnswers,
    estimate_midpoint,
    estimate_named_pairs,
    find_curve_ends,
    split_named_pair,
)
from elicit.psychometric.pooled import pool_answers
from elicit.psychometric.population import estimate_spreads
from elicit.psychometric.population_table import EvidenceTable
from elicit.psychometric.two_way import split_mean

Number: TypeAlias = tuple[str, str]  # what is estimated, and of which pair
Interval: TypeAlias = tuple[float, float, float]  # estimate, low, high; NaN where there is none

MIDPOINT, PSE, SLOPE, K, X0, IMAGE, OWN = (
    "mean lambda_f called 50/50",
    "PSE of the population",
    "slope of the population",
    "slope k",
    "midpoint x0",
    "mean lambda_f of one image pair",
    "PSE of one participant",
)
ALL = "all"  # the name of what all pairs give together
SPREAD_PEOPLE = 60


@dataclass(frozen=True)
class StudyAnswers:
    """A study's answers to one block, with the class pair of each."""

    stimuli: BlockStimuli
    answers: PoolAnswers

    def pairs(self) -> Iterator[tuple[str, NDArray[np.bool_], PoolAnswers]]:
        """Yield each class pair that was judged, (N,) which answers are to it, and those."""
        pair = self.stimuli.class_pair[self.answers.image_pair]
        for number, name in enumerate(self.stimuli.class_pairs):
            here = pair == number
            if here.any():
                yield name, here, self.answers.select(here)

    def curves(self) -> Iterator[tuple[str, PoolAnswers]]:
        """Yield all answers, then those to each class pair that was judged."""
        yield ALL, self.answers
        for name, _, its in self.pairs():
            yield name, its


Find: TypeAlias = Callable[[StudyAnswers], dict[Number, Interval]]
Limit: TypeAlias = Callable[[StudyAnswers], dict[Number, float]]


def find_midpoints(study: StudyAnswers) -> dict[Number, Interval]:
    """Return the interval of the mean lambda_f called 50/50, of each class pair and of all."""
    found, parts = {}, np.zeros(len(study.answers.lambda_f))
    for name, here, its in study.pairs():
        person = _code(its.person)
        found[MIDPOINT, name] = estimate_midpoint(its.lambda_f, person, its.image_pair)
        parts[here] = split_mean(its.lambda_f, person)[1]
    return found | _pool(study, MIDPOINT, found, parts)


def find_midpoint_limits(study: StudyAnswers) -> dict[Number, float]:
    """Return each class pair's mean, people counted once each, and the mean of all pairs'."""
    found = {
        (MIDPOINT, name): split_mean(its.lambda_f, _code(its.person))[0]
        for name, _, its in study.pairs()
    }
    return found | _average(MIDPOINT, found)


def find_image_means(study: StudyAnswers) -> dict[Number, Interval]:
    """Return the posterior interval of each image pair's mean lambda_f called 50/50."""
    its = study.answers
    images, image = np.unique(its.image_pair, return_inverse=True)
    found = estimate_image_means(its.lambda_f, image, its.person, 0.5)
    names = image_names(study.stimuli)
    return {
        (IMAGE, names[each]): (float(mean), float(low), float(high))
        for each, mean, low, high in zip(images, found.mean, found.low, found.high, strict=True)
    }


def find_image_limits(study: StudyAnswers) -> dict[Number, float]:
    """Return each image pair's mean over raters."""
    its = study.answers
    names = image_names(study.stimuli)
    return {
        (IMAGE, names[each]): float(its.lambda_f[its.image_pair == each].mean())
        for each in np.unique(its.image_pair)
    }


def find_populations(study: StudyAnswers) -> dict[Number, Interval]:
    """Return the intervals of the population PSE and slope, of each class pair and of all."""
    pairs = [
        (name, here, its) for name, here, its in study.pairs() if len(np.unique(its.person)) > 1
    ]
    answers = [
        NamedAnswers(its.lambda_f, its.lambda_g, its.person, its.image_pair) for *_, its in pairs
    ]
    pses: dict[Number, Interval] = {}
    slopes: dict[Number, Interval] = {}
    parts = np.full((2, len(study.answers.lambda_f)), np.nan)
    for (name, here, its), each in zip(pairs, estimate_named_pairs(answers), strict=True):
        pses[PSE, name] = each.pse, each.pse_low, each.pse_high
        slopes[SLOPE, name] = each.slope, each.slope_low, each.slope_high
        parts[:, here] = split_named_pair(its.lambda_f, its.lambda_g)
    of_slopes, of_pses = parts
    return pses | _pool(study, PSE, pses, of_pses) | slopes | _pool(study, SLOPE, slopes, of_slopes)


def find_population_limits(study: StudyAnswers) -> dict[Number, float]:
    """Return the population PSE and slope of each class pair, by the model for many studies.

    Those of all pairs are the means of theirs, of slopes by the logarithm.
    """
    pses: dict[Number, float] = {}
    slopes: dict[Number, float] = {}
    for name, _, its in study.pairs():
        person = _code(its.person)
        few = person < SPREAD_PEOPLE
        spreads = estimate_spreads(its.lambda_f[few], its.lambda_g[few], person[few])
        table = EvidenceTable.of(its.lambda_f, its.lambda_g, person, spreads)
        every = table.estimate(np.ones((1, int(person.max()) + 1)))
        pses[PSE, name], slopes[SLOPE, name] = float(every.pse[0]), float(every.slope[0])
    return pses | _average(PSE, pses) | slopes | _average(SLOPE, slopes)


def _pool(
    study: StudyAnswers, what: str, found: dict[Number, Interval], parts: Numbers
) -> dict[Number, Interval]:
    """Return the interval of all pairs, as `learn pse` reports it; none of one pair.

    Args:
        study: the answers.
        what: is estimated.
        found: of each class pair.
        parts: (N,) what each answer moves its pair's estimate by.
    """
    if len(found) < 2:
        return {}
    scale, back = (np.log, np.exp) if what == SLOPE else (np.asarray, np.asarray)
    its = study.answers
    known = [study.stimuli.class_pairs.index(name) for _, name in found]
    pair = study.stimuli.class_pair[its.image_pair]
    here = np.isin(pair, known)
    pooled = pool_answers(
        scale(np.array(list(found.values()))),
        parts[here],
        np.searchsorted(known, pair[here]),
        _code(its.person[here]),
        its.image_pair[here],
    )
    ends = back(np.array([pooled.mean, pooled.low, pooled.high])).tolist()
    return {(what, ALL): (ends[0], ends[1], ends[2])}


def _average(what: str, limits: dict[Number, float]) -> dict[Number, float]:
    """Return the mean of several pairs' limits, each counted once; of slopes by the logarithm."""
    if len(limits) < 2:
        return {}
    values = np.array(list(limits.values()))
    mean = np.exp(np.log(values).mean()) if what == SLOPE else values.mean()
    return {(what, ALL): float(mean)}


def find_curves(study: StudyAnswers) -> dict[Number, Interval]:
    """Return the intervals of slope and midpoint of the logistic of all, and of each class pair."""
    found: dict[Number, Interval] = {}
    for name, its in study.curves():
        curve = _fit(its)
        if curve is not None:
            x, y = its.lambda_f, its.lambda_g
            of_k, of_x0 = find_curve_ends(x, y, its.person, its.image_pair, curve)
            found[K, name] = float(curve[0]), *of_k
            found[X0, name] = float(midpoint(curve)), *of_x0
    return found


def find_curve_limits(study: StudyAnswers) -> dict[Number, float]:
    """Return slope and midpoint of the logistic of all, and of each class pair."""
    found = {}
    for name, its in study.curves():
        curve = _fit(its)
        if curve is not None:
            found[K, name], found[X0, name] = float(curve[0]), float(midpoint(curve))
    return found


def _fit(its: PoolAnswers) -> Numbers | None:
    """Return (2,) slope and shift; None where answers have no curve of their own."""
    if min(np.ptp(its.lambda_f), np.ptp(its.lambda_g)) == 0:
        return None
    levels, level = np.unique(its.lambda_f, return_inverse=True)
    n = np.bincount(level).astype(np.float64)
    curve: Numbers = fit_logistics(levels, n[None], (np.bincount(level, its.lambda_g) / n)[None])[0]
    return curve if curve[0] > MIN_SLOPE else None


def _code(person: Codes) -> Codes:
    """Return (N,) people numbered from 0, each there."""
    return np.unique(person, return_inverse=True)[1].astype(np.int64)
