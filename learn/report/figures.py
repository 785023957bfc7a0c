"""Draws a report's figures as SVG: the same numbers give the same bytes."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from elicit.psychometric.function import logistic
from learn.plots import GREY, HUMAN, INK, MIXUP, OTHER, PALE, STYLE, render
from learn.study.schema import paradigm_title

COLOURS = {
    "construct": HUMAN,
    "select_shuffled": "#d97706",
    "infer": "#0f766e",
    "discriminate": "#7c3aed",
}

SIZE = (4.7, 3.4)  # inches: at full size on a desk, still readable at a phone's width
_SMALL = {"font.size": 10, "axes.titlesize": 10.5}


def draw_svg(
    name: str,
    label: str,
    paint: Callable[[Any], None],
    size: tuple[float, float] = SIZE,
    style: dict[str, Any] | None = None,
) -> str:
    """Return one figure as an SVG element that scales with the page.

    Args:
        name: salt of the ids within, so that two figures of a page share none.
        label: what it shows, for those who cannot see it.
        paint: draws onto the axes it is given.
        size: width and height in inches.
        style: matplotlib settings beside the report's own.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with mpl.rc_context({**STYLE, **(style or {}), "svg.hashsalt": name}):
        figure = Figure(figsize=size)
        FigureCanvasSVG(figure)
        paint(figure.add_subplot())
        svg = render(figure, "svg", transparent=True).decode("utf-8")
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"[ ]*<metadata>.*?</metadata>\n", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(
        r'id="((?:figure|axes|patch|text|line2d|matplotlib|PathColl|LineColl|Fill|legend|xtick|ytick)[^"]*)"',
        rf'id="{name}-\1"',
        svg,
    )
    style_of = f'style="max-width:{size[0] * 96:.0f}px"'
    return svg.replace(
        "<svg", f'<svg role="img" aria-label="{escape(label)}" {style_of}', 1
    ).strip()


def draw_endorsements(table: pd.DataFrame) -> str:
    """Share of answers at each lambda_f, by paradigm (the poster's Fig. 4)."""

    def paint(ax: Any) -> None:
        paradigms = sorted(set(table["paradigm"]))
        width = 0.08 / len(paradigms)
        for k, paradigm in enumerate(paradigms):
            its = table[table["paradigm"] == paradigm]
            x = its["lambda_f"] + (k - (len(paradigms) - 1) / 2) * width
            colour = COLOURS.get(paradigm, OTHER)
            ax.bar(
                x, its["share"] * 100, width * 0.92, color=colour, label=paradigm_title(paradigm)
            )
            _bars(ax, x, its["share"] * 100, its["low"] * 100, its["high"] * 100)
        ax.axvline(0.5, color=MIXUP, lw=1, ls=(0, (4, 3)), zorder=0)
        ax.set(xlim=(-0.07, 1.07), xlabel="λf called 50/50", ylabel="answers (%)")
        ax.set_xticks(np.arange(0, 1.01, 0.1), ["0", *(f".{k}" for k in range(1, 10)), "1"])
        ax.legend(loc="upper left")

    return draw_svg("endorsements", "Share of answers at each lambda_f, by paradigm", paint)


def draw_agreement(table: pd.DataFrame, first: str, second: str) -> str:
    """The 50/50 points of pairs in two paradigms."""

    def paint(ax: Any) -> None:
        ax.plot([0, 1], [0, 1], color=GREY, lw=1, ls=(0, (4, 3)), zorder=0)
        ax.scatter(table[first], table[second], s=16, color=HUMAN, alpha=0.5, linewidths=0)
        low = max(0, table[[first, second]].min().min() - 0.05)
        high = min(1, table[[first, second]].max().max() + 0.05)
        ax.set(xlim=(low, high), ylim=(low, high))
        ax.set(
            xlabel=f"{paradigm_title(first)}: mean λf", ylabel=f"{paradigm_title(second)}: mean λf"
        )

    return draw_svg("agreement", "50/50 points of each pair of images in two paradigms", paint)


def draw_effect(table: pd.DataFrame, by: str, ylabel: str, xlabel: str) -> str:
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
                (f"{paradigm_title(paradigm)[:9]}\n" if several else "") + str(level)
                for paradigm, level in zip(rows["paradigm"], rows[by], strict=True)
            ],
        )
        ax.set(xlim=(-0.6, len(rows) - 0.4), ylabel=ylabel, xlabel=xlabel)

    return draw_svg(by, f"{ylabel} by {xlabel}", paint, (4.7, 2.9))


def draw_inferred(table: pd.DataFrame) -> str:
    """Aggregate lambda_g against lambda_f (the poster's Fig. 7)."""

    def paint(ax: Any) -> None:
        _mixup(ax)
        x = table["lambda_f"]
        _points(ax, x, table["mean"], table["mean_low"], table["mean_high"], HUMAN, "people: mean")
        ax.plot(x, table["median"], "x", color=OTHER, ms=7, mew=1.8, label="people: median")
        _unit(ax)
        ax.legend(loc="upper left")

    return draw_svg("inferred", "Inferred lambda_g against lambda_f, all participants", paint)


