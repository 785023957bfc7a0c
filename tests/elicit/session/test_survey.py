"""A survey with every kind of question: on disk, after an interruption, lost and made again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from elicit.design import build as design
from elicit.log.reader import read_events, read_table
from elicit.log.rows import PageRow
from elicit.observers import observer
from elicit.questions import StatementGrid
from elicit.session.presenting import SessionStoppedError
from elicit.session.records import RowContext
from elicit.session.replay import find_differences, recover_pages
from elicit.session.stages import build_stages, list_screens
from stimuli.sources.endpoints import Pictograms
from tests.elicit.helpers.factories import block, load_protocol, study
from tests.elicit.helpers.views import AnsweringView, ScriptedView
from tests.elicit.session.test_runner import Desk

ITEMS: list[dict[str, Any]] = [
    {"kind": "number", "name": "age", "question": "Age?", "low": 18, "high": 99},
    {"kind": "choices", "name": "some", "question": "Which?", "options": ["=a", "b; c", "ü"]},
    {"kind": "slider", "name": "mood", "question": "How?"},
    {"kind": "grid", "name": "grid", "question": "Agree?", "statements": ["this", "that"],
     "low": 0, "high": 10},
    {"kind": "choice", "name": "open", "question": "Open?", "options": ["a", "b"],
     "optional": True},
]  # fmt: skip
TRIALS = ["space"] * 4
KEYS = [*"17", "enter", "backspace", "backspace", *"42", "enter", "enter", "1", "3", "enter",
        *"70", "enter", *"10", "enter", "3", "enter", "enter"]  # fmt: skip
ANSWERS = ["42", '["=a", "ü"]', "70", '{"this": 10, "that": 3}', ""]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    survey = {"title": "Survey", "items": ITEMS}
    asked = load_protocol(tmp_path, study(block("construct")) | {"survey": survey})
    return Desk(tmp_path, asked, design.build(asked, Pictograms(), "P01", 1, 0))


def answers(desk: Desk) -> list[str]:
    return [answer for kind, _, answer in desk.said if kind == "survey"]


def test_every_answer_is_in_the_pages_file(desk: Desk) -> None:
    desk.run(ScriptedView([*TRIALS, *KEYS, "space"]))
    rows = read_table(desk.folder / "pages.csv", PageRow).rows
    said = [row.answer for row in rows if row.kind == "survey"]
    assert said == ANSWERS
    assert json.loads(said[1]) == ["=a", "ü"]


def test_an_interrupted_survey_goes_on_with_the_question_that_was_open(desk: Desk) -> None:
    with pytest.raises(SessionStoppedError, match=r"^$"):
        desk.run(ScriptedView([*TRIALS, *KEYS[:12], *"70"]))
    assert answers(desk) == ANSWERS[:2]
    desk.run(ScriptedView(["space", *KEYS[12:], "space"]), resume=True)
    assert answers(desk) == ANSWERS


def test_lost_answers_are_made_again_from_the_events(desk: Desk) -> None:
    desk.run(ScriptedView([*TRIALS, *KEYS, "space"]))
    rows = tuple(read_table(desk.folder / "pages.csv", PageRow).rows)
    stages = build_stages(desk.asked, desk.plan, Pictograms())
    context = RowContext.of(desk.asked, Pictograms(), desk.plan, simulated=True, resumed=False)
    assert recover_pages(stages, (), read_events(desk.folder / "events.csv"), context) == rows


@pytest.mark.parametrize("name", ["autopilot", "psychometric", "masher"])
def test_simulated_participants_answer_every_question(desk: Desk, name: str) -> None:
    desk.run(AnsweringView(observer(name, [7])))
    said = answers(desk)
    assert len(said) == len(ITEMS)
    assert said[0] == "58"
    assert all(said[:4])


def test_every_part_of_a_long_list_is_checked_before_the_session(tmp_path: Path) -> None:
    item = {"kind": "grid", "name": "g", "question": "?", "low": 1, "high": 5,
            "statements": [f"s{k}" for k in range(30)]}  # fmt: skip
    content = study(block("construct")) | {"survey": {"title": "S", "items": [item]}}
    asked = load_protocol(tmp_path, content)
    plan = design.build(asked, Pictograms(), "P01", 1, 0)
    screens = list_screens(build_stages(asked, plan, Pictograms()))
    assert {each.first for each in screens if isinstance(each, StatementGrid)} >= set(range(4, 30))


def test_sliders_of_trials_that_were_answered_by_numbers_are_replayed(tmp_path: Path) -> None:
    asked = load_protocol(tmp_path, study(block("infer")))
    desk = Desk(tmp_path, asked, design.build(asked, Pictograms(), "P01", 1, 0))
    answer = ["7", "0", "tab", "1", "0", "0", "enter"]
    desk.run(ScriptedView(["space", *answer * len(desk.plan.trials), "space"]))
    assert {row.position for row in desk.rows} == {70}
    assert {row.confidence_position for row in desk.rows} == {100}
    events = read_events(desk.folder / "events.csv")
    assert find_differences(desk.rows, events, {}) == []
