"""How fast and in how much memory a million rows are read, checked and aggregated.

    python -m tests.benchmarks.reading [--rows 1000000] [--sample 20000]

Writes sessions of 62 Infer trials, then reads them all with `learn.study.table`, aggregates them an
image, and reads a sample of the same files row by row with `elicit.log`, all in this one run. The
peak memory is that of a fresh interpreter that only reads and aggregates.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from elicit.log import reader as log
from elicit.log.rows import COLUMNS

TRIALS = 62
CLASSES = (  # a thousand images each
    *("airplane", "automobile", "bird", "cat", "deer"),
    *("dog", "frog", "horse", "ship", "truck"),
)
MIXES = (0.1, 0.25, 0.5, 0.75, 0.9)

READ = """
import sys, time
from pathlib import Path
from learn.study import pooling, selection, table
start = time.perf_counter()
rows = table.read_study(Path(sys.argv[1]))
read = time.perf_counter()
images = pooling.pool(selection.select(rows).used)
done = time.perf_counter()
try:
    import resource
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
except ImportError:
    peak = float("nan")
held = rows.memory_usage(index=True).sum() / 2**20
print(len(rows), len(images), read - start, done - read, peak, held)
"""


def main() -> None:
    """Write the study, time both readers, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--sample", type=int, default=20_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        files = write_study(Path(folder), options.rows)
        size = sum(file.stat().st_size for file in files)
        print(f"{len(files)} sessions of {TRIALS} trials, {size / 2**20:.0f} MiB")
        done = subprocess.run(
            [sys.executable, "-c", READ, folder], capture_output=True, encoding="utf-8", check=True
        )
        rows, images, read_s, pool_s, peak, held = (float(each) for each in done.stdout.split())
        sample = files[: options.sample // TRIALS]
        start = time.perf_counter()
        by_row = sum(len(log.read(file)) for file in sample)
        row_s = (time.perf_counter() - start) / by_row
    print(f"learn.study.table: {rows:.0f} rows read and checked in {read_s:.1f} s")
    print(f"learn.study.pooling: aggregated to {images:.0f} images in {pool_s:.1f} s")
    print(f"peak memory {peak:.0f} MiB, of which the table {held:.0f} MiB")
    print(f"elicit.log.read: {by_row} rows, {row_s * rows:.0f} s for as many")
    print(f"ratio: {row_s * rows / read_s:.1f}")


def write_study(folder: Path, rows: int) -> list[Path]:
    """Write at least `rows` rows, a session of 62 trials a file; return the files."""
    data = folder / "data"
    data.mkdir()
    rng = np.random.default_rng(0)
    files = []
    for session in range(-(-rows // TRIALS)):
        files.append(data / f"subject-P{session}_session-1_task-hse2_data.csv")
        lines = [_line(session, trial, rng) for trial in range(TRIALS)]
        header = ",".join(COLUMNS)
        files[-1].write_bytes("\r\n".join([header, *lines, ""]).encode("ascii"))
    return files


def _line(session: int, trial: int, rng: np.random.Generator) -> str:
    place, sure, image = (int(each) for each in rng.integers(0, (101, 101, 5_000)))
    known = {
        "participant": f"P{session}",
        "session": 1,
        "protocol": "hse2",
        "protocol_sha256": "ab" * 32,
        "allocation": session,
        "block": "infer",
        "batch": session % 14,
        "trial": trial,
        "paradigm": "infer",
        "practice": "false",
        "repeat": "true" if trial >= TRIALS - 2 else "false",
        "simulated": "false",
        "source": "cifar10",
        "image_size": 32,
        "class_i": CLASSES[image // 1000],
        "image_i": image,
        "fingerprint_i": f"{image:016x}",
        "class_j": CLASSES[9 - image // 1000],
        "image_j": 9999 - image,
        "fingerprint_j": f"{9999 - image:016x}",
        "lambda_f": MIXES[trial % 5],
        "lambda_g": (100 - place) / 100,
        "omega": sure / 100,
        "mirrored": "false",
        "position": place,
        "confidence_position": sure,
        "position_touched": "true",
        "confidence_touched": "true",
        "steps": trial,
        "rt_s": round(1 + float(rng.gamma(3, 3)), 6),
        "onset_utc": f"2026-01-05T09:{trial % 60:02}:{sure % 60:02}.{place:03}Z",
        "dropped_frames": 0,
        "resumed": "false",
    }
    return ",".join(str(known.get(column, "")) for column in COLUMNS)


if __name__ == "__main__":
    main()
