"""`elicit run`: one participant's session."""

from __future__ import annotations

import platform
import re
import sys
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from elicit import design, protocol, study
from elicit.errors import ElicitError
from elicit.observers import Autopilot
from elicit.screen.virtual import screen as a_screen
from elicit.session import SessionStoppedError, Who
from elicit.session import run as run_session
from stimuli.endpoints import EndpointSource, open_source

if TYPE_CHECKING:
    from elicit.screen.window import WindowView

STOPPED = 3  # exit code of a session that was stopped before its end


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(run)


def run(
    protocol_file: Annotated[
        Path,
        typer.Argument(metavar="PROTOCOL", help="The study's YAML, such as protocols/demo.yaml."),
    ],
    participant: Annotated[
        str | None,
        typer.Option(help="Pseudonym, 1 to 32 letters and digits, such as P01. Asked if missing."),
    ] = None,
    session: Annotated[
        int | None,
        typer.Option(help="The participant's visit, from 1. Asked if missing; offers the next."),
    ] = None,
    logs: Annotated[Path, typer.Option(help="The study folder; made where it is missing.")] = Path(
        "logs"
    ),
    stimuli: Annotated[
        str | None,
        typer.Option(
            help="pictograms, cifar10, or a folder: of class folders, or with CIFAR-10 in it. "
            "Instead of what the protocol says; every row records it."
        ),
    ] = None,
    screen: Annotated[int, typer.Option(help="Which screen, from 0.")] = 0,
    windowed: Annotated[
        str | None,
        typer.Option(metavar="WxH", help="A window of this size instead of the full screen."),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Instead of the protocol's seed; the sidecar records it.")
    ] = None,
    autopilot: Annotated[
        bool,
        typer.Option(
            "--autopilot",
            help="A simulated participant answers, through the same events as the keys; "
            "on a virtual screen where there is none.",
        ),
    ] = False,
) -> None:
    """Run one participant's session, full-screen, all by keyboard.

    Each answered trial is a row in **LOGS/data/** before the next one shows. Escape asks whether
    to stop. Nothing is ever overwritten.

    To try it: `elicit run protocols/demo.yaml --participant P01`
    """
    asked = protocol.load(protocol_file)
    if seed is not None:
        asked = asked.model_copy(update={"seed": _checked_seed(seed)})
    size = None if windowed is None else _parsed_size(windowed)
    folder = study.Study(logs, asked.name)
    participant = _participant(participant, autopilot)
    session = _session(folder, participant, session, autopilot)
    named = asked.stimuli.source if stimuli is None else stimuli
    source = open_source(named, asked.stimuli.image_size)
    folder.prepare()
    allocation = folder.claim(participant, session)
    try:
        plan = design.build(asked, source, participant, session, allocation)
        with a_screen(virtual=autopilot):
            view = _window(
                asked,
                source,
                screen,
                size,
                Autopilot([asked.seed, allocation]) if autopilot else None,
            )
            try:
                record = _provenance(asked, source, plan, view, autopilot)
                files = folder.open_session(participant, session, record)
                allocation = -1  # taken for good
                who = Who(
                    participant,
                    session,
                    asked.name,
                    asked.sha256,
                    source.name,
                    source.image_size,
                    autopilot,
                )
                _run(plan, view, who, files, asked)
            finally:
                view.close()
    finally:
        if allocation >= 0:
            folder.release(allocation)


def _run(
    plan: design.Plan,
    view: WindowView,
    who: Who,
    files: study.SessionFiles,
    asked: protocol.StudyProtocol,
) -> None:
    total = len(plan.trials)
    try:
        run_session(plan, view, who, files.trials, files.events, asked.wording)
    except (SessionStoppedError, KeyboardInterrupt):
        typer.echo(
            f"elicit: stopped after {files.trials.rows} of {total} trials; "
            f"all of them are in {files.trials.path}",
            err=True,
        )
        raise typer.Exit(STOPPED) from None
    finally:
        files.close()
    typer.echo(f"{files.trials.rows} of {total} trials answered: {files.trials.path}")


def _participant(given: str | None, autopilot: bool) -> str:
    if given is None and autopilot:
        given = "autopilot"
    if given is None:
        given = _asked("Participant (letters and digits, such as P01)", "--participant P01")
    return study.check_participant(given)


def _session(folder: study.Study, participant: str, given: int | None, autopilot: bool) -> int:
    following = folder.next_session(participant)
    if given is None and autopilot:
        given = following
    if given is None:
        answer = _asked(f"Session of {participant}", f"--session {following}", str(following))
        if not answer.isascii() or not answer.isdigit():
            raise ElicitError(f"session: must be a whole number from 1, got {answer!r}")
        given = int(answer)
    folder.check_free(participant, given)
    return given


def _asked(question: str, option: str, offer: str | None = None) -> str:
    """Return what the experimenter types.

    Raises:
        ElicitError: there is no terminal to ask in.
    """
    if not sys.stdin.isatty():
        raise ElicitError(
            f"{option.split()[0]}: is needed; there is no terminal to ask in: give {option}"
        )
    return str(typer.prompt(question, default=offer)).strip()


def _parsed_size(windowed: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{1,5})x(\d{1,5})", windowed, re.ASCII)
    if found is None:
        raise ElicitError(f"--windowed: must be WIDTHxHEIGHT, such as 1280x800, got {windowed!r}")
    return int(found[1]), int(found[2])


def _checked_seed(seed: int) -> int:
    if seed < 0:
        raise ElicitError(f"--seed: must be 0 or more, got {seed}")
    return seed


def _window(
    asked: protocol.StudyProtocol,
    source: EndpointSource,
    screen: int,
    size: tuple[int, int] | None,
    pilot: Autopilot | None,
) -> WindowView:
    # psychopy takes seconds to load and needs a screen: not before everything else is known good
    from elicit.screen.window import WindowSettings, WindowView

    repeat = asked.key_repeat
    settings = WindowSettings(screen, size, repeat.delay_s, repeat.rate_hz)
    return WindowView(settings, source, asked.wording, pilot)


def _provenance(
    asked: protocol.StudyProtocol,
    source: EndpointSource,
    plan: design.Plan,
    view: WindowView,
    autopilot: bool,
) -> dict[str, Any]:
    packages = ("human-mixup", "psychopy", "pyglet", "numpy", "pillow")
    return {
        "protocol": asked.name,
        "protocol_sha256": asked.sha256,
        "seed": asked.seed,
        "allocation": plan.allocation,
        "simulated": autopilot,
        "stimuli": {"source": source.name, "image_size": source.image_size},
        "screen": view.provenance(),
        "clock": "perf_counter, seconds; onset_utc from the system's clock",
        "started_utc": study.utc_now(),
        "station": platform.node(),
        "system": platform.platform(),
        "versions": {
            "python": platform.python_version(),
            **{name: metadata.version(name) for name in packages},
        },
    }
