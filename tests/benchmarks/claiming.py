"""How long a place takes to be claimed in a large study, and whether any is ever given out twice.

    python -m tests.benchmarks.claiming [--sessions 5000]
    python -m tests.benchmarks.claiming --crowd [--processes 16] [--claims 50] [--seed 1]

Makes a study of finished sessions by hand, then lets fresh interpreters claim a place: the first
reads every session, later ones read names and what the first one kept. Beside the time that
passes stands the time that the processor was at work, which says more on a busy computer.

With --crowd, many processes begin sessions in one study at once. Some are started twice, and any
may be killed by SIGKILL at any moment and started again. At the end each participant must have one
finished session, and its place, and no place may be anybody else's or nobody's.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path

import numpy as np

from elicit.errors import StudyError
from elicit.log.rows import COLUMNS, EVENT_COLUMNS, PAGE_COLUMNS
from elicit.log.session_record import SessionRecord
from elicit.study.folder import Study
from tests.elicit.helpers.session_records import CONTENT, session_record

TIMES = 6
DOUBLE_STARTS = 0.3  # share of starts that come twice at once
FORK = multiprocessing.get_context("fork")
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


def begin_sessions(folder: Path, participants: Sequence[str]) -> None:
    """Begin and finish the session of each participant, whatever was done of it before."""
    study = Study(folder, "pilot")
    waiting = list(participants)
    while waiting:
        participant, *rest = waiting
        try:
            begin_session(study, participant)
        except StudyError:  # another process is at it; whether it ends it is seen later
            rest.append(participant)
            time.sleep(0.01)
        waiting = [each for each in rest if study.state_of(each, 1) != "finished"]


def begin_session(study: Study, participant: str) -> None:
    """Begin, or resume, and finish one session, as `elicit run` does.

    Raises:
        StudyError: another process is at it, or it is finished.
    """
    if study.state_of(participant, 1) is not None:
        study.reopen_session(participant, 1)[0].finish()
        return
    study.check_free(participant, 1)
    study.reserve(participant, 1)
    try:
        place = study.claim(participant, 1)
        record = session_record(allocation=place.number, attempt=place.attempt)
    except BaseException:
        study.unreserve(participant, 1)
        raise
    study.open_session(participant, 1, record, reserved=True).finish()


def crowd(folder: Path, processes: int, claims: int, rng: np.random.Generator) -> bool:
    """Let processes begin sessions while some are killed; return whether all is as it must be.

    Args:
        folder: of the study.
        processes: how many at once, beside those that are started twice.
        claims: sessions of each process.
        rng: who is killed, and when.
    """
    study = Study(folder, "pilot")
    study.prepare()
    names = [[f"P{k:02}{number:03}" for number in range(claims)] for k in range(processes)]
    running: list[tuple[int, BaseProcess]] = []
    left = set(range(processes))
    counts: Counter[str] = Counter()
    while left:
        for k in left - {k for k, _ in running}:
            twice = 1 + int(rng.random() < DOUBLE_STARTS)
            counts["double starts"] += twice - 1
            for _ in range(twice):
                begun = FORK.Process(target=begin_sessions, args=(folder, names[k]))
                begun.start()
                running.append((k, begun))
        time.sleep(float(rng.uniform(0.02, 0.2)))
        if running:
            _, victim = running[int(rng.integers(len(running)))]
            if victim.is_alive() and victim.pid is not None:
                os.kill(victim.pid, signal.SIGKILL)
                victim.join()
                counts["kills"] += 1
        ended = [(k, process) for k, process in running if not process.is_alive()]
        left -= {k for k, process in ended if process.exitcode == 0}
        running = [each for each in running if each not in ended]
    for _, process in running:
        process.join()
    return report(study, processes * claims, counts)


def report(study: Study, wanted: int, counts: Counter[str]) -> bool:
    """Print what came of a crowd; return whether each participant has a place of their own."""
    records = [SessionRecord.read(each.file("session.json")) for each in study.sessions()]
    places = [record.allocation for record in records if record is not None]
    states = Counter(each.status(study.now()) for each in study.sessions())
    claimed = [path.name for path in (study.folder / "allocation").glob("pilot_*_try-*.json")]
    counts["sessions finished"] = states["finished"]
    counts["places given twice"] = len(places) - len(set(places))
    counts["places lost"] = len(set(range(wanted)) - set(places))
    counts["claims"] = len(claimed)
    for what, number in sorted(counts.items()):
        print(f"{what}: {number}")
    none = counts["places given twice"] == counts["places lost"] == 0
    return none and states == {"finished": wanted} and len(claimed) == wanted


def main() -> None:
    """Print what each claim took, or what came of a crowd."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=5000)
    parser.add_argument("--crowd", action="store_true")
    parser.add_argument("--processes", type=int, default=16)
    parser.add_argument("--claims", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    if wanted.crowd:
        with tempfile.TemporaryDirectory() as folder:
            rng = np.random.default_rng(wanted.seed)
            if not crowd(Path(folder) / "logs", wanted.processes, wanted.claims, rng):
                raise SystemExit(1)
        return
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
