"""Rows agree with their file's name and their session's record, or file and line are told."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from elicit.errors import LogError
from elicit.log.columns import read_columns
from elicit.log.reader import read, read_table
from elicit.log.rows import PageRow, TrialRow
from elicit.log.statements import OF_BLOCK, OF_SESSION
from learn.study.table import read_study
from tests.elicit.helpers.commands import elicit
from tests.elicit.helpers.factories import block, study, write_protocol

NAME = "subject-hmix0001_session-1_task-pilot"
OTHERS = {
    "participant": "P2",
    "session": "2",
    "protocol": "other",
    "protocol_sha256": "0" * 64,
    "allocation": "7",
    "source": "folder",
    "image_size": "64",
    "paradigm": "select_shuffled",
    "batch": "5",
}


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Return the files of one simulated session, by name."""
    folder = tmp_path_factory.mktemp("study")
    consent = {"title": "Consent", "text": "Read.", "points": ["I agree."]}
    path = write_protocol(folder, study(block("construct"), block("infer"), consent=consent))
    logs = folder / "logs"
    ended = elicit(folder, "simulate", path, "--participants", "1", "--logs", str(logs))
    assert ended.code == 0, ended.said
    return {each.name: each.read_bytes() for each in (logs / "data").iterdir()}


def write(folder: Path, files: dict[str, bytes]) -> Path:
    """Write a session's files into a study folder; return the trial log's path."""
    (folder / "data").mkdir()
    for name, content in files.items():
        (folder / "data" / name).write_bytes(content)
    (log,) = (folder / "data").glob("*_data.csv")
    return log


def changed(raw: bytes, column: str, cell: str, row: int) -> bytes:
    """Return a table with another cell."""
    rows = list(csv.reader(io.StringIO(raw.decode(), newline="")))
    rows[row][rows[0].index(column)] = cell
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def test_a_session_agrees_with_its_name_and_its_record(
    simulated: dict[str, bytes], tmp_path: Path
) -> None:
    log = write(tmp_path, simulated)
    assert log.name.startswith(NAME)
    assert len(read(log)) == len(read_study(tmp_path)) == 6


def test_every_column_that_is_stated_is_tried() -> None:
    assert {*OF_SESSION, *OF_BLOCK} == OTHERS.keys()


@pytest.mark.parametrize("column", OTHERS)
@pytest.mark.parametrize("row", [1, 5])
def test_a_row_that_says_something_else_is_told_by_file_and_line(
    column: str, row: int, simulated: dict[str, bytes], tmp_path: Path
) -> None:
    name = f"{NAME}_data.csv"
    cell = OTHERS[column]
    log = write(tmp_path, simulated | {name: changed(simulated[name], column, cell, row)})
    stated = "the file's name" if column in ("participant", "session", "protocol") else "_session"
    told = rf"^{log}:{row + 1}: {column}: must be .*, as .*{stated}.* says, got '?{cell}'?; restore"
    with pytest.raises(LogError, match=told) as of_elicit:
        read(log)
    with pytest.raises(LogError, match=told):
        read_columns(log, TrialRow, ["rt_s"])
    with pytest.raises(LogError, match=told) as of_learn:
        read_study(tmp_path)
    assert str(of_learn.value) == str(of_elicit.value)
    assert str(log) in elicit(tmp_path, "status", str(tmp_path)).shown.replace("\n", "")


def test_a_log_under_another_participants_name_is_told(
    simulated: dict[str, bytes], tmp_path: Path
) -> None:
    log = write(
        tmp_path, {f"{NAME.replace('hmix0001', 'P9')}_data.csv": simulated[f"{NAME}_data.csv"]}
    )
    told = r"data\.csv:2: participant: must be 'P9', as the file's name says, got 'hmix0001'"
    for reading in (lambda: read(log), lambda: read_study(tmp_path)):
        with pytest.raises(LogError, match=told):
            reading()


def test_the_pages_of_another_participant_are_told(
    simulated: dict[str, bytes], tmp_path: Path
) -> None:
    name = f"{NAME}_pages.csv"
    write(tmp_path, simulated | {name: changed(simulated[name], "participant", "P2", 1)})
    with pytest.raises(LogError, match=r"pages\.csv:2: participant: must be 'hmix0001'"):
        read_table(tmp_path / "data" / name, PageRow)


@pytest.mark.parametrize("column", ["allocation", "protocol_sha256"])
def test_a_blank_cell_says_nothing_else(
    column: str, simulated: dict[str, bytes], tmp_path: Path
) -> None:
    name = f"{NAME}_data.csv"
    log = write(tmp_path, simulated | {name: changed(simulated[name], column, "", 2)})
    assert len(read(log)) == len(read_study(tmp_path)) == 6


@pytest.mark.parametrize(
    "record", [None, [], {"blocks": None}, {"blocks": [1, {"name": 2}]}, {"stimuli": []}]
)
def test_a_record_that_is_damaged_states_nothing(
    record: Any, simulated: dict[str, bytes], tmp_path: Path
) -> None:
    damaged = {f"{NAME}_session.json": json.dumps(record).encode()}
    log = write(tmp_path, simulated | damaged)
    assert len(read(log)) == 6
