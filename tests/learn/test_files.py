"""Whole files: whatever happens, a place holds the old file or the new one, and no draft stays."""

from __future__ import annotations

import csv
import errno
import io
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from elicit.errors import ElicitError
from elicit.log.station import this_station
from elicit.study.psychds import README
from learn.files import csv_bytes, csv_text, parse_yaml, put, write_all, write_atomic
from stimuli.formulas import SIGNS

OLD, NEW = b"old" * 1000, b"new" * 1000
NAMES = ("a.csv", "b.json", "c[1].npz")


def paths_of(folder: Path) -> list[Path]:
    """Return files of which each has an older version."""
    paths = [folder / name for name in NAMES]
    for path in paths:
        path.write_bytes(OLD)
    return paths


# What an operating system may refuse while files are written: the call, and which of them.
MOMENTS = [(call, number) for call in ("write", "fsync", "replace") for number in range(3)]


@pytest.mark.parametrize(("call", "number"), MOMENTS)
def test_a_full_disk_leaves_each_file_old_or_new_and_no_draft(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    paths, calls = paths_of(tmp_path), 0

    def is_refused() -> bool:
        nonlocal calls
        calls += 1
        return calls > number

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    home, name = {
        "write": (Path, "open"), "fsync": (os, "fsync"), "replace": (Path, "replace"),
    }[call]  # fmt: skip
    works = getattr(home, name)
    monkeypatch.setattr(
        home, name, lambda *given, **more: (refuse if is_refused() else works)(*given, **more)
    )
    with pytest.raises(ElicitError, match="cannot be written: No space left on device; make room"):
        write_all(dict.fromkeys(paths, NEW), "make room")
    monkeypatch.undo()
    assert sorted(tmp_path.iterdir()) == sorted(paths)
    found = [path.read_bytes() for path in paths]
    moved = number if call == "replace" else 0
    assert found == [NEW] * moved + [OLD] * (len(paths) - moved)


KILLED = """
import os, signal, sys
from pathlib import Path
from learn.files import write_all

def die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)

{moment} = die
write_all({{Path(name): b"new" * 1000 for name in sys.argv[1:]}})
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
@pytest.mark.parametrize("moment", ["os.fsync", "Path.replace"])
def test_after_a_kill_each_file_is_whole_and_the_next_writing_leaves_no_draft(
    tmp_path: Path, moment: str
) -> None:
    paths = paths_of(tmp_path)
    code = KILLED.format(moment=moment)
    done = subprocess.run([sys.executable, "-c", code, *map(str, paths)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert [path.read_bytes() for path in paths] == [OLD] * 3
    assert set(tmp_path.iterdir()) > set(paths)  # the kill left drafts
    write_all(dict.fromkeys(paths, NEW))
    assert sorted(tmp_path.iterdir()) == sorted(paths)
    assert [path.read_bytes() for path in paths] == [NEW] * 3


def test_a_draft_of_a_process_that_runs_stays(tmp_path: Path) -> None:
    others = tmp_path / f".a.csv.{this_station().id[:12]}.{os.getppid()}.unfinished"
    elsewhere = tmp_path / ".a.csv.another-machine.1.unfinished"
    others.write_bytes(b"half")
    elsewhere.write_bytes(b"half")
    write_atomic(tmp_path / "a.csv", NEW)
    assert sorted(tmp_path.iterdir()) == sorted([others, elsewhere, tmp_path / "a.csv"])


def test_missing_folders_are_made_and_a_file_in_a_folders_place_is_told(tmp_path: Path) -> None:
    write_atomic(tmp_path / "deep" / "er" / "a.csv", NEW)
    assert (tmp_path / "deep" / "er" / "a.csv").read_bytes() == NEW
    with pytest.raises(ElicitError, match=r"a\.csv: cannot be written: .*; choose another"):
        write_atomic(tmp_path / "deep" / "er" / "a.csv" / "b.csv", NEW)


def test_put_says_what_became_of_each_file_and_leaves_the_same_alone(tmp_path: Path) -> None:
    same, other, new = (tmp_path / name for name in NAMES)
    same.write_bytes(NEW)
    os.utime(same, (0, 0))
    other.write_bytes(OLD)
    states = put(dict.fromkeys((same, other, new), NEW))
    assert states == {same: "unchanged", other: "replaced", new: "written"}
    assert same.stat().st_mtime == 0
    assert {path.read_bytes() for path in (same, other, new)} == {NEW}


def test_each_kind_of_csv_has_the_line_ends_that_it_always_had() -> None:
    assert csv_text([("a", "b"), (1, None), ('x"y', "1,5")]) == 'a,b\n1,\n"x""y","1,5"\n'
    assert csv_text([("a",), (0.1,)], "\r\n") == "a\r\n0.1\r\n"
    table = pd.DataFrame({"a": [0.1234567890123, float("nan")]})
    assert csv_bytes(table) == b'a\n0.1234567890123\n""\n'
    assert csv_bytes(table, "row", "%.6g") == b"row,a\n0,0.123457\n1,\n"


def test_no_text_of_a_table_runs_as_a_formula_and_pandas_reads_it_back() -> None:
    texts = ["=1+1", "-0.5", "'@x", "+", "\tx", "cat", "'tis", "\uff1d1", None]
    table = pd.DataFrame({"=who": texts, "n": [-0.5] * 9, "mixed": [1, None, "-x", 2, *"abcde"]})
    content = csv_bytes(table)
    cells = [cell for row in csv.reader(io.StringIO(content.decode())) for cell in row]
    assert {cell for cell in cells if cell.startswith(tuple(SIGNS))} == {"-0.5"}  # numbers
    assert "1" in cells  # whole as it was, in a column with text
    again = pd.read_csv(io.BytesIO(content))
    code = re.search(r"    text(\.str\.replace\(.*\))", README)
    assert code is not None
    read = eval(f"text{code[1]}", {"text": again["'=who"]})
    assert read.fillna("").tolist() == [*texts[:-1], ""]
    assert csv_text([("a",), ("=1",), (-1,)]) == "a\n'=1\n-1\n"


def test_a_name_as_long_as_a_disk_takes_is_written(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 251 + ".csv")
    write_atomic(path, NEW)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "a: 1\nb: 010",
            "line 2: must be in plain digits; got 010, which YAML reads as 8; write 10",
        ),
        ("a: [1, 1:30]", "line 1: must be in plain digits; got 1:30, which YAML reads as 90"),
        ("a: {b: 1_0}", "line 1: must be in plain digits; got 1_0, which YAML reads as 10"),
        ("a: 1\nb: 2\na: 3", "line 3: a is here twice, first in line 1"),
        ("{a: 1, a: 2}", "line 1: a is here twice, first in line 1"),
    ],
)
def test_what_yaml_takes_for_something_else_is_told_by_line(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=re.escape(told)):
        parse_yaml(text)


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("", None),
        ("# nothing", None),
        ("a: &x [1, -2.5e-3]\nb: *x", {"a": [1, -0.0025], "b": [1, -0.0025]}),
        ("<<: {a: 1}\na: '010'", {"a": "010"}),
        ("1", 1),
    ],
)
def test_yaml_that_is_plain_is_read_as_it_stands(text: str, content: object) -> None:
    assert parse_yaml(text) == content


@pytest.mark.parametrize("text", ["\0", "a: \0", "a: \x07b", "seed: " + "9" * 5000])
def test_yaml_with_signs_that_no_text_has_is_told(text: str) -> None:
    with pytest.raises(ValueError, match=r"not allowed|digits"):
        parse_yaml(text)
