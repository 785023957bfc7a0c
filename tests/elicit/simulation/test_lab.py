"""Whole simulated studies: real sessions and logs, alike on any number of processes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from elicit.errors import ElicitError, StudyError
from elicit.log.reader import read, read_events, read_table
from elicit.log.rows import PageRow
from elicit.observers.actions import Action
from elicit.pages import Page
from elicit.protocol.study_protocol import StudyProtocol
from elicit.screen.simulated import SimulatedParticipant, SimulatedView
from elicit.screen.view import ScreenState
from elicit.session.protocol_texts import keep_text
from elicit.session.replay import find_differences
from elicit.simulation import study_folder, workers
from elicit.simulation.cohort import SimulatedCohort, Visit
from elicit.simulation.lab import SimulatedLab
from elicit.simulation.sinks import VisitResult, study_simulation
from elicit.study.folder import Study
from stimuli.sources.endpoints import Pictograms
from tests.elicit.helpers.factories import GRID, PROTOCOLS, block, load_protocol, write_protocol
from tests.elicit.helpers.factories import study as content
from tests.elicit.helpers.sessions import run_session
from tests.helpers.commands import run_here

THREE = (block("construct"), block("select_shuffled"), block("infer", repeats=[1]))
COHORT = SimulatedCohort("psychometric", {}, 1, 5)
COMMAND = [sys.executable, "-W", "error", "-c", "from elicit.cli import run_app; run_app()"]


def with_pages() -> dict[str, Any]:
    """Return a protocol with everything that a session can show."""
    page = {"title": "Read", "text": "This."}
    scale = {"kind": "scale", "name": "ease", "question": "Easy?", "low": 1, "high": 7}
    return content(
        *THREE,
        consent={"title": "Consent", "text": "Will you?", "points": ["I am old enough.", "Yes."]},
        instructions=[page, page],
        check={
            "title": "Check",
            "questions": [{"question": "One?", "options": ["1", "2"], "answer": 1}],
            "again": page,
        },
        ready=page,
        survey={"title": "Survey", "items": [scale]},
        closing=page,
    )


@pytest.fixture
def asked(tmp_path: Path) -> StudyProtocol:
    return load_protocol(tmp_path, with_pages())


def simulated(
    folder: Path, asked: StudyProtocol, cohort: SimulatedCohort = COHORT, processes: int = 1
) -> list[VisitResult]:
    """Simulate what is left of a cohort, as the command does."""
    return list(going_on(folder, asked, cohort, processes))


def going_on(
    folder: Path, asked: StudyProtocol, cohort: SimulatedCohort = COHORT, processes: int = 1
) -> Iterator[VisitResult]:
    study = Study(folder, asked.name)
    study_folder.check_folder(study, asked, Pictograms(), cohort)
    study.prepare()
    keep_text(study.folder, asked)
    done = study_folder.list_ended_visits(study, cohort)
    left = [each for each in cohort.visits() if each not in done]
    visits = study_folder.claim_visits(study, cohort, left)
    return workers.simulate(lab_of(folder, asked, cohort), visits, processes)


def contents(folder: Path) -> dict[str, Any]:
    """Return all of a study folder, apart from the time of day at which places were claimed."""
    found: dict[str, Any] = {
        path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }
    for path in (folder / "allocation").iterdir():
        found[path.name] = json.loads(found[path.name])
        del found[path.name]["claimed_utc"]
    return found


def logs_of(folder: Path) -> list[Path]:
    return sorted((folder / "data").glob("*_data.csv"))


def beside(data: Path, kind: str) -> Path:
    return data.with_name(data.name.replace("data.csv", kind))


def lab_of(
    folder: Path, asked: StudyProtocol, cohort: SimulatedCohort
) -> SimulatedLab[VisitResult]:
    return SimulatedLab(study_simulation(asked, "pictograms", cohort, folder))


def one_lab(
    folder: Path, asked: StudyProtocol, cohort: SimulatedCohort = COHORT
) -> tuple[SimulatedLab[VisitResult], list[Visit]]:
    """Return a lab and its visits, their places claimed."""
    study = Study(folder, asked.name)
    study.prepare()
    return lab_of(folder, asked, cohort), study_folder.claim_visits(study, cohort, cohort.visits())


def test_every_row_says_that_it_is_simulated_and_every_sidecar_by_whom(
    tmp_path: Path, asked: StudyProtocol
) -> None:
    settings = {"lapse_rate": 0.0}
    simulated(tmp_path / "logs", asked, SimulatedCohort("psychometric", settings, 7, 2))
    for path in logs_of(tmp_path / "logs"):
        assert all(row.simulated for row in read(path))
        sidecar = json.loads(beside(path, "session.json").read_text(encoding="utf-8"))
        assert sidecar["simulated"] is True
        assert sidecar["observer"] == {"name": "psychometric", "settings": settings, "seed": 7}


def test_a_simulated_session_goes_through_all_pages_and_trials_to_its_end(
    tmp_path: Path, asked: StudyProtocol
) -> None:
    (outcome, *_) = simulated(tmp_path / "logs", asked)
    assert (outcome.status, outcome.trials) == ("finished", 10)
    path = logs_of(tmp_path / "logs")[0]
    kinds = [row.kind for row in read_table(beside(path, "pages.csv"), PageRow).rows]
    assert list(dict.fromkeys(kinds)) == [
        *("consent", "instructions", "check", "ready", "block", "survey", "closing")
    ]
    ending = json.loads(beside(path, "end.json").read_text(encoding="utf-8"))
    assert ending["status"] == "finished"


def test_events_of_simulated_sessions_lead_to_their_answers(
    tmp_path: Path, asked: StudyProtocol
) -> None:
    simulated(tmp_path / "logs", asked)
    grids: dict[str, tuple[float, ...]] = {"construct": GRID, "selectshuffled": GRID}
    for path in logs_of(tmp_path / "logs"):
        rows, events = read(path), read_events(beside(path, "events.csv"))
        assert list(find_differences(rows, events, grids)) == []


def test_trials_follow_one_another_in_simulated_time(tmp_path: Path, asked: StudyProtocol) -> None:
    simulated(tmp_path / "logs", asked)
    for number, path in enumerate(logs_of(tmp_path / "logs")):
        rows = read(path)
        began = datetime.fromisoformat("2000-01-03T09:00:00+00:00") + timedelta(hours=number)
        onsets = [row.onset_utc for row in rows if row.onset_utc is not None]
        ends = [
            onset + timedelta(seconds=row.rt_s) for onset, row in zip(onsets, rows, strict=True)
        ]
        slack = timedelta(milliseconds=1)  # onsets are logged to the millisecond
        assert all(end < after + slack for end, after in zip(ends, onsets[1:], strict=False))
        assert began < onsets[0] < began + timedelta(hours=1)
        ended = json.loads(beside(path, "end.json").read_text(encoding="utf-8"))["ended_utc"]
        assert ends[-1] < datetime.fromisoformat(ended.replace("Z", "+00:00"))


def test_participants_answer_differently_and_the_same_one_alike(
    tmp_path: Path, asked: StudyProtocol
) -> None:
    simulated(tmp_path / "logs", asked)
    times = [tuple(row.rt_s for row in read(path)) for path in logs_of(tmp_path / "logs")]
    assert len(set(times)) == len(times)
    simulated(tmp_path / "again", asked)
    assert contents(tmp_path / "again") == contents(tmp_path / "logs")


def test_another_seed_makes_other_participants_of_the_same_study(
    tmp_path: Path, asked: StudyProtocol
) -> None:
    simulated(tmp_path / "one", asked)
    simulated(tmp_path / "two", asked, SimulatedCohort("psychometric", {}, 2, 5))
    one, two = (read(logs_of(tmp_path / name)[0]) for name in ("one", "two"))
    shown = {"image_i", "image_j", "start_value", "order_shown", "mirrored"}
    assert [row.model_dump(include=shown) for row in one] == [
        row.model_dump(include=shown) for row in two
    ]
    assert [row.rt_s for row in one] != [row.rt_s for row in two]


@pytest.mark.slow
def test_several_processes_write_the_same_bytes_as_one(
    tmp_path: Path, asked: StudyProtocol
) -> None:
    simulated(tmp_path / "one", asked)
    simulated(tmp_path / "three", asked, processes=3)
    assert contents(tmp_path / "three") == contents(tmp_path / "one")


@pytest.mark.slow
def test_every_simulated_session_has_a_place_of_its_own(
    tmp_path: Path, asked: StudyProtocol
) -> None:
    outcomes = simulated(
        tmp_path / "logs", asked, SimulatedCohort("psychometric", {}, 1, 4, 2), processes=2
    )
    assert sorted(each.visit.place.number for each in outcomes) == list(range(8))
    for path in logs_of(tmp_path / "logs"):
        sidecar = json.loads(beside(path, "session.json").read_text(encoding="utf-8"))
        assert {row.allocation for row in read(path)} == {sidecar["allocation"]}


def test_places_claimed_at_once_are_those_claimed_one_after_another(tmp_path: Path) -> None:
    visits = [("P01", 1), ("P02", 1), ("P01", 2)]
    at_once, one_by_one = Study(tmp_path / "a", "pilot"), Study(tmp_path / "b", "pilot")
    for study in (at_once, one_by_one):
        study.prepare()
        study.claim("P09", 1)
    assert at_once.claim_all(visits) == [one_by_one.claim(*each) for each in visits]
    assert at_once.claim_all(visits) == at_once.claim_all(visits)  # none of them began


def test_what_has_ended_is_kept_and_more_participants_join(
    tmp_path: Path, asked: StudyProtocol
) -> None:
    simulated(tmp_path / "logs", asked, SimulatedCohort("psychometric", {}, 1, 3))
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "logs/data").iterdir()}
    assert len(simulated(tmp_path / "logs", asked)) == 2
    assert all(path.stat().st_mtime_ns == at for path, at in before.items())
    simulated(tmp_path / "at once", asked)
    assert contents(tmp_path / "logs") == contents(tmp_path / "at once")


def test_a_session_that_was_cut_off_is_done_again_from_its_beginning(
    tmp_path: Path, asked: StudyProtocol
) -> None:
    simulated(tmp_path / "logs", asked)
    whole = contents(tmp_path / "logs")
    path = logs_of(tmp_path / "logs")[2]
    beside(path, "end.json").unlink()
    path.write_bytes(path.read_bytes()[:-40])
    beside(path, "pages.csv").write_bytes(b"")
    (outcome,) = simulated(tmp_path / "logs", asked)
    assert outcome.visit.number == 3
    assert contents(tmp_path / "logs") == whole


@pytest.mark.parametrize(
    "kind", ["data.csv", "events.csv", "pages.csv", "session.json", "end.json"]
)
def test_a_session_that_ended_and_lost_a_file_in_a_power_cut_is_done_again(
    tmp_path: Path, asked: StudyProtocol, kind: str
) -> None:
    simulated(tmp_path / "logs", asked)
    whole = contents(tmp_path / "logs")
    beside(logs_of(tmp_path / "logs")[2], kind).write_bytes(b"")
    (outcome,) = simulated(tmp_path / "logs", asked)
    assert outcome.visit.number == 3
    assert contents(tmp_path / "logs") == whole


def test_what_a_power_cut_left_of_a_simulated_session_is_done_again(
    tmp_path: Path, asked: StudyProtocol
) -> None:
    simulated(tmp_path / "logs", asked)
    whole = contents(tmp_path / "logs")
    path = logs_of(tmp_path / "logs")[2]
    beside(path, "end.json").unlink()
    beside(path, "session.json").write_bytes(b"")
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:3]))
    simulated(tmp_path / "logs", asked)
    assert contents(tmp_path / "logs") == whole


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
def test_a_simulation_that_is_killed_again_and_again_comes_to_the_same_bytes(
    tmp_path: Path, asked: StudyProtocol
) -> None:
    many = SimulatedCohort("psychometric", {}, 1, 40)
    simulated(tmp_path / "whole", asked, many)
    command = [
        *COMMAND, "simulate", str(tmp_path / "pilot.yaml"), "--observer", "psychometric",
        "--participants", "40", "--processes", "2", "--logs", str(tmp_path / "logs"),
    ]  # fmt: skip
    for more in (1, 8):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        wait_for_more(tmp_path / "logs", more, process)
        process.kill()
        process.communicate()
        wait_until_quiet(tmp_path / "logs")
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert " kept from before\n" in done.stdout
    assert contents(tmp_path / "logs") == contents(tmp_path / "whole")


def wait_for_more(folder: Path, more: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until some more sessions have ended; do nothing where all of them have."""
    before = len(list(folder.glob("data/*_end.json")))
    while len(list(folder.glob("data/*_end.json"))) < before + more and process.poll() is None:
        time.sleep(0.002)


