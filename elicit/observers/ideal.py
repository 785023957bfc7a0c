"""The ideal observer: it sees what is there, is sure of it, and is fitted to nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from elicit.observers.actions import Intent, Observer, name_both_classes
from elicit.observers.keyed_random import Draws
from elicit.observers.pages import PageReader
from elicit.observers.participant import Participant
from elicit.observers.psychometric import PAGE_S, find_nearest
from elicit.observers.settings import ObserverSettings, read_settings
from elicit.trial import Trial

IDEAL_S = 2.0  # from the flip to the answer


def start(seed: Sequence[int], session: int, settings: Mapping[str, object]) -> Observer:
    """Return the ideal observer, who takes two seconds an answer.

    Where an image is half of each and one class must be named, it tosses a coin.

    Raises:
        ElicitError: there are settings; it takes none.
    """
    read_settings("ideal", ObserverSettings, settings)
    draws = Draws("ideal", *seed, session)

    def mind(trial: Trial) -> Intent:
        """See the image's own lambda_f, or the mix nearest to one half."""
        share = trial.lambdas[0]
        if trial.paradigm == "discriminate" and share == 0.5:
            share = draws.uniform(trial.draw_number)
        named = name_both_classes(trial, share)
        return Intent(IDEAL_S, find_nearest(trial.lambdas, 0.5), share, omega=1.0, named=named)

    return Participant(mind, PageReader(draws, PAGE_S))
