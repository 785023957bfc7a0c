"""`elicit stimuli`: a study's stimulus set, as one CSV manifest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from elicit.errors import ElicitError
from stimuli.manifest.write import describe, write_manifest
from stimuli.processes import make_process
from stimuli.processes.process import Process
from stimuli.sets import hmix as hmix_sets
from stimuli.sets.build import Batches, build_batches
from stimuli.sets.excluded_ids import read_ids
from stimuli.sets.grids import parse_grid
from stimuli.sets.parsing import parse_names, parse_numbers
from stimuli.sources.endpoints import EndpointSource, open_source


class StudyKind(str, Enum):
    """Which of the paper's two studies the set is like."""

    HSE1 = "hse1"
    HSE2 = "hse2"


class ProcessKind(str, Enum):
    """How an image is made; see `stimuli.processes.PROCESSES`."""

    MIXUP = "mixup"
    CUTMIX = "cutmix"
    FRAMES = "frames"


SEED = 2023  # that of protocols/hse*.yaml, so that the set is the one they deal


@dataclass(frozen=True)
class SetOptions:
    """The size and composition of a set; the defaults are the same for both studies."""

    per_combination: int  # items of every two classes
    batch_size: int  # items, at most
    grid: tuple[float, ...] | None = None  # hse1: of each item
    lambdas: tuple[float, ...] | None = None  # hse2: dealt out
    weights: tuple[float, ...] | None = None  # of the lambdas; None: evenly
    classes: tuple[str, ...] | None = None  # None: all of them
    seed: int = SEED


PAPER = {
    StudyKind.HSE1: SetOptions(per_combination=6, batch_size=30, grid=parse_grid("0:1:0.1")),
    StudyKind.HSE2: SetOptions(
        per_combination=46, batch_size=60, lambdas=(0.1, 0.25, 0.5, 0.75, 0.9)
    ),
}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(stimuli)


def stimuli(
    study: Annotated[
        StudyKind,
        typer.Argument(
            metavar="hse1|hse2",
            help="hse1: pairs with a grid of mixes each (Construct, Select-Shuffled). "
            "hse2: images of one mix each (Infer).",
        ),
    ],
    source: Annotated[
        str,
        typer.Option(
            "--source",
            "--stimuli",  # as `elicit run` calls it
            metavar="SPEC",
            help="pictograms, cifar10, or a folder that holds class folders or CIFAR-10.",
        ),
    ],
    out: Annotated[
        Path, typer.Option(metavar="FILE", help="The CSV file to write; must not exist yet.")
    ],
    classes: Annotated[
        str | None,
        typer.Option(metavar="A,B,C", help="The classes to use. [default: all of the source]"),
    ] = None,
    pairs_per_combination: Annotated[
        int | None,
        typer.Option(
            min=1, help="hse1: pairs for each combination of two classes.", show_default="6"
        ),
    ] = None,
    images_per_combination: Annotated[
        int | None,
        typer.Option(
            min=1, help="hse2: images for each combination of two classes.", show_default="46"
        ),
    ] = None,
    grid: Annotated[
        str | None,
        typer.Option(
            metavar="GRID",
            help="hse1: the mixes of a pair: FIRST:LAST:STEP, their number, or a list such as "
            "0,0.25,0.5.",
            show_default="0:1:0.1",
        ),
    ] = None,
    lambdas: Annotated[
        str | None,
        typer.Option(
            metavar="L,L", help="hse2: mixing coefficients.", show_default=".1,.25,.5,.75,.9"
        ),
    ] = None,
    weights: Annotated[
        str | None,
        typer.Option(
            metavar="W,W",
            help="hse2: how often each of the lambdas occurs, rounded by largest remainder over "
            "the whole set. The paper's are 413,371,524,409,353.",
            show_default="evenly",
        ),
    ] = None,
    batch_size: Annotated[
        int | None,
        typer.Option(
            min=1, help="Largest number of items in a batch.", show_default="30 (hse1), 60 (hse2)"
        ),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Seed of the set.", show_default=str(SEED))
    ] = None,
    image_size: Annotated[
        int, typer.Option(min=1, help="Side of an image in pixels; 32 for CIFAR-10.")
    ] = 32,
    process: Annotated[
        ProcessKind,
        typer.Option(
            help="How an image is made of two endpoints. frames: --source is a folder of them. "
            "cutmix draws places from --seed."
        ),
    ] = ProcessKind.MIXUP,
    exclude: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Images to leave out, such as a holdout: a .npy file of ids, or a text file with "
            "one id a line.",
        ),
    ] = None,
    from_hmix: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Rebuild the authors' own set from the CSV files of H-Mix in FOLDER.",
        ),
    ] = None,
) -> None:
    """Make a study's stimulus set: a CSV file with the hash of every blend.

    Items are distributed as evenly as possible over class combinations, batches and mixes, and no
    pair occurs twice. The same options give the same file on any computer.

    Example: `elicit stimuli hse1 --source pictograms --out pairs.csv`
    """
    given = {
        "--classes": classes,
        "--pairs-per-combination": pairs_per_combination,
        "--images-per-combination": images_per_combination,
        "--grid": grid,
        "--lambdas": lambdas,
        "--weights": weights,
        "--batch-size": batch_size,
        "--seed": seed,
    }
    _check_fit(study, [name for name, value in given.items() if value is not None], from_hmix)
    _check_new(out)
    paper = PAPER[study]
    wanted = SetOptions(
        pairs_per_combination or images_per_combination or paper.per_combination,
        batch_size or paper.batch_size,
        paper.grid if grid is None else parse_grid(grid),
        paper.lambdas if lambdas is None else parse_numbers("--lambdas", lambdas),
        None if weights is None else parse_numbers("--weights", weights),
        None if classes is None else parse_names(classes),
        SEED if seed is None else seed,
    )
    excluded = frozenset[int]() if exclude is None else read_ids(exclude)
    images = open_source(source, image_size, process.value)
    if from_hmix is None:
        batches = _deal(wanted, images, excluded)
    else:
        batches = hmix_sets.rebuild(study.value, from_hmix, images)
        _check_clean(batches, excluded)
    made_by = make_process(process.value, images, wanted.seed)
    _write(out, batches, made_by, wanted.grid, len(excluded))


