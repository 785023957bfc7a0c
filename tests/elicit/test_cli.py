"""The command `elicit`, as far as it comes without a screen."""

import os
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from elicit.study.folder import Study
from tests.elicit.helpers.commands import Ended, elicit, elicit_apart
from tests.elicit.helpers.factories import PROTOCOLS, block, study, write_protocol
from tests.elicit.helpers.session_records import session_record

DEMO = str(PROTOCOLS / "demo.yaml")
KNOWN = ("--participant", "P01", "--session", "1")


def run(folder: Path, *arguments: str, **environment: str) -> Ended:
    return elicit(folder, "run", "--logs", str(folder / "logs"), *arguments, **environment)


def run_apart(
    folder: Path, *arguments: str, stdin: int = subprocess.DEVNULL, **environment: str
) -> Ended:
    logs = str(folder / "logs")
    return elicit_apart(folder, "run", "--logs", logs, *arguments, stdin=stdin, **environment)


def assert_one_line(ended: Ended, code: int, message: str) -> None:
    assert (ended.code, ended.said, ended.shown) == (code, f"elicit: {message}\n", "")
    assert (ended.places, ended.data) == ([], [])


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--participant", "../x"], 1,
         "participant: must be 1 to 32 letters and digits, such as P01, got '../x'"),
        (["--participant", ""], 1,
         "participant: must be 1 to 32 letters and digits, such as P01, got ''"),
        (["--participant", "A" * 300], 1,
         f"participant: must be 1 to 32 letters and digits, such as P01, got '{'A' * 40}...'"),
        ([], 1,
         "--participant: is needed, and there is no terminal to ask for it; "
         "give --participant P01"),
        (["--participant", "P01"], 1,
         "--session: is needed, and there is no terminal to ask for it; give --session 1"),
        (["--participant", "P01", "--session", "0"], 1,
         "session: must be from 1 to 9999, got 0"),
        (["--participant", "P01", "--session", "9" * 300], 1,
         "session: must be from 1 to 9999, got a number far beyond that"),
        ([*KNOWN, "--windowed", "1280"], 1,
         "--windowed: must be WIDTHxHEIGHT, such as 1280x800, got '1280'"),
        ([*KNOWN, "--windowed", "-5x800"], 1,
         "--windowed: must be WIDTHxHEIGHT, such as 1280x800, got '-5x800'"),
        ([*KNOWN, "--windowed", "1280x800x32"], 1,
         "--windowed: must be WIDTHxHEIGHT, such as 1280x800, got '1280x800x32'"),
        ([*KNOWN, "--seed", "-1"], 1, "--seed: must be 0 or more, got -1"),
        ([*KNOWN, "--stimuli", "no/such/folder"], 1,
         "stimuli: must be pictograms, cifar10 or a folder of images; got 'no/such/folder', "
         "and there is no such folder"),
        ([*KNOWN, "--stimuli", ""], 1,
         "stimuli: must be pictograms, cifar10 or a folder of images; got '', "
         "and there is no such folder"),
        (KNOWN, 1,
         "no screen: DISPLAY is not set; run this at a computer with a desktop, "
         "or let a simulated participant answer with --autopilot"),
    ],
)  # fmt: skip
def test_a_mistake_on_the_command_line_is_one_line_and_leaves_nothing(
    tmp_path: Path, arguments: list[str], code: int, message: str
) -> None:
    assert_one_line(run(tmp_path, DEMO, *arguments), code, message)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run"], "PROTOCOL"),
        (["run", DEMO, "--sesion", "1"], "--sesion"),
        (["run", DEMO, "--session", "two"], "--session"),
        (["run", DEMO, "--session", "two"], "'two'"),
        (["walk"], "walk"),
    ],
)
def test_a_command_that_does_not_exist_is_one_line_with_the_help(
    tmp_path: Path, arguments: list[str], said: str
) -> None:
    ended = elicit(tmp_path, *arguments)
    assert ended.code == 2
    assert len(ended.said.splitlines()) == 1
    assert ended.said.startswith("elicit: ")
    assert said in ended.said
    command = "elicit" if arguments == ["walk"] else "elicit run"
    assert ended.said.endswith(f"(see {command} --help)\n")


@pytest.mark.parametrize(("arguments", "code"), [([], 2), (["--help"], 0), (["run", "--help"], 0)])
def test_help_is_shown_and_nothing_else(tmp_path: Path, arguments: list[str], code: int) -> None:
    ended = elicit(tmp_path, *arguments)
    assert (ended.code, ended.said) == (code, "")
    assert "Usage: elicit" in ended.shown


