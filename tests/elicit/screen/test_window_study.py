"""The paper's two experiments from consent to closing page, by real keys in a real window."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from elicit.design import build as design
from elicit.design.practice import repeat_practice
from elicit.log import reader as log
from elicit.log.reader import read_table
from elicit.log.rows import PageRow
from elicit.pages import AnyPage, Booklet, Consent, Page
from elicit.paradigms import PARADIGMS
from elicit.protocol import study_protocol as protocol
from elicit.questions import Choice, FreeText, Scale
from elicit.session.stages import (
    CheckStage,
    ConsentStage,
    PageStage,
    PracticeStage,
    TrialStage,
    build_stages,
)
from elicit.trial import Choose, Step, Trial
from stimuli.sources.endpoints import EndpointSource, open_source
from tests.elicit.helpers.virtual_lab import PROTOCOLS, LabPC, lab_pc, needs_a_virtual_screen

pytestmark = needs_a_virtual_screen

BY_KEYS = {
    "construct": ("Right", "Left", "Right", "space"),
    "select_shuffled": ("Right", "Right", "Return", "Return"),
    "infer": ("Shift+Right", "Tab", "End", "Return"),
}


def read(pc: LabPC, page: AnyPage) -> None:
    """Do what a page asks for, looking at it first."""
    pc.wait_for_page(page)
    match page:
        case Page():
            pc.press("space")
        case Booklet(pages):
            for _ in pages:
                pc.wait_for_page(page)
                pc.press("Right" if page.index + 1 < len(pages) else "Return")
                page = page.step(Step(1))
        case Consent(points=points):
            for k in range(len(points)):
                pc.press("space", "Down")
                page = page.step(Choose(k)).step(Step(1))
            pc.press("Up", "Return")
        case Choice(right=right):
            pc.press(str((right or 0) + 1), "Return")
        case Scale():
            pc.press("8", "Return")
        case FreeText():
            pc.press("e", "d", "g", "e", "s", "Shift+Return", "Shift+E", "BackSpace", "m", "Return")


def answer(pc: LabPC, trial: Trial, source: EndpointSource) -> None:
    """Answer a trial, looking at it first."""
    pc.wait_for(PARADIGMS[trial.paradigm](trial), source)
    pc.press(*BY_KEYS[trial.paradigm])


def misunderstand(pc: LabPC, check: CheckStage) -> None:
    """Answer the first question wrong, and read the instructions again."""
    answered = []
    for question in check.questions:
        pc.wait_for_page(question)
        chosen = 2 if question is check.questions[0] else question.right or 0
        pc.press(str(chosen + 1), "Return")
        answered.append(replace(question, chosen=chosen))
    again = check.name_wrong(answered)
    assert f"“{check.questions[0].options[2]}” is not right." in again.text
    read(pc, again)
    if check.instructions is not None:
        read(pc, check.instructions)


@pytest.mark.parametrize("name", ["hse1_construct", "hse1_select_shuffled", "hse2"])
def test_a_person_goes_through_a_whole_study_on_cifar10(
    name: str, cifar10_folder: Path, tmp_path: Path
) -> None:
    asked = protocol.load(PROTOCOLS / f"{name}.yaml")
    source: EndpointSource = open_source(str(cifar10_folder))
    rounds = 2 if name == "hse1_construct" else 1  # of practice
    plan = design.build(asked, source, "P01", 1, 0)
    with lab_pc() as pc:
        pc.start("run", PROTOCOLS / f"{name}.yaml", "--participant", "P01", "--session", "1",
                 "--logs", tmp_path, "--stimuli", cifar10_folder)  # fmt: skip
        for stage in build_stages(asked, plan, source):
            match stage:
                case PageStage(page=page) | ConsentStage(page=page):
                    read(pc, page)
                case PracticeStage(page, block):
                    if rounds == 2:
                        pc.wait_for_page(page)
                        pc.press("Down", "Return")
                        for trial in repeat_practice(plan, block.name, 2):
                            answer(pc, trial, source)
                    read(pc, page)
                case CheckStage():
                    misunderstand(pc, stage)
                    for question in stage.questions:
                        read(pc, question)
                case TrialStage(trial):
                    answer(pc, trial, source)
        code, _, err = pc.finish()
    assert (code, err) == (0, "")
    data = tmp_path / "data" / f"subject-P01_session-1_task-{asked.name}_data.csv"
    rows = log.read(data)
    assert [row.practice_round for row in rows if row.practice] == [1, 1, 2, 2][: 2 * rounds]
    assert len([row for row in rows if not row.practice]) == len(plan.trials) - 2
    assert sum(row.repeat for row in rows) == 2
    said = read_table(Path(str(data).replace("_data.csv", "_pages.csv")), PageRow).rows
    answers = {row.item: row.answer for row in said if row.kind == "survey"}
    assert answers["clarity"] == "8"
    assert answers["strategy"] == "edges\nm"
    checks = [row.correct for row in said if row.kind == "check" and row.correct is not None]
    assert checks == [False, True, True, True, True, True]
    end = json.loads(Path(str(data).replace("_data.csv", "_end.json")).read_text(encoding="utf-8"))
    assert end["status"] == "finished"
