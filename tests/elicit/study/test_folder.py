"""The study folder: places given out once, sessions numbered, nothing overwritten."""

import json
import os
import platform
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from elicit.errors import LogError, LogUnwritableError, StudyError, TornLineWarning
from elicit.log.files import read_json, utc_now
from elicit.log.reader import read
from elicit.log.rows import EVENT_COLUMNS, PAGE_COLUMNS, TrialRow
from elicit.study import folder as study
from elicit.study import locks
from elicit.study.coverage import Slot
from elicit.study.folder import Study
from elicit.study.participants import check_participant
from elicit.study.session_files import ABANDONED_AFTER_S, SessionWriters
from tests.elicit.helpers.session_records import CONTENT, session_record
from tests.elicit.helpers.small_disks import fill
from tests.elicit.log.test_reader import A_ROW
from tests.helpers.forks import start_fork

STATIONS, CLAIMS, BATCHES = 16, 12, 7
CLAIM = """
import sys
from pathlib import Path
from elicit.study.folder import Study
folder, station, claims = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
study = Study(folder, "pilot")
print("ready", flush=True)
sys.stdin.readline()
for session in range(1, claims + 1):
    place = study.claim(f"P{station}", session)
    print(place.number, place.attempt)
"""
HOLD = """
import sys
from pathlib import Path
from elicit.study.folder import Study
from tests.elicit.helpers.session_records import session_record
study = Study(Path(sys.argv[1]), "pilot")
files = study.open_session("P01", 1, session_record(seed=7))
print("ready", flush=True)
sys.stdin.readline()
"""


ROW = TrialRow(**A_ROW)


@pytest.fixture
def pilot(tmp_path: Path) -> Study:
    study = Study(tmp_path / "logs", "pilot")
    study.prepare()
    return study


def begun(pilot: Study, participant: str, session: int = 1) -> SessionWriters:
    """Begin a session, with its own place."""
    place = pilot.claim(participant, session)
    record = session_record(allocation=place.number, attempt=place.attempt)
    return pilot.open_session(participant, session, record)


def make_old(pilot: Study) -> None:
    """Let everything in the folder be as old as an abandoned session."""
    then = time.time() - ABANDONED_AFTER_S - 60
    for path in pilot.folder.rglob("*"):
        os.utime(path, (then, then))


def numbers(pilot: Study, *participants: str) -> list[tuple[int, int]]:
    """Let participants claim; return their places' numbers and attempts."""
    places = [pilot.claim(each, 1) for each in participants]
    return [(place.number, place.attempt) for place in places]


@pytest.mark.parametrize("participant", ["P01", "a", "0", "A" * 32])
def test_letters_and_digits_are_a_pseudonym(participant: str) -> None:
    assert check_participant(participant) == participant


@pytest.mark.parametrize(
    ("participant", "shown"),
    [
        ("", "''"),
        ("../x", r"'\.\./x'"),
        ("P 01", "'P 01'"),
        ("P01\n", r"'P01\\n'"),
        ("Zoë", r"'Zoë': 'ë' is U\+00EB LATIN SMALL LETTER E WITH DIAERESIS"),
        ("٣", r"'٣': '٣' is U\+0663 ARABIC-INDIC DIGIT THREE"),
        ("A" * 33, f"'{'A' * 33}'"),
        ("A" * 300, f"'{'A' * 40}\\.\\.\\.'"),
    ],
)
def test_anything_else_is_refused_in_one_line(participant: str, shown: str) -> None:
    expected = rf"^participant: must be 1 to 32 letters and digits, such as P01, got {shown}$"
    with pytest.raises(StudyError, match=expected):
        check_participant(participant)


# -- the folder


def test_what_is_in_the_folder_is_left_as_it_is(pilot: Study) -> None:
    description = pilot.folder / "dataset_description.json"
    description.write_text("{}", encoding="utf-8")
    pilot.prepare()
    assert description.read_text("utf-8") == "{}"


