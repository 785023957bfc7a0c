"""What operating systems leave in folders is never data, never a stimulus, and never an error."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PIL import Image

from elicit.errors import ElicitError
from elicit.log.data_folder import find_problems, find_stray_files, list_logs
from elicit.study.folder import Study
from elicit.study.status import StudyMonitor
from elicit.study.withdrawals import find_data
from learn.runs.folder import Identity, RunFolder
from learn.study.table import list_trial_logs, read_study
from stimuli.sources.folder import Folder
from stimuli.system_files import is_of_system
from tests.elicit.helpers.factories import block
from tests.elicit.helpers.sessions import pilot_study, run_session
from tests.helpers.commands import run_here

LOG = "subject-P01_session-1_task-pilot_data.csv"
FILES = (
    *(".DS_Store", "Thumbs.db", "ehthumbs.db", "desktop.ini", "Desktop.ini", "Icon\r", "~$notes"),
    *("._name", f"._{LOG}", f"~${LOG}", "._cat_1.png", "._pilot_000000_try-1.json"),
)
FOLDERS = ("@eaDir", "#recycle", "$RECYCLE.BIN", "__MACOSX", ".Trashes", "lost+found")


def litter(folder: Path) -> None:
    """Leave in a folder, and in every folder in it, what other systems do."""
    for place in [folder, *(path for path in folder.rglob("*") if path.is_dir())]:
        for name in FILES:
            (place / name).write_bytes(b"\0\5\26\7 of the system")
        for name in FOLDERS:
            (place / name).mkdir(exist_ok=True)
            for within in (LOG, "cat_1.png", "labels.csv", "SYNOPHOTO_THUMB_M.jpg"):
                (place / name / within).write_bytes(b"\0 of the system")


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """A study with two finished sessions."""
    study, asked = pilot_study(tmp_path, [block("construct"), block("infer")])
    for participant in ("P01", "P02"):
        run_session(study, asked, participant)
    return study


def test_no_file_of_another_system_is_a_trial_log_or_a_copy_of_one(study: Study) -> None:
    logs, table = list_trial_logs(study.folder), read_study(study.folder)
    before = StudyMonitor(study.folder).read_status()
    litter(study.folder)
    assert list_logs(study.data) == list_trial_logs(study.folder) == logs
    assert read_study(study.folder).equals(table)  # warnings are errors
    assert find_stray_files(study.data) == []
    assert list(find_problems(study.folder)) == []
    after = StudyMonitor(study.folder).read_status()
    assert (after.problems, after.notices) == ([], [])
    assert (after.places, after.next_id) == (before.places, before.next_id)
    assert len(after.sessions) == len(before.sessions) == 2
    assert study.claim("P03", 1).number == 2


@pytest.mark.parametrize(
    "command",
    [
        ("elicit", "status", "logs"),
        ("learn", "relabel", "logs", "--out", "made"),
        ("learn", "qc", "logs", "--out", "logs/qc"),
    ],
    ids=" ".join,
)
def test_commands_say_the_same_of_a_study_with_such_files(
    study: Study, command: tuple[str, ...]
) -> None:
    name, *arguments = command
    folder = study.folder.parent
    clean = run_here(name, tuple(arguments), folder=folder)
    for made in (folder / "made", study.folder / "qc"):
        shutil.rmtree(made, ignore_errors=True)
    litter(folder)
    assert run_here(name, tuple(arguments), folder=folder) == clean
    assert clean.code == 0


def test_what_carries_a_participant_s_id_is_deleted_with_their_data(study: Study) -> None:
    litter(study.data)
    names = {path.name for path in find_data(study.folder, "P01").files}
    assert {LOG, f"._{LOG}", f"~${LOG}"} <= names
    assert not names & set(FOLDERS)


@pytest.fixture
def images(tmp_path: Path) -> Path:
    for name in ("cat", "dog"):
        (tmp_path / "images" / name / "deep").mkdir(parents=True)
        for place in (tmp_path / "images" / name, tmp_path / "images" / name / "deep"):
            Image.new("RGB", (8, 8)).save(place / f"{name}_1.png")
    return tmp_path / "images"


def test_no_file_of_another_system_is_a_stimulus_or_a_class(images: Path) -> None:
    before = Folder(images)
    litter(images)
    after = Folder(images)
    assert (after.classes, after.files) == (before.classes, before.files)
    assert len(after.files) == 4


def test_a_run_folder_with_such_files_alone_is_empty(tmp_path: Path) -> None:
    litter(tmp_path)
    assert RunFolder(tmp_path, Identity({}, {})).result() is None
    (tmp_path / "thesis.docx").touch()
    with pytest.raises(ElicitError, match="holds something else than a run"):
        RunFolder(tmp_path, Identity({}, {}))


@pytest.mark.parametrize("name", [LOG, "cat", "cat_1.png", "Thumbs.db.csv", "icon.png", "a~$b"])
def test_other_names_are_a_person_s(name: str) -> None:
    assert not is_of_system(name)
