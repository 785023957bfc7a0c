"""A person at a lab PC who says which class a mix looks more like: real window, keys and mouse."""

from __future__ import annotations

from pathlib import Path

from elicit.design import build as design
from elicit.layout.trials import lay_out
from elicit.log import reader as log
from elicit.pages import Page
from elicit.paradigms.discriminate import Discriminate
from elicit.trial import Trial, Wording
from stimuli.sources.endpoints import Pictograms
from tests.elicit.helpers.factories import block, load_protocol, study
from tests.elicit.helpers.virtual_lab import LabPC, lab_pc, needs_a_virtual_screen

pytestmark = needs_a_virtual_screen
WORDS, SOURCE = Wording(), Pictograms()
SIZE = (1024, 600)


def wait_for(pc: LabPC, trial: Trial) -> None:
    pc.wait_for(Discriminate.start(trial), SOURCE)


def click_on_the_left_name(pc: LabPC, trial: Trial) -> None:
    (left, _), _ = lay_out(Discriminate.start(trial), SIZE, 32, WORDS).buttons
    pc.click(left)


def test_one_key_or_click_answers_and_a_held_key_answers_once(tmp_path: Path) -> None:
    content = study(
        block(
            "discriminate", classes=["cat", "dog"], lambda_grid=[0.1, 0.3, 0.7, 0.9], batch_size=1
        )
    )
    asked = load_protocol(tmp_path, content)
    plan = design.build(asked, SOURCE, "P01", 1, 0)
    first, second, third, fourth = plan.trials
    with lab_pc("1024x600") as pc:
        pc.start("run", tmp_path / "pilot.yaml", "--participant", "P01", "--session", "1",
                 "--logs", tmp_path / "logs")  # fmt: skip
        settings = plan.blocks[0]
        pc.wait_for_page(Page(settings.title, settings.instructions, WORDS.page_hint))
        pc.press("space")
        wait_for(pc, first)
        pc.hold("Right", 1.5)
        wait_for(pc, second)
        pc.press("space", "Return", "Up", "Home", "x")  # none of them is a side
        wait_for(pc, second)
        click_on_the_left_name(pc, second)
        wait_for(pc, third)
        pc.press("Left")
        wait_for(pc, fourth)
        pc.press("Right")
        pc.wait_for_page(Page(WORDS.end_title, WORDS.end_text, WORDS.page_hint))
        pc.press("Return")
        code, _, said = pc.finish()
    assert code == 0, said
    rows = log.read(tmp_path / "logs/data/subject-P01_session-1_task-pilot_data.csv")
    assert [row.lambda_f for row in rows] == [trial.lambdas[0] for trial in plan.trials]
    assert [row.mirrored for row in rows] == [False] * 4  # class i is on the left
    assert [row.chose_i for row in rows] == [False, True, True, False]
