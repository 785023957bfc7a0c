"""Columns that are read fast are those that are read row by row, also of a damaged file."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from elicit.errors import LogError
from elicit.log import columns as log_columns
from elicit.log.columns import read_columns
from elicit.log.reader import read_table
from elicit.log.rows import LogRow, TrialRow
from elicit.study.session_files import TABLES
from tests.elicit.helpers.factories import block
from tests.elicit.helpers.sessions import pilot_study, run_session
from tests.helpers.examples import examples

CELLS = [
    "",
    "x",
    "true",
    "-1",
    "0.5",
    "nan",
    "inf",
    "'=x",
    "2026-05-04T12:00:00Z",
    '"',
    "\0",
    "\r",
    "\u2028",
    "é",
]


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of one session, by kind."""
    study, asked = pilot_study(
        tmp_path_factory.mktemp("study"), [block("construct"), block("discriminate", times=2)]
    )
    run_session(study, asked, "P01")
    return {kind: study.session("P01", 1).file(kind).read_bytes() for kind in TABLES}


def read_slowly(path: Path, kind: type[LogRow], names: tuple[str, ...]) -> object:
    """Return the same columns from whole rows; what is wrong where something is."""
    try:
        rows = read_table(path, kind, warn=False).rows
    except LogError as error:
        return str(error)
    return {name: [getattr(row, name) for row in rows] for name in names}


def read_fast(path: Path, kind: type[LogRow], names: tuple[str, ...]) -> object:
    """Return what `read_columns` does; what is wrong where something is."""
    try:
        return read_columns(path, kind, names)
    except LogError as error:
        return str(error)


@pytest.mark.parametrize("kind", TABLES)
def test_columns_are_those_of_the_rows(kind: str, logs: dict[str, bytes], tmp_path: Path) -> None:
    row, names = TABLES[kind]
    path = tmp_path / kind
    path.write_bytes(logs[kind])
    assert read_fast(path, row, names) == read_slowly(path, row, names)


def test_texts_are_those_that_were_written_though_no_spreadsheet_runs_them(
    logs: dict[str, bytes], tmp_path: Path
) -> None:
    path = tmp_path / "data.csv"
    lines = [line.split(",") for line in logs["data.csv"].decode().split("\r\n")]
    lines[1][lines[0].index("class_i")] = "'=x"
    path.write_bytes("\r\n".join(map(",".join, lines)).encode())
    assert read_columns(path, TrialRow, ["class_i"])["class_i"][0] == "=x"


@settings(max_examples=examples(100), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_file_says_the_same_either_way(
    data: st.DataObject, logs: dict[str, bytes], tmp_path: Path
) -> None:
    kind = data.draw(st.sampled_from(sorted(TABLES)))
    row, names = TABLES[kind]
    lines = [line.split(",") for line in logs[kind].decode().split("\r\n")]
    for _ in range(data.draw(st.integers(1, 2))):
        line = data.draw(st.sampled_from(lines))
        line[data.draw(st.integers(0, len(line) - 1))] = data.draw(st.sampled_from(CELLS))
    whole = "\r\n".join(map(",".join, lines)).encode()
    path = tmp_path / kind
    path.write_bytes(whole[: data.draw(st.sampled_from([None, -1, -2, -40]))])
    assert repr(read_fast(path, row, names)) == repr(read_slowly(path, row, names))  # nan too


@pytest.mark.parametrize("column", ["chosen_2", "excluded", "class_order"])
def test_classes_in_a_row_that_names_none_are_told_either_way(
    column: str, logs: dict[str, bytes], tmp_path: Path
) -> None:
    path = tmp_path / "data.csv"
    lines = [line.split(",") for line in logs["data.csv"].decode().split("\r\n")]
    lines[1][lines[0].index(column)] = "cat"
    path.write_bytes("\r\n".join(map(",".join, lines)).encode())
    told = read_fast(path, TrialRow, ("trial",))
    assert told == read_slowly(path, TrialRow, ("trial",))
    assert f"data.csv:2: {column}: must be blank in construct" in str(told)


def test_plain_files_are_read_without_their_rows(
    logs: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(logs["data.csv"])
    monkeypatch.setattr(log_columns, "read_table", None)
    monkeypatch.setattr(log_columns, "MAX_REMEMBERED", 0)  # and what is new is not kept
    assert len(read_columns(path, TrialRow, ["trial"])["trial"]) > 0
