"""How long `elicit status` looks at a large study; a person runs it.

    python -m tests.benchmarks.status [--sessions 2000] [--protocol protocols/hse2.yaml]

Simulates a study, then reads its status at a quarter and at all of its sessions. What each session
takes must not grow with the number of sessions, and 2,000 must take less than 5 s.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from elicit.study.status import StudyMonitor

PROTOCOL = Path(__file__).parents[2] / "protocols" / "hse2.yaml"
MAX_S_OF_2000 = 5.0  # s
MAX_RATIO = 1.5  # of the time a session takes among all to that among a quarter of them
SIMULATE = [sys.executable, "-c", "from elicit.cli import run_app; run_app()", "simulate"]


def measure(folder: Path) -> tuple[int, float]:
    """Return how many sessions a study has, and how long its status took to read, s."""
    began = time.perf_counter()
    sessions = len(StudyMonitor(folder).read_status().sessions)
    return sessions, time.perf_counter() - began


def main() -> None:
    """Print what a status takes, and the ratios."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--sessions", type=int, default=2000)
    options.add_argument("--protocol", type=Path, default=PROTOCOL)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder, took = Path(name) / "logs", []
        for participants in (chosen.sessions // 4, chosen.sessions):
            simulate = [*SIMULATE, str(chosen.protocol), "--stimuli", "pictograms"]
            simulate += ["--participants", str(participants), "--logs", str(folder)]
            subprocess.run(simulate, check=True, stdout=subprocess.DEVNULL)
            sessions, seconds = measure(folder)
            took.append(seconds / sessions)
            print(f"{sessions} sessions: {seconds:.2f} s, {1e3 * took[-1]:.2f} ms a session")
        ratio, limit = took[1] / took[0], MAX_S_OF_2000 * chosen.sessions / 2000
        print(f"a session among all to one among a quarter: {ratio:.2f} (limit {MAX_RATIO})")
        print(f"all to what they may take: {seconds / limit:.2f} (limit 1)")
        raise SystemExit(ratio > MAX_RATIO or seconds > limit)


if __name__ == "__main__":
    main()
