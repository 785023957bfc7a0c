"""No text runs as a formula in a spreadsheet, and every text is read back as it was."""

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elicit.log.records import format_cell
from stimuli.formulas import SIGNS, escape_formula, unescape_formula
from stimuli.manifest.rows import ManifestRow, parse

ROOT = Path(__file__).parents[2]
TEXTS = st.text() | st.builds(str.__add__, st.text(SIGNS + "'", max_size=4), st.text(max_size=3))


@given(TEXTS)
def test_a_text_begins_with_no_sign_of_a_formula_and_is_read_back(text: str) -> None:
    cell = escape_formula(text)
    assert not cell.startswith(tuple(SIGNS))
    assert unescape_formula(cell) == text


@pytest.mark.parametrize("text", ["", "cat", "'tis", "''", "it's = 3", "a-b", " =1", "1"])
def test_ordinary_texts_stay_as_they_are(text: str) -> None:
    assert escape_formula(text) == unescape_formula(text) == text


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "-dog", "'@x", "+1"])
def test_a_class_of_a_manifest_runs_nowhere(name: str) -> None:
    row = ManifestRow(0, 0, name, 1, "zebra", 2, 0.5, "0" * 64, "1" * 16, "2" * 16, name, 8)
    assert not any(cell.startswith(tuple(SIGNS)) for cell in row.cells)
    assert parse([*row.cells]) == row


def test_whatever_writes_csv_escapes() -> None:
    writers = []
    for package in ("elicit", "learn", "stimuli"):
        for path in sorted((ROOT / package).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            calls = {
                ast.unparse(node.func)
                for node in ast.walk(ast.parse(text))
                if isinstance(node, ast.Call)
            }
            if any(call.endswith(("csv.writer", ".to_csv", "DictWriter")) for call in calls):
                writers.append(path)
    assert len(writers) == 4
    for path in writers:
        rows = path.with_name("rows.py") if path.parent.name == "manifest" else path
        text = rows.read_text(encoding="utf-8")
        assert "escape_formula(" in text or "format_cell, " in text, path
    assert [format_cell(text) for text in ("=1", "@a", "a")] == ["'=1", "'@a", "a"]