@pytest.mark.parametrize("in_the_way", ["logs", "logs/data", "logs/allocation"])
def test_a_folder_that_cannot_be_made_is_told_with_a_way_on(
    tmp_path: Path, in_the_way: str
) -> None:
    path = tmp_path / in_the_way
    path.parent.mkdir(exist_ok=True)
    path.write_text("a file\n", encoding="utf-8")
    expected = r"logs: cannot be used as a study folder: .*; choose another with --logs$"
    with pytest.raises(StudyError, match=expected):
        Study(tmp_path / "logs", "pilot").prepare()


def test_a_disk_without_room_is_found_before_a_session(small_disk: Path) -> None:
    expected = r"disk: must have 50 MB free before a session, got 0 MB; make room, or choose"
    with pytest.raises(StudyError, match=expected):
        Study(small_disk, "pilot").prepare()
    assert [path.name for path in small_disk.rglob("*") if path.is_file()] == []


def test_a_disk_that_says_it_has_room_is_put_to_the_test(
    small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(study, "MIN_FREE_BYTES", 1000)
    with pytest.raises(StudyError, match=r"disk: cannot be written: No space left on device"):
        Study(small_disk, "pilot").prepare()
    assert [path.name for path in small_disk.rglob("*") if path.is_file()] == []


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="this user may write everywhere")
def test_a_folder_that_must_not_be_written_is_found_before_a_session(pilot: Study) -> None:
    pilot.data.chmod(0o555)
    with pytest.raises(StudyError, match=r"logs: cannot be written: Permission denied"):
        pilot.check_room()


# -- places


def test_places_are_given_out_in_order_and_say_to_whom(pilot: Study) -> None:
    assert numbers(pilot, "P0", "P1", "P2") == [(0, 1), (1, 1), (2, 1)]
    path = pilot.folder / "allocation" / "pilot_000001_try-1.json"
    claim = json.loads(path.read_text("utf-8"))
    assert (claim["participant"], claim["session"]) == ("P1", 1)


def test_a_place_that_is_given_back_is_the_next_to_be_given_out(pilot: Study) -> None:
    places = [pilot.claim(f"P0{k}", 1) for k in range(4)]
    pilot.release(places[2])
    pilot.release(places[1])
    assert [pilot.claim(f"P1{k}", 1).number for k in range(3)] == [1, 2, 4]


def test_two_protocols_in_one_folder_have_an_order_each(pilot: Study) -> None:
    other = Study(pilot.folder, "main")
    claimed = [pilot.claim("P01", 1), other.claim("P01", 1), pilot.claim("P02", 1)]
    assert [place.number for place in claimed] == [0, 0, 1]


def test_finished_running_and_stopped_sessions_cover_their_places(pilot: Study) -> None:
    begun(pilot, "P01").finish()
    begun(pilot, "P02").close()
    running = begun(pilot, "P03")
    assert numbers(pilot, "P04") == [(3, 1)]
    running.close()


def test_a_finished_session_covers_its_place_for_ever_and_an_abandoned_one_does_not(
    pilot: Study,
) -> None:
    begun(pilot, "P01").finish()
    begun(pilot, "P02").close()
    pilot.claim("P03", 1)  # whose session never begins
    make_old(pilot)
    assert numbers(pilot, "P04", "P05", "P06") == [(1, 2), (2, 2), (3, 1)]


def test_a_place_whose_participant_withholds_consent_is_the_next_to_be_given_out(
    pilot: Study,
) -> None:
    begun(pilot, "P01").finish("consent withheld")
    assert numbers(pilot, "P02", "P03") == [(0, 2), (1, 1)]


def test_an_abandoned_session_that_goes_on_covers_its_place_again(pilot: Study) -> None:
    begun(pilot, "P01").close()
    make_old(pilot)
    files, _, _ = pilot.reopen_session("P01", 1)
    assert numbers(pilot, "P02") == [(1, 1)]
    files.close()


def test_a_session_that_begins_anew_after_a_crash_has_its_first_place(pilot: Study) -> None:
    first = pilot.claim("P01", 1)  # the PC crashed before the first page
    files = begun(pilot, "P01")
    record = read_json(files.sidecar)
    assert (record["allocation"], record["try"]) == (first.number, first.attempt)
    files.finish()
    assert numbers(pilot, "P02") == [(1, 1)]


