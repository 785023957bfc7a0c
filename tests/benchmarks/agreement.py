"""Do the observers fitted to H-Mix behave like its people?

    python -m tests.benchmarks.agreement HMIX_STUDY [--studies 5] [--seed 1]

HMIX_STUDY is what `learn hmix` makes of the published judgements. Studies of the paper's size (45
Construct, 25 Select-Shuffled, 81 Infer participants) are simulated by the observer `hmix`, through
real sessions and logs of protocols/hse1_construct, hse1_select_shuffled and hse2, each with other
people and other images: of the built-in set, unless --stimuli names another, as observers know
images by their ids and classes only. The table says of every figure what H-Mix has, its 95%
interval over resamples of its participants, and the mean and range of the simulated studies.

`agrees` asks whether the studies' mean lies within H-Mix's interval (of a mean inferred
coefficient: within .03 of H-Mix's, too). A single study varies as H-Mix itself does, so that even
of perfect participants about one figure in six would lie outside; how many of the studies lie
inside is beside it. Nor is all of it news: the fit aims at the shares of answers, at what people's
answers have in common, at the spread of class-pair PSEs, at most spreads between people, and at the
quantiles of times. It does not aim at medians, repeats answered alike, the common logistic,
confidence by lambda_f, or minutes, and there are no people whom the fit has not seen. The Construct
participant whose screen failed at lambda_f = 1, and who answered 31 times there, is left out of
H-Mix.

The fit meets the spread of class-pair PSEs on H-Mix's own trials; hse2's blends are of 2070 pairs
of images, H-Mix's of 1530, so that fewer of them share a look, and its PSEs lie a little closer. As
resamples add chance to chance and so strew PSEs more than people do, its interval is turned round
H-Mix's own.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer
from rich.console import Console
from rich.table import Table

from elicit.protocol.study_protocol import load
from elicit.simulation.cohort import PARTICIPANT_INTERVAL, START
from learn.study.table import read_study
from tests.benchmarks.figures_of_people import (
    SPREAD_OF_PAIRS,
    WITHIN,
    Answers,
    Figure,
    answers,
    ends,
    of_infer,
    of_midpoints,
)
from tests.benchmarks.fit_observers.fit import BROKEN_SCREEN
from tests.helpers.simulated_studies import cohort, simulate_study

PROTOCOLS = Path(__file__).parents[2] / "protocols"
SIZES = {"construct": 45, "select_shuffled": 25, "infer": 81}  # participants, as in the paper
NAMES = {"construct": "hse1_construct", "select_shuffled": "hse1_select_shuffled", "infer": "hse2"}


@dataclass(frozen=True)
class Row:
    """One figure compared."""

    name: str
    people: float
    low: float
    high: float
    studies: tuple[float, ...]
    within: float | None = None  # how far off the mean may be, beside the interval

    @property
    def agrees(self) -> bool:
        """Whether the studies' mean is where people's own could be."""
        mean = float(np.mean(self.studies))
        near = self.within is None or abs(mean - self.people) <= self.within
        return self.low <= mean <= self.high and near

    @property
    def inside(self) -> int:
        """How many of the studies are within the interval."""
        return sum(self.low <= each <= self.high for each in self.studies)


def compared(
    people: pd.DataFrame,
    studies: Sequence[Answers],
    figures: Sequence[tuple[str, Figure]],
    resamples: int,
) -> list[Row]:
    """Return every figure of one interface."""
    own = answers(people, _minutes_of_people(people))
    return [
        Row(
            name,
            of(own),
            *ends(people, own, of, resamples, turned=name == SPREAD_OF_PAIRS),
            tuple(of(each) for each in studies),
            WITHIN if name.startswith("mean lambda_g") else None,
        )
        for name, of in figures
    ]


def study(paradigm: str, stimuli: str, seed: int) -> Answers:
    """Return the answers of a simulated study of the paper's size, which had no practice."""
    asked = load(PROTOCOLS / f"{NAMES[paradigm]}.yaml")
    blocks = tuple(block.model_copy(update={"practice": 0}) for block in asked.blocks)
    asked = asked.model_copy(update={"blocks": blocks})
    with tempfile.TemporaryDirectory() as folder:
        people = cohort("hmix", SIZES[paradigm], {"world": seed}, seed)
        rows = read_study(simulate_study(Path(folder) / "logs", asked, [people], stimuli))
    return answers(rows, _minutes_of_simulated(rows))


def _minutes_of_people(rows: pd.DataFrame) -> pd.Series[float]:
    return rows.groupby("participant")["elapsed_s"].max() / 60


def _minutes_of_simulated(rows: pd.DataFrame) -> pd.Series[float]:
    end = rows["onset_utc"] + pd.to_timedelta(rows["rt_s"], unit="s")
    number = rows["participant"].str.removeprefix("hmix").astype(int) - 1
    minutes = (end - START - number * PARTICIPANT_INTERVAL).dt.total_seconds() / 60
    return minutes.groupby(rows["participant"]).max()


def table(paradigm: str, rows: Sequence[Row]) -> Table:
    """Return the comparison of one interface as it is shown."""
    shown = Table(title=f"{paradigm}: {sum(row.agrees for row in rows)} of {len(rows)} agree")
    for name in ("figure", "H-Mix", "95% interval", "simulated", "range", "inside", "agrees"):
        shown.add_column(name, justify="left" if name == "figure" else "right")
    for row in rows:
        shown.add_row(
            row.name,
            f"{row.people:.3f}",
            f"{row.low:.3f} to {row.high:.3f}",
            f"{np.mean(row.studies):.3f}",
            f"{min(row.studies):.3f} to {max(row.studies):.3f}",
            f"{row.inside}/{len(row.studies)}",
            "yes" if row.agrees else "[bold red]NO[/]",
        )
    return shown


def main(
    hmix_study: Annotated[Path, typer.Argument(help="What `learn hmix` makes.")],
    studies: Annotated[int, typer.Option(help="How many to simulate.", min=1)] = 5,
    seed: Annotated[int, typer.Option(help="Of the first study.")] = 1,
    resamples: Annotated[int, typer.Option(help="Of H-Mix's participants.", min=100)] = 1000,
    stimuli: Annotated[str, typer.Option(help="With CIFAR-10's classes.")] = "pictograms",
    only: Annotated[list[str] | None, typer.Option(help="One interface; may be repeated.")] = None,
) -> None:
    """Print where simulated participants agree with H-Mix, and where they do not."""
    console = Console(width=130)
    everybody = read_study(hmix_study)
    everybody = everybody[everybody["participant"] != BROKEN_SCREEN]
    for paradigm in only or SIZES:
        made = [study(paradigm, stimuli, seed + k) for k in range(studies)]
        figures = list(of_infer() if paradigm == "infer" else of_midpoints())
        people = everybody[everybody["paradigm"] == paradigm]
        console.print(table(paradigm, compared(people, made, figures, resamples)))


if __name__ == "__main__":
    typer.run(main)
