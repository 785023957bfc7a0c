"""The sections of a report, in their order, and a sentence for each that has no data."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from learn.report import figures
from learn.report import sections_categorize as categorize
from learn.report import sections_infer as infer
from learn.report import sections_midpoints as midpoints
from learn.report.html import Column, Section, TableView
from learn.report.numbers import Tables
from learn.report.pictures import Pictures
from learn.report.words import (
    F,
    G,
    format_estimate,
    format_value,
    pair_name,
    paradigm_name,
    picture_lambda_f,
)
from learn.study.schema import BLEND, IMAGE_PAIR, paradigm_title

SectionBuilder = Callable[[Tables, Pictures], Section]


def list_blends(tables: Tables) -> pd.DataFrame:
    """Return the blends that the page shows, columns `learn.study.schema.BLEND`."""
    blends = []
    if "consensus" in tables:
        top = tables["consensus"].head(midpoints.CONSENSUS_SHOWN)
        shares = (1.0, 0.5, [picture_lambda_f(mean) for mean in top["mean"]], 0.0)
        blends += [top[IMAGE_PAIR].assign(lambda_f=share) for share in shares]
    if "relabellings" in tables:
        blends.append(tables["relabellings"].head(infer.RELABELLINGS_SHOWN)[BLEND])
    if "third_classes_by_image" in tables:
        blends.append(tables["third_classes_by_image"].head(categorize.IMAGES_SHOWN)[BLEND])
    return pd.concat(blends, ignore_index=True) if blends else pd.DataFrame(columns=BLEND)


def build_sections(tables: Tables, shown: Pictures) -> tuple[list[Section], list[str]]:
    """Return the sections that the study has data for, and a line for each that it does not.

    Args:
        tables: as `learn.report.numbers.compute_tables` gives them.
        shown: the pictures of `list_blends`.
    """
    made, absent = [], []
    for needed, make, without in _SECTIONS:
        if needed in tables:
            made.append(make(tables, shown))
        else:
            absent.append(without)
    return made, absent


def describe_overview(tables: Tables, shown: Pictures) -> Section:
    """Return who took part."""
    table = tables["overview"].assign(paradigm=tables["overview"]["paradigm"].map(paradigm_title))
    columns: dict[str, Column] = {
        "paradigm": "paradigm",
        "participants": "participants",
        "trials": "trials",
        "of them repeats": "repeats",
        "minutes, median": ("minutes_median", "low", "high"),
    }
    notes: tuple[str, ...] = ()
    if "clock_steps" in tables:
        notes = (
            f"Sessions left out of the minutes: {len(tables['clock_steps'])}. The computer's clock "
            "was set back while they ran, so their times of day do not say how long they took.",
        )
    view = TableView("overview", table, columns, digits=1)
    return Section("Who took part", notes, tables=(view,))


def describe_excluded(tables: Tables, _shown: Pictures) -> Section:
    """Return who is left out, and what would change with them."""
    table, compared = tables["excluded"], tables["with_excluded"]
    people = table["participant"].nunique()
    said = (
        f"{people} participant{'s are' if people > 1 else ' is'} left out, as a list of exclusions "
        "says. The second table shows the main numbers without them, as everywhere else on this "
        "page, and with them.",
    )
    who: dict[str, Column] = {
        "participant": "participant",
        "paradigm": "paradigm",
        "reason": "reason",
    }
    what: dict[str, Column] = {
        "paradigm": "paradigm",
        "what": "what",
        "without them": "without",
        "with them": "with",
    }
    named = compared.assign(paradigm=compared["paradigm"].map(paradigm_title))
    views = (TableView("excluded", table, who), TableView("with_excluded", named, what))
    return Section("Who is left out", said, tables=views)


def describe_retest(tables: Tables, shown: Pictures) -> Section:
    """Return how alike the two answers to a repeated trial are."""
    table = tables["test_retest"]
    said = [
        f"<b>{paradigm_name(row['paradigm'])}:</b> "
        + (f"r = {format_value(row, 'r')}; " if not pd.isna(row["r"]) else "")
        + f"the two answers differ by {format_estimate(row, 'mean_difference')} on average "
        f"({row['n']} repeats)."
        for row in table.to_dict("records")
    ]
    columns: dict[str, Column] = {
        "paradigm": "paradigm",
        "participants": "participants",
        "repeats": "n",
        "test-retest r": ("r", "low", "high"),
        "mean difference": ("mean_difference", "mean_difference_low", "mean_difference_high"),
    }
    named = table.assign(paradigm=table["paradigm"].map(paradigm_title))
    drawn = (figures.draw_retest(tables["test_retest_pairs"]),)
    title = "Do people answer a repeat as they did before?"
    return Section(title, tuple(said), drawn, (TableView("test_retest", named, columns),))


def describe_times(tables: Tables, shown: Pictures) -> Section:
    """Return how long answers take."""
    table, trend = tables["response_times"], tables.get("response_times_by_trial")
    said = tuple(
        f"<b>{paradigm_name(row['paradigm'])}:</b> {format_value(row, 'median_s', 1)} s per trial "
        "(median)."
        for row in table.to_dict("records")
    )
    columns: dict[str, Column] = {
        "paradigm": "paradigm",
        "n": "n",
        "median, s": ("median_s", "low", "high"),
        "5%": "q05_s",
        "25%": "q25_s",
        "75%": "q75_s",
        "95%": "q95_s",
    }
    named = table.assign(paradigm=table["paradigm"].map(paradigm_title))
    drawn = () if trend is None else (figures.draw_times(trend),)
    return Section(
        "How long does an answer take?",
        said,
        drawn,
        (TableView("response_times", named, columns, digits=1),),
    )


def describe_pses(tables: Tables, _shown: Pictures) -> Section:
    """Return the mix at which both classes are named equally often, by class pair."""
    table = tables["points"]
    whole, pairs = table.iloc[0], table.iloc[1:] if len(table) > 1 else table
    farthest = pairs.iloc[int((pairs["pse"] - 0.5).abs().to_numpy().argmax())]
    over = f", on average over {len(pairs)} class pairs" if len(table) > 1 else ""
    said = (
        f"Both classes are named equally often at {F} = {format_estimate(whole, 'pse', 3)} (the "
        f"point of subjective equality, PSE){over}.",
        f"Farthest from 0.5: <b>{pair_name(farthest)}</b>, at "
        f"{format_estimate(farthest, 'pse', 3)}.",
        "With two or more participants, PSE and slope are those of their population, and brackets "
        "are 95 % intervals over other people and, where a row has several pairs of images, other "
        "images of the same classes; of all pairs, over other people and other pairs. With one "
        "participant, they come from that one's own curve.",
    )
    columns: dict[str, Column] = {
        "class i": "class_i",
        "class j": "class_j",
        "people": "participants",
        "image pairs": "image_pairs",
        "trials": "trials",
        "PSE": ("pse", "pse_low", "pse_high"),
        "slope": ("slope", "slope_low", "slope_high"),
    }
    shown = TableView("points", table, columns)
    return Section("At which mix are both classes named equally often?", said, (), (shown,))


_SECTIONS: tuple[tuple[str, SectionBuilder, str], ...] = (
    ("overview", describe_overview, ""),
    ("excluded", describe_excluded, "Exclusions: nobody is left out by a list."),
    (
        "endorsements",
        midpoints.describe_endorsements,
        "50/50 points: nobody was asked for one (Construct, Select-Shuffled).",
    ),
    (
        "consensus",
        midpoints.describe_consensus,
        "Consensus on 50/50 points: nobody was asked for one.",
    ),
    (
        "agreement",
        midpoints.describe_agreement,
        "Agreement between paradigms: no two of them share at least three pairs.",
    ),
    ("start_value", midpoints.describe_start_value, "Start value: the log has none, or only one."),
    (
        "mirroring",
        midpoints.describe_mirroring,
        "Mirroring: the log does not have it, or it is the same in all trials.",
    ),
    (
        "points",
        describe_pses,
        "Classes named: nobody was asked which class a mix looks more like (Discriminate).",
    ),
    ("inferred", infer.describe_inferred, f"Inferred {G}: nobody was asked for it (Infer)."),
    (
        "relabellings",
        infer.describe_relabellings,
        f"Relabelled images: nobody was asked for {G} (Infer).",
    ),
    (
        "curves",
        infer.describe_curves,
        "Psychometric curves: there are no answers, or all are the same, so none can be fitted.",
    ),
    ("confidence_and_error", infer.describe_confidence, "Confidence: nobody was asked for it."),
    (
        "reliability",
        infer.describe_reliabilities,
        f"Reliability of {G} and ω: no two people judged the same image.",
    ),
    (
        "third_classes",
        categorize.describe_named_classes,
        "Classes that are not in the mix: nobody was asked to name classes (Categorize).",
    ),
    ("test_retest", describe_retest, "Repeat consistency: no trial was repeated."),
    ("response_times", describe_times, "Response times: none."),
)
