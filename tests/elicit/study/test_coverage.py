"""A place is covered by every trace of it, whatever befalls one of them."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from elicit.errors import StudyError, StudyFolderWarning
from elicit.study import withdrawals
from elicit.study.coverage import FEWEST_TO_KEEP, FINISHED, Slot
from elicit.study.folder import Study
from elicit.study.session_files import ABANDONED_AFTER_S
from elicit.study.status import StudyMonitor
from tests.elicit.helpers.session_records import session_record

# told whenever a place is claimed
pytestmark = pytest.mark.filterwarnings("ignore::elicit.errors.StudyFolderWarning")
COUNT_OPENED = """
import sys
from pathlib import Path
from elicit.study.folder import Study
folder = Path(sys.argv[1])
opened = []
sys.addaudithook(lambda event, arguments: event == "open" and opened.append(str(arguments[0])))
slot = Study(folder, "pilot").claim("X1", 1)
print(slot.number, sum(each.startswith(str(folder)) for each in opened))
"""


@pytest.fixture
def pilot(tmp_path: Path) -> Study:
    study = Study(tmp_path / "logs", "pilot")
    study.prepare()
    return study


def run(
    pilot: Study, participant: str, ending: str | None = "finished", *, simulated: bool = False
) -> Slot:
    """Run a participant's first session; None: it stops."""
    slot = pilot.claim(participant, 1, simulated=simulated)
    record = session_record(allocation=slot.number, attempt=slot.attempt, simulated=simulated)
    files = pilot.open_session(participant, 1, record)
    if ending is None:
        files.close()
    else:
        files.finish(ending)  # type: ignore[arg-type]
    return slot


def next_place(pilot: Study, participant: str) -> tuple[int, int]:
    """Let a process that knows nothing yet claim a place; return its number and attempt."""
    slot = Study(pilot.folder, pilot.task).claim(participant, 1)
    return slot.number, slot.attempt


def make_old(pilot: Study) -> None:
    then = time.time() - ABANDONED_AFTER_S - 60
    for path in pilot.folder.rglob("*"):
        os.utime(path, (then, then))


def claim_file(pilot: Study, number: int = 0) -> Path:
    return pilot.folder / "allocation" / f"pilot_{number:06}_try-1.json"


def delete(path: Path) -> None:
    path.unlink()


