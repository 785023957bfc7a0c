"""How long a place takes to be claimed in a large study.

    python -m tests.benchmarks.claiming [--sessions 5000]

Makes a study of finished sessions by hand, then lets fresh interpreters claim a place: the first
reads every session, later ones read names and what the first one kept. Beside the time that
passes stands the time that the processor was at work, which says more on a busy computer.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from elicit.log.rows import COLUMNS, EVENT_COLUMNS, PAGE_COLUMNS
from tests.elicit.helpers.session_records import CONTENT

TIMES = 6
CLAIM = """
import sys, time
from pathlib import Path
from elicit.study.folder import Study
study = Study(Path(sys.argv[1]), "pilot")
passed, worked = time.perf_counter(), time.process_time()
slot = study.claim("X1", 1)
passed, worked = time.perf_counter() - passed, time.process_time() - worked
study.release(slot)
print(slot.number, round(passed * 1000), round(worked * 1000))
"""


def make_study(folder: Path, sessions: int) -> None:
    """Write a study folder with the files of so many finished sessions."""
    data, allocation = folder / "data", folder / "allocation"
    data.mkdir(parents=True)
    allocation.mkdir()
    tables = {"data": COLUMNS, "events": EVENT_COLUMNS, "pages": PAGE_COLUMNS}
    for number in range(sessions):
        stem = data / f"subject-P{number:05}_session-1_task-pilot"
        for kind, columns in tables.items():
            Path(f"{stem}_{kind}.csv").write_text(",".join(columns) + "\r\n", encoding="utf-8")
        record = json.dumps(CONTENT | {"allocation": number})
        Path(f"{stem}_session.json").write_text(record, encoding="utf-8")
        Path(f"{stem}_end.json").write_text('{"status": "finished"}\n', encoding="utf-8")
        claim = json.dumps({"participant": f"P{number:05}", "session": 1})
        (allocation / f"pilot_{number:06}_try-1.json").write_text(claim, encoding="utf-8")


def main() -> None:
    """Print what each claim took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=5000)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        study = Path(folder) / "logs"
        make_study(study, wanted.sessions)
        for number in range(TIMES):
            claim = [sys.executable, "-c", CLAIM, str(study)]
            said = subprocess.run(claim, capture_output=True, encoding="utf-8", check=True).stdout
            place, passed, worked = said.split()
            name = "first claim" if number == 0 else "later claim"
            print(f"{name}: place {place}, {passed} ms, {worked} ms of them at work")


if __name__ == "__main__":
    main()
