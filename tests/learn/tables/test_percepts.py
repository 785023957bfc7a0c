"""Table 3: which rows it has, and what networks' shares come to beside people's."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from elicit.errors import ElicitError

pytest.importorskip("torch")

from learn.tables import output
from learn.tables import rows as tables
from learn.tables.percept_figure import draw_percepts
from learn.tables.sentences import format_differences, format_equivalences, format_notes
from learn.tables.statistics import PERCEPT_NUMBERS, TableResult, runs_frame, summarise
from learn.training.data import Inputs
from learn.training.percepts import BlendScores, summarise_percepts
from learn.training.settings import TrainingSettings
from tests.learn.helpers.run_measures import make_measures

SETTINGS, INPUTS = TrainingSettings(width=0.5), Inputs(labels=Path("l.npz"), blend_fold=1)
TYPES = ("none", "mixup", "average")


def table_3(
    heavier: tuple[float, ...] = (), mixed: tables.TableSpec | None = None
) -> tables.TableSpec:
    return tables.table_3(TYPES, heavier, mixed, SETTINGS, INPUTS, (0, 1, 2))


def blend_scores(bias: float, blends: int = 60) -> BlendScores:
    """Return blends that two people each see .1 apart, and a network whose log odds are off."""
    rng = np.random.default_rng(0)
    each, odds = np.arange(blends).astype(np.float64), rng.normal(0, 1.5, blends)
    people = 1 / (1 + np.exp(-odds))
    n, squares, omega = np.full(blends, 2.0), np.full(blends, 0.005), rng.random(blends)
    rest = (odds + bias, odds, np.full(blends, 0.1), 1 - omega)
    return BlendScores(each, each, np.clip(people, 0.01, 0.99), n, people, squares, omega, *rest)


def percepts(**bias: float) -> TableResult:
    """Return a table in which each row's network is off by as much, a little more each seed."""
    blends = {
        (row, seed): blend_scores(off + 0.01 * seed)
        for row, off in bias.items()
        for seed in range(3)
    }
    runs = make_measures({row: [1.0, 1.1, 1.2] for row in bias})
    numbers = [
        summarise_percepts(blends[(str(row), int(seed))], 1.0)
        for row, seed in zip(runs["row"], runs["seed"], strict=True)
    ]
    more = pd.DataFrame(numbers)[[*PERCEPT_NUMBERS]]
    rows: Any = pd.concat([runs, more], axis=1).to_dict("records")
    frame = runs_frame(rows)
    return summarise(table_3(), frame, None, blends)


@pytest.mark.parametrize("weight", [0.0, -4.0, float("nan"), float("inf")])
def test_a_weight_that_no_blend_can_have_is_told(weight: float) -> None:
    with pytest.raises(ElicitError, match=r"^--heavier: must be "):
        table_3((weight,))


def test_rows_are_label_types_then_heavier_blends_then_full_mixup() -> None:
    mixed = tables.table_2([], {}, replace(SETTINGS, mixup_alpha=1.0), Inputs(), (0,))
    table = table_3((4.0,), mixed)
    names = [row.name for row in table.rows]
    assert names == ["none", "mixup", "mixup_4", "average", "average_4", "full_mixup"]
    assert [row.settings.blend_weight for row in table.rows] == [1, 1, 4, 1, 4, 1]
    assert all(row.inputs.blend_fold == 1 for row in table.rows)
    folders = [job.out.name for job in tables.jobs(table, Path("runs"))]
    assert len({*folders}) == len(folders)
    assert folders[4] == "vgg11-w0.5-average-weight4-fold1-seed0"
    assert folders[5] == "vgg11-w0.5-none-mixup1-fold1-seed0"
    told = [(row.name, other.name) for row, other in table.comparisons]
    assert ("average_4", "average") in told


def test_full_mixup_is_no_setting_of_its_blends() -> None:
    with pytest.raises(ElicitError, match="must be 0 in Table 3"):
        tables.table_3(TYPES, (), None, replace(SETTINGS, mixup_alpha=1.0), INPUTS, (0,))


def test_shares_stand_beside_mixup_s_formula_and_people_s_spread() -> None:
    result = percepts(none=2.0, mixup=0.5, average=0.1)
    found: Any = result.summary.set_index("row")
    assert found.loc["none", "percept_rmse_mean"] > found.loc["mixup", "percept_rmse_mean"]
    assert found.loc["average", "percept_floor_rmse"] == pytest.approx(math.sqrt(0.005))
    assert found.loc["none", "percept_rmse_se_holdout"] > 0
    page = output.format_markdown(result, ["learn", "table3"])
    rmse = found.loc["average", "percept_rmse_mean"]
    assert f"| + average relabellings | 3 | {rmse:.3f} ± " in page
    assert "| people's spread (floor) | - | 0.071 | - |" in page
    (line,) = [each for each in page.splitlines() if each.startswith("| mixup's formula")]
    assert line.endswith("| - |")  # it has no cross entropy on the holdout
    assert "paper" not in page


def test_what_brings_networks_closer_is_told_with_what_is_excluded() -> None:
    result = percepts(none=2.0, mixup=0.1, average=0.1)
    sentences = list(format_differences(result))
    assert sentences[0].startswith("mixup labels against no blends, n = 3: better on Share RMSE, ")
    assert "Outside" not in " ".join(sentences)
    same = "average relabellings against mixup labels, n = 3: Share RMSE 0.02, the smallest "
    assert any(line.startswith(same) for line in format_equivalences(percepts(
        none=2.0, mixup=0.1, average=0.1005)))  # fmt: skip
    notes = " ".join(format_notes(result))
    assert "60 held-out blends, 120 judgements." in notes


def test_the_terminal_shows_every_row_in_eighty_columns() -> None:
    console = Console(width=80, file=None, record=True, quiet=True)
    lines = console.render_lines(output.format_table(percepts(none=2.0, mixup=0.5, average=0.1)))
    text = "\n".join("".join(part.text for part in line) for line in lines)
    assert "…" not in text
    assert "mixup's formula" in text
    assert "0.071" in text


def test_the_picture_is_the_same_bytes_for_the_same_numbers_and_has_a_panel_a_row() -> None:
    result = percepts(average=0.1)
    first, second = (draw_percepts(result) for _ in range(2))
    assert first == second
    assert all(f"{name}".encode() in first["svg"] for name in ("average", "formula"))
    assert first["png"].startswith(b"\x89PNG")
