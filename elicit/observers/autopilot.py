"""The autopilot: close to the ideal, fitted to nobody; it shows that a session runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from elicit.errors import ElicitError
from elicit.observers.acts import Act, Observer
from elicit.observers.pages import page_key
from elicit.pages import AnyPage, Booklet, Choice, Consent, FreeText, Page, Scale
from elicit.paradigms import State
from elicit.paradigms.construct import Construct
from elicit.paradigms.discriminate import Discriminate
from elicit.paradigms.infer import CONFIDENCE, MIDDLE, MIXING, Infer
from elicit.paradigms.select_shuffled import SelectShuffled
from elicit.screen.view import Shown

SPREAD = 0.08  # standard deviation of what the autopilot sees around what is shown
KEY_S = 0.25  # between two keys


class Autopilot:
    """An observer close to the ideal: it sees lambda_f with a little noise.

    It is fitted to nobody; it shows that a session runs from end to end.
    """

    def __init__(self, seed: int | list[int]) -> None:
        """Seed the observer: same seed, same trial, same answer, whatever came before."""
        self._seed = [seed] if isinstance(seed, int) else list(seed)
        self._trial: object = None
        self._target = 0  # where the first control is to go
        self._confidence = 0

    def __call__(self, state: State | AnyPage) -> str | None:
        """Return the name of the key to press next."""
        match state:
            case Page() | Booklet() | Consent() | Choice() | Scale() | FreeText():
                return page_key(state)
        if state.trial is not self._trial:
            self._trial = state.trial
            self._decide(state)
        match state:
            case Construct(trial, index):
                return self._towards(index, right=-1 if not trial.mirrored else 1)
            case SelectShuffled(_, highlight, picked):
                if highlight is None:
                    return "right"
                return "enter" if picked == highlight else self._towards(highlight, right=1)
            case Infer():
                return self._slide(state)
            case Discriminate():
                return "right" if self._target else "left"
        return None

    def _decide(self, state: State) -> None:
        lambdas = state.trial.lambdas
        rng = np.random.default_rng([*self._seed, state.trial.number])
        noise = float(rng.normal(0, SPREAD))
        if isinstance(state, Infer):
            seen = min(max(lambdas[0] + noise, 0.0), 1.0)
            self._target = round(100 * (seen if state.trial.mirrored else 1 - seen))
            self._confidence = round(50 + 80 * abs(seen - 0.5) + float(rng.integers(0, 10)))
        elif isinstance(state, Discriminate):
            self._target = int((lambdas[0] + noise > 0.5) == bool(state.trial.mirrored))
        else:
            self._target = min(range(len(lambdas)), key=lambda k: abs(lambdas[k] - 0.5 - noise))

    def _towards(self, index: int, *, right: int) -> str:
        if index == self._target:
            return "enter"
        return "right" if (self._target - index) * right > 0 else "left"

    def _slide(self, state: Infer) -> str:
        target = self._target if state.focus == MIXING else self._confidence
        position = state.positions[state.focus]
        gap = target - (MIDDLE if position is None else position)
        if position is not None and gap == 0:
            return "enter" if state.focus == CONFIDENCE else "tab"
        arrow = "right" if gap > 0 else "left"
        return f"shift+{arrow}" if abs(gap) >= 10 else arrow


class _Timed:
    """The autopilot as an observer: a key every quarter of a second."""

    def __init__(self, seed: list[int]) -> None:
        self._pilot = Autopilot(seed)

    def __call__(self, shown: Shown) -> Act | None:
        key = self._pilot(shown)
        return None if key is None else Act(key, KEY_S)


def start(seed: Sequence[int], session: int, settings: Mapping[str, object]) -> Observer:
    """Return the autopilot.

    Raises:
        ElicitError: there are settings, and it takes none.
    """
    if settings:
        raise ElicitError(f"observer autopilot: takes no settings, got {', '.join(settings)}")
    return _Timed([*seed, session])