def wait_until_quiet(folder: Path) -> None:
    """Wait until the processes that were handed visits have noticed that nobody is there."""
    deadline = time.monotonic() + 30
    while any(held(path) for path in folder.glob("data/*_running.json")):
        assert time.monotonic() < deadline, "a process of a killed simulation works on"
        time.sleep(0.02)


def held(lock: Path) -> bool:
    try:
        os.kill(json.loads(lock.read_text(encoding="utf-8"))["pid"], 0)
    except (OSError, ValueError):
        return False
    return True


def test_a_participant_who_leaves_leaves_a_session_that_has_no_end(
    tmp_path: Path, asked: StudyProtocol
) -> None:
    leaver = SimulatedCohort("leaver", {}, 1, 2)
    outcomes = simulated(tmp_path / "logs", asked, leaver)
    assert {each.status for each in outcomes} == {"left"}
    assert not list((tmp_path / "logs").glob("data/*_end.json"))
    before = contents(tmp_path / "logs")
    simulated(tmp_path / "logs", asked, leaver)
    assert contents(tmp_path / "logs") == before


def test_different_observers_take_part_in_one_study(tmp_path: Path, asked: StudyProtocol) -> None:
    simulated(tmp_path / "logs", asked)
    outcomes = simulated(tmp_path / "logs", asked, SimulatedCohort("random", {}, 1, 2))
    assert [each.visit.place.number for each in outcomes] == [5, 6]
    names = {path.name.split("_")[0] for path in logs_of(tmp_path / "logs")}
    assert {"subject-psychometric0001", "subject-random0002"} <= names


