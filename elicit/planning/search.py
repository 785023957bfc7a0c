"""How many participants a study needs, found by simulating it.

A pool of participants is simulated once, each a whole session. Studies of n participants are then
drawn from it, and every study is analysed: so an answer holds for the study's own images, and for
participants such as the observer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from elicit.planning.blocks import conditions
from elicit.planning.pool import Room, Sitting, sittings
from elicit.planning.power import PowerPoint, PowerStudy
from elicit.planning.pse_precision import PsePoint, PseStudy
from elicit.planning.resampling import FEWEST, orders
from elicit.planning.targets import Question

Point: TypeAlias = PsePoint | PowerPoint
Told: TypeAlias = Callable[[str, int, int], None]  # what is done, how much of it, of how much

STEPS = (10, 11, 12, 14, 16, 18, 20, 22, 25, 28, 32, 36, 40, 45, 50, 56, 63, 71, 80, 90)
COARSE = 3  # places from one number to the next, before the answer's neighbours are looked at
BEYOND = 1.5  # how far past the answer a plot goes
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
class Finding:
    """What came of one question."""

    question: Question
    points: tuple[Point, ...]  # by number of participants
    needed: int | None  # the smallest number from which on the target is reached
    judgements: float  # that one participant gives, in the mean

    @property
    def best(self) -> Point:
        """The point that comes closest to the target, the first of equals."""
        return min(self.points, key=lambda point: distance(point, self.question.policy))

    def per_pair(self, participants: int) -> float:
        """Return judgements a class pair, in the mean."""
        return participants * self.judgements / len(self.question.asked.class_pairs)

    def per_image(self, participants: int) -> float:
        """Return judgements an image, or a pair of images whose mixes are chosen, in the mean."""
        return participants * self.judgements / self.question.asked.images


@dataclass(frozen=True)
class Answered:
    """What a plan found."""

    findings: tuple[Finding, ...]
    sessions: int  # simulated
    finished: int  # of them
    minutes: tuple[float, float] | None  # median and 90% of the finished ones


@dataclass
class Pool:
    """Simulated participants, more of them as they are needed."""

    room: Room
    processes: Callable[[int], int]  # for so many sessions
    told: Told
    people: list[Sitting] = field(default_factory=list)

    def grow(self, size: int) -> None:
        """Simulate participants until there are `size`.

        Raises:
            ElicitError: one cannot be simulated.
        """
        new = range(len(self.people), size)
        for done in sittings(self.room, new, self.processes(len(new))):
            self.people.append(done)
            self.told("Simulating", len(self.people), size)


def numbers(most: int) -> list[int]:
    """Return the numbers of participants that are looked at, each an eighth more or so."""
    found = list(range(2, 10))
    tens = 1
    while found[-1] < most:
        found += [tens * step for step in STEPS]
        tens *= 10
    return [each for each in found if each < most] + [most]


def answer(
    asked: Sequence[Question], pool: Pool, most: int, seed: int, effort: Effort | None = None
) -> Answered:
    """Return how many participants each question needs; same arguments, same answer.

    Args:
        asked: the questions, about one protocol.
        pool: simulates its participants.
        most: participants of the largest study looked at, 2 or more.
        seed: of the studies that are drawn.
        effort: how much is simulated; the default where None.

    Raises:
        ElicitError: a participant cannot be simulated.
    """
    effort = effort or Effort()
    findings: list[Finding] = []
    sizes = _sizes(asked, most, effort)
    for size in sizes:
        pool.grow(size)
        last = size == sizes[-1]
        limit = most if last else min(most, size // effort.a_participant)
        furthest = most if last else min(most, 2 * limit)  # for the plot
        findings = [_found(each, pool, furthest, seed, effort) for each in asked]
        if all(each.needed is not None and each.needed <= limit for each in findings):
            break
    minutes = [each.minutes for each in pool.people if each.finished]
    ends = np.quantile(minutes, [0.5, 0.9]) if minutes else None
    return Answered(
        tuple(findings),
        len(pool.people),
        len(minutes),
        None if ends is None else (float(ends[0]), float(ends[1])),
    )


def distance(point: Point, policy: str) -> float:
    """Return how far a point is from any target; less is better."""
    return point.error_worst if isinstance(point, PsePoint) else -point.power(policy)[0]


def _sizes(asked: Sequence[Question], most: int, effort: Effort) -> list[int]:
    """Return sizes of the pool: twice as many each time, in the end enough for `most`."""
    sizes = [max(effort.first, *(FEWEST * each.asked.batches for each in asked))]
    last = max(FEWEST * most, min(effort.largest, effort.a_participant * most))
    while sizes[-1] < last:
        sizes.append(min(2 * sizes[-1], last))
    return sizes


def _found(question: Question, pool: Pool, limit: int, seed: int, effort: Effort) -> Finding:
    look = _analysis(question, pool, limit, seed, effort)
    every = numbers(limit)
    coarse = sorted({*every[::COARSE], limit})
    points: dict[int, Point] = {}
    for k, n in enumerate(coarse):
        pool.told(f"{question.asked.block.name}, {question.target}", k, len(coarse))
        points[n] = look(n)
        needed = _needed(points)
        if needed is not None and n >= BEYOND * needed:
            break
    needed = _needed(points)
    if needed is not None:  # between it and the number before, which does not reach the target
        before = max((n for n in points if n < needed), default=0)
        points |= {n: look(n) for n in every if before < n < needed}
    judgements = [sitting.said[question.number].trials for sitting in pool.people]
    return Finding(
        question,
        tuple(points[n] for n in sorted(points)),
        _needed(points),
        float(np.mean(judgements)),
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
    question: Question, pool: Pool, limit: int, seed: int, effort: Effort
) -> Callable[[int], Point]:
    """Return what analyses studies of so many participants."""
    asked, value = question.asked, question.target.value
    cells = conditions(asked, len(pool.people))
    if question.target.kind == "pse":
        rng = np.random.default_rng([seed, _PSE, question.number])
        order = orders(cells, limit, effort.pse_studies, rng)
        pse = PseStudy.of(asked, question.number, pool.people, question.per)
        return lambda n: pse.points(order, [n], value)[0]
    rng = np.random.default_rng([seed, _POWER, question.number])
    order = orders(cells, limit, effort.power_studies, rng)
    power = PowerStudy.of(asked, question.number, pool.people)

    def look(n: int) -> Point:
        folds = np.random.default_rng([seed, _FOLDS, n])  # the same in whatever order one looks
        return power.points(order, [n], value, question.policy, folds)[0]

    return look
