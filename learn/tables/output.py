"""A finished table, or what there is of one: in a terminal, as Markdown, LaTeX, CSV, a figure."""

from __future__ import annotations

import math
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from rich.table import Table as RichTable

from learn.files import csv_bytes, write_all
from learn.tables.figure import draw
from learn.tables.sentences import agreement, notes, sentences
from learn.tables.statistics import PAPER_MEASURES, differences_of, summary_of
from learn.training.measures import MEASURES

if TYPE_CHECKING:
    from learn.tables.rows import Table

_FIRST = {1: "label type", 2: "label policy"}


def heading(table: Table) -> list[str]:
    """Return the titles of the columns: ours beside the paper's."""
    pairs = ((MEASURES[name].title, f"{MEASURES[name].title}, paper") for name in PAPER_MEASURES)
    return [_FIRST[table.number], "n", *(title for pair in pairs for title in pair)]


def cells(summary: pd.DataFrame) -> list[list[str]]:
    """Return the table's rows as text, as `heading` names the columns; "-" where there is none."""
    rows = []
    for _, row in summary.iterrows():
        line = [str(row["title"]), str(row["n"])]
        for name in PAPER_MEASURES:
            digits = MEASURES[name].decimals
            line.append(mean_and_spread(row[f"{name}_mean"], row[f"{name}_sd"], digits))
            printed = row[f"{name}_paper"], row[f"{name}_paper_spread"]
            line.append("-" if not printed[0] else " ± ".join(printed))
        rows.append(line)
    return rows


def mean_and_spread(mean: float, sd: float, digits: int) -> str:
    """Return "1.52 ± 0.03"; the mean alone for one run, "-" for none."""
    if math.isnan(mean):
        return "-"
    return f"{mean:.{digits}f}" + ("" if math.isnan(sd) else f" ± {sd:.{digits}f}")


def shown(table: Table, summary: pd.DataFrame) -> RichTable:
    """Return the table as a terminal shows it, the paper's row below ours: it fits 80 columns."""
    titles = heading(table)
    made = RichTable(*titles[:2], *titles[2::2], box=None, pad_edge=False)
    for column in made.columns:
        column.no_wrap, column.justify = True, "right" if column is not made.columns[0] else "left"
    for line in cells(summary):
        ours, papers = line[2::2], line[3::2]
        made.add_row(*line[:2], *ours)
        if set(papers) != {"-"}:
            made.add_row("  the paper's", "", *papers, style="dim")
    return made


def markdown(
    table: Table, summary: pd.DataFrame, differences: pd.DataFrame, runs: pd.DataFrame,
    command: Sequence[str],
) -> str:  # fmt: skip
    """Return the table as a Markdown page: table, figure, sentences, notes, command."""
    first, *others = heading(table)
    lines = [f"# Table {table.number}", "", f"| {first} | {' | '.join(others)} |"]
    lines.append("|---|" + "--:|" * len(others))
    lines += [f"| {' | '.join(line)} |" for line in cells(summary)]
    lines += ["", f"![Table {table.number} as a figure](table{table.number}.svg)", ""]
    lines += [f"- {sentence}" for sentence in sentences(table, differences)]
    lines += ["", *(f"{line}  " for line in agreement(table, differences))]
    lines += ["", *(f"{note}  " for note in notes(table, runs, differences))]
    lines += ["", "Made with:", "", "```sh", shlex.join(command), "```"]
    return "\n".join(lines) + "\n"


def latex(table: Table, summary: pd.DataFrame) -> str:
    r"""Return the table as a LaTeX tabular; it needs \usepackage{booktabs}."""
    lines = [
        r"% needs \usepackage{booktabs}; n runs a row, +- is the standard deviation over seeds",
        rf"\begin{{tabular}}{{l{'r' * (len(heading(table)) - 1)}}}",
        r"\toprule",
        _latex_line(heading(table)),
        r"\midrule",
        *(_latex_line(line) for line in cells(summary)),
        r"\bottomrule",
        r"\end{tabular}",
    ]
    return "\n".join(lines) + "\n"


def contents(table: Table, runs: pd.DataFrame, command: Sequence[str]) -> dict[str, bytes]:
    """Return the files of a table by name.

    Args:
        table: its rows and seeds.
        runs: a row a run, of `learn.tables_runs.frame`.
        command: what it was made with.
    """
    summary, differences = summary_of(table, runs), differences_of(table, runs)
    name = f"table{table.number}"
    figure = draw(table, runs, summary)
    page = markdown(table, summary, differences, runs, command)
    return {
        f"{name}.csv": csv_bytes(summary, float_format="%.6g"),
        f"{name}_runs.csv": csv_bytes(runs, float_format="%.6g"),
        f"{name}_differences.csv": csv_bytes(differences, float_format="%.6g"),
        f"{name}.md": page.encode("utf-8"),
        f"{name}.tex": latex(table, summary).encode("utf-8"),
        f"{name}.png": figure["png"],
        f"{name}.svg": figure["svg"],
    }


def write(files: Mapping[str, bytes], out: Path) -> None:
    """Write a table's files into the folder `out`, each whole or not at all.

    Raises:
        ElicitError: one cannot be written.
    """
    write_all(
        {out / name: content for name, content in files.items()},
        "choose another folder with --out, then give the same command again: finished runs are "
        "kept",
    )


def _latex_line(line: Sequence[str]) -> str:
    escaped = (
        cell.translate({ord(sign): rf"\{sign}" for sign in "&%$#_{}"}).replace("±", r"$\pm$")
        for cell in line
    )
    return " & ".join("--" if cell == "-" else cell for cell in escaped) + r" \\"
