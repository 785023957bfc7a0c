"""Computers that share a study folder are told apart, whatever they are called."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from elicit.errors import StudyError
from elicit.log import station
from elicit.log.station import this_station
from elicit.study import locks, withdrawals
from elicit.study.folder import Study
from tests.elicit.helpers.session_records import session_record

ID = "from elicit.log.station import this_station; print(this_station().id)"
HOLD = """
import sys
from pathlib import Path
from elicit.study.folder import Study
from tests.elicit.helpers.session_records import session_record
files = Study(Path(sys.argv[1]), "pilot").open_session("P01", 1, session_record())
print("ready", flush=True)
sys.stdin.readline()
"""


def computer(state: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start Python on a computer of this one's name; `state` is its user's state folder."""
    return subprocess.Popen(
        [sys.executable, "-c", *arguments],
        env={**os.environ, "XDG_STATE_HOME": str(state), "LOCALAPPDATA": str(state)},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8",
    )  # fmt: skip


def id_on(state: Path) -> str:
    return computer(state, ID).communicate()[0].strip()


def test_a_computer_has_one_id_whichever_process_asks(tmp_path: Path) -> None:
    first, again, other = id_on(tmp_path / "a"), id_on(tmp_path / "a"), id_on(tmp_path / "b")
    assert len(first) == 32
    assert first == again
    assert first != other


def test_an_id_that_cannot_be_kept_is_no_other_process_s(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    assert id_on(tmp_path / "file") != id_on(tmp_path / "file")


def test_an_id_that_a_power_cut_took_is_made_again(tmp_path: Path) -> None:
    first = id_on(tmp_path)
    (path,) = (tmp_path / station.FOLDER).iterdir()
    path.write_bytes(bytes(80))
    made = id_on(tmp_path)
    assert made not in {first, ""}
    assert id_on(tmp_path) == made


def test_a_copied_disk_image_does_not_make_two_computers_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    ids = []
    for cards in (["a1", "a2"], ["a2", "a3"], ["b1"], []):
        monkeypatch.setattr(station, "network_cards", lambda cards=cards: cards)
        station._known_station.cache_clear()
        ids.append(this_station().id)
    monkeypatch.undo()
    station._known_station.cache_clear()
    original, with_another_card, copy, without_cards = ids
    assert original == with_another_card != copy
    assert copy == without_cards


@pytest.fixture
def held(tmp_path: Path) -> subprocess.Popen[str]:
    """A computer of this one's name that runs session 1 of P01."""
    pilot = Study(tmp_path / "logs", "pilot")
    pilot.prepare()
    place = pilot.claim("P01", 1)
    assert place.number == 0
    held = computer(tmp_path / "other", HOLD, str(pilot.folder))
    assert held.stdout is not None
    assert held.stdout.readline() == "ready\n"
    return held


def test_a_session_on_another_computer_of_the_same_name_runs_and_stays(
    tmp_path: Path, held: subprocess.Popen[str]
) -> None:
    pilot = Study(tmp_path / "logs", "pilot")
    # a process number of the other computer says nothing here
    lock = pilot.session("P01", 1).file("running.json")
    holder = json.loads(lock.read_text("utf-8"))
    lock.write_text(json.dumps(holder | {"pid": 2**22 + 1}), encoding="utf-8")
    assert pilot.state_of("P01", 1) == "running"
    with pytest.raises(StudyError, match=r"is running on another computer that is called .*, too"):
        pilot.reopen_session("P01", 1)
    theirs = withdrawals.find_data(pilot.folder, "P01")
    with pytest.raises(StudyError, match="is running; end it, then withdraw P01"):
        withdrawals.withdraw(pilot.folder, theirs)
    assert pilot.session("P01", 1).file("data.csv").exists()
    held.communicate("\n")


@pytest.mark.parametrize("content", [b"", bytes(40), b"{", b"[]"])
def test_a_lock_that_cannot_be_read_is_somebody_s(content: bytes, tmp_path: Path) -> None:
    lock = tmp_path / "running.json"
    lock.write_bytes(content)
    assert locks.is_held(lock)
    with pytest.raises(StudyError, match=r"is running on another computer .*, delete .*g\.json"):
        locks.take(lock, "this", quiet=False)


def test_a_lock_that_cannot_be_opened_is_somebody_s(tmp_path: Path) -> None:
    pilot = Study(tmp_path / "logs", "pilot")
    pilot.prepare()
    pilot.open_session("P01", 1, session_record()).close()
    pilot.session("P01", 1).file("running.json").mkdir()  # reading it fails for any user
    assert pilot.state_of("P01", 1) == "running"
