"""`elicit run`: one participant's session."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from elicit.commands.options import (
    LightPatch,
    Logs,
    MarkerPort,
    NoHost,
    ProtocolFile,
    Screen,
    Stimuli,
    Windowed,
    check_at_least,
    parse_size,
)
from elicit.commands.windows import open_dialog, open_window, stop_on_signals
from elicit.design import build as design
from elicit.errors import ElicitError, describe_os_error
from elicit.log.files import time_of_day
from elicit.log.station import hide_host
from elicit.markers import MarkerSender
from elicit.observers import observer
from elicit.preflight import protocol_check
from elicit.preflight.experimenter import (
    DialogLeftError,
    DialogWindow,
    Experimenter,
    Nobody,
    Prompt,
    Terminal,
    has_screen,
    has_terminal,
)
from elicit.protocol.study_protocol import StudyProtocol
from elicit.screen.light_patch import Corner
from elicit.screen.simulated import TimedKeyPresser
from elicit.screen.virtual_display import provide_screen
from elicit.session import provenance
from elicit.session.clock import SteadyClock
from elicit.session.presenting import SessionStoppedError
from elicit.session.runner import ConsentWithheldError, SessionRunner
from elicit.session.saving import UnsavedError
from elicit.session.stages import list_all_screens
from elicit.session.start import (
    OpenSession,
    describe_markers,
    new_session,
    open_markers,
    override_marker_port,
    resume_session,
)
from elicit.study import folder as study
from elicit.study.participants import check_participant
from stimuli.errors import StimulusError
from stimuli.sources.endpoints import open_source

if TYPE_CHECKING:
    from elicit.screen.window import WindowView

AUTOPILOT_SPEED = 4.0  # times as fast as its own keys: one in 1/16 s
EXIT_STOPPED = 3  # exit code of a session that was stopped before its end


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(run)


def run(
    protocol_file: ProtocolFile,
    participant: Annotated[
        str | None,
        typer.Option(
            help="Pseudonym of 1 to 32 letters and digits, such as P01. Asked for if not given."
        ),
    ] = None,
    session: Annotated[
        int | None,
        typer.Option(help="Number of the participant's session, from 1. Asked for if not given."),
    ] = None,
    logs: Logs = Path("logs"),
    stimuli: Stimuli = None,
    screen: Screen = 0,
    windowed: Windowed = None,
    seed: Annotated[
        int | None,
        typer.Option(help="Overrides the protocol's seed; the session record states it."),
    ] = None,
    resume: Annotated[
        bool | None,
        typer.Option(
            "--resume/--no-resume",
            help="Resume the participant's interrupted session, or start another. Asked for if "
            "there is an interrupted session.",
        ),
    ] = None,
    autopilot: Annotated[
        bool,
        typer.Option(
            "--autopilot",
            help="Let a simulated participant press the keys; on a computer without a screen, in a "
            "virtual one.",
        ),
    ] = False,
    light_patch: LightPatch = None,
    marker_port: MarkerPort = None,
    dialog: Annotated[
        bool,
        typer.Option(
            "--dialog",
            help="Ask for participant and session in a window, and show errors there too. This is "
            "also done where there is no terminal, as after a double click.",
        ),
    ] = False,
    no_host: NoHost = False,
) -> None:
    """Run one participant's session, on the full screen, by keyboard.

    Each answer is written to **LOGS/data/** before the next trial appears. Escape asks whether to
    stop. If a session ends early for any reason, run the same command again to resume at the first
    unanswered trial. No file is ever overwritten.

    Example: `elicit run protocols/demo.yaml --participant P01`
    """
    hide_host(no_host)
    if dialog and autopilot:
        raise ElicitError("--dialog: must not be given beside --autopilot, which asks nobody")
    size = None if windowed is None else parse_size(windowed)
    who = _find_experimenter(dialog, participant is None and not autopilot, screen, size)
    try:
        loaded = protocol_check.load_protocol(protocol_file, stimuli)
        asked = override_marker_port(loaded, marker_port)
        if seed is not None:
            asked = asked.model_copy(update={"seed": check_at_least("--seed", seed, 0)})
        folder = study.Study(logs, asked.name)
        participant = _participant(folder, participant, autopilot, who, asked.title)
        place = _session(folder, participant, session, resume, autopilot, who)
        who.close()
        window = _WindowOptions(screen, size, light_patch)
        start = _Start(asked, protocol_file, stimuli, folder, participant, *place)
        _begin(start, window, autopilot=autopilot)
    except DialogLeftError as left:
        typer.echo(f"elicit: {left}", err=True)
        raise typer.Exit(EXIT_STOPPED) from None
    except (ElicitError, StimulusError, OSError) as error:
        told = describe_os_error(error) if isinstance(error, OSError) else str(error)
        who.tell(told)
        raise
    finally:
        who.close()


@dataclass(frozen=True)
class _WindowOptions:
    """Where the session's window is."""

    screen: int
    size: tuple[int, int] | None  # px; full-screen where None
    light_patch: Corner | None


@dataclass(frozen=True)
class _Start:
    """Which session to begin, or to go on with."""

    asked: StudyProtocol
    protocol_file: Path
    stimuli: str | None
    folder: study.Study
    participant: str
    session: int
    goes_on: bool


def _begin(start: _Start, window: _WindowOptions, *, autopilot: bool) -> None:
    """Open the window and run the session."""
    asked, folder, stimuli = start.asked, start.folder, start.stimuli
    participant, number = start.participant, start.session
    named = asked.stimuli.source if stimuli is None else stimuli
    source = open_source(named, asked.stimuli.image_size, asked.stimuli.process)
    markers = open_markers(asked)  # before a place is taken
    folder.prepare()
    with protocol_check.protocol_errors_with_lines(asked, start.protocol_file, source):
        sets = design.StimulusSets(asked, source)
        if start.goes_on:
            started = resume_session(folder, sets, participant, number)
            if started.protocol.sha256 != asked.sha256:
                typer.echo(
                    f"elicit: {start.protocol_file}: only comments, line ends or layout changed "
                    "since the session began, and nothing that it asks; it goes on",
                    err=True,
                )
        else:
            design.check_settings(sets)
            started = new_session(folder, sets, participant, number, simulated=autopilot)
    try:
        with provide_screen(virtual=autopilot):
            presser = None
            if autopilot:
                seed_of_place = [asked.seed, started.slot.number]
                pilot = observer("autopilot", seed_of_place, session=started.plan.session)
                presser = TimedKeyPresser(pilot, AUTOPILOT_SPEED)
            view = open_window(
                *(asked, source, window.screen, window.size, presser),
                *(started.before, window.light_patch),
            )
            try:
                _run(started, folder, view, sets, autopilot, markers)
            finally:
                view.close()
    finally:
        markers.close()
        started.release(folder)


def _run(
    started: OpenSession,
    folder: study.Study,
    view: WindowView,
    sets: design.StimulusSets,
    autopilot: bool,
    markers: MarkerSender,
) -> None:
    stop_on_signals(view)
    plan, asked, clock = started.plan, started.protocol, SteadyClock()
    source = sets.source
    view.check(list_all_screens(sets, plan))
    if started.files is None:
        record = provenance.make_record(
            asked,
            source,
            plan,
            started.slot,
            simulated=autopilot,
            markers=describe_markers(asked),
            screen=view.provenance(),
            clock="perf_counter, seconds; times of day from the system's clock at the start, and "
            "the seconds since",
            started_utc=time_of_day(clock()),
        )
        started.files = folder.open_session(plan.participant, plan.session, record, reserved=True)
    files = started.files
    session = SessionRunner(
        asked,
        source,
        plan,
        view,
        files,
        simulated=autopilot or started.simulated,
        clock=clock,
        previous=started.previous,
        markers=markers,
    )
    total = len(plan.trials)
    try:
        session.run()
    except ConsentWithheldError:
        files.finish("consent withheld", (), time_of_day(clock()), markers.describe_losses())
        typer.echo("elicit: the participant declined to take part; this is recorded", err=True)
        raise typer.Exit(EXIT_STOPPED) from None
    except UnsavedError as lost:
        typer.echo(
            f"elicit: stopped; {session.answered} of {total} trials are in {files.trials.path}; "
            f"{lost}; run the same command again to resume",
            err=True,
        )
        raise typer.Exit(EXIT_STOPPED) from None
    except SessionStoppedError:
        typer.echo(
            f"elicit: stopped after {session.answered} of {total} trials; all of them are in "
            f"{files.trials.path}; run the same command again to resume",
            err=True,
        )
        raise typer.Exit(EXIT_STOPPED) from None
    finally:
        if markers.unsent:
            typer.echo(f"elicit: {markers.describe_losses()}", err=True)
    ended = time_of_day(clock())
    files.finish("finished", session.estimate_curves(), ended, markers.describe_losses())
    typer.echo(f"{session.answered} of {total} trials answered: {files.trials.path}")


def _find_experimenter(
    dialog: bool, asks: bool, screen: int, size: tuple[int, int] | None
) -> Experimenter:
    """Return who can be asked: where there is no terminal, the experimenter in a window.

    Args:
        dialog: whether a window is wanted in any case.
        asks: whether the command line leaves open who takes part.
        screen: of the window, from 0.
        size: of the window, px; full-screen where None.
    """
    if dialog or (asks and has_screen() and not has_terminal()):
        return DialogWindow(lambda: open_dialog(screen, size))
    return Terminal() if has_terminal() else Nobody()


def _participant(
    folder: study.Study, given: str | None, autopilot: bool, who: Experimenter, title: str
) -> str:
    if given is None and autopilot:
        given = "autopilot"
    offer = folder.next_id() if folder.folder.is_dir() else "P01"

    def check(typed: str) -> None:
        check_participant(typed)
        if folder.folder.is_dir() and typed != given:
            folder.check_known(typed)

    question = "Participant (letters and digits)"
    return who.ask(Prompt(title, question, f"--participant {offer}", offer, check), given)


def _session(
    folder: study.Study,
    participant: str,
    given: int | None,
    resume: bool | None,
    autopilot: bool,
    who: Experimenter,
) -> tuple[int, bool]:
    """Return which session to run, and whether to resume it."""
    following = folder.next_session(participant)
    last = following - 1 if given is None else given
    state = folder.state_of(participant, last) if last >= 1 and following > 1 else None
    if state == "running" and resume is None and not autopilot:
        folder.check_not_running(participant, last)
    if state in {"stopped", "abandoned", "running"} and _wants_to_resume(
        participant, last, resume, autopilot, following, who
    ):
        return last, True
    if resume:
        raise ElicitError(
            f"--resume: participant {participant} has no interrupted session to resume"
        )
    if given is None and (autopilot or resume is False):
        given = following

    def check(typed: str) -> None:
        if not re.fullmatch(r"-?[0-9]{1,400}", typed):
            raise ElicitError(f"session: must be a whole number from 1, got {typed!r}")
        folder.check_free(participant, int(typed))

    question, offer = f"Session of {participant}", str(following)
    prompt = Prompt(question, "Session (a number)", f"--session {offer}", offer, check)
    return int(who.ask(prompt, None if given is None else str(given))), False


def _wants_to_resume(
    participant: str,
    session: int,
    resume: bool | None,
    autopilot: bool,
    following: int,
    who: Experimenter,
) -> bool:
    if resume is not None:
        return resume
    if autopilot:
        return False
    return who.confirm(
        f"Session {session} of {participant} was interrupted. Resume it?",
        "Resume it",
        "Start another",
        f"session {session} of participant {participant} was interrupted: give --resume to "
        f"resume it, or --no-resume --session {following} to start another",
    )
