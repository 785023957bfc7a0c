"""A table from its rows: the runs that are still to do, the files, and what is said of them."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import typer

from elicit.errors import ElicitError
from learn.console import say
from learn.files import hide_paths
from learn.runs import run as one_run
from learn.runs.device import find_device
from learn.sweeps import local
from learn.sweeps import slurm as sweep_slurm
from learn.sweeps.jobs import Executor, ExecutorName
from learn.sweeps.progress import show_progress
from learn.sweeps.shared import share_runs
from learn.tables import output
from learn.tables import rows as tables
from learn.tables.rows import TableSpec
from learn.tables.runs import check_runs, read_held_out, read_images, runs_table
from learn.tables.sentences import (
    format_differences,
    format_equivalences,
    format_notes,
    order_agreement,
)
from learn.tables.statistics import PERCEPT_NUMBERS, TableResult, summarise


@dataclass(frozen=True)
class TableOptions:
    """How and where a table's runs are done."""

    runs: Path
    out: Path
    hardware: dict[str, Any]  # of `learn.runs.run.Hardware`
    jobs: int
    together: int
    place: ExecutorName
    slurm: dict[str, Any]  # what a job asks for


def make(table: TableSpec, options: TableOptions) -> None:
    """Do the runs that are not finished, then write and print the table.

    Raises:
        ElicitError: inputs or folders that do not fit; nothing is trained then.
        typer.Exit: status 1, where a run is missing.
    """
    _refuse_torchrun()
    on = find_device(options.hardware["device"]) if options.place is ExecutorName.here else None
    executor = _executor(options)
    status = check_runs(tables.jobs(table, options.runs), on)
    count = len(status.finished) + len(status.to_do)
    count_text = f"{count} run{'s' * (count != 1)}"
    say(f"Table {table.number}: {count_text}, {len(status.finished)} finished before.")
    with show_progress(len(status.to_do)) as listener:
        try:
            outcomes = executor(status.to_do, listener) if status.to_do else []
        except KeyboardInterrupt:
            say("Stopped. Run the same command again to resume the runs that are not finished.")
            raise
    every = [*status.finished, *outcomes]
    more = PERCEPT_NUMBERS if table.number == 3 else ()
    runs = runs_table(every, more).sort_values("seed", kind="stable", ignore_index=True)
    blends = read_held_out(every) if table.number == 3 else None
    result = summarise(table, runs, read_images(every), blends)
    files = output.format_files(result, _command())
    output.write_files(files, options.out)
    _print(result)
    for name in files:
        say(f"{options.out / name}: written")
    if (runs["missing"] != "").any():
        raise typer.Exit(1)


def _executor(options: TableOptions) -> Executor:
    """Return what does the runs.

    Raises:
        ElicitError: two ways of doing several at once.
    """
    hardware = one_run.Hardware(**options.hardware)
    if options.place is ExecutorName.slurm:
        if max(options.jobs, options.together) > 1:
            raise ElicitError(
                "--executor slurm: each run is a job of its own there; leave --jobs and --together "
                "out"
            )
        return sweep_slurm.SlurmExecutor(options.runs / "slurm", hardware, options.slurm)
    if options.jobs > 1 and options.together > 1:
        raise ElicitError(
            "--together: several runs in one process, and --jobs: a process each; give one of them"
        )
    return share_runs(_here(options, hardware))


def _here(options: TableOptions, hardware: one_run.Hardware) -> Executor:
    if options.jobs == 1:
        return lambda jobs, listener: local.run_in_turn(jobs, listener, hardware, options.together)
    if not hardware.threads:  # or each would take every core
        hardware = replace(hardware, threads=max(1, (os.cpu_count() or 1) // options.jobs))
    return lambda jobs, listener: local.run_in_processes(jobs, listener, hardware, options.jobs)


def _print(result: TableResult) -> None:
    say(output.format_table(result))
    for tell in (format_differences, format_equivalences, order_agreement, format_notes):
        for line in tell(result):
            say(line)


def _refuse_torchrun() -> None:
    if "TORCHELASTIC_RUN_ID" in os.environ or int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise ElicitError(
            "torchrun: a table's runs are a process each; give the table without torchrun (--jobs "
            "or --executor slurm does several at once), or learn train with it"
        )


def _command() -> list[str]:
    program = Path(sys.argv[0]).name
    called = ["python", "-m", "learn"] if program == "__main__.py" else [program]
    return [*called, *map(hide_paths, sys.argv[1:])]
