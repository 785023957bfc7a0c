"""What a report says of the mixes that people call 50/50."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from learn.report import figures
from learn.report.html import Column, Section, TableView, render_card
from learn.report.numbers import Tables
from learn.report.numbers_midpoints import MIN_CONSENSUS_JUDGEMENTS
from learn.report.pictures import Pictures
from learn.report.words import (
    F,
    G,
    blend_key,
    count_judgements,
    format_percent,
    format_value,
    pair_name,
    paradigm_name,
    picture_lambda_f,
)
from learn.stats.findings import count_findings
from learn.study.schema import IMAGE_PAIR, paradigm_title

CONSENSUS_SHOWN = 6


def _picture_at(shown: Pictures, row: Any, lambda_f: float) -> float:
    """Return the lambda_f of the picture that stands for a row's pair at `lambda_f`."""
    return shown.nearest.get(blend_key(row, lambda_f), lambda_f)


def describe_endorsements(tables: Tables, shown: Pictures) -> Section:
    """Return which mixes people call 50/50."""
    table, means, said = tables["endorsements"], tables["mean_choices"], []
    for paradigm, its in table.groupby("paradigm", sort=True):
        half = its[its["lambda_f"] == 0.5]
        mean = means[means["paradigm"] == paradigm].iloc[0]
        at = (
            f"{format_percent(half.iloc[0], 'share')} of the answers call"
            if len(half)
            else "No answer calls"
        )
        said.append(
            f"<b>{paradigm_name(paradigm)}:</b> {at} the physically equal mix 50/50; the mean "
            f"choice is {F} = {format_value(mean, 'mean', 3)}, and choices are "
            f"{mean['mean_distance_from_half']:.2f} away from 0.5 on average."
        )
    wide = pd.DataFrame({"lambda_f": sorted(set(table["lambda_f"]))})
    columns: dict[str, Column] = {F: "lambda_f"}
    for paradigm, its in table.groupby("paradigm", sort=True):
        ends = (f"share {paradigm}", f"low {paradigm}", f"high {paradigm}")
        columns[f"{paradigm_name(paradigm)}: share"] = ends
        its = its.rename(columns=dict(zip(("share", "low", "high"), ends, strict=True)))
        wide = wide.merge(its[["lambda_f", *ends]], on="lambda_f", how="left")
    return Section(
        "Which mix do people call 50/50?",
        tuple(said),
        (figures.draw_endorsements(table),),
        (TableView("endorsements", wide, columns),),
    )


def describe_consensus(tables: Tables, shown: Pictures) -> Section:
    """Return the pairs whose 50/50 mix is elsewhere than at 0.5, as people agree."""
    table = tables["consensus"]
    first = table.iloc[0]
    said = [
        "Pairs of images whose 50/50 mix is distinguishable from 0.5: "
        f"{count_findings(table['p_value'].to_numpy(np.float64))}."
        if table["low"].notna().any()
        else f"{len(table)} pairs of images were judged, but too few times for an interval.",
        f"First comes {pair_name(first)}, called 50/50 at {F} = {format_value(first, 'posterior')} "
        f"by {count_judgements(first['n'])}. Pairs are sorted by the p-value of their mean. As a "
        "pair has few judgements, the value in the table is their mean, drawn towards that of all "
        "pairs; brackets are 95 % intervals of that posterior. The pictures are such pairs, as in "
        "Figure 5 of the paper's poster.",
    ]
    if table["n"].max() < MIN_CONSENSUS_JUDGEMENTS:
        said.append(
            f"No pair has {MIN_CONSENSUS_JUDGEMENTS} judgements, so there is no consensus yet."
        )
    cards = []
    for row in table.head(CONSENSUS_SHOWN).to_dict("records"):
        at = picture_lambda_f(row["mean"])
        steps = (
            (1.0, row["class_i"]),
            (0.5, f"λf {_picture_at(shown, row, 0.5):.2f}"),
            (at, f"chosen: {_picture_at(shown, row, at):.2f}"),
            (0.0, row["class_j"]),
        )
        strip = [(shown.uris.get(blend_key(row, share), ""), what) for share, what in steps]
        if all(uri for uri, _ in strip):
            cards.append(
                render_card(
                    strip,
                    f"{pair_name(row)}: {format_value(row, 'posterior')}, "
                    f"{count_judgements(row['n'])}",
                )
            )
    columns: dict[str, Column] = {
        "class i": "class_i",
        "image i": "image_i",
        "class j": "class_j",
        "image j": "image_j",
        "judgements": "n",
        f"mean {F}": "mean",
        "SD": "sd",
        f"posterior {F}": ("posterior", "low", "high"),
        "p": "p_value",
    }
    return Section(
        "Pairs whose 50/50 mix is not at 0.5",
        tuple(said),
        tables=(TableView("consensus", table, columns, CONSENSUS_SHOWN + 4),),
        cards=tuple(cards),
        wide_cards=True,
    )


