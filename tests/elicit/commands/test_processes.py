"""Studies on CutMix and on frames: every paradigm and command takes them, and refuses others."""

from __future__ import annotations

import re
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from elicit.design import build as design
from elicit.errors import ElicitError
from elicit.log.reader import read
from elicit.log.rows import TrialRow
from elicit.observers import observer
from elicit.protocol.study_protocol import StudyProtocol, load
from elicit.session import provenance
from elicit.session.presenting import SessionStoppedError
from elicit.session.runner import SessionRunner
from elicit.session.start import resume_session
from elicit.study.folder import Study
from stimuli.manifest.write import describe, write_manifest
from stimuli.mixing import ProcessName, fingerprint
from stimuli.processes import PROCESSES
from stimuli.processes.process import Rectangle
from stimuli.sources.endpoints import open_source
from tests.elicit.helpers.commands import elicit
from tests.elicit.helpers.factories import block, study, write_protocol
from tests.elicit.helpers.views import AnsweringView
from tests.stimuli.helpers.morphs import write_frames

FIVE = [0.0, 0.25, 0.5, 0.75, 1.0]
PAIRS: dict[str, Any] = {"classes": ["cat", "dog"], "per_combination": 2, "practice": 1}
BLOCKS = (
    block("construct", lambda_grid=FIVE, starts=[0.25], **PAIRS),
    block("select_shuffled", lambda_grid=FIVE, **PAIRS),
    block("infer", lambdas=[0.25, 0.75], **PAIRS),
    block("discriminate", lambda_grid=FIVE, adaptive={"target": "pse", "trials": 3}, **PAIRS),
)


def write_study(folder: Path, process: str, *blocks: dict[str, Any], **changes: Any) -> Path:
    """Write a study by a process, with its frames where it has them."""
    stimuli: dict[str, Any] = {"source": "pictograms", "process": process}
    if process == "frames":
        stimuli["source"] = str(write_frames(folder / "faces", FIVE, per_combination=14))
    return write_protocol(folder, study(*(blocks or BLOCKS), stimuli=stimuli, **changes))


def open_sets(path: Path) -> design.StimulusSets:
    """Return the stimulus sets of a protocol."""
    asked = load(path)
    images = asked.stimuli
    return design.StimulusSets(asked, open_source(images.source, images.image_size, images.process))


def simulate(folder: Path, path: Path) -> list[TrialRow]:
    """Return the rows of a simulated session."""
    given = ("--participants", "1", "--observer", "ideal", "--logs", folder / "logs")
    ended = elicit(folder, "simulate", path, *given)
    assert (ended.code, ended.said) == (0, ""), ended.said
    (file,) = (folder / "logs" / "data").glob("*_data.csv")
    return read(file)


@pytest.mark.parametrize("process", PROCESSES)
def test_every_paradigm_is_asked_on_every_process_and_each_row_says_what_was_shown(
    process: ProcessName, tmp_path: Path
) -> None:
    path = write_study(tmp_path, process)
    validated = elicit(tmp_path, "validate", path)
    assert validated.code == 0, validated.said
    rows, made_by = simulate(tmp_path, path), open_sets(path).process
    assert {row.paradigm for row in rows} == {each["paradigm"] for each in BLOCKS}
    for row in rows:
        assert row.process == process
        assert row.lambda_f is not None
        stated = made_by.describe((row.image_i, row.image_j), row.lambda_f)
        assert (row.box and Rectangle(*row.box)) == stated.box
        if process == "frames":
            frame = made_by.mix((row.image_i, row.image_j), row.lambda_f)
            assert row.fingerprint_shown == fingerprint(frame)
        else:
            assert row.fingerprint_shown is None
    (log,) = (tmp_path / "logs" / "data").glob("*_data.csv")
    replayed = elicit(tmp_path, "replay", log)
    assert replayed.shown.endswith("all answers the same\n")


@pytest.mark.parametrize("name", ["validate", "simulate", "run"])
def test_a_grid_without_its_frames_is_refused_before_anything_is_written(
    name: str, tmp_path: Path
) -> None:
    finer = block("construct", lambda_grid=[0.0, 0.3, 0.5, 1.0], starts=[0.5], **PAIRS)
    path = write_study(tmp_path, "frames", finer)
    more = {
        "validate": (),
        "simulate": ("--participants", "1", "--logs", tmp_path / "logs"),
        "run": ("--participant", "P01", "--session", "1", "--logs", tmp_path / "logs"),
    }[name]
    ended = elicit(tmp_path, name, path, *more)
    assert ended.code == 1
    assert len(ended.said.splitlines()) == 1
    assert re.search(
        r"blocks\.0: .*cat__dog/00\d\d: must have a frame at each lambda_f that is asked for, none "
        r"at 0\.3; got 0, 0\.25, 0\.5, 0\.75, 1$",
        ended.said,
    )
    assert not list((tmp_path / "logs").glob("data/*_data.csv"))


