"""Kills real sessions at random moments and goes on with them; a person runs it.

    python -m tests.benchmarks.killing [--kills 200] [--seed 1]

Each session runs in a real window on a virtual screen and is killed by SIGKILL, SIGTERM or SIGHUP
until it is complete. Its log must equal an uninterrupted one's, apart from times and the marker.
"""

from __future__ import annotations

import argparse
import tempfile
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from elicit.errors import TornLineWarning
from elicit.screen.virtual_display import virtual_screen
from tests.elicit.helpers.killed_sessions import (
    SIGNALS,
    data_file,
    has_begun,
    has_ended,
    kill_after,
    read_answered,
    read_lasting_columns,
    read_pages,
    start_session,
)


def main() -> None:
    """Kill sessions until enough were killed; print what was lost."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--kills", type=int, default=200)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    rng = np.random.default_rng(chosen.seed)
    count: Counter[str] = Counter()
    warnings.simplefilter("ignore", TornLineWarning)
    with virtual_screen("1024x600") as display, tempfile.TemporaryDirectory() as name:
        whole = Path(name, "whole")
        assert start_session(whole, display).wait() == 0
        reference, seen = read_lasting_columns(data_file(whole)), read_pages(whole)
        session = 0
        while count["kills"] < chosen.kills:
            session += 1
            one_session(Path(name, str(session)), display, rng, count)
            differing = differences(
                read_lasting_columns(data_file(Path(name, str(session)))), reference
            )
            if differing:
                count["sessions that differ"] += 1
                print(*differing, sep="\n", flush=True)
            # a session stopped on its last page is complete without it
            if read_pages(Path(name, str(session)))[: len(seen) - 1] != seen[:-1]:
                count["sessions whose pages differ"] += 1
            count["sessions"] += 1
    for what, number in sorted(count.items()):
        print(f"{what}: {number}")
    if count["answers lost"] or count["sessions that differ"] or not count["sessions"]:
        raise SystemExit(1)


def differences(rows: list[dict[str, Any]], reference: list[dict[str, Any]]) -> list[str]:
    """Return which cells of a session are not those of the one that was not interrupted."""
    if len(rows) != len(reference):
        return [f"{len(rows)} trials instead of {len(reference)}"]
    return [
        f"trial {row['trial']}: {column}: {row[column]} instead of {whole[column]}"
        for row, whole in zip(rows, reference, strict=True)
        for column in row
        if row[column] != whole[column]
    ]


def one_session(logs: Path, display: str, rng: np.random.Generator, count: Counter[str]) -> None:
    """Kill one session again and again until it is complete."""
    while not has_ended(logs):
        before = read_answered(logs)
        go_on = ("--resume",) if has_begun(logs) else ()
        process = start_session(logs, display, *go_on)
        by = SIGNALS[int(rng.integers(len(SIGNALS)))]
        code = kill_after(process, float(rng.uniform(1.0, 8.0)), by)
        if code == 0:
            continue
        count["kills"] += 1
        print(f"kill {count['kills']} by {by.name}: exit code {code}", flush=True)
        count[f"kills by {by.name}"] += 1
        after = read_answered(logs)
        if after[: len(before)] != before:
            count["answers lost"] += 1


if __name__ == "__main__":
    main()
