"""Trials that an observer answers by pressing keys, without a session around them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from elicit.observers import Observer
from elicit.paradigms import PARADIGMS
from elicit.screen.keys import meaning
from elicit.trial import Closed, Erase, Leave, Response, Scroll, Trial, Write
from tests.elicit.helpers.factories import (
    categorize_trial,
    construct_trial,
    infer_trial,
    select_trial,
)

TOO_MANY = 500  # keys for one trial


def discriminate_trial(**changes: Any) -> Trial:
    """Return a Discriminate trial about a cat and a dog."""
    return replace(infer_trial(**changes), paradigm="discriminate")


TRIALS = {
    "construct": construct_trial,
    "select_shuffled": select_trial,
    "infer": infer_trial,
    "discriminate": discriminate_trial,
    "categorize": categorize_trial,
}


def answer(observer: Observer, trial: Trial) -> Response:
    """Return what the observer answers."""
    return answer_in_time(observer, trial)[0]


def answer_in_time(observer: Observer, trial: Trial) -> tuple[Response, float, list[str]]:
    """Return what the observer answers, after how many seconds, and by which keys."""
    state, seconds, keys = PARADIGMS[trial.paradigm](trial), 0.0, []
    while not state.done:
        act = observer(state)
        assert act is not None
        assert act.after_s >= 0
        keys.append(act.key)
        assert len(keys) < TOO_MANY, keys[-10:]
        event = meaning(act.key, state, columns=4)
        assert event is not None, f"{act.key} means nothing"
        assert not isinstance(event, Leave | Closed | Write | Erase | Scroll)
        seconds += act.after_s
        state = state.step(event)
    return state.response(), seconds, keys
