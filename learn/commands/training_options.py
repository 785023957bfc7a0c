"""The options that `learn table1` and `learn table2` share, in groups."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

from elicit.errors import ElicitError
from learn.commands.train import (
    CheckpointEvery,
    Config,
    Device,
    Graphs,
    Holdout,
    HoldoutLabels,
    ImageSize,
    Source,
    Threads,
    Train,
    merged,
)
from learn.training import settings
from learn.training.data import Inputs
from learn.training.settings import Settings

_SLURM = "With --executor slurm"


class Place(str, Enum):
    """Where runs are done."""

    here = "here"
    slurm = "slurm"


@dataclass(frozen=True)
class Measured:
    """What every run is trained and measured on, and with which seeds."""

    seeds: Annotated[
        str, typer.Option(metavar="N", help="How many seeds, from 0; or FIRST:LAST, such as 5:10.")
    ] = "5"
    source: Source = "pictograms"
    train: Train = None
    holdout: Holdout = None
    holdout_labels: HoldoutLabels = None
    image_size: ImageSize = 32

    def inputs(self, labels: Path | None = None, drop_leaks: bool = False) -> Inputs:
        """Return what runs read: these images, and the blends of a labels.npz where there is one.

        Args:
            labels: the file of blends.
            drop_leaks: leave out blends with an endpoint in the holdout.
        """
        images = self.train, self.holdout, self.holdout_labels, self.image_size
        return Inputs(self.source, labels, *images, drop_leaks)


@dataclass(frozen=True)
class Making:
    """The settings that every run has, and where and how a table's runs are done."""

    runs: Annotated[
        Path, typer.Option(help="Where the run folders are: finished ones count, begun ones go on.")
    ] = Path("runs")
    out: Annotated[Path, typer.Option(help="The folder of the table's files.")] = Path("tables")
    model: Annotated[
        str | None, typer.Option(help="vgg11, resnet18 or resnet34. [default: vgg11]")
    ] = None
    width: Annotated[
        float | None, typer.Option(help="Share of the network's usual channels. [default: 1]")
    ] = None
    epochs: Annotated[int | None, typer.Option(help="[default: 65]")] = None
    batch_size: Annotated[int | None, typer.Option(help="[default: 32]")] = None
    lr: Annotated[float | None, typer.Option(help="[default: 0.1]")] = None
    augment: Annotated[
        str | None, typer.Option(help="Crops and flips: none, once or always. [default: once]")
    ] = None
    precision: Annotated[
        str | None, typer.Option(help="auto, float32, bfloat16 or float16. [default: auto]")
    ] = None
    compile_: Annotated[
        bool | None, typer.Option("--compile/--no-compile", help="torch.compile.")
    ] = None
    config: Config = None
    device: Device = "auto"
    threads: Threads = 0
    checkpoint_every: CheckpointEvery = 60
    graphs: Graphs = False
    jobs: Annotated[
        int,
        typer.Option(
            min=1,
            metavar="N",
            help="Runs at a time on this machine, a process each; --threads each, or their share.",
        ),
    ] = 1
    together: Annotated[
        int,
        typer.Option(
            min=1, metavar="N", help="Runs at a time in one process, a step each: fills a GPU."
        ),
    ] = 1
    executor: Annotated[
        Place, typer.Option("--executor", help="This machine, or a Slurm cluster.")
    ] = Place.here
    slurm_partition: Annotated[
        str | None,
        typer.Option(rich_help_panel=_SLURM, help="Of the cluster. [default: the cluster's own]"),
    ] = None
    slurm_time: Annotated[
        int,
        typer.Option(
            rich_help_panel=_SLURM,
            min=1,
            metavar="MINUTES",
            help="A job's limit; a run that needs more goes on.",
        ),
    ] = 240
    slurm_cpus: Annotated[int, typer.Option(rich_help_panel=_SLURM, min=1, help="CPUs a job.")] = 2
    slurm_gpus: Annotated[int, typer.Option(rich_help_panel=_SLURM, min=0, help="GPUs a job.")] = 0
    slurm_memory: Annotated[
        float | None,
        typer.Option(
            rich_help_panel=_SLURM, metavar="GB", help="Memory a job. [default: the cluster's own]"
        ),
    ] = None
    slurm_option: Annotated[
        list[str] | None,
        typer.Option(
            rich_help_panel=_SLURM,
            metavar="KEY=VALUE",
            help="Any other of sbatch, such as account=lab. May be given again.",
        ),
    ] = None

    def settings(self, otherwise: dict[str, Any] | None = None, **own: Any) -> Settings:
        """Return the settings of every run: those of --config, with the options given instead.

        Args:
            otherwise: a table's own defaults, by setting.
            own: a table's own options, by setting; None where they were not given.

        Raises:
            ElicitError: a value that a setting cannot have, or one that the table sets itself.
        """
        read = {} if self.config is None else settings.read(self.config)
        for name in ("type", "seed", "policy"):
            if name in read:
                raise ElicitError(
                    f"{self.config}: {name}: the table sets it run by run; leave it out"
                )
        given = own | {
            "model": self.model,
            "width": self.width,
            "epochs": self.epochs,
            "batch_size": self.batch_size,
            "lr": self.lr,
            "augment": self.augment,
            "precision": self.precision,
            "compile": self.compile_,
        }
        for name, value in (otherwise or {}).items():
            if name not in read and given.get(name) is None:
                given[name] = value
        return merged(self.config, given)

    def where(self) -> dict[str, Any]:
        """Return what `learn.one_run.Where` is made of."""
        return {
            "device": self.device,
            "threads": self.threads,
            "checkpoint_s": self.checkpoint_every,
            "graphs": self.graphs,
        }

    def slurm(self) -> dict[str, Any]:
        """Return what a Slurm job asks for, as submitit calls it; additional: as sbatch does.

        Raises:
            ElicitError: an option that is not KEY=VALUE.
        """
        others, memory = self.slurm_option or (), self.slurm_memory
        wrong = next((each for each in others if "=" not in each.strip("=")), None)
        if wrong is not None:
            raise ElicitError(
                f"--slurm-option: must be KEY=VALUE, such as account=lab; got {wrong!r}"
            )
        asked: dict[str, Any] = {"time": self.slurm_time, "cpus_per_task": self.slurm_cpus}
        asked |= {} if self.slurm_partition is None else {"partition": self.slurm_partition}
        asked |= {"gpus_per_node": self.slurm_gpus} if self.slurm_gpus else {}
        asked |= {} if memory is None else {"mem": f"{round(1024 * memory)}MB"}
        more = dict(each.split("=", 1) for each in others)
        return asked | ({"additional_parameters": more} if more else {})
