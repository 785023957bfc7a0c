"""`elicit status`: the progress of a study."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Annotated, TypeAlias

import typer
from rich import box
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

GAP = 2  # characters between columns
BAR_CHARS = 20
MAX_NOTICES = 3  # lines about files, in a terminal that is too small for all
PIPE_CHARS = 200  # a line's width where no terminal has one: names are whole
Counts: TypeAlias = dict[tuple[str, ...], dict[Status, int]]

URGENCY: tuple[Status, ...] = ("running", "stopped", "abandoned", "finished", "withheld")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(status)


def status(
    logs: Annotated[Path, typer.Argument(help="The study folder.")] = Path("logs"),
    watch: Annotated[
        bool, typer.Option("--watch", help="Update every few seconds, until Ctrl-C.")
    ] = False,
    every: Annotated[float, typer.Option(min=0.2, help="Seconds between updates.")] = 3.0,
    everything: Annotated[
        bool, typer.Option("--all", help="Print all sessions, however small the terminal is.")
    ] = False,
) -> None:
    """Show the progress of a study: the next free id, counts and minutes, then each session.

    A session is **done**, **running**, **stopped** (it can be resumed), **abandoned** (nothing was
    written for two hours, and its place goes to somebody else) or **withheld** (no consent).

    In a terminal, what does not fit is left out, and the last line says so: --all prints it, and
    --watch turns to the next page with each update.
    """
    watcher = StudyMonitor(logs)
    console = Console(markup=False)
    if not watch:
        found = watcher.read_status()
        if not console.is_terminal:
            console.width = max(console.width, PIPE_CHARS)
        if everything or not console.is_terminal:
            console.print(Group(*_list_everything(found, console.width)))
        else:
            console.print(fit_status(found, console))
        return
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also where it began unheard
    with (
        suppress(KeyboardInterrupt),
        Live(console=console, auto_refresh=False) as live,
    ):
        for page in count():
            try:
                live.update(fit_status(watcher.read_status(), console, page), refresh=True)
            except StudyError as error:  # such as a network folder that is away for a while
                if not page:
                    raise
                live.update(Text(str(error), "red"), refresh=True)
            time.sleep(every)


def fit_status(overview: StudyStatus, console: Console, page: int | None = None) -> RenderableType:
    """Return the status for a terminal of any size: all of it where it fits, else what matters.

    What matters are the lines of the whole study, then as many sessions as there is room for: the
    running ones first, then those that can be resumed or were abandoned, then the others, the last
    ones first.

    Args:
        overview: the study.
        console: the terminal.
        page: which page of the sessions, from 0; after the last one comes the first. None where
            nobody turns pages: then the last line says what shows the rest.
    """
    room = console.height - 1  # for the prompt, or the line below a live display
    if len(overview.sessions) <= room:  # else its table alone is longer
        whole = _list_everything(overview, console.width)
        if _count_lines(console, *whole) <= room:
            return Group(*whole)
    summary = _summarise(overview, MAX_NOTICES)
    frame = _count_lines(console, *summary, _list_sessions(overview, (), console.width), Text("-"))
    rows = max(1, room - frame)
    sessions = [*reversed(overview.sessions)]
    sessions.sort(key=lambda each: URGENCY.index(each.status))
    pages = -(-len(sessions) // rows)
    first = 0 if page is None else page % pages * rows
    if page is None:
        more = len(sessions) - rows
        rest = f"{more} more sessions, stations and batches" if more > 0 else "stations and batches"
        last = f"not shown: {rest}; --all prints them"
    else:
        last = f"page {page % pages + 1} of {pages}"
    shown = _list_sessions(overview, sessions[first : first + rows], console.width)
    return Group(*summary, shown, Text(last, "dim", no_wrap=True, overflow="ellipsis"))


def _count_lines(console: Console, *parts: RenderableType) -> int:
    return len(console.render_lines(Group(*parts)))


def _list_everything(overview: StudyStatus, width: int) -> list[RenderableType]:
    counted = _counted(overview)
    stations: Counts = {(name,): n for name, n in counted.count_by_station().items()}
    return [
        *_summarise(overview),
        _list_sessions(overview, overview.sessions, width),
        _counts("Stations", ["station"], stations),
        *_list_batches(counted),
    ]


def _counted(overview: StudyStatus) -> StudyStatus:
    """Return the status of the sessions that are counted: people's, or programs' if alone."""
    people, programs = (overview.of_kind(simulated=each) for each in (False, True))
    return people if people.sessions or not programs.sessions else programs


def _summarise(overview: StudyStatus, notices: int | None = None) -> list[RenderableType]:
    """Return the lines about the whole study, the most wanted ones first.

    Args:
        overview: the study.
        notices: how many lines about files are shown, and the others counted; None for all.
    """
    counted, programs = _counted(overview), overview.of_kind(simulated=True)
    found = [
        *(Text(f"cannot be read: {problem}", "red") for problem in overview.problems),
        *(Text(notice, "yellow") for notice in overview.notices),
    ]
    more = 0 if notices is None else len(found) - notices
    return [
        Text(f"next free id: {overview.next_id}", "bold"),
        *_protocols(counted),
        *_simulated(programs, alone=bool(counted.sessions) and counted.sessions[0].simulated),
        *found[:notices],
        *([Text(f"and {more} more such lines; --all prints them", "yellow")] if more > 0 else []),
        Text("withdrawn: " + (", ".join(overview.withdrawn) or "none")),
    ]


def _list_sessions(overview: StudyStatus, sessions: Sequence[SessionProgress], width: int) -> Table:
    """Return some sessions as a table of at most `width` characters; names that are long are cut.

    Which columns it has does not depend on the sessions that it lists.
    """
    headings = ["participant", "session", "protocol", "station", "status", "trials", "batch"]
    headings.append("minutes")
    rows = [_describe_session(each) for each in sessions]
    if len({each.session.task for each in overview.sessions}) == 1:
        for cells in (headings, *rows):
            del cells[2]
    widths = {
        heading: max(len(heading), *(len(cells[k]) for cells in rows), 0)
        for k, heading in enumerate(headings)
    }
    surplus = sum(widths.values()) + GAP * (len(widths) - 1) - width
    bars = any(each.status == "running" for each in overview.sessions) and surplus < -BAR_CHARS
    for name in ("station", "participant", "protocol"):  # the long ones
        cut = min(surplus, widths.get(name, 0) - len(name))
        if cut > 0:
            widths[name] -= cut
            surplus -= cut
    table = _plain_table("Sessions")
    for heading, chars in widths.items():
        right = heading in {"trials", "batch", "minutes"}
        table.add_column(
            heading,
            justify="right" if right else "left",
            no_wrap=True,
            overflow="ellipsis",
            min_width=chars,
            max_width=chars,
        )
    if bars:
        table.add_column("")
    for each, cells in zip(sessions, rows, strict=True):
        texts: list[RenderableType] = [*cells]
        texts[headings.index("status")] = Text(
            cells[headings.index("status")], LOOKS[each.status][1]
        )
        table.add_row(*texts, *[_bar(each)] * bars)
    return table


def _plain_table(title: str) -> Table:
    return Table(
        title=title,
        title_justify="left",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
        show_edge=False,
    )


def _describe_session(each: SessionProgress) -> list[str]:
    """Return the cells of a session's row: one for each heading."""
    name, session = LOOKS[each.status][0], each.session
    return [
        session.participant,
        str(session.session),
        session.task,
        each.station,
        f"{name}, simulated" if each.simulated else name,
        f"{each.answers.trials}/{'?' if each.total is None else each.total}",
        " ".join(map(str, each.batches.values())),
        "" if each.minutes is None else f"{each.minutes:.1f}",
    ]


