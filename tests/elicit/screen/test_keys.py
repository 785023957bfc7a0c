"""What keys mean, and what a held key does."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elicit.pages import LeavePage, Page
from elicit.paradigms import State
from elicit.screen.keys import REPEATED, KeyRepeater, meaning
from elicit.trial import Confirm, Event, Focus, Jump, Leave, Step
from tests.elicit.helpers.factories import construct, infer, select

PAGE = Page("Title", "Text", "Hint")
LEAVING = LeavePage("Stop?", "Q stops.", "")
TRIALS: list[State] = [construct(), select(), infer()]
EVERYTHING: list[State | Page] = [*TRIALS, PAGE, LEAVING]
KEYS = ["left", "right", "up", "down", "home", "end", "space", "enter", "escape", "tab", "q", "a"]


@pytest.mark.parametrize("state", [*TRIALS, PAGE])
def test_space_and_enter_confirm_and_escape_asks_to_leave(state: State | Page) -> None:
    assert meaning("space", state, 4) == meaning("enter", state, 4) == Confirm()
    assert meaning("escape", state, 4) == Leave()


@pytest.mark.parametrize("state", TRIALS)
def test_arrows_home_and_end_move_in_every_trial(state: State) -> None:
    assert (meaning("left", state, 4), meaning("right", state, 4)) == (Step(-1), Step(1))
    assert (meaning("home", state, 4), meaning("end", state, 4)) == (Jump(-1), Jump(1))


@pytest.mark.parametrize(
    ("key", "event"),
    [
        ("shift+left", Step(-10)),
        ("shift+right", Step(10)),
        ("tab", Focus(1)),
        ("shift+tab", Focus(-1)),
        ("down", Focus(1)),
        ("up", Focus(-1)),
    ],
)
def test_sliders_know_large_steps_and_each_other(key: str, event: Event) -> None:
    assert meaning(key, infer(), 1) == event


@pytest.mark.parametrize("columns", [1, 4, 6])
def test_up_and_down_move_by_a_row_of_images(columns: int) -> None:
    assert meaning("down", select(), columns) == Step(columns)
    assert meaning("up", select(), columns) == Step(-columns)


def test_only_q_stops_a_session_and_only_where_it_is_asked() -> None:
    assert meaning("q", LEAVING, 1) == Leave()
    assert meaning("escape", LEAVING, 1) is None
    assert meaning("space", LEAVING, 1) == meaning("enter", LEAVING, 1) == Confirm()
    assert all(meaning("q", state, 4) is None for state in EVERYTHING[:-1])


def test_arrows_mean_nothing_to_a_page() -> None:
    assert all(meaning(key, PAGE, 1) is None for key in ("left", "right", "tab", "home"))


@given(st.text(max_size=12), st.sampled_from(range(len(EVERYTHING))))
def test_other_keys_mean_nothing(key: str, shown: int) -> None:
    known = {*KEYS, "shift+left", "shift+right", "shift+tab"} - {"a"}
    assert key in known or meaning(key, EVERYTHING[shown], 4) is None


# -- held keys


def test_a_held_key_repeats_after_the_delay_at_the_rate() -> None:
    repeat = KeyRepeater(delay_s=0.5, rate_hz=10)
    repeat.press("left", at=1.0)
    assert repeat.due(1.49) == []
    assert repeat.due(1.5) == [("left", 1.5)]
    assert repeat.due(1.55) == []
    assert [key for key, _ in repeat.due(1.85)] == ["left"] * 3
    assert [at for _, at in repeat.due(2.05)] == pytest.approx([1.9, 2.0])


def test_a_key_that_is_let_go_repeats_no_more() -> None:
    repeat = KeyRepeater(0.5, 10)
    repeat.press("left", 0.0)
    repeat.release("left")
    assert repeat.due(9.0) == []


def test_on_a_slider_a_held_key_repeats_faster_and_faster_up_to_a_limit() -> None:
    repeat, steady = KeyRepeater(0.4, 12), KeyRepeater(0.4, 12)
    repeat.press("left", 0.0)
    steady.press("left", 0.0)
    times = [at for _, at in repeat.due(8.0, speeds_up=True)]
    gaps = [b - a for a, b in pairwise(times)]
    assert times[0] == 0.4
    assert gaps[0] == pytest.approx(1 / 12)
    assert all(b < a or b == pytest.approx(1 / 48) for a, b in pairwise(gaps))
    assert gaps[-1] == pytest.approx(1 / 48)
    assert sum(at < 2.5 for at in times) >= 50  # the half of a slider
    assert sum(at < 2.5 for _, at in steady.due(8.0)) < 30


def test_another_key_takes_over() -> None:
    repeat = KeyRepeater(0.5, 10)
    repeat.press("left", 0.0)
    repeat.press("right", 0.4)
    assert repeat.due(0.8) == []
    repeat.release("left")
    assert repeat.due(0.95) == [("right", 0.9)]


@pytest.mark.parametrize("key", ["space", "enter", "escape", "tab", "home", "q", "lshift"])
def test_keys_that_do_not_move_never_repeat_and_end_what_did(key: str) -> None:
    repeat = KeyRepeater(0.5, 10)
    repeat.press("left", 0.0)
    repeat.press(key, 0.1)
    assert repeat.due(9.0) == []


def test_shift_that_goes_up_before_the_arrow_leaves_it_repeating_until_the_arrow_goes_up() -> None:
    repeat = KeyRepeater(0.5, 10)
    repeat.press("lshift", 0.0)
    repeat.press("shift+right", 0.1)
    repeat.release("lshift")
    assert repeat.due(0.65) == [("shift+right", 0.6)]
    repeat.release("right")
    assert repeat.due(9.0) == []


def test_a_window_that_loses_the_keyboard_lets_every_key_go() -> None:
    repeat = KeyRepeater(0.5, 10)
    repeat.press("down", 0.0)
    repeat.clear()
    assert repeat.due(9.0) == []


@given(
    st.sampled_from(sorted(REPEATED)),
    st.floats(0.05, 1),
    st.floats(1, 60),
    st.lists(st.floats(0, 3), max_size=20).map(sorted),
)
def test_however_often_one_looks_no_repeat_is_lost_or_doubled(
    key: str, delay_s: float, rate_hz: float, looks: list[float]
) -> None:
    often, once = KeyRepeater(delay_s, rate_hz), KeyRepeater(delay_s, rate_hz)
    often.press(key, 0.0)
    once.press(key, 0.0)
    seen = [repeat for now in [*looks, 3.0] for repeat in often.due(now)]
    assert seen == once.due(3.0)
    times = [at for _, at in seen]
    assert times[:1] == ([delay_s] if delay_s <= 3 else [])
    assert all(b - a == pytest.approx(1 / rate_hz) for a, b in pairwise(times))
