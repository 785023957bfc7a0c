"""`elicit plan`: how many participants a study needs, by simulation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from elicit import observers
from elicit.commands.options import ProtocolFile, check_at_least, check_observer, read_settings
from elicit.errors import ElicitError
from elicit.log import files as disk
from elicit.preflight import protocol_check
from elicit.protocol import study_protocol as protocol
from elicit.simulation import workers
from elicit.simulation.cohort import SimulatedCohort, StudiesCohort
from stimuli.sources.endpoints import open_source
from stimuli.windows_files import make_folder

if TYPE_CHECKING:
    from elicit.planning.pool import ParticipantPool, ProgressCallback
    from elicit.planning.search import PlanResult

MAX_CALIBRATED = 500  # participants of a study that is simulated many times
MIN_PARTICIPANTS, MAX_PARTICIPANTS = 2, 5000  # participants of the largest study considered
FILE_WIDTH = 100  # of a table in a file, columns
PER = ("pair", "image", "all")
POLICIES = ("per_pair", "global")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(plan)


def plan(
    protocol_file: ProtocolFile,
    target: Annotated[
        list[str] | None,
        typer.Option(
            metavar="pse=ERROR|omega=ERROR|beats-mixup=POWER",
            help="The aim of the study, such as pse=0.05 or beats-mixup=0.9. Give several by "
            "several --target.",
        ),
    ] = None,
    calibrate: Annotated[
        bool,
        typer.Option(
            "--calibrate",
            help="Instead of a --target: simulate studies of the protocol, and tell how often each "
            "interval that learn reports holds the truth.",
        ),
    ] = False,
    participants: Annotated[
        int, typer.Option(help="With --calibrate: number of participants of a study.")
    ] = 20,
    studies: Annotated[
        int, typer.Option(help="With --calibrate: number of studies, 20 to 2000.")
    ] = 100,
    per: Annotated[
        str,
        typer.Option(
            help="pair: a PSE for each class pair. image: a PSE for each pair of images. all: the "
            "mean PSE of all class pairs."
        ),
    ] = "pair",
    policy: Annotated[
        str,
        typer.Option(
            help="The policy that is compared with mixup: per_pair, the paper's logistic for each "
            "class pair, or global, one logistic for all. The table has both."
        ),
    ] = "per_pair",
    block: Annotated[
        str | None,
        typer.Option(help="The block to plan for. [default: all that can reach the target]"),
    ] = None,
    observer: Annotated[
        str, typer.Option(help=f"The model that answers: {', '.join(observers.OBSERVERS)}.")
    ] = "hmix",
    observer_settings: Annotated[
        Path | None, typer.Option(help="A YAML file with the observer's settings.")
    ] = None,
    stimuli: Annotated[
        str | None,
        typer.Option(help="pictograms, cifar10, or a folder of images. Overrides the protocol."),
    ] = None,
    seed: Annotated[
        int, typer.Option(help="Seed of the participants and of the studies drawn.")
    ] = 1,
    most: Annotated[
        int, typer.Option(help="Number of participants of the largest study considered.")
    ] = 500,
    processes: Annotated[
        int | None,
        typer.Option(
            help="Number of processes; the answer does not depend on it. [default: one a CPU core]"
        ),
    ] = None,
    out: Annotated[Path, typer.Option(help="The folder for the plots and the numbers.")] = Path(
        "plan"
    ),
) -> None:
    """Find by simulation how many participants a study needs, and how long a session takes.

    **pse=0.05**: the PSE of each class pair is known to ±.05. That is, in 95% of studies its
    estimate is within .05 of the value that very many participants would give.
    **omega=0.05**: likewise, the mean confidence in each class pair, of Infer.
    **beats-mixup=0.9**: in 90% of studies, the policy fitted to the Infer answers predicts
    held-out participants better than mixup does (paired t test, two-sided at 5%).

    Participants are those of `elicit simulate` with the same observer and seed. Studies are then
    drawn from them, balanced over conditions as a real study is. The same seed gives the same
    bytes. The plot (PNG, SVG) and the numbers (CSV) are written to the folder --out.

    **--calibrate** simulates --studies studies of --participants participants each. It prints bias,
    error and coverage of the 95% intervals that `learn pse` and `learn report` give: one that holds
    the truth in less than .90 of studies is too narrow for the protocol.

    Example: `elicit plan protocols/demo.yaml --target pse=0.05 --block construct`
    """
    from elicit.planning.calibration import MAX_STUDIES, MIN_STUDIES
    from elicit.planning.search import find_sample_size
    from elicit.planning.targets import list_questions, parse_targets

    if calibrate == bool(target):
        raise ElicitError("plan: must be given a --target, or --calibrate, and not both")
    targets = parse_targets(target or ())
    _check_choice("--per", per, PER)
    _check_choice("--policy", policy, POLICIES)
    check_at_least("--most", most, MIN_PARTICIPANTS, MAX_PARTICIPANTS)
    check_at_least("--seed", seed, 0)
    check_at_least("--processes", 1 if processes is None else processes, 1)
    check_at_least("--participants", participants, MIN_PARTICIPANTS, MAX_CALIBRATED)
    check_at_least("--studies", studies, MIN_STUDIES, MAX_STUDIES)
    asked = protocol_check.load_protocol(protocol_file, stimuli)
    people = participants if calibrate else 1
    cohort = StudiesCohort(observer, read_settings(observer_settings), seed, people)
    pool = _open_pool(asked, protocol_file, stimuli, cohort, observer_settings, processes)
    if calibrate:
        _calibrate(pool, cohort, studies, out)
        return
    questions, left_out = list_questions(targets, pool.blocks, per, policy, block, asked.name)
    _make_folder(out)
    with _progress() as report_progress:
        result = find_sample_size(questions, pool, most, seed, report_progress=report_progress)
    _print_result(result, pool, out, left_out)
    _check_reached(result, most)


def _calibrate(pool: ParticipantPool, cohort: StudiesCohort, studies: int, out: Path) -> None:
    """Simulate studies, print how their intervals did, and write the numbers.

    Raises:
        ElicitError: a participant cannot be simulated, or the file cannot be written.
    """
    from elicit.planning import calibration, summary

    _make_folder(out)
    _print_time(pool, cohort, studies)
    with _progress() as report_progress:
        scores = calibration.calibrate(pool, cohort, studies, report_progress)
    console = _make_console()
    title = (
        f"{pool.protocol.name}: {studies} studies of {cohort.participants} participants, simulated "
        f"by {cohort.observer}, seed {cohort.seed}"
    )
    console.print(summary.calibration_table(scores, title))
    console.print(summary.CALIBRATION_MEANS, style="dim")
    console.print(summary.LOW_COVERAGE_MEANS, style="dim")
    path = out / f"{pool.protocol.name}_calibration.csv"
    _write(path, summary.calibration_csv(scores, pool, cohort.participants).encode())
    console.print(path)


def _print_time(pool: ParticipantPool, cohort: StudiesCohort, studies: int) -> None:
    """Print how long calibrating will take, by the first study; on stderr, as it differs."""
    from elicit.planning import calibration

    sessions = studies * calibration.count_sessions(pool, cohort)
    first = calibration.time_first_study(pool, cohort)
    minutes = first.of(studies, pool.count_processes(sessions)) / 60
    Console(stderr=True, markup=False, highlight=False, soft_wrap=True).print(
        f"simulating {sessions} sessions: about {max(minutes, 1):.0f} minutes with estimates, by "
        f"the first study, which took {first.of(1, 1):.1f} s; Ctrl-C stops it and writes nothing"
    )


def _make_console() -> Console:
    console = Console(highlight=False, markup=False, soft_wrap=True)
    if not console.is_terminal:  # whose width is not known
        console.width = FILE_WIDTH
    return console


def _check_choice(option: str, given: str, allowed: tuple[str, ...]) -> None:
    if given not in allowed:
        *first, last = allowed
        raise ElicitError(f"{option}: must be {', '.join(first)} or {last}, got {given!r}")


def _open_pool(
    asked: protocol.StudyProtocol,
    protocol_file: Path,
    stimuli: str | None,
    cohort: SimulatedCohort,
    settings_file: Path | None,
    processes: int | None,
) -> ParticipantPool:
    """Return a pool of participants, after the first of them has been simulated.

    Raises:
        ElicitError: the observer is unknown, cannot answer the protocol or cannot use its
            settings; or the endpoint images cannot serve the protocol, with its line.
    """
    from elicit.planning.pool import ParticipantPool

    named = asked.stimuli.source if stimuli is None else stimuli
    source = open_source(named, asked.stimuli.image_size, asked.stimuli.process)
    check_observer(cohort, asked, source, settings_file)
    with protocol_check.protocol_errors_with_lines(asked, protocol_file, source):
        pool = ParticipantPool(
            asked, named, cohort, lambda n: processes or workers.processes_for(n)
        )
        pool.simulate(0)
    return pool


def _make_folder(out: Path) -> None:
    """Make the folder, before anything is simulated for it.

    Raises:
        ElicitError: it cannot be made.
    """
    try:
        make_folder(out)
    except OSError as error:
        raise ElicitError(f"--out: {out}: cannot be made: {error.strerror}") from error


@contextmanager
def _progress() -> Iterator[ProgressCallback]:
    """Show how far the work has come, on a terminal."""
    console = Console(stderr=True, markup=False)
    looks = TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn()
    hidden = not console.is_terminal
    with Progress(*looks, console=console, transient=True, disable=hidden) as bar:
        task = bar.add_task("")
        yield lambda what, done, of: bar.update(task, description=what, completed=done, total=of)


def _print_result(
    result: PlanResult, pool: ParticipantPool, out: Path, left_out: list[str]
) -> None:
    """Print the result, and write the plots and numbers.

    Raises:
        ElicitError: a file cannot be written.
    """
    from elicit.planning import summary
    from elicit.planning.figure import draw

    console = _make_console()
    for target in result.results:
        console.print(summary.summary_table(target, pool.protocol.name))
    for explanation in summary.explanations(result):
        console.print(explanation, style="dim")
    for target in result.results:
        if target.needed is not None:
            console.print(summary.format_answer(target), style="bold")
        about_images = summary.format_images(target)
        if about_images is not None:
            console.print(about_images)
    console.print(summary.format_durations(result, pool.cohort))
    for line in left_out:
        console.print(line)
    for target in result.results:
        files = {"csv": summary.numbers_csv(target, pool).encode(), **draw(target, pool)}
        for kind, content in files.items():
            path = out / f"{pool.protocol.name}_{target.question.file_name}.{kind}"
            _write(path, content)
            console.print(path)


def _write(path: Path, content: bytes) -> None:
    try:
        disk.replace(path, content)
    except OSError as error:
        raise ElicitError(f"--out: {path}: cannot be written: {error.strerror}") from error


def _check_reached(result: PlanResult, most: int) -> None:
    """Refuse targets that nothing reaches.

    Raises:
        ElicitError: there are some, a line each.
    """
    from elicit.planning.summary import format_missed

    short = [format_missed(target, most) for target in result.results if target.needed is None]
    if short:
        raise ElicitError("\n".join(short))
