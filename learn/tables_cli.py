"""The commands `learn table1` and `learn table2`: every run of a table, and what they came to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from elicit.errors import ElicitError, run_and_tell
from learn import settings as settings_of_runs
from learn import tables_asked as asked
from learn import train_cli
from learn.data import Inputs
from learn.options import need_torch
from learn.say import say
from learn.settings import Settings
from learn.tables_options import (
    Augment,
    BatchSize,
    Compile,
    Epochs,
    Jobs,
    Lr,
    Model,
    Out,
    Place,
    Precision,
    Runs,
    Seeds,
    SlurmCpus,
    SlurmGpus,
    SlurmMemory,
    SlurmOption,
    SlurmPartition,
    SlurmTime,
    Together,
    Where,
    Width,
)
from learn.train_cli import (
    CheckpointEvery,
    Config,
    Device,
    DropLeaks,
    Graphs,
    Holdout,
    HoldoutLabels,
    ImageSize,
    Labels,
    Source,
    Threads,
    Train,
    merged,
)
from stimuli.errors import StimulusError


def register(app: typer.Typer) -> None:
    """Add both commands."""
    app.command("table1")(table1)
    app.command("table2")(table2)


def table1(
    labels: Labels = None,
    types: Annotated[
        str,
        typer.Option(
            metavar="NAME,NAME",
            help="Rows: paper (its six), all (every type labels.npz has), or names, such as "
            "paper,mixup-omega.",
        ),
    ] = "paper",
    more: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=FILE:TYPE",
            help="A row more, whose blends are those of another labels.npz, such as "
            "beyond=blends/labels.npz:policy. May be given again.",
        ),
    ] = None,
    seeds: Seeds = "5",
    source: Source = "pictograms",
    train: Train = None,
    holdout: Holdout = None,
    holdout_labels: HoldoutLabels = None,
    image_size: ImageSize = 32,
    drop_leaks: DropLeaks = False,
    runs: Runs = Path("runs"),
    out: Out = Path("tables"),
    model: Model = None,
    width: Width = None,
    epochs: Epochs = None,
    batch_size: BatchSize = None,
    lr: Lr = None,
    augment: Augment = None,
    precision: Precision = None,
    compile_: Compile = None,
    config: Config = None,
    device: Device = "auto",
    threads: Threads = 0,
    checkpoint_every: CheckpointEvery = 60,
    graphs: Graphs = False,
    jobs: Jobs = 1,
    together: Together = 1,
    executor: Where = Place.here,
    slurm_partition: SlurmPartition = None,
    slurm_time: SlurmTime = 240,
    slurm_cpus: SlurmCpus = 2,
    slurm_gpus: SlurmGpus = 0,
    slurm_memory: SlurmMemory = None,
    slurm_option: SlurmOption = None,
) -> None:
    """Train on blends under each label type, some seeds each; compare what comes of it.

    The paper's Table 1: no blends, and blends with *random*, *uniform*, *mixup*, *average* and
    *average_omega* labels. Finished runs are reused, a table that was stopped goes on where it was.

    Rows that no paper has, for `--types`: *mixup_omega* tells what people's confidence does from
    what their lambda_g does; *mixup_smoothed* and *average_smoothed* smooth every label alike, by
    the mean confidence; *average_weighted*, *average_hmix*, *empirical_bayes*,
    *empirical_bayes_omega*, *empirical_bayes_human_omega* and *policy* are those of `learn relabel
    --weighting`; *participants* draws one person's answer anew each epoch.

    Writes **table1.csv** (a row a label type), **table1_runs.csv** (a row a run),
    **table1_differences.csv** (each two rows, paired by seed), and **table1.md**, **.tex**,
    **.png**, **.svg**.

    To try it: `learn relabel logs && learn table1 --labels labels/labels.npz --seeds 2 --epochs 3
    --width 0.25`
    """
    made = _settings(
        config, model=model, width=width, epochs=epochs, batch_size=batch_size, lr=lr,
        augment=augment, precision=precision, compile=compile_,
    )  # fmt: skip
    inputs = Inputs(source, labels, train, holdout, holdout_labels, image_size, drop_leaks)
    slurm = _slurm(slurm_partition, slurm_time, slurm_cpus, slurm_gpus, slurm_memory, slurm_option)
    where = {
        "device": device, "threads": threads, "checkpoint_s": checkpoint_every, "graphs": graphs,
    }  # fmt: skip
    need_torch()
    from learn import tables, tables_make, tables_runs  # only where it is needed

    options = tables_make.Options(runs, out, where, jobs, together, executor, slurm)
    names, whole = asked.chosen_types(types)
    if whole:
        names, without = tables_runs.possible(names, inputs)
        if without:
            say(f"{inputs.labels} has not what these rows need: {', '.join(without)}; left out.")
    chosen = asked.chosen_seeds(seeds)
    tables_make.make(tables.table_1(names, more or (), made, inputs, chosen), options)


def table2(
    policy: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=FILE",
            help="A row: a label policy, as `learn fit-policy` writes it. May be given again.",
        ),
    ] = None,
    strengths: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=FILE",
            help="For an image-aware policy: the .npy that `learn strengths` wrote.",
        ),
    ] = None,
    mixup_alpha: Annotated[
        float | None,
        typer.Option(help="lambda_f of each example from Beta(alpha, alpha). [default: 1]"),
    ] = None,
    seeds: Seeds = "5",
    source: Source = "pictograms",
    train: Train = None,
    holdout: Holdout = None,
    holdout_labels: HoldoutLabels = None,
    image_size: ImageSize = 32,
    runs: Runs = Path("runs"),
    out: Out = Path("tables"),
    model: Model = None,
    width: Width = None,
    epochs: Epochs = None,
    batch_size: BatchSize = None,
    lr: Lr = None,
    augment: Augment = None,
    precision: Precision = None,
    compile_: Compile = None,
    config: Config = None,
    device: Device = "auto",
    threads: Threads = 0,
    checkpoint_every: CheckpointEvery = 60,
    graphs: Graphs = False,
    jobs: Jobs = 1,
    together: Together = 1,
    executor: Where = Place.here,
    slurm_partition: SlurmPartition = None,
    slurm_time: SlurmTime = 240,
    slurm_cpus: SlurmCpus = 2,
    slurm_gpus: SlurmGpus = 0,
    slurm_memory: SlurmMemory = None,
    slurm_option: SlurmOption = None,
) -> None:
    """Train with full mixup under each label policy, some seeds each; compare what comes of it.

    The paper's Table 2: every example is mixed with a partner, anew each epoch; its label's
    lambda_g is lambda_f, or what a policy fitted to people says of it. The paper's "human fits" is
    the policy *per_pair*. Finished runs are reused, a table that was stopped goes on where it was.

    Writes **table2.csv**, **table2_runs.csv**, **table2_differences.csv**, and **table2.md**,
    **.tex**, **.png**, **.svg**.

    To try it: `learn fit-policy logs --policy per_pair --out per_pair.json && learn table2
    --policy per_pair.json --seeds 2 --epochs 3 --width 0.25`
    """
    made = _settings(
        config, model=model, width=width, epochs=epochs, batch_size=batch_size, lr=lr,
        augment=augment, precision=precision, compile=compile_, mixup_alpha=mixup_alpha,
        otherwise={"mixup_alpha": 1.0},
    )  # fmt: skip
    inputs = Inputs(source, None, train, holdout, holdout_labels, image_size)
    slurm = _slurm(slurm_partition, slurm_time, slurm_cpus, slurm_gpus, slurm_memory, slurm_option)
    where = {
        "device": device, "threads": threads, "checkpoint_s": checkpoint_every, "graphs": graphs,
    }  # fmt: skip
    need_torch()
    from learn import tables, tables_make  # only where it is needed

    options = tables_make.Options(runs, out, where, jobs, together, executor, slurm)
    chosen = asked.chosen_seeds(seeds)
    tables_make.make(tables.table_2(policy or (), strengths or (), made, inputs, chosen), options)


def _settings(
    config: Path | None, otherwise: dict[str, Any] | None = None, **given: Any
) -> Settings:
    """Return the settings of every run: a YAML's, with the options given instead.

    Raises:
        ElicitError: a value that a setting cannot have, or one that the table sets itself.
    """
    read = {} if config is None else settings_of_runs.read(config)
    for name in ("type", "seed", "policy"):
        if name in read:
            raise ElicitError(f"{config}: {name}: the table sets it run by run; leave it out")
    for name, value in (otherwise or {}).items():
        if name not in read and given.get(name) is None:
            given[name] = value
    return merged(config, given)


def _slurm(
    partition: str | None,
    minutes: int,
    cpus: int,
    gpus: int,
    memory: float | None,
    others: Sequence[str] | None,
) -> dict[str, Any]:
    """Return what a Slurm job asks for, by submitit's names; sbatch's own under slurm_additional.

    Raises:
        ElicitError: an option that is not KEY=VALUE.
    """
    wrong = next((each for each in others or () if "=" not in each.strip("=")), None)
    if wrong is not None:
        raise ElicitError(f"--slurm-option: must be KEY=VALUE, such as account=lab; got {wrong!r}")
    asked: dict[str, Any] = {"time": minutes, "cpus_per_task": cpus}
    asked |= {} if partition is None else {"partition": partition}
    asked |= {"gpus_per_node": gpus} if gpus else {}
    asked |= {} if memory is None else {"mem": f"{round(1024 * memory)}MB"}
    more = dict(each.split("=", 1) for each in others or ())
    return asked | ({"additional_parameters": more} if more else {})


def run_app() -> NoReturn:
    """Run training's commands alone: all that a GPU machine needs to have is what they need."""
    app = typer.Typer(rich_markup_mode="markdown", pretty_exceptions_enable=False)
    app.callback()(lambda: None)
    train_cli.register(app)
    register(app)
    run_and_tell(app, "learn", StimulusError)


if __name__ == "__main__":
    run_app()
