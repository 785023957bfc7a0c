"""Images that are shown briefly in a real window: order, pixels, pauses, deadlines, care."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from elicit.design import build as design
from elicit.layout.style import GROUND
from elicit.layout.trials import lay_out
from elicit.log.reader import read, read_table
from elicit.log.rows import EventRow, PageRow, TrialRow
from elicit.pages import Page
from elicit.paradigms import PARADIGMS
from elicit.screen.virtual_display import virtual_screen
from elicit.session.interruption_pages import care_page, leave_page
from elicit.timing import Phase
from elicit.trial import Trial, Wording
from stimuli.sources.endpoints import Pictograms
from tests.elicit.helpers.commands import elicit
from tests.elicit.helpers.factories import block, load_protocol, study, write_protocol
from tests.elicit.helpers.virtual_lab import (
    PATIENCE_S,
    ROOT,
    LabPC,
    lab_pc,
    needs_a_virtual_screen,
    size_of,
)
from tests.elicit.helpers.window_phases import expectations, name_drawn

pytestmark = needs_a_virtual_screen
WORDS, SOURCE = Wording(), Pictograms()
END = Page(WORDS.end_title, WORDS.end_text, WORDS.page_hint)
SLOW: dict[str, Any] = {  # slow enough to be seen by a program that looks 20 times a second
    "interval_s": 0.8, "fixation_s": 0.8, "exposure_s": 0.8, "mask": "scrambled", "mask_s": 0.8,
}  # fmt: skip
PAIR: dict[str, Any] = {"classes": ["cat", "dog"], "batch_size": 1, "lambda_grid": [0.3, 0.7]}
ORDER = [Phase.INTERVAL, Phase.FIXATION, Phase.PICTURE, Phase.MASK, Phase.BLANK]
DRAWN = {
    Phase.INTERVAL: "ground",
    Phase.FIXATION: "cross",
    Phase.PICTURE: "image",
    Phase.MASK: "mask",
    Phase.BLANK: "ground",
}


class Timed:
    """A session of one block at a lab PC."""

    def __init__(
        self, pc: LabPC, folder: Path, paradigm: str = "discriminate", **settings: Any
    ) -> None:
        content = study(block(paradigm, **settings))
        plan = design.build(load_protocol(folder, content), SOURCE, "P01", 1, 0)
        self.trials, self.pc, self.logs = plan.trials, pc, folder / "logs"
        pc.start("run", folder / "pilot.yaml", "--participant", "P01", "--session", "1",
                 "--logs", self.logs)  # fmt: skip
        first = plan.blocks[0]
        pc.wait_for_page(Page(first.title, first.instructions, WORDS.page_hint))
        pc.press("space")

    def wait_for(self, trial: Trial, *phases: Phase) -> None:
        """See that phases follow each other, where the image is; earlier ones may be over."""
        state = PARADIGMS[trial.paradigm](trial)
        size = size_of(self.pc.screenshot())
        scenes = {
            phase: lay_out(state, size, SOURCE.image_size, Wording(), phase=phase)
            for phase in phases
        }
        expected = {phase: expectations(scene, SOURCE) for phase, scene in scenes.items()}
        deadline = time.monotonic() + PATIENCE_S
        for phase in phases:
            looked_for = scenes[phase], expected[phase]
            while name_drawn(self.pc.screenshot(), *looked_for) != DRAWN[phase]:
                assert time.monotonic() < deadline, f"{phase} did not come"
                time.sleep(0.05)

    def finish(self) -> tuple[list[TrialRow], list[EventRow], list[PageRow]]:
        """Read the last page; return what was written, after a look at whether that agrees."""
        self.pc.wait_for_page(END)
        self.pc.press("Return")
        code, _, said = self.pc.finish()
        assert code == 0, said
        stem = self.logs / "data" / "subject-P01_session-1_task-pilot"
        log, events, pages = (Path(f"{stem}_{kind}.csv") for kind in ("data", "events", "pages"))
        replayed = elicit(self.logs, "replay", str(log))
        assert (replayed.code, replayed.said) == (0, "")
        return read(log), read_table(events, EventRow).rows, read_table(pages, PageRow).rows


def test_each_phase_is_on_screen_in_order_pixel_by_pixel(tmp_path: Path) -> None:
    with lab_pc() as pc:
        session = Timed(pc, tmp_path, **PAIR, **SLOW)
        for trial in session.trials:
            session.wait_for(trial, *ORDER)
            pc.press("Left")
        rows, events, _ = session.finish()
    for row in rows:
        assert row.chose_i is True
        assert (row.restarts, row.missed) == (0, None)
        assert row.exposure_ms is not None
        assert row.exposure_frames == round(row.exposure_ms * 60 / 1000)
        assert row.exposure_frames >= 48  # the frames that 0.8 s are; more on a slow machine
        assert row.interval_s is not None
        assert row.interval_s > 0.78
    flips = [row.event for row in events if row.trial == 0 and row.cause == "flip"]
    assert [flip for flip in flips if flip != "dropped"] == [
        "begins",
        "interval",
        "fixation",
        "shown",
        "mask",
        "blank",
    ]


def test_sliders_that_are_moved_while_the_mask_is_on_screen_count(tmp_path: Path) -> None:
    with lab_pc() as pc:
        one = {"classes": ["cat", "dog"], "batch_size": 1}
        session = Timed(pc, tmp_path, "infer", **one, **SLOW | {"mask": "noise", "mask_s": 4})
        for trial in session.trials:
            session.wait_for(trial, Phase.PICTURE, Phase.MASK)
            pc.press("Shift+Right", "Tab", "End")
            session.wait_for(trial, Phase.BLANK)
            pc.press("Return")
        rows, _, _ = session.finish()
    assert [(row.position, row.confidence_position) for row in rows] == [(60, 100)]
    assert all(row.rt_s > 4.7 for row in rows)


def test_an_answer_while_the_image_is_on_screen_ends_its_exposure(tmp_path: Path) -> None:
    with lab_pc() as pc:
        session = Timed(pc, tmp_path, **PAIR, **SLOW | {"exposure_s": 30})
        first, second = session.trials
        session.wait_for(first, Phase.INTERVAL)
        pc.press("Right")  # too early for any answer
        session.wait_for(first, Phase.PICTURE)
        pc.press("Left")
        session.wait_for(second, Phase.INTERVAL, Phase.PICTURE)
        pc.press("Left")
        rows, _, _ = session.finish()
    assert [row.chose_i for row in rows] == [True, True]
    for row in rows:
        assert row.exposure_ms is not None
        assert row.rt_s * 1000 <= row.exposure_ms < 29_000


def test_escape_and_another_window_show_the_image_again_from_the_cross(tmp_path: Path) -> None:
    with lab_pc() as pc:
        session = Timed(pc, tmp_path, **PAIR, **SLOW | {"exposure_s": 3})
        first, second = session.trials
        session.wait_for(first, Phase.PICTURE)
        pc.press("Escape")
        pc.wait_for_page(leave_page(WORDS))
        pc.press("space")
        session.wait_for(first, Phase.FIXATION, Phase.PICTURE, Phase.MASK, Phase.BLANK)
        pc.press("Left")
        session.wait_for(second, Phase.PICTURE)
        with pc.other_window():
            session.wait_for(second, Phase.INTERVAL)
        session.wait_for(second, Phase.FIXATION, Phase.PICTURE, Phase.MASK, Phase.BLANK)
        pc.press("Left")
        rows, _, _ = session.finish()
    assert [(row.restarts, row.pauses) for row in rows] == [(1, 1), (1, 0)]
    assert all(row.exposure_ms is not None and row.exposure_ms > 2900 for row in rows)


def test_a_missed_trial_comes_again_after_the_others(tmp_path: Path) -> None:
    with lab_pc() as pc:
        session = Timed(pc, tmp_path, **PAIR, deadline_s=5)
        first, second = session.trials
        session.wait_for(first, Phase.PICTURE)
        session.wait_for(second, Phase.PICTURE)
        pc.press("Left")
        session.wait_for(first, Phase.PICTURE)
        pc.press("Left")
        rows, events, _ = session.finish()
    written = [(row.trial, row.missed, row.missed_before) for row in rows]
    assert written == [(1, False, 0), (0, False, 1)]
    assert [row.trial for row in events if row.event == "missed"] == [0]


def test_answers_too_fast_bring_a_page_that_asks_for_care(tmp_path: Path) -> None:
    with lab_pc() as pc:
        session = Timed(pc, tmp_path, **PAIR, too_fast={"s": 10, "in_a_row": 2}, times=2)
        for trial in session.trials[:2]:
            session.wait_for(trial, Phase.PICTURE)
            pc.press("Left")
        page = care_page(WORDS)
        pc.wait_for_page(page)
        pc.press("Return")  # too early, like the answers
        time.sleep(1.2)
        pc.wait_for_page(page)
        pc.press("Return")
        for trial in session.trials[2:]:
            session.wait_for(trial, Phase.PICTURE)
            pc.press("Left")
        time.sleep(1.2)
        pc.wait_for_page(page)
        pc.press("Return")
        rows, _, pages = session.finish()
    assert all(row.too_fast for row in rows)
    care = [(page.item, page.rt_s >= 1) for page in pages if page.kind == "care"]
    assert care == [("discriminate 1", True), ("discriminate 2", True)]


@pytest.fixture(scope="module")
def phases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the phases of each paradigm show, and how many pictures were made for them."""
    timed: dict[str, Any] = {"interval_s": 0.1, "fixation_s": 0.1}
    noise = {"exposure_s": 0.1, "mask": "noise", "mask_s": 0.1}
    scrambled = noise | {"mask": "scrambled"}
    blocks = [
        block("discriminate", "scrambled", **PAIR, **timed, **scrambled),
        block("infer", "noise", **timed, **noise),
        block("construct", **timed),
        block("select_shuffled", **timed),
    ]
    path = write_protocol(tmp_path_factory.mktemp("phases"), study(*blocks))
    with virtual_screen("1024x600") as display:
        done = subprocess.run(
            [sys.executable, "-m", "tests.elicit.helpers.window_phases", str(path)],
            cwd=ROOT, env={**os.environ, "DISPLAY": display},
            capture_output=True, encoding="utf-8", check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def test_every_picture_of_a_trial_is_made_before_its_first_flip(phases: dict[str, Any]) -> None:
    assert {name: its["made"] for name, its in phases["blocks"].items()} == dict.fromkeys(
        ("scrambled", "noise", "construct", "selectshuffled"), 0
    )


def test_each_phase_draws_what_it_is_for_to_the_pixel(phases: dict[str, Any]) -> None:
    seen = {name: its["seen"] for name, its in phases["blocks"].items()}
    whole = {phase.value: drawn for phase, drawn in DRAWN.items()}
    assert seen["scrambled"] == seen["noise"] == whole
    stays = {each.value: DRAWN[each] for each in ORDER[:3]}
    assert seen["construct"] == stays
    assert seen["selectshuffled"] == stays | {"fixation": "ground"}  # no cross on an image's place


def test_the_patch_for_a_light_sensor_is_white_with_the_image_alone(phases: dict[str, Any]) -> None:
    for its in phases["blocks"].values():
        for phase, colours in its["patch"].items():
            assert colours == [255 if phase == "picture" else 0, GROUND[0]], phase


def test_a_virtual_screen_keeps_no_time_and_the_window_knows(phases: dict[str, Any]) -> None:
    assert phases["flips_wait"] is False


def test_a_search_for_garbage_looks_at_little_of_what_the_program_holds(
    phases: dict[str, Any],
) -> None:
    found = phases["garbage"]
    assert found["searched"] < found["left_alone"] / 20
