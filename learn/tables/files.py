"""A finished table, or what there is of one, as files."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from elicit.errors import ElicitError
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
        f"{name}.csv": _csv(summary),
        f"{name}_runs.csv": _csv(runs),
        f"{name}_differences.csv": _csv(differences),
        f"{name}.md": page.encode("utf-8"),
        f"{name}.tex": tables_text.latex(table, summary).encode("utf-8"),
        f"{name}.png": figure["png"],
        f"{name}.svg": figure["svg"],
    }


def write(files: Mapping[str, bytes], out: Path) -> None:
    """Write files into the folder `out`, each whole or not at all.

    Raises:
        ElicitError: one cannot be written.
    """
    for name, content in files.items():
        beside = out / f".{name}.{os.getpid()}"
        try:
            out.mkdir(parents=True, exist_ok=True)
            beside.write_bytes(content)
            beside.replace(out / name)
        except OSError as error:
            raise ElicitError(
                f"{out / name}: cannot be written: {error.strerror}; choose another folder with "
                "--out, then give the same command again: finished runs are kept"
            ) from error


def _csv(rows: pd.DataFrame) -> bytes:
    text = io.StringIO()
    rows.to_csv(text, index=False, lineterminator="\n", float_format="%.6g")
    return text.getvalue().encode("utf-8")