def test_a_protocol_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "none.yaml"
    assert_one_line(
        run(tmp_path, str(path), *KNOWN), 1, f"{path}: cannot be read: No such file or directory"
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (study(sead=3), "{path}:33: sead: unknown key; did you mean seed?"),
        (study(seed="seven"), "{path}:3: seed: must be a whole number, got 'seven'"),
        (study(block("construct", lambda_grid=[])),
         "{path}:18: blocks.0.construct.lambda_grid: must be at least two increasing values, "
         "got []"),
        (study(block("infer", classes=["cat", "unicorn"])),
         "{path}:12: blocks.0.classes: must be at least two different ones of airplane, "
         "automobile, bird, cat, deer, dog, frog, horse, ship, truck; got cat, unicorn"),
        (study(block("infer", repeats=[4])),
         "{path}:21: blocks.0.repeats: must be positions from 1 to 3, the items of the smallest "
         "batch, got 4"),
    ],
)  # fmt: skip
def test_a_protocol_that_cannot_run_is_one_line_and_takes_no_place(
    tmp_path: Path, content: dict[str, Any], message: str
) -> None:
    path = write_protocol(tmp_path, content)
    assert_one_line(run(tmp_path, str(path), *KNOWN), 1, message.format(path=path))


def test_two_mistakes_in_a_protocol_are_two_lines(tmp_path: Path) -> None:
    path = write_protocol(tmp_path, study(seed=-1, sead=3))
    ended = run(tmp_path, str(path), *KNOWN)
    assert ended.code == 1
    lines = ended.said.splitlines()
    assert [line.split(": ")[2] for line in lines] == ["seed", "sead"]
    assert all(line.startswith(f"elicit: {path}:") for line in lines)


@pytest.mark.parametrize(
    ("typed", "code", "end"),
    [
        ("P01\r\r", 1, "or let a simulated participant answer with --autopilot"),
        ("P01\rtwo\r\r", 1, "or let a simulated participant answer with --autopilot"),
        ("../x\rP01\r1\r", 1, "or let a simulated participant answer with --autopilot"),
        ("\x04", 130, "elicit: stopped"),
    ],
)
def test_an_experimenter_is_asked_at_the_terminal(
    tmp_path: Path, typed: str, code: int, end: str
) -> None:
    pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")
    ours, theirs = pty.openpty()
    os.write(ours, typed.encode())
    ended = run_apart(tmp_path, DEMO, stdin=theirs)
    os.close(ours)
    os.close(theirs)
    assert ended.code == code
    assert "Participant (letters and digits) [P01]" in ended.shown
    assert ended.said.strip().endswith(end)
    assert len(ended.said.strip().splitlines()) == 1
    assert ("Error: session: must be a whole number from 1, got 'two'" in ended.shown) == (
        "two" in typed
    )
    assert ("Error: participant: must be 1 to 32 letters and digits" in ended.shown) == (
        "x" in typed
    )
    assert ended.places == []


def test_a_mistake_on_the_command_line_is_asked_about_at_the_terminal(tmp_path: Path) -> None:
    pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")
    ours, theirs = pty.openpty()
    os.write(ours, b"Anna\r7\r")
    options = ("--participant", "Anna M", "--session", "0")
    ended = run_apart(tmp_path, DEMO, *options, stdin=theirs)
    os.close(ours)
    os.close(theirs)
    assert [line.split(", got ")[0] for line in ended.said.splitlines()[:2]] == [
        "elicit: participant: must be 1 to 32 letters and digits, such as P01",
        "elicit: session: must be from 1 to 9999",
    ]
    assert "--autopilot" in ended.said.splitlines()[2]  # so far it came: there is no screen


def test_autopilot_without_any_screen_says_what_to_install(tmp_path: Path) -> None:
    ended = run(tmp_path, DEMO, "--autopilot", PATH=str(tmp_path))
    assert ended.code == 1
    assert len(ended.said.splitlines()) == 1
    assert "Xvfb is not installed; install it" in ended.said
    assert (ended.places, ended.data) == ([], [])


def test_a_session_that_was_run_before_is_refused_with_the_next(tmp_path: Path) -> None:
    pilot = Study(tmp_path / "logs", "demo")
    pilot.prepare()
    files = pilot.open_session("P01", 1, session_record())
    files.finish()
    ended = run(tmp_path, DEMO, *KNOWN)
    assert ended.code == 1
    assert ended.said == (
        f"elicit: {files.trials.path}: session 1 of participant P01 was run before; "
        "their next one is --session 2\n"
    )
    assert ended.places == []
    offered = run(tmp_path, DEMO, "--participant", "P01")
    assert offered.said.endswith("there is no terminal to ask for it; give --session 2\n")


def test_an_interrupted_session_is_never_gone_on_with_by_accident(tmp_path: Path) -> None:
    pilot = Study(tmp_path / "logs", "demo")
    pilot.prepare()
    pilot.open_session("P01", 1, session_record()).close()
    ended = run(tmp_path, DEMO, *KNOWN)
    assert ended.code == 1
    assert ended.said == (
        "elicit: session 1 of participant P01 was interrupted: give --resume to resume it, "
        "or --no-resume --session 2 to start another\n"
    )
    other = run(tmp_path, DEMO, "--participant", "P02", "--resume")
    assert other.said.startswith("elicit: --resume: participant P02 has no interrupted session")


