"""One run in a process of its own: `python -m learn.sweeps.worker`, a job's JSON on its input."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from learn.sweeps.jobs import Job, Outcome

PROGRESS_INTERVAL_S = 0.5  # seconds between two lines about how the run goes


def main() -> None:
    """Read a job, do it, and tell how it goes, a JSON object a line."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the table: it ends this process
    line = sys.stdin.readline()
    threading.Thread(target=_end_with_the_table, daemon=True).start()

    from learn.sweeps import local

    job, hardware, command = local.job_from_json(json.loads(line))
    (outcome,) = local.run_in_turn([job], _JsonListener(), hardware, command=command)
    failed = {"why": outcome.why, "held": outcome.held}
    _say(failed if outcome.measures is None else {"measures": outcome.measures})


class _JsonListener:
    """Tells the table how the run goes; a `learn.sweeps.jobs.ProgressListener`."""

    _said_at = 0.0

    def on_start(self, job: Job) -> None:
        """The table knows."""

    def on_progress(self, job: Job, epoch: int, share: float, loss: float | None) -> None:
        """Tell epoch, share and loss, not more than twice a second."""
        if time.monotonic() - self._said_at >= PROGRESS_INTERVAL_S:
            self._said_at = time.monotonic()
            _say({"epoch": epoch, "share": share, "loss": loss})

    def on_message(self, job: Job, text: str) -> None:
        """There is nothing else to tell."""

    def on_end(self, outcome: Outcome) -> None:
        """What `main` says last."""


def _end_with_the_table() -> None:
    """End this process as soon as the one that began it is gone and so closed the pipe."""
    while os.read(sys.stdin.fileno(), 4096):  # sys.stdin itself would be locked at the end
        pass
    os._exit(3)


def _say(what: dict[str, Any]) -> None:
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    main()
