"""`elicit status`: how far a study is."""

import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console

from elicit.commands.status import fit_status
from elicit.study import withdrawals
from elicit.study.folder import Study
from elicit.study.session_files import SessionFiles, Status
from elicit.study.status import LogSummary, SessionProgress, StudyMonitor, StudyStatus
from tests.elicit.helpers.commands import Ended, elicit
from tests.elicit.helpers.session_records import session_record
from tests.elicit.helpers.sessions import TRIALS, make_old, pilot_study, run_session
from tests.helpers.commands import RUNS


def status(folder: Path, *arguments: str) -> Ended:
    return elicit(folder, "status", str(folder / "logs"), *arguments, COLUMNS="160")


@pytest.fixture
def busy(tmp_path: Path) -> Study:
    """A study with a session of every kind, on two PCs."""
    study, asked = pilot_study(tmp_path)
    run_session(study, asked, "P01", closes_at=5)
    make_old(study)  # so it is abandoned
    run_session(study, asked, "P02", station="LAB-2")
    run_session(study, asked, "P03", closes_at=2)
    run_session(study, asked, "P05")
    withdrawals.withdraw(study.folder, withdrawals.find_data(study.folder, "P05"))
    place = study.claim("P04", 1)
    record = session_record(allocation=place.number, station="LAB-2", attempt=place.attempt)
    study.open_session("P04", 1, record).finish("consent withheld")
    return study


def row(ended: Ended, *cells: str) -> list[str]:
    """Return the cells of the one table row that begins with some cells."""
    found = [
        re.split(r"\s{2,}", line.strip())
        for line in ended.shown.splitlines()
        if re.match(r"\s{2,}".join(map(re.escape, cells)) + r"\s{2,}", line)
    ]
    assert len(found) == 1, ended.shown
    return found[0]


def test_every_participant_is_listed_with_where_and_how_far(tmp_path: Path, busy: Study) -> None:
    ended = status(tmp_path)
    assert (ended.code, ended.said) == (0, "")
    expected = {
        "P01": ["1", "LAB-1", "abandoned", f"5/{TRIALS}"],
        "P02": ["1", "LAB-2", "done", f"{TRIALS}/{TRIALS}"],
        "P03": ["1", "LAB-1", "stopped", f"2/{TRIALS}"],
        "P04": ["1", "LAB-2", "withheld", "0/?"],
    }
    for participant, cells in expected.items():
        assert row(ended, participant)[1:5] == cells
    assert "withdrawn: P05\n" in ended.shown
    assert "next free id: P06\n" in ended.shown


def test_stations_and_batches_are_counted(tmp_path: Path, busy: Study) -> None:
    ended = status(tmp_path)
    # done, running, stopped, abandoned, withheld, covered
    assert row(ended, "LAB-1")[1:] == ["0", "0", "1", "1", "0", "1"]
    assert row(ended, "LAB-2")[1:] == ["1", "0", "0", "0", "1", "1"]
    assert row(ended, "construct", "0")[2:] == ["1", "0", "1", "1", "0", "2"]
    assert "pilot: a batch is covered 2 to 2 times\n" in ended.shown
    assert "pilot: 2 of 3 places given out are covered\n" in ended.shown


def test_a_running_session_shows_how_far_it_is(tmp_path: Path) -> None:
    study, asked = pilot_study(tmp_path)
    run_session(study, asked, "P01", closes_at=3)
    files, _, _ = study.reopen_session("P01", 1)
    ended = status(tmp_path)
    cells = row(ended, "P01")
    assert cells[3:5] == ["running", f"3/{TRIALS}"]
    assert "━" in cells[-1]
    files.close()