def test_two_commands_at_once_give_no_place_twice(tmp_path: Path, asked: StudyProtocol) -> None:
    running = [
        subprocess.Popen(
            [*COMMAND, "simulate", str(tmp_path / "pilot.yaml"), "--observer", name,
             "--participants", "12", "--logs", str(tmp_path / "logs")],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for name in ("psychometric", "random")
    ]  # fmt: skip
    assert [process.communicate()[1] for process in running] == [b"", b""]
    places = [{row.allocation for row in read(path)} for path in logs_of(tmp_path / "logs")]
    assert sorted(place for (place,) in places if place is not None) == list(range(24))


@pytest.mark.parametrize(
    "cohort",
    [
        SimulatedCohort("psychometric", {}, 2, 5),
        SimulatedCohort("psychometric", {"lapse_rate": 0.2}, 1, 5),
    ],
)
def test_the_same_observer_with_another_seed_or_settings_needs_another_folder(
    tmp_path: Path, asked: StudyProtocol, cohort: SimulatedCohort
) -> None:
    simulated(tmp_path / "logs", asked)
    with pytest.raises(StudyError, match=r"session\.json: observer: session 1 of .*own with --lo"):
        simulated(tmp_path / "logs", asked, cohort)


def test_another_protocol_s_folder_is_refused(tmp_path: Path, asked: StudyProtocol) -> None:
    simulated(tmp_path / "logs", asked)
    other = load_protocol(tmp_path, content(*THREE, name="other"))
    with pytest.raises(StudyError, match=r"protocol: .* was simulated with pilot, got other; give"):
        simulated(tmp_path / "logs", other)


def test_a_protocol_that_was_changed_needs_another_folder(
    tmp_path: Path, asked: StudyProtocol
) -> None:
    simulated(tmp_path / "logs", asked)
    changed = load_protocol(tmp_path, with_pages() | {"seed": 2})
    with pytest.raises(StudyError, match=r"protocol_sha256: session 1 of participant .*; give"):
        simulated(tmp_path / "logs", changed)


def test_a_folder_with_people_s_sessions_is_refused(tmp_path: Path, asked: StudyProtocol) -> None:
    study = Study(tmp_path / "logs", asked.name)
    study.prepare()
    run_session(study, asked, "P01")
    before = contents(tmp_path / "logs")
    with pytest.raises(StudyError, match="must not hold data of people, got 1 of their files"):
        simulated(tmp_path / "logs", asked)
    assert contents(tmp_path / "logs") == before


def test_an_imported_study_is_refused_though_it_has_no_sidecars(
    tmp_path: Path, asked: StudyProtocol
) -> None:
    simulated(tmp_path / "logs", asked, SimulatedCohort("psychometric", {}, 1, 1))
    (path,) = logs_of(tmp_path / "logs")
    text = path.read_text(encoding="utf-8").replace(",false,,true,", ",false,,false,")
    shutil.rmtree(tmp_path / "logs")
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(StudyError, match="such as data/subject-psychometric0001_session-1_task-pi"):
        simulated(tmp_path / "logs", asked)


def test_a_folder_whose_participants_withdrew_is_refused(
    tmp_path: Path, asked: StudyProtocol
) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "withdrawn.csv").write_text("participant\n", encoding="utf-8")
    with pytest.raises(StudyError, match=r"such as withdrawn\.csv; give simulated sessions a fold"):
        simulated(tmp_path / "logs", asked)


