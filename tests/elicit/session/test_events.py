"""What was done is a row of the events file, and the row leads back to it."""

import csv
from pathlib import Path

import pytest

from elicit.log.rows import EVENT_COLUMNS, EventRow
from elicit.log.writer import Writer
from elicit.session.events import from_row, to_row
from elicit.trial import (
    Choose,
    Closed,
    Confirm,
    Digit,
    Erase,
    Event,
    Focus,
    Jump,
    Leave,
    Slide,
    Step,
    Timed,
)


@pytest.mark.parametrize(
    ("event", "name", "value", "slider"),
    [
        (Step(-4), "step", -4, None),
        (Jump(1), "jump", 1, None),
        (Focus(-1), "focus", -1, None),
        (Choose(0), "choose", 0, None),
        (Slide(1, 0), "slide", 0, 1),
        (Digit(7), "digit", 7, None),
        (Erase(), "erase", None, None),
        (Confirm(), "confirm", None, None),
        (Leave(), "leave", None, None),
        (Closed(), "closed", None, None),
    ],
)
def test_every_act_has_a_row_in_the_events_file(
    tmp_path: Path, event: Event | Leave | Closed, name: str, value: int | None, slider: int | None
) -> None:
    row = to_row(2, 10.0, Timed(event, 10.5, "right"), counted=True)
    assert row == EventRow(
        trial=2, at_s=0.5, cause="right", event=name, value=value, slider=slider, counted=True
    )
    writer = Writer(tmp_path / "events.csv", EVENT_COLUMNS)
    writer.append(row)
    writer.close()
    with writer.path.open(encoding="utf-8", newline="") as file:
        (cells,) = csv.DictReader(file)
    read_back = EventRow.model_validate(cells)
    assert read_back == row.model_copy(update={"row": 0})
    assert from_row(read_back) == (None if isinstance(event, Leave | Closed) else event)


def test_an_act_before_the_trial_has_a_negative_time() -> None:
    assert to_row(0, 10.0, Timed(Confirm(), 9.75, "enter"), counted=False).at_s == -0.25


def test_an_act_on_a_page_says_which(tmp_path: Path) -> None:
    row = to_row(None, 10.0, Timed(Confirm(), 10.5, "enter"), counted=True, page=3)
    assert (row.trial, row.page) == (None, 3)
