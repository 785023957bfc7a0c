"""The commands `learn qc` and `learn import-hmix`: a study folder checked, or made."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from learn.commands import summaries
from learn.commands.options import Simulated
from learn.console import say, say_files
from learn.files import put
from learn.hmix import import_study as hmix
from learn.qc import check as qc
from learn.qc import criteria as qc_criteria
from learn.study import exclusions, table

Logs = Annotated[
    Path,
    typer.Argument(metavar="LOGS", help="The study folder that `elicit run --logs` made."),
]


def register(app: typer.Typer) -> None:
    """Add both commands to `app`."""
    app.command("qc")(quality_control)
    app.command("import-hmix")(import_hmix)


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
    rows = table.read_study(logs)
    limits = qc_criteria.read_criteria(criteria)
    earlier = out / qc.EXCLUSIONS
    decided = exclusions.read_exclusions(earlier, rows) if earlier.is_file() else []
    checked = qc.check_quality(rows, limits, decided, include_simulated)
    contents = qc.to_files(checked) | {
        "criteria.yaml": qc_criteria.read_text(criteria).encode("utf-8")
    }
    files = put({out / name: content for name, content in contents.items()})
    if checked.simulation_note is not None:
        say(checked.simulation_note, bold=True)
    say(f"{len(checked.excluded)} of {len(checked.scores)} left out.", bold=True)
    if checked.exclusions:
        say(summaries.exclusion_table(checked))
        say(summaries.result_table(checked))
    say_files(files)


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
    say(summaries.import_table(hmix.import_hmix(folder, out)))
