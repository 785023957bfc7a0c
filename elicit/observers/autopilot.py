"""The autopilot: close to the ideal, fitted to nobody; it shows that a session runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from elicit.observers.actions import Intent, Observer, name_both_classes
from elicit.observers.key_presses import list_keys
from elicit.observers.keyed_random import Draws
from elicit.observers.pages import PageReader
from elicit.observers.participant import Participant
from elicit.observers.psychometric import find_nearest
from elicit.observers.settings import ObserverSettings, read_settings
from elicit.paradigms import PARADIGMS
from elicit.trial import Trial

SPREAD = 0.08  # standard deviation of what the autopilot sees around what is shown
KEY_S = 0.25  # between two keys


class NoisyMind:
    """Sees lambda_f with a little noise; same seed and trial, same answer."""

    def __init__(self, seed: Sequence[int]) -> None:
        """Seed the noise."""
        self._seed = tuple(seed)

    def __call__(self, trial: Trial) -> Intent:
        """Return what the autopilot means to answer; it takes `KEY_S` seconds a key."""
        intent = self._intent(trial)
        presses = list_keys(PARADIGMS[trial.paradigm](trial), intent)
        return replace(intent, rt_s=KEY_S * len(presses))

    def _intent(self, trial: Trial) -> Intent:
        rng = np.random.default_rng([*self._seed, trial.draw_number])
        noise = float(rng.normal(0, SPREAD))
        lambda_g = min(max(trial.lambdas[0] + noise, 0.0), 1.0)
        confidence = round(50 + 80 * abs(lambda_g - 0.5) + float(rng.integers(0, 10)))
        pick = find_nearest(trial.lambdas, 0.5 + noise)
        named = name_both_classes(trial, lambda_g)
        return Intent(0.0, pick, lambda_g, omega=confidence / 100, named=named)


def start(seed: Sequence[int], session: int, settings: Mapping[str, object]) -> Observer:
    """Return the autopilot, who presses a key every quarter of a second.

    Raises:
        ElicitError: there are settings; it takes none.
    """
    read_settings("autopilot", ObserverSettings, settings)
    reader = PageReader(Draws("autopilot", *seed, session), page_s=KEY_S, spread=0.0, press_s=KEY_S)
    return Participant(NoisyMind([*seed, session]), reader)
