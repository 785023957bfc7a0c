"""The plot of a plan: error or power against participants; same numbers, same bytes."""

from __future__ import annotations

import io
import math
from textwrap import fill
from typing import Any

from elicit.planning import summary
from elicit.planning.pool import ParticipantPool
from elicit.planning.power import PowerPoint
from elicit.planning.pse_precision import PsePoint
from elicit.planning.search import TargetResult
from elicit.planning.targets import OF, Target

MAIN, SECOND, TARGET, GREY, INK = "#2563a8", "#0f766e", "#c2410c", "#8a8f98", "#23272e"
FIGURE_INCHES = (7.5, 4.8)  # inches
MAX_ERROR_FACTOR = 5.0  # times the target: errors above are those of far too few participants
MIN_TICK_RATIO = 1.25  # least ratio of two numbers that are named on the axis
LABEL_RANGE_FACTOR = (
    2.1  # how far to the right of the number needed a plot goes where its label is there
)
_STYLE = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "svg.fonttype": "none",
    "figure.constrained_layout.use": True,
}


def draw(result: TargetResult, pool: ParticipantPool) -> dict[str, bytes]:
    """Return the plot as {"png": ..., "svg": ...}."""
    import matplotlib as mpl  # slow to load, and no other command needs it
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with mpl.rc_context({**_STYLE, "svg.hashsalt": result.question.file_name}):
        figure = Figure(figsize=FIGURE_INCHES)
        FigureCanvasAgg(figure)
        ax = figure.subplots()
        _paint(ax, result)
        ax.set_title(_title(result, pool), loc="left", fontsize=10)
        return {
            "png": _image_bytes(figure, "png", dpi=150, metadata={"Software": None}),
            "svg": _image_bytes(figure, "svg", metadata={"Date": None, "Creator": None}),
        }


def _title(result: TargetResult, pool: ParticipantPool) -> str:
    cohort = pool.cohort
    heading = fill(summary.title(result, pool.protocol.name), 88)
    return f"{heading}\nsimulated by {cohort.observer}, seed {cohort.seed}"


def _paint(ax: Any, result: TargetResult) -> None:
    target, points = result.question.target.value, result.points
    if result.question.target.is_precision:
        _errors(
            ax,
            [point for point in points if isinstance(point, PsePoint)],
            result.question.target,
        )
    else:
        _powers(ax, [point for point in points if isinstance(point, PowerPoint)], result)
    ax.axhline(target, color=TARGET, lw=1.2, ls="--", label=f"target, {target:g}")
    if result.needed is not None:
        ax.axvline(result.needed, color=TARGET, lw=1, ls=":")
        right = LABEL_RANGE_FACTOR * result.needed <= points[-1].participants
        ax.annotate(f"{result.needed} participants", (result.needed, 0.42),
                    xycoords=("data", "axes fraction"), xytext=(5 if right else -5, 0),
                    textcoords="offset points", ha="left" if right else "right",
                    color=TARGET)  # fmt: skip
    _axis(ax, result)
    ax.legend(loc="best")


def _axis(ax: Any, result: TargetResult) -> None:
    places = _tick_places([point.participants for point in result.points], result.needed)
    ax.set_xscale("log")
    ax.set_xticks(places, [str(place) for place in places])
    ax.set_xticks([], minor=True)
    per_pair = result.per_pair(1)
    ax.set_xlabel(f"participants (times {per_pair:.3g}: judgements a class pair)")
    ax.grid(color=GREY, alpha=0.2)
    ax.set_axisbelow(True)


def _tick_places(numbers: list[int], needed: int | None) -> list[int]:
    """Return those of increasing numbers that have room for a label each, with the one needed."""
    found = [] if needed is None else [needed]
    for number in numbers:
        if all(max(number, each) >= MIN_TICK_RATIO * min(number, each) for each in found):
            found.append(number)
    return sorted(found)


def _errors(ax: Any, points: list[PsePoint], its: Target) -> None:
    target = its.value
    n = [point.participants for point in points]
    finite = [_finite(point) for point in points]
    low, high = ([each[k] for each in finite] for k in (1, 2))
    if points[0].pairs > 1:
        ax.fill_between(n, low, high, color=MAIN, alpha=0.18, lw=0, label="90% of the pairs")
        ax.plot(n, [each[0] for each in finite], color=MAIN, lw=1.8, label="median pair")
    ax.plot(n, [each[3] for each in finite], color=INK, lw=1.4, marker=".", label="worst pair")
    most = max((each for row in finite for each in row if math.isfinite(each)), default=target)
    ax.set_ylim(0, min(1.05 * max(most, target * 1.2), MAX_ERROR_FACTOR * target))
    ax.set_ylabel(f"error of a {its.quantity}, in {OF[its.kind]}\n(95% of studies stay within)")


def _finite(point: PsePoint) -> tuple[float, ...]:
    """Return median, low, high and worst error; out of sight where there is none."""
    values = point.error_median, point.error_low, point.error_high, point.error_worst
    return tuple(value if math.isfinite(value) else math.nan for value in values)


def _powers(ax: Any, points: list[PowerPoint], result: TargetResult) -> None:
    n = [point.participants for point in points]
    looks = {"per_pair": (MAIN, "a logistic a class pair"), "global": (SECOND, "one logistic")}
    for name, (colour, label) in looks.items():
        chosen = name == result.question.policy
        power, low, high = zip(*(point.power(name) for point in points), strict=True)
        ax.fill_between(n, low, high, color=colour, alpha=0.18, lw=0,
                        label="95% intervals" if chosen else None)  # fmt: skip
        ax.plot(n, power, color=colour, lw=1.8 if chosen else 1.2, marker=".",
                ls="-" if chosen else "-.", label=label)  # fmt: skip
    ax.set_ylim(0, 1.02)
    ax.set_ylabel("power: share of studies\nwhose policy beats mixup")


def _image_bytes(figure: Any, kind: str, **more: Any) -> bytes:
    file = io.BytesIO()
    figure.savefig(file, format=kind, **more)
    return file.getvalue()
