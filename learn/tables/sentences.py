"""A table in sentences: what helps, by how much, how sure; the paper's order; what to know."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from learn.stats.paired import MAX_SEEDS_FOR_P, MIN_SEEDS_FOR_P
from learn.tables.statistics import BETTER, NOISE, PAPER_MEASURES, UNKNOWN, WORSE, TableResult
from learn.training.image_scores import CALIBRATIONS
from learn.training.measures import MEASURES, Measure

if TYPE_CHECKING:
    from learn.tables.rows import TableRow

_MOST_DECIMALS = 6


def format_differences(result: TableResult) -> Iterator[str]:
    """Yield what each row changes against those it is compared with, and how sure that is."""
    for row, other in result.table.comparisons:
        its = _of(row, other, result)
        if its:
            n = max(found["n"] for found in its.values())
            ours = f"{row_name(row)} against {row_name(other)}, n = {n}"
            yield f"{ours}: {_format_verdicts(its, result)}{_papers(row, other)}."


def format_equivalences(result: TableResult) -> Iterator[str]:
    """Yield which differences worth having the data exclude, where one was decided on beforehand.

    Two rows are equivalent where the 95 % interval of their difference lies within it on both
    sides.
    """
    for row, other in result.table.comparisons:
        for name, found in _of(row, other, result).items():
            worth = result.table.measures[name].smallest_worth
            if worth is None or math.isnan(found["low"]):
                continue
            ours = f"{row_name(row)} against {row_name(other)}, n = {found['n']}"
            title = result.table.measures[name].title
            said = f"{ours}: {title} {worth:g}, the smallest difference worth having"
            if found["excluded"] < worth:
                yield f"{said}, is excluded in either direction: they are equivalent."
            elif found["verdict"] == NOISE:
                yield f"{said}, is not excluded: more seeds are needed."


def format_notes(result: TableResult) -> Iterator[str]:
    """Yield what a reader must know of how the numbers came about."""
    runs, n = result.runs, len(result.table.seeds)
    yield (
        f"n: runs finished, of {n} seeds a row. ±: standard deviation over seeds (ddof 1)"
        + ("; the paper does not say what its ± is." if result.table.has_paper else ".")
    )
    yield from format_percepts(result)
    yield (
        "Differences are paired by seed; in brackets 95 % t intervals of the mean difference, with "
        f"a variance that all differences in the measure moderate{_of_images(result)}. Where one "
        "is not distinguishable from zero, effects beyond its brackets are excluded, as the words "
        "at most say. Intervals are not corrected for multiple comparisons"
        + _by_chance(result)
        + "."
    )
    yield from _format_nulls(result)
    if n == 1:
        yield "One seed gives neither a spread nor an interval; use 5 or more."
    elif n < MIN_SEEDS_FOR_P:
        yield f"With {n} seeds the intervals are wide; use 5 or more."
    elif n <= MAX_SEEDS_FOR_P:
        yield f"p_signs is exact; with {n} seeds it cannot be below {2 / 2**n:.2g}."
    yield from _format_machines(runs)
    for _, run in runs[runs["missing"] != ""].iterrows():
        yield f"Missing: {run['row']}, seed {run['seed']}: {run['missing']}"


def format_percepts(result: TableResult) -> Iterator[str]:
    """Yield what a share is, what it is compared with, and what was held out, of Table 3."""
    if result.table.number != 3:
        return
    yield (
        "Share: p_i / (p_i + p_j) of a held-out blend, against the lambda_g of each judgement. "
        "Tempered: log odds divided by the one number that fits the other blends best, which most "
        "rows are trained on. Outside the pair: what is given to other classes. Entropy and omega "
        "r: of the network's entropy with the mean confidence of a blend; people who are less sure "
        "where the network is make it negative."
    )
    if not result.blends:
        return
    scores = next(iter(result.blends.values()))
    yield (
        f"{len(scores)} held-out blends, {scores.judgements.sum():.0f} judgements. No endpoint of "
        "theirs is in a blend that is trained on; unmixed, training images may be such endpoints. "
        "Standard errors are over groups of blends that endpoints link, not over other raters."
    )


def _of_images(result: TableResult) -> str:
    """Return whether intervals hold for other images of the holdout."""
    known = result.differences["se_holdout"].notna()
    if not known.any():
        return "; they are for these images of the holdout alone"
    some = "" if known.all() else " where all runs have a holdout.csv"
    what = "images" if result.table.has_paper else "blends and images"
    return f", and with that of drawing the holdout's {what} anew{some} (bootstrap)"


def _format_nulls(result: TableResult) -> Iterator[str]:
    """Yield what calibration errors are of classifiers that are perfectly calibrated."""
    for name in CALIBRATIONS:
        if name not in result.table.printed or result.summary[f"{name}_null"].isna().all():
            continue
        measure, nulls = MEASURES[name], result.summary[f"{name}_null"]
        low, high = (f"{end:.{measure.decimals}f}" for end in (nulls.min(), nulls.max()))
        spread = result.summary[f"{name}_null_sd"].mean()
        yield (
            f"{measure.title} is above zero by chance alone: perfectly calibrated classifiers with "
            f"the same confidences would score {low if low == high else f'{low} to {high}'}, with "
            f"a standard deviation of {spread:.{measure.decimals}f}."
        )


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} seconds" if seconds < 100 else f"{seconds / 60:.0f} minutes"


def row_name(row: TableRow) -> str:
    """Return what a row is called in a sentence."""
    return "no blends" if row.name == "none" else row.title.removeprefix("+ ")


def _of(row: TableRow, reference: TableRow, result: TableResult) -> dict[str, Any]:
    """Return a row's differences from another in what the table prints, by measure."""
    differences = result.differences
    chosen = (differences["row"] == row.name) & (differences["reference"] == reference.name)
    its = {str(found["measure"]): found for _, found in differences[chosen].iterrows()}
    return {name: its[name] for name in result.table.told if name in its}


