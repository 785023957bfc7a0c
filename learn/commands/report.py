"""The command `learn report`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from elicit.errors import ElicitError
from learn.commands.options import Process, Simulated
from learn.report import report
from learn.study import exclusions, table
from learn.study.selection import SelectionOptions, select


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("report")(make_report)


def make_report(
    logs: Annotated[
        Path,
        typer.Argument(metavar="LOGS", help="The study folder that `elicit run --logs` made."),
    ],
    out: Annotated[Path, typer.Option(help="The page to write. An older one is replaced.")] = Path(
        "report.html"
    ),
    stimuli: Annotated[
        str | None,
        typer.Option(
            help="Where the endpoint images are, for pictures: pictograms, cifar10, or a folder."
        ),
    ] = None,
    exclude: Annotated[
        Path | None,
        typer.Option(help="A list of who is left out, such as `learn qc` writes: exclusions.csv."),
    ] = None,
    repeats: Annotated[
        bool,
        typer.Option(
            "--repeats/--no-repeats",
            help="Count answers to repeated trials in the relabellings and overall means.",
        ),
    ] = True,
    process: Process = None,
    include_simulated: Simulated = None,
) -> None:
    """Write a study's figures and numbers as one page, to read and to print.

    The page holds everything it shows: where people see 50/50, and the pairs for which they agree
    that it lies elsewhere; agreement between paradigms; start value and mirroring; inferred
    *lambda_g* against *lambda_f*; a curve for every class pair; relabelled images with pictures;
    confidence; classes that people see although they are not in the mix; repeats; response times.
    What a study did not ask is left out, with a note.

    Its numbers are CSV files in a folder beside it, **report_numbers/** for **report.html**, and
    its figures SVG and PDF files in **report_figures/**. The page says what its intervals are
    over, who is left out by --exclude, and what would change with them. The same logs give the
    same bytes.

    To try it: `learn report logs --out report.html`
    """
    if out.is_dir():
        raise ElicitError(f"{out}: --out must be a file such as report.html, got a folder")
    rows = table.read_study(logs)
    left = () if exclude is None else tuple(exclusions.read_exclusions(exclude, rows))
    choice = SelectionOptions(
        include_simulated=include_simulated, process=process, exclusions=left, pooled=False
    )
    chosen = select(rows, choice)
    excluded = [each for each in left if each.exclude == "yes"]
    left_out = (
        report.LeftOut(excluded, select(rows, replace(choice, exclusions=()))) if excluded else None
    )
    states = report.write_report(chosen, out, logs.resolve().name, stimuli, repeats, left_out)
    console = Console(highlight=False, markup=False, soft_wrap=True)
    if chosen.simulation_note is not None:
        console.print(chosen.simulation_note, style="bold")
    console.print(f"{out}: {states.pop(out)}")
    for what in ("numbers", "figures"):
        folder = out.parent / f"{out.stem}_{what}"
        files = sum(path.parent == folder for path in states)
        console.print(f"{folder}: {files} {'tables' if what == 'numbers' else 'files'}")
