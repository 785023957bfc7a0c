"""Select-Shuffled: picking the mix that looks 50/50 among all of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elicit.trial import Choose, Confirm, Event, Focus, Jump, Slide, Step
from tests.elicit.helpers.factories import GRID, SHUFFLED, events, select

ENTER = Confirm()


def test_a_trial_begins_with_no_frame_and_no_choice() -> None:
    state = select()
    assert (state.highlight, state.picked, state.steps, state.done) == (None, None, 0, False)


@pytest.mark.parametrize("event", [Step(1), Step(-1), Step(4), Step(-4), Jump(-1)])
def test_the_first_arrow_key_brings_the_frame_to_the_first_image(event: Event) -> None:
    assert select(event).highlight == 0


def test_end_brings_the_frame_to_the_last_image() -> None:
    assert select(Jump(1)).highlight == 10
    assert select(Jump(1), Jump(-1)).highlight == 0


def test_enter_without_a_frame_picks_nothing() -> None:
    assert select(ENTER, ENTER) == select()


def test_enter_picks_the_image_in_the_frame_and_enter_again_confirms_it() -> None:
    picked = select(Step(1), Step(1), ENTER)
    assert (picked.picked, picked.done) == (1, False)
    confirmed = picked.step(ENTER)
    assert confirmed.done
    assert confirmed.response().lambda_f == SHUFFLED[1]


def test_a_participant_who_goes_on_looking_can_pick_another_image() -> None:
    state = select(Step(1), ENTER, Step(1), ENTER)
    assert (state.picked, state.done) == (1, False)
    assert state.step(ENTER).response().lambda_f == SHUFFLED[1]


def test_a_click_picks_an_image_and_the_button_confirms_it() -> None:
    state = select(Choose(6), ENTER)
    assert state.done
    assert (state.response().lambda_f, state.response().steps) == (SHUFFLED[6], 1)


def test_a_click_on_the_picked_image_leaves_it_picked() -> None:
    state = select(Choose(6), Choose(6))
    assert (state.picked, state.steps, state.done) == (6, 1, False)


def test_a_click_on_another_image_moves_frame_and_choice() -> None:
    state = select(Choose(6), Choose(2))
    assert (state.highlight, state.picked, state.steps) == (2, 2, 2)


def test_the_chosen_mix_is_called_half_and_half_without_a_confidence() -> None:
    response = select(Choose(0), ENTER).response()
    assert (response.lambda_f, response.lambda_g, response.omega) == (0.3, 0.5, None)
    assert response.position is response.confidence_position is None


def test_a_response_needs_a_choice() -> None:
    with pytest.raises(ValueError, match="trial 0: no image is picked yet"):
        select(Step(1)).response()


@pytest.mark.parametrize(
    ("place", "event", "reached"),
    [
        (0, Step(-1), 0),
        (10, Step(1), 10),
        (3, Step(1), 4),
        (4, Step(-1), 3),
        (1, Step(4), 5),
        (5, Step(-4), 1),
        (2, Step(-4), 2),
        (7, Step(4), 10),
        (10, Step(4), 10),
        (9, Step(4), 9),
    ],
)
def test_arrows_stop_at_the_edges_and_down_reaches_an_unfilled_last_row(
    place: int, event: Event, reached: int
) -> None:
    assert select(Choose(place), event).highlight == reached


@pytest.mark.parametrize("columns", range(1, 12))
@pytest.mark.parametrize("images", [2, 3, 6, 11])
def test_arrows_alone_reach_every_image(columns: int, images: int) -> None:
    reached, new = {0}, {0}
    while new:
        after = {
            select(Choose(at), Step(delta), lambdas=GRID[:images]).highlight
            for at in new
            for delta in (-columns, columns, -1, 1)
        }
        new = {at for at in after if at is not None} - reached
        reached |= new
    assert reached == set(range(images))


@pytest.mark.parametrize("event", [Focus(1), Slide(0, 80)])
def test_what_other_paradigms_understand_changes_nothing(event: Event) -> None:
    assert select(Step(1), event) == select(Step(1))


@given(events(), st.integers(2, len(GRID)))
def test_whatever_is_done_frame_and_choice_are_images_on_screen(
    done: list[Event], images: int
) -> None:
    state = select(lambdas=SHUFFLED[:images])
    for event in done:
        if isinstance(event, Choose) and event.index >= images:
            continue
        before, state = state, state.step(event)
        assert state.highlight is None or 0 <= state.highlight < images
        assert state.picked is None or 0 <= state.picked < images
        assert state.steps - before.steps == (state.highlight != before.highlight)
        if state.done:
            assert state.response().lambda_f == SHUFFLED[:images][state.picked or 0]
            break


@given(events(confirm=False))
def test_nothing_but_enter_answers_a_trial(done: list[Event]) -> None:
    assert not select(*done).done
