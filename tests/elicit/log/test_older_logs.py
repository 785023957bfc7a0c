"""Logs from before a column was added are read as those of today, and go on in their own form."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from elicit.errors import LogError
from elicit.log.reader import read, read_table
from elicit.log.repair import mend
from elicit.log.rows import COLUMNS, NAMES_CLASSES, TrialRow
from elicit.log.writer import Writer
from tests.elicit.log.test_reader import A_ROW, logged, some_rows
from tests.helpers.examples import examples
from tests.helpers.older_logs import ADDED, LATER, OLDER, make_older, remove_columns

SHARE = TrialRow(**A_ROW)
NAMED = [
    TrialRow(**A_ROW | {"paradigm": "discriminate", "lambda_g": None, "chose_i": said_i})
    for said_i in (True, False)
]
PROPERTY = settings(
    max_examples=examples(40),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def changed(path: Path, column: str, cell: str) -> Path:
    """Overwrite one cell of a log's only row."""
    with path.open(encoding="utf-8", newline="") as file:
        header, cells = csv.reader(file)
    cells[header.index(column)] = cell
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, cells])
    return path


@dataclass(frozen=True)
class OlderForm:
    """What trial logs were before some columns."""

    lacking: tuple[str, ...]

    def make(self, path: Path) -> Path:
        """Rewrite a trial log as it was then."""
        return (
            make_older(path) if "chose_i" in self.lacking else remove_columns(path, *self.lacking)
        )

    @property
    def header(self) -> tuple[str, ...]:
        """The columns of then."""
        return tuple(column for column in COLUMNS if column not in self.lacking)

    def rows(self, rows: Sequence[TrialRow]) -> list[TrialRow]:
        """Return rows as such a log has them; a class named is in another column there."""
        blank = [column for column in self.lacking if column != "chose_i"]
        cells = {column: TrialRow.model_fields[column].default for column in blank}
        return [row.model_copy(update=cells) for row in rows]

    def select(self, rows: Sequence[TrialRow]) -> list[TrialRow]:
        """Return the rows that such a log can have: no classes named before there were columns."""
        none = NAMES_CLASSES if "chosen_1" in self.lacking else ()
        return [row for row in rows if row.paradigm not in none]


FORMS = pytest.mark.parametrize(
    "form",
    [OlderForm(tuple(chain(*ADDED[k:]))) for k in range(len(ADDED))],
    ids=[f"before {columns[0]}" for columns in ADDED],
)


@FORMS
@given(written=some_rows)
@PROPERTY
def test_an_older_log_reads_as_the_same_log_of_today(
    tmp_path: Path,
    form: OlderForm,
    written: list[TrialRow],
) -> None:
    path = tmp_path / "P01.csv"
    path.unlink(missing_ok=True)
    written = form.select(written)
    form.make(logged(path, *written))
    assert path.read_bytes().startswith(",".join(form.header).encode() + b"\r\n")
    assert read(path) == form.rows(written)


@FORMS
@given(written=some_rows, kept=st.integers(0, 3))
@PROPERTY
def test_an_older_log_goes_on_in_its_own_form(
    tmp_path: Path,
    form: OlderForm,
    written: list[TrialRow],
    kept: int,
) -> None:
    written = form.select(written)
    before, after = written[:kept], written[kept:]
    path = tmp_path / "P01.csv"
    path.unlink(missing_ok=True)
    form.make(logged(path, *before))
    assert mend(path, TrialRow, tmp_path / "torn.txt") == form.rows(before)
    writer = Writer(path, COLUMNS, resume=True)
    writer.append(*after)
    writer.close()
    with path.open(encoding="utf-8", newline="") as file:
        assert {len(cells) for cells in csv.reader(file)} == {len(form.header)}
    assert read(path) == form.rows(written)


@pytest.mark.parametrize("lambda_g", ["0.5", "0.999", "", "true", "nan", "2"])
def test_an_older_row_that_names_no_class_is_refused_in_a_line(
    lambda_g: str, tmp_path: Path
) -> None:
    path = changed(make_older(logged(tmp_path / "P01.csv", NAMED[0])), "lambda_g", lambda_g)
    with pytest.raises(
        LogError,
        match=r"P01\.csv:2: lambda_g: must be 1 or 0 in discriminate, in a log without the column "
        rf"chose_i, got '{lambda_g}'$",
    ):
        read(path)


@pytest.mark.parametrize("lambda_g", ["1", "1.0", "1e0", "1.00"])
def test_a_class_is_read_however_a_spreadsheet_wrote_it(lambda_g: str, tmp_path: Path) -> None:
    path = changed(make_older(logged(tmp_path / "P01.csv", NAMED[0])), "lambda_g", lambda_g)
    assert read(path) == OlderForm(LATER).rows([NAMED[0]])


@pytest.mark.parametrize(
    ("row", "column", "cell", "told"),
    [
        (NAMED[0], "lambda_g", "1.0", "must be blank in discriminate, whose answer is chose_i"),
        (NAMED[0], "chose_i", "", "must be true or false, as it is the answer of discr"),
        (NAMED[0], "chose_i", "1.5", "must be true or false"),
        (SHARE, "chose_i", "true", "must be blank in infer, whose answer is lambda_g"),
        (SHARE, "lambda_g", "", "must be a number from 0 to 1, as it is the answer of infer"),
    ],
)
def test_a_row_with_both_answers_or_with_neither_is_refused(
    row: TrialRow, column: str, cell: str, told: str, tmp_path: Path
) -> None:
    path = changed(logged(tmp_path / "P01.csv", row), column, cell)
    with pytest.raises(LogError, match=rf"P01\.csv:2: {column}: {told}.*, got '{cell}'$"):
        read(path)


@pytest.mark.parametrize("changes", [{"chose_i": True}, {"lambda_g": None}])
def test_no_row_with_two_answers_or_none_can_be_made(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"in infer|of infer"):
        TrialRow(**A_ROW | changes)


@pytest.mark.parametrize("kept", range(1, len(",".join(OLDER)) + 3, 7))
def test_a_torn_header_of_an_older_log_is_set_aside(kept: int, tmp_path: Path) -> None:
    path = tmp_path / "P01.csv"
    path.write_bytes((",".join(OLDER) + "\r\n").encode()[:kept])
    assert read_table(path, TrialRow, warn=False).rows == []


def test_a_log_without_a_column_takes_no_row(tmp_path: Path) -> None:
    path = logged(tmp_path / "P01.csv", SHARE)
    path.write_bytes(path.read_bytes().replace(b"lambda_g,", b"mixed,", 1))
    with pytest.raises(LogError, match=r"P01\.csv:1: no column lambda_g; nothing is added to it$"):
        Writer(path, COLUMNS, resume=True)


def test_a_log_whose_columns_a_spreadsheet_moved_takes_rows_in_that_order(tmp_path: Path) -> None:
    path = logged(tmp_path / "P01.csv", SHARE)
    with path.open(encoding="utf-8", newline="") as file:
        rows = [["mine", *reversed(cells)] for cells in csv.reader(file)]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    writer = Writer(path, COLUMNS, resume=True)
    writer.append(*NAMED)
    writer.close()
    assert read(path) == [SHARE, *NAMED]