@pytest.mark.filterwarnings("ignore::elicit.errors.StudyFolderWarning")
def test_a_claim_that_cannot_be_read_yet_counts_while_it_is_young(pilot: Study) -> None:
    path = pilot.folder / "allocation" / "pilot_000000_try-1.json"
    path.touch()
    assert numbers(pilot, "P01") == [(1, 1)]
    make_old(pilot)
    assert numbers(pilot, "P02") == [(0, 2)]


def test_stations_that_claim_at_once_lose_nothing_and_share_nothing(pilot: Study) -> None:
    stations = [
        start_fork(("elicit.study.folder",), CLAIM, str(pilot.folder), f"{k:02}", str(CLAIMS))
        for k in range(STATIONS)
    ]
    for station in stations:
        assert station.stdout is not None
        assert station.stdout.readline() == "ready\n"
    for station in stations:  # all at once
        assert station.stdin is not None
        station.stdin.write("go\n")
        station.stdin.flush()
    lines = [line for each in stations for line in each.communicate()[0].splitlines()]
    assert [station.returncode for station in stations] == [0] * STATIONS
    claimed = [Slot(int(number), int(attempt)) for number, attempt in map(str.split, lines)]
    assert sorted(claimed) == [Slot(number, 1) for number in range(STATIONS * CLAIMS)]
    coverage = Counter(place.number % BATCHES for place in claimed).values()
    assert max(coverage) - min(coverage) <= 1
    written = [json.loads(path.read_text("utf-8")) for path in _claims(pilot)]
    assert len({(each["participant"], each["session"]) for each in written}) == STATIONS * CLAIMS


def _claims(pilot: Study) -> list[Path]:
    return list((pilot.folder / "allocation").iterdir())


def test_stations_that_find_the_same_abandoned_places_get_one_each(pilot: Study) -> None:
    for k in range(20):
        pilot.claim(f"P{k}", 1)
    make_old(pilot)

    def station(k: int) -> list[Slot]:
        return [Study(pilot.folder, "pilot").claim(f"Q{k}", session) for session in range(1, 5)]

    with ThreadPoolExecutor(8) as stations:
        claimed = [place for places in stations.map(station, range(8)) for place in places]
    expected = [Slot(n, 2) for n in range(20)] + [Slot(n, 1) for n in range(20, 32)]
    assert sorted(claimed) == expected


def test_a_place_that_cannot_be_written_is_told(pilot: Study) -> None:
    (pilot.folder / "allocation").rmdir()
    with pytest.raises(StudyError, match=r"allocation.*: cannot be written: "):
        pilot.claim("P01", 1)


# -- participants


@pytest.mark.parametrize(
    ("known", "following"),
    [
        ([], "P01"),
        (["P07"], "P08"),
        (["P09", "P02"], "P10"),
        (["P99"], "P100"),
        (["p007", "X1", "p003"], "p008"),
        (["12"], "13"),
        (["autopilot"], "P01"),
    ],
)
def test_the_next_free_id_follows_the_ones_that_are_there(
    pilot: Study, known: list[str], following: str
) -> None:
    for participant in known:
        pilot.open_session(participant, 1, session_record()).close()
    assert pilot.next_id() == following


def test_an_id_that_only_has_a_place_is_not_free_either(pilot: Study) -> None:
    pilot.claim("P04", 1)
    assert pilot.next_id() == "P05"


def test_participants_who_differ_in_case_alone_are_one_person(pilot: Study) -> None:
    begun(pilot, "P01").finish()
    expected = (
        r"^participant: p01 is in this study as P01; give P01 for the same person, or for a new "
        r"one a free id, such as P02$"
    )
    for refused in (
        lambda: pilot.check_free("p01", 1),
        lambda: pilot.claim("p01", 2),
        lambda: pilot.open_session("p01", 2, session_record()),
    ):
        with pytest.raises(StudyError, match=expected):
            refused()
    other = Study(pilot.folder, "main")
    with pytest.raises(StudyError, match=expected):
        other.check_free("p01", 1)
    other.check_free("P01", 1)


