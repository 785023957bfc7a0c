"""`elicit simulate`: whole studies, answered by simulated participants."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from elicit import observers
from elicit.commands.options import (
    Logs,
    NoHost,
    ProtocolFile,
    Screen,
    Stimuli,
    Windowed,
    check_at_least,
    check_observer,
    parse_size,
    read_settings,
)
from elicit.commands.windows import WatchOptions, simulate_in_window
from elicit.errors import ElicitError
from elicit.log import files as disk
from elicit.log.station import hide_host
from elicit.preflight import protocol_check
from elicit.session.protocol_texts import keep_manifests, keep_text
from elicit.simulation import workers
from elicit.simulation.cohort import SimulatedCohort, Visit
from elicit.simulation.lab import SimulatedLab
from elicit.simulation.sinks import VisitResult, study_simulation
from elicit.simulation.study_folder import check_folder, claim_visits, list_ended_visits
from elicit.study import folder as study
from stimuli.sources.endpoints import open_source

MAX_PARTICIPANTS = 9999  # participants: what their ids have digits for
EXIT_STOPPED = 3  # exit code where the window was closed


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(simulate)


def simulate(
    protocol_file: ProtocolFile,
    participants: Annotated[int, typer.Option(help="Number of simulated participants.")] = 20,
    observer: Annotated[
        str,
        typer.Option(help=f"The model that answers: {', '.join(observers.OBSERVERS)}."),
    ] = "hmix",
    observer_settings: Annotated[
        Path | None,
        typer.Option(
            help="A YAML file with the observer's settings, such as a PSE for a class pair."
        ),
    ] = None,
    logs: Logs = Path("simulated"),
    stimuli: Stimuli = None,
    seed: Annotated[
        int,
        typer.Option(help="Seed of the participants. The seed of the study is the protocol's."),
    ] = 1,
    sessions: Annotated[int, typer.Option(help="Sessions of each participant.")] = 1,
    processes: Annotated[
        int | None,
        typer.Option(
            help="Number of processes; the answers do not depend on it. [default: one a CPU core]"
        ),
    ] = None,
    window: Annotated[
        bool, typer.Option("--window", help="Show the sessions in a window, one after another.")
    ] = False,
    screen: Screen = 0,
    windowed: Windowed = None,
    speed: Annotated[
        float | None,
        typer.Option(
            help="With --window: 1 for the participants' own times, 10 for ten times the speed."
        ),
    ] = None,
    frames: Annotated[
        Path | None,
        typer.Option(
            help="With --window: write an animation and a contact sheet of the first session to "
            "this folder."
        ),
    ] = None,
    no_host: NoHost = False,
) -> None:
    """Let simulated participants answer a whole study: its pages, check, trials and survey.

    Simulated participants press keys in the same sessions as people, with the same counterbalancing
    and the same log files. Every row is marked as *simulated*, each session record names the
    observer, and times come from a simulated clock that starts in the year 2000. A folder that
    holds data of people is refused.

    The same command gives the same answers, whatever the number of processes. If it was
    interrupted, run it again: sessions that have ended are kept, the others start again. Several
    observers can share a folder.

    Example: `elicit simulate protocols/demo.yaml --participants 5 --logs simulated`
    """
    hide_host(no_host)
    size = None if windowed is None else parse_size(windowed)
    of_window = {"--windowed": windowed, "--frames": frames, "--screen": screen or None}
    _check_window_options(window, speed, processes, of_window)
    asked = protocol_check.load_protocol(protocol_file, stimuli)
    cohort = SimulatedCohort(
        observer,
        read_settings(observer_settings),
        check_at_least("--seed", seed, 0),
        check_at_least("--participants", participants, 1, MAX_PARTICIPANTS),
        check_at_least("--sessions", sessions, 1, study.MAX_SESSION_NUMBER),
    )
    at_once = None if processes is None else check_at_least("--processes", processes, 1)
    named = asked.stimuli.source if stimuli is None else stimuli
    source = open_source(named, asked.stimuli.image_size, asked.stimuli.process)
    check_observer(cohort, asked, source, observer_settings)
    folder = study.Study(logs, asked.name)
    check_folder(folder, asked, source, cohort)
    lab = SimulatedLab(study_simulation(asked, named, cohort, logs))
    with protocol_check.protocol_errors_with_lines(asked, protocol_file, source):
        lab.plan(Visit.first(0))  # which the endpoint images may not serve
    folder.prepare()
    keep_text(folder.folder, asked)
    keep_manifests(folder.folder, lab.sets)
    done = list_ended_visits(folder, cohort)
    left = [visit for visit in cohort.visits() if visit not in done]
    visits = claim_visits(folder, cohort, left)
    began = time.perf_counter()
    if window:
        outcomes = simulate_in_window(lab, visits, WatchOptions(screen, size, speed or 1.0, frames))
    else:
        at_once = at_once or workers.processes_for(len(visits))
        outcomes = _show_progress(workers.simulate(lab, visits, at_once), len(visits))
    counts = Counter[str](outcome.status for outcome in outcomes)
    disk.sync_everything()
    _print_summary(counts, len(done), cohort, logs, time.perf_counter() - began)
    if counts.total() < len(visits):
        typer.echo(
            "elicit: the window was closed; run the same command again to continue", err=True
        )
        raise typer.Exit(EXIT_STOPPED)


def _check_window_options(
    window: bool,
    speed: float | None,
    processes: int | None,
    others: Mapping[str, object],
) -> None:
    """Refuse options that mean nothing together.

    Raises:
        ElicitError: an option has a value that is not allowed, or needs --window.
    """
    if speed is not None and not (math.isfinite(speed) and speed > 0):
        raise ElicitError(f"--speed: must be above 0, such as 1 or 10, got {speed:g}")
    if window and processes not in {None, 1}:
        raise ElicitError(
            f"--processes: must be 1 with --window, which shows one session at a time, "
            f"got {processes}"
        )
    for option, given in {"--speed": speed, **others}.items():
        if given is not None and not window:
            raise ElicitError(f"{option}: needs --window; add it, or leave out {option}")


def _show_progress(outcomes: Iterable[VisitResult], total: int) -> Iterator[VisitResult]:
    """Return outcomes as they come, and show a progress bar on a terminal."""
    console = Console(stderr=True, markup=False)
    quiet = not console.is_terminal
    yield from track(outcomes, "Simulating", total, console=console, transient=True, disable=quiet)


def _print_summary(
    counts: Counter[str], kept: int, cohort: SimulatedCohort, logs: Path, took_s: float
) -> None:
    new = counts.total()
    words = {
        "finished": "finished", "withheld": "without consent", "left": "left before the end"
    }  # fmt: skip
    each = [f"{counts[status]} {word}" for status, word in words.items() if counts[status]]
    each += [f"{kept} kept from before"] if kept else []
    rate = f", {60 * new / took_s:,.1f} a minute" if new else ""
    typer.echo(
        f"{new} sessions simulated by {cohort.observer}, seed {cohort.seed}, "
        f"in {took_s:.1f} s{rate}: "
        f"{', '.join(each) or 'all of them had ended before'}"
    )
    typer.echo(f"{logs}: all data in this folder are simulated")