@pytest.mark.parametrize("asked", [KNOWN, ("--participant", "P01"), (*KNOWN, "--resume")])
def test_a_session_that_runs_is_said_to_run_and_never_to_be_interrupted(
    asked: tuple[str, ...], tmp_path: Path
) -> None:
    pilot = Study(tmp_path / "logs", "demo")
    pilot.prepare()
    files = pilot.open_session("P01", 1, session_record())
    ended = run(tmp_path, DEMO, *asked)
    assert ended.code == 1
    assert ended.said.startswith("elicit: session 1 of participant P01 is running on ")
    assert f"(process {os.getpid()})" in ended.said
    files.close()


def test_the_same_command_twice_is_refused_and_takes_nothing_from_the_first(
    tmp_path: Path,
) -> None:
    pilot = Study(tmp_path / "logs", "demo")
    pilot.prepare()
    pilot.reserve("P01", 1)  # as the first does, before its window opens
    place = pilot.claim("P01", 1)
    ended = run(tmp_path, DEMO, *KNOWN)
    assert ended.code == 1
    assert ended.said.startswith("elicit: session 1 of participant P01 is running on ")
    assert len(ended.said.splitlines()) == 1
    assert Study(pilot.folder, "demo").claim("P02", 1).number == place.number + 1
    record = session_record(allocation=place.number)
    pilot.open_session("P01", 1, record, reserved=True).finish()
    assert Study(pilot.folder, "demo").claim("P03", 1).number == place.number + 2


def test_a_session_goes_on_only_under_the_conditions_it_began_with(tmp_path: Path) -> None:
    pilot = Study(tmp_path / "logs", "demo")
    pilot.prepare()
    pilot.open_session("P01", 1, session_record(protocol_sha256="0" * 64)).close()
    ended = run(tmp_path, DEMO, "--participant", "P01", "--resume")
    assert ended.code == 1
    assert ": protocol_sha256: the session began with 000" in ended.said
    assert pilot.state_of("P01", 1) == "stopped"


def test_a_study_folder_that_is_a_file_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file\n", encoding="utf-8")
    ended = run(tmp_path, DEMO, *KNOWN)
    assert ended.code == 1
    assert len(ended.said.splitlines()) == 1
    assert ended.said.endswith("choose another with --logs\n")


def test_cifar10_that_is_not_to_be_had_is_one_line_with_both_ways_on(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    ended = run(tmp_path, str(PROTOCOLS / "hse2.yaml"), *KNOWN, ELICIT_CIFAR10=str(empty))
    assert ended.code == 1
    assert len(ended.said.splitlines()) == 1
    assert str(empty) in ended.said
    assert "--stimuli to a folder" in ended.said
    assert "--stimuli pictograms" in ended.said
    assert (ended.places, ended.data) == ([], [])


def test_cifar10_that_nothing_can_download_is_one_line_with_both_ways_on(tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"  # a torchvision that cannot load, whether or not one is there
    (blocked / "torchvision").mkdir(parents=True)
    (blocked / "torchvision" / "__init__.py").write_text(
        "raise ImportError('no torch here')\n", encoding="utf-8"
    )
    ended = run_apart(tmp_path, str(PROTOCOLS / "hse2.yaml"), *KNOWN, PYTHONPATH=str(blocked))
    last = ended.said.splitlines()[-1]
    assert ended.code == 1
    assert "Traceback" not in ended.said
    assert last.startswith(f"elicit: cifar10: not in {tmp_path / 'cache' / 'human-mixup'}")
    assert "--stimuli to a folder" in last
    assert "--stimuli pictograms" in last
    assert (ended.places, ended.data) == ([], [])


def test_a_failure_gives_its_place_back_to_the_next(tmp_path: Path) -> None:
    pilot = Study(tmp_path / "logs", "demo")
    pilot.prepare()
    assert pilot.claim("P00", 1).number == 0
    assert run(tmp_path, DEMO, *KNOWN).places == ["demo_000000_try-1.json"]
    assert pilot.claim("P02", 1).number == 1


def test_a_screen_that_does_not_answer_is_one_line_and_takes_no_place(tmp_path: Path) -> None:
    ended = run_apart(tmp_path, DEMO, *KNOWN, DISPLAY=":9876")
    assert ended.code == 1
    assert len(ended.said.splitlines()) == 1
    assert ended.said.startswith("elicit: ")
    assert "DISPLAY" in ended.said
    assert (ended.places, ended.data) == ([], [])


def test_the_version_is_that_of_the_package(tmp_path: Path) -> None:
    ended = elicit(tmp_path, "--version")
    assert (ended.code, ended.shown) == (0, f"elicit {metadata.version('human-mixup')}\n")