def fill_with_zeros(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def empty(path: Path) -> None:
    path.write_bytes(b"")


def make_unreadable(path: Path) -> None:
    """Let reading it fail for any user, as a file of mode 600 does for others."""
    path.unlink()
    path.mkdir()


TRACES: dict[str, Callable[[Study], Path]] = {
    "claim": claim_file,
    "record": lambda pilot: pilot.session("P01", 1).file("session.json"),
    "end": lambda pilot: pilot.session("P01", 1).file("end.json"),
}
UNREADABLE = [fill_with_zeros, empty, make_unreadable]


@pytest.mark.parametrize("damage", [*UNREADABLE, delete], ids=lambda each: each.__name__)
@pytest.mark.parametrize("trace", TRACES)
def test_a_place_stays_covered_whatever_befalls_one_trace_of_it(
    trace: str, damage: Callable[[Path], None], pilot: Study
) -> None:
    run(pilot, "P01")
    run(pilot, "P02")
    damage(TRACES[trace](pilot))
    if trace != "end" or damage is not delete:  # else the session is one that stopped long ago
        make_old(pilot)
    assert next_place(pilot, "P03") == (2, 1)
    assert next_place(pilot, "P04") == (3, 1)


@pytest.mark.parametrize("damage", UNREADABLE, ids=lambda each: each.__name__)
@pytest.mark.parametrize("trace", TRACES)
def test_a_trace_that_cannot_be_read_is_told_with_its_file(
    trace: str, damage: Callable[[Path], None], pilot: Study
) -> None:
    run(pilot, "P01")
    path = TRACES[trace](pilot)
    damage(path)
    told = [each for each in StudyMonitor(pilot.folder).read_status().problems if str(path) in each]
    assert len(told) == 1


@pytest.mark.parametrize("damage", [delete, fill_with_zeros], ids=lambda each: each.__name__)
def test_a_claim_that_is_gone_is_made_again_from_its_session(
    damage: Callable[[Path], None], pilot: Study
) -> None:
    run(pilot, "P01")
    damage(claim_file(pilot))
    next_place(pilot, "P02")
    claim = json.loads(claim_file(pilot).read_text("utf-8"))
    assert (claim["participant"], claim["session"]) == ("P01", 1)
    assert StudyMonitor(pilot.folder).read_status().problems == []


def test_a_claim_that_can_be_read_again_says_as_before_whose_place_it_is(pilot: Study) -> None:
    run(pilot, "P01", "consent withheld")
    before = claim_file(pilot).read_text("utf-8")
    make_unreadable(claim_file(pilot))
    assert next_place(pilot, "P02") == (1, 1)  # whosever it is
    claim_file(pilot).rmdir()
    claim_file(pilot).write_text(before, encoding="utf-8")
    assert next_place(pilot, "P03") == (0, 2)


@pytest.mark.parametrize("damage", [delete, fill_with_zeros], ids=lambda each: each.__name__)
@pytest.mark.parametrize("ending", ["consent withheld", None])
def test_a_place_that_is_free_is_not_covered_by_what_befell_its_claim(
    ending: str | None, damage: Callable[[Path], None], pilot: Study
) -> None:
    run(pilot, "P01", ending)
    damage(claim_file(pilot))
    make_old(pilot)
    assert next_place(pilot, "P02") == (0, 2)


def test_a_damaged_claim_is_whosever_an_unreadable_record_may_tell(pilot: Study) -> None:
    run(pilot, "P01")
    fill_with_zeros(claim_file(pilot))
    fill_with_zeros(pilot.session("P01", 1).file("session.json"))
    make_old(pilot)
    assert next_place(pilot, "P02") == (1, 1)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="this user may read everything")
def test_a_claim_that_only_another_user_may_read_covers_its_place(pilot: Study) -> None:
    run(pilot, "P01")
    claim_file(pilot).chmod(0)
    make_old(pilot)
    assert next_place(pilot, "P02") == (1, 1)


# -- names first


def test_of_finished_sessions_a_claim_reads_the_names_alone(pilot: Study) -> None:
    for number in range(3 * FEWEST_TO_KEEP):
        run(pilot, f"P{number:02}")
    next_place(pilot, "P99")  # which keeps what it read
    counted = subprocess.run(
        [sys.executable, "-c", COUNT_OPENED, str(pilot.folder)],
        capture_output=True, encoding="utf-8", check=True,
    )  # fmt: skip
    number, opened = map(int, counted.stdout.split())
    assert number == 3 * FEWEST_TO_KEEP + 1
    assert opened < 20


def test_what_is_known_of_a_session_that_was_deleted_by_hand_covers_nothing(pilot: Study) -> None:
    for number in range(FEWEST_TO_KEEP):
        run(pilot, f"P{number:02}")
    next_place(pilot, "P99")
    for path in pilot.data.glob("subject-P03_*"):
        path.unlink()
    make_old(pilot)
    assert next_place(pilot, "P98") == (3, 2)


def test_who_withdrew_is_named_by_no_process_that_knew_their_session(pilot: Study) -> None:
    for number in range(FEWEST_TO_KEEP):
        run(pilot, f"P{number:02}")
    pilot.claim("P50", 1)  # which reads them, and keeps them for others
    path = pilot.folder / "allocation" / FINISHED
    assert "P03" in path.read_text("utf-8")
    withdrawals.withdraw(pilot.folder, withdrawals.find_data(pilot.folder, "P03"))
    assert not path.exists()
    for number in range(FEWEST_TO_KEEP, 3 * FEWEST_TO_KEEP):
        run(pilot, f"P{number:02}")
    pilot.claim("P99", 1)
    assert "P02" in path.read_text("utf-8")
    assert "P03" not in path.read_text("utf-8")


