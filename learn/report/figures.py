"""Draws a report's figures as SVG and PDF: the same numbers give the same bytes."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from elicit.psychometric.function import logistic
from learn.plots import GREY, HUMAN, INK, MIXUP, OTHER, PALE, STYLE, find_fonts, render
from learn.study.schema import paradigm_title

COLOURS = {
    "construct": HUMAN,
    "select_shuffled": "#d97706",
    "infer": "#0f766e",
    "discriminate": "#7c3aed",
    "categorize": "#be185d",
}

# What marks a paradigm's points, lines and bars where colours cannot be seen.
MARKERS = {
    "construct": "o",
    "select_shuffled": "^",
    "infer": "s",
    "discriminate": "D",
    "categorize": "v",
}
DASHES = {
    "construct": "-",
    "select_shuffled": "--",
    "infer": "-.",
    "discriminate": ":",
    "categorize": (0, (6, 2)),
}
HATCHES = {
    "construct": "",
    "select_shuffled": "///",
    "infer": "...",
    "discriminate": "xx",
    "categorize": "++",
}

F, G = "λ<sub>f</sub>", "λ<sub>g</sub>"  # as captions and sentences have them
LAMBDA_F, LAMBDA_G = r"$\lambda_f$", r"$\lambda_g$"  # as axes have them

SIZE = (4.7, 3.4)  # inches: at full size on a desk, still readable at a phone's width
CURVES_A_LINE = 6
_SMALL = {"font.size": 10, "axes.titlesize": 10.5}
INTERVALS = "95 % intervals over other people, for these images"  # as captions have it


@dataclass(frozen=True)
class ReportFigure:
    """One figure: what the page shows, and what stands beside it for a paper."""

    name: str
    caption: str  # HTML
    svg: str  # an element that scales with the page; blank where the page shows parts instead
    files: Mapping[str, bytes]  # by ending: svg and pdf


def draw_figure(
    name: str,
    caption: str,
    paint: Callable[[Any], None],
    size: tuple[float, float] = SIZE,
    style: dict[str, Any] | None = None,
) -> ReportFigure:
    """Return one figure, with an SVG element that scales with the page.

    Args:
        name: salt of the ids within, so that two figures of a page share none.
        caption: what it shows, HTML; also for those who cannot see it.
        paint: draws onto the axes it is given.
        size: width and height in inches.
        style: matplotlib settings beside the report's own.
    """
    files = _render_files(name, lambda figure: paint(figure.add_subplot()), size, style)
    return ReportFigure(name, caption, _to_element(name, caption, files["svg"], size), files)


def _render_files(
    name: str,
    compose: Callable[[Any], None],
    size: tuple[float, float],
    style: dict[str, Any] | None = None,
) -> dict[str, bytes]:
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with (
        mpl.rc_context({**STYLE, **(style or {}), "svg.hashsalt": name}),
        warnings.catch_warnings(),
    ):
        # a browser has letters that matplotlib's fonts lack, and an SVG keeps its text
        warnings.filterwarnings("ignore", "Glyph .* missing from font", UserWarning)
        figure = Figure(figsize=size)
        FigureCanvasSVG(figure)
        compose(figure)
        return {
            "svg": render(figure, "svg", transparent=True),
            "pdf": render(figure, "pdf", transparent=True),
        }


def _to_element(name: str, caption: str, file: bytes, size: tuple[float, float]) -> str:
    """Return an SVG file as an element of a page."""
    svg = file.decode("utf-8")
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"[ ]*<metadata>.*?</metadata>\n", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(
        r'id="((?:figure|axes|patch|text|line2d|matplotlib|PathColl|LineColl|Fill|legend|xtick|ytick)[^"]*)"',
        rf'id="{name}-\1"',
        svg,
    )
    label = re.sub("<[^>]+>", "", caption).replace('"', "&quot;")
    style_of = f'style="max-width:{size[0] * 96:.0f}px"'
    return svg.replace("<svg", f'<svg role="img" aria-label="{label}" {style_of}', 1).strip()


def plain(text: object) -> str:
    """Return a text of a study so that a figure draws it letter by letter, and no formula."""
    return str(text).replace("$", r"\$")


def draw_endorsements(table: pd.DataFrame) -> ReportFigure:
    """Share of answers at each lambda_f, by paradigm (the poster's Fig. 4)."""

    def paint(ax: Any) -> None:
        paradigms = sorted(set(table["paradigm"]))
        width = 0.08 / len(paradigms)
        for k, paradigm in enumerate(paradigms):
            its = table[table["paradigm"] == paradigm]
            x = its["lambda_f"] + (k - (len(paradigms) - 1) / 2) * width
            colour = COLOURS.get(paradigm, OTHER)
            ax.bar(
                x,
                its["share"] * 100,
                width * 0.92,
                color=colour,
                hatch=HATCHES.get(paradigm, ""),
                edgecolor="white",
                lw=0,
                label=paradigm_title(paradigm),
            )
            draw_bars(ax, x, its["share"] * 100, its["low"] * 100, its["high"] * 100)
        ax.axvline(0.5, color=MIXUP, lw=1, ls=(0, (4, 3)), zorder=0)
        ax.set(xlim=(-0.07, 1.07), xlabel=f"{LAMBDA_F} called 50/50", ylabel="answers (%)")
        ax.set_xticks(np.arange(0, 1.01, 0.1), ["0", *(f".{k}" for k in range(1, 10)), "1"])
        ax.legend(loc="upper left")

    caption = (
        f"How many of the answers call each {F} the 50/50 mix, by paradigm, as in Figure 4 of the "
        f"paper's poster. Bars are {INTERVALS}; the dashed line is the physically equal mix."
    )
    return draw_figure("endorsements", caption, paint)


def draw_agreement(table: pd.DataFrame, first: str, second: str) -> ReportFigure:
    """The 50/50 points of pairs in two paradigms."""

    def paint(ax: Any) -> None:
        ax.plot([0, 1], [0, 1], color=GREY, lw=1, ls=(0, (4, 3)), zorder=0)
        ax.scatter(table[first], table[second], s=16, color=HUMAN, alpha=0.5, linewidths=0)
        low = max(0, table[[first, second]].min().min() - 0.05)
        high = min(1, table[[first, second]].max().max() + 0.05)
        ax.set(xlim=(low, high), ylim=(low, high))
        ax.set(
            xlabel=f"{paradigm_title(first)}: mean {LAMBDA_F}",
            ylabel=f"{paradigm_title(second)}: mean {LAMBDA_F}",
        )

    caption = (
        f"The mean {F} called 50/50 in two paradigms; a point is a pair of images. On the dashed "
        "line both are the same."
    )
    return draw_figure("agreement", caption, paint)


def draw_effect(
    table: pd.DataFrame, by: str, ylabel: str, xlabel: str, caption: str
) -> ReportFigure:
    """Mean answers by a condition, with intervals."""

    def paint(ax: Any) -> None:
        rows = table[table[by] != "difference"].reset_index(drop=True)
        places = np.arange(len(rows))
        _points(ax, places, rows["mean"], rows["low"], rows["high"], HUMAN)
        ax.axhline(0.5, color=MIXUP, lw=1, ls=(0, (4, 3)), zorder=0)
        several = rows["paradigm"].nunique() > 1
        ax.set_xticks(
            places,
            [
                (f"{paradigm_title(paradigm)[:9]}\n" if several else "") + plain(level)
                for paradigm, level in zip(rows["paradigm"], rows[by], strict=True)
            ],
        )
        ax.set(xlim=(-0.6, len(rows) - 0.4), ylabel=ylabel, xlabel=xlabel)

    return draw_figure(by, f"{caption} Bars are {INTERVALS}.", paint, (4.7, 2.9))


def draw_inferred(table: pd.DataFrame) -> ReportFigure:
    """Aggregate lambda_g against lambda_f (the poster's Fig. 7)."""

    def paint(ax: Any) -> None:
        _mixup(ax)
        x = table["lambda_f"]
        _points(ax, x, table["mean"], table["mean_low"], table["mean_high"], HUMAN, "people: mean")
        ax.plot(x, table["median"], "x", color=OTHER, ms=7, mew=1.8, label="people: median")
        _unit(ax)
        ax.legend(loc="upper left")

    caption = (
        f"Inferred {G} against generating {F}, over all participants, as in Figure 7 of the "
        f"paper's poster. Bars are {INTERVALS}; the line is mixup's own label."
    )
    return draw_figure("inferred", caption, paint)


def draw_by_participant(table: pd.DataFrame, together: pd.DataFrame) -> ReportFigure:
    """Each participant's lambda_g against lambda_f."""

    def paint(ax: Any) -> None:
        _mixup(ax)
        for _, its in table.groupby("participant", sort=True):
            mark = "o-" if len(its) < 2 else "-"
            ax.plot(its["lambda_f"], its["mean"], mark, color=PALE, lw=0.9, alpha=0.65, ms=4)
        ax.plot(together["lambda_f"], together["mean"], "o-", color=HUMAN, lw=2, label="all: mean")
        _unit(ax)
        ax.legend(loc="upper left")

    caption = f"Inferred {G} against generating {F}: a pale line is one participant's means."
    return draw_figure("by_participant", caption, paint)


def draw_curves(
    pairs: pd.DataFrame, points: Mapping[tuple[str, str], pd.DataFrame]
) -> tuple[ReportFigure, list[str]]:
    """Every class pair's answers and logistic (the poster's Fig. 9).

    Returns:
        The figure for a paper, whose own SVG is blank, and an SVG element for each pair.
    """
    rows = list(pairs.itertuples())
    names = "".join(f"{row.class_i}{row.class_j}" for row in rows)
    style = {**_SMALL, "font.family": [*find_fonts(frozenset(names) - {" "}), "sans-serif"]}
    paints = [_paint_curve(row, points[str(row.class_i), str(row.class_j)]) for row in rows]
    lines = -(-len(rows) // CURVES_A_LINE)

    def compose(figure: Any) -> None:
        axes = figure.subplots(lines, CURVES_A_LINE, squeeze=False).ravel()
        for ax, paint in zip(axes, paints, strict=False):
            paint(ax)
        for ax in axes[len(paints) :]:
            ax.set_axis_off()
        figure.supxlabel(f"generating {LAMBDA_F}", fontsize="medium")
        figure.supylabel(f"inferred {LAMBDA_G}", fontsize="medium")

    size = (1.55 * CURVES_A_LINE, 1.75 * lines)
    caption = (
        f"Inferred {G}, the share of the class named first, against {F}, a panel a class pair, as "
        "in Figure 9 of the paper's poster. Points are mean answers with 95 % intervals over other "
        "people, for these images; the curve is the logistic, dotted where it is that of all "
        "pairs; the dashed line is mixup's own label."
    )
    whole = ReportFigure("curves", caption, "", _render_files("curves", compose, size, style))
    elements = []
    for number, (row, paint) in enumerate(zip(rows, paints, strict=True)):
        label = f"{escape(str(row.class_i))} and {escape(str(row.class_j))}"
        elements.append(draw_figure(f"curve{number}", label, paint, (1.75, 1.95), style).svg)
    return whole, elements


def _paint_curve(row: Any, points: pd.DataFrame) -> Callable[[Any], None]:
    def paint(ax: Any) -> None:
        ax.plot([0, 1], [0, 1], color=MIXUP, lw=1, ls=(0, (4, 3)))
        x = np.linspace(0, 1, 61)
        dashes = "-" if row.own else ":"
        ax.plot(x, logistic(row.k * (x - row.x0)), dashes, color=HUMAN, lw=1.8)
        _points(ax, points["lambda_f"], points["mean"], points["low"], points["high"], HUMAN)
        ax.set(xlim=(-0.04, 1.04), ylim=(-0.04, 1.04))
        ax.set_xticks([0, 0.5, 1], ["0", ".5", "1"])
        ax.set_yticks([0, 0.5, 1], ["0", ".5", "1"])
        ax.set_title(f"{plain(row.class_i)}\n{plain(row.class_j)}", linespacing=1.05)

    return paint


def draw_confidence(table: pd.DataFrame, overall: float) -> ReportFigure:
    """Mean error by confidence."""

    def paint(ax: Any) -> None:
        middle = (table["omega_from"] + table["omega_to"]) * 50
        _points(ax, middle, table["mean_error"], table["low"], table["high"], HUMAN)
        ax.axhline(overall, color=GREY, lw=1, ls=(0, (4, 3)), zorder=0, label="mean of all")
        ax.set(xlim=(0, 100), xlabel="confidence ω (%)", ylabel=f"mean |{LAMBDA_G} − {LAMBDA_F}|")
        ax.set_ylim(bottom=0)
        ax.legend(loc="lower left")

    caption = f"How far answers lie from mixup's label, by their confidence. Bars are {INTERVALS}."
    return draw_figure("confidence", caption, paint)


def draw_distance(table: pd.DataFrame) -> ReportFigure:
    """Mean confidence by distance of the mix from the middle."""

    def paint(ax: Any) -> None:
        mean, low, high = (table[name] * 100 for name in ("mean_omega", "low", "high"))
        _points(ax, table["distance"], mean, low, high, HUMAN)
        ax.set(xlim=(-0.03, 0.53), xlabel=f"|{LAMBDA_F} − 0.5|", ylabel="mean confidence ω (%)")
        ax.set_ylim(0, 100)

    caption = f"Confidence by how far a mix is from 50/50. Bars are {INTERVALS}."
    return draw_figure("distance", caption, paint)


def draw_retest(table: pd.DataFrame) -> ReportFigure:
    """Second against first answers to repeats."""

    def paint(ax: Any) -> None:
        ax.plot([0, 1], [0, 1], color=GREY, lw=1, ls=(0, (4, 3)), zorder=0)
        for paradigm, its in table.groupby("paradigm", sort=True):
            shift = np.random.default_rng(1).uniform(-0.012, 0.012, (2, len(its)))
            first, second = its[["answer_before", "answer"]].to_numpy(float).T + shift
            colour = COLOURS.get(str(paradigm), OTHER)
            name = paradigm_title(str(paradigm))
            marker = MARKERS.get(str(paradigm), "o")
            ax.scatter(
                first, second, s=15, marker=marker, color=colour, alpha=0.55, lw=0, label=name
            )
        ax.set(xlim=(-0.04, 1.04), ylim=(-0.04, 1.04))
        ax.set(xlabel="first answer", ylabel="second answer")
        ax.legend(loc="upper left", handletextpad=0.1)

    caption = (
        "Second answer to a repeated trial against the first; points are moved apart a little. On "
        "the dashed line both are the same."
    )
    return draw_figure("retest", caption, paint, (4.7, 4.2))


def draw_times(table: pd.DataFrame) -> ReportFigure:
    """Median response time in each tenth of a session."""

    def paint(ax: Any) -> None:
        for paradigm, its in table.groupby("paradigm", sort=True):
            colour, x = COLOURS.get(str(paradigm), OTHER), its["tenth"]
            ax.plot(
                x,
                its["median_s"],
                marker=MARKERS.get(str(paradigm), "o"),
                ls=DASHES.get(str(paradigm), "-"),
                color=colour,
                ms=4,
                label=paradigm_title(str(paradigm)),
            )
            if its["low"].notna().any():
                ax.fill_between(x, its["low"], its["high"], color=colour, alpha=0.15, lw=0)
        ax.set(xlabel="tenth of a participant's trials", ylabel="median response time (s)")
        ax.set_xticks(range(1, 11))
        ax.set_ylim(bottom=0)
        ax.legend(loc="best")

    caption = (
        "Median response time in each tenth of a participant's trials. Bands are 95 % intervals "
        "over other people."
    )
    return draw_figure("times", caption, paint)


def _points(ax: Any, x: Any, y: Any, low: Any, high: Any, colour: str, label: str = "") -> None:
    ax.plot(x, y, "o", color=colour, ms=5, label=label or None)
    draw_bars(ax, x, y, low, high, colour)


def draw_bars(ax: Any, x: Any, y: Any, low: Any, high: Any, colour: str = INK) -> None:
    """Draw intervals of points, in units of the axes; those that are NaN are left out."""
    ends = np.array([y - low, high - y], dtype=float)
    if not np.isnan(ends).all():
        known = ~np.isnan(ends).any(axis=0)
        xs, ys = np.asarray(x, dtype=float)[known], np.asarray(y, dtype=float)[known]
        # an estimate may lie outside its percentile interval, by a little
        ends = np.maximum(ends[:, known], 0)
        ax.errorbar(xs, ys, ends, fmt="none", ecolor=colour, elinewidth=1.2, capsize=2)


def _mixup(ax: Any) -> None:
    ax.plot([0, 1], [0, 1], color=MIXUP, lw=1.4, label="mixup")


def _unit(ax: Any) -> None:
    ax.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03))
    ax.set(xlabel=f"generating {LAMBDA_F}", ylabel=f"inferred {LAMBDA_G}")
