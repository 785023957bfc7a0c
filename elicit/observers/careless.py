"""Careless participants: those whom `learn qc` must find, and one who does not stay to the end.

They are fitted to nobody: each does one wrong thing, and does it all the time.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from elicit.observers.actions import Action, Intent, Observer
from elicit.observers.keyed_random import Draws
from elicit.observers.pages import PageReader
from elicit.observers.participant import Mind, Participant
from elicit.observers.psychometric import PAGE_S, Psychometric, PsychometricMind
from elicit.observers.settings import ObserverSettings, read_settings
from elicit.pages import AnyPage, LeavePage
from elicit.paradigms import State
from elicit.paradigms.categorize import SHARES, AnswerPart, Categorize
from elicit.paradigms.construct import Construct
from elicit.paradigms.infer import Infer
from elicit.paradigms.select_shuffled import SelectShuffled
from elicit.screen.view import ScreenState
from elicit.trial import NamedClasses, Trial

HURRIED_S = 2.0  # median response time of those who do not look
_TIME, _ANSWER, _SURE, _MASH, _OTHER = range(5)  # keys of draws
_MASHED = ("left", "right", "shift+left", "shift+right")


def start_random(seed: Sequence[int], session: int, settings: Mapping[str, object]) -> Observer:
    """Return somebody who answers anything, whatever is shown.

    Raises:
        ElicitError: there are settings; it takes none.
    """
    draws = _draws("random", seed, session, settings)

    def mind(trial: Trial) -> Intent:
        """Draw an answer, all that there are equally likely."""
        anything = draws.uniform(trial.draw_number, _ANSWER)
        pick = int(anything * len(trial.lambdas))
        sure = draws.uniform(trial.draw_number, _SURE)
        named = _name_places(trial, anything, sure, draws.uniform(trial.draw_number, _OTHER), draws)
        return Intent(_hurry(draws, trial), pick, anything, sure, named)

    return _participant(mind, draws)


def start_same(seed: Sequence[int], session: int, settings: Mapping[str, object]) -> Observer:
    """Return somebody who always gives the same answer: one place of a slider, a row, a side.

    Raises:
        ElicitError: there are settings; it takes none.
    """
    draws = _draws("same", seed, session, settings)
    place, sure = Draws("same", *seed).uniform(_ANSWER), Draws("same", *seed).uniform(_SURE)

    def mind(trial: Trial) -> Intent:
        """Go where one always goes; what is on which side makes no difference."""
        pick = int(place * len(trial.lambdas))
        share = place if trial.mirrored else 1 - place
        return Intent(_hurry(draws, trial), pick, share, sure, _name_places(trial, place, sure))

    return _participant(mind, draws)


class Masher:
    """Tries to go on without touching anything; where that does not do, presses any keys."""

    def __init__(self, draws: Draws) -> None:
        """Draw what is pressed from `draws`."""
        self._draws = draws
        self._reader = PageReader(draws, page_s=1.0)
        self._trial: Trial | None = None
        self._presses = 0

    def __call__(self, shown: ScreenState) -> Action:
        """Return the next key, a fifth of a second after the last one."""
        if isinstance(shown, AnyPage):
            return self._reader(shown)
        if shown.trial is not self._trial:
            self._trial, self._presses = shown.trial, 0
        self._presses += 1
        return Action(self._key(shown), 0.2 if self._presses > 1 else 0.5)

    def _key(self, state: State) -> str:
        anything = self._draws.uniform(state.trial.draw_number, _MASH, self._presses)
        arrow = _MASHED[int(anything * len(_MASHED))]
        match state:
            case Construct():
                return "enter"
            case SelectShuffled(highlight=highlight):
                return "enter" if highlight is not None or self._presses == 1 else arrow
            case Infer(positions=positions, focus=focus, asked_again=asked_again):
                # once it is asked again, the slider in focus is jerked, and Enter tried anew
                untouched = positions[focus] is None
                return arrow if asked_again and (untouched or anything < 0.5) else "enter"
            case Categorize():
                return _mash_classes(state, anything, arrow)
            case _:
                return arrow


def start_masher(seed: Sequence[int], session: int, settings: Mapping[str, object]) -> Observer:
    """Return somebody who never touches a slider until told to, and then mashes the keys.

    Raises:
        ElicitError: there are settings; it takes none.
    """
    return Masher(_draws("masher", seed, session, settings))


class Leaver:
    """Answers by psychometric function until some trial, and leaves: Escape, then Q."""

    def __init__(self, stays: Participant, leaves_after: float) -> None:
        """Say who stays, and after what share of the session's trials they leave."""
        self._stays = stays
        self._leaves_after = leaves_after

    def __call__(self, shown: ScreenState) -> Action:
        """Return the next key."""
        if isinstance(shown, LeavePage):
            return Action("q", 1.0)
        trial: Trial | None = getattr(shown, "trial", None)
        if trial is not None and not trial.practice and self._has_enough(trial):
            return Action("escape", 1.0)
        return self._stays(shown)

    def _has_enough(self, trial: Trial) -> bool:
        done, total = trial.progress
        return done >= self._leaves_after * total


def start_leaver(seed: Sequence[int], session: int, settings: Mapping[str, object]) -> Observer:
    """Return somebody who leaves in mid-session: after a fifth of the trials at the earliest.

    Raises:
        ElicitError: there are settings; it takes none.
    """
    draws = _draws("leaver", seed, session, settings)
    mind = PsychometricMind(Psychometric(), draws, draws)
    return Leaver(_participant(mind, draws), 0.2 + 0.6 * draws.uniform())


def _draws(name: str, seed: Sequence[int], session: int, settings: Mapping[str, object]) -> Draws:
    read_settings(name, ObserverSettings, settings)
    return Draws(name, *seed, session)


def _participant(mind: Mind, draws: Draws) -> Participant:
    return Participant(mind, PageReader(draws, PAGE_S))


def _name_places(
    trial: Trial, place: float, sure: float, other: float = 0.0, draws: Draws | None = None
) -> NamedClasses | None:
    """Return the class at a place of the screen, and where asked to, any others.

    Args:
        trial: what is asked; None is returned where it offers no classes.
        place: of the class called the most probable, from 0 (first) to 1.
        sure: its probability.
        other: place of the alternative, among the other classes and none.
        draws: whether each class that is left is excluded; None excludes nothing.
    """
    if not trial.class_order:
        return None
    first = trial.class_order[int(place * len(trial.class_order))]
    left = [each for each in trial.class_order if each != first]
    beside = (["", *left])[int(other * (len(left) + 1))]
    excluded = [
        each
        for k, each in enumerate(left)
        if draws is not None
        and each != beside
        and draws.uniform(trial.draw_number, _OTHER, k) < 0.5
    ]
    percent = round(100 * sure)
    share = round(percent * other) / 100 if beside else None
    return NamedClasses(first, percent / 100, beside, share, tuple(excluded))


def _mash_classes(state: Categorize, anything: float, arrow: str) -> str:
    """Return Enter where nothing is missing, else a key that may be an answer."""
    if state.problem is None and (state.focus is AnswerPart.EXCLUDED or state.at is not None):
        return "enter"
    if state.focus in SHARES:
        return str(int(10 * anything))
    return arrow if state.at is None or anything < 0.5 else "space"


def _hurry(draws: Draws, trial: Trial) -> float:
    return HURRIED_S * math.exp(0.3 * draws.normal(trial.draw_number, _TIME))
