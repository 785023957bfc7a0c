"""The command `learn`: what people's labels change in a model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, NoReturn

import typer

from elicit.errors import run_and_tell
from learn import (
    blend_cli,
    exclusions,
    hmix,
    labelled,
    looks_cli,
    points_cli,
    policy_cli,
    qc,
    qc_criteria,
    relabel_cli,
    report_cli,
    table,
    told,
)
from learn.options import Simulated
from learn.say import say, say_files
from stimuli.errors import StimulusError

app = typer.Typer(
    help="What people saw in mixed images, as labels for a model.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)

Logs = Annotated[
    Path,
    typer.Argument(metavar="LOGS", help="The study folder that `elicit run --logs` made."),
]


@app.callback()
def main() -> None:
    """What people saw in mixed images, as labels for a model."""


relabel_cli.register(app)


@app.command("qc")
def quality_control(
    logs: Logs,
    criteria: Annotated[
        Path | None,
        typer.Option(help="A YAML of criteria. [default: the project's own, copied to --out]"),
    ] = None,
    out: Annotated[Path, typer.Option(help="The folder to write to.")] = Path("qc"),
    include_simulated: Simulated = None,
) -> None:
    """Score how carefully each participant answered, and say who should be left out.

    **scores.csv**: repeat consistency, untouched, default and end answers, the same answer always,
    response times against the group, and how answers follow *lambda_f* and the others' answers.

    **exclusions.csv**: each reason to leave somebody out. Write *no* into *exclude* to undo one;
    a later run keeps that. `learn relabel --exclude` reads it.

    **results.csv**: the study's figures with and without those left out.

    To try it: `learn qc logs && learn relabel logs --exclude qc/exclusions.csv`
    """
    rows = table.read(logs)
    limits = qc_criteria.load(criteria)
    earlier = out / qc.EXCLUSIONS
    decided = exclusions.read(earlier, rows) if earlier.is_file() else []
    checked = qc.check(rows, limits, decided, include_simulated)
    contents = qc.files(checked) | {"criteria.yaml": qc_criteria.text(criteria).encode("utf-8")}
    files = labelled.put({out / name: content for name, content in contents.items()}, out)
    if checked.of_programs is not None:
        say(checked.of_programs, bold=True)
    say(f"{len(checked.excluded)} of {len(checked.scores)} left out.", bold=True)
    if checked.exclusions:
        say(told.excluded(checked))
        say(told.results(checked))
    say_files(files)


@app.command("import-hmix")
def import_hmix(
    folder: Annotated[
        Path,
        typer.Argument(metavar="FOLDER", help="Where H-Mix's four CSV files are."),
    ],
    out: Annotated[Path, typer.Option(help="The study folder to make; nothing may be in it.")],
) -> None:
    """Turn the published H-Mix judgements into a study folder, as a lab session makes one.

    Construct, Select-Shuffled and Infer become trial logs in **data/**. The fourth interface asked
    for no *lambda_g*; its answers become **categorical_soft_labels.csv** beside it.

    To try it: `learn import-hmix h-mix --out hmix-study && learn relabel hmix-study`
    """
    say(told.imported(hmix.import_hmix(folder, out)))


policy_cli.register(app)
blend_cli.register(app)
looks_cli.register(app)
report_cli.register(app)
points_cli.register(app)


def run_app() -> NoReturn:
    """Run the command; a person's mistake is one line."""
    run_and_tell(app, "learn", StimulusError)
