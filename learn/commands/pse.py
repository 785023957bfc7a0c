"""The command `learn pse`."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer
from rich.table import Table

from elicit.psychometric.function import Prior
from learn.commands.options import Process, Simulated
from learn.console import say, say_files
from learn.files import csv_bytes, put
from learn.stats.pse import ALL, check_has_choices, list_pses, participant_pses
from learn.stats.pse_prior import read_study_prior
from learn.study import exclusions, table
from learn.study.schema import CLASS_PAIR, IMAGE_PAIR, names_a_class, paradigm_title
from learn.study.selection import SelectionOptions, select


class By(str, Enum):
    """What has a PSE of its own."""

    class_pair = "class_pair"
    image_pair = "image_pair"


KEYS = {By.class_pair: CLASS_PAIR, By.image_pair: IMAGE_PAIR}


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("pse")(pse)


def pse(
    logs: Annotated[
        Path,
        typer.Argument(metavar="LOGS", help="The study folder that `elicit run --logs` made."),
    ],
    by: Annotated[
        By, typer.Option(help="What has a PSE of its own: class_pair or image_pair.")
    ] = By.class_pair,
    out: Annotated[
        Path | None,
        typer.Option(help="A folder for points.csv and own_points.csv, a row a participant."),
    ] = None,
    exclude: Annotated[
        Path | None,
        typer.Option(help="A list of who is left out, such as `learn qc` writes: exclusions.csv."),
    ] = None,
    default_prior: Annotated[
        bool,
        typer.Option(
            "--default-prior",
            help="Own curves of Discriminate: take the default prior, not the protocol's.",
        ),
    ] = False,
    process: Process = None,
    include_simulated: Simulated = None,
) -> None:
    """Print the PSE of each class pair, and of all: the *lambda_f* that looks 50/50.

    Discriminate also gives the slope of the psychometric function. With two or more participants
    both are of their population, from a hierarchical model. own_points.csv has each participant's
    own curve; its prior is the one that the study's protocol states. Construct and
    Select-Shuffled stand beside it with the mean *lambda_f* called 50/50, where participants count
    once each. All have 95 % intervals: those of a pair are over other people and, where a row has
    several pairs of images, other images of the same classes; else over other people, for these
    images. The row *all* is the mean over pairs, for other people and other pairs. With one
    participant, intervals are of that one's own curve.

    To try it: `learn pse logs`
    """
    rows = table.read_study(logs)
    out_of_it = () if exclude is None else tuple(exclusions.read_exclusions(exclude, rows))
    choice = SelectionOptions(
        include_simulated=include_simulated, process=process, exclusions=out_of_it, pooled=False
    )
    chosen = select(rows, choice)
    check_has_choices(chosen.used)
    if chosen.simulation_note is not None:
        say(chosen.simulation_note, bold=True)
    prior = _prior(chosen.used, default_prior)
    found = list_pses(chosen.used, KEYS[by], prior)
    for paradigm, its in found.groupby("paradigm", sort=True):
        say(_pse_table(str(paradigm), its, KEYS[by]))
    if out is not None:
        contents = {
            out / "points.csv": csv_bytes(found),
            out / "own_points.csv": csv_bytes(participant_pses(chosen.used, KEYS[by], prior)),
        }
        say_files(put(contents))


def _prior(used: pd.DataFrame, default: bool) -> Prior:
    """Return what is believed of own curves before, and say it where there are some."""
    if default:
        said = "Prior of own curves: the default, as --default-prior says."
        prior = Prior()
    else:
        its = read_study_prior(used)
        said, prior = str(its), its.prior
    if names_a_class(used).any():
        say(said)
    return prior


def _pse_table(paradigm: str, found: pd.DataFrame, keys: Sequence[str]) -> Table:
    slopes = found["slope"].notna().any()
    headings = ["pair", "people", "images", "trials", "PSE [95 %]"]
    headings += ["slope [95 %]"] if slopes else []
    shown = Table(*headings, box=None, title=paradigm_title(paradigm), title_justify="left")
    for row in found.to_dict("records"):
        numbers = [_number(row, "pse", 3), *([_number(row, "slope", 1)] if slopes else [])]
        names = [str(row[key]) for key in keys]
        pair = ALL if set(names) == {ALL} else "-".join(names)
        counts = (str(row[name]) for name in ("participants", "image_pairs", "trials"))
        shown.add_row(pair, *counts, *numbers)
    return shown


def _number(row: dict[Hashable, Any], name: str, digits: int) -> str:
    """Return a figure, and the ends of its interval where it has one."""
    if pd.isna(row[name]):
        return ""
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    ends = "" if pd.isna(low) else f" [{low:.{digits}f}, {high:.{digits}f}]"
    return f"{row[name]:.{digits}f}{ends}"