def describe_agreement(tables: Tables, shown: Pictures) -> Section:
    """Return whether paradigms agree."""
    table = tables["agreement"]
    said = [
        f"{paradigm_name(row['first'])} and {paradigm_name(row['second'])} correlate "
        f"{format_value(row, 'r')} over {row['n']} shared {row['over']}s; their 50/50 points "
        f"differ by {row['mean_difference']:.2f} on average."
        for row in table.to_dict("records")
    ]
    if "infer" in {*table["first"], *table["second"]}:
        said.append(f"Infer's 50/50 point of a class pair is where its logistic reaches {G} = 0.5.")
    pairs = tables.get("agreement_pairs")
    drawn: tuple[figures.ReportFigure, ...] = ()
    if pairs is not None:
        first, second = sorted(set(pairs.columns) - set(IMAGE_PAIR))[:2]
        drawn = (figures.draw_agreement(pairs, first, second),)
    named = table.assign(
        first=table["first"].map(paradigm_title), second=table["second"].map(paradigm_title)
    )
    columns: dict[str, Column] = {
        "paradigm": "first",
        "and": "second",
        "over": "over",
        "n": "n",
        "r": ("r", "low", "high"),
        "mean difference": "mean_difference",
    }
    return Section(
        "Do the paradigms agree?", tuple(said), drawn, (TableView("agreement", named, columns),)
    )


def describe_start_value(tables: Tables, shown: Pictures) -> Section:
    """Return whether answers depend on the start value."""
    table = tables["start_value"]
    drawn = figures.draw_effect(
        table,
        "start_value",
        f"mean {figures.LAMBDA_F} called 50/50",
        f"trial started from {figures.LAMBDA_F}",
        f"The mean {F} called 50/50, by the {F} that the trial started from.",
    )
    said = _differences(table, f"Trials that start from the higher {F} end", "higher", "lower")
    return _effect_section(
        "Does the start value bias the answer?", "start_value", table, said, drawn
    )


def describe_mirroring(tables: Tables, shown: Pictures) -> Section:
    """Return whether answers depend on the side that class i is on."""
    table = tables["mirroring"]
    caption = "The mean answer, by the side on which class i stood."
    drawn = figures.draw_effect(table, "class_i_on", "mean answer", "class i stood on the", caption)
    said = _differences(table, "With class i on the right, answers for it lie", "higher", "lower")
    title = "Does it matter which class is on the left?"
    return _effect_section(title, "mirroring", table, said, drawn)


def _differences(table: pd.DataFrame, opening: str, up: str, down: str) -> tuple[str, ...]:
    by = table.columns[1]
    return tuple(
        f"{paradigm_name(row['paradigm'])}: {opening} {abs(row['mean']):.3f} "
        f"{up if row['mean'] >= 0 else down} (difference {format_value(row, 'mean', 3)})"
        f"{_sure(row)}."
        for row in table[table[by] == "difference"].to_dict("records")
    )


def _sure(row: Any) -> str:
    if pd.isna(row["low"]):
        return ""
    known = row["low"] * row["high"] > 0
    return f"; {'' if known else 'not '}distinguishable from zero (95 % interval)"


def _effect_section(
    title: str, csv: str, table: pd.DataFrame, said: tuple[str, ...], drawn: figures.ReportFigure
) -> Section:
    by = str(table.columns[1])
    named = table.assign(paradigm=table["paradigm"].map(paradigm_title))
    columns: dict[str, Column] = {
        "paradigm": "paradigm",
        by.replace("_", " "): by,
        "participants": "participants",
        "n": "n",
        "mean answer": ("mean", "low", "high"),
    }
    return Section(title, said, (drawn,), (TableView(csv, named, columns),))
