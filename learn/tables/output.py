"""A finished table, or what there is of one: in a terminal, as Markdown, LaTeX, CSV, a figure."""

from __future__ import annotations

import math
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table as RichTable

from learn.files import csv_bytes, write_all
from learn.tables.figure import draw
from learn.tables.percept_figure import draw_percepts
from learn.tables.sentences import (
    format_differences,
    format_equivalences,
    format_notes,
    order_agreement,
)
from learn.tables.statistics import PAPER_MEASURES, TableResult
from learn.training.image_scores import CALIBRATIONS
from learn.training.measures import MEASURES

if TYPE_CHECKING:
    from learn.tables.rows import TableSpec

_FIRST = {1: "label type", 2: "label policy", 3: "label type"}


def heading(table: TableSpec) -> list[str]:
    """Return the titles of the columns: ours beside the paper's, then what it has not got."""
    titles = [_FIRST[table.number], "n"]
    for name in table.printed:
        title = table.measures[name].title
        has_paper = table.has_paper and name in PAPER_MEASURES
        titles += [title, f"{title}, paper"] if has_paper else [title]
    return titles


def _lines(result: TableResult) -> list[list[str]]:
    """Return heading and rows of a page: also what calibrated classifiers score, where known."""
    lines, summary = [heading(result.table), *cells(result)], result.summary
    for name in CALIBRATIONS:
        if name in result.table.printed and summary[f"{name}_null"].notna().any():
            numbers = summary[[f"{name}_null", f"{name}_null_sd"]].to_numpy(float)
            digits = MEASURES[name].decimals
            more = [mean_and_spread(mean, sd, digits) for mean, sd in numbers]
            title = f"{MEASURES[name].title}, by chance"
            lines = [[*line, cell] for line, cell in zip(lines, [title, *more], strict=True)]
    return [*lines, *_reference_lines(result)]


def _reference_lines(result: TableResult) -> list[list[str]]:
    """Return the rows of Table 3 that need no network: mixup's own formula, and people's spread."""
    if result.table.number != 3:
        return []
    found = []
    for name, title in (("mixup", "mixup's formula"), ("floor", "people's spread (floor)")):
        line = [title, "-"]
        for measure in result.table.printed:
            column = measure.replace("percept_", f"percept_{name}_")
            known = column != measure and column in result.summary
            value = float(result.summary[column].mean()) if known else math.nan
            digits = result.table.measures[measure].decimals
            line.append(mean_and_spread(value, math.nan, digits))
        found.append(line)
    return found


def cells(result: TableResult) -> list[list[str]]:
    """Return the table's rows as text, as `heading` names the columns; "-" where there is none."""
    rows = []
    for _, row in result.summary.iterrows():
        line = [str(row["title"]), str(row["n"])]
        for name in result.table.printed:
            digits = result.table.measures[name].decimals
            line.append(mean_and_spread(row[f"{name}_mean"], row[f"{name}_sd"], digits))
            if not result.table.has_paper or name not in PAPER_MEASURES:
                continue
            printed = row[f"{name}_paper"], row[f"{name}_paper_spread"]
            line.append("-" if not printed[0] else " ± ".join(printed))
        rows.append(line)
    return rows


def mean_and_spread(mean: float, sd: float, digits: int) -> str:
    """Return "1.52 ± 0.03"; the mean alone for one run, "-" for none."""
    if math.isnan(mean):
        return "-"
    return f"{mean:.{digits}f}" + ("" if math.isnan(sd) else f" ± {sd:.{digits}f}")


