"""What `elicit withdraw` leaves of a participant, it names: results, lists, whatever has the id."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

import pytest

from elicit.log.files import ABANDONED_DRAFT_S, TEMPORARY
from elicit.study.folder import Study
from elicit.study.results import find_results
from tests.elicit.helpers.commands import Ended, elicit
from tests.elicit.helpers.factories import block
from tests.elicit.helpers.sessions import pilot_study, run_session
from tests.helpers.commands import run_here

BY_PERSON = ("report", "qc", "pse", "relabel")
NAMES_THEM = re.compile(rb"(?<![A-Za-z0-9])P07(?![A-Za-z0-9])")


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """A study of three participants, each with one finished session."""
    study, asked = pilot_study(tmp_path, [block("infer"), block("construct")])
    for participant in ("P06", "P07", "P70"):
        run_session(study, asked, participant)
    return study


def withdraw(study: Study) -> Ended:
    logs = str(study.folder)
    return elicit(study.folder.parent, "withdraw", "P07", "--logs", logs, "--yes", COLUMNS="200")


def list_unnamed(study: Study, said: str) -> list[Path]:
    """Return the files that carry the participant's id and that the output does not name."""
    carry = [
        path
        for path in study.folder.rglob("*")
        if path.is_file()
        and (NAMES_THEM.search(path.read_bytes()) or NAMES_THEM.search(path.name.encode()))
    ]
    lines = said.splitlines()
    return [
        path
        for path in carry
        if path.name != "withdrawn.csv"
        and not any(line.startswith(f"{path.parent}: ") and path.name in line for line in lines)
    ]


@pytest.mark.slow
def test_all_that_learn_wrote_is_named_with_the_command_that_makes_it_anew(study: Study) -> None:
    logs = str(study.folder)
    places = {"report": "report.html", "qc": "qc", "pse": "pse", "relabel": "labels"}
    options = {"pse": ("--by", "class_pair"), "relabel": ("--per-participant",)}
    for command in BY_PERSON:
        arguments = (command, logs, "--include-simulated", "--out", f"{logs}/{places[command]}")
        ended = run_here("learn", (*arguments, *options.get(command, ())), dict(os.environ))
        assert ended.code == 0, ended.said
    kept = {path for path in study.folder.rglob("*") if path.is_file() and _is_learn_s(path, study)}
    ended = withdraw(study)
    assert ended.code == 0
    assert list_unnamed(study, ended.shown) == []
    for command in BY_PERSON:
        assert f"learn {command} {logs} --out {logs}/{places[command]}\n" in ended.shown
    named = {path for result in find_results(study.folder, "P07") for path in result.files}
    assert named == {path for path in kept if path.name != "README.md" or "labels" in path.parts}


def _is_learn_s(path: Path, study: Study) -> bool:
    inner = path.relative_to(study.folder)
    return inner.parts[0] in {
        "report.html",
        "report_numbers",
        "report_figures",
        "qc",
        "pse",
        "labels",
    }


@pytest.mark.parametrize(
    "place",
    [
        "data/notes.txt",
        "data/old/copy.csv",
        "data/old/subject-P07_session-1_task-pilot_data.csv",
        "data/subject-P99_session-1_task-pilot_data.csv",  # a log that a person renamed
        "allocation/list.txt",
        "who came.txt",
        "checks/LAB-1.json",
        "mine/deep/down/letter.tex",
    ],
)
def test_any_other_file_that_has_the_id_in_it_is_named(place: str, study: Study) -> None:
    path = study.folder / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(study.session("P07", 1).file("data.csv").read_bytes())
    ended = withdraw(study)
    assert ended.code == 0
    assert path.exists()
    assert list_unnamed(study, ended.shown) == []
    (line,) = ended.shown.splitlines()[2:]
    assert line == (
        f"{path.parent}: {path.name} names P07; see what it is, and delete it or that part of it"
    )


def test_where_nothing_is_left_nothing_is_named(study: Study) -> None:
    (study.folder / "stimuli.csv").write_text("image_i,lambda_f\n3,0.5\n", encoding="utf-8")
    (study.folder / "mine.txt").write_text("P070 and xP07 came, at 0.P07x", encoding="utf-8")
    assert len(withdraw(study).shown.splitlines()) == 1


def test_an_id_of_digits_is_not_found_in_numbers(study: Study) -> None:
    path = study.folder / "numbers.csv"
    path.write_text("0.7,7.5,1e-7,77\n", encoding="utf-8")
    assert find_results(study.folder, "7") == []
    path.write_text("0.7,7,77\n", encoding="utf-8")
    assert len(find_results(study.folder, "7")) == 1


@pytest.mark.parametrize("folder", ["data", "allocation", "."])
def test_a_draft_of_a_killed_session_goes_with_the_participant(folder: str, study: Study) -> None:
    draft = study.folder / folder / f"{TEMPORARY}0123"
    draft.write_text('{"participant": "P07", "session": 2}\n', encoding="utf-8")
    another = study.folder / folder / f"{TEMPORARY}4567"
    another.write_text('{"participant": "P70", "session": 2}\n', encoding="utf-8")
    assert withdraw(study).code == 0
    assert (draft.exists(), another.exists()) == (False, True)


@pytest.mark.parametrize("folder", ["data", "allocation", "."])
def test_the_next_start_deletes_old_drafts_and_leaves_those_that_may_be_written(
    folder: str, study: Study
) -> None:
    old, new = (study.folder / folder / f"{TEMPORARY}{name}" for name in ("old", "new"))
    for path, age in ((old, ABANDONED_DRAFT_S + 5), (new, ABANDONED_DRAFT_S - 60)):
        path.write_text("half a fi", encoding="utf-8")
        os.utime(path, (time.time() - age,) * 2)
    study.prepare()
    assert (old.exists(), new.exists()) == (False, True)
