"""A table's runs on disk: checked before anything trains, and read when all is done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from elicit.errors import ElicitError
from learn.files import hide_paths
from learn.labels.types import SEEDED
from learn.runs import files
from learn.runs import folder as runs
from learn.runs import run as one_run
from learn.runs.device import choose_precision
from learn.runs.holdout_file import read_blends, read_scores
from learn.sweeps.jobs import Job, Outcome
from learn.tables.statistics import NULLS, RunKey, runs_frame
from learn.training.data import gather
from learn.training.image_scores import ImageScores
from learn.training.measures import MEASURES
from learn.training.percepts import BlendScores
from learn.training.settings import TrainingSettings


@dataclass(frozen=True)
class RunStatus:
    """What is there of a table's runs before the command begins."""

    finished: tuple[Outcome, ...]
    to_do: tuple[Job, ...]  # new ones, and those that go on
    dropped: int  # blends left out of a row for an endpoint in the holdout, at most


def check_runs(jobs: Sequence[Job], on: torch.device | None) -> RunStatus:
    """Check the inputs and the folder of every run; say which are finished.

    Args:
        jobs: of a table.
        on: the device they will train on; None: others than this machine's.

    Raises:
        ElicitError: inputs that a run cannot take, or a folder of another run: nothing has been
            trained yet.
        StimulusError: the source cannot be opened.
    """
    folders = [job.out for job in jobs]
    again = next((each for each in folders if folders.count(each) > 1), None)
    if again is not None:
        raise ElicitError(f"{again}: two rows would be trained there; give one another name")
    finished, to_do, dropped = [], [], 0
    known: dict[tuple[str, int], tuple[dict[str, str], int]] = {}
    for job in jobs:
        key = (job.row, job.settings.seed if job.settings.type in SEEDED else 0)
        if key not in known:
            known[key] = _digests(job)
        sha256, left_out = known[key]
        dropped = max(dropped, left_out)
        _check_folder(job, sha256, on)
        if (job.out / files.RESULT).is_file():
            finished.append(Outcome(job, files.read_measures(job.out / files.RESULT)))
        else:
            to_do.append(job)
    return RunStatus(tuple(finished), tuple(to_do), dropped)


def runs_table(outcomes: Iterable[Outcome], more: Sequence[str] = ()) -> pd.DataFrame:
    """Return a row a run: its row, seed, measures, and what its record says of it.

    Args:
        outcomes: of a table's runs.
        more: numbers of a run's result, beside those of the holdout.
    """
    return runs_frame(_row(outcome, more) for outcome in outcomes)


def read_images(outcomes: Iterable[Outcome]) -> dict[RunKey, ImageScores]:
    """Return what finished runs made of each image of the holdout, by row and seed.

    Runs of older versions, which did not keep it, are left out.

    Raises:
        ElicitError: a file cannot be read.
    """
    return {key: read_scores(path) for key, path in _find(outcomes, files.HOLDOUT).items()}


def read_held_out(outcomes: Iterable[Outcome]) -> dict[RunKey, BlendScores]:
    """Return what finished runs saw in each held-out blend, by row and seed.

    Raises:
        ElicitError: a file cannot be read.
    """
    return {key: read_blends(path) for key, path in _find(outcomes, files.BLENDS).items()}


def _find(outcomes: Iterable[Outcome], name: str) -> dict[RunKey, Path]:
    """Return a file of each finished run that has it, by row and seed."""
    paths = {
        (outcome.job.row, outcome.job.settings.seed): outcome.job.out / name
        for outcome in outcomes
        if outcome.measures is not None
    }
    return {key: path for key, path in paths.items() if path.is_file()}


def _digests(job: Job) -> tuple[dict[str, str], int]:
    """Return the sha256 of all that a run is given, and how many blends are left out."""
    data = gather(job.inputs, job.settings.type, job.settings.seed)
    cpu = torch.device("cpu")
    _, _, of_policy = one_run.read_policy(job.settings, data, job.strengths, cpu)
    return data.sha256() | of_policy, data.dropped


def _check_folder(job: Job, sha256: dict[str, str], on: torch.device | None) -> None:
    if not (job.out / files.RECORD).is_file():
        return
    found = files.read_record(job.out / files.RECORD)
    precision = _precision(job.settings, found, on, (job.out / files.RESULT).is_file())
    mine = runs.run_identity(replace(job.settings, precision=precision), sha256)
    theirs = {**runs.OLDER_SETTINGS, **found.get("settings", {}), **found.get("sha256", {})}
    ours = {**mine.settings, **mine.sha256}
    theirs["processes"], ours["processes"] = found.get("processes", 1), mine.processes
    for name in sorted(theirs.keys() | ours.keys()):
        was, now = _to_text(theirs.get(name)), _to_text(ours.get(name))
        if was != now:
            raise ElicitError(
                f"{job.out}: is a run of another configuration: {name} was {was}, is {now}; choose "
                "another folder with --runs, or delete this one"
            )


def _precision(
    made: TrainingSettings, found: dict[str, Any], on: torch.device | None, is_finished: bool
) -> str:
    """Return the precision a run must have; a finished one may have been done elsewhere."""
    if made.precision == "auto" and (is_finished or on is None):
        return str(found.get("settings", {}).get("precision", ""))
    return made.precision if on is None else choose_precision(made.precision, on)


def _to_text(value: object) -> str:
    return str(list(value)) if isinstance(value, tuple | list) else str(value)


def _row(outcome: Outcome, more: Sequence[str]) -> dict[str, Any]:
    job, record = outcome.job, _record(outcome.job.out)
    machine = record.get("machine", {})
    measures = outcome.measures or {}
    return {
        "row": job.row,
        "type": job.settings.type,
        "seed": job.settings.seed,
        **{name: measures.get(name) for name in (*MEASURES, *NULLS, *more)},
        "seconds": _seconds(job.out),
        "commit": record.get("commit", ""),
        "precision": record.get("settings", {}).get("precision", ""),
        "device": f"{machine.get('device', '')} ({machine.get('hardware', '')})",
        "training_images": record.get("training_images"),
        "blends": record.get("blends"),
        "blends_dropped": record.get("blends_dropped"),
        "holdout_images": record.get("holdout_images"),
        "started_utc": record.get("started_utc", ""),
        "folder": hide_paths(str(job.out)),
        "missing": hide_paths(outcome.why),
    }


def _record(out: Path) -> dict[str, Any]:
    return files.read_record(out / files.RECORD) if (out / files.RECORD).is_file() else {}


def _seconds(out: Path) -> float | None:
    """Return how long a run trained, all its sittings together."""
    path = out / files.METRICS
    if not path.is_file():
        return None
    return sum(float(row.get("seconds") or 0) for row in files.read_metrics(path))
