"""What lies beside a study's logs is named, and so is a log that has lost rows."""

import shutil
from pathlib import Path

import pytest

from elicit.log.data_folder import find_problems, find_stray_files, is_session_file
from elicit.preflight.computer import MAX_PROBLEMS, check_data_folder
from elicit.study import withdrawals
from elicit.study.folder import Study
from tests.elicit.helpers.commands import elicit
from tests.elicit.helpers.sessions import TRIALS, pilot_study, run_session

STEM = "subject-P01_session-1_task-pilot"
COPIES = [
    f"{STEM}_data (1).csv",
    f"{STEM}_data-LABPC2.csv",
    f"{STEM}_data.sync-conflict-20260504-120000-ABCDEFG.csv",
    f"{STEM}_data (LABPC2's conflicted copy 2026-05-04).csv",
    f"{STEM}_data - Copy.csv",
    f"{STEM}_data.csv.bak",
    f"{STEM}_data.xlsx",
    f"Copy of {STEM}_data.csv",
]


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """A study with one finished session."""
    study, asked = pilot_study(tmp_path)
    run_session(study, asked, "P01")
    return study


def lose_rows(study: Study, kept: int) -> Path:
    """Leave only the first rows of the session's log."""
    log = study.session("P01", 1).file("data.csv")
    log.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[: kept + 1]))
    return log


def test_a_session_s_own_files_are_no_strays(study: Study) -> None:
    study.session("P01", 1).file("torn.txt").write_text("half a line", encoding="utf-8")
    assert find_stray_files(study.data) == []
    assert list(find_problems(study.folder)) == []


@pytest.mark.parametrize("name", [".DS_Store", "Thumbs.db", "desktop.ini", "~$x.csv", ".tmp-1a"])
def test_what_the_system_keeps_in_any_folder_is_no_stray(name: str, study: Study) -> None:
    (study.data / name).write_bytes(b"")
    assert find_stray_files(study.data) == []


@pytest.mark.parametrize("name", COPIES)
def test_a_copy_is_named_with_its_original_and_what_to_do(name: str, study: Study) -> None:
    copy = study.data / name
    shutil.copy(study.session("P01", 1).file("data.csv"), copy)
    assert not is_session_file(name)
    (stray,) = find_stray_files(study.data)
    assert str(stray) == (
        f"{copy}: looks like a copy of {STEM}_data.csv and is not counted; keep the one that has "
        "all rows under that name, and move the other elsewhere"
    )


def test_a_log_that_was_renamed_is_named_with_its_own_name(study: Study) -> None:
    study.session("P01", 1).file("data.csv").rename(study.data / COPIES[0])
    (stray,) = find_stray_files(study.data)
    assert str(stray).endswith(
        f"is not counted, and {STEM}_data.csv is missing; if this file is whole, rename it to that"
    )


def test_any_other_file_is_named_too(study: Study) -> None:
    (study.data / "notes.txt").write_bytes(b"")
    (stray,) = find_stray_files(study.data)
    assert str(stray).endswith("is no session's file and is not counted; move it elsewhere")


@pytest.mark.parametrize("kept", [0, 3])
def test_a_finished_session_whose_log_lost_rows_is_named(kept: int, study: Study) -> None:
    log = lose_rows(study, kept)
    told = (
        f"{log}: has {kept} of {TRIALS} trials, though the session is finished; look for a copy "
        "beside it or in a backup, and put the whole one in its place"
    )
    assert list(find_problems(study.folder)) == [told]
    ended = elicit(study.folder.parent, "status", str(study.folder), COLUMNS="400")
    assert told + "\n" in ended.shown


def test_a_session_that_only_stopped_has_lost_no_rows(tmp_path: Path) -> None:
    study, asked = pilot_study(tmp_path)
    run_session(study, asked, "P01", closes_at=2)
    assert list(find_problems(study.folder)) == []


@pytest.mark.parametrize("name", COPIES)
def test_status_and_check_name_a_copy(name: str, study: Study) -> None:
    shutil.copy(study.session("P01", 1).file("data.csv"), study.data / name)
    (told,) = find_problems(study.folder)
    ended = elicit(study.folder.parent, "status", str(study.folder), COLUMNS="400")
    assert told + "\n" in ended.shown
    (result,) = check_data_folder(study.folder)
    assert (f"{result.measured}; {result.advice}", result.verdict) == (told, "attention")


def test_a_check_of_many_copies_lists_the_first_and_says_how_many_more(study: Study) -> None:
    for number in range(MAX_PROBLEMS + 3):
        (study.data / f"{STEM}_data ({number}).csv").write_bytes(b"")
    results = check_data_folder(study.folder)
    assert len(results) == MAX_PROBLEMS + 1
    assert results[-1].measured == "3 more like these"


def test_a_study_folder_that_is_not_there_yet_has_no_problems(tmp_path: Path) -> None:
    assert list(find_problems(tmp_path / "logs")) == []


@pytest.mark.parametrize("name", COPIES)
def test_who_withdraws_leaves_no_copy_behind(name: str, study: Study) -> None:
    shutil.copy(study.session("P01", 1).file("data.csv"), study.data / name)
    withdrawals.withdraw(study.folder, withdrawals.find_data(study.folder, "P01"))
    assert list(study.data.iterdir()) == []


def test_a_copy_of_a_claim_is_named(study: Study) -> None:
    (claim,) = (study.folder / "allocation").glob("pilot_*.json")
    shutil.copy(claim, claim.with_name("pilot_000000_try-1 (1).json"))
    ended = elicit(study.folder.parent, "status", str(study.folder), COLUMNS="400")
    assert "try-1 (1).json: is no claim by its name; if a program" in ended.shown