def test_median_minutes_are_those_of_sessions_that_ran_through(tmp_path: Path) -> None:
    study, asked = pilot_study(tmp_path)
    for participant, minutes in (("P01", 4), ("P02", 10), ("P03", 5)):
        files = run_session(study, asked, participant)
        began = files.session.file("session.json")
        text = began.read_text("utf-8")
        began.write_text(
            re.sub(r'"started_utc": "[^"]*"', '"started_utc": "2026-05-04T12:00:00.000Z"', text),
            encoding="utf-8",
        )
        end = f'{{"status": "finished", "ended_utc": "2026-05-04T12:{minutes:02}:00.000Z"}}'
        files.session.file("end.json").write_text(end, encoding="utf-8")
    run_session(study, asked, "P04", closes_at=2)
    ended = status(tmp_path)
    assert row(ended, "P02")[-1] == "10.0"
    assert "pilot: median 5.0 minutes\n" in ended.shown


def test_a_log_that_cannot_be_read_is_told_beside_the_rest(tmp_path: Path) -> None:
    study, asked = pilot_study(tmp_path)
    files = run_session(study, asked, "P01")
    run_session(study, asked, "P02")
    path = files.trials.path
    path.write_bytes(path.read_bytes().replace(b"P01,1", b"P01,x", 1))
    ended = status(tmp_path)
    assert ended.code == 0
    assert "cannot be read: " in ended.shown
    assert "_data.csv:2: session: " in ended.shown.replace("\n", "")
    assert row(ended, "P02")[3].startswith("done")


@pytest.mark.parametrize("kind", ["session.json", "end.json"])
@pytest.mark.parametrize("content", [b"", b"[]", b'{"participant": "[/x]"}', bytes(100)])
def test_a_record_or_end_that_is_damaged_is_named_even_of_a_session_known_to_be_finished(
    tmp_path: Path, kind: str, content: bytes
) -> None:
    study, asked = pilot_study(tmp_path)
    files = run_session(study, asked, "P01")
    (claim,) = (study.folder / "allocation").glob("*_try-1.json")
    kept = study.folder / "allocation" / "finished.json"
    kept.write_text(json.dumps({claim.name: files.session.stem}), encoding="utf-8")
    path = files.session.file(kind)
    path.write_bytes(content)
    ended = status(tmp_path)
    assert ended.code == 0
    assert path.name in ended.shown.replace("\n", "")


def test_a_record_that_lacks_a_key_is_listed_once_beside_the_rest(tmp_path: Path) -> None:
    study, asked = pilot_study(tmp_path)
    files = run_session(study, asked, "P01")
    run_session(study, asked, "P02")
    text = files.sidecar.read_text("utf-8")
    files.sidecar.write_text(text.replace('"station": "LAB-1",', ""), "utf-8")
    ended = status(tmp_path)
    assert ended.code == 0
    assert ended.shown.replace("\n", "").count("_session.json: station: is missing; ") == 1
    assert [row(ended, each)[2] for each in ("P01", "P02")] == ["?", "LAB-1"]


def test_a_row_on_its_way_to_disk_is_no_problem(tmp_path: Path) -> None:
    study, asked = pilot_study(tmp_path)
    files = run_session(study, asked, "P01", closes_at=3)
    with files.trials.path.open("ab") as file:
        file.write(b"P01,1,pi")
    ended = status(tmp_path)
    assert ended.said == ""
    assert row(ended, "P01")[4] == f"3/{TRIALS}"


def test_batches_that_nobody_had_yet_are_listed_where_their_number_is_known(tmp_path: Path) -> None:
    study, _ = pilot_study(tmp_path)
    blocks = [{"name": "main", "paradigm": "infer", "batch": 1, "batches": 3, "trials": 60}]
    study.open_session("P01", 1, session_record(blocks=blocks)).close()
    overview = StudyMonitor(study.folder).read_status()
    assert overview.count_by_batch("pilot") == {
        ("main", 0): {},
        ("main", 1): {"stopped": 1},
        ("main", 2): {},
    }


def test_a_study_that_has_not_begun_is_shown_as_such(tmp_path: Path) -> None:
    pilot_study(tmp_path)
    ended = status(tmp_path)
    assert (ended.code, ended.said) == (0, "")
    assert "next free id: P01\n" in ended.shown