def draw_by_participant(table: pd.DataFrame, together: pd.DataFrame) -> str:
    """Each participant's lambda_g against lambda_f."""

    def paint(ax: Any) -> None:
        _mixup(ax)
        for _, its in table.groupby("participant", sort=True):
            mark = "o-" if len(its) < 2 else "-"
            ax.plot(its["lambda_f"], its["mean"], mark, color=PALE, lw=0.9, alpha=0.65, ms=4)
        ax.plot(together["lambda_f"], together["mean"], "o-", color=HUMAN, lw=2, label="all: mean")
        _unit(ax)
        ax.legend(loc="upper left")

    return draw_svg("by_participant", "Inferred lambda_g against lambda_f, a line a person", paint)


def draw_curve(row: Any, points: pd.DataFrame, number: int) -> str:
    """One class pair's answers and logistic (the poster's Fig. 9)."""

    def paint(ax: Any) -> None:
        ax.plot([0, 1], [0, 1], color=MIXUP, lw=1, ls=(0, (4, 3)))
        x = np.linspace(0, 1, 61)
        dashes = "-" if row.own else ":"
        ax.plot(x, logistic(row.k * (x - row.x0)), dashes, color=HUMAN, lw=1.8)
        _points(ax, points["lambda_f"], points["mean"], points["low"], points["high"], HUMAN)
        ax.set(xlim=(-0.04, 1.04), ylim=(-0.04, 1.04))
        ax.set_xticks([0, 0.5, 1], ["0", ".5", "1"])
        ax.set_yticks([0, 0.5, 1], ["0", ".5", "1"])
        ax.set_title(f"{row.class_i}\n{row.class_j}", linespacing=1.05)

    label = f"lambda_g against lambda_f for {row.class_i} and {row.class_j}"
    return draw_svg(f"curve{number}", label, paint, (1.75, 1.95), _SMALL)


def draw_confidence(table: pd.DataFrame, overall: float) -> str:
    """Mean error by confidence."""

    def paint(ax: Any) -> None:
        middle = (table["omega_from"] + table["omega_to"]) * 50
        _points(ax, middle, table["mean_error"], table["low"], table["high"], HUMAN)
        ax.axhline(overall, color=GREY, lw=1, ls=(0, (4, 3)), zorder=0, label="mean of all")
        ax.set(xlim=(0, 100), xlabel="confidence ω (%)", ylabel="mean |λg − λf|")
        ax.set_ylim(bottom=0)
        ax.legend(loc="lower left")

    return draw_svg("confidence", "Mean distance of lambda_g from lambda_f by confidence", paint)


def draw_distance(table: pd.DataFrame) -> str:
    """Mean confidence by distance of the mix from the middle."""

    def paint(ax: Any) -> None:
        mean, low, high = (table[name] * 100 for name in ("mean_omega", "low", "high"))
        _points(ax, table["distance"], mean, low, high, HUMAN)
        ax.set(xlim=(-0.03, 0.53), xlabel="|λf − 0.5|", ylabel="mean confidence ω (%)")
        ax.set_ylim(0, 100)

    return draw_svg("distance", "Mean confidence by the mix's distance from 50/50", paint)


def draw_retest(table: pd.DataFrame) -> str:
    """Second against first answers to repeats."""

    def paint(ax: Any) -> None:
        ax.plot([0, 1], [0, 1], color=GREY, lw=1, ls=(0, (4, 3)), zorder=0)
        for paradigm, its in table.groupby("paradigm", sort=True):
            shift = np.random.default_rng(1).uniform(-0.012, 0.012, (2, len(its)))
            first, second = its[["answer_before", "answer"]].to_numpy(float).T + shift
            colour = COLOURS.get(str(paradigm), OTHER)
            name = paradigm_title(str(paradigm))
            ax.scatter(first, second, s=15, color=colour, alpha=0.55, linewidths=0, label=name)
        ax.set(xlim=(-0.04, 1.04), ylim=(-0.04, 1.04))
        ax.set(xlabel="first answer", ylabel="second answer")
        ax.legend(loc="upper left", handletextpad=0.1)

    return draw_svg("retest", "Answers to repeated trials, second against first", paint, (4.7, 4.2))


def draw_times(table: pd.DataFrame) -> str:
    """Median response time in each tenth of a session."""

    def paint(ax: Any) -> None:
        for paradigm, its in table.groupby("paradigm", sort=True):
            colour, x = COLOURS.get(str(paradigm), OTHER), its["tenth"]
            ax.plot(
                x, its["median_s"], "o-", color=colour, ms=4, label=paradigm_title(str(paradigm))
            )
            if its["low"].notna().any():
                ax.fill_between(x, its["low"], its["high"], color=colour, alpha=0.15, lw=0)
        ax.set(xlabel="tenth of a participant's trials", ylabel="median response time (s)")
        ax.set_xticks(range(1, 11))
        ax.set_ylim(bottom=0)
        ax.legend(loc="best")

    return draw_svg("times", "Median response time over the trials", paint)


def _points(ax: Any, x: Any, y: Any, low: Any, high: Any, colour: str, label: str = "") -> None:
    ax.plot(x, y, "o", color=colour, ms=5, label=label or None)
    _bars(ax, x, y, low, high, colour)


def _bars(ax: Any, x: Any, y: Any, low: Any, high: Any, colour: str = INK) -> None:
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
    ax.set(xlabel="generating λf", ylabel="inferred λg")
