"""The commands `learn table1`, `table2` and `table3`: every run of a table, what they came to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from learn.commands.options import (
    NoHost,
    expand_option_groups,
    help_with_label_types,
    need_torch,
)
from learn.commands.training_options import (
    BlendFold,
    DataOptions,
    DropLeaks,
    Labels,
    MixingProcess,
    TrainingOptions,
    read_named_file,
    read_named_labels,
    read_seeds,
    read_types,
)
from learn.console import say
from learn.files import hide_host
from learn.training.data import Inputs, available_types

if TYPE_CHECKING:
    from learn.tables import make as tables_make

PolicyStrengths = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME=FILE",
        help="For an image-aware policy: the .npy that `learn strengths` wrote.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("table1", help=help_with_label_types(table1))(table1)
    app.command("table2")(table2)
    app.command("table3", help=help_with_label_types(table3))(table3)


@expand_option_groups
def table1(
    labels: Labels = None,
    types: Annotated[
        str,
        typer.Option(
            metavar="NAME,NAME",
            help="Rows: paper (its six), controls (which tell why people's labels help), all "
            "(every type labels.npz has), or names, such as paper,mixup-omega.",
        ),
    ] = "paper",
    more: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=FILE:TYPE",
            help="An additional row with the blends of another labels.npz, such as "
            "beyond=blends/labels.npz:policy. May be given again.",
        ),
    ] = None,
    *,
    data: DataOptions,
    drop_leaks: DropLeaks = False,
    training: TrainingOptions,
    no_host: NoHost = False,
) -> None:
    """Train on blends with each label type, with several seeds, and compare the results.

    The paper's Table 1: no blends, and blends with *random*, *uniform*, *mixup*, *average* and
    *average_omega* labels. Finished runs are reused. Run the same command again to resume a table
    that was stopped.

    The label types, for --types; the paper has the first six:

    (label types)

    *mixup_omega* beside *average_omega* separates what people's confidence does from what their
    lambda_g does; the two *smoothed* types smooth every label alike; *average_omega_permuted* gives
    each blend the confidence of another.

    Writes **table1.csv** (a row a label type), **table1_runs.csv** (a row a run),
    **table1_differences.csv** (each two rows, paired by seed), and **table1.md**, **.tex**,
    **.png**, **.svg**.

    To try it: `learn relabel logs && learn table1 --labels labels/labels.npz --seeds 2 --epochs 3
    --width 0.25`
    """
    hide_host(no_host)
    chosen = read_seeds(data.seeds)
    made, inputs = training.settings(), data.inputs(labels, drop_leaks)
    options = _options(training)
    from learn.tables import make as tables_make
    from learn.tables import rows as tables

    names = _list_types(types, inputs)
    others = [read_named_labels(spec) for spec in more or ()]
    tables_make.make(tables.table_1(names, others, made, inputs, chosen), options)


@expand_option_groups
def table2(
    policy: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=FILE",
            help="A row: a label policy, as `learn fit-policy` writes it. May be given again.",
        ),
    ] = None,
    strengths: PolicyStrengths = None,
    mixup_alpha: Annotated[
        float | None,
        typer.Option(help="lambda_f of each example from Beta(alpha, alpha). [default: 1]"),
    ] = None,
    process: MixingProcess = None,
    *,
    data: DataOptions,
    training: TrainingOptions,
    no_host: NoHost = False,
) -> None:
    """Train with full mixup under each label policy, with several seeds, and compare the results.

    The paper's Table 2: every example is mixed with a partner, anew each epoch; its label's
    lambda_g is lambda_f, or what a policy fitted to people predicts. The paper's "human fits" is
    the policy *per_pair*. With --process cutmix it is full CutMix, for policies that were fitted
    to CutMix images. Finished runs are reused. Run the same command again to resume a table
    that was stopped.

    Writes **table2.csv**, **table2_runs.csv**, **table2_differences.csv**, and **table2.md**,
    **.tex**, **.png**, **.svg**.

    To try it: `learn fit-policy logs --policy per_pair --out per_pair.json && learn table2
    --policy per_pair.json --seeds 2 --epochs 3 --width 0.25`
    """
    hide_host(no_host)
    chosen = read_seeds(data.seeds)
    made = training.settings({"mixup_alpha": 1.0}, mixup_alpha=mixup_alpha, process=process)
    inputs, options = data.inputs(), _options(training)
    from learn.tables import make as tables_make
    from learn.tables import rows as tables

    policies, given = _read_policies(policy, strengths)
    tables_make.make(tables.table_2(policies, given, made, inputs, chosen), options)


@expand_option_groups
def table3(
    labels: Labels = None,
    types: Annotated[
        str,
        typer.Option(
            metavar="NAME,NAME",
            help="Rows: paper (its six), controls, all (every type labels.npz has), or names.",
        ),
    ] = "paper",
    blend_fold: BlendFold = 0,
    heavier: Annotated[
        list[float] | None,
        typer.Option(
            metavar="WEIGHT",
            help="Rows in which a blend's loss weighs so much: each label type once more. May be "
            "given again.",
        ),
    ] = None,
    full_mixup: Annotated[
        bool, typer.Option("--full-mixup", help="A row of full mixup, without these blends.")
    ] = False,
    policy: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=FILE",
            help="A row of full mixup under a label policy, as `learn fit-policy` writes it. May "
            "be given again. A policy knows all judgements that it was fitted to.",
        ),
    ] = None,
    strengths: PolicyStrengths = None,
    process: MixingProcess = None,
    *,
    data: DataOptions,
    drop_leaks: DropLeaks = False,
    training: TrainingOptions,
    no_host: NoHost = False,
) -> None:
    """Train with a part of the blends held out, and compare what networks and people see in them.

    Each label type is trained on the other blends. Of a held-out blend of classes i and j a
    network's share, p_i / (p_i + p_j), stands beside the lambda_g that people gave (RMSE,
    correlation, cross entropy), with mixup's formula and the spread between people as references;
    its entropy beside their confidence. Blends need every judgement: `learn relabel
    --per-participant`. Finished runs are reused. Run the same command again to resume a table that
    was stopped.

    The label types, for --types; the paper has the first six:

    (label types)

    What may bring networks closer to people: --heavier, --full-mixup and --policy (with --process
    cutmix it is full CutMix). A temperature, fitted on the other blends, stands beside every row.

    Writes **table3.csv**, **table3_runs.csv**, **table3_differences.csv**, and **table3.md**,
    **.tex**, **.png**, **.svg**: networks' shares against people's, a panel a row.

    To try it: `learn relabel logs --per-participant && learn table3 --labels labels --seeds 2
    --epochs 3 --width 0.25`
    """
    hide_host(no_host)
    chosen = read_seeds(data.seeds)
    made, inputs = training.settings(), data.inputs(labels, drop_leaks, blend_fold)
    options = _options(training)
    from learn.tables import make as tables_make
    from learn.tables import rows as tables

    names = _list_types(types, inputs)
    policies, given = _read_policies(policy, strengths)
    mixed = None
    if full_mixup or policies or process is not None:
        mixing = training.settings({"mixup_alpha": 1.0}, process=process)
        mixed = tables.table_2(policies, given, mixing, inputs, chosen)
    table = tables.table_3(names, heavier or (), mixed, made, inputs, chosen)
    tables_make.make(table, options)


def _list_types(types: str, inputs: Inputs) -> list[str]:
    """Return the label types that `--types` names; of all, say which the labels lack."""
    names, whole = read_types(types)
    if whole:
        names, without = available_types(names, inputs)
        if without:
            say(f"{inputs.labels} lacks what these rows need, left out: {', '.join(without)}.")
    return names


def _read_policies(
    policy: list[str] | None, strengths: list[str] | None
) -> tuple[list[tuple[str, Path]], dict[str, Path]]:
    """Return name and file of each `--policy`, and the file of each `--strengths` by its name."""
    named = [read_named_file("--policy", spec) for spec in policy or ()]
    return named, dict(read_named_file("--strengths", spec) for spec in strengths or ())


def _options(training: TrainingOptions) -> tables_make.TableOptions:
    """Return how and where runs are done, where what they need is installed.

    Raises:
        ElicitError: it is not, or an option of Slurm's that is not KEY=VALUE.
    """
    slurm = training.slurm()
    need_torch()
    from learn.tables import make as tables_make

    ways = training.hardware(), training.jobs, training.together, training.executor, slurm
    return tables_make.TableOptions(training.runs, training.out, *ways)
