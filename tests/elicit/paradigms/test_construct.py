"""Construct: stepping through the mixes to the one that looks 50/50."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elicit.paradigms.construct import Construct
from elicit.trial import Choose, Confirm, Event, Focus, Jump, Slide, Step
from tests.elicit.helpers.factories import GRID, construct, construct_trial, events


def test_a_trial_begins_at_its_start_value_with_nothing_done() -> None:
    state = construct(start=9)
    assert (state.index, state.steps, state.done) == (9, 0, False)


def test_a_trial_without_a_start_value_is_refused() -> None:
    with pytest.raises(ValueError, match="trial 0: a Construct trial needs a start value"):
        Construct.start(construct_trial(start=None))  # type: ignore[arg-type]


def test_a_start_at_the_first_mix_is_a_start() -> None:
    assert construct(start=0).response().lambda_f == 0.0


@pytest.mark.parametrize(("mirrored", "lambda_f"), [(False, 0.4), (True, 0.6)])
def test_the_right_arrow_brings_more_of_the_class_on_the_right(
    mirrored: bool, lambda_f: float
) -> None:
    assert construct(Step(1), start=5, mirrored=mirrored).response().lambda_f == lambda_f


@pytest.mark.parametrize(("mirrored", "end", "lambda_f"), [(False, -1, 1.0), (True, -1, 0.0)])
def test_home_shows_the_class_on_the_left_unmixed(
    mirrored: bool, end: int, lambda_f: float
) -> None:
    assert construct(Jump(end), start=5, mirrored=mirrored).response().lambda_f == lambda_f
    assert construct(Jump(-end), start=5, mirrored=mirrored).response().lambda_f == 1 - lambda_f


def test_the_ends_of_the_range_are_walls_and_a_push_against_one_is_no_step() -> None:
    state = construct(*[Step(1)] * 5, start=2)
    assert (state.index, state.steps) == (0, 2)
    assert construct(Jump(1), Jump(1), start=2).steps == 1


def test_there_and_back_is_two_steps() -> None:
    state = construct(Step(1), Step(-1), start=5)
    assert (state.index, state.steps) == (5, 2)


def test_the_mix_on_screen_is_called_half_and_half_without_a_confidence() -> None:
    response = construct(Confirm(), start=7).response()
    assert (response.lambda_f, response.lambda_g, response.omega) == (0.7, 0.5, None)
    assert response.position is response.position_touched is None


def test_a_participant_may_confirm_what_was_shown_first() -> None:
    state = construct(Confirm(), start=1)
    assert state.done
    assert state.response().steps == 0


@pytest.mark.parametrize("event", [Focus(1), Choose(3), Slide(0, 80)])
def test_what_other_paradigms_understand_changes_nothing(event: Event) -> None:
    assert construct(event, start=4) == construct(start=4)


@given(events(), st.integers(0, 10), st.booleans())
def test_whatever_is_done_the_mix_is_one_of_the_grid(
    done: list[Event], start: int, mirrored: bool
) -> None:
    state = construct(start=start, mirrored=mirrored)
    for event in done:
        before, state = state, state.step(event)
        assert 0 <= state.index < len(GRID)
        assert state.steps - before.steps == (state.index != before.index)
        assert state.done == (before.done or event == Confirm())
    assert state.response().lambda_f in GRID
    assert repr(state.response().lambda_f) in {repr(lambda_f) for lambda_f in GRID}


@given(events(), st.integers(0, 10))
def test_a_mirrored_trial_is_the_mirror_image(done: list[Event], start: int) -> None:
    plain = construct(*done, start=start, mirrored=False)
    swapped = construct(*map(_swapped, done), start=start, mirrored=True)
    assert (swapped.index, swapped.steps, swapped.done) == (plain.index, plain.steps, plain.done)
    assert swapped.response() == plain.response()


def _swapped(event: Event) -> Event:
    match event:
        case Step(delta):
            return Step(-delta)
        case Jump(end):
            return Jump(-end)
        case _:
            return event