def format_table(result: TableResult) -> RichTable:
    """Return the table as a terminal shows it, the paper's row below ours: it fits 80 columns."""
    if not result.table.has_paper:
        return _format_means(result)
    titles = heading(result.table)
    papers = [title.endswith(", paper") for title in titles]
    ours = [place for place, is_paper in enumerate(papers) if not is_paper]
    made = RichTable(*(titles[place] for place in ours), box=None, pad_edge=False)
    for column in made.columns[1:]:
        column.no_wrap, column.justify = True, "right"
    for line in cells(result):
        made.add_row(*(line[place] for place in ours))
        beside = [line[k + 1] if papers[k + 1 : k + 2] == [True] else "" for k in ours[2:]]
        if set(beside) - {"", "-"}:
            made.add_row("  the paper's", "", *beside, style="dim")
    return made


def _format_means(result: TableResult) -> RichTable:
    """Return Table 3 as a terminal shows it: means alone, under headings of several lines."""
    made = RichTable(*heading(result.table), box=None, pad_edge=False)
    made.columns[0].min_width = 16
    for column in made.columns[1:]:
        column.justify, column.max_width = "right", 11
    for line in [*cells(result), *_reference_lines(result)]:
        made.add_row(line[0], *(cell.split(" ±")[0] for cell in line[1:]))
    return made


def format_markdown(result: TableResult, command: Sequence[str]) -> str:
    """Return the table as a Markdown page: table, figure, sentences, notes, command."""
    table = result.table
    (first, *others), *rows = _lines(result)
    lines = [f"# Table {table.number}", "", f"| {first} | {' | '.join(others)} |"]
    lines.append("|---|" + "--:|" * len(others))
    lines += [f"| {' | '.join(line)} |" for line in rows]
    lines += ["", f"![Table {table.number} as a figure](table{table.number}.svg)", ""]
    lines += [f"- {sentence}" for sentence in format_differences(result)]
    lines += ["", *(f"{line}  " for line in format_equivalences(result))]
    lines += ["", *(f"{line}  " for line in order_agreement(result))]
    lines += ["", *(f"{note}  " for note in format_notes(result))]
    lines += ["", "Made with:", "", "```sh", shlex.join(command), "```"]
    return "\n".join(lines) + "\n"


def format_latex(result: TableResult) -> str:
    r"""Return the table as a LaTeX tabular; it needs \usepackage{booktabs}."""
    titles, *rows = _lines(result)
    lines = [
        r"% needs \usepackage{booktabs}; n runs a row, +- is the standard deviation over seeds",
        rf"\begin{{tabular}}{{l{'r' * (len(titles) - 1)}}}",
        r"\toprule",
        _latex_line(titles),
        r"\midrule",
        *(_latex_line(line) for line in rows),
        r"\bottomrule",
        r"\end{tabular}",
    ]
    return "\n".join(lines) + "\n"


def format_files(result: TableResult, command: Sequence[str]) -> dict[str, bytes]:
    """Return the files of a table by name; `command` is what it was made with."""
    name = f"table{result.table.number}"
    figure = draw(result) if result.table.has_paper else draw_percepts(result)
    return {
        f"{name}.csv": csv_bytes(result.summary, float_format="%.6g"),
        f"{name}_runs.csv": csv_bytes(result.runs, float_format="%.6g"),
        f"{name}_differences.csv": csv_bytes(result.differences, float_format="%.6g"),
        f"{name}.md": format_markdown(result, command).encode("utf-8"),
        f"{name}.tex": format_latex(result).encode("utf-8"),
        f"{name}.png": figure["png"],
        f"{name}.svg": figure["svg"],
    }


def write_files(files: Mapping[str, bytes], out: Path) -> None:
    """Write a table's files into the folder `out`, each whole or not at all.

    Raises:
        ElicitError: one cannot be written.
    """
    write_all(
        {out / name: content for name, content in files.items()},
        "choose another folder with --out, then run the same command again: finished runs are kept",
    )


def _latex_line(line: Sequence[str]) -> str:
    escaped = (
        cell.translate({ord(sign): rf"\{sign}" for sign in "&%$#_{}"}).replace("±", r"$\pm$")
        for cell in line
    )
    return " & ".join("--" if cell == "-" else cell for cell in escaped) + r" \\"
