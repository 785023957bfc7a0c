"""`elicit validate`: all mistakes in protocols, and a summary of valid ones."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from elicit.design import build as design
from elicit.errors import ElicitError, ProtocolError
from elicit.preflight import durations, protocol_check, workload
from elicit.protocol import study_protocol as protocol
from elicit.protocol import yaml_document as located
from stimuli.errors import StimulusError
from stimuli.sources.endpoints import EndpointSource


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(validate)


def validate(
    protocols: Annotated[
        list[Path],
        typer.Argument(metavar="PROTOCOL...", help="YAML files, such as protocols/*.yaml."),
    ],
    stimuli: Annotated[
        str | None,
        typer.Option(
            help="pictograms, cifar10, or a folder. Overrides the protocols, as for `elicit run`."
        ),
    ] = None,
) -> None:
    """Report all mistakes in protocols, each with its file, line and key.

    For a valid protocol it reports the trials, conditions and minutes per participant, whether the
    images are sufficient, and the smallest window size. Needs no screen and downloads nothing.

    Example: `elicit validate protocols/demo.yaml`
    """
    wrong = []
    for path in protocols:
        try:
            typer.echo("\n".join(_summary_lines(path, stimuli)))
        except ElicitError as error:
            wrong.append(str(error))
    if wrong:
        raise ProtocolError("\n".join(wrong))


def _summary_lines(path: Path, stimuli: str | None) -> list[str]:
    """Return the summary of a valid protocol, line by line.

    Raises:
        ProtocolError: it has mistakes.
    """
    asked = protocol_check.load_protocol(path, stimuli)
    document = located.read(path)
    source, note = _source(asked, stimuli, document)
    sets = design.StimulusSets(asked, source)
    problems = protocol_check.find_set_problems(sets, document)
    fits = "PsychoPy is not installed, so the window size was not checked"
    if not problems and find_spec("psychopy") is not None:
        try:
            (width, height), problems = protocol_check.find_smallest_window(sets, document)
        except ElicitError as error:
            problems = [protocol_check.locate(str(error), asked, document)]
        else:
            fits = f"smallest window: {width}x{height}"
    if problems:
        raise located.protocol_error(path, problems)
    blocks = workload.estimate_workload(sets)
    partial = durations.find_partial_frames(asked, durations.USUAL_HZ)
    lines = [*_summary(asked, blocks), *partial, note, fits]
    return [f"{path}: valid", *(f"  {line}" for line in lines)]


def _summary(
    asked: protocol.StudyProtocol, blocks: tuple[workload.BlockWorkload, ...]
) -> list[str]:
    fewest, most = sum(block.fewest for block in blocks), sum(block.most for block in blocks)
    minutes = sum(block.minutes for block in blocks)
    one_key = any(block.paradigm == "discriminate" for block in blocks)
    guessed = f", {workload.RT_S['discriminate']} s where one key answers" if one_key else ""
    return [
        f"{asked.name}: {asked.title}",
        *(_block(block) for block in blocks),
        f"{_range(fewest, most)} a session, about {max(1, round(minutes))} min at the paper's "
        f"median response times{guessed}, without pages",
    ]


def _block(block: workload.BlockWorkload) -> str:
    varied = [_number(block.batches, "batch", "batches")]
    varied += [f"{block.starts} start values"] if block.starts > 1 else []
    varied += ["left or right"] if block.sides > 1 else []
    return (
        f"{block.name} ({block.paradigm}): {_range(block.fewest, block.most)} a session"
        f"{f', {block.practice} of them practice' if block.practice else ''}; "
        f"{_number(block.conditions, 'condition', 'conditions')} ({', '.join(varied)})"
    )


def _range(fewest: int, most: int) -> str:
    return _number(most, "trial", "trials") if fewest == most else f"{fewest} to {most} trials"


def _number(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}"


def _source(
    asked: protocol.StudyProtocol, stimuli: str | None, document: located.Document
) -> tuple[EndpointSource, str]:
    """Return endpoint images, without a download, and the line of the summary about them.

    Raises:
        ProtocolError: there are none.
    """
    spec = asked.stimuli.source if stimuli is None else stimuli
    try:
        return protocol_check.open_without_download(spec, asked.stimuli.image_size)
    except StimulusError as error:
        if stimuli is not None:
            raise ProtocolError(str(error)) from error
        problem = protocol_check.locate_source_problem(error, document)
        raise located.protocol_error(document.path, [problem]) from error
