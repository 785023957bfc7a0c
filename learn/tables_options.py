"""The options that `learn table1` and `learn table2` share, beside those of `learn train`."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

_SLURM = "With --executor slurm"


class Place(str, Enum):
    """Where runs are done."""

    here = "here"
    slurm = "slurm"


Seeds = Annotated[
    str, typer.Option(metavar="N", help="How many seeds, from 0; or FIRST:LAST, such as 5:10.")
]
Runs = Annotated[
    Path, typer.Option(help="Where the run folders are: finished ones count, begun ones go on.")
]
Out = Annotated[Path, typer.Option(help="The folder of the table's files.")]
Model = Annotated[str | None, typer.Option(help="vgg11, resnet18 or resnet34. [default: vgg11]")]
Width = Annotated[
    float | None, typer.Option(help="Share of the network's usual channels. [default: 1]")
]
Epochs = Annotated[int | None, typer.Option(help="[default: 65]")]
BatchSize = Annotated[int | None, typer.Option(help="[default: 32]")]
Lr = Annotated[float | None, typer.Option(help="[default: 0.1]")]
Augment = Annotated[
    str | None, typer.Option(help="Crops and flips: none, once or always. [default: once]")
]
Precision = Annotated[
    str | None, typer.Option(help="auto, float32, bfloat16 or float16. [default: auto]")
]
Compile = Annotated[bool | None, typer.Option("--compile/--no-compile", help="torch.compile.")]
Jobs = Annotated[
    int,
    typer.Option(
        min=1,
        metavar="N",
        help="Runs at a time on this machine, a process each; --threads each, or their share.",
    ),
]
Together = Annotated[
    int,
    typer.Option(
        min=1, metavar="N", help="Runs at a time in one process, a step each: fills a GPU."
    ),
]
Where = Annotated[Place, typer.Option("--executor", help="This machine, or a Slurm cluster.")]
SlurmPartition = Annotated[
    str | None,
    typer.Option(rich_help_panel=_SLURM, help="Of the cluster. [default: the cluster's own]"),
]
SlurmTime = Annotated[
    int,
    typer.Option(
        rich_help_panel=_SLURM,
        min=1,
        metavar="MINUTES",
        help="A job's limit; a run that needs more goes on.",
    ),
]
SlurmCpus = Annotated[int, typer.Option(rich_help_panel=_SLURM, min=1, help="CPUs a job.")]
SlurmGpus = Annotated[int, typer.Option(rich_help_panel=_SLURM, min=0, help="GPUs a job.")]
SlurmMemory = Annotated[
    float | None,
    typer.Option(
        rich_help_panel=_SLURM, metavar="GB", help="Memory a job. [default: the cluster's own]"
    ),
]
SlurmOption = Annotated[
    list[str] | None,
    typer.Option(
        rich_help_panel=_SLURM,
        metavar="KEY=VALUE",
        help="Any other of sbatch, such as account=lab. May be given again.",
    ),
]