# -- sessions


def test_a_session_s_files_are_named_as_psych_ds_names_them(pilot: Study) -> None:
    files = pilot.open_session("P01", 2, session_record(seed=7))
    stem = "subject-P01_session-2_task-pilot"
    made = ["data.csv", "events.csv", "pages.csv", "running.json", "session.json"]
    assert names(pilot) == [f"{stem}_{kind}" for kind in made]
    files.close()
    made.remove("running.json")
    assert names(pilot) == [f"{stem}_{kind}" for kind in made]
    assert read(files.trials.path) == []
    assert files.events.path.read_text("utf-8").strip() == ",".join(EVENT_COLUMNS)
    assert files.pages.path.read_text("utf-8").strip() == ",".join(PAGE_COLUMNS)
    assert json.loads(files.sidecar.read_text("utf-8")) == CONTENT | {
        "seed": 7, "screen": {}, "clock": "", "system": "", "versions": {},
    }  # fmt: skip


def names(pilot: Study) -> list[str]:
    return sorted(path.name for path in pilot.data.iterdir())


def test_a_participant_s_next_session_follows_their_last(pilot: Study) -> None:
    assert Study(pilot.folder / "none", "pilot").next_session("P01") == 1
    assert pilot.next_session("P01") == 1
    for session in (1, 2, 10):
        pilot.open_session("P01", session, session_record()).close()
    assert pilot.next_session("P01") == 11
    assert pilot.next_session("P0") == pilot.next_session("P02") == 1
    assert Study(pilot.folder, "main").next_session("P01") == 1


def test_a_session_that_was_run_before_is_refused_with_the_next_number(pilot: Study) -> None:
    pilot.open_session("P01", 1, session_record()).close()
    pilot.check_free("P01", 2)
    expected = (
        r"subject-P01_session-1_task-pilot_data\.csv: session 1 of participant P01 was run "
        r"before; their next one is --session 2$"
    )
    with pytest.raises(StudyError, match=expected):
        pilot.check_free("P01", 1)


@pytest.mark.parametrize(
    ("session", "shown"),
    [(0, "0"), (-1, "-1"), (10_000, "10000"), (10**300, "a number far beyond that")],
)
def test_a_session_that_nobody_comes_to_is_refused(pilot: Study, session: int, shown: str) -> None:
    with pytest.raises(StudyError, match=rf"^session: must be from 1 to 9999, got {shown}$"):
        pilot.check_free("P01", session)


def test_a_second_session_never_overwrites_the_first(pilot: Study) -> None:
    first = pilot.open_session("P01", 1, session_record())
    first.close()
    before = first.trials.path.read_bytes()
    with pytest.raises(StudyError, match=r"_data\.csv: is there already; nothing is overwritten$"):
        pilot.open_session("P01", 1, session_record())
    assert first.trials.path.read_bytes() == before


@pytest.mark.parametrize("left", ["events.csv", "session.json"])
def test_a_session_that_cannot_begin_leaves_no_log_behind(pilot: Study, left: str) -> None:
    stays = pilot.folder / "data" / f"subject-P01_session-1_task-pilot_{left}"
    stays.write_text("kept", encoding="utf-8")
    with pytest.raises(StudyError, match=rf"{left}: is there already; nothing is overwritten$"):
        pilot.open_session("P01", 1, session_record())
    assert list((pilot.folder / "data").iterdir()) == [stays]
    assert stays.read_text("utf-8") == "kept"


def test_a_session_in_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"_data\.csv: cannot be written: No such file"):
        Study(tmp_path, "pilot").open_session("P01", 1, session_record())


def test_times_are_utc_to_the_millisecond() -> None:
    assert len(utc_now()) == len("2026-05-04T12:00:00.250Z")
    assert utc_now().endswith("Z")


# -- how a session stands


