"""Rows as files hold them: what csv writes, on disk at once or when the system gets to it."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elicit.errors import LogUnwritableError
from elicit.log.reader import read_events
from elicit.log.rows import EVENT_COLUMNS, EventRow
from elicit.log.writer import Writer, line

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
        assert read_events(tmp_path / name) == [ROW, ROW]  # before it is closed, too
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
