"""The command `learn`: what people's labels change in a model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from elicit.errors import run_and_tell
from learn import labelled, percepts
from learn import relabel as relabelling
from stimuli.errors import StimulusError

app = typer.Typer(
    help="What people saw in mixed images, as labels for a model.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)


@app.callback()
def main() -> None:
    """What people saw in mixed images, as labels for a model."""


@app.command()
def relabel(
    logs: Annotated[
        Path,
        typer.Argument(metavar="LOGS", help="The study folder that `elicit run --logs` made."),
    ],
    out: Annotated[
        Path,
        typer.Option(help="The folder to write to. Older labels in it are replaced."),
    ] = Path("labels"),
    stimuli: Annotated[
        str | None,
        typer.Option(
            help="Where the endpoint images are: pictograms, cifar10, or a folder: of class "
            "folders, or with CIFAR-10 in it. Needed where the study's images came from a folder."
        ),
    ] = None,
    include_simulated: Annotated[
        bool,
        typer.Option(
            "--include-simulated",
            help="Count what a program answered (--autopilot) beside what people did.",
        ),
    ] = False,
) -> None:
    """Turn a study's judgements into a labelled set of mixed images.

    Pools all judgements of an image, repeats included and practice not, and writes two files:

    **labels.csv**, a row an image: its endpoints and *lambda_f*, the number of judgements, the
    mean and spread of *lambda_g*, the mean confidence *omega*.

    **labels.npz**, the same rows for training: the images as they were on screen, and the soft
    labels *mixup* (lambda_f), *average* (mean lambda_g) and *average_omega* (the average,
    smoothed towards uniform where people were unsure).

    Every endpoint image is checked against the fingerprint logged when it was shown. The same
    logs always give the same bytes.

    To try it: `learn relabel logs`
    """
    chosen = percepts.select(percepts.read_study(logs), include_simulated)
    made = relabelling.relabel(chosen.used, stimuli)
    files = labelled.save(made, out)
    console = Console(highlight=False, markup=False, soft_wrap=True)
    console.print(_summary(chosen, made))
    for remark in _remarks(chosen, made):
        console.print(remark, style="bold")
    for path, state in files.items():
        console.print(f"{path}: {state}")


def _summary(chosen: percepts.Selection, made: labelled.LabelledSet) -> Table:
    table = Table("", "trials", "images", "participants", box=None)
    for column in table.columns[1:]:
        column.justify = "right"
    participants = {judgement.row.participant for judgement in chosen.used}
    used = (len(chosen.used), len(made.percepts), len(participants))
    table.add_row("used", *(str(number) for number in used))
    table.add_row("left out: practice", str(chosen.practice))
    table.add_row("left out: simulated", str(chosen.simulated))
    return table


def _remarks(chosen: percepts.Selection, made: labelled.LabelledSet) -> list[str]:
    remarks = []
    if chosen.all_simulated:
        remarks.append("All judgements are simulated: these are a program's labels, not people's.")
    elif chosen.simulated:
        remarks.append("Simulated trials count only with --include-simulated, as people answered.")
    unasked = sum(percept.mean_omega is None for percept in made.percepts)
    if unasked:
        remarks.append(
            f"No confidence was asked for {unasked} of {len(made.percepts)} images: "
            "their average_omega is their average."
        )
    return remarks


def run_app() -> NoReturn:
    """Run the command; a person's mistake is one line."""
    run_and_tell(app, "learn", StimulusError)
