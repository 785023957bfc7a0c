"""CSV files that a spreadsheet, or another program, saved in a form of its own."""

import codecs
import csv
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

MAX_CELL_CHARS = 1_000_000  # no answer of a person is as long

CELL_TOO_LONG = f"a cell must have at most {MAX_CELL_CHARS:,} characters; is a quote not closed?"
SAVE_AGAIN = "use the file as it was first written, or save it again as 'CSV UTF-8' with commas"
_SAVED_AS_UTF_16 = f"is saved as UTF-16, and must be UTF-8; {SAVE_AGAIN}"
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}
_ROUNDED = re.compile(r"[-+]?\d([.,]\d+)?E[-+]?\d+")  # as 3.77911E+14
_DATE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}( \d{1,2}:\d{2}(:\d{2})?( [AP]M)?)?")
_TRUTH_VALUE = re.compile(
    "WAHR|FALSCH|VRAI|FAUX|VERDADERO|FALSO|VERO|WAAR|ONWAAR|PRAWDA|FA\u0141SZ"
)
_AS_FIRST_WRITTEN = "use the file as it was first written"
_DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+")


@contextmanager
def limit_cells() -> Iterator[None]:
    """Let the csv module read cells of up to MAX_CELL_CHARS in the `with` block."""
    before = csv.field_size_limit(MAX_CELL_CHARS)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def trim_blank_rows(raw: bytes) -> bytes:
    """Return a CSV file without the rows at its end that only have commas, as spreadsheets add."""
    whole = raw.rstrip(b",\r\n \t")
    if len(whole) == len(raw):
        return raw
    begin = raw.find(b"\n", len(whole)) + 1  # the last row that says something may end in commas
    return raw[:begin] if begin else raw


def explain_csv(error: csv.Error) -> str:
    """Return what the csv module found, in a person's words."""
    if "field limit" in str(error):
        return CELL_TOO_LONG
    return str(error)


def is_utf_16(raw: bytes) -> bool:
    """Return whether bytes begin as text in UTF-16 does."""
    return raw.startswith(_UTF_16)


def explain_encoding(raw: bytes) -> str:
    """Return why bytes are not UTF-8 text, and what to do; "" where they are."""
    if is_utf_16(raw):
        return _SAVED_AS_UTF_16
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        came = f"the byte 0x{raw[error.start]:02x} in line {line}"
        return f"must be UTF-8 text, got {came}; {SAVE_AGAIN}"
    return ""


def explain_header(header: Sequence[str], needed: Sequence[str]) -> str:
    """Return what is wrong with the columns of a file; "" where nothing is.

    Args:
        header: the cells of the first line, as they were read with commas.
        needed: the columns that must be there.
    """
    missing = [column for column in needed if column not in header]
    if not missing:
        return ""
    line = ",".join(header)
    if "\0" in line:
        return _SAVED_AS_UTF_16
    there = len(needed) - len(missing)
    for sign, name in _SEPARATORS.items():
        cells = {cell.strip().strip('"') for cell in line.split(sign)}
        if len(cells) > 1 and sum(column in cells for column in needed) > there:
            return f"its cells are separated by {name}, and must be by commas; {SAVE_AGAIN}"
    return f"no column {', '.join(missing)}"


def explain_cell(column: str, cell: str) -> str:
    """Return what a spreadsheet made of a cell that is not allowed; "" where it made nothing.

    Args:
        column: of the cell.
        cell: as the file has it.
    """
    changes = (
        (_ROUNDED, "rounded it"),
        (_DATE, "wrote the date in its own form"),
        (_DECIMAL_COMMA, "wrote a comma for the decimal point"),
        (_TRUTH_VALUE, "wrote it in its own language"),
    )
    if column.startswith("fingerprint") and re.fullmatch(r"\d{1,15}", cell):
        return f"; a spreadsheet left out the zeros before it: {_AS_FIRST_WRITTEN}"
    for form, change in changes:
        if form.fullmatch(cell):
            return f"; a spreadsheet {change}: {_AS_FIRST_WRITTEN}"
    return ""
