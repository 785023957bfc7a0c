"""With --no-host, no file says on which computer it was made, in which folders, or by whom."""

from __future__ import annotations

import os
import platform
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("torch")

from elicit.errors import ElicitError
from elicit.log import station
from elicit.log.station import NO_HOST, Station, hide_paths
from learn.runs.files import RESULT, read_measures, read_record
from learn.runs.lock import Lock
from tests.elicit.helpers.factories import block, study, write_protocol
from tests.helpers.commands import CommandResult, run_here

HOST, USER = "lab-host-77", "anna maria"
TRAINED = (
    "--source", "pictograms", "--train", "0:40", "--holdout", "60:80", "--epochs", "1",
    "--width", "0.05", "--device", "cpu", "--threads", "1", "--checkpoint-every", "0",
)  # fmt: skip


def run_it(*words: str | Path) -> CommandResult:
    name, *arguments = map(str, words)
    ended = run_here(name, tuple(arguments))
    assert ended.code == 0, ended.said
    return ended


def contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the bytes of each file, and of what is packed in it."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), path.read_bytes()
            if zipfile.is_zipfile(path):
                with zipfile.ZipFile(path) as archive:
                    for member in archive.namelist():
                        yield f"{path.name}:{member}", archive.read(member)


def who_says(folder: Path, *words: str) -> set[str]:
    """Return the files whose name or bytes have one of `words`."""
    told = [word.encode() for word in words]
    return {
        name
        for name, found in contents(folder)
        if any(word in found or word in name.encode() for word in told)
    }


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A study and what learn makes of it, everything named by its whole path, with --no-host."""
    at = tmp_path_factory.mktemp("home") / USER / "study"
    at.mkdir(parents=True)
    protocol = write_protocol(at, study(block("infer"), block("construct")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(platform, "node", lambda: HOST)
        patch.setenv("USER", USER)
        logs, labels, run = at / "logs", at / "labels", at / "run"
        simulated = ("--include-simulated",)
        run_it("elicit", "simulate", protocol, "--participants", "2", "--observer", "ideal",
               "--logs", logs, "--no-host")  # fmt: skip
        run_it("learn", "relabel", logs, "--out", labels, *simulated)
        run_it("learn", "pse", logs, "--out", at / "pse", *simulated)
        run_it("learn", "qc", logs, "--out", at / "qc", *simulated)
        run_it("learn", "report", logs, "--out", at / "report.html", *simulated)
        run_it("learn", "fit-policy", logs, "--out", at / "fit.json", "--policy", "global",
               *simulated)  # fmt: skip
        blends = ("--labels", str(labels / "labels.npz"))
        run_it("learn", "train", "--out", run, "--type", "none", *TRAINED, "--no-host")
        run_it("learn", "table1", *blends, "--types", "average", "--seeds", "1", *TRAINED,
               "--runs", at / "runs", "--out", at / "tables", "--no-host")  # fmt: skip
        yield at


@pytest.mark.slow
def test_no_file_names_the_computer_a_folder_or_the_user(made: Path) -> None:
    assert who_says(made, HOST, USER, str(made.parent), os.path.expanduser("~") + "/") == set()


@pytest.mark.slow
def test_records_still_say_what_was_run(made: Path) -> None:
    command = read_record(made / "run" / "run.json")["command"]
    assert command[1:4] == ["train", "--out", "run"]
    assert "--no-host" in command
    table = (made / "tables" / "table1.md").read_text(encoding="utf-8")
    assert "table1 --labels labels.npz --types average" in table


@pytest.mark.slow
def test_a_run_resumes_to_the_same_result_with_and_without_it(
    made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = read_measures(made / "run" / RESULT)
    for more in ((), ("--no-host",)):
        (made / "run" / RESULT).unlink()
        run_it("learn", "train", "--out", made / "run", "--type", "none", *TRAINED, *more)
        assert read_measures(made / "run" / RESULT) == first


def test_a_session_s_files_name_the_computer_unless_it_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "node", lambda: HOST)
    protocol = write_protocol(tmp_path, study(block("infer")))
    simulate = ("elicit", "simulate", protocol, "--participants", "1", "--processes", "1")
    run_it(*simulate, "--logs", tmp_path / "with")
    assert len(who_says(tmp_path / "with", HOST)) == 2  # the record, and the claim
    run_it(*simulate, "--logs", tmp_path / "without", "--no-host")
    assert who_says(tmp_path / "without", HOST) == set()
    monkeypatch.setenv(NO_HOST, "1")
    run_it(*simulate, "--logs", tmp_path / "by variable")
    assert who_says(tmp_path / "by variable", HOST) == set()


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("/home/anna maria/labels.npz", "labels.npz"),
        ("C:\\Users\\anna\\labels.npz", "labels.npz"),
        ("\\\\server\\anna\\labels.npz", "labels.npz"),
        ("../../anna/labels.npz", "labels.npz"),
        ("beyond=/home/anna/labels.npz:policy", "beyond=labels.npz:policy"),
        ("/data", "data"),
        ("labels/labels.npz", "labels/labels.npz"),
        ("--seed", "--seed"),
        ("/home/anna/a.csv: must be text; delete '/home/anna/a.csv'",
         "a.csv: must be text; delete 'a.csv'"),
        ("12 rows/s", "12 rows/s"),
    ],
)  # fmt: skip
def test_a_path_is_its_file_s_name_where_the_host_is_left_out(
    text: str, kept: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(NO_HOST, raising=False)
    assert hide_paths(text) == text
    monkeypatch.setenv(NO_HOST, "1")
    assert hide_paths(text) == kept


def test_a_lock_without_the_name_is_known_for_this_machine_s_with_and_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "node", lambda: HOST)
    monkeypatch.setenv(NO_HOST, "1")
    lock = Lock(tmp_path)
    lock.take()
    assert who_says(tmp_path, HOST) == set()
    monkeypatch.delenv(NO_HOST)
    with pytest.raises(ElicitError, match=r"on station-[0-9a-f]{8} is training this run"):
        Lock(tmp_path).take()
    assert lock.is_held()
    lock.release()


def test_the_name_that_stands_for_a_computer_is_always_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    named = station.this_station()
    monkeypatch.setenv(NO_HOST, "1")
    hidden = station.this_station()
    assert hidden == Station(f"station-{named.id[:8]}", named.id)
    assert re.fullmatch("station-[0-9a-f]{8}", hidden.name)
    assert named.is_that_of(hidden.record())
