"""`elicit withdraw`: what a participant left is gone, a line says so."""

import csv
import json
import os
from pathlib import Path

import pytest

from elicit.errors import StudyError
from elicit.log.station import this_station
from elicit.study.folder import Study
from tests.elicit.helpers.commands import Ended, elicit, elicit_apart
from tests.elicit.helpers.session_records import session_record
from tests.elicit.helpers.sessions import TRIALS, pilot_study, run_session


def withdraw(folder: Path, *arguments: str) -> Ended:
    logs = str(folder / "logs")
    return elicit(folder, "withdraw", "--logs", logs, *arguments, COLUMNS="200")


def withdrawn(study: Study) -> list[dict[str, str]]:
    with (study.folder / "withdrawn.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def of(participant: str, study: Study) -> list[Path]:
    """Return every file that names or holds something of a participant."""
    files = [path for path in study.folder.rglob("*") if path.is_file()]
    return [
        path
        for path in files
        if f"subject-{participant}_" in path.name or participant.encode() in path.read_bytes()
    ]


def test_all_that_a_participant_left_is_gone_and_a_line_says_so(tmp_path: Path) -> None:
    study, asked = pilot_study(tmp_path)
    run_session(study, asked, "P06")
    run_session(study, asked, "P07")
    run_session(study, asked, "P07", session=2, closes_at=4)
    session = study.session("P07", 2)
    session.file("torn.txt").write_text("half a line of P07", encoding="utf-8")
    crashed = this_station().record() | {"pid": 1, "process": "another that had its number"}
    session.file("running.json").write_text(json.dumps(crashed), encoding="utf-8")
    before = {path: path.read_bytes() for path in of("P06", study)}
    ended = withdraw(tmp_path, "P07", "--yes")
    assert (ended.code, ended.said) == (0, "")
    assert ended.shown.startswith(
        f"P07 withdrew; deleted: sessions: 2, answered trials: {TRIALS + 4}; "
    )
    assert of("P07", study) == [study.folder / "withdrawn.csv"]
    assert {path: path.read_bytes() for path in of("P06", study)} == before
    (line,) = withdrawn(study)
    assert (line["participant"], line["sessions"], line["trials"]) == ("P07", "2", str(TRIALS + 4))
    assert (
        int(line["files"]) == 5 + 4 + 2 + 2
    )  # a session that ended, one that crashed, what it left, places
    assert line["withdrawn_utc"].endswith("Z")


def test_an_id_that_withdrew_is_never_used_again(tmp_path: Path) -> None:
    study, asked = pilot_study(tmp_path)
    run_session(study, asked, "P07")
    withdraw(tmp_path, "P07", "--yes")
    expected = (
        r"^participant: [Pp]07 withdrew from this study, and no id is used again; the next free "
        r"one is P08$"
    )
    for spelling in ("P07", "p07"):
        with pytest.raises(StudyError, match=expected):
            study.claim(spelling, 1)
        with pytest.raises(StudyError, match=expected):
            study.open_session(spelling, 1, session_record())
        with pytest.raises(StudyError, match=expected):
            Study(study.folder, "main").check_free(spelling, 1)
    assert study.next_id() == "P08"


def test_the_places_of_who_withdrew_are_given_out_anew(tmp_path: Path) -> None:
    study, asked = pilot_study(tmp_path)
    for participant in ("P01", "P02", "P03"):
        run_session(study, asked, participant)
    withdraw(tmp_path, "P02", "--yes")
    assert [study.claim(each, 1).number for each in ("P04", "P05")] == [1, 3]


def test_who_withdraws_from_one_protocol_withdraws_from_all(tmp_path: Path) -> None:
    study, asked = pilot_study(tmp_path)
    run_session(study, asked, "P07")
    Study(study.folder, "main").open_session("P07", 1, session_record()).close()
    withdraw(tmp_path, "P07", "--yes")
    assert of("P07", study) == [study.folder / "withdrawn.csv"]


def test_a_participant_whose_session_runs_is_not_withdrawn(tmp_path: Path) -> None:
    study, _ = pilot_study(tmp_path)
    files = study.open_session("P07", 1, session_record())
    ended = withdraw(tmp_path, "P07", "--yes")
    assert ended.code == 1
    assert ended.said == (
        "elicit: session 1 of participant P07 is running; end it, then withdraw P07\n"
    )
    assert files.trials.path.exists()
    assert not (study.folder / "withdrawn.csv").exists()
    files.close()


def test_without_a_terminal_nothing_is_deleted_unless_told_to(tmp_path: Path) -> None:
    study, asked = pilot_study(tmp_path)
    files = run_session(study, asked, "P07")
    ended = withdraw(tmp_path, "P07")
    assert (ended.code, ended.said) == (
        1,
        "elicit: --yes: is needed to delete the data of P07; there is no terminal to ask in\n",
    )
    assert files.trials.path.exists()


@pytest.mark.parametrize(("typed", "gone"), [("y\r", True), ("n\r", False), ("\r", False)])
def test_the_experimenter_is_asked_before_anything_is_deleted(
    tmp_path: Path, typed: str, gone: bool
) -> None:
    pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")
    study, asked = pilot_study(tmp_path)
    files = run_session(study, asked, "P07")
    ours, theirs = pty.openpty()
    os.write(ours, typed.encode())
    logs = str(tmp_path / "logs")
    ended = elicit_apart(tmp_path, "withdraw", "--logs", logs, "P07", stdin=theirs, COLUMNS="200")
    os.close(ours)
    os.close(theirs)
    assert "for good (sessions: 1, answered trials: 9)?" in ended.shown
    assert files.trials.path.exists() != gone
    assert ended.said == ("" if gone else "elicit: nothing was deleted\n")


@pytest.mark.parametrize(
    ("participant", "said"),
    [
        ("P08", "participant: P08 is not in {logs}"),
        ("p07", "participant: p07 is not in {logs}; P07 is"),
        ("../x", "participant: must be 1 to 32 letters and digits, such as P01, got '../x'"),
    ],
)
def test_who_is_not_there_cannot_withdraw(tmp_path: Path, participant: str, said: str) -> None:
    study, asked = pilot_study(tmp_path)
    run_session(study, asked, "P07")
    ended = withdraw(tmp_path, participant, "--yes")
    assert (ended.code, ended.said) == (1, f"elicit: {said.format(logs=study.folder)}\n")


def test_who_withdrew_before_is_told_so(tmp_path: Path) -> None:
    study, asked = pilot_study(tmp_path)
    run_session(study, asked, "P07")
    withdraw(tmp_path, "P07", "--yes")
    ended = withdraw(tmp_path, "P07", "--yes")
    path = study.folder / "withdrawn.csv"
    assert (ended.code, ended.said) == (
        1,
        f"elicit: participant: P07 withdrew before; see {path}\n",
    )
    assert len(withdrawn(study)) == 1


def test_a_log_that_is_damaged_is_deleted_all_the_same(tmp_path: Path) -> None:
    study, asked = pilot_study(tmp_path)
    files = run_session(study, asked, "P07")
    files.trials.path.write_bytes(b"\xff\xfe\x00")
    assert withdraw(tmp_path, "P07", "--yes").code == 0
    assert of("P07", study) == [study.folder / "withdrawn.csv"]


def test_a_torn_list_of_who_withdrew_goes_on(tmp_path: Path) -> None:
    study, asked = pilot_study(tmp_path)
    for participant in ("P01", "P02"):
        run_session(study, asked, participant)
    withdraw(tmp_path, "P01", "--yes")
    with (study.folder / "withdrawn.csv").open("ab") as file:
        file.write(b"P0")
    ended = withdraw(tmp_path, "P02", "--yes")
    assert ended.code == 0
    assert ended.said.splitlines()[-1].endswith("the last line is torn off; it is set aside")
    assert [line["participant"] for line in withdrawn(study)] == ["P01", "P02"]


def test_a_folder_that_is_no_study_is_told(tmp_path: Path) -> None:
    ended = withdraw(tmp_path, "P07", "--yes")
    assert (ended.code, ended.said) == (
        1,
        f"elicit: {tmp_path / 'logs'}: must be a study folder, as elicit run --logs makes it; "
        "got none\n",
    )


@pytest.mark.parametrize("keeps_header", [True, False])
def test_a_list_of_who_withdrew_that_lost_its_lines_is_told(
    tmp_path: Path, keeps_header: bool
) -> None:
    study, asked = pilot_study(tmp_path)
    run_session(study, asked, "P01")
    run_session(study, asked, "P02")
    assert elicit(tmp_path, "withdraw", "P01", "--yes", "--logs", str(study.folder)).code == 0
    path = study.folder / "withdrawn.csv"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] if keeps_header else b"")
    ended = elicit(tmp_path, "status", str(study.folder))
    assert ended.code == 0
    assert f"{path}: names nobody, so that ids of who withdrew may be given again" in ended.said
