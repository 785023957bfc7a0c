"""Rows as files hold them: what csv writes, on disk at once or when the system gets to it."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timezone
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elicit.errors import LogUnwritableError
from elicit.log.reader import read_events, read_table
from elicit.log.rows import EVENT_COLUMNS, PAGE_COLUMNS, EventRow, PageRow
from elicit.log.writer import Writer, line
from stimuli.formulas import SIGNS

ROW = EventRow(
    trial=3, at_s=1.25, cause='a "quoted", key', event="step", value=-1, slider=None, counted=True
)
any_cell = st.one_of(st.text(), st.sampled_from(["", ",", '"', "\r", "\n", "a,b", "-1", "0.5"]))


@given(st.lists(any_cell.filter(lambda text: text.isprintable() or text in "\r\n"), min_size=1))
def test_a_row_is_what_csv_writes(cells: list[str]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    assert line(cells) == text.getvalue().encode()


def test_rows_that_need_not_be_on_disk_at_once_are_the_same_rows(tmp_path: Path) -> None:
    for name, durable in (("at_once", True), ("later", False)):
        writer = Writer(tmp_path / name, EVENT_COLUMNS, durable=durable)
        writer.append(ROW, ROW)
        numbered = [ROW.model_copy(update={"row": number}) for number in (0, 1)]
        assert read_events(tmp_path / name) == numbered  # before it is closed, too
        writer.close()
    assert (tmp_path / "later").read_bytes() == (tmp_path / "at_once").read_bytes()


def test_a_file_that_was_moved_away_is_told_of_also_where_rows_may_come_later(
    tmp_path: Path,
) -> None:
    writer = Writer(tmp_path / "events.csv", EVENT_COLUMNS, durable=False)
    (tmp_path / "events.csv").unlink()
    with pytest.raises(LogUnwritableError, match=r"events\.csv: cannot be written: No such file"):
        writer.append(ROW)
    writer.close()


RISKY = st.text(max_size=6) | st.builds(
    str.__add__, st.text(SIGNS + "'", max_size=3), st.text(max_size=3)
)


@settings(max_examples=60)
@given(RISKY, RISKY)
def test_no_text_of_a_log_runs_as_a_formula_and_each_is_read_back(answer: str, key: str) -> None:
    said = PageRow(
        participant="P01",
        session=1,
        page=2,
        kind="survey",
        item=key,
        question=answer,
        answer=answer,
        correct=None,
        rt_s=1.5,
        at_utc=datetime(2026, 1, 5, tzinfo=timezone.utc),
    )
    with TemporaryDirectory() as folder:
        path = Path(folder) / "pages.csv"
        writer = Writer(path, PAGE_COLUMNS, durable=False)
        writer.append(said)
        writer.close()
        assert read_table(path, PageRow).rows == [said]
        with path.open(encoding="utf-8", newline="") as file:
            cells = list(csv.reader(file))[1]
    assert not any(cell.startswith(tuple(SIGNS)) for cell in cells)


def test_numbers_of_a_log_stay_numbers(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    early = ROW.model_copy(update={"at_s": -0.5, "cause": "-"})
    writer = Writer(path, EVENT_COLUMNS)
    writer.append(early)
    writer.close()
    assert b"3,,-0.5,'-,step,-1,,true," in path.read_bytes()
    assert read_events(path) == [early.model_copy(update={"row": 0})]