def test_a_session_is_running_until_it_stops_and_finished_when_it_ends(pilot: Study) -> None:
    assert pilot.state_of("P01", 1) is None
    files = begun(pilot, "P01")
    assert pilot.state_of("P01", 1) == "running"
    files.close()
    assert pilot.state_of("P01", 1) == "stopped"
    make_old(pilot)
    assert pilot.state_of("P01", 1) == "abandoned"
    files, _, _ = pilot.reopen_session("P01", 1)
    assert pilot.state_of("P01", 1) == "running"
    files.finish()
    assert pilot.state_of("P01", 1) == "finished"
    make_old(pilot)
    assert pilot.state_of("P01", 1) == "finished"
    ending = json.loads(files.session.file("end.json").read_text("utf-8"))
    assert (ending["status"], ending["ended_utc"][-1]) == ("finished", "Z")


def test_consent_that_is_withheld_ends_a_session_for_good(pilot: Study) -> None:
    begun(pilot, "P01").finish("consent withheld")
    assert pilot.state_of("P01", 1) == "withheld"
    with pytest.raises(StudyError, match=r"has ended for good \(withheld\); .* --session 2$"):
        pilot.reopen_session("P01", 1)


def test_a_session_that_cannot_end_for_good_now_can_later(pilot: Study) -> None:
    files = begun(pilot, "P01")
    away = pilot.folder.with_name("away")
    pilot.folder.rename(away)
    with pytest.raises(LogUnwritableError, match=r"_end\.json: cannot be written: No such file"):
        files.finish()
    away.rename(pilot.folder)
    files.finish()
    assert pilot.state_of("P01", 1) == "finished"


def test_sessions_are_listed_from_their_beginning_on(pilot: Study) -> None:
    begun(pilot, "P02").finish()
    begun(pilot, "P01").close()
    Study(pilot.folder, "main").open_session("P01", 1, session_record()).close()
    assert [each.participant for each in pilot.sessions()] == ["P01", "P02"]


def test_a_participant_who_sits_in_one_session_does_not_begin_another(pilot: Study) -> None:
    files = begun(pilot, "P01")
    expected = (
        r"^session 1 of participant P01 \(pilot\) is running: end it first, or give another "
        r"participant's id; the next free one is P02$"
    )
    for task, session in (("pilot", 2), ("main", 1)):
        with pytest.raises(StudyError, match=expected):
            Study(pilot.folder, task).check_free("P01", session)
    files.close()
    pilot.check_free("P01", 2)


# -- who runs it


def hold(pilot: Study) -> subprocess.Popen[str]:
    """Let another process of this computer run session 1 of P01."""
    held = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(pilot.folder)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8",
    )  # fmt: skip
    assert held.stdout is not None
    assert held.stdout.readline() == "ready\n"
    return held


def test_a_session_that_another_window_runs_is_not_gone_on_with_until_that_dies(
    pilot: Study,
) -> None:
    held = hold(pilot)
    assert pilot.state_of("P01", 1) == "running"
    expected = (
        rf"^session 1 of participant P01 is running on {platform.node()} \(process {held.pid}\) "
        r"since 20.*Z: close its window; or, where nobody runs it any more, delete .*g\.json$"
    )
    with pytest.raises(StudyError, match=expected):
        pilot.reopen_session("P01", 1)
    held.kill()
    held.communicate()
    assert pilot.state_of("P01", 1) == "stopped"
    files, rows, record = pilot.reopen_session("P01", 1)
    assert (rows, record) == ([], session_record(seed=7))
    assert pilot.state_of("P01", 1) == "running"
    files.close()


def elsewhere(pilot: Study) -> Path:
    """Let another computer run session 1 of P01, as far as the folder tells."""
    begun(pilot, "P01").close()
    path = pilot.session("P01", 1).file("running.json")
    holder = {"station": "LAB-7", "pid": 1, "process": "x", "since": "2026-05-04T12:00:00.250Z"}
    path.write_text(json.dumps(holder), encoding="utf-8")
    return path


