"""The files of a run folder that a person may change, and a disk may damage."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from elicit.errors import ElicitError
from learn.runs.files import read_measures, read_metrics, read_record


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("settings", [], "settings: must be a mapping, got"),
        ("sha256", {"images": 3}, "sha256.images: must be text, got '3'"),
        ("blends_dropped", [1], "blends_dropped: must be a whole number"),
        ("machine", "[/x]", "machine: must be a mapping"),
        ("processes", 1e400, "processes: must be a (whole|finite) number"),
    ],
)
def test_a_record_of_no_run_is_told(tmp_path: Path, key: str, value: object, told: str) -> None:
    path = tmp_path / "run.json"
    path.write_text(json.dumps({"status": "finished", key: value}), encoding="utf-8")
    with pytest.raises(ElicitError, match=rf"run\.json: {told}.*; delete the run folder$"):
        read_record(path)


def test_a_record_keeps_what_others_do_not_read(tmp_path: Path) -> None:
    said = {"status": "finished", "settings": {"seed": 1}, "command": ["learn"], "of_mine": [3]}
    (tmp_path / "run.json").write_text(json.dumps(said), encoding="utf-8")
    assert read_record(tmp_path / "run.json") == said


@pytest.mark.parametrize("value", ["much", [0.3], {"a": 1}, "[/x]"])
def test_a_measure_that_is_no_number_is_told(tmp_path: Path, value: object) -> None:
    path = tmp_path / "result.json"
    path.write_text(json.dumps({"ce": 0.3, "accuracy": None, "ece": value}), encoding="utf-8")
    with pytest.raises(ElicitError, match=r"result\.json: ece: must be a number, got"):
        read_measures(path)
    path.write_text(json.dumps({"ce": 0.3, "accuracy": None}), encoding="utf-8")
    assert read_measures(path) == {"ce": 0.3, "accuracy": None}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("epoch,loss\n1,0.5,7\n", "line 2: has more cells than the header"),
        ("epoch,loss\n1,0.5\n2,x\n", "line 3: loss: must be a number, got 'x'"),
    ],
)
def test_metrics_that_are_none_are_told(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "metrics.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ElicitError, match=rf"metrics\.csv: cannot be read: {told}; delete it"):
        read_metrics(path)
    path.write_text("epoch,loss\n1,0.5\n2\n", encoding="utf-8")
    assert read_metrics(path) == [{"epoch": "1", "loss": "0.5"}, {"epoch": "2", "loss": ""}]
