"""The command `learn train`: one classifier, trained and measured."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

from learn.commands.options import NoHost, help_with_label_types, need_torch
from learn.commands.training_options import (
    BlendFold,
    BlendWeight,
    CheckpointEvery,
    Config,
    Device,
    DropLeaks,
    Graphs,
    Holdout,
    HoldoutLabels,
    ImageSize,
    Labels,
    MixingProcess,
    Stimuli,
    Strengths,
    TensorBoard,
    Threads,
    Train,
    merge_settings,
)
from learn.files import hide_host
from learn.runs.files import RECORD, read_record
from learn.runs.time_left import TimeLeft
from learn.training.data import Inputs
from learn.training.settings import TrainingSettings

if TYPE_CHECKING:
    from learn.runs import run as one_run


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(help=help_with_label_types(train))(train)


def train(
    type_: Annotated[
        str | None,
        typer.Option(
            "--type", help="The label type of the added blends, of those above. [default: none]"
        ),
    ] = None,
    labels: Labels = None,
    stimuli: Stimuli = "pictograms",
    train: Train = None,
    holdout: Holdout = None,
    holdout_labels: HoldoutLabels = None,
    image_size: ImageSize = 32,
    drop_leaks: DropLeaks = False,
    blend_fold: BlendFold = None,
    out: Annotated[
        Path | None, typer.Option(help="The run folder. [default: runs/ and the settings' names]")
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="vgg11, resnet18 or resnet34. [default: vgg11]")
    ] = None,
    width: Annotated[
        float | None, typer.Option(help="Share of the network's usual channels. [default: 1]")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="[default: 0]")] = None,
    epochs: Annotated[int | None, typer.Option(help="[default: 65]")] = None,
    batch_size: Annotated[int | None, typer.Option(help="[default: 32]")] = None,
    lr: Annotated[float | None, typer.Option(help="[default: 0.1]")] = None,
    blend_weight: BlendWeight = None,
    augment: Annotated[
        str | None,
        typer.Option(
            help="Crops and flips: none, once (drawn once an image) or always (anew each epoch). "
            "[default: once]"
        ),
    ] = None,
    mixup_alpha: Annotated[
        float | None,
        typer.Option(
            help="Above 0: full mixup, lambda_f of each example from Beta(alpha, alpha). "
            "[default: 0]"
        ),
    ] = None,
    process: MixingProcess = None,
    policy: Annotated[
        Path | None,
        typer.Option(help="The label policy of full mixup, from `learn fit-policy`."),
    ] = None,
    precision: Annotated[
        str | None, typer.Option(help="auto, float32, bfloat16 or float16. [default: auto]")
    ] = None,
    compile_: Annotated[
        bool | None, typer.Option("--compile/--no-compile", help="Use torch.compile.")
    ] = None,
    evaluate_every: Annotated[
        int | None,
        typer.Option(
            help="Epochs between two evaluations on the holdout; 0: only at the end. [default: 0]"
        ),
    ] = None,
    strengths: Strengths = None,
    config: Config = None,
    device: Device = "auto",
    threads: Threads = 0,
    graphs: Graphs = False,
    tensorboard: TensorBoard = False,
    checkpoint_every: CheckpointEvery = 60,
    no_host: NoHost = False,
) -> None:
    """Train and measure one classifier on images and people's labels of blends.

    Writes a run folder: **run.json** (settings, seed, versions, commit, SHA-256 of every input),
    **metrics.csv** (a row an epoch), **result.json** (cross entropy, accuracy, FGSM, calibration
    and others on the holdout, each with its standard error over other images; and what a perfectly
    calibrated network with the same confidences would score), **holdout.csv** (a row an image of
    the holdout) and **checkpoint.pt**. With --blend-fold, **result.json** and
    **held_out_blends.csv** say what the network sees in held-out blends, beside people. Run the
    same command again to resume a run that was interrupted; the result is the same.

    The label types, for --type:

    (label types)

    Under torchrun, its processes share each batch; on GPUs that is experimental, never run on CUDA.

    To try it: `learn train --epochs 5 --width 0.25`
    """
    hide_host(no_host)
    given = {
        "type": type_,
        "model": model,
        "width": width,
        "seed": seed,
        "epochs": epochs,
        "batch_size": batch_size,
        "lr": lr,
        "blend_weight": blend_weight,
        "augment": augment,
        "mixup_alpha": mixup_alpha,
        "process": process,
        "policy": None if policy is None else str(policy),
        "precision": precision,
        "compile": compile_,
        "evaluate_every": evaluate_every,
    }
    made = merge_settings(config, given)
    inputs = Inputs(
        stimuli, labels, train, holdout, holdout_labels, image_size, drop_leaks, blend_fold
    )
    need_torch()
    from learn.runs import run as one_run
    from learn.training import distributed as parallel

    folder = out or Path("runs") / one_run.run_name(made, blend_fold)
    with parallel.join_processes(device) as (rank, world):
        hardware = one_run.Hardware(
            device, threads, checkpoint_every, rank, world, graphs, tensorboard
        )
        try:
            with show_progress(made, folder, shown=rank == 0) as tell:
                measured = one_run.run(made, inputs, folder, hardware, tell, strengths)
        except KeyboardInterrupt as stop:  # typer makes a silent exit of it
            raise typer.Abort from stop
    if rank == 0:
        print_measures(measured, folder)


@contextmanager
def show_progress(
    made: TrainingSettings, folder: Path, shown: bool = True, console: Console | None = None
) -> Iterator[one_run.ProgressCallback]:
    """Show how a run goes on one line: epoch, loss, time left; without a terminal, a line a tenth.

    Args:
        made: the run's settings.
        folder: its name on the line.
        shown: show nothing if false.
        console: where; None for standard error.
    """
    console = console or Console(stderr=True, highlight=False, soft_wrap=True, markup=False)
    texts = [
        TextColumn(f"{{task.{name}}}", markup=False) for name in ("description", "fields[said]")
    ]
    columns = (texts[0], BarColumn(bar_width=20), texts[1])
    left, tenths = TimeLeft(), {10}  # the measures come after the last tenth
    with Progress(*columns, console=console, disable=not (shown and console.is_terminal)) as bar:
        task = bar.add_task(folder.name, total=1.0, said="")

        def tell(epoch: int, share: float, loss: float | None) -> None:
            number = "-" if loss is None else f"{loss:.3f}"
            rest = ", measuring" if share == 1 else left.at(share)
            said = f"epoch {epoch + 1}/{made.epochs}, loss {number}{rest}"
            bar.update(task, completed=share, said=said)
            tenth = int(10 * share)
            if shown and not console.is_terminal and tenth not in tenths:
                tenths.add(tenth)
                console.print(f"{folder.name}: {said}", markup=False)

        yield tell


def print_measures(measured: dict[str, Any], folder: Path) -> None:
    """Print a run's measures, and how many blends were left out of it.

    Standard errors are over other images; older results have none.
    """
    from learn.training.measures import MEASURES

    headings = "measure", "on the holdout", "standard error", "perfectly calibrated"
    table = Table(*headings, box=None, pad_edge=False)
    for name in MEASURES:
        null = _number(measured, f"{name}_null")
        if null:
            null += f" ± {_number(measured, f'{name}_null_sd')}"
        table.add_row(name, _number(measured, name) or "-", _number(measured, f"{name}_se"), null)
    console = Console(highlight=False, soft_wrap=True, markup=False)
    console.print(table)
    if "percept_rmse" in measured:
        console.print(_tabulate_percepts(measured))
    record = read_record(folder / RECORD)
    if record.get("blends_dropped"):
        of = record["blends_dropped"] + record["blends"]
        console.print(
            f"{record['blends_dropped']} of {of} blends left out: an endpoint is in the holdout."
        )
    console.print(f"{folder}: written", markup=False)


def _tabulate_percepts(measured: dict[str, Any]) -> Table:
    """Return what a network sees in held-out blends beside mixup's formula and people's spread."""
    from learn.training.percepts import PERCEPT_MEASURES

    headings = "measure", "held-out blends", "standard error", "mixup's formula", "floor"
    table = Table(*headings, box=None, pad_edge=False)
    table.columns[0].no_wrap = True
    for name in PERCEPT_MEASURES:
        own = name.removeprefix("percept_")
        beside = (_number(measured, f"percept_{other}_{own}") for other in ("mixup", "floor"))
        table.add_row(name, _number(measured, name), _number(measured, f"{name}_se"), *beside)
    table.add_row("percept_temperature", _number(measured, "percept_temperature"), "", "", "")
    return table


def _number(measured: dict[str, Any], name: str) -> str:
    value = measured.get(name)
    return "" if value is None or value != value else f"{value:.4f}"
