"""Keys that a protocol adds: each one works, and takes nothing from another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from elicit.errors import ProtocolError
from elicit.pages import AnyPage, Booklet, Consent, LeavePage, Page
from elicit.paradigms import State
from elicit.protocol.own_keys import KEY_NAMES, NAMED_KEYS, TAKEN
from elicit.questions import Choice, Choices, Number, Scale, Slider, StatementGrid
from elicit.screen.keys import KeyStroke, find_key, meaning
from elicit.trial import Focus
from tests.elicit.helpers.factories import (
    block,
    categorize,
    construct,
    discriminate,
    infer,
    load_protocol,
    select,
    study,
)

PAGE = Page("Title", "Text", "Hint")
KINDS: dict[str, State | AnyPage] = {
    "every page": PAGE,
    "the page that asks whether to stop": LeavePage("Stop?", "Q stops.", ""),
    "construct trials": construct(),
    "discriminate trials": discriminate(),
    "select_shuffled trials": select(),
    "infer trials": infer(),
    "categorize trials": categorize(Focus(1)),  # at a number, where more keys mean something
    "instructions": Booklet((PAGE, PAGE)),
    "consent": Consent.start("Title", "Text", ("I agree.",)),
    "questions with options": Choice("Title", "Question?", ("one", "two")),
    "questions with a scale": Scale("Title", "Question?", 0, 7),
    "questions with several choices": Choices("Title", "Question?", ("one", "two")),
    "questions with a grid": StatementGrid("Title", "Question?", ("one", "two"), 0, 7),
    "questions with a number": Number("Title", "Question?", 0, 7),
    "questions with a slider": Slider("Title", "Question?"),
}
CONSENT = {"title": "Consent", "text": "Please read.", "points": ["I agree."]}
SCALE = {"kind": "scale", "name": "hard", "question": "How hard?", "low": 1, "high": 7}
CHOICE = {"kind": "choice", "name": "hand", "question": "Which hand?", "options": ["left", "right"]}
TEXT = {"kind": "text", "name": "why", "question": "Why?"}


@pytest.mark.parametrize("kind", TAKEN)
def test_what_a_protocol_knows_of_keys_is_what_the_screen_does(kind: str) -> None:
    heard = {key for key in KEY_NAMES if meaning(key, KINDS[kind], 4) is not None}
    assert heard == TAKEN[kind]


def test_every_named_key_means_something_somewhere() -> None:
    assert set(NAMED_KEYS) <= set().union(*TAKEN.values())


def mistakes_of(folder: Path, content: dict[str, Any]) -> list[str]:
    """Return the lines that loading a protocol ends with, without the file's name."""
    try:
        load_protocol(folder, content)
    except ProtocolError as error:
        return [line.partition("pilot.yaml:")[2] for line in str(error).splitlines()]
    return []


@pytest.mark.parametrize("name", ["lef_key", "left_keys", "space_keys", "the_key"])
def test_a_text_that_names_a_key_that_there_is_not_is_a_mistake(name: str, tmp_path: Path) -> None:
    told = block("infer", instructions=f"Press {{tab_key}}, then {{{name}}}. Or {{q}}.")
    (line,) = mistakes_of(tmp_path, study(told, wording={"page_hint": "{space_key}"}))
    assert "blocks.0.instructions: must name keys by {arrow_keys}, {down_key}" in line
    assert line.endswith(f"got {{{name}}}")


@pytest.mark.parametrize("key", ["F", "shift+f", "ф", "&", "lshift", "", "left arrow", "f13"])
def test_a_key_that_no_keyboard_has_by_this_name_is_refused(key: str, tmp_path: Path) -> None:
    (line,) = mistakes_of(tmp_path, study(block("infer"), keys={"g": "left", key: "right"}))
    assert "must be a to z, 0 to 9, f1 to f12" in line
    assert f"got {key!r}" in line
    assert "[key]" not in line
    assert ("did you mean f?" in line) == (key == "F")


@pytest.mark.parametrize(
    ("key", "place"),
    [
        ("q", "the page that asks whether to stop"),
        ("escape", "every page"),
        ("space", "every page"),
        ("enter", "every page"),
        ("left", "construct trials"),
        ("up", "consent"),
        ("tab", "consent"),
        ("1", "questions with options"),
        ("num_3", "questions with options"),
        ("0", "questions with a scale"),
    ],
)
@pytest.mark.parametrize("meaning", ["right", "escape"])
def test_a_key_that_has_a_meaning_on_some_page_is_refused(
    key: str, place: str, meaning: str, tmp_path: Path
) -> None:
    content = study(
        block("construct"), keys={key: meaning}, consent=CONSENT,
        survey={"title": "End", "items": [SCALE, CHOICE]},
    )  # fmt: skip
    (line,) = mistakes_of(tmp_path, content)
    assert f"keys.{key}: must be a key that means nothing yet, but {key} has a meaning on" in line
    assert place in line


def test_digits_are_free_where_no_page_takes_them(tmp_path: Path) -> None:
    content = study(block("construct"), keys={"1": "left", "2": "right"})
    assert mistakes_of(tmp_path, content) == []


def test_a_key_for_what_nothing_takes_is_refused(tmp_path: Path) -> None:
    (line,) = mistakes_of(tmp_path, study(block("construct"), keys={"g": "up"}))
    assert "keys.g: must name a key that means something in this protocol, got 'up'" in line
    assert mistakes_of(tmp_path, study(block("infer"), keys={"g": "up"})) == []


def test_every_mistake_of_the_keys_has_its_own_line(tmp_path: Path) -> None:
    keys = {"q": "left", "escape": "left", "g": "up", "h": "right"}
    lines = mistakes_of(tmp_path, study(block("construct"), keys=keys))
    assert len(lines) == 3
    assert len({line.split(":")[0] for line in lines}) == 3


@pytest.mark.parametrize("name", sorted(KEY_NAMES))
def test_a_key_that_is_accepted_is_heard_and_every_other_key_keeps_its_meaning(
    name: str, tmp_path: Path
) -> None:
    if mistakes_of(tmp_path, study(block("construct"), keys={name: "left"})):
        return
    own = {name: "left"}
    assert find_key(KeyStroke((name,)), construct(), 4, own) == "left"
    for kind in ("every page", "the page that asks whether to stop", "construct trials"):
        for key in KEY_NAMES - {name}:
            assert find_key(KeyStroke((key,)), KINDS[kind], 4, own) == key


def test_timing_of_held_keys_is_refused_where_no_key_is_held(tmp_path: Path) -> None:
    repeat = {"rate_hz": 5}
    content = study(block("discriminate"), key_repeat=repeat)
    (line,) = mistakes_of(tmp_path, content)
    assert "key_repeat: must not be given" in line
    assert mistakes_of(tmp_path, study(block("infer"), key_repeat=repeat)) == []
    survey = {"title": "End", "items": [TEXT]}
    content = study(block("discriminate"), key_repeat=repeat, survey=survey)
    assert mistakes_of(tmp_path, content) == []