def test_a_torn_frame_is_told_before_the_first_trial(tmp_path: Path) -> None:
    path = write_study(tmp_path, "frames")
    for frame in (tmp_path / "faces").glob("*/*/0.50.png"):
        frame.write_bytes(frame.read_bytes()[:200])
    given = ("--participants", "1", "--logs", tmp_path / "logs")
    for arguments in (("validate", path), ("simulate", path, *given)):
        ended = elicit(tmp_path, *arguments)
        assert ended.code == 1
        assert re.search(r"blocks\.0: .*/0\.50\.png: not an image that can be", ended.said)
    assert not list((tmp_path / "logs").glob("data/*_data.csv"))


def test_an_example_that_has_no_frame_is_told_with_its_place(tmp_path: Path) -> None:
    example = {"class_i": "dog", "class_j": "cat", "lambda_f": 0.4}
    pages = [{"title": "A mix", "text": "Look.", "examples": [example]}]
    path = write_study(tmp_path, "frames", instructions=pages)
    ended = elicit(tmp_path, "validate", path)
    assert re.search(r"instructions\.0\.examples\.0: .*cat__dog/0013: .* none at 0\.6", ended.said)


@pytest.mark.parametrize("process", ["cutmix", "frames"])
def test_a_block_takes_a_manifest_of_its_process_only(process: ProcessName, tmp_path: Path) -> None:
    grid = block("construct", lambda_grid=FIVE, starts=[0.25], **PAIRS)
    sets = open_sets(write_study(tmp_path, process, grid))
    set_file = tmp_path / "set.csv"
    write_manifest(set_file, describe(sets.batches(0), sets.process, tuple(FIVE)))
    pinned = {key: grid[key] for key in grid if key not in {*PAIRS, "batch_size"}}
    path = tmp_path / "pilot.yaml"
    content = study(pinned | {"manifest": str(set_file)}, stimuli=sets.protocol.stimuli.model_dump(
        include={"source", "process"}
    ))  # fmt: skip
    write_protocol(tmp_path, content)
    ended = elicit(tmp_path, "validate", path)
    assert (ended.code, ended.said) == (0, "")
    content["stimuli"] = {"source": "pictograms", "process": "mixup"}
    write_protocol(tmp_path, content)
    ended = elicit(tmp_path, "validate", path)
    assert f"a set of images made by {process}, got the process mixup" in ended.said


def begin(study_folder: Study, sets: design.StimulusSets, closes_at: int) -> None:
    """Answer the first trials of a session, and stop."""
    asked = sets.protocol
    place = study_folder.claim("P01", 1)
    plan = design.build(asked, sets.source, "P01", 1, place.number, sets)
    record = provenance.make_record(
        asked, sets.source, plan, place, simulated=False, screen={}, clock="frames"
    )
    files = study_folder.open_session("P01", 1, record)
    view = AnsweringView(observer("autopilot", [7]), closes_at)
    with suppress(SessionStoppedError):
        SessionRunner(asked, sets.source, plan, view, files, simulated=False).run()
    files.close()


def begun_study(folder: Path, asked: StudyProtocol) -> Study:
    """Return a study folder that is ready."""
    made = Study(folder / "logs", asked.name)
    made.prepare()
    return made


def test_a_session_resumes_on_the_frames_that_it_began_with_only(tmp_path: Path) -> None:
    path = write_study(tmp_path, "frames", block("construct", lambda_grid=FIVE, starts=[0.25],
                                                 **PAIRS | {"practice": 0}))  # fmt: skip
    sets = open_sets(path)
    kept = begun_study(tmp_path, sets.protocol)
    begin(kept, sets, closes_at=1)
    resumed = resume_session(kept, open_sets(path), "P01", 1)
    assert resumed.files is not None
    resumed.files.close()
    (row,) = read(kept.session("P01", 1).file("data.csv"))
    assert row.lambda_f not in (None, 0, 1)  # else another test than the one meant
    source = sets.process.source
    folder = source.continua[row.image_i // 2].folder  # type: ignore[attr-defined]
    shutil.copy(folder / "0.00.png", folder / f"{row.lambda_f:.2f}.png")
    with pytest.raises(ElicitError, match="fingerprint_shown: was answered on image"):
        resume_session(kept, open_sets(path), "P01", 1)
