"""What the command says of a labelled set and of quality control."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
from rich.table import Table

from learn.hmix.import_study import ImportCount
from learn.labels.labelled_set import LabelledDataset
from learn.qc.check import QualityCheck
from learn.study.selection import Selection

_ALWAYS = ("practice", "simulated")
_SMOOTHED = {"average_omega": "average", "mixup_omega": "mixup"}  # by confidence
_BAYES = "empirical_bayes"


def label_table(chosen: Selection, made: LabelledDataset) -> Table:
    """Return how many trials, images and participants count, and how many trials do not."""
    table = _numbers("", "trials", "images", "participants")
    participants = chosen.used["participant"].nunique()
    used = (len(chosen.used), len(made.percepts), participants)
    table.add_row("used", *(str(number) for number in used))
    for reason, number in chosen.left_out.items():
        if number or reason in _ALWAYS:
            table.add_row(f"left out: {reason}", str(number))
    return table


def remarks(chosen: Selection, made: LabelledDataset) -> Iterator[str]:
    """Yield what a person should know before they use the labels."""
    if chosen.simulation_note is not None:
        yield chosen.simulation_note
    asked = "mean_omega" in made.percepts
    unasked = int(made.percepts["mean_omega"].isna().sum()) if asked else 0
    for smoothed, plain in _SMOOTHED.items():
        if unasked and smoothed in made.labels:
            yield (
                f"No confidence was asked for {unasked} of {len(made.percepts)} images: "
                f"their {smoothed} is their {plain}."
            )
    unrated = int((made.percepts["posterior_n"] == 0).sum()) if _BAYES in made.labels else 0
    if unrated:
        yield (
            f"Nobody was asked lambda_g of {unrated} of {len(made.percepts)} images: "
            f"their {_BAYES} is the policy's own prediction."
        )
    if "named_third" in made.percepts:
        share = float((made.percepts["named_third"] * made.percepts["n"]).sum())
        yield (f"{share:.0f} of {len(chosen.used)} answers name a class that is not in the mix.")
    if made.unverified:
        yield (
            f"{made.unverified} of {made.endpoints} endpoint images could not be verified: "
            "what was shown was not recorded, so those of --stimuli are trusted."
        )


def import_table(parts: list[ImportCount]) -> Table:
    """Return how much of H-Mix was imported."""
    table = _numbers("", "participants", "trials", "repeats")
    for part in parts:
        numbers = (part.participants, part.rows, part.repeats)
        table.add_row(part.paradigm, *(str(number) for number in numbers))
    return table


def exclusion_table(checked: QualityCheck) -> Table:
    """Return every exclusion with its reason, and whether it holds."""
    table = Table("participant", "paradigm", "exclude", "why", box=None)
    for each in checked.exclusions:
        why = f"{each.criterion} {each.value}, {each.limit}: {each.reason}"
        table.add_row(
            each.participant, each.paradigm, each.exclude, why if each.limit else each.reason
        )
    return table


def result_table(checked: QualityCheck) -> Table:
    """Return the figures with and without those left out, of the paradigms that lose somebody."""
    table = _numbers("", "figure", "lambda_f", "of all", "without excluded")
    losing = {paradigm for _, paradigm in checked.excluded}
    for paradigm, figure, *numbers in checked.results.to_numpy(dtype=object).tolist():
        if paradigm in losing:
            table.add_row(paradigm, figure, *(_number(each) for each in numbers))
    return table


def _number(value: float) -> str:
    return "" if pd.isna(value) else f"{value:.4g}"


def _numbers(*titles: str) -> Table:
    table = Table(*titles, box=None)
    for column in table.columns[1:]:
        column.justify = "right"
    return table
