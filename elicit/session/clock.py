"""The time of day that a session's files state, by a clock that nobody can set."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone


def read_computer_clock() -> datetime:
    """Return the time now, UTC, by this computer's clock."""
    return datetime.now(timezone.utc)


def count_seconds() -> float:
    """Return seconds on a clock that is never set, and goes on while the computer sleeps."""
    if sys.platform.startswith("linux"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    if sys.platform == "darwin":
        return time.clock_gettime(time.CLOCK_MONOTONIC)
    return time.monotonic()


class SteadyClock:
    """The computer's time of day when this was made, and the seconds since.

    So durations within a session are right, though the computer's clock is set meanwhile.
    """

    def __init__(
        self,
        time_of_day: Callable[[], datetime] = read_computer_clock,
        seconds: Callable[[], float] = count_seconds,
    ) -> None:
        """Read the time of day, once.

        Args:
            time_of_day: returns it, UTC.
            seconds: returns seconds from any beginning.
        """
        self._seconds = seconds
        self._began, self._first = time_of_day(), seconds()

    def __call__(self) -> datetime:
        """Return the time now, UTC."""
        return self._began + timedelta(seconds=self._seconds() - self._first)
