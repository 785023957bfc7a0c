"""An observer whose every parameter is known.

It is fitted to nobody. With it one proves that a study and its analysis find what is there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated

from pydantic import Field

from elicit.observers.actions import Intent, Observer, name_both_classes
from elicit.observers.keyed_random import Draws
from elicit.observers.pages import PageReader
from elicit.observers.participant import Participant
from elicit.observers.settings import ObserverSettings, read_settings
from elicit.trial import Trial

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]

DEFAULT = "default"  # in a mapping by class pair: of the pairs that it does not name
PAGE_S = 10.0  # median time on a page, seconds
(_WHO_PSE, _WHO_SLOPE, _LAPSES, _LAPSE, _SEEN, _SURE, _TIME) = range(7)  # keys of draws


class Psychometric(ObserverSettings):
    """What a psychometric observer is.

    `pse` and `slope` are one number, or one a class pair: {cat-dog: 0.45, default: 0.5}; a pair
    may be named in either order, and its PSE is the share of the class named first. Pairs that
    are not named have the default; where there is none, 0.5 and 10. With F the logistic function,
    the observer looks at a mix and sees

        evidence = slope * (lambda_f - pse) + side_bias * (+1 where class i is right, -1 where left)

    - discriminate: says class i with probability F(evidence);
    - construct, select_shuffled: takes the mix nearest to a 50/50 point that is drawn so that it
      lies below lambda_f with probability F(evidence): logistic about the PSE, of scale 1 / slope;
    - infer: answers lambda_g = F(evidence), give or take noise of mean zero;
    - categorize: the same, as the probabilities of the two classes; excludes all others.

    In a share of `lapse_rate` of trials it answers anything there is, all of it equally likely. So
    P(says i) runs from lapse_rate / 2 to 1 - lapse_rate / 2, and so does Infer's mean lambda_g.
    """

    pse: Share | dict[str, Share] = 0.5
    slope: Positive | dict[str, Positive] = 10.0  # log-odds from lambda_f = 0 to 1
    lapse_rate: Share = 0.0
    side_bias: float = 0.0  # log-odds, towards the right; Select-Shuffled has no sides
    noise: NotNegative = 0.05  # Infer: standard deviation of lambda_g about the curve
    confidence: tuple[Share, Share] = (0.5, 1.0)  # Infer: omega where unsure, and where sure
    confidence_noise: NotNegative = 0.05
    rt_s: Positive = 3.0  # median response time, seconds
    rt_spread: NotNegative = 0.3  # standard deviation of its logarithm
    pse_sd: NotNegative = 0.0  # between participants
    log_slope_sd: NotNegative = 0.0  # between participants


@dataclass(frozen=True)
class ParticipantCurve:
    """One participant's psychometric function of one class pair."""

    pse: float
    slope: float


class PsychometricMind:
    """Answers by the curves of one participant; see `Psychometric`."""

    def __init__(self, settings: Psychometric, who: Draws, draws: Draws) -> None:
        """Draw the participant from `who`, and the answers of a session from `draws`."""
        self._settings = settings
        self._draws = draws
        self._pse_off = settings.pse_sd * who.normal(_WHO_PSE)
        self._steeper = math.exp(settings.log_slope_sd * who.normal(_WHO_SLOPE))
        self._curve = cache(self._curve_of)

    def __call__(self, trial: Trial) -> Intent:
        """Return what the participant means to answer."""
        settings, draws, number = self._settings, self._draws, trial.draw_number
        rt_s = settings.rt_s * math.exp(settings.rt_spread * draws.normal(number, _TIME))
        if draws.uniform(number, _LAPSES) < settings.lapse_rate:
            anything = draws.uniform(number, _LAPSE)
            pick = int(anything * len(trial.lambdas))
            sure = draws.uniform(number, _SURE)
            return Intent(rt_s, pick, anything, sure, name_both_classes(trial, anything))
        if trial.paradigm in {"infer", "categorize"}:
            return self._inferred(trial, rt_s)
        if trial.paradigm == "discriminate":
            says_i = draws.uniform(number, _SEEN) < logistic(self._evidence(trial))
            return Intent(rt_s, lambda_g=float(says_i))
        return Intent(rt_s, pick=self._middle(trial))

    def _evidence(self, trial: Trial) -> float:
        curve = self._curve(trial.pair.class_i, trial.pair.class_j)
        return curve.slope * (trial.lambdas[0] - curve.pse) + self._towards_i(trial)

    def _towards_i(self, trial: Trial) -> float:
        if trial.mirrored is None:
            return 0.0
        return self._settings.side_bias if trial.mirrored else -self._settings.side_bias

    def _middle(self, trial: Trial) -> int:
        curve = self._curve(trial.pair.class_i, trial.pair.class_j)
        below = self._draws.uniform(trial.draw_number, _SEEN)
        off = math.log(below / (1 - below)) - self._towards_i(trial)
        return find_nearest(trial.lambdas, curve.pse + off / curve.slope)

    def _inferred(self, trial: Trial, rt_s: float) -> Intent:
        settings, draws, number = self._settings, self._draws, trial.draw_number
        mean = logistic(self._evidence(trial))
        width = min(math.sqrt(3) * settings.noise, mean, 1 - mean)  # so that the mean stays
        seen = mean + width * (2 * draws.uniform(number, _SEEN) - 1)
        unsure, sure = settings.confidence
        omega = unsure + (sure - unsure) * abs(2 * mean - 1)
        omega += settings.confidence_noise * draws.normal(number, _SURE)
        omega = min(max(omega, 0.0), 1.0)
        return Intent(rt_s, lambda_g=seen, omega=omega, named=name_both_classes(trial, seen))

    def _curve_of(self, class_i: str, class_j: str) -> ParticipantCurve:
        pse = _of_pair(self._settings.pse, class_i, class_j)
        if pse is None:
            turned = _of_pair(self._settings.pse, class_j, class_i)
            pse = _default(self._settings.pse, 0.5) if turned is None else 1 - turned
        slope = _of_pair(self._settings.slope, class_i, class_j)
        if slope is None:
            slope = _of_pair(self._settings.slope, class_j, class_i)
        if slope is None:
            slope = _default(self._settings.slope, 10.0)
        return ParticipantCurve(pse + self._pse_off, slope * self._steeper)


def logistic(evidence: float) -> float:
    """Return 1 / (1 + exp(-evidence)), without overflow."""
    if evidence < 0:
        return 1 - logistic(-evidence)
    return 1 / (1 + math.exp(-min(evidence, 700.0)))


def find_nearest(lambdas: Sequence[float], wanted: float) -> int:
    """Return the place of the mix nearest to `wanted`, the first of equals."""
    return min(range(len(lambdas)), key=lambda k: abs(lambdas[k] - wanted))


def start(seed: Sequence[int], session: int, settings: Mapping[str, object]) -> Observer:
    """Return an observer by psychometric function.

    Args:
        seed: who they are.
        session: their visit, from 1.
        settings: as `Psychometric` says.

    Raises:
        ElicitError: settings that it does not take.
    """
    chosen = read_settings("psychometric", Psychometric, settings)
    draws = Draws("psychometric", *seed, session)
    mind = PsychometricMind(chosen, Draws("psychometric", *seed), draws)
    return Participant(mind, PageReader(draws, PAGE_S))


def _of_pair(values: float | dict[str, float], class_i: str, class_j: str) -> float | None:
    return values.get(f"{class_i}-{class_j}") if isinstance(values, dict) else values


def _default(values: float | dict[str, float], otherwise: float) -> float:
    return values.get(DEFAULT, otherwise) if isinstance(values, dict) else values
