"""Questions: what keys and clicks make of them, and when they are answered."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elicit.observers.pages import choose_key
from elicit.pages import AnyPage
from elicit.questions import (
    Choice,
    Choices,
    FreeText,
    Number,
    Question,
    Scale,
    Slider,
    StatementGrid,
)
from elicit.screen.keys import KeyStroke, find_key, meaning
from elicit.trial import (
    Choose,
    Confirm,
    Digit,
    Erase,
    Focus,
    Jump,
    Leave,
    PageEvent,
    Scroll,
    Slide,
    Step,
    Write,
)

ASKED: dict[str, Question] = {
    "choice": Choice("Title", "Which?", ("one", "two", "three")),
    "choices": Choices("Title", "Which?", ("one", "two", "three")),
    "scale": Scale("Title", "How much?", 1, 7),
    "grid": StatementGrid("Title", "How much?", ("this", "that"), 1, 5),
    "number": Number("Title", "How old?", 18, 99),
    "slider": Slider("Title", "How?", "little", "much"),
}
OPTIONAL: dict[str, Question] = {
    "choice": Choice("Title", "Which?", ("one", "two", "three"), optional=True),
    "choices": Choices("Title", "Which?", ("one", "two", "three"), optional=True),
    "scale": Scale("Title", "How much?", 1, 7, optional=True),
    "grid": StatementGrid("Title", "How much?", ("this", "that"), 1, 5, optional=True),
    "number": Number("Title", "How old?", 18, 99, optional=True),
    "slider": Slider("Title", "How?", optional=True),
    "text": FreeText("Title", "Why?"),
}
ACTS: list[PageEvent] = [
    *(Step(1), Step(-10), Jump(1), Jump(-1), Focus(1), Focus(-1), Choose(0), Choose(7), Choose(-1)),
    *(Digit(1), Digit(9), Digit(0), Slide(0, 40), Write("x"), Erase(), Scroll(1), Scroll(99)),
]


def press(page: Question, *keys: str) -> Question:
    """Return a question after keys, as a window hears them."""
    for key in keys:
        name = find_key(KeyStroke((key.removeprefix("shift+"),), "+" in key), page, 1, {})
        event = meaning(name, page, 1)
        assert event is not None, key
        assert not isinstance(event, Leave)
        page = page.step(event)
    return page


@pytest.mark.parametrize(
    ("name", "keys", "answer"),
    [
        ("choice", "down down", "two"),
        ("choice", "3", "three"),
        ("choices", "1 3", '["one", "three"]'),
        ("choices", "down space up space", '["one", "two"]'),
        ("choices", "1 1 2", '["two"]'),
        ("grid", "4 down 2", '{"this": 4, "that": 2}'),
        ("grid", "right tab end", '{"this": 3, "that": 5}'),
        ("grid", "9 1 down 3 right", '{"this": 1, "that": 4}'),
        ("number", "4 2", "42"),
        ("number", "4 3 backspace 2", "42"),
        ("number", "0 0 9 9 9", "99"),
        ("slider", "7 0", "70"),
        ("slider", "end shift+left left", "89"),
    ],
)
def test_keys_answer_every_kind_of_question(name: str, keys: str, answer: str) -> None:
    page = press(ASKED[name], *keys.split())
    assert page.answer == answer
    assert not page.done
    assert press(page, "enter").done


@pytest.mark.parametrize("name", ASKED)
def test_enter_without_an_answer_asks_for_one(name: str) -> None:
    asked = press(ASKED[name], "enter")
    assert not asked.done
    assert getattr(asked, "asked_again")  # noqa: B009


@pytest.mark.parametrize("name", OPTIONAL)
def test_an_optional_question_may_be_left_open(name: str) -> None:
    left = press(OPTIONAL[name], "enter")
    assert left.done
    assert left.answer == ""


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("choice", "2 backspace"),
        ("scale", "3 backspace"),
        ("grid", "3 backspace"),
        ("number", "3 backspace"),
        ("slider", "3 backspace"),
        ("choices", "2 2"),
    ],
)
def test_an_answer_to_an_optional_question_can_be_taken_back(name: str, keys: str) -> None:
    assert press(OPTIONAL[name], *keys.split()).answer == ""


@pytest.mark.parametrize("typed", ["1 7", "0", "1"])
def test_a_number_outside_the_range_is_no_answer(typed: str) -> None:
    for page in (ASKED["number"], OPTIONAL["number"]):
        tried = press(page, *typed.split(), "enter")
        assert not tried.done
        assert press(tried, "backspace", "backspace", "1", "8", "enter").done


def test_a_grid_goes_to_the_statement_that_lacks_an_answer() -> None:
    page = press(ASKED["grid"], "down", "3", "enter")
    assert isinstance(page, StatementGrid)
    assert (page.focus, page.done) == (0, False)
    assert press(page, "1", "enter").answer == '{"this": 1, "that": 3}'


def test_a_click_in_a_grid_is_the_answer_of_its_row_and_column() -> None:
    page = ASKED["grid"].step(Choose(7)).step(Choose(0))
    assert json.loads(page.answer) == {"this": 1, "that": 3}


def test_looking_at_another_part_of_a_list_changes_no_answer() -> None:
    page = ASKED["choice"].step(Choose(1)).step(Scroll(2))
    assert page.answer == "two"
    assert isinstance(page, Choice)
    assert page.first == 2
    assert page.step(Step(1)).first is None


@given(st.sampled_from([*ASKED, *OPTIONAL]), st.lists(st.sampled_from(ACTS), max_size=12))
def test_whatever_is_done_a_question_ends_only_with_an_answer_or_none_needed(
    name: str, acts: list[PageEvent]
) -> None:
    for page in (ASKED.get(name), OPTIONAL.get(name)):
        if page is None:
            continue
        for act in acts:
            page = page.step(act)
            assert not page.done
        ended = page.step(Confirm())
        if ended.done and not page.optional:
            assert ended.answer
        if name == "number" and ended.done and ended.answer:
            assert 18 <= int(ended.answer) <= 99


@pytest.mark.parametrize("page", [*ASKED.values(), *OPTIONAL.values()])
def test_a_simulated_participant_answers_every_kind(page: Question) -> None:
    shown: AnyPage = page
    for _ in range(30):
        event = meaning(choose_key(shown), shown, 1)
        assert event is not None
        assert not isinstance(event, Leave)
        shown = shown.step(event)
        if shown.done:
            return
    pytest.fail(f"{page} is not answered: {shown}")