def test_a_log_that_cannot_be_written_ends_the_simulation_with_one_line(
    tmp_path: Path, asked: StudyProtocol
) -> None:
    lab, visits = one_lab(tmp_path / "logs", asked)

    def sabotaged(participant: SimulatedParticipant, start: datetime) -> SimulatedView:
        def pressing(shown: ScreenState) -> Any:
            if not isinstance(shown, Page) and getattr(shown, "trial", None) is not None:
                shutil.rmtree(tmp_path / "logs" / "data", ignore_errors=True)
            return participant(shown)

        return SimulatedView(pressing, start)

    lab.view = sabotaged
    with pytest.raises(ElicitError, match=r"^session 1 of .*_events\.csv: cannot be written: "):
        lab.run(visits[0])


@pytest.mark.slow
def test_an_observer_that_never_answers_is_told_of_with_its_session(
    tmp_path: Path, asked: StudyProtocol
) -> None:
    lab, visits = one_lab(tmp_path / "logs", asked)
    lab.view = lambda _participant, start: SimulatedView(lambda _shown: Action("j", 1.0), start)
    with pytest.raises(ElicitError, match=r"^session 1 of participant \w+: 100000 keys pressed"):
        lab.run(visits[0])


def kill_a_worker(data: Path) -> bool:
    """Kill a process that runs a session just now; return False where none does."""
    for lock in data.glob("*_running.json"):
        try:
            os.kill(json.loads(lock.read_text(encoding="utf-8"))["pid"], signal.SIGKILL)
        except (FileNotFoundError, json.JSONDecodeError):  # it has ended, or begins
            continue
        return True
    return False


