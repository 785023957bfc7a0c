"""Files that a spreadsheet, or another program, changed are named for what they are."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest

from elicit.errors import ElicitError, LogError
from elicit.log.reader import read, read_table
from elicit.log.rows import COLUMNS, PageRow
from learn.study.exclusions import read_exclusions
from learn.study.table import read_study
from stimuli.csv_files import MAX_CELL_CHARS
from stimuli.errors import StimulusError
from stimuli.sets.hmix import read_rows
from tests.learn.helpers.handwritten_studies import FIRST, write_session

Change = Callable[[str], bytes]
PAGE = "P1,1,0,survey,cat,Why?,,,1.5,2026-05-04T12:00:00Z\r\n"
AGAIN = "use the file as it was first written"


def with_signs(sign: str) -> Change:
    """Return what writes a table with another sign between its cells."""

    def change(text: str) -> bytes:
        made = io.StringIO()
        csv.writer(made, delimiter=sign).writerows(csv.reader(io.StringIO(text, newline="")))
        return made.getvalue().encode()

    return change


def with_cell(column: str, cell: str) -> Change:
    """Return what writes another cell into a table's second row."""

    def change(text: str) -> bytes:
        rows = list(csv.reader(io.StringIO(text, newline="")))
        rows[2][rows[0].index(column)] = cell
        made = io.StringIO()
        csv.writer(made).writerows(rows)
        return made.getvalue().encode()

    return change


WHOLE: dict[str, tuple[Change, str]] = {
    "semicolons": (with_signs(";"), r":1: not .*: its cells are separated by semicolons"),
    "tabs": (with_signs("\t"), r":1: not .*: its cells are separated by tabs"),
    "UTF-16": (lambda text: text.encode("utf-16"), ": not .*: is saved as UTF-16, and must be"),
    "UTF-16 without a mark": (
        lambda text: text.encode("utf-16-le"),
        ":.* not .*: is saved as UTF-16, and must be",
    ),
    "cp1252": (
        lambda text: text.replace("cat", "K\u00e4tzchen").encode("cp1252"),
        ": not .*: must be UTF-8 text, got the byte 0xe4 in line ",
    ),
}
CELLS: dict[str, tuple[Change, str]] = {
    "a rounded fingerprint": (
        with_cell("fingerprint_i", "3.77911E+14"),
        r":3: fingerprint_i: must be 16 digits or small letters from a to f, or blank, got "
        r"'3\.77911E\+14'; a spreadsheet rounded it",
    ),
    "a fingerprint of Excel in Germany": (
        with_cell("fingerprint_i", "3,77911E+14"),
        ":3: fingerprint_i: .*; a spreadsheet rounded it",
    ),
    "a fingerprint without its zeros": (
        with_cell("fingerprint_i", "123456789012"),
        ":3: fingerprint_i: .*; a spreadsheet left out the zeros before it",
    ),
    "a truth value of Excel in Germany": (
        with_cell("practice", "WAHR"),
        ":3: practice: must be true or false, got 'WAHR'; a spreadsheet wrote it in its own lang",
    ),
    "a date of Excel": (
        with_cell("onset_utc", "05.01.2026 09:30"),
        r":3: onset_utc: must be a time such as .*Z, got '05\.01\.2026 09:30'; a spreadsheet "
        "wrote the date in its own form",
    ),
    "an American date": (
        with_cell("onset_utc", "1/5/2026 9:30:00 AM"),
        ":3: onset_utc: .*; a spreadsheet wrote the date in its own form",
    ),
    "a decimal comma": (
        with_cell("lambda_f", "0,25"),
        ":3: lambda_f: must be a number, got '0,25'; a spreadsheet wrote a comma for the decimal",
    ),
}


@pytest.mark.filterwarnings("ignore:.*torn off:elicit.errors.TornLineWarning")
@pytest.mark.parametrize("name", [*WHOLE, *CELLS])
def test_a_log_that_a_spreadsheet_changed_is_named_for_what_it_is(
    name: str, tmp_path: Path
) -> None:
    change, told = (WHOLE | CELLS)[name]
    log = write_session(tmp_path, "P01", *FIRST)
    log.write_bytes(change(log.read_text(encoding="utf-8")))
    for reading in (lambda: read(log), lambda: read_study(tmp_path)):
        with pytest.raises(LogError, match=rf"data\.csv{told}.*{AGAIN}") as caught:
            reading()
        assert str(caught.value).count("column") <= 1  # not a list of all that are missing
        assert "\n" not in str(caught.value)


@pytest.mark.filterwarnings("ignore:.*torn off:elicit.errors.TornLineWarning")
@pytest.mark.parametrize("name", WHOLE)
def test_other_tables_that_a_spreadsheet_changed_are_named_too(name: str, tmp_path: Path) -> None:
    change, told = WHOLE[name]
    tables: dict[str, tuple[type[Exception], Callable[[Path], object]]] = {
        "participant,exclude,cat\r\nP01,yes,cat\r\n": (
            ElicitError,
            lambda path: read_exclusions(path, read_study(tmp_path)),
        ),
        "subject,condition,class_pair\r\nx,1,cat\r\n": (
            StimulusError,
            lambda path: list(read_rows(path, ["subject", "condition"])),
        ),
        ",".join(PageRow.model_fields) + "\r\n" + PAGE: (
            LogError,
            lambda path: read_table(path, PageRow),
        ),
    }
    write_session(tmp_path, "P01", *FIRST)
    path = tmp_path / "table.csv"
    for text, (kind, reading) in tables.items():
        path.write_bytes(change(text))
        with pytest.raises(kind, match=rf"table\.csv{told}.*{AGAIN}"):
            reading(path)


def test_a_right_table_is_read_whatever_mark_and_line_ends_it_has(tmp_path: Path) -> None:
    log = write_session(tmp_path, "P01", *FIRST)
    log.write_bytes(b"\xef\xbb\xbf" + log.read_bytes().replace(b"\r\n", b"\n"))
    assert len(read(log)) == len(read_study(tmp_path)) == 3


@pytest.mark.parametrize("more", [0, 1])
def test_a_cell_is_read_up_to_the_limit(more: int, tmp_path: Path) -> None:
    log = write_session(tmp_path, "P01", *FIRST)
    log.write_bytes(with_cell("block", "x" * (MAX_CELL_CHARS + more))(log.read_text("utf-8")))
    for reading in (lambda: read(log), lambda: read_study(tmp_path)):
        if not more:
            assert len(reading()) == 3
            continue
        with pytest.raises(LogError, match=r"data\.csv:3: a cell must have at most 1,000,000 char"):
            reading()


def test_a_header_says_which_columns_are_missing(tmp_path: Path) -> None:
    log = write_session(tmp_path, "P01", *FIRST)
    log.write_bytes(log.read_bytes().replace(b"omega", b"omegas", 1))
    with pytest.raises(LogError, match=r"data\.csv:1: not a trial log: no column omega$"):
        read(log)
    assert "omega" in COLUMNS