def test_a_session_that_another_computer_runs_is_not_gone_on_with(pilot: Study) -> None:
    lock = elsewhere(pilot)
    assert pilot.state_of("P01", 1) == "running"
    expected = (
        r"^session 1 of participant P01 is running on LAB-7 \(process 1\) since "
        r"2026-05-04T12:00:00\.250Z: continue there; or, where nobody runs it any more, delete "
    )
    with pytest.raises(StudyError, match=expected):
        pilot.reopen_session("P01", 1)
    lock.unlink()
    pilot.reopen_session("P01", 1)[0].close()


def test_a_session_that_another_computer_left_two_hours_ago_is_taken_over(pilot: Study) -> None:
    elsewhere(pilot)
    make_old(pilot)
    files, _, _ = pilot.reopen_session("P01", 1)
    holder = json.loads(files.session.file("running.json").read_text("utf-8"))
    assert (holder["station"], holder["pid"]) == (platform.node(), os.getpid())
    files.close()


def test_a_session_that_others_took_over_is_not_given_back_by_the_first(pilot: Study) -> None:
    files = begun(pilot, "P01")
    lock = files.session.file("running.json")
    lock.write_text('{"station": "LAB-7", "pid": 1}', encoding="utf-8")
    files.close()
    assert lock.exists()


def test_of_many_who_take_over_at_once_one_gets_it(tmp_path: Path) -> None:
    lock = tmp_path / "running.json"
    for _ in range(40):
        lock.write_text('{"station": "LAB-7", "pid": 1}', encoding="utf-8")

        def attempt(_: int) -> int:
            with suppress(StudyError):
                locks.take(lock, "this", quiet=True)
                return 1
            return 0

        with ThreadPoolExecutor(8) as stations:
            assert sum(stations.map(attempt, range(8))) == 1
        assert list(tmp_path.iterdir()) == [lock]


# -- beginnings that come to nothing, and going on


@pytest.mark.parametrize("made", range(1, 5))
def test_a_beginning_that_was_killed_leaves_the_session_to_be_begun(
    pilot: Study, made: int
) -> None:
    held = hold(pilot)
    held.kill()
    held.communicate()
    kinds = ["running.json", "data.csv", "events.csv", "pages.csv", "session.json"]
    for kind in kinds[made:]:  # they are made in this order
        pilot.session("P01", 1).file(kind).unlink()
    assert pilot.state_of("P01", 1) is None
    assert pilot.next_session("P01") == 1
    pilot.check_free("P01", 1)
    begun(pilot, "P01").finish()


def test_a_session_goes_on_after_its_last_whole_row(pilot: Study) -> None:
    files = begun(pilot, "P01")
    files.trials.append(ROW)
    files.close()
    with files.trials.path.open("ab") as file:
        file.write(b"P01,1,pil")
    with pytest.warns(TornLineWarning, match=r"_data\.csv:3: the last line is torn off"):
        files, rows, record = pilot.reopen_session("P01", 1)
    assert (rows, files.trials.rows, record.allocation) == ([ROW], 1, 0)
    files.trials.append(ROW.model_copy(update={"trial": 1, "resumed": True}))
    files.finish()
    assert [row.trial for row in read(files.trials.path)] == [0, 1]
    assert b"P01,1,pil\n" in files.session.file("torn.txt").read_bytes()


def test_what_is_torn_twice_is_all_kept(pilot: Study) -> None:
    begun(pilot, "P01").close()
    session = pilot.session("P01", 1)
    for left in (b"one", b'"two'):
        with session.file("events.csv").open("ab") as file:
            file.write(left)
        with pytest.warns(TornLineWarning, match=r"_events\.csv:2: the last line is torn off"):
            pilot.reopen_session("P01", 1)[0].close()
    aside = session.file("torn.txt").read_bytes().splitlines()
    assert [aside[1], aside[3]] == [b"one", b'"two']


def test_a_row_that_lacks_its_line_end_gets_it_when_the_session_goes_on(pilot: Study) -> None:
    files = begun(pilot, "P01")
    files.trials.append(ROW)
    files.close()
    for lost in (1, 2):
        files.trials.path.write_bytes(files.trials.path.read_bytes()[:-lost])
        files, rows, _ = pilot.reopen_session("P01", 1)
        assert rows == [ROW]
        files.close()
        assert files.trials.path.read_bytes().endswith(b"false\r\n")


