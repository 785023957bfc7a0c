"""How `learn report` and `learn compare-policies` grow with the rows of a study.

    python -m tests.benchmarks.reporting [--rows 10000,100000,1000000]

Writes the studies (sessions of 62 Infer trials, each of another participant) and runs each command
on each in a process of its own, with one thread. What grows with the rows, and no faster, has
ratios no higher than those of the rows.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.reading import write_study

RUN = """
import resource, sys
from learn.__main__ import main
try:
    main()
finally:
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(used.ru_utime + used.ru_stime, used.ru_maxrss / 2**10, file=sys.stderr)
"""
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
OUT = {"report": "report.html", "compare-policies": "scores"}


class Cost(NamedTuple):
    """What one command took."""

    seconds: float  # of the processor
    mebibytes: float  # at most


def main() -> None:
    """Run both commands on each study and print what they took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", default="10000,100000,1000000")
    sizes = [int(each) for each in parser.parse_args().rows.split(",")]
    before: dict[str, Cost] = {}
    for last, rows in zip([None, *sizes], sizes, strict=False):
        for command, cost in measure_commands(rows).items():
            grown = ""
            if last is not None:
                grown = (
                    f"; {rows / last:.1f} times the rows: "
                    f"time {cost.seconds / before[command].seconds:.1f}, "
                    f"memory {cost.mebibytes / before[command].mebibytes:.1f} times"
                )
            print(f"{command}, {rows} rows: {cost.seconds:.1f} s, {cost.mebibytes:.0f} MiB{grown}")
            before[command] = cost


def measure_commands(rows: int) -> dict[str, Cost]:
    """Return what each command takes for a study of so many rows."""
    with tempfile.TemporaryDirectory() as folder:
        study = Path(folder) / "study"
        study.mkdir()
        write_study(study, rows)
        return {command: measure_command(command, study) for command in OUT}


def measure_command(command: str, study: Path) -> Cost:
    """Return what one command takes for a study."""
    out = str(study / OUT[command])
    done = subprocess.run(
        [sys.executable, "-c", RUN, command, str(study), "--out", out],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
        env={**os.environ, **ONE_THREAD},
    )
    return Cost(*map(float, done.stderr.split()[-2:]))


if __name__ == "__main__":
    main()
