"""Windows' own names, and programs that hold a file open, simulated on any system."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from elicit.errors import ElicitError, LogUnwritableError, StudyError
from elicit.log import files as disk
from elicit.log.rows import EventRow
from elicit.log.writer import Writer
from elicit.study.folder import Study
from learn.files import write_all
from stimuli import windows_files
from stimuli.errors import StimulusError
from stimuli.files import read_bytes
from stimuli.manifest.write import write_manifest
from stimuli.windows_files import (
    WAITS_S,
    check_name,
    describe_unusable_name,
    make_folder,
    while_open_elsewhere,
)
from tests.elicit.helpers.session_records import session_record

DEVICES = (
    "CON",
    "con",
    "nul",
    "Aux",
    "PRN",
    "COM1",
    "lpt9",
    "COM¹",
    "con.txt",
    "NUL.a.b",
    "con .x",
)
SIGNS = ("a:b", "a<b", 'a"b', "a|b", "what?", "all*", "a\tb", "a>b")
ENDS = ("trailing.", "trailing ", "...", " ")
USABLE = (
    "con1",
    "console",
    "com",
    "com10",
    "nulls.csv",
    "a.con",
    ".hid",
    "..",
    "x" * 255,
    "ä é",
)


@pytest.fixture
def on_windows(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let files be as on Windows; return the seconds waited, which no test waits for real."""
    waited: list[float] = []
    monkeypatch.setattr(windows_files, "WINDOWS", True)
    monkeypatch.setattr("stimuli.windows_files.time.sleep", waited.append)
    return waited


def refusal(number: int, path: Path | None = None, kind: int = errno.EACCES) -> OSError:
    """Return an error as Windows gives it."""
    error = OSError(kind, "Access is denied", None if path is None else str(path))
    error.winerror = number  # type: ignore[attr-defined]
    return error


@pytest.mark.parametrize("name", [*DEVICES, *SIGNS, *ENDS, "x" * 256])
def test_a_name_that_windows_takes_for_something_else_is_found(name: str) -> None:
    assert describe_unusable_name(name) != ""


@pytest.mark.parametrize("name", USABLE)
def test_any_other_name_is_left_alone(name: str) -> None:
    assert describe_unusable_name(name) == ""


def writers() -> dict[str, Callable[[Path], object]]:
    """Return what makes files and folders of names that a person gives."""
    return {
        "new": lambda path: disk.write_new(path, "x"),
        "replace": lambda path: disk.replace(path, "x"),
        "log": lambda path: Writer(path, ("a", "b")).close(),
        "learn": lambda path: write_all({path: b"x"}),
        "learn's folder": lambda path: write_all({path / "labels.npz": b"x"}),
        "manifest": lambda path: write_manifest(path, []),
        "folder": make_folder,
        "study": lambda path: Study(path, "pilot").prepare(),
    }


@pytest.mark.parametrize("way", writers())
def test_no_way_of_writing_makes_a_file_of_a_name_that_windows_takes_for_another(
    way: str, tmp_path: Path, on_windows: list[float]
) -> None:
    for name in ("con.txt", "a:b", "logs. ", "what?"):
        with pytest.raises((OSError, ElicitError, StimulusError), match="on Windows") as raised:
            writers()[way](tmp_path / name)
        assert "\n" not in str(raised.value)
    assert list(tmp_path.iterdir()) == []


def test_the_names_of_every_session_s_files_are_usable_whatever_the_ids(tmp_path: Path) -> None:
    for participant, task in (("CON", "nul"), ("a" * 32, "b" * 64), ("COM1", "LPT1")):
        files = Study(tmp_path, task).session(participant, 9999)
        for kind in ("data.csv", "session.json", "running.json"):
            assert describe_unusable_name(files.file(kind).name) == ""


def test_only_windows_refuses_such_names(tmp_path: Path) -> None:
    if not windows_files.WINDOWS:
        check_name(tmp_path / "con.txt")


@pytest.mark.parametrize("number", [5, 32, 33])
def test_a_file_that_a_scanner_holds_for_a_moment_is_tried_again(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, on_windows: list[float]
) -> None:
    path, left = tmp_path / "a.json", 3
    path.write_text("old", encoding="utf-8")
    works = Path.replace

    def hold(draft: Path, target: Path) -> Path:
        nonlocal left
        left -= 1
        if left > 0:
            raise refusal(number, target)
        return works(draft, target)

    monkeypatch.setattr(Path, "replace", hold)
    disk.replace(path, "new")
    assert path.read_text(encoding="utf-8") == "new"
    assert on_windows == list(WAITS_S[:2])


