"""A person at a lab PC: real windows, real keys, all three paradigms."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from elicit.design import build as design
from elicit.layout.trials import lay_out
from elicit.log import reader as log
from elicit.pages import LeavePage, Page
from elicit.paradigms import PARADIGMS, State
from elicit.paradigms.construct import Construct
from elicit.paradigms.infer import Infer
from elicit.paradigms.select_shuffled import SelectShuffled
from elicit.protocol import study_protocol as protocol
from elicit.trial import Choose, Confirm, Jump, Step, Trial, Wording
from stimuli.mixing import mix
from stimuli.sources.endpoints import EndpointSource, open_source
from tests.elicit.helpers.factories import block, study, write_protocol
from tests.elicit.helpers.virtual_lab import (
    PROTOCOLS,
    LabPC,
    images_of,
    lab_pc,
    measure_width,
    needs_a_virtual_screen,
    size_of,
)
from tests.helpers.commands import run_here

pytestmark = needs_a_virtual_screen
WORDS = Wording()


def pages(block: design.PlannedBlock) -> Page:
    return Page(block.title, block.instructions, WORDS.page_hint)


def started(trial: Trial) -> State:
    return PARADIGMS[trial.paradigm](trial)


def answer(pc: LabPC, trial: Trial, source: EndpointSource) -> int:
    """Answer one trial by keys, looking at the screen after each of them.

    Returns:
        The side of its image, or of the first one of several, as measured on the screen, px.
    """
    state = started(trial)
    pc.wait_for(state, source)
    seen = pc.screenshot()
    first = next(box for box, _ in images_of(state, size_of(seen), source))
    side = measure_width(seen, first.x + first.w // 2, first.y + first.h // 2)
    match state:
        case Construct():
            pc.press("Right", "Right")
            pc.wait_for(state.step(Step(1)).step(Step(1)), source)
            pc.press("Home")
            pc.wait_for(state.step(Jump(-1)), source)
            pc.press("Right", "Right", "Right")
            pc.wait_for(state.step(Jump(-1)).step(Step(1)).step(Step(1)).step(Step(1)), source)
            pc.press("space")
        case SelectShuffled():
            pc.press("Right", "Right", "Right", "Return", "Left", "Return", "Return")
        case Infer():
            pc.press("Shift+Right", "Right", "Right", "Tab", "End", "Left", "Return")
        case _:
            pytest.fail(f"no hand knows {trial.paradigm}")
    return side


def expected_lambda_f(trial: Trial) -> float:
    match trial.paradigm:
        case "construct":  # three steps from the left end
            return trial.lambdas[3 if trial.mirrored else -4]
        case "select_shuffled":  # the first key brings the frame to the first image
            return trial.lambdas[1]
        case _:
            return trial.lambdas[0]


@pytest.mark.parametrize("size", ["1024x600", "1920x1080"])
def test_a_person_answers_all_three_paradigms_on_cifar10_and_learn_makes_labels_of_it(
    size: str, cifar10_folder: Path, tmp_path: Path
) -> None:
    logs, labels = tmp_path / "logs", tmp_path / "labels"
    asked = protocol.load(PROTOCOLS / "demo.yaml")
    source = open_source(str(cifar10_folder))
    plan, sides = design.build(asked, source, "P01", 1, 0), list[int]()
    with lab_pc(size) as pc:
        pc.expect_one_size(plan.trials, source)
        pc.start("run", PROTOCOLS / "demo.yaml", "--participant", "P01", "--session", "1",
                 "--logs", logs, "--stimuli", cifar10_folder)  # fmt: skip
        for block in plan.blocks:
            pc.wait_for_page(pages(block))
            pc.press("space")
            for trial in block.trials:
                sides.append(answer(pc, trial, source))
        pc.wait_for_page(Page(WORDS.end_title, WORDS.end_text, WORDS.page_hint))
        pc.press("Return")
        code, out, _ = pc.finish()
    assert code == 0
    assert "12 of 12 trials answered" in out
    rows = log.read(logs / "data" / "subject-P01_session-1_task-demo_data.csv")
    assert [row.lambda_f for row in rows] == [expected_lambda_f(trial) for trial in plan.trials]
    assert {row.source for row in rows} == {"cifar10"}
    assert [row.side_px for row in rows] == sides
    assert {row.side_deg for row in rows} == {None}
    one_image = {row.side_px for row in rows if row.paradigm != "select_shuffled"}
    assert one_image == {max(sides)}
    infer = [row for row in rows if row.paradigm == "infer"]
    assert {(row.position, row.confidence_position, row.omega) for row in infer} == {(62, 99, 0.99)}
    assert {(row.position_touched, row.confidence_touched) for row in infer} == {(True, True)}
    assert {row.lambda_g for row in infer} == {0.62 if infer[0].mirrored else 0.38}
    select = [row for row in rows if row.paradigm == "select_shuffled"]
    shown = [trial.lambdas for trial in plan.trials if trial.paradigm == "select_shuffled"]
    assert [row.order_shown for row in select] == shown
    relabel(logs, labels, cifar10_folder)
    with np.load(labels / "labels.npz") as made:
        images = {image.tobytes() for image in made["images"]}
        assert made["average"].shape == (12, 10)
    for row in rows:  # what learn trains on is what the participant saw
        assert row.lambda_f is not None
        seen = mix(source.image(row.image_i), source.image(row.image_j), row.lambda_f)
        assert seen.tobytes() in images


def relabel(logs: Path, labels: Path, stimuli: Path | None = None) -> str:
    given = () if stimuli is None else ("--stimuli", str(stimuli))
    done = run_here("learn", ("relabel", str(logs), "--out", str(labels), *given))
    assert (done.code, done.said) == (0, "")
    return done.shown


def test_the_mouse_answers_as_the_keys_do(tmp_path: Path) -> None:
    asked = protocol.load(PROTOCOLS / "demo.yaml")
    source = open_source("pictograms")
    plan = design.build(asked, source, "P02", 1, 0)
    size = (1280, 720)
    with lab_pc("1280x720") as pc:
        pc.expect_one_size(plan.trials, source)
        pc.start("run", PROTOCOLS / "demo.yaml", "--participant", "P02", "--session", "1",
                 "--logs", tmp_path)  # fmt: skip
        for block in plan.blocks:
            pc.wait_for_page(pages(block))
            click_button(pc, pages(block), size)
            for trial in block.trials:
                state = started(trial)
                pc.wait_for(state, source)
                if isinstance(state, SelectShuffled):
                    boxes = [b for b, e in lay_out(state, size, 32, WORDS).buttons
                             if isinstance(e, Choose)]  # fmt: skip
                    pc.click(boxes[4])
                elif isinstance(state, Infer):
                    for track, across in zip(
                        lay_out(state, size, 32, WORDS).tracks, (0.0, 1.0), strict=True
                    ):
                        pc.click(replace(track.grip, x=track.x, w=track.w), across)
                click_button(pc, state, size)
        pc.wait_for_page(Page(WORDS.end_title, WORDS.end_text, WORDS.page_hint))
        pc.press("Return")
        assert pc.finish()[0] == 0
    rows = log.read(tmp_path / "data" / "subject-P02_session-1_task-demo_data.csv")
    by_paradigm = {row.paradigm: row for row in rows}
    assert by_paradigm["construct"].lambda_f == by_paradigm["construct"].start_value
    select = by_paradigm["select_shuffled"]
    assert select.order_shown is not None
    assert select.lambda_f == select.order_shown[4]
    assert (by_paradigm["infer"].position, by_paradigm["infer"].confidence_position) == (0, 100)


def click_button(pc: LabPC, state: State | Page, size: tuple[int, int]) -> None:
    scene = lay_out(state, size, 32, WORDS)
    pc.click(next(box for box, event in scene.buttons if isinstance(event, Confirm)))


def test_escape_asks_first_and_what_was_answered_stays(tmp_path: Path) -> None:
    asked = protocol.load(PROTOCOLS / "demo.yaml")
    source = open_source("pictograms")
    plan = design.build(asked, source, "P03", 1, 0)
    leaving = LeavePage(WORDS.leave_title, WORDS.leave_text, "")
    with lab_pc() as pc:
        pc.expect_one_size(plan.trials, source)
        pc.start("run", PROTOCOLS / "demo.yaml", "--participant", "P03", "--session", "1",
                 "--logs", tmp_path)  # fmt: skip
        pc.wait_for_page(pages(plan.blocks[0]))
        pc.press("space")
        answer(pc, plan.trials[0], source)
        pc.wait_for(started(plan.trials[1]), source)
        pc.press("Escape")
        pc.wait_for_page(leaving)
        pc.press("space")
        answer(pc, plan.trials[1], source)
        pc.wait_for(started(plan.trials[2]), source)
        pc.press("Escape")
        pc.wait_for_page(leaving)
        pc.press("q")
        code, _, err = pc.finish()
    assert code == 3
    assert "stopped after 2 of 12 trials" in err
    assert "Traceback" not in err
    rows = log.read(tmp_path / "data" / "subject-P03_session-1_task-demo_data.csv")
    assert [row.trial for row in rows] == [0, 1]


def test_a_held_arrow_key_repeats_at_the_protocols_rate_and_no_faster(tmp_path: Path) -> None:
    text = (PROTOCOLS / "demo.yaml").read_text(encoding="utf-8")
    slow = tmp_path / "slow.yaml"
    slow.write_text(text + "key_repeat: {delay_s: 0.5, rate_hz: 4}\n", encoding="utf-8")
    source = open_source("pictograms")
    plan = design.build(protocol.load(slow), source, "P04", 1, 0)
    with lab_pc() as pc:
        pc.expect_one_size(plan.trials, source)
        pc.start("run", slow, "--participant", "P04", "--session", "1", "--logs", tmp_path / "logs")
        pc.wait_for_page(pages(plan.blocks[0]))
        pc.press("space")
        pc.wait_for(started(plan.trials[0]), source)
        pc.hold("Left", 1.6)
        pc.press("space")
        pc.wait_for(started(plan.trials[1]), source)
        pc.stop_session()
        pc.finish()
    steps = [event for event in events(tmp_path / "logs", "P04") if event["event"] == "step"]
    gaps = np.diff([float(step["at_s"]) for step in steps])
    assert gaps[0] == pytest.approx(0.5, abs=1e-5)
    np.testing.assert_allclose(gaps[1:], 0.25, atol=1e-5)


def test_no_key_press_is_lost_or_doubled_at_50_a_second_or_all_at_once(tmp_path: Path) -> None:
    source = open_source("pictograms")
    plan = design.build(protocol.load(PROTOCOLS / "demo.yaml"), source, "P05", 1, 0)
    keys = ["Left", "Right", "Home", "End"] * 100
    with lab_pc() as pc:
        pc.expect_one_size(plan.trials, source)
        pc.start("run", PROTOCOLS / "demo.yaml", "--participant", "P05", "--session", "1",
                 "--logs", tmp_path)  # fmt: skip
        pc.wait_for_page(pages(plan.blocks[0]))
        pc.press("space")
        pc.wait_for(started(plan.trials[0]), source)
        pc.press(*keys, every_s=0.02)
        pc.press(*keys)
        pc.press("space")
        pc.wait_for(started(plan.trials[1]), source)
        pc.stop_session()
        pc.finish()
    heard = [e["cause"] for e in events(tmp_path, "P05") if e["trial"] == "0"]
    assert heard == ["flip", *(key.lower() for key in keys + keys), "space", "session"]


def events(logs: Path, participant: str) -> list[dict[str, str]]:
    path = logs / "data" / f"subject-{participant}_session-1_task-demo_events.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["trial"]]


def test_autopilot_needs_nobody_and_marks_its_rows_as_simulated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    command = [sys.executable, "-c", "from elicit.cli import run_app; run_app()", "run"]
    blocks = [
        block(name, classes=["cat", "dog"], batch_size=1)
        for name in ("construct", "select_shuffled", "infer")
    ]
    path, logs = write_protocol(tmp_path, study(*blocks)), tmp_path / "logs"
    done = subprocess.run(
        [*command, str(path), "--autopilot", "--logs", str(logs)],
        capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    rows = log.read(logs / "data" / "subject-autopilot_session-1_task-pilot_data.csv")
    assert [row.paradigm for row in rows] == ["construct", "select_shuffled", "infer"]
    assert all(row.simulated for row in rows)
    record = json.loads(next((logs / "data").glob("*_session.json")).read_text(encoding="utf-8"))
    assert record["screen"]["fullscreen"] is True
    assert "simulated" in relabel(logs, tmp_path / "labels")
