"""The options of the commands that train, and what a person may write in them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from elicit.errors import ElicitError
from learn.benchmark.splits import FOLDS
from learn.labels.file import find_labels
from learn.labels.types import CONTROL_TYPES, PAPER_TYPES, TYPES, read_name
from learn.runs.tensorboard import need_tensorboard
from learn.sweeps.jobs import ExecutorName
from learn.training.data import Inputs
from learn.training.settings import TrainingSettings, make_settings, read_settings
from stimuli.limits import MAX_SEEDS, MAX_TRAINING_SEED

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}")  # a part of a folder's name
_TYPE_GROUPS = {"paper": PAPER_TYPES, "controls": CONTROL_TYPES}
_SLURM = "With --executor slurm"

Labels = Annotated[
    Path | None,
    typer.Option(
        help="The folder that `learn relabel` or `learn blend` wrote, or its labels.npz: the "
        "blends.",
        callback=lambda labels: None if labels is None else find_labels(labels),
    ),
]
Stimuli = Annotated[
    str,
    typer.Option(
        "--stimuli",
        "--source",  # its older name
        metavar="SPEC",
        help="The unmixed images: pictograms, cifar10, or a folder: of class folders, or with "
        "CIFAR-10 in it.",
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
        help="Images to measure on, in the same form. [default: 30%, none of them an endpoint of a "
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
MixingProcess = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="How full mixup mixes: mixup, or cutmix (a box of the partner, lambda_f the share of "
        "the rest). [default: mixup]",
    ),
]
BlendFold = Annotated[
    int | None,
    typer.Option(
        min=0,
        max=FOLDS - 1,
        metavar="FOLD",
        help=f"Hold blends out, to compare what the network and people see in them: one of {FOLDS} "
        "folds, from 0, that share no endpoint image. Needs every judgement: `learn relabel "
        "--per-participant`.",
    ),
]
BlendWeight = Annotated[
    float | None,
    typer.Option(help="Of a blend's loss; an unmixed image's is 1. [default: 1]"),
]
Config = Annotated[
    Path | None, typer.Option(help="A YAML of settings, such as *epochs: 65*; options override it.")
]
Device = Annotated[
    str, typer.Option(help="auto (a GPU where there is one), cpu, cuda, cuda:1 or mps.")
]
Threads = Annotated[int, typer.Option(min=0, help="CPU threads; 0: torch's choice.")]
Graphs = Annotated[
    bool,
    typer.Option(
        "--graphs/--no-graphs",
        help="Experimental, never run on CUDA: on a CUDA GPU, record one training step and replay "
        "it, which should save a small network most of its time.",
    ),
]
CheckpointEvery = Annotated[
    float, typer.Option(min=0, metavar="SECONDS", help="Least time between two checkpoints.")
]


def _check_tensorboard(asked: bool) -> bool:
    """Return whether TensorBoard's files are asked for, and installed if so."""
    if asked:
        need_tensorboard()
    return asked


TensorBoard = Annotated[
    bool,
    typer.Option(
        "--tensorboard",
        help="Write each run's metrics for TensorBoard too, into its folder.",
        callback=_check_tensorboard,
    ),
]
Strengths = Annotated[
    Path | None,
    typer.Option(help="Of an image-aware policy: the .npy that `learn strengths` wrote."),
]


@dataclass(frozen=True)
class DataOptions:
    """What every run is trained and measured on, and with which seeds."""

    seeds: Annotated[
        str, typer.Option(metavar="N", help="How many seeds, from 0; or FIRST:LAST, such as 5:10.")
    ] = "5"
    stimuli: Stimuli = "pictograms"
    train: Train = None
    holdout: Holdout = None
    holdout_labels: HoldoutLabels = None
    image_size: ImageSize = 32

    def inputs(
        self, labels: Path | None = None, drop_leaks: bool = False, blend_fold: int | None = None
    ) -> Inputs:
        """Return what runs read: these images, and the blends of a labels.npz where there is one.

        Args:
            labels: the file of blends.
            drop_leaks: leave out blends with an endpoint in the holdout.
            blend_fold: the fold of blends that is held out to compare percepts, None for none.
        """
        images = self.train, self.holdout, self.holdout_labels, self.image_size
        return Inputs(self.stimuli, labels, *images, drop_leaks, blend_fold)


