"""The study folder is a Psych-DS dataset: the standard's rules, put to real sessions' files.

The rules are those of the public schema, version 1.5 (github.com/psych-ds/psych-DS); each check
bears the code that the standard's validator gives for it.
"""

from __future__ import annotations

import csv
import fnmatch
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from elicit.log.rows import (
    COLUMNS,
    EVENT_COLUMNS,
    PAGE_COLUMNS,
    EventRow,
    LogRow,
    PageRow,
    TrialRow,
)
from elicit.study import psychds, withdrawals
from elicit.study.folder import Study
from stimuli.formulas import SIGNS, escape_formula
from tests.elicit.helpers.session_records import session_record
from tests.elicit.helpers.sessions import pilot_study, run_session

KEYWORDS = {"study", "site", "subject", "session", "task", "condition", "trial", "stimulus",
            "description"}  # fmt: skip
DATA_FILE = re.compile(r"([a-z]+-[a-zA-Z0-9]+)(_[a-z]+-[a-zA-Z0-9]+)*_data\.(csv|tsv)")
OF_SCHEMA_ORG = {  # the properties used here, and the types they may have
    "Dataset": {"name", "description", "keywords", "variableMeasured", "hasPart"},
    "PropertyValue": {"name", "description", "value", "unitText", "minValue", "maxValue",
                      "valueReference"},
}  # fmt: skip


def complaints(folder: Path) -> set[str]:
    """Return the codes of what Psych-DS says against a folder, errors and warnings."""
    return set(_complaints(folder))


def _complaints(folder: Path) -> Iterator[str]:
    path = folder / "dataset_description.json"
    if not path.is_file():
        yield "MISSING_DATASET_DESCRIPTION"
        return
    try:
        described = json.loads(path.read_bytes().decode("utf-8"))
    except ValueError:
        yield "JSON_INVALID"
        return
    yield from _of_description(described)
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    checked = [path for path in files if not _ignored(folder, path)]
    for path in checked:
        if path.stat().st_size == 0:
            yield "FILE_EMPTY"
        if path.parent == folder and path.name in {
            "dataset_description.json", "README.md", ".psychds-ignore"
        }:  # fmt: skip
            continue
        if "data" not in path.relative_to(folder).parts or path.suffix not in {".csv", ".tsv"}:
            yield "FILE_NOT_CHECKED"
    if not (folder / "README.md").is_file():
        yield "MISSING_README_DOC"
    if not (folder / ".psychds-ignore").is_file():
        yield "MISSING_PSYCHDSIGNORE"
    tables = [path for path in checked if path.suffix == ".csv"]
    yield from _of_tables(tables, described)


def _of_description(described: dict[str, Any]) -> Iterator[str]:
    if described.get("@type") != "Dataset":
        yield "INCORRECT_DATASET_TYPE"
    if not re.fullmatch(r"https?://schema\.org/?", str(described.get("@context"))):
        yield "UNKNOWN_NAMESPACE"
    if not {"name", "description", "variableMeasured"} <= described.keys():
        yield "JSON_KEY_REQUIRED"
    yield from _of_schema_org({k: v for k, v in described.items() if k != "@context"})


def _of_schema_org(node: dict[str, Any]) -> Iterator[str]:
    kind = node.get("@type")
    if kind not in OF_SCHEMA_ORG:
        yield "OBJECT_TYPE_MISSING"
        return
    if node.keys() - {"@type"} - OF_SCHEMA_ORG[kind]:
        yield "INVALID_SCHEMAORG_PROPERTY"
    for value in node.values():
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, dict):
                yield from _of_schema_org(each)


def _of_tables(tables: list[Path], described: dict[str, Any]) -> Iterator[str]:
    if not any(DATA_FILE.fullmatch(path.name) for path in tables):
        yield "MISSING_DATAFILE"
    declared = [each["name"] for each in described.get("variableMeasured", [])]
    seen: set[str] = set()
    for path in tables:
        if not DATA_FILE.fullmatch(path.name):
            yield "FILENAME_KEYWORD_FORMATTING_ERROR"
        elif {pair.split("-")[0] for pair in path.stem.split("_")[:-1]} - KEYWORDS:
            yield "FILENAME_UNOFFICIAL_KEYWORD_WARNING"
        with path.open(encoding="utf-8", newline="") as file:
            header, *rows = list(csv.reader(file)) or [[]]
        seen |= set(header)
        if not header:
            yield "CSV_HEADER_MISSING"
        if len(set(header)) < len(header):
            yield "CSV_HEADER_REPEATED"
        if any(len(row) != len(header) for row in rows):
            yield "CSV_HEADER_LENGTH_MISMATCH"
        if set(header) - set(declared):
            yield "CSV_COLUMN_MISSING_FROM_METADATA"
    if set(declared) - seen:
        yield "VARIABLE_MISSING_FROM_CSV_COLUMNS"


