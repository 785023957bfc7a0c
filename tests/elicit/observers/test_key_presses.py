"""What is meant becomes keys, and the keys lead to what was meant, from wherever a trial stands."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elicit.observers import key_presses
from elicit.observers.actions import Intent
from elicit.paradigms import PARADIGMS, State
from elicit.paradigms.categorize import AnswerPart, Categorize
from elicit.screen.keys import meaning
from elicit.trial import Choose, Closed, Focus, Leave, NamedClasses, Response, Scroll, Trial, Write
from tests.elicit.helpers.factories import (
    GRID,
    OFFERED,
    SHUFFLED,
    categorize_trial,
    construct_trial,
    events,
    infer_trial,
    select_trial,
)
from tests.elicit.helpers.observed_trials import TRIALS, discriminate_trial
from tests.helpers.examples import examples

shares = st.integers(0, 100).map(lambda place: place / 100)
picks = st.integers(0, len(GRID) - 1)
sides = st.booleans()


def pressed(state: State, intent: Intent) -> tuple[Response, int]:
    """Return the answer after all keys for it, and how many they were."""
    keys = key_presses.list_keys(state, intent)
    for key in keys:
        assert not state.done
        event = meaning(key, state, columns=4)
        assert event is not None
        assert not isinstance(event, Leave | Closed | Write | Scroll)
        state = state.step(event)
    assert state.done
    return state.response(), len(keys)


def begun(trial: Trial, before: list[Any]) -> State:
    """Return a trial after some events."""
    state = PARADIGMS[trial.paradigm](trial)
    for event in before:
        state = state.step(event)
    return state


@pytest.mark.parametrize("paradigm", PARADIGMS)
def test_every_paradigm_has_hands(paradigm: str) -> None:
    state = PARADIGMS[paradigm](TRIALS[paradigm]())
    intent = Intent(1.0, pick=3, lambda_g=0.7, omega=0.6, named=NamedClasses("cat", 0.7))
    assert key_presses.list_keys(state, intent)


@given(
    st.permutations(OFFERED), st.integers(0, 100), st.integers(0, 100), st.integers(0, 8),
    events(confirm=False),
)  # fmt: skip
@settings(max_examples=examples(300))
def test_categorize_names_the_classes_that_are_meant(
    classes: list[str], share: int, other_share: int, excluded: int, before: list[Any]
) -> None:
    first, other, *left = classes
    out = tuple(each for each in OFFERED if each in left[:excluded])
    for named in (
        NamedClasses(first, share / 100, other, other_share / 100, out),
        NamedClasses(first, share / 100, excluded=out),
    ):
        state = begun(categorize_trial(), before)
        assert pressed(state, Intent(1.0, named=named))[0].named == named


@pytest.mark.parametrize("before", [Choose(1), Choose(2)])
def test_categorize_comes_to_an_end_where_another_part_has_the_class_that_is_meant(
    before: Choose,
) -> None:
    trial = categorize_trial()
    first, other, out = trial.class_order[:3]
    state = begun(trial, [before, Focus(3)])  # to the classes that are excluded
    assert isinstance(state, Categorize)
    assert state.focus is AnswerPart.EXCLUDED
    named = NamedClasses(first, 0.5, other, 0.25, (out,))
    assert pressed(state, Intent(1.0, named=named))[0].named == named


@given(picks, sides, events(confirm=False))
def test_construct_stops_at_the_mix_that_is_meant(
    pick: int, mirrored: bool, before: list[Any]
) -> None:
    state = begun(construct_trial(mirrored=mirrored), before)
    assert pressed(state, Intent(1.0, pick=pick))[0].lambda_f == GRID[pick]


@given(picks, events(confirm=False))
def test_select_shuffled_picks_the_mix_that_is_meant(pick: int, before: list[Any]) -> None:
    assert (
        pressed(begun(select_trial(), before), Intent(1.0, pick=pick))[0].lambda_f
        == (SHUFFLED[pick])
    )


@given(shares, shares, sides, events(confirm=False))
@settings(max_examples=examples(300))
def test_infer_places_both_sliders_where_they_are_meant(
    lambda_g: float, omega: float, mirrored: bool, before: list[Any]
) -> None:
    state = begun(infer_trial(mirrored=mirrored), before)
    response, n = pressed(state, Intent(1.0, lambda_g=lambda_g, omega=omega))
    assert response.lambda_g == pytest.approx(lambda_g)
    assert response.omega == pytest.approx(omega)
    assert n <= 2 * 11 + 2  # ten at a time, or from an end


@pytest.mark.parametrize(
    ("lambda_g", "says"), [(0.51, True), (1.0, True), (0.49, False), (0.0, False)]
)
@pytest.mark.parametrize("mirrored", [False, True])
def test_discriminate_names_the_class_that_is_more_than_half(
    lambda_g: float, says: bool, mirrored: bool
) -> None:
    state = begun(discriminate_trial(mirrored=mirrored), [])
    assert pressed(state, Intent(1.0, lambda_g=lambda_g)) == (
        Response(0.25, lambda_g=None, omega=None, steps=0, chose_i=says),
        1,
    )


def test_a_slider_left_in_the_middle_counts_as_touched() -> None:
    response, _ = pressed(begun(infer_trial(), []), Intent(1.0, lambda_g=0.5, omega=0.5))
    assert response.position == response.confidence_position == 50
    assert response.position_touched
    assert response.confidence_touched


@pytest.mark.parametrize("paradigm", PARADIGMS)
def test_an_intent_without_what_a_paradigm_asks_is_refused(paradigm: str) -> None:
    with pytest.raises(ValueError, match="need"):
        key_presses.list_keys(PARADIGMS[paradigm](TRIALS[paradigm]()), Intent(1.0))


def test_a_paradigm_without_a_function_is_refused() -> None:
    class Unheard:
        trial = replace(infer_trial(), paradigm="unheard")

    unheard: Any = Unheard()
    with pytest.raises(ValueError, match=r"unheard: .* has no function for it"):
        key_presses.list_keys(unheard, Intent(1.0))
