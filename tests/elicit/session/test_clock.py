"""Durations within a session are right, whatever becomes of the computer's clock."""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from itertools import count
from pathlib import Path

import pytest

from elicit.log.reader import read
from elicit.session.clock import SteadyClock, count_seconds
from elicit.study.status import StudyMonitor
from tests.elicit.helpers.commands import elicit
from tests.elicit.helpers.sessions import pilot_study, run_session

NOON = datetime(2026, 5, 4, 12, tzinfo=timezone.utc)
STEPS = [timedelta(hours=-3), timedelta(days=-400), timedelta(days=400)]


def computer_clock(step: timedelta, after: int) -> Callable[[], datetime]:
    """Return a clock that goes on by a second each time it is read, and is set once by `step`."""
    read_so_far = count()

    def now() -> datetime:
        reading = next(read_so_far)
        return NOON + timedelta(seconds=reading) + (step if reading >= after else timedelta())

    return now


@pytest.mark.parametrize("step", STEPS, ids=str)
def test_setting_the_computer_s_clock_moves_no_time_of_a_session(step: timedelta) -> None:
    seconds = count(100.0, 2.0)
    clock = SteadyClock(computer_clock(step, after=1), lambda: next(seconds))
    assert [clock(), clock()] == [NOON + timedelta(seconds=2), NOON + timedelta(seconds=4)]


def test_a_second_lasts_a_second() -> None:
    clock = SteadyClock()
    began, first = count_seconds(), clock()
    while count_seconds() - began < 0.05:
        pass
    assert 0.05 <= (clock() - first).total_seconds() < 5


def test_what_a_clock_that_was_set_back_cannot_tell_is_left_out_and_said(tmp_path: Path) -> None:
    study, asked = pilot_study(tmp_path)
    run_session(study, asked, "P01")
    status = StudyMonitor(study.folder).read_status()
    median = status.median_minutes("pilot")
    assert median is not None
    files = run_session(study, asked, "P02")
    log = files.trials.path
    rows = read(log)
    last = rows[-1].onset_utc
    assert last is not None
    back = (last - timedelta(days=400)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    log.write_bytes(
        log.read_bytes().replace(
            last.isoformat(timespec="milliseconds").replace("+00:00", "Z").encode(), back.encode()
        )
    )
    run_session(study, asked, "P03")
    end = study.session("P03", 1).file("end.json")
    end.write_text('{"status": "finished", "ended_utc": "2001-01-01T00:00:00.000Z"}', "utf-8")
    status = StudyMonitor(study.folder).read_status()
    assert status.median_minutes("pilot") == median
    assert status.count_clocks_set("pilot") == 2
    shown = elicit(tmp_path, "status", str(study.folder), COLUMNS="160").shown
    assert (
        "pilot: finished sessions left out of it: 2; the computer's clock was set back while they "
        "ran\n"
    ) in shown
    assert "-5" not in shown
