"""A table as a figure: every run, its row's mean and interval, and what the paper printed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from learn.plots import GREY, HUMAN, MIXUP, STYLE, render
from learn.tables.statistics import TableResult, values

OURS, PAPER = HUMAN, MIXUP
_STYLE = STYLE | {"font.size": 10, "legend.fontsize": "medium", "axes.spines.left": False}


def draw(result: TableResult) -> dict[str, bytes]:
    """Return the figure as {"png": ..., "svg": ...}; the same numbers give the same bytes."""
    table = result.table
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with mpl.rc_context({**_STYLE, "svg.hashsalt": f"table{table.number}"}):
        figure = Figure(figsize=(3.5 * len(table.printed), 1.5 + 0.38 * len(table.rows)))
        FigureCanvasAgg(figure)
        axes = figure.subplots(1, len(table.printed), sharey=True)
        for ax, name in zip(axes, table.printed, strict=True):
            _panel(ax, name, result)
        axes[0].set_yticks(range(len(table.rows)), [row.title for row in table.rows])
        axes[0].set_ylim(len(table.rows) - 0.5, -0.5)
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=4)
        return {
            "png": render(figure, "png", dpi=150),
            "svg": render(figure, "svg"),
        }


def _panel(ax: Any, name: str, result: TableResult) -> None:
    table, runs, summary = result.table, result.runs, result.summary
    measure = table.measures[name]
    places = np.arange(len(table.rows))
    for place, row in zip(places, table.rows, strict=True):
        each = values(runs, row.name, name).to_numpy()
        ax.scatter(each, place + _spread_out(len(each)), s=13, color=OURS, alpha=0.45, lw=0,
                   label="a run" if place == 0 else None)  # fmt: skip
    mean, low, high = (
        summary[f"{name}_{part}"].to_numpy(float) for part in ("mean", "low", "high")
    )
    ax.hlines(places, low, high, color=OURS, lw=1.6, label="95 % interval of the mean")
    ax.scatter(mean, places, s=46, color=OURS, marker="|", lw=2.2, label="mean")
    known = summary.get(f"{name}_paper", pd.Series("", index=summary.index))
    paper = pd.to_numeric(known, errors="coerce").to_numpy(float)
    ax.scatter(paper, places, s=34, marker="D", facecolors="none", edgecolors=PAPER, lw=1.3,
               label="the paper's mean")  # fmt: skip
    _keep_points_in_view(ax, [*mean, *paper, *runs[name].dropna()])
    better = "higher is better" if measure.higher_is_better else "lower is better"
    ax.set(xlabel=f"{measure.title} ({better})")
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="y", color=GREY, alpha=0.2)
    ax.set_axisbelow(True)


def _keep_points_in_view(ax: Any, points: list[float]) -> None:
    """Cut intervals off that reach far beyond every point, as those of two seeds do."""
    known = np.array([each for each in points if np.isfinite(each)])
    if len(known):
        margin = 0.12 * (known.max() - known.min() or abs(known.max()) or 1.0)
        ax.set_xlim(known.min() - margin, known.max() + margin)


def _spread_out(count: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.zeros(1) if count == 1 else np.linspace(-0.16, 0.16, count)