@pytest.mark.slow
def test_a_process_that_is_killed_is_told_of_with_the_way_out(
    tmp_path: Path, asked: StudyProtocol
) -> None:
    outcomes = going_on(
        tmp_path / "logs", asked, SimulatedCohort("psychometric", {}, 1, 30), processes=2
    )
    if not any(kill_a_worker(tmp_path / "logs" / "data") for _ in islice(outcomes, 20)):
        pytest.skip("no session ran whenever another one had ended")
    with pytest.raises(ElicitError, match="process of the simulation was killed; run the same"):
        list(outcomes)


def test_few_visits_are_not_worth_a_process_more() -> None:
    assert workers.processes_for(3) == 1
    assert workers.processes_for(10_000) >= 1


def command(folder: Path, *options: str, observer: str = "psychometric") -> tuple[int, str]:
    """Run `elicit simulate`; return its exit code and what it said on stderr."""
    protocol = write_protocol(folder, with_pages())
    given = ("--observer", observer, "--logs", str(folder / "logs"), *options)
    done = run_here("elicit", ("simulate", str(protocol), *given), folder=folder)
    return done.code, done.said


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--participants", "0"], "--participants: must be from 1 to 9999, got 0"),
        (["--sessions", "0"], "--sessions: must be from 1 to 9999, got 0"),
        (["--seed", "-1"], "--seed: must be 0 or more, got -1"),
        (["--processes", "0"], "--processes: must be 1 or more, got 0"),
        (["--window", "--speed", "0"], "--speed: must be above 0, such as 1 or 10, got 0"),
        (["--window", "--speed", "nan"], "--speed: must be above 0, such as 1 or 10, got nan"),
        (["--speed", "2"], "--speed: needs --window; add it, or leave out --speed"),
        (["--frames", "x"], "--frames: needs --window; add it, or leave out --frames"),
        (
            ["--window", "--processes", "2"],
            "--processes: must be 1 with --window, which shows one session at a time, got 2",
        ),
        (
            ["--observer-settings", "none.yaml"],
            "none.yaml: cannot be read: No such file or directory",
        ),
    ],
)
def test_a_mistake_in_the_options_is_told_in_one_line(
    tmp_path: Path, options: list[str], said: str
) -> None:
    assert command(tmp_path, *options) == (1, f"elicit: {said}\n")
    assert not (tmp_path / "logs").exists()


