"""The commands `learn qc`, `learn import-hmix` and `learn observe`: a study checked, or made."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

import typer

from learn.commands import summaries
from learn.commands.options import NoHost, Process, Simulated, need_torch
from learn.console import say, say_files
from learn.files import hide_host, hide_paths, put
from learn.hmix import import_study as hmix
from learn.qc import check as qc
from learn.qc import criteria as qc_criteria
from learn.runs.files import CHECKPOINT, RECORD
from learn.study import exclusions, table
from learn.training.settings import to_dict
from stimuli.files import MAX_ARRAY_BYTES, read_bytes

Logs = Annotated[
    Path,
    typer.Argument(metavar="LOGS", help="The study folder that `elicit run --logs` made."),
]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command("qc")(quality_control)
    app.command("import-hmix")(import_hmix)
    app.command("observe")(observe)


def quality_control(
    logs: Logs,
    criteria: Annotated[
        Path | None,
        typer.Option(help="A YAML of criteria. [default: the project's own, copied to --out]"),
    ] = None,
    out: Annotated[Path, typer.Option(help="The folder to write to.")] = Path("qc"),
    process: Process = None,
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
    checked = qc.check_quality(rows, limits, decided, include_simulated, process)
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

    Construct, Select-Shuffled, Infer and Categorize become trial logs in **data/**. Categorize is
    the interface in which people name classes; its answers have no *lambda_g*, and count apart:
    `learn relabel hmix-study --paradigms categorize`.

    To try it: `learn import-hmix h-mix --out hmix-study && learn relabel hmix-study`
    """
    say(summaries.import_table(hmix.import_hmix(folder, out)))


def observe(
    run: Annotated[
        Path,
        typer.Argument(metavar="RUN", help="The run folder of a network, as `learn train` made."),
    ],
    study: Annotated[
        Path, typer.Argument(metavar="STUDY", help="The study folder whose trials it answers.")
    ],
    out: Annotated[Path, typer.Option(help="The study folder to make; nothing may be in it.")],
    name: Annotated[
        str, typer.Option(help="Of the observer: its ids are this name and a number.")
    ] = "network",
    stimuli: Annotated[
        str | None,
        typer.Option(
            help="Where the endpoint images are: pictograms, cifar10, or a folder. [default: as "
            "the logs say]"
        ),
    ] = None,
    no_host: NoHost = False,
) -> None:
    """Let a trained network answer the trials of a study, as an observer beside people.

    Construct and Select-Shuffled: of the mixes on offer, the one whose share of class i,
    p_i / (p_i + p_j), is nearest to 1/2. Infer: that share is *lambda_g*; *omega* says how much of
    the network's probability is on the two classes: (p_i + p_j - 2/K) / (1 - 2/K) of K classes, at
    least 0. Discriminate: the class with the larger probability. Practice is left out.

    The new folder is a study of its own, which `learn report`, `learn pse` and
    `learn compare-policies` read. All its rows are marked as simulated. The network answers each
    participant's trials under an id of its own: these are sets of trials, not observers, so
    intervals over them say nothing about other networks. A network has no response time: *rt_s* is
    1 in every row. **observer.json** says which network it was.

    To try it: `learn observe runs/a logs --out network && learn report network`
    """
    hide_host(no_host)
    rows = table.read_study(study)
    need_torch()
    from learn.observing.observe import observe_study
    from learn.runs.trained import load_checkpoint

    trained = load_checkpoint(run)
    observer: dict[str, Any] = {
        "name": name,
        "run": hide_paths(str(run)),
        "classes": [*trained.classes],
        "settings": to_dict(trained.settings),
        "epoch": trained.epoch,
        "sha256": {
            each: sha256(read_bytes(run / each, MAX_ARRAY_BYTES)).hexdigest()
            for each in (RECORD, CHECKPOINT)
        },
        "study": hide_paths(str(study)),
    }
    made = observe_study(trained, rows, out, name, observer, stimuli)
    counts = ", ".join(f"{count} of {paradigm}" for paradigm, count in made.trials.items())
    say(f"{name}: {counts} answered, for {made.sets} participants' trials.", bold=True)
    if made.left_out:
        why = ", ".join(f"{count} {reason}" for reason, count in made.left_out.items())
        say(f"Trials left out: {why}.")
    if made.unverified:
        say(
            f"The logs do not record the pixels of {made.unverified} endpoint images, so these "
            "could not be checked."
        )
    say(f"{out}: written; all its answers are a network's, and marked as simulated")