def test_a_folder_that_is_no_study_is_one_line(tmp_path: Path) -> None:
    ended = status(tmp_path)
    logs = tmp_path / "logs"
    assert (ended.code, ended.said) == (
        1,
        f"elicit: {logs}: must be a study folder, as elicit run --logs makes it; got none\n",
    )


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is not sent like this on Windows")
def test_the_live_view_follows_the_study_until_it_is_ended(tmp_path: Path) -> None:
    study, asked = pilot_study(tmp_path)
    run_session(study, asked, "P01")
    out = tmp_path / "shown.txt"
    with out.open("w", encoding="utf-8") as file:
        asked_for = ["status", str(study.folder), "--watch", "--every", "0.2"]
        watching = subprocess.Popen(
            [sys.executable, "-c", RUNS["elicit"], *asked_for],
            stdout=file, stderr=subprocess.PIPE, encoding="utf-8",
            env={**os.environ, "COLUMNS": "160", "LINES": "60", "FORCE_COLOR": "1",
                 "TERM": "xterm"},
        )  # fmt: skip
    try:
        wait_for(out, "P01")
        run_session(study, asked, "P02")
        wait_for(out, "P02")
    finally:
        watching.send_signal(signal.SIGINT)
        _, said = watching.communicate()
    assert (watching.returncode, said) == (0, "")


def wait_for(path: Path, text: str) -> None:
    deadline = time.monotonic() + 60
    while text not in path.read_text("utf-8"):
        assert time.monotonic() < deadline, f"{text} was never shown"
        time.sleep(0.1)


def run_simulated(study: Study, participant: str, *, ends: bool) -> None:
    """Let a program run a participant's first session, as --autopilot does."""
    slot = study.claim(participant, 1, simulated=True)
    block = {"name": "a", "paradigm": "infer", "batch": 0, "batches": 2, "trials": 6}
    record = session_record(allocation=slot.number, simulated=True, blocks=[block])
    files = study.open_session(participant, 1, record)
    if ends:
        files.finish()
    else:
        files.close()


def test_simulated_sessions_are_counted_apart_from_people_s(tmp_path: Path) -> None:
    study, asked = pilot_study(tmp_path)
    run_simulated(study, "autopilot1", ends=True)
    run_simulated(study, "autopilot2", ends=False)
    alone = status(tmp_path)
    assert "pilot: 2 of 2 places given out are covered\n" in alone.shown
    assert "all sessions are simulated: programs answered them, not people\n" in alone.shown
    run_session(study, asked, "P01")
    ended = status(tmp_path)
    assert row(ended, "autopilot1")[3] == "done, simulated"
    assert row(ended, "P01")[3] == "done"
    assert row(ended, "construct", "0")[2:] == ["1", "0", "0", "0", "0", "1"]
    assert "pilot: 1 of 1 places given out are covered\n" in ended.shown
    assert (
        "simulated, and not counted above: 1 done, 1 stopped; places of their own that they "
        "cover: 2; they take none from people\n"
    ) in ended.shown


def test_a_claim_that_cannot_be_read_is_told_with_its_file(tmp_path: Path) -> None:
    study, asked = pilot_study(tmp_path)
    run_session(study, asked, "P01")
    (claim,) = (study.folder / "allocation").iterdir()
    claim.unlink()
    claim.mkdir()  # reading it fails for any user
    ended = elicit(tmp_path, "status", str(tmp_path / "logs"), COLUMNS="400")
    told = f"cannot be read: {claim}: is a folder, and must be a file; its place stays taken until "
    assert told in ended.shown
    assert "pilot: 1 of 1 places given out are covered\n" in ended.shown


# -- in a terminal


