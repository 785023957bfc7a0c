"""All mistakes of a protocol are told in one go, whatever they are and wherever they stand."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from elicit.design import build as design
from elicit.errors import ProtocolError
from elicit.preflight import protocol_check
from elicit.preflight.protocol_check import load_protocol
from tests.elicit.helpers.commands import elicit
from tests.elicit.helpers.factories import block, study, write_protocol

Content = dict[str, Any]
PAGE = {"title": "Rest", "text": "Take a break."}
SCALE = {"kind": "scale", "name": "age", "question": "How old?", "low": 1, "high": 5}


def right() -> Content:
    """Return a protocol without mistakes."""
    return study(
        block("construct"),
        block("construct", name="second"),
        block("infer", per_combination=4, batch_size=6),
        block("discriminate", classes=["cat", "dog"]),
        block("select_shuffled"),
        instructions=[PAGE | {"examples": [{"class_i": "cat", "class_j": "dog", "lambda_f": 0.5}]}],
        survey={"title": "About you", "items": [SCALE, SCALE | {"name": "mood"}]},
    )


def put(*trail: str | int, value: Any) -> Callable[[Content], None]:
    """Return what puts a value into a protocol."""

    def change(content: Content) -> None:
        *outer, last = trail
        holder: Any = content
        for part in outer:
            holder = holder[part]
        holder[last] = value

    return change


MISTAKES: dict[str, Callable[[Content], None]] = {
    "seed: must be at least 0": put("seed", value=-1),
    "titel: unknown key; did you mean title?": lambda each: each.update(titel=each.pop("title")),
    "stimuli.side_px: must be at least image_size, 32, got 31": put("stimuli", "side_px", value=31),
    "blocks: must be at least one block, each with its own name": put(
        "blocks", 1, "name", value="construct"
    ),
    "blocks.0.construct.lambda_grid: must be at least two": put(
        "blocks", 0, "lambda_grid", value=[0.0, 0.9, 0.1]
    ),
    "blocks.0.construct.starts: must be values of": put("blocks", 0, "starts", value=[0.55]),
    "blocks.0.classes: must be at least two different ones": put(
        "blocks", 0, "classes", value=["cat", "unicorn", "dog"]
    ),
    "blocks.0.repeats: must be positions from 1 to 3": put("blocks", 0, "repeats", value=[7]),
    "blocks.1.construct.per_combination: is needed": lambda each: each["blocks"][1].pop(
        "per_combination"
    ),
    "blocks.2.infer.feedback: must not be given without practice": put(
        "blocks", 2, "feedback", value=True
    ),
    "blocks.2.infer.prompt: may use the placeholders": put("blocks", 2, "prompt", value="{who}"),
    "blocks.3.discriminate.times: must not be given beside adaptive": put(
        "blocks", 3, "adaptive", value={"target": "pse", "trials": 20}
    ),
    "blocks.3.discriminate.repeats: must not be given": put("blocks", 3, "repeats", value=[1]),
    "blocks.4.rest.every: must be less than 3": put(
        "blocks", 4, "rest", value={"every": 30, "page": PAGE}
    ),
    "instructions.0.examples.0.class_i: must be one of": put(
        "instructions", 0, "examples", 0, "class_i", value="unicorn"
    ),
    "survey.items.0.scale.high: must be 1 to 10 above low": put(
        "survey", "items", 0, "high", value=90
    ),
    "keys.q: must be a key that means nothing yet": put("keys", value={"q": "left"}),
    "class_names.ox: must be one of": put("class_names", value={"ox": "Ochse"}),
    "wording.whole: may use the placeholders": put("wording", value={"whole": "{none}"}),
    "stimuli.monitor: is no key any more": put("stimuli", "monitor", value="lab"),
}


def told(folder: Path, mistakes: tuple[str, ...]) -> list[str]:
    """Return what is said of a protocol with some mistakes."""
    content = copy.deepcopy(right())
    for mistake in mistakes:
        MISTAKES[mistake](content)
    with pytest.raises(ProtocolError, match=r"pilot\.yaml") as caught:
        load_checked(write_protocol(folder, content))
    return str(caught.value).splitlines()


def load_checked(path: Path) -> None:
    """Do what every command does first with a protocol."""
    asked = load_protocol(path)
    source, _ = protocol_check.open_without_download("pictograms", 32, "mixup")
    with protocol_check.protocol_errors_with_lines(asked, path, source):
        design.check_settings(design.StimulusSets(asked, source))
        design.build(asked, source, "P01", 1, 0)
        for text in protocol_check._find_unknown_examples(asked, source):
            raise ProtocolError(text)


@pytest.fixture
def no_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the layout of pages, which takes time."""
    monkeypatch.setattr(protocol_check, "find_spec", lambda _: None)


def test_the_protocol_without_them_is_valid(tmp_path: Path) -> None:
    load_checked(write_protocol(tmp_path, right()))


@pytest.mark.usefixtures("no_window")
@pytest.mark.parametrize("first", MISTAKES)
def test_every_two_mistakes_are_told_at_once_and_nothing_else(first: str, tmp_path: Path) -> None:
    names = list(MISTAKES)
    for second in names[names.index(first) :]:
        pair = tuple(dict.fromkeys((first, second)))
        lines = told(tmp_path, pair)
        for mistake in pair:
            assert any(f": {mistake}" in line for line in lines), (mistake, lines)
        assert len(lines) == len(pair), lines


@pytest.mark.usefixtures("no_window")
def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    lines = told(tmp_path, tuple(MISTAKES))
    missing = {mistake for mistake in MISTAKES if not any(f": {mistake}" in each for each in lines)}
    assert missing == set()
    places = [int(line.split(":")[1]) for line in lines]
    assert places == sorted(places)


@pytest.mark.parametrize("command", ["validate", "run", "simulate", "check"])
def test_every_command_tells_five_mistakes_at_once(command: str, tmp_path: Path) -> None:
    five = list(MISTAKES)[3:8]
    content = right()
    for mistake in five:
        MISTAKES[mistake](content)
    content["blocks"][4]["instructions"] = "Long text. " * 900
    path = write_protocol(tmp_path, content)
    ended = elicit(tmp_path, command, path)
    assert ended.code == 1
    lines = [line.split(": ", 2)[2] for line in ended.said.splitlines()]
    assert len(lines) == 6
    for start in (*five, "blocks.4: window 1920x1080"):
        assert any(line.startswith(start) for line in lines), (start, lines)