def test_a_session_that_is_damaged_before_its_end_does_not_go_on(pilot: Study) -> None:
    files = begun(pilot, "P01")
    files.trials.append(ROW, ROW)
    files.close()
    path = files.trials.path
    path.write_bytes(path.read_bytes().replace(b"P01,1", b"P01,x", 1))
    before = path.read_bytes()
    with pytest.raises(LogError, match=r"_data\.csv:2: session: "):
        pilot.reopen_session("P01", 1)
    assert path.read_bytes() == before
    assert pilot.state_of("P01", 1) == "stopped"


def test_a_session_without_its_sidecar_does_not_go_on(pilot: Study) -> None:
    files = begun(pilot, "P01")
    files.trials.append(ROW)
    files.close()
    files.sidecar.unlink()
    with pytest.raises(StudyError, match=r"_session\.json: is missing or damaged, so session 1 of"):
        pilot.reopen_session("P01", 1)


@pytest.mark.parametrize("status", ["finished", "never"])
def test_a_session_that_has_ended_or_never_began_does_not_go_on(pilot: Study, status: str) -> None:
    if status == "finished":
        begun(pilot, "P01").finish()
    expected = r"has ended for good" if status == "finished" else r"participant P01 never began$"
    with pytest.raises(StudyError, match=expected):
        pilot.reopen_session("P01", 1)


def test_a_session_on_a_full_disk_waits_and_then_ends_with_every_row(
    small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(study, "MIN_FREE_BYTES", 1000)
    monkeypatch.setattr(study, "TEST_WRITE_BYTES", 1000)
    pilot = Study(small_disk, "pilot")
    pilot.prepare()
    files = begun(pilot, "P01")
    filler = fill(small_disk)
    waited = 0
    for trial in range(40):
        while True:
            try:
                files.trials.append(ROW.model_copy(update={"trial": trial}))
                break
            except LogUnwritableError:
                waited += 1
                filler.unlink(missing_ok=True)
    assert waited == 1
    fill(small_disk)
    with pytest.raises(LogUnwritableError, match=r"_end\.json: cannot be written: No space left"):
        files.finish()
    (small_disk / "filler").unlink()
    files.finish()
    assert [row.trial for row in read(files.trials.path)] == list(range(40))
    assert pilot.state_of("P01", 1) == "finished"


def test_a_session_that_a_full_disk_has_no_room_for_leaves_nothing(
    small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(study, "MIN_FREE_BYTES", 1000)
    monkeypatch.setattr(study, "TEST_WRITE_BYTES", 1000)
    pilot = Study(small_disk, "pilot")
    pilot.prepare()
    fill(small_disk)
    with pytest.raises(StudyError, match=r"cannot be written: No space left on device"):
        pilot.claim("P01", 1)
    with pytest.raises(StudyError, match=r"cannot be written: No space left on device"):
        pilot.open_session("P01", 1, session_record())
    assert [*pilot.data.iterdir(), *(small_disk / "allocation").iterdir()] == []


def test_a_session_cut_off_before_it_began_gets_its_place_again(tmp_path: Path) -> None:
    study = Study(tmp_path, "pilot")
    study.prepare()
    first = study.claim("P01", 1)
    assert study.claim("P02", 1).number == 1
    assert study.claim("P01", 1) == first
    study.open_session(
        "P01", 1, session_record(allocation=first.number, attempt=first.attempt)
    ).close()
    assert study.claim("P01", 2).number == 2


def test_a_protocol_whose_name_differs_from_another_s_in_capitals_only_is_refused(
    pilot: Study,
) -> None:
    pilot.claim("P01", 1)
    other = Study(pilot.folder, "Pilot")
    with pytest.raises(
        StudyError, match=r"a protocol called pilot, got one called Pilot: .*Windows"
    ):
        other.claim("P02", 1)
    assert [slot.number for slot in (pilot.claim("P03", 1),)] == [1]
    Study(pilot.folder, "pilot2").claim("P04", 1)
