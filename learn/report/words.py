"""Words and numbers as a report's sentences have them; texts are HTML."""

from __future__ import annotations

from html import escape
from typing import Any

import pandas as pd

from learn.report.figures import F as F
from learn.report.figures import G as G
from learn.report.html import format_interval
from learn.report.pictures import BlendKey
from learn.study.schema import paradigm_title
from learn.study.table import check_one_process

_PROCESSES = {
    "cutmix": f"The images are CutMix’s: image i with a rectangle of image j, {F} the share of its "
    "area that image i keeps.",
    "frames": f"The images are frames of continua that were made elsewhere, from image j ({F} 0) "
    f"to image i ({F} 1).",
}


def picture_lambda_f(mean: float) -> float:
    """Return the lambda_f at which the mix that people chose on average is shown."""
    return round(float(mean), 2)


def count_judgements(n: int) -> str:
    """Return how many judgements there are."""
    return f"{n} judgement" if n == 1 else f"{n} judgements"


def blend_key(row: Any, lambda_f: float) -> BlendKey:
    """Return the key of a row's pair, mixed at `lambda_f`, among `Pictures`."""
    return (row["class_i"], row["image_i"], row["class_j"], row["image_j"], float(lambda_f))


def pair_name(row: Any) -> str:
    """Return a row's two classes."""
    return f"{escape(str(row['class_i']))}–{escape(str(row['class_j']))}"


def paradigm_name(paradigm: Any) -> str:
    """Return what a paradigm is called."""
    return escape(paradigm_title(str(paradigm)))


def describe_process(used: pd.DataFrame) -> str | None:
    """Return what made the images, as the page speaks of mixup; None where it was mixup."""
    process = check_one_process(used)
    if process == "mixup":
        return None
    return (
        f"{_PROCESSES[process]} Where the page speaks of mixup’s label, it is {F}. Pictures are "
        f"images that were judged, those nearest to the {F} in question."
    )


def describe_sizes(used: pd.DataFrame) -> str | None:
    """Return how large images were on screen in each paradigm; None where no row says so.

    Args:
        used: rows of `learn.study.table.read_study`.
    """
    said = []
    for paradigm, its in used.groupby("paradigm", sort=True):
        sides = _format_range(its["side_px"], 0)
        if sides is None:
            continue
        degrees = _format_range(its["side_deg"], 2)
        angle = "" if degrees is None else f" ({degrees} degrees of visual angle)"
        said.append(f"{sides} px{angle} in {paradigm_name(paradigm)}")
    return f"Side of the images on screen: {'; '.join(said)}." if said else None


def _format_range(values: pd.Series[Any], digits: int) -> str | None:
    """Return the least and the largest of some numbers; None where all are blank."""
    numbers = pd.to_numeric(values).dropna()
    if numbers.empty:
        return None
    ends = dict.fromkeys(f"{float(end):.{digits}f}" for end in (numbers.min(), numbers.max()))
    return " to ".join(ends)


def format_value(row: Any, name: str, digits: int = 2) -> str:
    """Return a row's value with its interval, in `low` and `high`."""
    return format_interval(row[name], row["low"], row["high"], digits)


def format_estimate(row: Any, name: str, digits: int = 2) -> str:
    """Return a row's value with its interval, in the columns named after it."""
    return format_interval(row[name], row[f"{name}_low"], row[f"{name}_high"], digits)


def format_percent(row: Any, name: str) -> str:
    """Return a row's share in per cent, with its interval."""
    return format_interval(row[name] * 100, row["low"] * 100, row["high"] * 100, 1, "%")