def _ignored(folder: Path, path: Path) -> bool:
    name = path.relative_to(folder).as_posix()
    ignore = folder / ".psychds-ignore"
    patterns = ignore.read_text("utf-8").splitlines() if ignore.exists() else []
    return any(
        name.startswith(pattern) if pattern.endswith("/") else fnmatch.fnmatch(path.name, pattern)
        for pattern in patterns
        if pattern and not pattern.startswith("#")
    )


# -- a study from its first session on


def test_a_study_is_valid_from_the_moment_its_first_session_begins(tmp_path: Path) -> None:
    study, _ = pilot_study(tmp_path)
    assert complaints(study.folder) == {"MISSING_DATAFILE", "VARIABLE_MISSING_FROM_CSV_COLUMNS"}
    files = study.open_session("P01", 1, session_record())
    assert complaints(study.folder) == set()
    files.close()


def test_a_study_stays_valid_whatever_becomes_of_its_sessions(tmp_path: Path) -> None:
    study, asked = pilot_study(tmp_path)
    run_session(study, asked, "P01")
    run_session(study, asked, "P01", session=2, closes_at=3)
    run_session(study, asked, "P02")
    study.session("P01", 2).file("torn.txt").write_text("half a line", encoding="utf-8")
    withdrawals.withdraw(study.folder, withdrawals.find_data(study.folder, "P02"))
    (study.folder / "checks").mkdir()
    (study.folder / "checks" / "LAB-1.json").write_text("{}", encoding="utf-8")
    running = study.open_session("P03", 1, session_record())
    other = Study(study.folder, "main").open_session("P03", 1, session_record())
    assert complaints(study.folder) == set()
    running.close()
    other.close()


def test_a_description_that_a_crash_cut_short_is_made_whole(tmp_path: Path) -> None:
    study, asked = pilot_study(tmp_path)
    run_session(study, asked, "P01")
    path = study.folder / "dataset_description.json"
    whole = path.read_bytes()
    for length in (0, 1, 500):
        path.write_bytes(whole[:length])
        study.prepare()
        assert path.read_bytes() == whole


def test_what_a_lab_adds_to_the_description_stays(tmp_path: Path) -> None:
    study, asked = pilot_study(tmp_path)
    run_session(study, asked, "P01")
    path = study.folder / "dataset_description.json"
    described = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(described | {"name": "Our study"}), encoding="utf-8")
    study.prepare()
    assert json.loads(path.read_text("utf-8"))["name"] == "Our study"
    assert complaints(study.folder) == set()


# -- what the description says


def declared(part: str | None = None) -> list[dict[str, Any]]:
    described = json.loads(psychds.description("Mixed images"))
    if part is not None:
        (described,) = [each for each in described["hasPart"] if each["name"] == part]
    variables: list[dict[str, Any]] = described["variableMeasured"]
    return variables


@pytest.mark.parametrize(
    ("part", "columns"), [(None, COLUMNS), ("Events", EVENT_COLUMNS), ("Pages", PAGE_COLUMNS)]
)
def test_every_column_is_declared_with_type_unit_and_range(
    part: str | None, columns: tuple[str, ...]
) -> None:
    variables = declared(part)
    assert tuple(each["name"] for each in variables) == columns
    types = {"string", "integer", "number", "boolean", "datetime"}
    for each in variables:
        assert each["@type"] == "PropertyValue"
        assert each["description"]
        assert each["value"] in types
        assert each["unitText"]
        assert {"minValue", "maxValue", "valueReference"} & each.keys(), each["name"]


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ("lambda_f", {"value": "number", "unitText": "1", "minValue": 0, "maxValue": 1}),
        ("omega", {"value": "number", "unitText": "1", "minValue": 0, "maxValue": 1}),
        ("rt_s", {"value": "number", "unitText": "s", "minValue": 0}),
        ("image_size", {"value": "integer", "unitText": "px", "minValue": 1}),
        ("practice", {"value": "boolean", "valueReference": "true or false"}),
        ("onset_utc", {"value": "datetime", "valueReference": "ISO 8601 with the time zone"}),
        ("class_i", {"value": "string", "valueReference": "any text"}),
        ("fingerprint_i", {"valueReference": "text that matches ^([0-9a-f]{16})?$"}),
        ("order_shown", {"value": "number", "minValue": 0, "maxValue": 1,
                         "valueReference": "several of them, with a space between"}),
    ],
)  # fmt: skip
def test_a_column_says_what_may_stand_in_it(column: str, said: dict[str, Any]) -> None:
    (variable,) = [each for each in declared() if each["name"] == column]
    assert said.items() <= variable.items()


