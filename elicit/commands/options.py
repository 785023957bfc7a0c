"""Options that several commands share, and how their values are read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from elicit import observers
from elicit.errors import ElicitError
from elicit.log.station import NO_HOST, NO_HOST_HELP
from elicit.protocol import yaml_document as located
from elicit.protocol.study_protocol import StudyProtocol
from elicit.screen.light_patch import Corner
from elicit.simulation.cohort import SimulatedCohort
from stimuli.sources.endpoints import EndpointSource

ProtocolFile: TypeAlias = Annotated[
    Path,
    typer.Argument(metavar="PROTOCOL", help="The study's YAML, such as protocols/demo.yaml."),
]
Logs: TypeAlias = Annotated[
    Path, typer.Option(help="The study folder; created if it does not exist.")
]
Stimuli: TypeAlias = Annotated[
    str | None,
    typer.Option(
        help="pictograms, cifar10, or a folder that holds class folders or CIFAR-10. Overrides the "
        "protocol; every row records it."
    ),
]
Screen: TypeAlias = Annotated[int, typer.Option(help="The number of the screen, from 0.")]
Windowed: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="WxH", help="Open a window of this size instead of using the full screen."
    ),
]


MarkerPort: TypeAlias = Annotated[
    str | None,
    typer.Option(
        help="Serial port for codes on this computer, such as COM4; overrides the protocol's "
        "markers.serial."
    ),
]
LightPatch: TypeAlias = Annotated[
    Corner | None,
    typer.Option(
        metavar="CORNER",
        help="Draw a patch for a light sensor in a corner (top-left, top-right, bottom-left or "
        "bottom-right): white with each image, black otherwise. Its side is 24 px in a 1024x600 "
        "window and grows with the window.",
    ),
]
NoHost: TypeAlias = Annotated[bool, typer.Option("--no-host", envvar=NO_HOST, help=NO_HOST_HELP)]


def parse_size(windowed: str) -> tuple[int, int]:
    """Return width and height of a window, px, given as WxH.

    Raises:
        ElicitError: the text has another form.
    """
    found = re.fullmatch(r"(\d{1,5})x(\d{1,5})", windowed, re.ASCII)
    if found is None:
        raise ElicitError(f"--windowed: must be WIDTHxHEIGHT, such as 1280x800, got {windowed!r}")
    return int(found[1]), int(found[2])


def check_at_least(option: str, given: int, least: int, most: int | None = None) -> int:
    """Return the number given with an option.

    Args:
        option: such as --seed.
        given: the number.
        least: the smallest one allowed.
        most: the largest one allowed; any where None.

    Raises:
        ElicitError: the number is not allowed.
    """
    if given < least or (most is not None and given > most):
        allowed = f"{least} or more" if most is None else f"from {least} to {most}"
        raise ElicitError(f"{option}: must be {allowed}, got {given}")
    return given


def read_settings(path: Path | None) -> dict[str, object]:
    """Return the observer's settings.

    Raises:
        ProtocolError: the file cannot be read, or is no YAML mapping; with the line.
    """
    if path is None:
        return {}
    document = located.read(path)
    problems = [*document.problems, *(problem for _, problem in document.misread)]
    if problems:
        raise located.protocol_error(path, problems)
    return dict(document.content)


def check_observer(
    cohort: SimulatedCohort, asked: StudyProtocol, source: EndpointSource, settings: Path | None
) -> None:
    """Refuse an observer that there is not, or that cannot answer the protocol.

    Args:
        cohort: with its name and settings.
        asked: the protocol.
        source: endpoint images.
        settings: the file with the observer's settings, if one was given.

    Raises:
        ElicitError: so it is, or it cannot use its settings.
    """
    if cohort.observer not in observers.OBSERVERS:
        raise ElicitError(
            f"--observer: must be one of {', '.join(observers.OBSERVERS)}, got {cohort.observer!r}"
        )
    try:
        cohort.start_observer(1, 1)
        reason = observers.explain_unusable(cohort.observer, asked, source.classes, cohort.settings)
    except ElicitError as error:
        raise (error if settings is None else ElicitError(f"{settings}: {error}")) from error
    if reason is not None:
        raise ElicitError(reason)
