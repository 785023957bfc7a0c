"""What the experimenter is asked, in a window that there is not and by nobody."""

from __future__ import annotations

import pytest

from elicit.errors import DisplayError, ElicitError
from elicit.layout.trials import lay_out
from elicit.pages import Page
from elicit.preflight.experimenter import (
    DialogLeftError,
    DialogWindow,
    Nobody,
    Prompt,
)
from elicit.questions import Entry
from elicit.screen.view import ScreenState
from elicit.study.participants import check_participant
from elicit.timing import Phase
from elicit.trial import Choose, Erase, PageEvent, Wording, Write
from tests.elicit.helpers.views import ScriptedView

ASKS = Prompt("A study", "Participant", "--participant P03", "P03", check_participant)
ROOM_CHARS = 300  # of a page in the window below


class Window(ScriptedView):
    """A window with little room, which says whether it is closed."""

    closed = False

    def show(
        self, state: ScreenState, *, too_early: bool = False, phase: Phase = Phase.PICTURE
    ) -> float:
        if isinstance(state, Page) and len(state.text) > ROOM_CHARS:
            raise DisplayError("no room")
        return super().show(state, too_early=too_early, phase=phase)

    def close(self) -> None:
        self.closed = True


def dialog(*keys: str | PageEvent) -> tuple[DialogWindow, Window]:
    window = Window(keys)
    return DialogWindow(lambda: window), window


@pytest.mark.parametrize(
    ("keys", "given", "answer"),
    [
        (["enter"], None, "P03"),
        ([Write("P"), Write("9"), "enter"], None, "P9"),
        ([Write("Anna M"), "enter", Erase(), Erase(), "enter"], None, "Anna"),
        ([Erase(), "enter", Write("\n7 "), "enter"], None, "7"),  # the offer is taken away first
        (["enter", "backspace", "backspace", "enter"], "Anna M", "Anna"),
        ([], "P12", "P12"),  # nothing is asked
    ],
)
def test_a_dialog_asks_until_the_answer_is_allowed(
    keys: list[str | PageEvent], given: str | None, answer: str
) -> None:
    who, window = dialog(*keys)
    assert who.ask(ASKS, given) == answer
    assert bool(window.shown) == bool(keys)
    who.close()
    assert window.closed == bool(keys)


def test_each_letter_that_is_not_allowed_is_told_at_once() -> None:
    who, window = dialog(Write("é"), "backspace", Write("P1"), "enter")
    who.ask(ASKS)
    problems = [shown.problem for shown in window.shown if isinstance(shown, Entry)]
    assert ["must be 1 to 32 letters and digits" in each for each in problems] == [
        *(False, True, False, False)
    ]


@pytest.mark.parametrize("typed", ["", "W" * 60, "Anna M" * 9, "\u202e" * 3, "م" * 40, "é" * 60])
@pytest.mark.parametrize("size", [(1024, 600), (3840, 2160)])
def test_whatever_is_typed_fits_the_window(typed: str, size: tuple[int, int]) -> None:
    who, window = dialog(Write(typed), "escape")
    with pytest.raises(DialogLeftError, match="nothing is written"):
        who.ask(ASKS)
    for shown in window.shown:
        field, *_ = lay_out(shown, size, 32, Wording()).buttons
        assert field


@pytest.mark.parametrize(
    ("keys", "resumes"),
    [(["enter"], True), (["down", "enter"], False), ([Choose(1), "enter"], False)],
)
def test_an_interrupted_session_is_gone_on_with_where_nothing_else_is_chosen(
    keys: list[str | PageEvent], resumes: bool
) -> None:
    who, _ = dialog(*keys)
    assert who.confirm("Resume it?", "Resume it", "Start another", "give --resume") is resumes


def test_where_nobody_can_be_asked_the_command_says_what_to_give() -> None:
    with pytest.raises(ElicitError, match=r"^give --resume$"):
        Nobody().confirm("Resume it?", "Resume it", "Start another", "give --resume")
    with pytest.raises(ElicitError, match=r"^--participant: is needed, and .* give --participant"):
        Nobody().ask(ASKS)
    assert Nobody().ask(ASKS, "P1") == "P1"


def test_as_much_of_an_error_is_shown_as_the_window_has_room_for() -> None:
    who, window = dialog("enter")
    who.tell("x" * 900)
    (page,) = {shown.text for shown in window.shown if isinstance(shown, Page)}
    assert ROOM_CHARS / 2 < len(page) <= ROOM_CHARS
    assert page.endswith("x ...")
    assert window.closed


def test_an_error_is_no_reason_for_another_where_no_window_opens() -> None:
    def fail() -> Window:
        raise DisplayError("no screen")

    DialogWindow(fail).tell("a mistake")
