"""How many sessions a minute are simulated; a person runs it.

    python -m tests.benchmarks.simulate [--sessions 400] [--stimuli FOLDER] [--observer NAME]

Whole sessions of HSE 2 (about 62 trials, consent, instructions, check, a break and a survey), each
through the session, log and allocation code, without a window; by one process and by two. A minute
includes the start of Python and of the processes, and the claims of places. CPU seconds are those
of all processes. Beside it, with --window: a session answered by `elicit run --autopilot`.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from elicit.screen.virtual_display import virtual_screen

PROTOCOL = Path(__file__).parents[2] / "protocols" / "hse2.yaml"
COMMAND = [sys.executable, "-c", "from elicit.cli import run_app; run_app()"]
SYNCS = 50


def main() -> None:
    """Simulate studies, and print how long that takes."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--sessions", type=int, default=400)
    options.add_argument("--observer", default="hmix")
    options.add_argument("--stimuli", default="pictograms")
    options.add_argument("--window", action="store_true")
    chosen = options.parse_args()
    print(f"{os.cpu_count()} CPU cores, load {os.getloadavg()[0]:.1f} before the start")
    with tempfile.TemporaryDirectory(dir=Path.cwd().parent) as name:  # a real disk
        print(f"a file is on disk after {1e3 * sync_s(Path(name)):.1f} ms")
        for processes in (1, 2):
            wall_s, cpu_s = taken(
                "simulate", str(PROTOCOL), "--observer", chosen.observer,
                "--participants", str(chosen.sessions), "--processes", str(processes),
                "--stimuli", chosen.stimuli, "--logs", str(Path(name, str(processes))),
            )  # fmt: skip
            print(
                f"{chosen.sessions} sessions by {processes} process(es): {wall_s:.1f} s, "
                f"{60 * chosen.sessions / wall_s:.0f} a minute; CPU {cpu_s:.1f} s, "
                f"{1e3 * cpu_s / chosen.sessions:.0f} ms a session"
            )
        if chosen.window:
            with virtual_screen("1920x1080") as display:
                os.environ["DISPLAY"] = display
                wall_s, _ = taken(
                    "run", str(PROTOCOL), "--autopilot", "--stimuli", chosen.stimuli,
                    "--logs", str(Path(name, "run")),
                )  # fmt: skip
            print(f"elicit run --autopilot: {wall_s:.0f} s, {60 / wall_s:.1f} sessions a minute")


def taken(*arguments: str) -> tuple[float, float]:
    """Run a command; return the seconds it took, and the CPU's of all its processes."""
    before, began = children_s(), time.perf_counter()
    subprocess.run([*COMMAND, *arguments], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began, children_s() - before


def children_s() -> float:
    """Return CPU seconds of the processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def sync_s(folder: Path) -> float:
    """Return the median time until 400 bytes are on disk, s."""
    times = []
    with (folder / "sync").open("wb", buffering=0) as file:
        for _ in range(SYNCS):
            file.write(b"x" * 400)
            began = time.perf_counter()
            os.fsync(file.fileno())
            times.append(time.perf_counter() - began)
    return sorted(times)[SYNCS // 2]


if __name__ == "__main__":
    main()
