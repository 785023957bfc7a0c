"""Categorize: naming the classes seen, how probable they are, and those that are not there."""

import pytest
from hypothesis import given

from elicit.paradigms.categorize import AnswerPart, Categorize
from elicit.trial import (
    IN_FOCUS,
    Choose,
    Confirm,
    Digit,
    Erase,
    Event,
    Focus,
    Jump,
    NamedClasses,
    Slide,
    Step,
)
from tests.elicit.helpers.factories import OFFERED, categorize, categorize_trial, events

ENTER, TAB, SPACE = Confirm(), Focus(1), Choose(IN_FOCUS)
NONE = len(OFFERED)
FIRST, FIRST_SHARE, OTHER, OTHER_SHARE, EXCLUDED = AnswerPart


def typed(number: int) -> tuple[Event, ...]:
    return tuple(Digit(int(digit)) for digit in str(number))


def named(first: int, share: int, other: int, other_share: int | None) -> tuple[Event, ...]:
    """Return the events that name the most probable class and the alternative."""
    shares = () if other_share is None else typed(other_share)
    return (Choose(first), *typed(share), ENTER, Choose(other), *shares)


def run(state: Categorize, *those: Event) -> Categorize:
    for event in those:
        state = state.step(event)
    return state


def test_nothing_is_chosen_at_first() -> None:
    state = categorize()
    assert (state.first, state.other, state.at, state.excluded) == (None, None, None, frozenset())
    assert state.shares == (None, None)
    assert state.focus is FIRST


def test_a_trial_without_classes_to_offer_cannot_start() -> None:
    with pytest.raises(ValueError, match="needs classes"):
        Categorize.start(categorize_trial(class_order=()))


def test_keys_alone_name_two_classes_and_exclude_others() -> None:
    state = categorize(
        *(Step(1), Step(1), SPACE, *typed(70), ENTER),  # the second class, 70 %
        *(Step(1), SPACE, *typed(20), ENTER),
        *(Jump(1), SPACE, Step(-1), SPACE),
    )
    assert not state.done
    done = state.step(ENTER)
    assert done.done
    assert done.response().named == NamedClasses("ship", 0.7, "cat", 0.2, ("car", "plane"))
    assert done.response().lambda_g is None


def test_the_pointer_alone_names_them_too() -> None:
    state = categorize(
        Choose(1), Slide(0, 70), Choose(2), Slide(1, 20), Choose(9), Choose(8), Choose(9), ENTER
    )
    assert state.done
    assert state.response().named == NamedClasses("ship", 0.7, "cat", 0.2, ("car",))


def test_no_alternative_needs_no_probability_and_can_be_reached_by_keys() -> None:
    begun = (Choose(1), *typed(90), ENTER)
    state = categorize(*begun, Jump(1), SPACE)
    assert (state.other, state.focus) == (NONE, EXCLUDED)
    assert run(state, Focus(-1)).focus is OTHER  # there is nothing to say of it
    done = state.step(ENTER)
    assert done.response().named == NamedClasses("ship", 0.9)


@pytest.mark.parametrize("part", [FIRST, EXCLUDED])
def test_only_the_alternative_can_be_none(part: AnswerPart) -> None:
    state = categorize(Focus(part), Jump(1))
    assert state.at == NONE - 1


def test_no_alternative_takes_a_probability_back() -> None:
    state = categorize(*named(1, 70, 2, 20), Choose(NONE))
    assert state.shares == (70, None)
    assert run(state, Slide(1, 40)).shares == (70, None)


def test_the_most_probable_class_cannot_be_the_alternative() -> None:
    state = categorize(Choose(1), *typed(70), ENTER, Choose(1))
    assert (state.first, state.other) == (1, None)


def test_the_alternative_that_becomes_the_most_probable_is_asked_for_again() -> None:
    state = categorize(*named(1, 70, 2, 20), Focus(-3), Choose(2))
    assert (state.first, state.other, state.shares) == (2, None, (70, None))


def test_a_chosen_class_cannot_be_excluded_and_an_excluded_one_that_is_chosen_no_longer_is() -> (
    None
):
    state = categorize(*named(1, 70, 2, 20), ENTER, Choose(1), Choose(2), Choose(3))
    assert state.excluded == {3}
    assert run(state, Focus(1), Choose(3)).excluded == frozenset()
    assert run(state, Focus(-2), Choose(3)).excluded == frozenset()