def large_study(sessions: int, station: str = "LAB-1", notices: int = 0) -> StudyStatus:
    """Return the status of a study with sessions of every kind, the names in their order."""
    statuses: tuple[Status, ...] = ("finished", "withheld", "abandoned", "running", "stopped")
    return StudyStatus(
        sessions=tuple(
            SessionProgress(
                SessionFiles(Path("data"), f"P{k:03}", 1, "pilot"),
                statuses[k * len(statuses) // sessions],
                station,
                LogSummary(62),
                62,
                {"main": k % 35},
                14.25,
                simulated=False,
            )
            for k in range(sessions)
        ),
        batches_of={("pilot", "main"): 35},
        places={("pilot", False): (sessions, sessions)},
        unread=tuple(f"a claim {k}" for k in range(notices)),
        strays=(),
        withdrawn=(),
        next_id=f"P{sessions:03}",
    )


def print_in_terminal(
    overview: StudyStatus, page: int | None = None, width: int = 80, height: int = 24
) -> list[str]:
    """Return the lines that a terminal of that size shows of a status."""
    console = Console(
        width=width, height=height, force_terminal=True, color_system=None, file=io.StringIO()
    )
    console.print(fit_status(overview, console, page))
    assert isinstance(console.file, io.StringIO)
    return re.sub(r"\x1b\[[0-9;]*m", "", console.file.getvalue()).splitlines()


@pytest.mark.parametrize("sessions", [1, 5, 11, 12, 13, 40, 500])
@pytest.mark.parametrize("station", ["LAB-1", "a-very-long-name-of-a-computer-in-the-cellar"])
@pytest.mark.parametrize("notices", [0, 50])
def test_a_terminal_of_80_by_24_shows_what_matters_and_whole_columns(
    sessions: int, station: str, notices: int
) -> None:
    shown = print_in_terminal(large_study(sessions, station, notices))
    assert len(shown) < 24
    assert max(map(len, shown)) <= 80
    assert shown[0] == f"next free id: P{sessions:03}"
    assert shown[1].startswith("pilot: ")
    assert shown[2] == "pilot: median 14.2 minutes"
    (head,) = (line.split() for line in shown if line.startswith("participant"))
    names = ["participant", "session", "station", "status", "trials", "batch", "minutes"]
    assert head == names
    rows = [line.split() for line in shown if re.match(r"P\d{3} ", line)]
    assert rows
    assert all(len(cells) == len(names) and cells[-1] == "14.2" for cells in rows)


@pytest.mark.parametrize("height", [16, 24, 50])
def test_the_pages_of_a_watched_study_show_each_session_once_and_come_again(height: int) -> None:
    overview = large_study(100)
    count = int(print_in_terminal(overview, 0, height=height)[-1].rpartition(" ")[2])
    listed: list[str] = []
    for page in range(count):
        shown = print_in_terminal(overview, page, height=height)
        assert len(shown) < height
        assert shown[-1] == f"page {page + 1} of {count}"
        listed += [line[:4] for line in shown if re.match(r"P\d{3} ", line)]
    assert sorted(listed) == [f"P{k:03}" for k in range(100)]
    assert listed[:20] == [f"P{k:03}" for k in range(79, 59, -1)]  # those that run
    first = print_in_terminal(overview, 0, height=height)
    assert print_in_terminal(overview, count, height=height) == first


def test_what_a_terminal_leaves_out_is_counted(tmp_path: Path) -> None:
    shown = print_in_terminal(large_study(100))
    rows = sum(bool(re.match(r"P\d{3} ", line)) for line in shown)
    more = f"{100 - rows} more sessions, stations and batches"
    assert shown[-1] == f"not shown: {more}; --all prints them"


def test_a_study_that_fits_is_shown_whole() -> None:
    shown = print_in_terminal(large_study(3), height=60)
    assert [line for line in shown if line.startswith(("Stations", "Batches"))]
    assert not [line for line in shown if "not shown" in line]


def test_names_are_cut_only_in_a_terminal(tmp_path: Path, busy: Study) -> None:
    name = "L" * 150
    place = busy.claim("P07", 1)
    busy.open_session("P07", 1, session_record(allocation=place.number, station=name)).close()
    assert name in elicit(tmp_path, "status", str(tmp_path / "logs"), COLUMNS="80").shown
