"""The command `learn`: what people's labels change in a model."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console, RenderableType

from elicit.errors import run_and_tell
from learn import (
    card,
    exclusions,
    hmix,
    labelled,
    percepts,
    policy_cli,
    qc,
    qc_criteria,
    report_cli,
    table,
    told,
)
from learn import relabel as relabelling
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
IncludeSimulated = Annotated[
    bool,
    typer.Option(
        "--include-simulated",
        help="Count what a program answered (--autopilot) beside what people did.",
    ),
]


class Weighting(str, Enum):
    """The ways of weighting judgements by confidence; `learn.relabel.WEIGHTINGS` says how."""

    plain = "plain"
    smoothed = "smoothed"
    hmix = "hmix"
    normalised = "normalised"


@app.callback()
def main() -> None:
    """What people saw in mixed images, as labels for a model."""


@app.command()
def relabel(
    logs: Logs,
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
    repeats: Annotated[
        bool, typer.Option("--repeats/--no-repeats", help="Count answers to repeated trials.")
    ] = True,
    paradigms: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Count only this paradigm; may be given again."),
    ] = None,
    exclude: Annotated[
        Path | None,
        typer.Option(help="A list of who is left out, such as `learn qc` writes: exclusions.csv."),
    ] = None,
    min_judgements: Annotated[
        int, typer.Option(min=1, metavar="N", help="Leave out images with fewer judgements.")
    ] = 1,
    weighting: Annotated[
        list[Weighting] | None,
        typer.Option(
            metavar="WAY",
            help="Make labels in which confidence weighs this way: plain, smoothed, hmix or "
            "normalised; may be given again. [default: plain, smoothed]",
        ),
    ] = None,
    per_participant: Annotated[
        bool, typer.Option("--per-participant", help="Write every judgement too.")
    ] = False,
    include_simulated: IncludeSimulated = False,
) -> None:
    """Turn a study's judgements into a labelled set of mixed images.

    Pools all judgements of an image, repeats included and practice not, and writes:

    **labels.csv**, **labels.parquet**, a row an image: its endpoints and *lambda_f*, the number of
    judgements, the mean and spread of *lambda_g*, the mean confidence *omega*, and the mean
    *lambda_g* weighted by it.

    **labels.npz**, the same rows for training: the images as they were on screen, and the soft
    labels *mixup* (lambda_f), *average* (mean lambda_g, plain), *average_omega* (smoothed towards
    uniform where people were unsure), *average_hmix* (mean of omega * lambda_g) and
    *average_weighted* (that divided by the mean of omega: normalised).

    **judgements.csv**, **judgements.parquet**, with --per-participant: a row a judgement.

    **README.md**, a data card: what it is, from whom, how made, whose images.

    Construct and Select-Shuffled answers count as *lambda_g* = 0.5 at the *lambda_f* chosen. Every
    endpoint image is checked against the fingerprint logged when it was shown. The same logs always
    give the same bytes.

    To try it: `learn relabel logs`
    """
    rows = table.read(logs)
    choice = percepts.Choice(
        include_simulated=include_simulated,
        repeats=repeats,
        paradigms=tuple(paradigms) if paradigms else None,
        exclusions=() if exclude is None else tuple(exclusions.read(exclude, rows)),
        min_judgements=min_judgements,
    )
    chosen = percepts.select(rows, choice)
    made = relabelling.relabel(
        chosen.used,
        stimuli,
        weightings=relabelling.USUAL if not weighting else [each.value for each in weighting],
        per_participant=per_participant,
    )
    files = labelled.save(made, out, card.data_card(chosen, made, choice))
    _say(told.summary(chosen, made))
    for remark in told.remarks(chosen, made):
        _say(remark, bold=True)
    _say_files(files)


@app.command("qc")
def quality_control(
    logs: Logs,
    criteria: Annotated[
        Path | None,
        typer.Option(help="A YAML of criteria. [default: the project's own, copied to --out]"),
    ] = None,
    out: Annotated[Path, typer.Option(help="The folder to write to.")] = Path("qc"),
    include_simulated: IncludeSimulated = False,
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
    _say(f"{len(checked.excluded)} of {len(checked.scores)} left out.", bold=True)
    if checked.exclusions:
        _say(told.excluded(checked))
        _say(told.results(checked))
    _say_files(files)


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
    _say(told.imported(hmix.import_hmix(folder, out)))


policy_cli.register(app)
report_cli.register(app)


def _say(what: RenderableType, bold: bool = False) -> None:
    console = Console(highlight=False, markup=False, soft_wrap=True)
    console.print(what, style="bold" if bold else None)


def _say_files(files: dict[Path, str]) -> None:
    for path, state in files.items():
        _say(f"{path}: {state}")


def run_app() -> NoReturn:
    """Run the command; a person's mistake is one line."""
    run_and_tell(app, "learn", StimulusError)
