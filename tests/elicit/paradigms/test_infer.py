"""Infer: saying which mix one sees, and how sure one is, on two sliders."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elicit.paradigms.infer import CONFIDENCE, MIXING
from elicit.trial import Choose, Confirm, Digit, Event, Focus, Jump, Slide, Step
from tests.elicit.helpers.factories import events, infer

ENTER, TAB = Confirm(), Focus(1)


def test_a_trial_begins_with_both_sliders_untouched() -> None:
    state = infer()
    assert (state.positions, state.focus, state.steps) == ((None, None), MIXING, 0)
    assert not state.asked_again


@pytest.mark.parametrize(("delta", "position"), [(1, 51), (-1, 49), (10, 60), (-10, 40)])
def test_an_untouched_slider_moves_from_the_middle(delta: int, position: int) -> None:
    state = infer(Step(delta))
    assert (state.positions, state.steps) == ((position, None), 1)


def test_home_and_end_are_the_slider_s_ends() -> None:
    assert infer(Jump(-1)).positions == (0, None)
    assert infer(Jump(1)).positions == (100, None)


def test_the_ends_are_walls_and_a_push_against_one_is_no_step() -> None:
    state = infer(Jump(1), Step(1), Step(10), Jump(1))
    assert (state.positions, state.steps) == ((100, None), 1)


@pytest.mark.parametrize(
    ("typed", "position"),
    [("7", 7), ("70", 70), ("100", 100), ("101", 1), ("707", 7), ("0", 0), ("050", 50)],
)
def test_digits_spell_a_place(typed: str, position: int) -> None:
    assert infer(*(Digit(int(digit)) for digit in typed)).positions == (position, None)


@pytest.mark.parametrize("between", [TAB, Step(1), Slide(0, 7), Jump(1), Confirm()])
def test_a_digit_after_anything_else_begins_a_new_number(between: Event) -> None:
    state = infer(Digit(7), between, Digit(0))
    assert state.positions[state.focus] == 0


def test_tab_goes_to_the_other_slider_and_round() -> None:
    assert infer(TAB).focus == CONFIDENCE
    assert infer(TAB, TAB).focus == MIXING
    assert infer(Focus(-1)).focus == CONFIDENCE


def test_the_pointer_places_a_slider_and_gives_it_the_keys() -> None:
    state = infer(Slide(CONFIDENCE, 80), Step(1))
    assert (state.positions, state.focus, state.steps) == ((None, 81), CONFIDENCE, 2)


def test_a_press_of_the_pointer_on_the_middle_touches_the_slider() -> None:
    assert infer(Slide(MIXING, 50)).positions == (50, None)


def test_a_slider_that_is_pressed_where_it_stands_is_no_step() -> None:
    assert infer(Slide(MIXING, 30), Slide(MIXING, 30)).steps == 1


def test_an_untouched_slider_asks_for_itself_and_takes_the_focus() -> None:
    state = infer(ENTER)
    assert (state.asked_again, state.focus, state.done) == (True, MIXING, False)
    state = infer(Step(1), ENTER)
    assert (state.asked_again, state.focus, state.done) == (True, CONFIDENCE, False)
    state = infer(Slide(CONFIDENCE, 20), ENTER)
    assert (state.asked_again, state.focus, state.done) == (True, MIXING, False)


def test_untouched_sliders_have_no_response() -> None:
    with pytest.raises(ValueError, match="trial 0: both sliders must be touched first"):
        infer(Step(1)).response()


@pytest.mark.parametrize(("mirrored", "lambda_g"), [(False, 0.7), (True, 0.3)])
def test_the_left_end_of_the_slider_is_all_of_the_class_on_the_left(
    mirrored: bool, lambda_g: float
) -> None:
    response = infer(Slide(0, 30), Slide(1, 90), ENTER, mirrored=mirrored).response()
    assert (response.lambda_f, response.lambda_g, response.omega) == (0.25, lambda_g, 0.9)
    assert (response.position, response.confidence_position) == (30, 90)
    assert response.position_touched
    assert response.confidence_touched


def test_zero_is_an_answer_on_both_sliders() -> None:
    response = infer(Jump(1), TAB, Jump(-1), ENTER).response()
    assert (response.lambda_g, response.omega) == (0.0, 0.0)


def test_what_other_paradigms_understand_changes_nothing() -> None:
    assert infer(Step(1), Choose(3)) == infer(Step(1))


@given(events())
def test_whatever_is_done_positions_stay_on_the_slider_and_untouched_stays_so(
    done: list[Event],
) -> None:
    state = infer()
    for event in done:
        before, state = state, state.step(event)
        assert all(position is None or 0 <= position <= 100 for position in state.positions)
        assert state.focus in (MIXING, CONFIDENCE)
        assert state.steps - before.steps == (state.positions != before.positions)
        for slider in (MIXING, CONFIDENCE):
            moved = isinstance(event, Step | Jump | Digit) and before.focus == slider
            if not moved and not (isinstance(event, Slide) and event.slider == slider):
                assert state.positions[slider] == before.positions[slider]
        assert not (state.done and None in state.positions)


@given(events())
def test_a_mirrored_trial_is_the_mirror_image(done: list[Event]) -> None:
    touched = [Slide(0, 10), Slide(1, 10), *done]
    plain = infer(*touched)
    swapped = infer(*_swapped(touched), mirrored=True)
    assert swapped.response().lambda_g == plain.response().lambda_g
    assert swapped.response().omega == plain.response().omega
    assert (swapped.steps, swapped.done) == (plain.steps, plain.done)


def _swapped(done: list[Event]) -> list[Event]:
    """Return the same acts on the mixing slider's mirror image; confidence has no sides."""
    swapped: list[Event] = []
    state = infer()
    for event in done:
        match event:
            case Step(delta) if state.focus == MIXING:
                swapped.append(Step(-delta))
            case Jump(end) if state.focus == MIXING:
                swapped.append(Jump(-end))
            case Slide(slider, position) if slider == MIXING:
                swapped.append(Slide(MIXING, 100 - position))
            case Digit() if state.focus == MIXING:
                place = state.step(event).positions[MIXING]
                assert place is not None
                swapped.append(Slide(MIXING, 100 - place))
            case _:
                swapped.append(event)
        state = state.step(event)
    return swapped


@given(st.integers(0, 100), st.booleans())
def test_every_place_gives_back_the_share_it_stands_for(position: int, mirrored: bool) -> None:
    response = infer(Slide(0, position), Slide(1, position), mirrored=mirrored).response()
    assert response.lambda_g == (position if mirrored else 100 - position) / 100
    assert response.omega == position / 100
