"""Table 3 as a figure: in each held-out blend, the share that networks see and that people see."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import expit

from learn.plots import GREY, HUMAN, MIXUP, STYLE, render

if TYPE_CHECKING:
    from learn.arrays import Numbers
    from learn.tables.statistics import TableResult
    from learn.training.percepts import BlendScores

COLUMNS = 4  # panels beside each other
TITLE_CHARS = 28  # a line of a panel's title
BINS = 5  # of people's share, whose means are drawn


def draw_percepts(result: TableResult) -> dict[str, bytes]:
    """Return the figure as {"png": ..., "svg": ...}: a panel a row, mixup's formula first.

    The same numbers give the same bytes. A row's share of a blend is the mean over its seeds.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    panels = _panels(result)
    high = -(-len(panels) // COLUMNS) or 1
    with mpl.rc_context({**STYLE, "font.size": 9, "svg.hashsalt": "table3"}):
        figure = Figure(figsize=(2.7 * COLUMNS, 0.6 + 2.6 * high), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots(high, COLUMNS, sharex=True, sharey=True, squeeze=False)
        for ax in axes.flat[len(panels) :]:
            ax.set_axis_off()
        for ax, (title, people, share, is_network) in zip(axes.flat, panels, strict=False):
            _draw_panel(ax, title, people, share, HUMAN if is_network else MIXUP)
        figure.supxlabel("people's mean share of class i in a held-out blend (lambda_g)")
        figure.supylabel("the network's share")
        return {"png": render(figure, "png", dpi=150), "svg": render(figure, "svg")}


def _panels(result: TableResult) -> list[tuple[str, Numbers, Numbers, bool]]:
    """Return each panel's title, people's shares, those beside them, and whether a network's."""
    found: list[tuple[str, Numbers, Numbers, bool]] = []
    for row in result.table.rows:
        seeds: list[BlendScores] = [
            each for (name, _), each in sorted(result.blends.items()) if name == row.name
        ]
        if not seeds:
            continue
        people = seeds[0].lambda_g
        if not found:
            found.append(("mixup's formula", people, seeds[0].lambda_f, False))
        share = np.mean([expit(each.log_odds) for each in seeds], axis=0)
        found.append((row.title, people, share, True))
    return found


def _draw_panel(ax: Any, title: str, people: Numbers, share: Numbers, colour: str) -> None:
    ax.plot([0, 1], [0, 1], color=GREY, lw=1)
    ax.scatter(people, share, s=7, color=colour, alpha=0.3, lw=0)
    place = np.clip((people * BINS).astype(int), 0, BINS - 1)
    there = np.unique(place)
    means = [[values[place == each].mean() for each in there] for values in (people, share)]
    ax.plot(*means, color=colour, marker="o", ms=4, lw=1.4)
    ax.set_title("\n".join(wrap(title, TITLE_CHARS)), fontsize="medium")
    ax.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
