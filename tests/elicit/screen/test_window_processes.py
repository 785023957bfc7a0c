"""A person's session on CutMix and on frames: real windows, real keys, a kill and a resume."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from elicit.design import build as design
from elicit.log import reader as log
from elicit.log.rows import TrialRow
from elicit.pages import Page
from elicit.paradigms.construct import Construct
from elicit.protocol import study_protocol as protocol
from elicit.session.interruption_pages import back_page
from elicit.trial import Jump, Step, Trial, Wording
from stimuli.mixing import fingerprint
from stimuli.processes.cutmix import CutmixProcess, paste
from stimuli.processes.frames import FramesProcess
from stimuli.processes.process import Rectangle
from stimuli.sources.endpoints import open_source
from stimuli.sources.folder import load_image
from stimuli.sources.frames import FrameFolder
from tests.elicit.helpers.commands import elicit
from tests.elicit.helpers.factories import block, study, write_protocol
from tests.elicit.helpers.virtual_lab import Images, LabPC, lab_pc, needs_a_virtual_screen
from tests.stimuli.helpers.morphs import write_frames

pytestmark = needs_a_virtual_screen
WORDS = Wording()
FIVE = (0.0, 0.25, 0.5, 0.75, 1.0)
KNOWN = ("--participant", "P01", "--session", "1")


def write_study(folder: Path, stimuli: dict[str, Any]) -> Path:
    """Write a study of two Construct trials about a cat and a dog."""
    settings: dict[str, Any] = {
        "classes": ["cat", "dog"],
        "per_combination": 2,
        "lambda_grid": list(FIVE),
    }
    asked = block("construct", starts=[0.25, 0.75], **settings)
    return write_protocol(folder, study(asked, stimuli=stimuli))


def answer(pc: LabPC, trial: Trial, images: Images) -> float:
    """Answer a trial by keys, looking at the screen after each; return lambda_f of the answer."""
    state = Construct.start(trial)
    pc.wait_for(state, images)
    for key, act in (("Right", Step(1)), ("Home", Jump(-1)), ("Right", Step(1))):
        pc.press(key)
        state = state.step(act)
        pc.wait_for(state, images)
    pc.press("space")
    return trial.lambdas[state.index]


def run_killed_session(
    path: Path, logs: Path, images: CutmixProcess | FramesProcess, size: str
) -> list[TrialRow]:
    """Answer a study by real keys, with a power cut in its second trial; return its rows."""
    asked = protocol.load(path)
    plan = design.build(asked, images.source, "P01", 1, 0)
    (planned,) = plan.blocks
    with lab_pc(size) as pc:
        pc.start("run", path, *KNOWN, "--logs", logs)
        pc.wait_for_page(Page(planned.title, planned.instructions, WORDS.page_hint))
        pc.press("space")
        answered = [answer(pc, plan.trials[0], images)]
        pc.wait_for(Construct.start(plan.trials[1]), images)
        pc.press("Right")
        pc.kill()
        pc.start("run", path, *KNOWN, "--logs", logs, "--resume")
        pc.wait_for_page(back_page(WORDS))
        pc.press("space")
        answered.append(answer(pc, plan.trials[1], images))
        pc.wait_for_page(Page(WORDS.end_title, WORDS.end_text, WORDS.page_hint))
        pc.press("Return")
        assert pc.finish()[0] == 0
    file = logs / "data" / "subject-P01_session-1_task-pilot_data.csv"
    rows = log.read(file)
    assert [row.lambda_f for row in rows] == answered
    replayed = elicit(path.parent, "replay", str(file))
    assert replayed.shown.startswith("2 trials replayed, all answers the same")
    return rows


def test_a_person_answers_frames_of_a_morph_and_each_row_has_the_frame_that_was_shown(
    tmp_path: Path,
) -> None:
    faces = write_frames(tmp_path / "faces", FIVE, side=48)
    stimuli = {"source": str(faces), "process": "frames", "image_size": 48}
    path = write_study(tmp_path, stimuli)
    source = open_source(str(faces), 48, "frames")
    assert isinstance(source, FrameFolder)
    rows = run_killed_session(path, tmp_path / "logs", FramesProcess(source), "1366x768")
    for row in rows:
        folder = source.continua[row.image_i // 2].folder
        assert row.fingerprint_shown == fingerprint(
            load_image(folder / f"{row.lambda_f:.2f}.png", 48)
        )
        assert row.fingerprint_i == fingerprint(load_image(folder / "1.00.png", 48))
    assert {(row.process, row.source, row.box) for row in rows} == {("frames", "frames", None)}


def test_a_person_answers_cutmix_and_the_row_says_where_the_rectangle_was(
    tmp_path: Path,
) -> None:
    path = write_study(tmp_path, {"source": "pictograms", "process": "cutmix"})
    source = open_source("pictograms")
    process = CutmixProcess(source, seed=1)
    for row in run_killed_session(path, tmp_path / "logs", process, "1024x600"):
        assert row.box is not None
        assert row.lambda_f is not None
        image_i, image_j = source.image(row.image_i), source.image(row.image_j)
        shown = process.mix((row.image_i, row.image_j), row.lambda_f)
        assert (paste(image_i, image_j, Rectangle(*row.box)) == shown).all()
        assert (row.process, row.fingerprint_shown) == ("cutmix", None)
