"""How many participants a study needs, found by simulation.

A pool of participants is simulated once, each for a whole session. Studies of n participants are
then drawn from it and analysed. The result holds for the study's own images and for participants
like the observer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from elicit.planning.blocks import conditions
from elicit.planning.image_spread import ImageSpread, measure_image_spread
from elicit.planning.named_precision import NamedPseStudy
from elicit.planning.pool import ParticipantPool, ProgressCallback
from elicit.planning.power import PowerPoint, PowerStudy
from elicit.planning.pse_precision import PsePoint, PseStudy
from elicit.planning.resampling import MIN_CONDITION_SIZE, draw_orders
from elicit.planning.targets import Question

Point: TypeAlias = PsePoint | PowerPoint

STEPS = (10, 11, 12, 14, 16, 18, 20, 22, 25, 28, 32, 36, 40, 45, 50, 56, 63, 71, 80, 90)
COARSE_STEP = 3  # places from one number to the next, before the answer's neighbours are looked at
PLOT_RANGE_FACTOR = 1.5  # how far past the answer a plot goes
_PSE, _POWER, _FOLDS = range(3)  # keys of draws


@dataclass(frozen=True)
class Effort:
    """How much is simulated and drawn.

    With the defaults, other seeds give the same number of participants, or one a step of `STEPS`
    away, as far as the pool holds `a_participant` sessions for each of them.
    """

    first: int = 800  # sessions of the first pool; it doubles until all questions are answered
    largest: int = 8000  # sessions of the last pool, unless the largest study needs more
    a_participant: int = 40  # sessions in the pool for each participant of an answer, if there are
    pse_studies: int = 1000
    power_studies: int = 500


@dataclass(frozen=True)
class TargetResult:
    """How many participants one question needs, and how far any number of them comes."""

    question: Question
    points: tuple[Point, ...]  # by number of participants
    needed: int | None  # the smallest number from which on the target is reached
    judgements: float  # that one participant gives, in the mean
    spread: ImageSpread | None = None  # of a PSE's image pairs, where each has one of its own

    @property
    def best(self) -> Point:
        """The point that comes closest to the target, the first of equals."""
        return min(self.points, key=lambda point: distance(point, self.question.policy))

    def per_pair(self, participants: int) -> float:
        """Return judgements a class pair, in the mean."""
        return participants * self.judgements / len(self.question.stimuli.class_pairs)

    def per_image(self, participants: int) -> float:
        """Return judgements an image, or a pair of images whose mixes are chosen, in the mean."""
        return participants * self.judgements / self.question.stimuli.images


@dataclass(frozen=True)
class PlanResult:
    """The results of all questions, and what was simulated for them."""

    results: tuple[TargetResult, ...]
    sessions: int  # simulated
    finished: int  # of them
    minutes: tuple[float, float] | None  # median and 90% of the finished ones


def sample_sizes(most: int) -> list[int]:
    """Return the numbers of participants that are looked at, each an eighth more or so."""
    found = list(range(2, 10))
    tens = 1
    while found[-1] < most:
        found += [tens * step for step in STEPS]
        tens *= 10
    return [each for each in found if each < most] + [most]


def find_sample_size(
    questions: Sequence[Question],
    pool: ParticipantPool,
    most: int,
    seed: int,
    effort: Effort | None = None,
    report_progress: ProgressCallback | None = None,
) -> PlanResult:
    """Return how many participants each question needs; same arguments, same answer.

    Args:
        questions: about one protocol.
        pool: simulates its participants.
        most: participants of the largest study looked at, 2 or more.
        seed: of the studies that are drawn.
        effort: how much is simulated; the default where None.
        report_progress: called as the work goes on.

    Raises:
        ElicitError: a participant cannot be simulated.
    """
    effort = effort or Effort()
    report = report_progress or _report_nothing
    results: list[TargetResult] = []
    sizes = _sizes(questions, most, effort)
    for size in sizes:
        pool.grow(size, report)
        last = size == sizes[-1]
        limit = most if last else min(most, size // effort.a_participant)
        furthest = most if last else min(most, 2 * limit)  # for the plot
        results = [_find(each, pool, furthest, seed, effort, report) for each in questions]
        if all(each.needed is not None and each.needed <= limit for each in results):
            break
    minutes = [each.minutes for each in pool.sessions if each.finished]
    ends = np.quantile(minutes, [0.5, 0.9]) if minutes else None
    return PlanResult(
        tuple(results),
        len(pool.sessions),
        len(minutes),
        None if ends is None else (float(ends[0]), float(ends[1])),
    )


def _report_nothing(_what: str, _done: int, _total: int) -> None:
    pass


def distance(point: Point, policy: str) -> float:
    """Return how far a point is from any target; less is better."""
    return point.error_worst if isinstance(point, PsePoint) else -point.power(policy)[0]


def _sizes(questions: Sequence[Question], most: int, effort: Effort) -> list[int]:
    """Return sizes of the pool: twice as many each time, in the end enough for `most`."""
    sizes = [max(effort.first, *(MIN_CONDITION_SIZE * each.stimuli.batches for each in questions))]
    last = max(MIN_CONDITION_SIZE * most, min(effort.largest, effort.a_participant * most))
    while sizes[-1] < last:
        sizes.append(min(2 * sizes[-1], last))
    return sizes


def _find(
    question: Question,
    pool: ParticipantPool,
    limit: int,
    seed: int,
    effort: Effort,
    report: ProgressCallback,
) -> TargetResult:
    look = _analysis(question, pool, limit, seed, effort)
    every = sample_sizes(limit)
    coarse = sorted({*every[::COARSE_STEP], limit})
    points: dict[int, Point] = {}
    for k, n in enumerate(coarse):
        report(f"{question.stimuli.block.name}, {question.target}", k, len(coarse))
        points[n] = look(n)
        needed = _needed(points)
        if needed is not None and n >= PLOT_RANGE_FACTOR * needed:
            break
    needed = _needed(points)
    if needed is not None:  # between it and the number before, which does not reach the target
        before = max((n for n in points if n < needed), default=0)
        points |= {n: look(n) for n in every if before < n < needed}
    judgements = [session.answers[question.number].trials for session in pool.sessions]
    return TargetResult(
        question,
        tuple(points[n] for n in sorted(points)),
        _needed(points),
        float(np.mean(judgements)),
        measure_image_spread(question.stimuli, question.number, pool.sessions)
        if question.target.kind == "pse" and question.per == "pair"
        else None,
    )


def _needed(points: dict[int, Point]) -> int | None:
    """Return the smallest number from which on all that was looked at reaches the target."""
    needed = None
    for n in sorted(points, reverse=True):
        if not points[n].reached:
            break
        needed = n
    return needed


def _analysis(
    question: Question, pool: ParticipantPool, limit: int, seed: int, effort: Effort
) -> Callable[[int], Point]:
    """Return what analyses studies of so many participants."""
    stimuli, value = question.stimuli, question.target.value
    cells = conditions(stimuli, len(pool.sessions))
    if question.target.is_precision:
        rng = np.random.default_rng([seed, _PSE, question.number])
        order = draw_orders(cells, limit, effort.pse_studies, rng)
        named = stimuli.block.paradigm == "discriminate"
        sessions = pool.sessions
        pse = (
            NamedPseStudy.of(stimuli, question.number, sessions, question.per)
            if named
            else PseStudy.of(
                stimuli,
                question.number,
                sessions,
                question.per,
                of_omega=question.target.kind == "omega",
            )
        )
        return lambda n: pse.points(order, [n], value)[0]
    rng = np.random.default_rng([seed, _POWER, question.number])
    order = draw_orders(cells, limit, effort.power_studies, rng)
    power = PowerStudy.of(stimuli, question.number, pool.sessions)

    def look(n: int) -> Point:
        folds = np.random.default_rng([seed, _FOLDS, n])  # the same in whatever order one looks
        return power.points(order, [n], value, question.policy, folds)[0]

    return look
