"""An observer that decides what to answer and presses the keys for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from elicit.observers.actions import Action, Intent
from elicit.observers.key_presses import list_keys
from elicit.observers.pages import PageReader
from elicit.pages import AnyPage
from elicit.screen.view import ScreenState
from elicit.trial import Trial

PRESS_S = 0.2  # between two keys of a trial, or less where the answer is to come sooner
READY_S = 0.05  # after the earliest moment that a confirmation counts

Mind: TypeAlias = Callable[[Trial], Intent]


class Participant:
    """Decides once a trial; presses the keys so that the last one comes at the response time."""

    def __init__(self, mind: Mind, reader: PageReader) -> None:
        """Give the participant a mind for trials, and a way to read pages."""
        self.mind = mind
        self._reader = reader
        self._trial: Trial | None = None
        self._intent = Intent(rt_s=0.0)
        self._press_s = PRESS_S

    def __call__(self, shown: ScreenState) -> Action:
        """Return the next key and when it comes."""
        if isinstance(shown, AnyPage):
            return self._reader(shown)
        if shown.trial is self._trial:
            return Action(list_keys(shown, self._intent)[0], self._press_s)
        self._trial, self._intent = shown.trial, self.mind(shown.trial)
        keys = list_keys(shown, self._intent)
        rt_s = max(self._intent.rt_s, shown.trial.earliest_s + READY_S)
        self._press_s = min(PRESS_S, rt_s / len(keys))
        return Action(keys[0], rt_s - self._press_s * (len(keys) - 1))
