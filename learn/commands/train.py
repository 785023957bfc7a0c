"""The command `learn train`: one classifier, trained and measured."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

from elicit.errors import run_and_tell
from learn.commands.options import need_torch
from learn.runs.files import RECORD, read_json
from learn.training import settings as settings_of_runs
from learn.training.data import Inputs
from learn.training.settings import Settings
from stimuli.errors import StimulusError

if TYPE_CHECKING:
    from learn.runs import run as one_run

Labels = Annotated[
    Path | None, typer.Option(help="The labels.npz that `learn relabel` wrote: the blends.")
]
Source = Annotated[
    str,
    typer.Option(
        help="The unmixed images: pictograms, cifar10, or a folder: of class folders, or with "
        "CIFAR-10 in it."
    ),
]
Train = Annotated[
    str | None,
    typer.Option(
        metavar="IDS",
        help="Images to train on: a .npy or text file of image ids, or FIRST:LAST. [default: all "
        "but the holdout]",
    ),
]
Holdout = Annotated[
    str | None,
    typer.Option(
        metavar="IDS",
        help="Images to measure on, given alike. [default: 30%, none of them an endpoint of a "
        "blend]",
    ),
]
HoldoutLabels = Annotated[
    Path | None,
    typer.Option(
        help="What people called the images: a .npy of counts or shares, a row an image id, a "
        "column a class, as CIFAR-10H's. [default: each image's own class]"
    ),
]
ImageSize = Annotated[int, typer.Option(min=32, help="Side of pictograms and folder images, px.")]
DropLeaks = Annotated[
    bool, typer.Option("--drop-leaks", help="Leave blends with an endpoint in the holdout out.")
]
Config = Annotated[
    Path | None, typer.Option(help="A YAML of settings, such as *epochs: 65*; options go before.")
]
Device = Annotated[
    str, typer.Option(help="auto (a GPU where there is one), cpu, cuda, cuda:1 or mps.")
]
Threads = Annotated[int, typer.Option(min=0, help="CPU threads; 0: torch's choice.")]
Graphs = Annotated[
    bool,
    typer.Option(
        "--graphs/--no-graphs",
        help="On a CUDA GPU: record one training step and replay it, which saves a small network "
        "most of its time.",
    ),
]
CheckpointEvery = Annotated[
    float, typer.Option(min=0, metavar="SECONDS", help="Between checkpoints, at least.")
]
Strengths = Annotated[
    Path | None,
    typer.Option(help="Of an image-aware policy: the .npy that `learn strengths` wrote."),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(train)


def train(
    type_: Annotated[
        str | None,
        typer.Option("--type", help="What the added blends' labels say; below. [default: none]"),
    ] = None,
    labels: Labels = None,
    source: Source = "pictograms",
    train: Train = None,
    holdout: Holdout = None,
    holdout_labels: HoldoutLabels = None,
    image_size: ImageSize = 32,
    drop_leaks: DropLeaks = False,
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
        typer.Option(help="Epochs between looks at the holdout; 0: at the end. [default: 0]"),
    ] = None,
    strengths: Strengths = None,
    config: Config = None,
    device: Device = "auto",
    threads: Threads = 0,
    graphs: Graphs = False,
    checkpoint_every: CheckpointEvery = 60,
) -> None:
    """Train and measure one classifier on images and people's labels of blends.

    Writes a run folder: **run.json** (settings, seed, versions, commit, SHA-256 of every input),
    **metrics.csv** (a row an epoch), **result.json** (cross entropy, accuracy, FGSM, calibration
    and others on the holdout) and **checkpoint.pt**. The same command goes on with a run that was
    interrupted, to the same result.

    Types: *none* (no blends), *random*, *uniform*, *mixup*, *average*, *average-omega*, and those
    that `learn relabel --weighting` adds; `learn table1 --help` says what each is for.

    Under torchrun, its processes share each batch.

    To try it: `learn train --epochs 5 --width 0.25`
    """
    given = {
        "type": type_,
        "model": model,
        "width": width,
        "seed": seed,
        "epochs": epochs,
        "batch_size": batch_size,
        "lr": lr,
        "augment": augment,
        "mixup_alpha": mixup_alpha,
        "policy": None if policy is None else str(policy),
        "precision": precision,
        "compile": compile_,
        "evaluate_every": evaluate_every,
    }
    made = merged(config, given)
    inputs = Inputs(source, labels, train, holdout, holdout_labels, image_size, drop_leaks)
    need_torch()
    from learn.runs import run as one_run
    from learn.training import distributed as parallel

    folder = out or Path("runs") / one_run.name_of(made)
    with parallel.processes(device) as (rank, world):
        where = one_run.Where(device, threads, checkpoint_every, rank, world, graphs)
        try:
            with told(made, folder, shown=rank == 0) as tell:
                measured = one_run.run(made, inputs, folder, where, tell, strengths)
        except KeyboardInterrupt as stop:  # typer makes a silent exit of it
            raise typer.Abort from stop
    if rank == 0:
        say(measured, folder)


def merged(config: Path | None, given: dict[str, Any]) -> Settings:
    """Return the settings of a YAML with the options given instead.

    Raises:
        ElicitError: a value that a setting cannot have.
    """
    read = {} if config is None else settings_of_runs.read(config)
    options = {name: value for name, value in given.items() if value is not None}
    return settings_of_runs.settings(read | options)


@contextmanager
def told(
    made: Settings, folder: Path, shown: bool = True, console: Console | None = None
) -> Iterator[one_run.Told]:
    """Show how a run goes on one line: epoch, loss, time left; without a terminal, a line a tenth.

    Args:
        made: the run's settings.
        folder: its name on the line.
        shown: show nothing if false.
        console: where; None for standard error.
    """
    console = console or Console(stderr=True, highlight=False, soft_wrap=True)
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


class TimeLeft:
    """How long a run will still take, at the pace since this command began."""

    def __init__(self) -> None:
        self._began: tuple[float, float] | None = None  # seconds, and the share done then

    def at(self, share: float) -> str:
        """Return ", 0:01:30 left" where `share` in [0, 1] is done; "" before that can be said."""
        now = time.monotonic()
        if self._began is None:
            self._began = now, share
        seconds, done = now - self._began[0], share - self._began[1]
        if done <= 0 or seconds < 1:
            return ""
        return f", {timedelta(seconds=round(seconds / done * (1 - share)))} left"


def say(measured: dict[str, Any], folder: Path) -> None:
    """Print a run's measures, and how many blends were left out of it."""
    table = Table("measure", "on the holdout", box=None, pad_edge=False)
    for name, value in measured.items():
        table.add_row(name, "-" if value is None or value != value else f"{value:.4f}")
    console = Console(highlight=False, soft_wrap=True)
    console.print(table)
    record = read_json(folder / RECORD)
    if record.get("blends_dropped"):
        of = record["blends_dropped"] + record["blends"]
        console.print(
            f"{record['blends_dropped']} of {of} blends left out: an endpoint is in the holdout."
        )
    console.print(f"{folder}: written", markup=False)


def run_app() -> NoReturn:
    """Run `learn train` alone: all that a GPU machine needs to have is what training needs."""
    app = typer.Typer(rich_markup_mode="markdown", pretty_exceptions_enable=False)
    app.callback()(lambda: None)  # keeps the name of an only command
    register(app)
    run_and_tell(app, "learn", StimulusError)


if __name__ == "__main__":
    run_app()
