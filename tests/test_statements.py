"""Rows agree with their file's name and their session's record, or file and line are told."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from elicit.errors import LogError
from elicit.log.columns import read_columns
from elicit.log.reader import read, read_table
from elicit.log.rows import PageRow, TrialRow
from elicit.log.statements import OF_BLOCK, OF_SESSION, OF_SET
from learn.study.table import read_study
from stimuli.manifest.write import describe, write_manifest
from stimuli.processes.mixup import MixupProcess
from stimuli.sets.build import build_batches
from stimuli.sources.endpoints import Pictograms
from tests.elicit.helpers.commands import elicit
from tests.elicit.helpers.factories import GRID, block, study, write_protocol

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


def assert_every_reader_says(log: Path, told: str) -> None:
    """See that whatever reads a study's log tells the same of it."""
    with pytest.raises(LogError, match=told) as of_elicit:
        read(log)
    with pytest.raises(LogError, match=told):
        read_columns(log, TrialRow, ["rt_s"])
    with pytest.raises(LogError, match=told) as of_learn:
        read_study(log.parents[1])
    assert str(of_learn.value) == str(of_elicit.value)


def test_a_session_agrees_with_its_name_and_its_record(
    simulated: dict[str, bytes], tmp_path: Path
) -> None:
    log = write(tmp_path, simulated)
    assert log.name.startswith(NAME)
    assert len(read(log)) == len(read_study(tmp_path)) == 6


def test_every_column_that_is_stated_is_tried() -> None:
    assert {*OF_SESSION, *OF_BLOCK} == {*OTHERS, "process"}


def test_a_row_of_another_process_than_the_session_is_told(
    simulated: dict[str, bytes], tmp_path: Path
) -> None:
    name = f"{NAME}_data.csv"
    raw = changed(changed(simulated[name], "process", "cutmix", 1), "box", "0 0 1 1", 1)
    log = write(tmp_path, simulated | {name: raw})
    told = rf"^{log}:2: process: must be 'mixup', as .*_session.* says, got 'cutmix'; restore"
    assert_every_reader_says(log, told)


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
    assert_every_reader_says(log, told)
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


@pytest.fixture(scope="module")
def pinned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a study folder with a session whose blocks name manifests, and practice."""
    folder = tmp_path_factory.mktemp("pinned")
    source, shared = Pictograms(), {"per_combination": None, "batch_size": None, "classes": None}
    blocks = []
    for paradigm, mixes in (("construct", None), ("infer", (0.25, 0.75))):
        batches = build_batches(
            source, per_combination=2, batch_size=3, seed=0, lambdas=mixes,
            classes=("cat", "dog", "frog"),
        )  # fmt: skip
        grid = GRID if mixes is None else None
        write_manifest(folder / f"{paradigm}.csv", describe(batches, MixupProcess(source), grid))
        named = block(paradigm, **shared, manifest=f"{paradigm}.csv", practice=1)
        blocks.append({key: value for key, value in named.items() if value is not None})
    path, logs = write_protocol(folder, study(*blocks)), str(folder / "logs")
    ended = elicit(folder, "simulate", path, "--participants", "1", "--logs", logs)
    assert ended.code == 0, ended.said
    for name in ("construct.csv", "infer.csv"):
        (folder / name).unlink()  # the study folder keeps its own
    return Path(logs)


OF_THE_MANIFEST = {
    "image_i": ("7", "image_i: must be an image of batch 0, as protocols/set_"),
    "image_j": ("7", "image_j: must be an image of batch 0 with "),
    "class_i": ("bird", "class_i: must be '"),
    "class_j": ("ship", "class_j: must be '"),
    "fingerprint_i": ("0" * 16, "fingerprint_i: must be '"),
    "fingerprint_j": ("0" * 16, "fingerprint_j: must be '"),
    "lambda_f": ("0.3333", "lambda_f: must be one of ["),
}


def test_every_column_that_a_manifest_states_is_tried() -> None:
    assert {*OF_SET} - {"block", "practice", "batch"} == OF_THE_MANIFEST.keys()


@pytest.mark.parametrize("column", OF_THE_MANIFEST)
@pytest.mark.parametrize("place", [1, -1])
def test_a_row_that_disagrees_with_the_kept_manifest_is_told_by_file_and_line(
    column: str, place: int, pinned: Path, tmp_path: Path
) -> None:
    logs = Path(shutil.copytree(pinned, tmp_path / "logs"))
    (log,) = (logs / "data").glob("*_data.csv")
    raw = log.read_bytes()
    lines = list(csv.DictReader(io.StringIO(raw.decode(), newline="")))
    asked = [number for number, row in enumerate(lines, start=1) if row["practice"] == "false"]
    assert len(read(log)) == len(read_study(logs)) == len(lines) == len(asked) + 2
    cell, said = OF_THE_MANIFEST[column]
    log.write_bytes(changed(raw, column, cell, asked[place]))
    told = re.escape(f"{log}:{asked[place] + 1}: {said}") + ".*; restore both files"
    assert_every_reader_says(log, told)
    for kept in (logs / "protocols").glob("set_*.csv"):
        kept.write_bytes(b"torn")  # states nothing
    assert len(read(log)) == len(lines)


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
