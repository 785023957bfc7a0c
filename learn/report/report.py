"""A study's report: one self-contained page, and its numbers as CSV beside it."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path

import pandas as pd

from learn.files import csv_bytes, put, remove
from learn.report.html import render_page
from learn.report.numbers import Tables, compute_tables
from learn.report.pictures import render_pictures
from learn.report.sections import build_sections, list_blends
from learn.report.words import F
from learn.stats.bootstrap import RESAMPLES
from learn.study.selection import Selection
from learn.study.table import check_one_source

TABLES = (
    *(
        "overview",
        "clock_steps",
        "endorsements",
        "mean_choices",
        "consensus",
        "agreement",
        "agreement_pairs",
    ),
    *("start_value", "mirroring", "test_retest_pairs", "test_retest", "response_times"),
    "points",
    *("response_times_by_trial", "inferred", "inferred_by_participant", "relabellings", "curves"),
    "curves_by_participant",
    *("curve_points", "confidence_and_error", "confidence_and_distance"),
    "confidence_correlations",
)


def write_report(
    chosen: Selection,
    out: Path,
    title: str,
    stimuli: str | None = None,
    repeats: bool = True,
) -> dict[Path, str]:
    """Write the page and the folder of its numbers; the same logs give the same bytes.

    Args:
        chosen: the judgements that count, repeats among them.
        out: the page; report.html has its numbers in report_numbers/.
        title: of the page.
        stimuli: where the endpoint images are, as `learn.labels.relabel.relabel` takes it.
        repeats: count repeats in what `learn.report.numbers.compute_tables` says.

    Returns:
        What became of each file: "written", "replaced", "unchanged" or "removed".

    Raises:
        ElicitError: rows of several sources, images that are not those shown, or a folder that
            cannot be written.
        StimulusError: `stimuli` cannot be opened.
    """
    folder = out.parent / f"{out.stem}_numbers"
    tables, text = build_page(chosen, title, folder.name, stimuli, repeats)
    contents = {folder / f"{name}.csv": csv_bytes(table) for name, table in tables.items()}
    states = put({**contents, out: text.encode("utf-8")})
    for name in TABLES:
        older = folder / f"{name}.csv"
        if older not in contents and older.is_file():
            remove(older)  # it tells of other judgements than these
            states[older] = "removed"
    return states


def build_page(
    chosen: Selection, title: str, folder: str, stimuli: str | None = None, repeats: bool = True
) -> tuple[Tables, str]:
    """Return the report's tables and its page; see `write_report`."""
    used: pd.DataFrame = chosen.used
    check_one_source(used)
    tables = compute_tables(used, repeats)
    shown = render_pictures(used, list_blends(tables), stimuli)
    parts, absent = build_sections(tables, shown)
    lead = [*_lead(chosen, repeats)]
    if shown.why_none:
        lead.append(
            f"There are no pictures, as the endpoint images are missing: {escape(shown.why_none)}."
        )
    elif shown.unverified:
        lead.append(
            "The log does not record which pixels were shown, so the pictures could not be checked."
        )
    if absent:
        lead.append("Not in this study: " + " ".join(absent))
    return tables, render_page(title, lead, parts, folder)


def _lead(chosen: Selection, repeats: bool) -> Iterator[str]:
    people = chosen.used["participant"].nunique()
    yield (
        f"What {people} participant{'s' * (people != 1)} saw in mixed images, from "
        f"{len(chosen.used)} judgements. {F} is the share of image i in a mix, "
        "λ<sub>g</sub> is the share of class i that people saw in it, and ω is their confidence. "
        "Class i is the class named first."
    )
    if chosen.all_simulated:
        yield "<b>All judgements are simulated: a program's answers, not people's.</b>"
    counted = [f"{n} {reason}" for reason, n in chosen.left_out.items() if n]
    if counted:
        yield f"Left out: {', '.join(counted)}."
    yield (
        "Repeated trials count in the figures over all rows and in the labels of images. "
        "Elsewhere only first answers count."
        if repeats
        else "Repeated trials count only where they are compared with first answers."
    )
    if people > 1:
        yield (
            f"Brackets and bars are 95% intervals from {RESAMPLES} bootstrap resamples of the "
            "participants, for these images; where a section says so, they are over other images "
            "too, or are of single images. Where fewer than two participants answered, there is no "
            "interval."
        )
    else:
        yield "There are no intervals: they need at least two participants."