@pytest.mark.parametrize("way", ["replace", "learn"])
def test_a_file_that_excel_keeps_open_is_named_and_stays(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, on_windows: list[float]
) -> None:
    path = tmp_path / "table.csv"
    path.write_text("old", encoding="utf-8")

    def hold(_draft: Path, target: Path) -> Path:
        raise refusal(32, target)

    monkeypatch.setattr(Path, "replace", hold)
    with pytest.raises((OSError, ElicitError), match="Excel, has it open: close it there") as told:
        writers()[way](path)
    assert str(path) in str(told.value)
    assert len(on_windows) == len(WAITS_S)
    assert [each.name for each in tmp_path.iterdir()] == ["table.csv"]  # no draft stays
    assert path.read_text(encoding="utf-8") == "old"


def test_a_log_that_excel_keeps_open_is_named_when_it_is_resumed_and_when_it_is_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, on_windows: list[float]
) -> None:
    study = Study(tmp_path, "pilot")
    study.prepare()
    study.open_session("P01", 1, session_record()).close()
    log = study.session("P01", 1).file("data.csv")
    opens, unlinks = Path.open, Path.unlink

    def open_it(path: Path, mode: str = "r", *more: int, **named: object) -> object:
        if path == log and "+" in mode:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))  # without a number
        return opens(path, mode, *more, **named)  # type: ignore[call-overload]

    def unlink(path: Path, missing_ok: bool = False) -> None:
        if path == log:
            raise refusal(32, path)
        unlinks(path, missing_ok)

    monkeypatch.setattr(Path, "open", open_it)
    monkeypatch.setattr(Path, "unlink", unlink)
    with pytest.raises(StudyError, match=f"{log.name}: cannot be written: another program"):
        study.reopen_session("P01", 1)
    with pytest.raises(OSError, match="another program, such as Excel") as told:
        disk.delete(log)
    assert told.value.filename == str(log)


def test_a_drive_that_is_gone_pauses_a_session_and_says_which(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, on_windows: list[float]
) -> None:
    writer = Writer(tmp_path / "a.csv", tuple(EventRow.model_fields))
    monkeypatch.setattr(windows_files, "_drive_is_there", lambda _path: False)
    writer._pending = b""  # a row was tried before, so that the file is opened again
    for number in (3, 21, 53, 1117):

        def fail(*_: object, at: int = number, **__: object) -> object:
            raise refusal(at, kind=errno.ENOENT)

        monkeypatch.setattr(Path, "open", fail)
        with pytest.raises(LogUnwritableError, match=r"cannot be written: the drive .* is gone"):
            writer.append(EventRow.model_construct())
    monkeypatch.undo()


def test_a_path_that_is_too_long_for_windows_is_told_as_that(
    tmp_path: Path, on_windows: list[float]
) -> None:
    path = tmp_path / ("x" * 200) / ("y" * 100)

    def fail() -> None:
        raise refusal(3, path, errno.ENOENT)

    with pytest.raises(OSError, match=r"has \d+ characters, and Windows takes 259"):
        while_open_elsewhere(path, fail)


def test_an_error_that_is_not_windows_own_is_raised_as_it_is(on_windows: list[float]) -> None:
    error = OSError(errno.ENOSPC, "No space left on device")

    def fail() -> None:
        raise error

    with pytest.raises(OSError, match="No space left") as raised:
        while_open_elsewhere(Path("a"), fail)
    assert raised.value is error
    assert on_windows == []


def test_a_file_that_is_held_while_it_is_read_is_tried_again_and_then_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, on_windows: list[float]
) -> None:
    path, left, opens = tmp_path / "a_data.csv", 2, os.open
    path.write_text("text", encoding="utf-8")

    def hold(name: Path, *more: int, **named: int) -> int:
        nonlocal left
        left -= 1
        if left >= 0:
            raise PermissionError(errno.EACCES, "Permission denied", str(name))  # has no number
        return opens(name, *more, **named)

    monkeypatch.setattr(os, "open", hold)
    assert read_bytes(path) == b"text"
    assert on_windows == list(WAITS_S[:2])
    left = 1000
    with pytest.raises(
        OSError, match="another program, such as Excel, has it open: close it there"
    ):
        read_bytes(path)


def test_a_file_in_a_folder_too_deep_for_windows_is_told_as_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, on_windows: list[float]
) -> None:
    deep = tmp_path / ("x" * 150) / ("y" * 150)

    def fail(path: Path, *_: object, **__: object) -> object:
        raise FileNotFoundError(errno.ENOENT, "No such file or directory", str(path))

    monkeypatch.setattr(Path, "open", fail)
    for write in (
        lambda: disk.replace(deep / "a.json", "x"),
        lambda: disk.write_new(deep / "a.json", "x"),
        lambda: Writer(deep / "a.csv", ("a", "b")),
    ):
        with pytest.raises(FileNotFoundError, match="characters, and Windows takes 259"):
            write()