def _bar(each: SessionProgress) -> RenderableType:
    if each.status != "running" or not each.total:
        return ""
    return ProgressBar(each.total, each.answers.trials, width=BAR_CHARS)


def _protocols(overview: StudyStatus) -> Iterator[RenderableType]:
    """Yield the lines about each protocol: counts, minutes, places and batches."""
    places = {task: counts for (task, _), counts in overview.places.items()}  # of one kind
    for task in _list_tasks(overview):
        statuses = [each.status for each in overview.sessions if each.session.task == task]
        yield Text(f"{task}: {_count_statuses(statuses)}", "bold")
        minutes = overview.median_minutes(task)
        yield Text(f"{task}: median {'-' if minutes is None else f'{minutes:.1f}'} minutes")
        left_out = overview.count_clocks_set(task)
        if left_out:
            yield Text(
                f"{task}: finished sessions left out of it: {left_out}; the computer's clock was "
                "set back while they ran"
            )
        given, ever = places.get(task, (0, 0))
        yield Text(f"{task}: {given} of {ever} places given out are covered")
        batches = overview.count_by_batch(task)
        if batches:
            covered = [sum(counts.get(e, 0) for e in COVERING) for counts in batches.values()]
            yield Text(f"{task}: a batch is covered {min(covered)} to {max(covered)} times")


def _list_batches(overview: StudyStatus) -> Iterator[RenderableType]:
    for task in _list_tasks(overview):
        batches = overview.count_by_batch(task)
        if batches:
            rows: Counts = {(block, str(batch)): n for (block, batch), n in batches.items()}
            yield _counts(f"Batches of {task}", ["block", "batch"], rows)


def _list_tasks(overview: StudyStatus) -> list[str]:
    """Return the names of the protocols that have sessions or places."""
    tasks = {each.session.task for each in overview.sessions}
    return sorted(tasks | {task for task, _ in overview.places})


def _count_statuses(statuses: Sequence[Status]) -> str:
    counts = (
        f"{statuses.count(status)} {name}"
        for status, (name, _) in LOOKS.items()
        if status in statuses
    )
    return ", ".join(counts) or "no session"


def _simulated(programs: StudyStatus, *, alone: bool) -> Iterator[RenderableType]:
    """Say of simulated sessions, which have places of their own, that they are no people's."""
    if alone and programs.sessions:
        yield Text("all sessions are simulated: programs answered them, not people")
    elif programs.sessions:
        counts = _count_statuses([each.status for each in programs.sessions])
        covered = sum(covered for covered, _ in programs.places.values())
        yield Text(
            f"simulated, and not counted above: {counts}; places of their own that they cover: "
            f"{covered}; they take none from people"
        )


def _counts(title: str, headings: list[str], rows: Counts) -> Table:
    table = _plain_table(title)
    for heading in headings:
        table.add_column(heading, no_wrap=True)
    for name, colour in (*LOOKS.values(), ("covered", "bold")):
        table.add_column(name, style=colour, justify="right")
    for key, counts in sorted(rows.items(), key=lambda row: _in_order(row[0])):
        covered = sum(counts.get(each, 0) for each in COVERING)
        table.add_row(*key, *(str(counts.get(each, 0)) for each in LOOKS), str(covered))
    return table


def _in_order(key: tuple[str, ...]) -> list[tuple[int, str]]:
    return [(int(part) if part.isdigit() else -1, part) for part in key]
