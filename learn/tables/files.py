"""A finished table, or what there is of one, as files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from learn.files import csv_bytes, write_all
from learn.tables import figure as table_figures
from learn.tables import output as tables_text
from learn.tables.statistics import differences_of, summary_of

if TYPE_CHECKING:
    from learn.tables.rows import Table


def contents(table: Table, runs: pd.DataFrame, command: Sequence[str]) -> dict[str, bytes]:
    """Return the files of a table by name.

    Args:
        table: its rows and seeds.
        runs: a row a run, of `learn.tables_runs.frame`.
        command: what it was made with.
    """
    summary, differences = summary_of(table, runs), differences_of(table, runs)
    name = f"table{table.number}"
    figure = table_figures.draw(table, runs, summary)
    page = tables_text.markdown(table, summary, differences, runs, command)
    return {
        f"{name}.csv": csv_bytes(summary, float_format="%.6g"),
        f"{name}_runs.csv": csv_bytes(runs, float_format="%.6g"),
        f"{name}_differences.csv": csv_bytes(differences, float_format="%.6g"),
        f"{name}.md": page.encode("utf-8"),
        f"{name}.tex": tables_text.latex(table, summary).encode("utf-8"),
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
