"""`elicit validate` and `elicit schema`: what protocols may say, and what is wrong in them."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from elicit.design import build as design
from elicit.errors import ElicitError, ProtocolError
from elicit.log import files as disk
from elicit.preflight import durations, protocol_check, workload
from elicit.protocol import study_protocol as protocol
from elicit.protocol import yaml_document as located
from elicit.protocol.key_tables import key_tables
from stimuli.errors import StimulusError
from stimuli.sources.endpoints import EndpointSource

DIALECT = "https://json-schema.org/draft/2020-12/schema"  # the one that pydantic writes


def register(app: typer.Typer) -> None:
    """Add both commands."""
    app.command()(validate)
    app.command()(schema)


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
    fits, size = "PsychoPy is not installed, so the window size was not checked", None
    if not problems and find_spec("psychopy") is not None:
        try:
            size, problems = protocol_check.find_smallest_window(sets, document)
        except ElicitError as error:
            problems = [protocol_check.locate(str(error), asked, document)]
        else:
            fits = f"smallest window: {size[0]}x{size[1]}"
    if problems:
        raise located.protocol_error(path, problems)
    blocks = workload.estimate_workload(sets)
    partial = durations.find_partial_frames(asked, durations.USUAL_HZ)
    sides = [] if size is None else _sides(sets, size)
    lines = [*_summary(asked, blocks), *partial, note, fits, *sides]
    return [f"{path}: valid", *(f"  {line}" for line in lines)]


def _sides(sets: design.StimulusSets, smallest: tuple[int, int]) -> list[str]:
    """Return how large images are on screen, in the smallest window and in a large one."""
    side_deg = sets.protocol.stimuli.side_deg
    if side_deg is not None:
        return [f"images: {side_deg:g} degrees or less, on screens measured with elicit calibrate"]
    said = []
    for width, height in dict.fromkeys((smallest, protocol_check.WINDOW_SIZES[-1])):
        sides = protocol_check.find_sides(sets, (width, height))
        named = ", ".join(f"{paradigm} {side} px" for paradigm, side in sides.items())
        each = f"{min(sides.values())} px" if len(set(sides.values())) == 1 else named
        said.append(f"images in a window of {width}x{height}: {each}")
    return said


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
        return protocol_check.open_without_download(
            spec, asked.stimuli.image_size, asked.stimuli.process
        )
    except StimulusError as error:
        if stimuli is not None:
            raise ProtocolError(str(error)) from error
        problem = protocol_check.locate_source_problem(error, document)
        raise located.protocol_error(document.path, [problem]) from error


def schema(
    out: Annotated[
        Path | None,
        typer.Option(
            help="Write to this file instead of the terminal; an existing file is replaced."
        ),
    ] = None,
    markdown: Annotated[
        bool,
        typer.Option("--markdown", help="Print tables of all keys instead of the schema."),
    ] = False,
) -> None:
    """Print the JSON Schema of protocols: the values and the meaning of each key.

    An editor with the YAML language server completes and checks a protocol whose first line is
    `# yaml-language-server: $schema=protocol.schema.json`

    Example: `elicit schema --out protocol.schema.json`
    """
    shape = protocol.json_schema()
    described = {"$schema": DIALECT, **shape}
    text = (
        key_tables(shape).rstrip()
        if markdown
        else json.dumps(described, indent=2, ensure_ascii=False)
    )
    if out is None:
        typer.echo(text)
        return
    try:
        disk.replace(out, text + "\n")
    except OSError as error:
        raise ElicitError(f"--out: {out} cannot be written: {error.strerror}") from error
