"""`elicit status`: the progress of a study."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Annotated, TypeAlias

import typer
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from elicit.errors import StudyError
from elicit.study.session_files import Status
from elicit.study.status import COVERING, SessionProgress, StudyMonitor, StudyStatus

LOOKS: dict[Status, tuple[str, str]] = {  # what it is called, and its colour
    "finished": ("done", "green"),
    "running": ("running", "cyan"),
    "stopped": ("stopped", "yellow"),
    "abandoned": ("abandoned", "red"),
    "withheld": ("withheld", "dim"),
}

Counts: TypeAlias = dict[tuple[str, ...], dict[Status, int]]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(status)


def status(
    logs: Annotated[Path, typer.Argument(help="The study folder.")] = Path("logs"),
    watch: Annotated[
        bool, typer.Option("--watch", help="Update every few seconds, until Ctrl-C.")
    ] = False,
    every: Annotated[float, typer.Option(min=0.2, help="Seconds between updates.")] = 3.0,
) -> None:
    """Show the progress of a study: participants, stations, batches, coverage, the next free id.

    A session is **done**, **running**, **stopped** (it can be resumed), **abandoned** (nothing was
    written for two hours, and its place goes to somebody else) or **withheld** (no consent).
    """
    watcher = StudyMonitor(logs)
    console = Console()
    if not watch:
        console.print(format_status(watcher.read_status()))
        return
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also where it began unheard
    with (
        suppress(KeyboardInterrupt),
        Live(format_status(watcher.read_status()), console=console, auto_refresh=False) as live,
    ):
        while True:
            time.sleep(every)
            try:
                live.update(format_status(watcher.read_status()), refresh=True)
            except StudyError as error:  # such as a network folder that is away for a while
                live.update(Text(str(error), "red"), refresh=True)


def format_status(overview: StudyStatus) -> RenderableType:
    """Return the status as tables and lines for a terminal."""
    people, programs = (overview.of_kind(simulated=each) for each in (False, True))
    counted = people if people.sessions or not programs.sessions else programs
    return Group(
        _participants(overview),
        _counts("Stations", ["station"], {(k,): v for k, v in counted.count_by_station().items()}),
        *_protocols(counted),
        *_simulated(programs, alone=counted is programs),
        *(Text(f"cannot be read: {problem}", "red") for problem in overview.problems),
        *(Text(notice, "yellow") for notice in overview.notices),
        Text("withdrawn: " + (", ".join(overview.withdrawn) or "none")),
        Text(f"next free id: {overview.next_id}", "bold"),
    )


def _participants(overview: StudyStatus) -> Table:
    table = Table("participant", "session", "protocol", "station", "status", title="Participants")
    for heading in ("trials", "batch", "minutes"):
        table.add_column(heading, justify="right")
    table.add_column("")
    for each in overview.sessions:
        name, colour = LOOKS[each.status]
        session = each.session
        table.add_row(
            session.participant,
            str(session.session),
            session.task,
            each.station,
            Text(f"{name}, simulated" if each.simulated else name, colour),
            f"{each.answers.trials}/{'?' if each.total is None else each.total}",
            " ".join(map(str, each.batches.values())),
            "" if each.minutes is None else f"{each.minutes:.1f}",
            _bar(each),
        )
    return table


def _bar(each: SessionProgress) -> RenderableType:
    if each.status != "running" or not each.total:
        return ""
    return ProgressBar(each.total, each.answers.trials, width=20)


def _protocols(overview: StudyStatus) -> Iterator[RenderableType]:
    places = {task: counts for (task, _), counts in overview.places.items()}  # of one kind
    tasks = {each.session.task for each in overview.sessions} | places.keys()
    for task in sorted(tasks):
        batches = overview.count_by_batch(task)
        if batches:
            rows: Counts = {
                (block, str(batch)): counts for (block, batch), counts in batches.items()
            }
            yield _counts(f"Batches of {task}", ["block", "batch"], rows)
            covered = [sum(counts.get(e, 0) for e in COVERING) for counts in batches.values()]
            yield Text(f"{task}: a batch is covered {min(covered)} to {max(covered)} times")
        given, ever = places.get(task, (0, 0))
        yield Text(f"{task}: {given} of {ever} places given out are covered")
        minutes = overview.median_minutes(task)
        yield Text(f"{task}: median {'-' if minutes is None else f'{minutes:.1f}'} minutes")
        left_out = overview.count_clocks_set(task)
        if left_out:
            yield Text(
                f"{task}: finished sessions left out of it: {left_out}; the computer's clock was "
                "set back while they ran"
            )


def _simulated(programs: StudyStatus, *, alone: bool) -> Iterator[RenderableType]:
    """Say of simulated sessions, which have places of their own, that they are no people's."""
    if alone and programs.sessions:
        yield Text("all sessions are simulated: programs answered them, not people")
    elif programs.sessions:
        statuses = [each.status for each in programs.sessions]
        counts = ", ".join(
            f"{statuses.count(status)} {name}"
            for status, (name, _) in LOOKS.items()
            if status in statuses
        )
        covered = sum(covered for covered, _ in programs.places.values())
        yield Text(
            f"simulated, and not counted above: {counts}; places of their own that they cover: "
            f"{covered}; they take none from people"
        )


def _counts(title: str, headings: list[str], rows: Counts) -> Table:
    table = Table(*headings, title=title)
    for name, colour in (*LOOKS.values(), ("covered", "bold")):
        table.add_column(name, style=colour, justify="right")
    for key, counts in sorted(rows.items(), key=lambda row: _in_order(row[0])):
        covered = sum(counts.get(each, 0) for each in COVERING)
        table.add_row(*key, *(str(counts.get(each, 0)) for each in LOOKS), str(covered))
    return table


def _in_order(key: tuple[str, ...]) -> list[tuple[int, str]]:
    return [(int(part) if part.isdigit() else -1, part) for part in key]