def _deal(wanted: SetOptions, images: EndpointSource, excluded: frozenset[int]) -> Batches:
    return build_batches(
        images,
        per_combination=wanted.per_combination,
        batch_size=wanted.batch_size,
        seed=wanted.seed,
        lambdas=wanted.lambdas,
        weights=wanted.weights,
        classes=wanted.classes,
        exclude=excluded,
    )


def _write(
    out: Path,
    batches: Batches,
    process: Process,
    grid: tuple[float, ...] | None,
    excluded: int,
) -> None:
    console = Console(highlight=False, markup=False, soft_wrap=True)
    with console.status("Making and hashing every blend"):
        rows = describe(batches, process, grid)
        sha256 = write_manifest(out, rows)
    console.print(_summary_table(batches, process.source, grid, excluded))
    console.print(f"{out}: written, sha256 {sha256}")


def _check_fit(study: StudyKind, given: list[str], from_hmix: Path | None) -> None:
    """Raise ElicitError where an option does not apply to this kind of set."""
    others = {
        StudyKind.HSE1: ("--images-per-combination", "--lambdas", "--weights"),
        StudyKind.HSE2: ("--pairs-per-combination", "--grid"),
    }
    for option in given:
        if from_hmix is not None:
            raise ElicitError(f"{option}: cannot change the set of --from-hmix; leave {option} out")
        if option in others[study]:
            other = StudyKind.HSE2 if study is StudyKind.HSE1 else StudyKind.HSE1
            raise ElicitError(
                f"{option}: applies to {other.value}, not to {study.value}; leave it out"
            )


def _check_new(out: Path) -> None:
    # before the work; writing looks again
    if out.exists():
        raise ElicitError(f"{out}: exists already and is not overwritten; choose another --out")
    if not out.parent.is_dir():
        raise ElicitError(f"{out}: there is no folder {out.parent}; make it or choose another")


def _check_clean(batches: Batches, excluded: frozenset[int]) -> None:
    used = {image for batch in batches for item in batch for image in item.images}
    both = sorted(used & excluded)
    if both:
        raise ElicitError(
            f"--exclude: the authors' set uses {len(both)} of the images it names, the first is "
            f"{both[0]}; leave out --exclude or --from-hmix"
        )


def _summary_table(
    batches: Batches, source: EndpointSource, grid: tuple[float, ...] | None, excluded: int
) -> Table:
    """Return a short table of the set: its parts, and how many items each has.

    Args:
        batches: the set.
        source: its endpoint images.
        grid: the mixes of each item, None where an item has one of its own.
        excluded: number of images that were left out; 0 omits the line.
    """
    items = [item for batch in batches for item in batch]
    different = list(dict.fromkeys(items))
    pairs = {item.pair for item in items}
    used = Counter(image for item in different for image in item.images)
    table = Table(box=None, show_header=False)
    table.add_row("source", f"{source.name}, {source.image_size} x {source.image_size} pixels")
    table.add_row("pairs", str(len(pairs)))
    table.add_row("images", _images(len(different), grid))
    for name, counts in (
        (
            "class combinations",
            Counter(item.classes for item in different).values(),
        ),
        ("batches", [len(batch) for batch in batches]),
        ("endpoints", used.values()),
    ):
        table.add_row(name, f"{len(counts)}, items of each: {_range(counts)}")
    mixes = Counter(item.lambda_f for item in different if item.lambda_f is not None)
    for lambda_f, count in sorted(mixes.items()):
        table.add_row(f"lambda_f {lambda_f}", str(count))
    if excluded:
        table.add_row("excluded", f"{excluded} images, none of them used")
    return table


def _images(different: int, grid: tuple[float, ...] | None) -> str:
    return str(different) if grid is None else f"{different * len(grid)}, {len(grid)} of a pair"


def _range(counts: Iterable[int]) -> str:
    """Return "6", or "4 to 6" where they differ."""
    every = sorted(set(counts))
    return str(every[0]) if len(every) == 1 else f"{every[0]} to {every[-1]}"
