"""Files that are whole or not there, whichever kind of folder they are in."""

import errno
import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from elicit.log import files as disk
from elicit.log import processes
from tests.elicit.helpers.small_disks import fill


def test_a_new_file_is_there_with_all_it_holds_and_nothing_beside_it(tmp_path: Path) -> None:
    disk.write_new(tmp_path / "a.json", "text: 🐈\n")
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]
    assert (tmp_path / "a.json").read_text("utf-8") == "text: 🐈\n"


@pytest.mark.parametrize("links", [True, False], ids=["with links", "without links, as on SMB"])
def test_of_many_who_make_a_file_at_once_one_does(
    tmp_path: Path, links: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise OSError(errno.EOPNOTSUPP, "Operation not supported")

    if not links:
        monkeypatch.setattr(os, "link", refused)

    def station(k: int) -> str:
        try:
            disk.write_new(tmp_path / "a.json", f"{k}")
        except FileExistsError as error:
            return str(error.filename)
        return "made"

    with ThreadPoolExecutor(16) as stations:
        ended = sorted(stations.map(station, range(64)))
    assert ended == sorted(["made", *[str(tmp_path / "a.json")] * 63])
    assert len(list(tmp_path.iterdir())) == 1


def test_a_file_that_is_replaced_is_the_old_one_or_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    disk.write_new(path, "old")
    disk.replace(path, "new")
    assert path.read_text("utf-8") == "new"
    with pytest.raises(FileNotFoundError, match=r"none"):
        disk.replace(tmp_path / "none" / "a.json", "new")


def test_trying_out_a_folder_leaves_nothing(tmp_path: Path) -> None:
    disk.try_out(tmp_path, 100_000)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(OSError, match="No such file"):
        disk.try_out(tmp_path / "none", 1)


def test_the_folder_s_clock_is_the_one_that_dates_its_files(tmp_path: Path) -> None:
    earlier = disk.now_in(tmp_path)
    (tmp_path / "a").touch()
    assert earlier <= (tmp_path / "a").stat().st_mtime <= disk.now_in(tmp_path)
    assert list(tmp_path.iterdir()) == [tmp_path / "a"]


def test_where_nothing_can_be_written_this_computer_s_clock_is_asked(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file or directory"):
        disk.clock_of(tmp_path / "none")
    before = time.time()
    assert before <= disk.now_in(tmp_path / "none") <= time.time()


@pytest.mark.parametrize("text", ["", "{", "[1]", "null"])
def test_what_is_no_json_object_reads_as_empty(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    assert disk.read_json(tmp_path / "a.json") == {}
    assert disk.read_json(tmp_path / "none.json") == {}


def test_a_process_is_told_from_others_of_its_number() -> None:
    pid, identity = processes.this()
    assert pid == os.getpid()
    assert identity == processes.identity(pid)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as later:
        assert processes.identity(later.pid) not in {None, identity}
    assert processes.identity(2**22 + 1) is None


@pytest.mark.parametrize("text", ['"\\ud800"', '{"a": ["\\uDFFF"]}', '{"\\ud83d": 1}'])
def test_half_a_character_is_no_text(text: str) -> None:
    with pytest.raises(ValueError, match="half a character"):
        disk.parse_json(text)


def test_a_character_in_two_parts_is_one() -> None:
    assert disk.parse_json('"\\ud83d\\ude00"') == "\N{GRINNING FACE}"


@pytest.mark.parametrize("write", [disk.write_new, disk.replace])
@pytest.mark.parametrize("links", [True, False])
def test_a_full_disk_leaves_no_empty_file(
    small_disk: Path,
    monkeypatch: pytest.MonkeyPatch,
    write: Callable[[Path, str], None],
    links: bool,
) -> None:
    if not links:  # as on SMB

        def refuse(*_: object) -> None:
            raise OSError(errno.EPERM, "no links here")

        monkeypatch.setattr("os.link", refuse)
    room = fill(small_disk).stat().st_size
    with (small_disk / "filler").open("r+b") as file:
        file.truncate(room - 3 * 4096)
    with pytest.raises(OSError, match="No space left on device") as told:
        write(small_disk / "made.json", "x" * 5 * 4096)
    assert told.value.filename == str(small_disk / "made.json")
    assert [path.name for path in small_disk.iterdir()] == ["filler"]


def test_a_name_that_cannot_be_given_leaves_no_half_file(
    small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there are no links, the file is written once more, and there may be no room."""

    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr("os.link", refuse)
    room = fill(small_disk).stat().st_size
    with (small_disk / "filler").open("r+b") as file:
        file.truncate(room - 3 * 4096)
    with pytest.raises(OSError, match="No space left on device"):
        disk.write_new(small_disk / "made.json", "x" * 2 * 4096)
    assert [path.name for path in small_disk.iterdir()] == ["filler"]
