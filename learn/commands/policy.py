"""The commands `learn fit-policy` and `learn compare-policies`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer
from rich.console import Console
from rich.table import Table

from elicit.errors import ElicitError
from learn.commands.options import (
    Exclude,
    Features,
    Logs,
    OlderVotes,
    Process,
    Repeats,
    Simulated,
    Stimuli,
    Votes,
    read_named_arrays,
)
from learn.console import say
from learn.files import csv_bytes, write_atomic
from learn.policies import file as policy_file
from learn.policies.cross_validation import compare
from learn.policies.fit import FITS
from learn.policies.image_aware import EndpointFeatures, fit_image_aware, measure_endpoints, predict
from learn.study import exclusions, table
from learn.study.endpoints import open_endpoints, verify_endpoints
from learn.study.judgements import to_arrays
from learn.study.selection import SelectionOptions, select
from stimuli.sources.endpoints import EndpointSource


class PolicyName(str, Enum):
    """The policies that `learn fit-policy` fits."""

    mixup = "mixup"
    common = "global"
    per_pair = "per_pair"
    pooled = "pooled"
    image_aware = "image_aware"


FILE_WIDTH = 120  # characters of a line, where no terminal has one
TITLES = {
    "participants": "held-out participants",
    "images": "held-out images: neither endpoint is known from other mixes",
    "mixes": "held-out mixes: new mixes of images that may be known from other mixes",
}
NOTES = (
    "The raters' own spread bounds only predictors that do not know the rater.",
    "CRPS (lower is better), and the share of answers in 95 % intervals, are of the distribution "
    "of one rater's answer: the other held-out answers for which the policy predicts the same.",
)


def register(app: typer.Typer) -> None:
    """Add both commands to `app`."""
    app.command("fit-policy")(fit_policy)
    app.command("compare-policies")(compare_policies)


def fit_policy(
    logs: Logs,
    out: Annotated[Path, typer.Option(help="The file to write. An older one is replaced.")] = Path(
        "policy.json"
    ),
    policy: Annotated[
        PolicyName,
        typer.Option(
            help="mixup; global: one logistic for all pairs; per_pair: one for each class pair, as "
            "in the paper; pooled: per_pair, shrunk towards the common curve where data are few; "
            "image_aware: pooled, with features of the images."
        ),
    ] = PolicyName.pooled,
    stimuli: Stimuli = None,
    votes: Votes = None,
    older_votes: OlderVotes = None,
    features: Features = None,
    process: Process = None,
    repeats: Repeats = False,
    exclude: Exclude = None,
    include_simulated: Simulated = None,
) -> None:
    """Fit a label policy to a study's judgements: lambda_f and a class pair -> lambda_g.

    Writes one small JSON file that a person can read and `HumanMixUp` trains with. Judgements in
    which lambda_g was set, not asked (Construct, Select-Shuffled), carry no information about it
    and are left out. A pair of classes that nobody judged has the curve of all pairs. The file says
    which process made the images: a policy of one process is not used for images of another.

    To try it: `learn fit-policy logs --policy pooled --out policy.json`
    """
    rows = read_judgements(logs, repeats, exclude, include_simulated, process)
    source = None if stimuli is None else open_endpoints(rows, stimuli)
    observed = to_arrays(rows, None if source is None else source.classes)
    looks = measure_looks(rows, source, votes, features)
    if policy is PolicyName.image_aware:
        if looks is None:
            raise ElicitError(
                "--policy image_aware: looks at the images; say where they are with --stimuli"
            )
        fitted = fit_image_aware(observed, looks)
    else:
        fitted = FITS[policy.value](observed)
    fitted = fitted.with_process(table.check_one_process(rows))
    fitted = replace(fitted, fitted_to={"study": logs.resolve().name, **fitted.fitted_to})
    policy_file.write_policy(fitted, out)
    rmse = np.sqrt(np.mean((predict(fitted, observed, looks) - observed.lambda_g) ** 2))
    console = Console(highlight=False, markup=False, soft_wrap=True)
    counts = ", ".join(
        f"{key.replace('_', ' ')} {value}" for key, value in fitted.fitted_to.items()
    )
    console.print(f"{fitted.name}, fitted to: {counts}; RMSE on these {rmse:.4f}")
    console.print(f"{out}: written")


def compare_policies(
    logs: Logs,
    stimuli: Stimuli = None,
    votes: Votes = None,
    older_votes: OlderVotes = None,
    features: Features = None,
    folds: Annotated[
        int,
        typer.Option(help="Parts to hold out in turn; fewer where there are fewer participants."),
    ] = 5,
    seeds: Annotated[int, typer.Option(help="Ways of dealing into parts.")] = 3,
    out: Annotated[
        Path | None, typer.Option(help="A folder to write policies.csv to, all scores in it.")
    ] = None,
    process: Process = None,
    repeats: Repeats = False,
    exclude: Exclude = None,
    include_simulated: Simulated = None,
) -> None:
    """Score every label policy on judgements that it was not fitted to.

    Holds out participants; then endpoint images, so that the policy has seen neither image of a
    mix; then new mixes of images that it may know from other mixes. Prints RMSE with its 95 %
    interval over participants, the label's own error (without the raters' spread), and the gain:
    how much lower than mixup's, and than that of the row below, the RMSE is; then how well the
    distribution of one rater's answer is predicted: its CRPS, and how many answers its 95 %
    intervals contain. The file also has mean absolute error and log score, and the intervals of
    all. With --stimuli also the image-aware policy. Where the study also asked for 50/50 mixes
    (Construct, Select-Shuffled), *with_midpoints* is the best policy that learns from them too.

    To try it: `learn compare-policies logs --stimuli cifar10`
    """
    rows = read_judgements(logs, repeats, exclude, include_simulated, process)
    source = None if stimuli is None else open_endpoints(rows, stimuli)
    looks = measure_looks(rows, source, votes, features)
    notes: list[str] = []
    classes = None if source is None else source.classes
    scores = compare(rows, looks, classes, folds, seeds, notes.append)
    show_scores(scores, notes, None if out is None else out / "policies.csv")


def show_scores(scores: pd.DataFrame, notes: Sequence[str], file: Path | None) -> None:
    """Print a table of scores for each way of holding out, then notes; write all to `file`."""
    console = Console(highlight=False, markup=False)
    if not console.is_terminal:  # whose width is not known
        console.width = FILE_WIDTH
    for over, part in scores.groupby("over", sort=False):
        console.print(_score_table(TITLES[str(over)], part))
    for note in (*NOTES, *notes):
        console.print(note)
    if file is not None:
        write_atomic(file, csv_bytes(scores))
        console.print(f"{file}: written", soft_wrap=True)


def read_judgements(
    logs: Path,
    repeats: bool,
    exclude: Path | None,
    include_simulated: bool | None,
    process: str | None = None,
) -> pd.DataFrame:
    """Return the judgements of a study that count; those of one source, size and process.

    Raises:
        ElicitError: the folder cannot be read, or its images are of several sources, sizes or
            processes.
    """
    rows = table.read_study(logs)
    out = () if exclude is None else tuple(exclusions.read_exclusions(exclude, rows))
    choice = SelectionOptions(include_simulated, repeats, process=process, exclusions=out)
    chosen = select(rows, choice)
    if chosen.simulation_note is not None:
        say(chosen.simulation_note, bold=True)
    table.check_one_source(chosen.used)
    return chosen.used


def measure_looks(
    rows: pd.DataFrame,
    source: EndpointSource | None,
    votes: list[str] | None,
    features: list[str] | None,
) -> EndpointFeatures | None:
    """Return what the endpoints look like; None without a source of their images.

    Raises:
        ElicitError: votes or features without a source, images that are not those shown.
    """
    if source is None:
        if votes or features:
            raise ElicitError("--votes, --features: are of images; say which with --stimuli")
        return None
    verify_endpoints(source, rows)
    ends = np.concatenate([rows["image_i"], rows["image_j"]])
    return measure_endpoints(
        source, ends, read_named_arrays("--votes", votes), read_named_arrays("--features", features)
    )


def _score_table(title: str, scores: pd.DataFrame) -> Table:
    shown = Table(title=title, title_justify="left", box=None, padding=(0, 1, 0, 0))
    headers = ("", "n", "RMSE", "label error", "gain", "on next row", "CRPS", "in 95 %")
    for header in headers:
        shown.add_column(header, justify="right" if header else "left", no_wrap=True)
    for row in scores.itertuples():
        others = (_number(row, each) for each in ("label_error", "gain"))
        spread = _number(row, "crps"), _percent(row, "covered")
        ends = _interval(row, "rmse"), *others, _interval(row, "step"), *spread
        shown.add_row(str(row.policy), str(row.n), *ends)
    return shown


def _number(row: object, score: str) -> str:
    value = getattr(row, score)
    return "" if np.isnan(value) else f"{value:.4f}"


def _percent(row: object, score: str) -> str:
    value = getattr(row, score)
    return "" if np.isnan(value) else f"{100 * value:.1f} %"


def _interval(row: object, score: str) -> str:
    low, high = getattr(row, f"{score}_low"), getattr(row, f"{score}_high")
    return _number(row, score) + ("" if np.isnan(low) else f" [{low:.4f}, {high:.4f}]")
