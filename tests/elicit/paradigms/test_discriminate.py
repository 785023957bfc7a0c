"""Discriminate: which of two classes one mix looks more like, by one key."""

import pytest
from hypothesis import given

from elicit.paradigms.discriminate import Discriminate
from elicit.screen.keys import meaning, repeats
from elicit.trial import Choose, Confirm, Event, Focus, Jump, Response, Slide, Step
from tests.elicit.helpers.factories import construct, discriminate, discriminate_trial, events


@pytest.mark.parametrize(
    ("key", "mirrored", "chose_i"),
    [("left", False, True), ("right", False, False), ("left", True, False), ("right", True, True)],
)
def test_the_first_arrow_key_names_the_class_on_its_side(
    key: str, mirrored: bool, chose_i: bool
) -> None:
    state = discriminate(mirrored=mirrored)
    event = meaning(key, state, columns=1)
    assert isinstance(event, Step)
    answered = state.step(event)
    assert answered.done
    assert answered.response() == Response(0.4, lambda_g=None, omega=None, steps=0, chose_i=chose_i)


@pytest.mark.parametrize(
    "event", [Confirm(), Jump(-1), Jump(1), Focus(1), Slide(0, 100), Choose(0)]
)
def test_nothing_but_a_side_is_an_answer(event: Event) -> None:
    state = discriminate()
    assert state.step(event) == state


@given(events())
def test_an_answer_is_one_class_or_the_other(acts: list[Event]) -> None:
    state = discriminate(*acts)
    assert state.done == any(isinstance(act, Step) for act in acts)
    if state.done:
        assert state.response().chose_i in {False, True}
        assert state.response().lambda_g is None


def test_a_trial_that_is_not_answered_has_no_response() -> None:
    with pytest.raises(ValueError, match="trial 0: no class is named yet"):
        discriminate().response()


def test_a_trial_whose_mix_is_not_chosen_has_no_response() -> None:
    state = Discriminate.start(discriminate_trial(lambdas=(0.2, 0.4))).step(Step(1))
    with pytest.raises(ValueError, match="trial 0: the mix to show is not chosen yet"):
        state.response()


def test_a_key_held_down_answers_once_and_not_trial_after_trial() -> None:
    assert not repeats(discriminate())
    assert repeats(construct())
