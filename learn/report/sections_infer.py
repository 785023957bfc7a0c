"""What a report says of the coefficients that people see, and of their confidence."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np
import pandas as pd

from learn.report import figures
from learn.report.html import Column, Section, TableView, format_interval, render_card
from learn.report.numbers import Tables
from learn.report.pictures import Pictures
from learn.report.words import (
    F,
    G,
    blend_key,
    count_judgements,
    format_estimate,
    format_value,
    pair_name,
)
from learn.stats.findings import count_findings

RELABELLINGS_SHOWN = 12
_POSTER = " Such images are in Figure 8 of the paper's poster."


def describe_inferred(tables: Tables, shown: Pictures) -> Section:
    """Return how inferred coefficients follow generating ones."""
    table, people = tables["inferred"], tables["inferred_by_participant"]
    off = table.iloc[int((table["mean"] - table["lambda_f"]).abs().argmax())]
    said = [
        f'<span class="people">People</span> see {F} = {off["lambda_f"]:g} as {G} = '
        f"{format_estimate(off, 'mean', 3)} on average. This is the largest deviation from "
        f'<span class="mixup">mixup</span>, which labels it {off["lambda_f"]:g}.'
    ]
    if (table["n"] > 1).all():
        said.append(
            f"Answers to the same {F} have a standard deviation (SD) of {table['sd'].mean():.2f} "
            "on average."
        )
    own = tables.get("curves_by_participant", pd.DataFrame())
    if len(own) > 1:
        quarter, half, last = own["k"].quantile([0.25, 0.5, 0.75])
        said.append(
            f"{len(own)} participants have a logistic of their own: half of the slopes k lie "
            f"between {quarter:.1f} and {last:.1f}, the median is {half:.1f}."
        )
    columns: dict[str, Column] = {
        F: "lambda_f",
        "n": "n",
        f"mean {G}": ("mean", "mean_low", "mean_high"),
        f"median {G}": ("median", "median_low", "median_high"),
        "SD": "sd",
        "mean ω": ("mean_omega", "mean_omega_low", "mean_omega_high"),
    }
    return Section(
        "What coefficient do people see?",
        tuple(said),
        (figures.draw_inferred(table), figures.draw_by_participant(people, table)),
        (TableView("inferred", table, columns, 21),),
    )


def describe_relabellings(tables: Tables, shown: Pictures) -> Section:
    """Return the images that people label least like mixup."""
    table = tables["relabellings"]
    known = bool(table["posterior_lambda_g"].notna().any())
    low, high = table["n"].min(), table["n"].max()
    each = count_judgements(low) if low == high else f"{low} to {count_judgements(high)}"
    said = (
        f"{len(table)} images have {each} each.",
        "Distinguishable from mixup's label: "
        f"{count_findings(table['p_value'].to_numpy(np.float64))}. As an image has few judgements, "
        "its label is their mean, drawn towards what a policy fitted to all answers says of it; "
        "brackets are 95 % intervals of that posterior. The images whose label is furthest from "
        f"mixup's come first.{_POSTER}"
        if known
        else "There is no interval for single images: no two people judged the same one, or all "
        "answers are the same. The images whose mean is furthest from mixup's label come first."
        f"{_POSTER}",
    )
    cards = []
    for row in table.head(RELABELLINGS_SHOWN).to_dict("records"):
        if uri := shown.uris.get(blend_key(row, row["lambda_f"])):
            label = (
                format_interval(row["posterior_lambda_g"], row["low"], row["high"])
                if known
                else f"{row['mean_lambda_g']:.2f}"
            )
            caption = (
                f"{escape(row['class_i'])}: people <b>{label}</b>, mixup {row['lambda_f']:.2f}; "
                f"{count_judgements(row['n'])}, mean {row['mean_lambda_g']:.2f}"
            )
            if row["n"] > 1:
                caption += f"; SD {row['sd_lambda_g']:.2f}"
            cards.append(render_card([(uri, f"{row['class_i']} + {row['class_j']}")], caption))
    columns: dict[str, Column] = {
        "class i": "class_i",
        "image i": "image_i",
        "class j": "class_j",
        "image j": "image_j",
        F: "lambda_f",
        "n": "n",
        f"mean {G}": "mean_lambda_g",
        "SD": "sd_lambda_g",
        f"posterior {G}": ("posterior_lambda_g", "low", "high"),
        "p": "p_value",
        "mean ω": "mean_omega",
    }
    return Section(
        "Images that people relabel most",
        tuple(said),
        tables=(TableView("relabellings", table, columns),),
        cards=tuple(cards),
    )


def describe_curves(tables: Tables, shown: Pictures) -> Section:
    """Return a psychometric curve for every class pair."""
    table, points = tables["curves"], tables["curve_points"]
    common, pairs = table.iloc[0], table.iloc[1:]
    own = pairs[pairs["own"]]
    said = [
        f"One logistic 1 / (1 + exp(−k ({F} − x<sub>0</sub>))) fitted to all answers has k = "
        f"{format_estimate(common, 'k')} and x<sub>0</sub> = {format_estimate(common, 'x0', 3)}."
    ]
    if len(own) > 1:
        flat, steep = own.iloc[int(own["k"].argmin())], own.iloc[int(own["k"].argmax())]
        low, high = own.iloc[int(own["x0"].argmin())], own.iloc[int(own["x0"].argmax())]
        said.append(
            f"By class pair, k runs from {format_estimate(flat, 'k', 1)} ({pair_name(flat)}) to "
            f"{format_estimate(steep, 'k', 1)} ({pair_name(steep)}), and x<sub>0</sub> from "
            f"{format_estimate(low, 'x0')} ({pair_name(low)}) to {format_estimate(high, 'x0')} "
            f"({pair_name(high)})."
        )
    said.append(
        "Brackets are 95 % intervals over other people and other images of the same classes; of a "
        "pair of classes with one pair of images, over other people."
    )
    if len(own) < len(pairs):
        said.append(
            f"{len(pairs) - len(own)} pairs have too few different answers for a curve of their "
            "own; they show the curve fitted to all answers, dotted."
        )
    by_pair = {(str(i), str(j)): its for (i, j), its in points.groupby(["class_i", "class_j"])}
    whole, small = figures.draw_curves(pairs, by_pair)
    columns: dict[str, Column] = {
        "class i": "class_i",
        "class j": "class_j",
        "n": "n",
        "image pairs": "image_pairs",
        "k": ("k", "k_low", "k_high"),
        "x<sub>0</sub>": ("x0", "x0_low", "x0_high"),
    }
    return Section(
        "A curve for every class pair",
        tuple(said),
        small=tuple(small),
        small_figure=whole,
        tables=(TableView("curves", table, columns, 6),),
    )


def describe_confidence(tables: Tables, shown: Pictures) -> Section:
    """Return what confidence correlates with."""
    error, far = tables["confidence_and_error"], tables["confidence_and_distance"]
    r = tables.get("confidence_correlations", pd.DataFrame())
    words = {
        "|lambda_g - lambda_f|": f"an answer's distance from mixup, |{G} − {F}|",
        "|lambda_f - 0.5|": f"the mix's distance from 50/50, |{F} − 0.5|",
        "|lambda_g - 0.5|": f"the answer's own distance from 50/50, |{G} − 0.5|",
    }
    said = [
        f"Confidence correlates {format_value(row, 'r')} with {words[row['omega_with']]}."
        for row in r.to_dict("records")
    ] or ["Confidence, or the quantity it is compared with, is the same in all answers."]
    overall = float((error["mean_error"] * error["n"]).sum() / error["n"].sum())
    columns: dict[str, Column] = {
        "ω from": "omega_from",
        "to": "omega_to",
        "n": "n",
        f"mean |{G} − {F}|": ("mean_error", "low", "high"),
    }
    by_distance: dict[str, Column] = {
        f"|{F} − 0.5|": "distance",
        "n": "n",
        "mean ω": ("mean_omega", "low", "high"),
    }
    return Section(
        "What does confidence correlate with?",
        (" ".join(said),),
        (figures.draw_confidence(error, overall), figures.draw_distance(far)),
        (
            TableView("confidence_and_error", error, columns),
            TableView("confidence_and_distance", far, by_distance),
        ),
    )


_RELIABLE = {  # cells are plain text
    "omega": "ω",
    "omega without extremity": "ω, less what |mean λg − 0.5| says of it",
    "lambda_g": "λg",
    "lambda_g - lambda_f": "λg − λf, what people add to mixup",
}


def describe_reliabilities(tables: Tables, _shown: Pictures) -> Section:
    """Return how far an image's mean answers would be the same from other raters."""
    table = tables["reliability"].set_index("what", drop=False)
    raters = table["raters"].iloc[-1]
    said = [
        f"The reliability of a mean is the share of its variance that is between images: what it "
        f"would have in common with the mean of as many other raters. An image has {raters:.1f} "
        "raters on average."
    ]
    if "omega" in table.index:
        sure, left = table.loc["omega"], table.loc[[*table.index][1]]
        said.append(
            f"That of an image's mean ω is {format_estimate(sure, 'raters_mean')}; between people "
            f"lies {format_estimate(sure, 'person')} of the variance of ω."
        )
        if left["what"] == "omega without extremity":
            said.append(
                f"Without what the label's distance from 50/50 says of ω, its reliability is "
                f"{format_estimate(left, 'raters_mean')}{_tell_from_zero(left, 'raters_mean')}."
            )
    said += [
        f"The other raters' mean ω correlates {format_value(row, 'r')} with how far a rater is "
        f"from their mean {G}"
        + (f", and {G}'s distance from 50/50 left out of both" if row["left_out"] else "")
        + "."
        for row in tables.get("errors_predicted", pd.DataFrame()).to_dict("records")
    ]
    said.append(
        "Brackets are 95 % intervals over other people and other images. Estimates are by moments, "
        "so that one below 0 means that nothing was found."
    )
    columns: dict[str, Column] = {
        "answer": "shown",
        "images": "images",
        "raters": "raters",
        "one rater": ("one_rater", "one_rater_low", "one_rater_high"),
        "their mean": ("raters_mean", "raters_mean_low", "raters_mean_high"),
        "share of people": ("person", "person_low", "person_high"),
    }
    named = table.assign(shown=table["what"].map(_RELIABLE))
    return Section(
        "How reliable are confidence and labels?",
        (said[0], " ".join(said[1:])),
        tables=(TableView("reliability", named, columns, digits=2),),
    )


def _tell_from_zero(row: pd.Series[Any], name: str) -> str:
    ends = row[f"{name}_low"], row[f"{name}_high"]
    if pd.isna(ends[0]) or ends[0] > 0 or ends[1] < 0:
        return ""
    return " (not distinguishable from zero)"
