"""Careless participants do what each of them is for."""

from typing import Any

import pytest

from elicit.observers import observer
from elicit.pages import LeavePage
from elicit.paradigms import PARADIGMS
from elicit.trial import Trial
from tests.elicit.helpers.factories import GRID, construct_trial
from tests.elicit.helpers.observed_trials import TRIALS, answer, answer_in_time

N = 200


def answers(name: str, paradigm: str, **changes: Any) -> list[Any]:
    one = observer(name, [4])
    return [answer(one, TRIALS[paradigm](number=k, **changes)) for k in range(N)]


def test_somebody_random_answers_anything_there_is() -> None:
    for paradigm in ("construct", "select_shuffled"):
        assert {each.lambda_f for each in answers("random", paradigm)} == set(GRID)
    places = [each.position for each in answers("random", "infer")]
    assert min(places) < 5
    assert max(places) > 95
    assert len(set(places)) > 60
    assert {each.chose_i for each in answers("random", "discriminate")} == {False, True}


@pytest.mark.parametrize("name", ["random", "same", "masher"])
def test_the_careless_do_not_look(name: str) -> None:
    one, other = observer(name, [4]), observer(name, [4])
    for k in range(50):
        here = answer(one, TRIALS["infer"](number=k, lambdas=(0.1,)))
        there = answer(other, TRIALS["infer"](number=k, lambdas=(0.9,)))
        assert (here.position, here.confidence_position) == (
            there.position, there.confidence_position,
        )  # fmt: skip


def test_somebody_who_answers_the_same_does_so_always_and_not_as_others_do() -> None:
    for mirrored in (False, True):
        assert len({each.position for each in answers("same", "infer", mirrored=mirrored)}) == 1
    assert len({each.lambda_f for each in answers("same", "construct")}) == 1
    assert len({each.chose_i for each in answers("same", "discriminate")}) == 1
    people = [observer("same", [k]) for k in range(30)]
    assert len({answer(each, TRIALS["infer"]()).position for each in people}) > 15


def test_a_masher_touches_a_slider_only_when_told_to() -> None:
    masher = observer("masher", [4])
    for k in range(50):
        _, seconds, keys = answer_in_time(masher, TRIALS["infer"](number=k))
        assert keys[0] == "enter"
        assert seconds < 5
        assert set(keys) & {"left", "right", "shift+left", "shift+right"}
    assert answer_in_time(masher, construct_trial(number=99))[2] == ["enter"]


@pytest.mark.parametrize("paradigm", PARADIGMS)
def test_a_leaver_leaves_in_mid_session_and_means_it(paradigm: str) -> None:
    left_at = []
    for seed in range(20):
        leaver = observer("leaver", [seed])
        for k in range(60):
            trial: Trial = TRIALS[paradigm](number=k, total=60)
            act = leaver(PARADIGMS[paradigm](trial))
            assert act is not None
            if act.key == "escape":
                left_at.append(k)
                break
        last = leaver(LeavePage("Stop?", "Q stops", ""))
        assert last is not None
        assert last.key == "q"
    assert len(left_at) == 20
    assert min(left_at) >= 12
    assert max(left_at) <= 48
    assert len(set(left_at)) > 8
