"""How long a run will still take."""

from __future__ import annotations

import time
from datetime import timedelta


class TimeLeft:
    """How long a run will still take, at the pace since this command began."""

    def __init__(self) -> None:
        self._began: tuple[float, float] | None = None  # seconds, and the share done then

    def at(self, share: float) -> str:
        """Return ", 0:01:30 left" where `share` in [0, 1] is done; "" before that can be said."""
        now = time.monotonic()
        if self._began is None:
            self._began = now, share
        seconds, done = now - self._began[0], share - self._began[1]
        if done <= 0 or seconds < 1:
            return ""
        return f", {timedelta(seconds=round(seconds / done * (1 - share)))} left"
