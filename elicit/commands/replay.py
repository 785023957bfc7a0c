"""`elicit replay`: whether a session's events give the answers in its log."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Annotated

import typer

from elicit.errors import ElicitError, StudyFolderWarning
from elicit.log.reader import read, read_events
from elicit.log.session_record import SessionRecord, describe_damage
from elicit.session.provenance import read_curves
from elicit.session.replay import find_differences, find_wrong_mixes
from elicit.study.session_files import parse_file_name


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(replay)


def replay(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A session's _events.csv, or its _data.csv.")
    ],
) -> None:
    """Repeat a session from its events file, and compare the answers with its log.

    Every key press and pointer event is applied to the trials again. The answers must be those of
    **_data.csv**: coefficients, confidence, steps and response times. In adaptive blocks, every mix
    must be the one that follows from the answers before it. The exit code is 1 if anything differs.
    """
    session = parse_file_name(file)
    if session is None:
        raise ElicitError(
            f"{file}: must be a session's _events.csv or _data.csv, as elicit run names them"
        )
    rows = read(session.file("data.csv"))
    events = read_events(session.file("events.csv"))
    sidecar = session.file("session.json")
    record = SessionRecord.read(sidecar)
    if record is None and sidecar.exists():
        warnings.warn(StudyFolderWarning(describe_damage(sidecar)), stacklevel=1)
    blocks = () if record is None else record.blocks
    grids = {block.name: block.lambda_grid or () for block in blocks}
    measured = [] if record is None else read_curves(record, sidecar)
    found = [*find_differences(rows, events, grids), *find_wrong_mixes(rows, measured)]
    for each in found:
        typer.echo(f"{file}: trial {each.trial}: {each.words}")
    if found:
        raise typer.Exit(1)
    without = {event.trial for event in events} - {row.trial for row in rows} - {None}
    rest = f" ({len(without)} shown and not answered)" if without else ""
    typer.echo(f"{len(rows)} trials replayed, all answers the same{rest}")