@pytest.mark.parametrize("kind", [TrialRow, EventRow, PageRow])
def test_what_stands_in_a_study_is_in_the_range_declared(
    tmp_path: Path, kind: type[LogRow]
) -> None:
    study, asked = pilot_study(tmp_path)
    run_session(study, asked, "P01")
    suffix = {TrialRow: "data", EventRow: "events", PageRow: "pages"}[kind]
    path = study.session("P01", 1).file(f"{suffix}.csv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows
    for variable in psychds.variables(kind):
        cells = {cell for row in rows for cell in row[variable["name"]].split(" ") if cell}
        for cell in cells if variable["value"] in {"integer", "number"} else ():
            assert variable.get("minValue", float(cell)) <= float(cell)
            assert float(cell) <= variable.get("maxValue", float(cell))
        if variable["value"] == "boolean":
            assert cells <= {"true", "false"}


# -- the checker bites


def _undeclare(study: Study) -> None:
    path = study.folder / "dataset_description.json"
    described = json.loads(path.read_text("utf-8"))
    described["variableMeasured"].pop()
    path.write_text(json.dumps(described), encoding="utf-8")


def _declare_more(study: Study) -> None:
    path = study.folder / "dataset_description.json"
    described = json.loads(path.read_text("utf-8"))
    described["variableMeasured"].append({"@type": "PropertyValue", "name": "mood"})
    path.write_text(json.dumps(described), encoding="utf-8")


def _tear(study: Study) -> None:
    with study.session("P01", 1).file("data.csv").open("ab") as file:
        file.write(b"P01,1")


def _misname(study: Study) -> None:
    (study.data / "P01_data.csv").write_text("participant\r\n", encoding="utf-8")


def _unignore(study: Study) -> None:
    (study.folder / ".psychds-ignore").unlink()


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (_undeclare, "CSV_COLUMN_MISSING_FROM_METADATA"),
        (_declare_more, "VARIABLE_MISSING_FROM_CSV_COLUMNS"),
        (_tear, "CSV_HEADER_LENGTH_MISMATCH"),
        (_misname, "FILENAME_KEYWORD_FORMATTING_ERROR"),
        (_unignore, "FILE_NOT_CHECKED"),
    ],
)
def test_the_check_finds_what_is_wrong(
    tmp_path: Path, spoil: Callable[[Study], None], code: str
) -> None:
    study, asked = pilot_study(tmp_path)
    run_session(study, asked, "P01")
    spoil(study)
    assert code in complaints(study.folder)


def test_the_description_of_an_older_study_gets_the_column_that_it_lacks(tmp_path: Path) -> None:
    study, _ = pilot_study(tmp_path)
    path = study.folder / "dataset_description.json"
    described = json.loads(path.read_text("utf-8")) | {"name": "Our cats"}
    described["variableMeasured"] = [
        column for column in described["variableMeasured"] if column["name"] != "chose_i"
    ]
    path.write_text(json.dumps(described), encoding="utf-8")
    study.prepare()
    study.open_session("P01", 1, session_record()).close()
    assert complaints(study.folder) == set()
    assert json.loads(path.read_text("utf-8"))["name"] == "Our cats"


def test_the_line_for_pandas_reads_every_text_back() -> None:
    (line,) = [each.strip() for each in psychds.README.splitlines() if "str.replace" in each]
    texts = [f"{quotes}{sign}1" for quotes in ("", "'", "''") for sign in SIGNS] + ["cat", "'tis"]
    text = pd.Series([escape_formula(each) for each in texts])
    assert eval(line, {"text": text}).tolist() == texts