@pytest.mark.parametrize("content", [b"", bytes(50), b'{"a": 1}', b"[]"])
def test_what_is_known_can_be_damaged_or_deleted_at_any_time(content: bytes, pilot: Study) -> None:
    for number in range(FEWEST_TO_KEEP):
        run(pilot, f"P{number:02}")
    next_place(pilot, "P99")
    path = pilot.folder / "allocation" / FINISHED
    assert len(json.loads(path.read_text("utf-8"))) == FEWEST_TO_KEEP
    path.write_bytes(content)
    assert next_place(pilot, "P98") == (FEWEST_TO_KEEP + 1, 1)


# -- simulated participants


def test_tries_take_no_place_from_people(pilot: Study) -> None:
    tries = [run(pilot, f"autopilot{k}", simulated=True) for k in range(2)]
    assert [(slot.number, slot.simulated) for slot in tries] == [(0, True), (1, True)]
    assert run(pilot, "P01") == Slot(0, 1)
    assert run(pilot, "autopilot2", simulated=True).number == 2
    assert next_place(pilot, "P02") == (1, 1)


def test_tries_that_have_the_names_of_people_s_claims_take_none_either(pilot: Study) -> None:
    """As they had before there was an order of their own."""
    run(pilot, "autopilot", simulated=True)
    theirs = pilot.folder / "allocation" / Slot(0, 1, simulated=True).file_name("pilot")
    theirs.rename(claim_file(pilot))
    assert next_place(pilot, "P01") == (0, 2)
    slot = Study(pilot.folder, "pilot").claim("autopilot2", 1, simulated=True)
    assert slot.number == 1


def test_a_simulated_visit_that_was_cut_off_gets_its_own_place_again(pilot: Study) -> None:
    places = [pilot.claim(f"sim{k}", 1, simulated=True) for k in range(3)]
    again = Study(pilot.folder, "pilot").claim_all([("sim1", 1), ("sim3", 1)], simulated=True)
    assert again == [places[1], Slot(3, 1, simulated=True)]


def test_status_counts_people_and_tries_apart(pilot: Study) -> None:
    for k in range(2):
        run(pilot, f"autopilot{k}", simulated=True)
    run(pilot, "P01")
    status = StudyMonitor(pilot.folder).read_status()
    people, tries = (status.of_kind(simulated=each) for each in (False, True))
    assert [len(each.sessions) for each in (people, tries)] == [1, 2]
    assert people.places == {("pilot", False): (1, 1)}
    assert tries.places == {("pilot", True): (2, 2)}


def test_a_session_whose_record_cannot_be_read_now_is_not_resumed(pilot: Study) -> None:
    run(pilot, "P01", None)
    make_unreadable(pilot.session("P01", 1).file("session.json"))
    with pytest.raises(StudyError, match=r"_session\.json: cannot be read: "):
        pilot.reopen_session("P01", 1)


@pytest.mark.filterwarnings("default")
def test_who_claims_a_place_is_told_what_cannot_be_read_of_others(pilot: Study) -> None:
    pilot.claim("P01", 1)
    files = pilot.open_session("P01", 1, session_record())
    files.finish()
    files.session.file("end.json").write_text('{"participant": "P1"}', encoding="utf-8")
    with pytest.warns(StudyFolderWarning, match="_end.json: status: is missing; restore"):
        assert pilot.claim("P02", 1).number == 1


@pytest.mark.parametrize(
    "said",
    [
        {"participant": "[/x]", "session": 1},
        {"participant": ["P01"], "session": 1},
        {"participant": "a" * 100_000, "session": 1},
        {"participant": "P01", "session": "1"},
        {"participant": "P01", "session": 10**30},
        {"participant": "P01", "session": 1e400},
        {"participant": "P01", "session": True},
        {"participant": "\ud800", "session": 1},
    ],
)
def test_a_claim_of_nobody_is_damaged_and_covers_its_place(pilot: Study, said: object) -> None:
    slot = pilot.claim("P01", 1)
    pilot.allocation.file("pilot", slot).write_text(json.dumps(said), encoding="utf-8")
    status = StudyMonitor(pilot.folder).read_status()
    assert any("pilot_000000_try-1.json: is damaged" in problem for problem in status.problems)
    assert status.next_id == "P01"
    assert pilot.claim("P02", 1).number == 1