def _format_verdicts(its: Mapping[str, Any], result: TableResult) -> str:
    parts, measures = [], result.table.measures
    alone = all(found["n"] < 2 for found in its.values())
    for word, named in (
        (BETTER, "better on"),
        (WORSE, "worse on"),
        (NOISE, "not distinguishable from zero on"),
        (UNKNOWN, "one seed cannot tell:" if alone else "seeds that are all alike cannot tell:"),
    ):
        found = [
            _by(measures[name], one, word) for name, one in its.items() if one["verdict"] == word
        ]
        if found:
            parts.append(f"{named} {_and(found)}")
    return "; ".join(parts)


def _papers(row: TableRow, reference: TableRow) -> str:
    """Return what the paper's own rows differ by, where it has both."""
    if row.paper is None or reference.paper is None:
        return ""
    gaps = [
        f"{MEASURES[name].title} {float(row.paper[name][0]) - float(reference.paper[name][0]):+.2f}"
        for name in PAPER_MEASURES
    ]
    return f"; in the paper {', '.join(gaps)}"


def _by(measure: Measure, found: Mapping[str, Any], word: str) -> str:
    """Return "CE, 0.17 lower (0.05 to 0.29)", the interval of how much lower."""
    side, sign = ("lower", -1) if found["difference"] < 0 else ("higher", 1)
    digits = _decimals(found, measure.decimals)
    said = f"{measure.title}, {abs(found['difference']):.{digits}f} {side}"
    if word == UNKNOWN:
        return said
    low, high = sorted((sign * found["low"], sign * found["high"]))
    most = f"; at most {found['excluded']:.{digits}f} either way" if word == NOISE else ""
    return f"{said} ({low:.{digits}f} to {high:.{digits}f}{most})"


def _decimals(found: Mapping[str, Any], least: int) -> int:
    """Return decimals enough for two digits of what is told, and one of its interval's half."""
    told = [abs(found[name]) for name in ("difference", "low", "high")]
    largest = max(each for each in told if not math.isnan(each))
    shown = (largest / 10, (found["high"] - found["low"]) / 2)
    needed = (-math.floor(math.log10(each)) for each in shown if each > 0)
    return min(max(least, *needed, least), _MOST_DECIMALS)


def _and(parts: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]]))


def _by_chance(result: TableResult) -> str:
    told = [
        found
        for row, other in result.table.comparisons
        for found in _of(row, other, result).values()
        if found["n"] > 1
    ]
    if len(told) < 2:
        return ""
    return f": if nothing differed, {len(told) / 20:.1f} of these {len(told)} would still exclude 0"


def _format_machines(runs: pd.DataFrame) -> Iterator[str]:
    """Yield on what the finished runs were made, and whether that differs between them."""
    done = runs[runs["missing"] == ""]
    if not len(done):
        return
    for column, words in (
        ("commit", "commits"),
        ("precision", "precisions"),
        ("device", "devices"),
    ):
        found = [str(each) for each in dict.fromkeys(done[column]) if str(each)]
        if len(found) > 1:
            yield f"Runs of several {words} are compared: {', '.join(found)}."
    one = done.iloc[0]
    yield (
        f"{one['training_images']:.0f} training images, {done['blends'].max():.0f} blends, "
        f"{one['holdout_images']:.0f} held out; {_duration(done['seconds'].median())} a run "
        f"(median) on {one['device']}, {one['precision']}."
    )
    if done["blends_dropped"].max() > 0:
        yield (
            f"{done['blends_dropped'].max():.0f} blends with an endpoint in the holdout were left "
            "out."
        )


def order_agreement(result: TableResult) -> Iterator[str]:
    """Yield, for each measure that the paper prints, in how many pairs of rows ours agrees.

    Pairs in which the paper prints the same twice, or of which we have one seed, do not count.
    """
    for measure in PAPER_MEASURES:
        same, against = 0, []
        pairs = list(_pairs(result, measure))
        for found, expected, name in pairs:
            same += found["verdict"] == expected
            if found["verdict"] in (BETTER, WORSE) and found["verdict"] != expected:
                against.append(name)
        if pairs:
            unclear, named = len(pairs) - same - len(against), _in_brackets(against)
            yield (
                f"{MEASURES[measure].title}, pairs of rows in the paper's order: {same} of "
                f"{len(pairs)}; in the opposite order: {len(against)}{named}; not distinguishable "
                f"from zero: {unclear}."
            )


def _pairs(result: TableResult, measure: str) -> Iterator[tuple[Any, str, str]]:
    """Yield each pair's difference, the verdict that the paper's numbers give, and its name."""
    rows, differences = {row.name: row for row in result.table.rows}, result.differences
    chosen = differences[(differences["measure"] == measure) & (differences["n"] > 1)]
    for _, found in chosen.iterrows():
        row, other = rows[found["row"]], rows[found["reference"]]
        if row.paper is None or other.paper is None:
            continue
        gap = float(row.paper[measure][0]) - float(other.paper[measure][0])
        if gap:
            is_better = (gap > 0) == MEASURES[measure].higher_is_better
            name = f"{row_name(row)} against {row_name(other)}"
            yield found, BETTER if is_better else WORSE, name


def _in_brackets(against: list[str]) -> str:
    return f" ({'; '.join(against)})" if against else ""
