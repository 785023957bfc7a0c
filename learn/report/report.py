"""A study's report: one self-contained page, and its numbers as CSV beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path

import pandas as pd

from elicit.errors import read_version
from learn.files import csv_bytes, put, remove
from learn.report.figures import ReportFigure
from learn.report.html import Folders, file_name, number_figures, render_page
from learn.report.numbers import Tables, compute_tables
from learn.report.numbers_exclusions import compare_with_excluded, list_excluded
from learn.report.pictures import render_pictures
from learn.report.sections import build_sections, list_blends
from learn.report.words import F, describe_process, describe_sizes
from learn.stats.bootstrap import RESAMPLES
from learn.study.exclusions import Exclusions
from learn.study.selection import Selection
from learn.study.table import check_one_source

TABLES = (
    *(
        "overview",
        "excluded",
        "with_excluded",
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
    *("confidence_correlations", "reliability", "errors_predicted"),
    *("third_classes", "third_classes_by_pair", "third_classes_by_image", "class_repeats"),
)


@dataclass(frozen=True)
class LeftOut:
    """Whom a list of exclusions leaves out."""

    exclusions: Exclusions
    everybody: Selection  # the judgements that would count without it


OUR_FIGURES = r"figure_\d+_[a-z_]+\.(svg|pdf)"  # names of a report's figures


def write_report(
    chosen: Selection,
    out: Path,
    title: str,
    stimuli: str | None = None,
    repeats: bool = True,
    left_out: LeftOut | None = None,
) -> dict[Path, str]:
    """Write the page and the folder of its numbers; the same logs give the same bytes.

    Args:
        chosen: the judgements that count, repeats among them.
        out: the page; report.html has its numbers in report_numbers/.
        title: of the page.
        stimuli: where the endpoint images are, as `learn.labels.relabel.relabel` takes it.
        repeats: count repeats in what `learn.report.numbers.compute_tables` says.
        left_out: who does not count, by a list of exclusions.

    Returns:
        What became of each file: "written", "replaced", "unchanged" or "removed".

    Raises:
        ElicitError: rows of several sources, images that are not those shown, or a folder that
            cannot be written.
        StimulusError: `stimuli` cannot be opened.
    """
    folders = Folders(f"{out.stem}_numbers", f"{out.stem}_figures")
    folder, drawn = (out.parent / name for name in (folders.tables, folders.figures))
    tables, text, figures = build_page(chosen, title, folders, stimuli, repeats, left_out)
    contents = {folder / f"{name}.csv": csv_bytes(table) for name, table in tables.items()}
    pictures = {
        drawn / file_name(number, figure, ending): content
        for number, figure in figures.values()
        for ending, content in figure.files.items()
    }
    states = put({**contents, **pictures, out: text.encode("utf-8")})
    for name in TABLES:
        older = folder / f"{name}.csv"
        if older not in contents and older.is_file():
            remove(older)  # it tells of other judgements than these
            states[older] = "removed"
    for older in sorted(drawn.glob("figure_*.*")) if drawn.is_dir() else ():
        if older not in pictures and re.fullmatch(OUR_FIGURES, older.name):
            remove(older)  # of another number of figures
            states[older] = "removed"
    return states


def build_page(
    chosen: Selection,
    title: str,
    folders: Folders,
    stimuli: str | None = None,
    repeats: bool = True,
    left_out: LeftOut | None = None,
) -> tuple[Tables, str, dict[str, tuple[int, ReportFigure]]]:
    """Return the report's tables, its page, and its figures; see `write_report`."""
    used: pd.DataFrame = chosen.used
    check_one_source(used)
    tables = compute_tables(used, repeats)
    if left_out is not None:
        once = (rows[~rows["repeat"]] for rows in (used, left_out.everybody.used))
        tables["excluded"] = list_excluded(left_out.exclusions)
        tables["with_excluded"] = compare_with_excluded(*once)
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
    return tables, render_page(title, lead, parts, folders), number_figures(parts)


def _describe_origin(used: pd.DataFrame) -> str:
    """Return which protocols were asked, when, and what made the page."""
    protocols = []
    for name, its in used.groupby("protocol", sort=True):
        hashes = sorted({str(each)[:16] for each in its["protocol_sha256"].dropna() if each})
        told = f" (SHA-256 {', '.join(hashes)}…)" if hashes else ""
        protocols.append(f"{escape(str(name))}{told}")
    onset = pd.to_datetime(used["onset_utc"], utc=True).dropna()
    days = [each.date().isoformat() for each in (onset.min(), onset.max())] if len(onset) else []
    when = ""
    if days:
        to = "" if days[0] == days[1] else f" to {days[1]}"
        when = f", answered {'from' if to else 'on'} {days[0]}{to}"
    several = "s" if len(protocols) > 1 else ""
    return (
        f"Protocol{several}: {', '.join(protocols)}{when}. Page by human-mixup "
        f"{escape(read_version())}."
    )


def _lead(chosen: Selection, repeats: bool) -> Iterator[str]:
    people = chosen.used["participant"].nunique()
    yield (
        f"What {people} participant{'s' * (people != 1)} saw in mixed images, from "
        f"{len(chosen.used)} judgements. {F} is the share of image i in a mix, "
        "λ<sub>g</sub> is the share of class i that people saw in it, and ω is their confidence. "
        "Class i is the class named first."
    )
    yield _describe_origin(chosen.used)
    process = describe_process(chosen.used)
    if process is not None:
        yield process
    sizes = describe_sizes(chosen.used)
    if sizes is not None:
        yield sizes
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
