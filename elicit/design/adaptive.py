"""The next mix to ask about, chosen from the answers so far.

QUEST+ (Watson 2017): the mix after whose answer the curve is expected to be known best, as the
posterior's entropy measures it. The lapse is not asked about but averaged over (Prins 2013), so no
trial is spent where only a lapse would show. Own code rather than the questplus package: that
takes ten milliseconds to choose where this takes a fraction of one, cannot average over a
parameter, and is under the GPL; `python -m tests.benchmarks.adaptive` measures both.

A prior may be far from a participant. Where the answers say that the PSE or the slope lies at the
edge of what is believed, the curve is believed to be anywhere on a wider grid from then on, and
all answers so far count on it: the rule "widening". Sessions of earlier versions keep the rule
"fixed".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from elicit.log.rows import TrialRow
from elicit.psychometric import Numbers
from elicit.psychometric.function import Grid, Prior, estimate, grid
from elicit.trial import Trial
from stimuli.mixing import Pair

CHOICE_GRID = (40, 18, 4)  # of PSE, slope and lapse, for choosing
WIDE_GRID = (80, 24, 4)  # once it is widened: PSEs in the same steps
WIDE_PSES = (-0.5, 1.5)  # between which PSEs lie then
WIDER = (2.0, 1.5)  # factors on the prior's PSE's and log slope's standard deviations
EDGE_PSE = 0.15  # PSEs so near to 0 or 1 are at the edge
EDGE_SLOPES = 4  # the shallowest slopes of the grid, which are at the edge
EDGE_SHARE = 0.4  # probability at an edge, above which a grid is widened
ENTROPY_TIE_NATS = 1e-9  # nats; mixes that tell as much as each other
ENTROPY_ROUNDING_NATS = 1e-6  # nats, between one computer's arithmetic and another's

DEFAULT_PRIOR = Prior()
RULES = ("fixed", "widening")  # of the grid; the last is that of new sessions

CurveKey = tuple[str, object, object]  # block, and what a curve is for: two classes, or two images


@dataclass(frozen=True)
class AdaptiveCurve:
    """One psychometric function while it is measured."""

    lambdas: tuple[float, ...]  # the mixes to choose from
    target: str  # pse_and_slope, or pse
    prior: Prior
    posterior: Numbers  # (P, S, L), sums to 1
    answers: tuple[tuple[float, bool], ...] = ()  # lambda_f, and whether class i was named
    widens: bool = False  # whether the grid may be widened
    wide: bool = False  # whether it is
    # the curves after answers that were thought of, so that none is worked out twice
    _after: dict[tuple[float, bool], AdaptiveCurve] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @classmethod
    def start(
        cls, lambdas: Sequence[float], target: str, prior: Prior, rule: str = "fixed"
    ) -> AdaptiveCurve:
        """Return a curve of which nothing is known but the prior; `rule` is of RULES."""
        weight = grid(prior, CHOICE_GRID).weight
        return cls(tuple(lambdas), target, prior, weight, widens=rule == "widening")

    def after(self, lambda_f: float, said_i: bool) -> AdaptiveCurve:
        """Return the curve after one more answer."""
        answer = lambda_f, said_i
        if answer not in self._after:
            posterior, answers = self._learn(*answer), (*self.answers, answer)
            curve = replace(self, posterior=posterior, answers=answers)
            self._after[answer] = curve._widen() if curve._is_at_edge() else curve
        return self._after[answer]

    def _learn(self, lambda_f: float, said_i: bool) -> Numbers:
        """Return the posterior after an answer."""
        chance = _chances(self.lambdas, self.prior, self.wide)[self.lambdas.index(lambda_f)]
        posterior: Numbers = self.posterior * (chance if said_i else 1 - chance)
        posterior /= posterior.sum()
        return posterior

    def _is_at_edge(self) -> bool:
        """Return whether the grid is to be widened."""
        if self.wide or not self.widens:
            return False
        pse = grid(self.prior, CHOICE_GRID).pse
        of_pse, of_slope = self.posterior.sum((1, 2)), self.posterior.sum((0, 2))
        outside = (pse < EDGE_PSE) | (pse > 1 - EDGE_PSE)
        edges = float(of_pse[outside].sum()), float(of_slope[:EDGE_SLOPES].sum())
        return max(edges) > EDGE_SHARE

    def _widen(self) -> AdaptiveCurve:
        """Return the curve on the wider grid, with the same answers."""
        curve = replace(self, posterior=_grid_of(self.prior, wide=True).weight, wide=True)
        for lambda_f, said_i in self.answers:
            curve = replace(curve, posterior=curve._learn(lambda_f, said_i))
        return curve

    def choice(self) -> float:
        """Return the mix to ask about next; of several that tell as much, each in its turn."""
        return self._choice

    @cached_property
    def _choice(self) -> float:
        entropies = self.expected_entropies()
        best = np.flatnonzero(entropies <= entropies.min() + ENTROPY_TIE_NATS)
        return self.lambdas[int(best[len(self.answers) % len(best)])]

    def expected_entropies(self) -> Numbers:
        """Return (X,) nats: how uncertain the target is expected to be after asking each mix."""
        seen = _lapseless_chances(self.lambdas, self.prior, self.wide)
        lapse = _grid_of(self.prior, wide=self.wide).lapse
        known = self.posterior.sum(-1)  # without the lapse
        told_i = self.posterior @ (lapse / 2) + seen * (self.posterior @ (1 - lapse))
        told_j = known - told_i
        if self.target == "pse":
            told_i, told_j = told_i.sum(-1), told_j.sum(-1)
        told_i, told_j = (told.reshape(len(seen), -1) for told in (told_i, told_j))
        return _entropy_sum(told_i) + _entropy_sum(told_j)


def _grid_of(prior: Prior, *, wide: bool) -> Grid:
    """Return the curves that are believed in, before or after the grid is widened."""
    if not wide:
        return grid(prior, CHOICE_GRID)
    wider = replace(
        prior,
        pse_sd=prior.pse_sd * WIDER[0],
        slope_factor=prior.slope_factor ** WIDER[1],
    )
    return grid(wider, WIDE_GRID, WIDE_PSES)


@lru_cache(maxsize=8)
def _chances(lambdas: tuple[float, ...], prior: Prior, wide: bool) -> Numbers:
    return _grid_of(prior, wide=wide).chances(lambdas)


@lru_cache(maxsize=8)
def _lapseless_chances(lambdas: tuple[float, ...], prior: Prior, wide: bool) -> Numbers:
    """Return (X, P, S), P(answers "i") of every curve at (X,) lambda_f, where none lapses."""
    return _grid_of(prior, wide=wide).chances_without_lapse(lambdas)


def _entropy_sum(joint: Numbers) -> Numbers:
    """Return (X,) P(answer) times the entropy after it, from (X, C) joint probabilities."""
    logs = np.log(np.maximum(joint, 1e-300))
    total = joint.sum(-1)
    entropy: Numbers = total * np.log(np.maximum(total, 1e-300)) - np.einsum(
        "xc,xc->x", joint, logs
    )
    return entropy


@dataclass(frozen=True)
class CurveSpec:
    """What a discriminate block measures, and how."""

    block: str  # its name
    curve_for: str  # class_pair, or image_pair: what has a psychometric function of its own
    lambdas: tuple[float, ...]  # lambda_grid
    target: str | None = None  # pse_and_slope, or pse; None for constant stimuli
    prior: Prior = DEFAULT_PRIOR
    rule: str = RULES[-1]

    @classmethod
    def of(
        cls,
        block: str,
        curve_for: str,
        lambdas: Sequence[float],
        target: str | None,
        prior: Mapping[str, float],
        rule: str = RULES[0],
    ) -> CurveSpec:
        """Return what a session's record states; `prior` has the fields of `Prior`, or some.

        A record that states no rule is of a session whose grid is fixed.

        Raises:
            ValueError: there can be no such prior; says why.
        """
        known = [each.name for each in fields(Prior)]
        unknown = sorted(prior.keys() - known)
        if unknown:
            raise ValueError(f"{unknown[0]}: must be one of {', '.join(known)}")
        its = Prior(**prior)
        problem = its.problem()
        if problem is not None:
            raise ValueError(problem)
        return cls(block, curve_for, tuple(lambdas), target, its, rule)

    def curve_of(self, pair: Pair | TrialRow) -> CurveKey:
        """Return which curve a pair belongs to."""
        if self.curve_for == "class_pair":
            return self.block, pair.class_i, pair.class_j
        return self.block, pair.image_i, pair.image_j


class Adaptive:
    """The adaptive blocks of one session: what was answered, and what is asked next."""

    def __init__(self, blocks: Iterable[CurveSpec], rows: Iterable[TrialRow] = ()) -> None:
        """Begin, or stand where the session was interrupted.

        Args:
            blocks: the session's; those with constant stimuli are left alone.
            rows: the trials that are answered.
        """
        self._blocks = {block.block: block for block in blocks if block.target is not None}
        self._curves: dict[CurveKey, AdaptiveCurve] = {}
        for row in rows:
            self.take(row)

    def take(self, row: TrialRow) -> None:
        """Learn from an answer; practice, misses and blocks that are not adaptive say nothing."""
        block = self._blocks.get(row.block)
        if block is None or row.practice or row.missed:
            return
        if row.lambda_f is not None and row.lambda_f in block.lambdas:
            curve = self._curve(block, row).after(row.lambda_f, bool(row.chose_i))
            self._curves[block.curve_of(row)] = curve

    def choose(self, trial: Trial) -> Trial:
        """Return the trial with the mix to show; any other trial as it is."""
        block = self._open_block(trial)
        if block is None:
            return trial
        return replace(trial, lambdas=(self._curve(block, trial.pair).choice(),))

    def possible_mixes(self, following: Trial, current: Trial) -> Trial:
        """Return `following` with the mixes it may show, whatever is answered to `current`.

        So its images are ready in time: there are two at most, one for either answer, and one more
        where `current` may be missed.
        """
        block = self._open_block(following)
        if block is None or current.block != following.block or current.practice:
            return self.choose(following)
        if block.curve_of(current.pair) != block.curve_of(following.pair):
            return self.choose(following)
        curve = self._curve(block, following.pair)
        after = {curve.after(current.lambdas[0], said_i).choice() for said_i in (True, False)}
        after |= {curve.choice()} if current.timing.deadline_s is not None else set()
        return replace(following, lambdas=tuple(sorted(after)))

    def better_choice(self, row: TrialRow) -> float | None:
        """Return the mix that is chosen where a row shows another; None where it does not.

        Another computer's arithmetic may find another of two that tell as much: that is allowed.
        """
        block = self._blocks.get(row.block)
        if block is None or row.practice:
            return None
        curve = self._curve(block, row)
        if row.lambda_f not in curve.lambdas:
            return curve.choice()
        entropies = curve.expected_entropies()
        close = (
            entropies[curve.lambdas.index(row.lambda_f)] <= entropies.min() + ENTROPY_ROUNDING_NATS
        )
        return None if close else curve.choice()

    def _open_block(self, trial: Trial) -> CurveSpec | None:
        block = self._blocks.get(trial.block)
        return None if block is None or len(trial.lambdas) == 1 else block

    def _curve(self, block: CurveSpec, pair: Pair | TrialRow) -> AdaptiveCurve:
        key = block.curve_of(pair)
        if key not in self._curves:
            self._curves[key] = AdaptiveCurve.start(
                block.lambdas, str(block.target), block.prior, block.rule
            )
        return self._curves[key]


def estimate_curves(blocks: Iterable[CurveSpec], rows: Iterable[TrialRow]) -> list[dict[str, Any]]:
    """Return what a session's which-class answers say of each of its curves, for its record.

    Args:
        blocks: the session's, adaptive or not.
        rows: the trials that are answered; practice says nothing, and neither do those missed.
    """
    specs = {block.block: block for block in blocks}
    answered: dict[CurveKey, list[TrialRow]] = {}
    for row in rows:
        if row.block in specs and not (row.practice or row.missed):
            answered.setdefault(specs[row.block].curve_of(row), []).append(row)
    return [_estimate_curve(specs[its[0].block], its) for its in answered.values()]


def _estimate_curve(block: CurveSpec, rows: Sequence[TrialRow]) -> dict[str, Any]:
    first = rows[0]
    images = {"image_i": first.image_i, "image_j": first.image_j}
    shown = [row.lambda_f for row in rows if row.lambda_f is not None]  # as in every such row
    answers = shown, [bool(row.chose_i) for row in rows]
    found = estimate(*answers, block.prior)
    return {
        "block": block.block,
        "class_i": first.class_i,
        "class_j": first.class_j,
        **(images if block.curve_for == "image_pair" else {}),
        **{name: round(value, 6) for name, value in asdict(found).items()},
        "open_ends": list(found.open_ends),
    }
