"""What a session's record holds, and how it is read."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from elicit.errors import StudyError
from elicit.log.session_record import SessionEnd, SessionRecord, parse_time
from elicit.session.provenance import read_curves
from tests.elicit.helpers.session_records import CONTENT, session_record

BLOCK: dict[str, Any] = {
    "name": "main",
    "paradigm": "discriminate",
    "lambda_grid": [0.2, 0.5, 0.8],
    "measured": {
        "curve_for": "class_pair",
        "target": "pse",
        "prior": {"pse_mean": 0.5},
        "rule": "widening",
    },
    "set_sha256": "0" * 64,
    "batch": 1,
    "batches": 3,
    "trials": 60,
}
REST: dict[str, Any] = {
    "screen": {"window": True, "size_px": [1024, 600]},
    "clock": "seconds",
    "started_utc": "2026-05-04T12:00:00.250Z",
    "station": "Büro",
    "system": "Linux",
    "versions": {"python": "3.10"},
}
OBSERVER = {"name": "ideal", "settings": {"lapse": 0.1}, "seed": 3}


def file(folder: Path, content: object) -> Path:
    path = folder / "a_session.json"
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return path


@pytest.mark.parametrize("more", [{}, {"observer": OBSERVER}])
def test_what_is_read_is_written_again_to_the_byte(tmp_path: Path, more: dict[str, Any]) -> None:
    first = {key: value for key, value in CONTENT.items() if key not in REST}
    first["stimuli"] = {**first["stimuli"], "process": "cutmix"}
    path = file(tmp_path, first | {"blocks": [BLOCK]} | REST | more)
    record = SessionRecord.read(path)
    assert record is not None
    assert record.text() == path.read_text("utf-8")


def test_an_older_file_without_the_later_keys_is_read(tmp_path: Path) -> None:
    older = {key: value for key, value in CONTENT.items() if key != "try"}
    path = file(tmp_path, older | {"blocks": [{"name": "main", "paradigm": "infer"}]})
    record = SessionRecord.read(path)
    assert record is not None
    assert (record.attempt, record.versions, record.observer) == (1, {}, None)
    assert record.stimuli.process == "mixup"
    assert (record.blocks[0].batches, record.blocks[0].trials) == (None, None)
    measured = {key: value for key, value in BLOCK["measured"].items() if key != "rule"}
    record = SessionRecord.read(
        file(tmp_path, older | {"blocks": [BLOCK | {"measured": measured}]})
    )
    assert record is not None
    assert record.blocks[0].measured is not None
    assert record.blocks[0].measured.rule == "fixed"


@pytest.mark.parametrize("content", ["", "{", "[]", "{}"])
def test_a_torn_file_states_nothing(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a_session.json"
    path.write_text(content, encoding="utf-8")
    assert SessionRecord.read(path) is None
    assert SessionRecord.read(tmp_path / "none.json") is None


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"seed": None}, "seed: is missing"),
        ({"seed": None, "station": None}, "seed, station: are missing"),
        ({"blocks": [{"name": "main"}], "seed": None}, "seed, blocks.0.paradigm: are missing"),
        ({"stimuli": {"source": "x"}}, "stimuli.image_size: is missing"),
        ({"seed": "x"}, "seed: must be a whole number, got 'x'"),
        (
            {"started_utc": "noon"},
            "started_utc: must be a time such as 2026-05-04T12.*Z, got 'noon'",
        ),
    ],
)
def test_what_is_missing_or_wrong_is_told_in_one_line_with_the_file(
    tmp_path: Path, changes: dict[str, Any], problem: str
) -> None:
    content = {key: value for key, value in (CONTENT | changes).items() if value is not None}
    path = file(tmp_path, content)
    expected = rf"^{path}: {problem}; restore the file as the session wrote it$"
    with pytest.raises(StudyError, match=expected):
        SessionRecord.read(path)


def test_a_record_is_equal_to_its_file(tmp_path: Path) -> None:
    record = session_record(blocks=[BLOCK], attempt=2)
    path = file(tmp_path, record.content())
    assert record.content()["try"] == 2
    assert SessionRecord.read(path) == record


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"allocation": -1}, "allocation: must be at least 0, got -1"),
        ({"allocation": 10**18}, "allocation: must be at most 10000000, got 1"),
        ({"try": 0}, "try: must be at least 1, got 0"),
        ({"blocks": [BLOCK | {"batches": 10**9}]}, "blocks.0.batches: must be at most 10000000"),
        ({"blocks": [BLOCK | {"lambda_grid": [0.5, float("inf")]}]}, "lambda_grid.1: must be"),
        ({"blocks": [BLOCK | {"measured": {"target": "x"}}]}, "measured.target: must be one of"),
        ({"blocks": 3}, "blocks: must be a list, got 3"),
    ],
)
def test_numbers_that_no_study_has_are_told(
    tmp_path: Path, changes: dict[str, Any], problem: str
) -> None:
    path = tmp_path / "a_session.json"
    path.write_text(json.dumps(CONTENT | changes), encoding="utf-8")
    with pytest.raises(StudyError, match=problem):
        SessionRecord.read(path)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ('{"status": "finished", "ended_utc": "ا"}', "ended_utc: must be a time such as"),
        ('{"status": "done"}', "status: must be one of finished, consent withheld, got 'done'"),
        ('{"participant": "P1"}', "status: is missing"),
        ("[]", "is damaged"),
        ("", "is damaged"),
        ('{"status": "finished", "sha256": [1]}', "sha256: must be a mapping"),
    ],
)
def test_an_end_that_is_none_is_told_with_its_file(
    tmp_path: Path, content: str, problem: str
) -> None:
    path = tmp_path / "a_end.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(StudyError, match=f"a_end.json: {problem}.*; restore the file"):
        SessionEnd.read(path)


def test_the_end_of_an_older_version_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a_end.json"
    path.write_text('{"status": "finished"}\n', encoding="utf-8")
    assert SessionEnd.read(path) == SessionEnd(status="finished")
    assert SessionEnd.read(tmp_path / "none_end.json") is None


def test_a_time_without_a_zone_is_utc_and_can_be_compared() -> None:
    assert parse_time("2026-05-04T12:00:00") == parse_time("2026-05-04T12:00:00Z")


STRANGE: tuple[object, ...] = (
    *(None, True, [], {}, [[]], "", "x", "[/x]", -1, 0, 0.5, 1e400, -1e400, float("nan"), 10**30),
    *("\ud800", "\0", "a" * 10_000, ["x"], {"x": 1}, "2000-01-01", "../../x", "ا", [None], 2**63),
)


def places(content: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each container within `content` with each of its keys."""
    keys = content if isinstance(content, dict) else range(len(content))
    for key in keys:
        yield content, key
        if isinstance(content[key], (dict, list)):
            yield from places(content[key])


def test_any_value_under_any_key_is_taken_or_told_in_one_line(tmp_path: Path) -> None:
    whole = json.dumps(CONTENT | REST | {"blocks": [BLOCK], "observer": OBSERVER})
    path, taken = tmp_path / "a_session.json", 0
    told: list[str] = []
    for number in range(len(list(places(json.loads(whole))))):
        for value in STRANGE:
            content = json.loads(whole)
            container, key = list(places(content))[number]
            container[key] = value
            path.write_text(json.dumps(content), encoding="utf-8")
            try:
                record = SessionRecord.read(path)
                if record is not None:
                    read_curves(record, path)
                    record.text().encode()
                taken += 1
            except StudyError as error:
                told.append(str(error))
    assert all(line.startswith(f"{path}: ") and "\n" not in line for line in told)
    assert max(map(len, told)) < 600
    assert min(taken, len(told)) > 100
