"""Make every table of learn/results again, from H-Mix and CIFAR-10: `python make_results.py DATA`.

DATA is a folder with `h-mix/` (the published judgements), `cifar/` (CIFAR-10's binary version) and
`cifar10h/` (`cifar10h-counts.npy`, `train_indices.npy`, `test_indices.npy`). Each command is
printed before it is run; paste one into a shell to run it alone. Stopped, the same command goes
on: steps that are done are left out, and tables go on with the runs that are not finished.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

HERE = Path(__file__).parent
RUN_OPTIONS = ("--device", "auto", "--no-host")
LABEL_TYPES = "paper,controls,empirical-bayes-omega"


@dataclass(frozen=True)
class ResultsStep:
    """One command, and the file that is there once it is done."""

    words: tuple[str, ...]
    makes: Path
    is_table: bool = False  # which is made anew each time, of runs that are kept


def list_steps(
    data: Path,
    work: Path,
    out: Path,
    more: Sequence[str] = (),
    *,
    width: float = 0.25,
    seeds: int = 46,
    percept_seeds: int = 10,
) -> Iterator[ResultsStep]:
    """Yield all commands in their order.

    Args:
        data: H-Mix, CIFAR-10 and CIFAR-10H.
        work: folder of what is made on the way: study, labels, policies, runs.
        out: folder of the tables.
        more: options of every table, such as --jobs.
        width: share of the networks' usual channels.
        seeds: of each row of Table 1.
        percept_seeds: of each row of Tables 2 and 3.
    """
    hmix, labels = work / "hmix", work / "labels"
    cifar = ("--stimuli", str(data / "cifar"))
    policies = {name: work / f"{name}.json" for name in ("per_pair", "image_aware")}
    strengths = work / "strengths.npy"
    yield _step(("import-hmix", data / "h-mix", "--out", hmix), hmix / "data")
    for name, path in policies.items():
        looks = cifar if name == "image_aware" else ()
        yield _step(("fit-policy", hmix, "--policy", name, *looks, "--out", path), path)
    yield _step(("strengths", policies["image_aware"], *cifar, "--out", strengths), strengths)
    kinds = ("average", "average_omega", "empirical_bayes", "empirical_bayes_omega")
    asked = (word for name in kinds for word in ("--label", name))
    made = (*cifar, "--paradigms", "infer", "--per-participant", *asked)
    behind = ("--policy", policies["image_aware"])
    yield _step(("relabel", hmix, *made, *behind, "--out", labels), labels / "labels.npz")

    counts = data / "cifar10h"
    images = ("--train", counts / "train_indices.npy", "--holdout", counts / "test_indices.npy")
    common = (
        *(*cifar, *images, "--holdout-labels", counts / "cifar10h-counts.npy"),
        *("--runs", work / "runs", "--out", out, "--width", width),
        *(*RUN_OPTIONS, *more),
    )
    blends = ("--labels", labels)
    given = [word for name, path in policies.items() for word in ("--policy", f"{name}={path}")]
    strong = ("--strengths", f"image_aware={strengths}")
    heavier = ("--types", "paper", "--heavier", 4, "--full-mixup")
    for n, table in (
        (seeds, ("table1", *blends, "--types", LABEL_TYPES)),
        (percept_seeds, ("table2", *given, *strong)),
        (percept_seeds, ("table3", *blends, *heavier, *given, *strong)),
    ):
        yield _step((*table, "--seeds", n, *common), out / f"{table[0]}.md", is_table=True)


def main(
    data: Annotated[Path, typer.Argument(help="The folder with h-mix, cifar and cifar10h.")],
    work: Annotated[Path, typer.Option(help="For study, labels, policies and runs.")] = Path(
        "results_work"
    ),
    out: Annotated[Path, typer.Option(help="For the tables.")] = HERE / "quarter_width",
    width: Annotated[float, typer.Option(help="Of the networks.")] = 0.25,
    seeds: Annotated[int, typer.Option(min=1, help="Of Table 1: 46 settle a CE of .02.")] = 46,
    percept_seeds: Annotated[int, typer.Option(min=1, help="Of Tables 2 and 3.")] = 10,
    jobs: Annotated[int, typer.Option(min=1, help="Runs at a time, each on a thread.")] = 1,
    epochs: Annotated[int, typer.Option(min=1, help="65 are the paper's.")] = 65,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the commands alone.")] = False,
) -> None:
    """Make all tables again; the same command goes on where it was stopped."""
    for name in ("h-mix", "cifar", "cifar10h"):
        if not dry_run and not (data / name).is_dir():
            raise typer.BadParameter(f"{data}: must have a folder {name}; see the script's head")
    more = ["--jobs", str(jobs), "--threads", "1", "--epochs", str(epochs)]
    counts = {"seeds": seeds, "percept_seeds": percept_seeds}
    for step in list_steps(data, work, out, more, width=width, **counts):
        typer.echo(shlex.join(("learn", *step.words)))
        if dry_run or (step.makes.exists() and not step.is_table):
            continue
        work.mkdir(parents=True, exist_ok=True)
        done = subprocess.run([sys.executable, "-m", "learn", *step.words], check=False)
        if done.returncode:
            raise typer.Exit(done.returncode)


def _step(words: tuple[object, ...], makes: Path, is_table: bool = False) -> ResultsStep:
    return ResultsStep(tuple(map(str, words)), makes, is_table)


if __name__ == "__main__":
    typer.run(main)
