"""`learn` names the files beside the logs that it does not read, and logs that lost rows."""

import json
import os
import warnings
from pathlib import Path

import pytest

from elicit.errors import StudyFolderWarning
from learn.study.table import read_study
from tests.helpers.commands import run_here
from tests.learn.helpers.handwritten_studies import row, write_session

ROWS = [row(3, 5, 0.5, 0.3, 0.8), row(3, 5, 0.3, 0.2, 0.8)]


def finish(log: Path, trials: int) -> None:
    """Write the record and the end that a session of so many trials leaves."""
    stem = log.name.removesuffix("_data.csv")
    record = {"blocks": [{"name": "a", "paradigm": "infer", "trials": trials}]}
    log.with_name(f"{stem}_session.json").write_text(json.dumps(record), encoding="utf-8")
    log.with_name(f"{stem}_end.json").write_text('{"status": "finished"}', encoding="utf-8")


@pytest.mark.parametrize("suffix", ["_data (1).csv", "_data-LABPC2.csv", "_data.sync-conflict.csv"])
def test_a_copy_that_is_not_read_is_named(suffix: str, tmp_path: Path) -> None:
    log = write_session(tmp_path, "P01", *ROWS)
    copy = log.with_name(log.name.removesuffix("_data.csv") + suffix)
    copy.write_bytes(log.read_bytes())
    with pytest.warns(StudyFolderWarning, match="looks like a copy of") as said:
        assert len(read_study(tmp_path)) == len(ROWS)
    assert len(said) == 1
    assert str(said[0].message).startswith(f"{copy}: ")


@pytest.mark.parametrize("planned", [3, 6])
def test_a_log_that_lost_rows_is_named(planned: int, tmp_path: Path) -> None:
    log = write_session(tmp_path, "P01", *ROWS)
    finish(log, planned)
    with pytest.warns(StudyFolderWarning, match=rf"has 2 of {planned} trials, though the session"):
        read_study(tmp_path)


def test_a_log_without_any_row_is_named(tmp_path: Path) -> None:
    write_session(tmp_path, "P01", *ROWS)
    finish(write_session(tmp_path, "P02"), 2)
    with pytest.warns(StudyFolderWarning, match="P02.* has 0 of 2 trials"):
        read_study(tmp_path)


def test_whole_logs_are_read_in_silence(tmp_path: Path) -> None:
    finish(write_session(tmp_path, "P01", *ROWS), len(ROWS))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read_study(tmp_path)


@pytest.mark.slow
def test_the_command_says_so_in_one_line(tmp_path: Path) -> None:
    log = write_session(tmp_path / "logs", "P01", *ROWS)
    copy = log.with_name(log.name.replace("_data", "_data (1)"))
    copy.write_bytes(log.read_bytes())
    arguments = ("qc", str(log.parents[1]), "--out", str(tmp_path / "qc"))
    ended = run_here("learn", arguments, dict(os.environ))
    assert ended.code == 0
    (line,) = ended.said.splitlines()
    assert line.startswith("learn: ")
    assert copy.name in line