@dataclass(frozen=True)
class TrainingOptions:
    """The settings that every run has, and where and how a table's runs are done."""

    runs: Annotated[
        Path,
        typer.Option(
            help="The folder of the run folders: finished runs are reused, others resumed."
        ),
    ] = Path("runs")
    out: Annotated[Path, typer.Option(help="The folder to write the table to.")] = Path("tables")
    model: Annotated[
        str | None, typer.Option(help="vgg11, resnet18 or resnet34. [default: vgg11]")
    ] = None
    width: Annotated[
        float | None, typer.Option(help="Share of the network's usual channels. [default: 1]")
    ] = None
    epochs: Annotated[int | None, typer.Option(help="[default: 65]")] = None
    batch_size: Annotated[int | None, typer.Option(help="[default: 32]")] = None
    lr: Annotated[float | None, typer.Option(help="[default: 0.1]")] = None
    blend_weight: BlendWeight = None
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
    tensorboard: TensorBoard = False
    jobs: Annotated[
        int,
        typer.Option(
            min=1,
            metavar="N",
            help="Runs at a time on this machine, each a process with --threads, or its share.",
        ),
    ] = 1
    together: Annotated[
        int,
        typer.Option(
            min=1,
            metavar="N",
            help="Runs at a time in one process, a step each, to fill a GPU. "
            "Experimental on a GPU: never run on CUDA.",
        ),
    ] = 1
    executor: Annotated[
        ExecutorName, typer.Option("--executor", help="This machine, or a Slurm cluster.")
    ] = ExecutorName.here
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
            help="Time limit of a job; a run that needs longer is resumed.",
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

    def settings(self, otherwise: dict[str, Any] | None = None, **own: Any) -> TrainingSettings:
        """Return the settings of every run: those of --config, with the options given instead.

        Args:
            otherwise: a table's own defaults, by setting.
            own: a table's own options, by setting; None where they were not given.

        Raises:
            ElicitError: a value that a setting cannot have, or one that the table sets itself.
        """
        read = {} if self.config is None else read_settings(self.config)
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
            "blend_weight": self.blend_weight,
            "augment": self.augment,
            "precision": self.precision,
            "compile": self.compile_,
        }
        for name, value in (otherwise or {}).items():
            if name not in read and given.get(name) is None:
                given[name] = value
        return merge_settings(self.config, given)

    def hardware(self) -> dict[str, Any]:
        """Return what `learn.runs.run.Hardware` is made of."""
        return {
            "device": self.device,
            "threads": self.threads,
            "checkpoint_s": self.checkpoint_every,
            "graphs": self.graphs,
            "events": self.tensorboard,
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


def merge_settings(config: Path | None, given: dict[str, Any]) -> TrainingSettings:
    """Return the settings of a YAML with the options given instead.

    Raises:
        ElicitError: a value that a setting cannot have.
    """
    read = {} if config is None else read_settings(config)
    options = {name: value for name, value in given.items() if value is not None}
    return make_settings(read | options)


def read_types(text: str) -> tuple[list[str], bool]:
    """Return the label types that `--types` names, and whether only those that can be had count.

    Args:
        text: names with commas between; *paper* for the paper's six, *controls* for what tells why
            they help, *all* for every one there is.

    Raises:
        ElicitError: there is no such type.
    """
    names: list[str] = []
    for name in filter(None, (part.strip() for part in text.split(","))):
        if name in _TYPE_GROUPS:
            names += _TYPE_GROUPS[name]
        elif name != "all":
            names.append(read_name(name, "--types"))
    whole = "all" in text.replace(" ", "").split(",")
    if not names and not whole:
        raise ElicitError("--types: must name a label type, paper, controls or all; got none")
    return list(dict.fromkeys([*names, *(TYPES if whole else ())])), whole


def read_seeds(text: str) -> tuple[int, ...]:
    """Return the seeds that `--seeds` names: how many, from 0, or FIRST:LAST, without the last.

    Raises:
        ElicitError: neither, or none.
    """
    first, colon, last = text.partition(":")
    ends = (first, last) if colon else ("0", first)
    if not all(end.isdigit() for end in ends) or int(ends[0]) >= int(ends[1]):
        raise ElicitError(f"--seeds: must be how many, or FIRST:LAST such as 5:10; got {text!r}")
    if int(ends[1]) - int(ends[0]) > MAX_SEEDS or int(ends[1]) > MAX_TRAINING_SEED:
        raise ElicitError(
            f"--seeds: must be at most {MAX_SEEDS} seeds, none above {MAX_TRAINING_SEED}, got "
            f"{text!r:.80}"
        )
    return tuple(range(int(ends[0]), int(ends[1])))


def read_named_file(option: str, spec: str) -> tuple[str, Path]:
    """Return the name and the file of NAME=FILE; a policy without a name is called as its file.

    Raises:
        ElicitError: not NAME=FILE.
    """
    name, equals, path = spec.partition("=")
    if not equals and option == "--policy":
        name, path = Path(spec).stem, spec
    if not _NAME.fullmatch(name) or not path:
        raise ElicitError(
            f"{option}: must be NAME=FILE, the name of 1 to 64 letters, digits, '.', '_', '+' and "
            f"'-'; got {spec!r}"
        )
    return name, Path(path)


def read_named_labels(spec: str) -> tuple[str, Path, str]:
    """Return the name, the labels.npz and the label type of NAME=FILE:TYPE.

    Raises:
        ElicitError: not NAME=FILE:TYPE, or there is no such type.
    """
    name, path = read_named_file("--more", spec)
    file, _, of = str(path).rpartition(":")
    if not file:
        raise ElicitError(
            f"--more: must be NAME=FILE:TYPE, such as beyond=blends/labels.npz:policy; got {spec!r}"
        )
    return name, find_labels(Path(file)), read_name(of, "--more")