@given(events())
def test_no_class_is_ever_named_twice(done: list[Event]) -> None:
    state = categorize(*done)
    assert state.first is None or state.first != state.other
    assert not {state.first, state.other} & state.excluded
    assert all(0 <= each < NONE for each in state.excluded)
    assert state.other != NONE or state.shares[1] is None
    assert state.first != NONE
    if state.done:
        response = state.response().named
        assert response is not None
        assert 0 <= response.first_share <= 1
        assert (response.other_share is None) == (response.other == "")


@given(events(confirm=False))
def test_nothing_but_confirm_ends_a_trial(done: list[Event]) -> None:
    assert not categorize(*done).done


@pytest.mark.parametrize(
    ("digits", "share"), [("7", 7), ("70", 70), ("100", 100), ("150", 150), ("070", 70)]
)
def test_digits_spell_a_probability_above_100_too(digits: str, share: int) -> None:
    assert categorize(Choose(0), *(Digit(int(each)) for each in digits)).shares[0] == share


def test_a_fourth_digit_and_one_after_anything_else_begin_a_new_number() -> None:
    assert categorize(Choose(0), *typed(1508)).shares[0] == 8
    assert categorize(Choose(0), *typed(15), Step(1), Digit(8)).shares[0] == 8
    assert categorize(Choose(0), *typed(15), TAB, Focus(-1), Digit(8)).shares[0] == 8


def test_backspace_takes_the_last_digit_back() -> None:
    state = categorize(Choose(0), *typed(85), Erase(), Digit(0))
    assert state.shares[0] == 80
    assert run(state, Erase(), Erase(), Erase()).shares[0] is None
    assert categorize(Erase()) == categorize()


@pytest.mark.parametrize(("delta", "share"), [(1, 51), (-10, 40)])
def test_the_arrows_move_a_probability_from_the_middle(delta: int, share: int) -> None:
    assert categorize(TAB, Step(delta)).shares[0] == share


def test_the_arrows_bring_a_number_above_100_back_into_the_range() -> None:
    assert categorize(Choose(0), *typed(150), Step(-1)).shares[0] == 100


def test_enter_goes_to_the_next_part_that_is_not_answered() -> None:
    state = categorize(Choose(4), *typed(60), ENTER)
    assert (state.focus, state.problem) == (OTHER, None)
    state = run(state, Choose(5), *typed(30), ENTER)
    assert (state.focus, state.problem, state.done) == (EXCLUDED, None, False)


@pytest.mark.parametrize("part", AnswerPart)
def test_enter_before_the_first_answer_asks_for_it(part: AnswerPart) -> None:
    state = categorize(Focus(part), ENTER)
    assert (state.focus, state.problem, state.done) == (FIRST, "unanswered", False)
    assert run(state, Step(1)).problem is None


@pytest.mark.parametrize("share", [101, 150, 999])
def test_a_probability_above_100_never_stands(share: int) -> None:
    state = categorize(*named(1, share, 2, 20))
    assert (state.focus, state.problem) == (OTHER_SHARE, None)
    for _ in range(3):
        state = state.step(ENTER)
        assert (state.focus, state.problem, state.done) == (FIRST_SHARE, "above_100", False)
    assert run(state, *typed(100), ENTER, ENTER).done


def test_a_second_probability_above_100_never_stands() -> None:
    state = categorize(*named(1, 70, 2, 101), ENTER, ENTER, ENTER)
    assert (state.focus, state.problem, state.done) == (OTHER_SHARE, "above_100", False)


def test_a_second_probability_above_the_first_is_asked_about_once_and_may_stand() -> None:
    state = categorize(*named(1, 40, 2, 41), ENTER)
    assert (state.focus, state.problem, state.done) == (OTHER_SHARE, "above_first", False)
    assert run(state, ENTER, ENTER).done
    assert run(state, *typed(50), ENTER, ENTER).done


@pytest.mark.parametrize("share", [39, 40])
def test_a_second_probability_up_to_the_first_is_not_asked_about(share: int) -> None:
    assert categorize(*named(1, 40, 2, share), ENTER, ENTER).done


def test_probabilities_need_not_add_up_to_100() -> None:
    assert categorize(*named(1, 90, 2, 90), ENTER, ENTER).done
    assert categorize(*named(1, 1, 2, 0), ENTER, ENTER).done


def test_a_trial_that_is_not_done_has_no_response() -> None:
    with pytest.raises(ValueError, match="must be answered"):
        categorize(*named(1, 90, 2, 10)).response()
