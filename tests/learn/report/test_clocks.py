"""Times of day of a clock that was set back say nothing of how long a session took."""

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from typer.testing import CliRunner

from elicit.log.rows import TrialRow
from learn.cli import app
from learn.report.numbers import clock_steps, overview
from learn.stats.bootstrap import resample
from learn.study.table import read_study
from tests.learn.helpers.handwritten_studies import row, write_session

NOON = datetime(2026, 5, 4, 12, tzinfo=timezone.utc)


def session(step: timedelta = timedelta()) -> list[TrialRow]:
    """Return six trials, a minute apart; after the third the computer's clock is set."""
    return [
        row(3, 5, 0.5, 0.25 + k / 10, 0.8,
            onset_utc=NOON + timedelta(minutes=k) + (step if k >= 3 else timedelta()))
        for k in range(6)
    ]  # fmt: skip


@pytest.mark.parametrize("step", [timedelta(hours=-3), timedelta(days=-400)], ids=str)
def test_a_session_with_a_clock_that_was_set_back_is_left_out_of_the_minutes(
    step: timedelta, tmp_path: Path
) -> None:
    write_session(tmp_path, "P01", *session())
    write_session(tmp_path, "P02", *session(step))
    table = read_study(tmp_path)
    (one,) = overview(table, resample(table)).to_dict("records")
    assert one["minutes_median"] == pytest.approx((5 * 60 + 1.5) / 60)
    assert one["participants"] == 2
    (found,) = clock_steps(table).to_dict("records")
    assert found["participant"] == "P02"
    assert found["step_s"] == step.total_seconds() + 60


def test_the_page_says_which_sessions_are_left_out(tmp_path: Path) -> None:
    logs, out = tmp_path / "logs", tmp_path / "report.html"
    write_session(logs, "P01", *session())
    write_session(logs, "P02", *session(timedelta(hours=-3)))
    assert CliRunner().invoke(app, ["report", str(logs), "--out", str(out)]).exit_code == 0
    assert "Sessions left out of the minutes: 1." in out.read_text("utf-8")
    steps = tmp_path / "report_numbers" / "clock_steps.csv"
    assert "P02" in steps.read_text("utf-8")
    write_session(tmp_path / "sound", "P01", *session())
    run = CliRunner().invoke(app, ["report", str(tmp_path / "sound"), "--out", str(out)])
    assert run.exit_code == 0
    assert "left out of the minutes" not in out.read_text("utf-8")
    assert not steps.exists()
