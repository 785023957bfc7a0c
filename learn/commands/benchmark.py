"""The command `learn score`: predictions of what held-out people see, scored on fixed splits."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from learn.benchmark.predictions import read_predictions
from learn.benchmark.score import NamedPredictions, score_benchmark
from learn.benchmark.splits import SHA256, hash_splits, list_splits
from learn.commands.options import Features, Stimuli, Votes
from learn.commands.policy import measure_looks, read_judgements, show_scores
from learn.console import say
from learn.files import csv_bytes, write_atomic
from learn.study.endpoints import open_endpoints
from learn.study.judgements import to_arrays


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("score")(score)


def score(
    predictions: Annotated[
        list[Path] | None,
        typer.Argument(metavar="PREDICTIONS", help="CSV files of predictions; each gets a row."),
    ] = None,
    study: Annotated[
        Path,
        typer.Option(metavar="LOGS", help="The study folder that `learn import-hmix` made."),
    ] = Path("hmix"),
    stimuli: Stimuli = None,
    votes: Votes = None,
    features: Features = None,
    splits: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write which judgement is held out in which fold."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="A folder to write scores.csv to, all scores in it.")
    ] = None,
) -> None:
    """Score predictions of what held-out people see in H-Mix, on fixed splits.

    Predict lambda_g, the share of class i that a person sees, of every judgement of a fold, having
    learnt from the other folds alone; --splits FILE says which judgement is in which fold, held
    out by *participants*, or by *images*, so that neither endpoint of a held-out mix is known.
    PREDICTIONS has the columns *split*, *fold*, *image_i*, *image_j*, *lambda_f*, *lambda_g*, and
    *participant* where the predictor knows the rater. The policies of this package stand beside.

    To try it: `learn import-hmix h-mix --out hmix && learn score --splits splits.csv`
    """
    rows = read_judgements(study, repeats=False, exclude=None, include_simulated=None)
    source = None if stimuli is None else open_endpoints(rows, stimuli)
    looks = measure_looks(rows, source, votes, features)
    observed = to_arrays(rows, None if source is None else source.classes)
    given = [
        NamedPredictions(path.stem, read_predictions(path), str(path)) for path in predictions or ()
    ]
    listed, notes = list_splits(observed), list[str]()
    if hash_splits(listed) != SHA256:
        notes.append(
            f"{study}: these are not the benchmark's judgements, H-Mix's 4788: scores cannot be "
            "compared with those of others."
        )
    if splits is not None:
        write_atomic(splits, csv_bytes(listed))
        say(f"{splits}: written")
    scores = score_benchmark(observed, given, looks, notes.append)
    show_scores(scores, notes, None if out is None else out / "scores.csv")
