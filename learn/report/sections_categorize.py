"""What a report says of classes that people see in a mix of two others."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from learn.plots import HUMAN, MIXUP
from learn.report.figures import (
    INTERVALS,
    LAMBDA_F,
    ReportFigure,
    draw_bars,
    draw_figure,
    plain,
)
from learn.report.html import Column, Section, TableView, format_interval, render_card
from learn.report.numbers import Tables
from learn.report.pictures import Pictures
from learn.report.words import F, blend_key, pair_name
from learn.stats.findings import count_findings
from learn.stats.third_classes import WHOLE

IMAGES_SHOWN = 6
PAIRS_DRAWN = 15
_PAIR_INTERVALS = (
    "95 % Wilson intervals over other answers, of other people to other images of the pair, each "
    "taken as independent of the others"
)


def describe_named_classes(tables: Tables, shown: Pictures) -> Section:
    """Return where people see a third class, how often, and for which pairs."""
    levels, pairs = tables["third_classes"], tables["third_classes_by_pair"]
    views = (
        TableView("third_classes", levels, _LEVELS, digits=2),
        TableView("third_classes_by_pair", pairs, _PAIRS, digits=2),
    )
    drawn = (draw_pairs(pairs.head(PAIRS_DRAWN)), draw_levels(levels[levels["lambda_f"] != WHOLE]))
    cards = tuple(_draw_cards(tables["third_classes_by_image"], shown))
    title = "Which classes do people see that are not in the mix?"
    return Section(title, tuple(_tell(tables)), drawn, views, cards)


def _tell(tables: Tables) -> Iterator[str]:
    whole, pairs = tables["third_classes"].iloc[0], tables["third_classes_by_pair"]
    yield (
        f'<span class="people">People</span> name a third class, one that is not in the mix, in '
        f"{_percent(whole, 'named')} of their first answers: in {_percent(whole, 'first')} as the "
        "most probable class, in the others as the alternative. The labels of these answers, by "
        f"H-Mix's rule, put {_percent(whole, 'mass')} of their mass on third classes, where "
        '<span class="mixup">mixup</span> puts none. Brackets are 95 % intervals over other '
        "people, for these images."
        if whole["participants"] > 1
        else f"One person names a third class, one that is not in the mix, in "
        f"{_percent(whole, 'named')} of {whole['n']} first answers, and there is no interval. The "
        f"labels put {_percent(whole, 'mass')} of their mass on third classes, where "
        '<span class="mixup">mixup</span> puts none.'
    )
    first = pairs.iloc[0]
    if first["third"]:
        yield (
            f"The pair of classes that comes first is <b>{pair_name(first)}</b>: "
            f"{round(first['named'] * first['n'])} of {first['n']} answers name a third class, "
            f"{first['times']} of them {escape(first['third'])}. Pairs are sorted by the lower end "
            f"of their interval. Brackets and bars of pairs are {_PAIR_INTERVALS}."
        )
    if len(pairs) > 1:
        yield (
            "Pairs whose share is distinguishable from that of all answers: "
            f"{count_findings(pairs['p_value'].to_numpy(np.float64))}."
        )
    if "class_repeats" in tables:
        again = tables["class_repeats"].iloc[0]
        overlap = format_interval(*(again[f"overlap{end}"] for end in ("", "_low", "_high")))
        yield (
            f"Of {int(again['n'])} repeats, {_percent(again, 'same')} have the same most probable "
            f"class as the first answer; the labels of both overlap by {overlap} (1: the same)."
        )


def draw_pairs(pairs: pd.DataFrame) -> ReportFigure:
    """Share of answers that name a third class, by pair of classes."""
    names = [f"{plain(row.class_i)}–{plain(row.class_j)}" for row in pairs.itertuples()]
    names = [
        f"{name} ({plain(row.third)})" if row.third else name
        for name, row in zip(names, pairs.itertuples(), strict=True)
    ]

    def paint(ax: Any) -> None:
        y = np.arange(len(pairs))
        share, low, high = (pairs[name].to_numpy(float) * 100 for name in ("named", "low", "high"))
        ax.plot(share, y, "o", color=HUMAN, ms=5)
        ax.hlines(y, low, high, color=HUMAN, lw=1.2)
        ax.axvline(0, color=MIXUP, lw=1.4)
        ax.set_yticks(y, names)
        ax.set(xlim=(-3, 103), ylim=(len(pairs) - 0.4, -0.6))
        ax.set_xlabel("answers that name a third class (%)")

    caption = (
        "How often mixes of two classes are called by a third one, and in brackets the one named "
        f"most often; the pairs of classes that come first. Bars are {_PAIR_INTERVALS}; the line "
        "at 0 is mixup's label."
    )
    return draw_figure("third_classes_by_pair", caption, paint, (4.7, 1.1 + 0.26 * len(pairs)))


def draw_levels(levels: pd.DataFrame) -> ReportFigure:
    """Share of answers that name a third class at each lambda_f, and mass of their labels."""

    def paint(ax: Any) -> None:
        x = levels["lambda_f"].astype(float).to_numpy()
        for name, label, mark, colour, aside in (
            ("named", "answers that name a third class", "o", HUMAN, -0.01),
            ("mass", "mass of labels on third classes", "s", "#0f766e", 0.01),
        ):
            mean, low, high = (levels[f"{name}{end}"] * 100 for end in ("", "_low", "_high"))
            ax.plot(x + aside, mean, mark, color=colour, ms=5, label=label)
            draw_bars(ax, x + aside, mean, low, high, colour)
        ax.axhline(0, color=MIXUP, lw=1.4, label="mixup")
        ax.set(xlim=(-0.03, 1.03), ylim=(-3, 103), xlabel=LAMBDA_F, ylabel="%")
        ax.legend(loc="best")

    caption = f"Third classes by {F}. Bars are {INTERVALS}; the line at 0 is mixup's label."
    return draw_figure("third_classes", caption, paint)


def _draw_cards(images: pd.DataFrame, shown: Pictures) -> Iterator[str]:
    """Yield the images whose labels have most mass on third classes."""
    for row in images.head(IMAGES_SHOWN).to_dict("records"):
        if uri := shown.uris.get(blend_key(row, row["lambda_f"])):
            i, j, share = str(row["class_i"]), str(row["class_j"]), float(row["lambda_f"])
            caption = (
                f"people <b>{escape(row['seen'])}</b>; mixup {escape(i)} {share:.2f}, {escape(j)} "
                f"{1 - share:.2f}; {row['n']} answers"
            )
            yield render_card([(uri, f"{i} + {j}")], caption)


def _percent(row: Any, name: str) -> str:
    value, low, high = (100 * row[f"{name}{end}"] for end in ("", "_low", "_high"))
    return format_interval(value, low, high, 0, " %")


_LEVELS: dict[str, Column] = {
    F: "lambda_f",
    "answers": "n",
    "people": "participants",
    "images": "images",
    "name a third class": ("named", "named_low", "named_high"),
    "as the first": ("first", "first_low", "first_high"),
    "mass of labels": ("mass", "mass_low", "mass_high"),
}
_PAIRS: dict[str, Column] = {
    "class i": "class_i",
    "class j": "class_j",
    "answers": "n",
    "people": "participants",
    "images": "images",
    "name a third class": ("named", "low", "high"),
    "most often": "third",
    "times": "times",
    "mass of labels": "mass",
}
