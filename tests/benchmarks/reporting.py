"""How much time and memory `learn report` takes for a study, and for one twice as large.

    python -m tests.benchmarks.reporting [--rows 414000]

Writes the studies (sessions of 62 Infer trials, each of another participant) and makes the report
of each in a process of its own. What grows with the rows, and no faster, has ratios of 2 or less.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.reading import write_study

REPORT = """
import resource, sys
from learn.__main__ import main
try:
    main()
finally:
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(used.ru_utime + used.ru_stime, used.ru_maxrss / 2**10, file=sys.stderr)
"""


class Cost(NamedTuple):
    """What one report took."""

    seconds: float  # of the processor
    mebibytes: float  # at most


def main() -> None:
    """Make both reports and print what they took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=414_000)
    rows = parser.parse_args().rows
    once, twice = (measure_report(rows * times) for times in (1, 2))
    for each, number in ((once, rows), (twice, 2 * rows)):
        print(f"{number} rows: {each.seconds:.0f} s, {each.mebibytes:.0f} MiB")
    print(
        f"ratio: time {twice.seconds / once.seconds:.2f}, "
        f"memory {twice.mebibytes / once.mebibytes:.2f}"
    )


def measure_report(rows: int) -> Cost:
    """Return what the report of a study of so many rows takes."""
    with tempfile.TemporaryDirectory() as folder:
        study = Path(folder) / "study"
        study.mkdir()
        write_study(study, rows)
        out = str(Path(folder) / "report.html")
        done = subprocess.run(
            [sys.executable, "-c", REPORT, "report", str(study), "--out", out],
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=True,
        )
    return Cost(*map(float, done.stderr.split()[-2:]))


if __name__ == "__main__":
    main()