def test_an_observer_that_there_is_not_is_told_with_those_there_are(tmp_path: Path) -> None:
    code, said = command(tmp_path, observer="hal")
    assert (code, said.count("\n")) == (1, 1)
    assert said.startswith("elicit: --observer: must be one of autopilot, ideal, psychometric")
    assert said.endswith(", got 'hal'\n")


def test_settings_that_an_observer_cannot_use_are_told_with_their_file(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text("haste: 3\n", encoding="utf-8")
    code, said = command(tmp_path, "--observer-settings", "own.yaml")
    assert (code, said.count("\n")) == (1, 1)
    assert said.startswith("elicit: own.yaml: observer psychometric: haste: ")


def test_settings_that_are_no_yaml_are_told_with_the_line(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text("lapse: 0.1\nlapse: 0.2\n", encoding="utf-8")
    code, said = command(tmp_path, "--observer-settings", "own.yaml")
    assert (code, said.count("\n")) == (1, 1)
    assert said.startswith("elicit: own.yaml:2: lapse: ")


def test_an_observer_that_cannot_answer_the_protocol_is_told_with_the_reason(
    tmp_path: Path,
) -> None:
    (tmp_path / "own.yaml").write_text("pse:\n  apple-pear: 0.4\n", encoding="utf-8")
    code, said = command(tmp_path, "--observer-settings", "own.yaml")
    assert (code, said.count("\n")) == (1, 1)
    assert "apple-pear" in said


def test_the_command_says_how_many_sessions_it_made_and_that_no_person_gave_them(
    tmp_path: Path,
) -> None:
    given = ("--participants", "2", "--observer", "ideal", "--logs", str(tmp_path / "logs"))
    done = run_here("elicit", ("simulate", str(PROTOCOLS / "demo.yaml"), *given))
    assert (done.code, done.said) == (0, "")
    first, second = done.shown.splitlines()
    assert first.startswith("2 sessions simulated by ideal, seed 1, in ")
    assert first.endswith(": 2 finished")
    assert second == f"{tmp_path / 'logs'}: all data in this folder are simulated"
