"""What a table's runs come to, in numbers, words, Markdown, LaTeX and as a figure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("torch")

from learn.tables import output
from learn.tables import rows as tables
from learn.tables.figure import draw
from learn.tables.sentences import (
    format_differences,
    format_equivalences,
    format_notes,
    order_agreement,
)
from learn.tables.statistics import PAPER_MEASURES, differences_of, summarise, summary_of
from learn.training.data import Inputs
from learn.training.image_scores import ImageScores
from learn.training.measures import MEASURES
from learn.training.settings import TrainingSettings
from tests.learn.helpers.run_measures import make_measures

FIVE = {
    "none": [2.0, 2.1, 1.9, 2.05, 1.95],
    "mixup": [1.7, 1.8, 1.6, 1.75, 1.66],
    "average": [1.71, 1.79, 1.61, 1.74, 1.67],
}


def table(seeds: int = 5) -> tables.TableSpec:
    return tables.table_1(FIVE, [], TrainingSettings(), Inputs(), tuple(range(seeds)))


def told(runs: pd.DataFrame, seeds: int = 5) -> list[str]:
    its = table(seeds=seeds)
    return list(format_differences(summarise(its, runs)))


def test_a_row_has_the_mean_and_spread_of_its_seeds_beside_the_papers() -> None:
    found = summary_of(table(), make_measures(FIVE)).set_index("row")
    assert found.loc["none", "n"] == 5
    assert found.loc["none", "ce_mean"] == pytest.approx(2.0)
    assert found.loc["none", "ce_sd"] == pytest.approx(math.sqrt(0.025 / 4))
    assert found.loc["none", "ce_paper"] == "2.02"


def test_differences_are_of_every_two_rows_in_every_measure() -> None:
    found = differences_of(table(), make_measures(FIVE))
    assert len(found) == 3 * len(MEASURES)
    one = found[(found["row"] == "mixup") & (found["measure"] == "ce")].iloc[0]
    assert one["difference"] == pytest.approx(-0.298)
    assert (one["verdict"], one["p_signs"]) == ("better", 2 / 32)


def image_scores(shift: Sequence[float], times: int = 10) -> ImageScores:
    """Return scores of as many images, alike in everything but their cross entropy."""
    ce = np.tile(shift, times)
    others = [np.full(len(ce), 0.5) for _ in range(7)]
    return ImageScores(ce, *others)


def find_ce(differences: pd.DataFrame, row: str) -> Any:
    """Return the difference of a row from no blends in cross entropy."""
    keys = ["row", "reference", "measure"]
    (found,) = differences[(differences[keys] == [row, "none", "ce"]).all(axis=1)].to_dict(
        "records"
    )
    return found


def test_a_difference_has_the_error_of_its_images_beside_that_of_its_seeds() -> None:
    """Of 40 images two rows differ by 1 + 3, 1 - 3, 1 + 3, ...: sd 3, so 3 / sqrt(40) of a mean."""
    images = {
        (row, seed): image_scores([2.0, 2.0, 5.0, 5.0] if row == "none" else [-2.0, 4.0, 1.0, 7.0])
        for row in ("none", "mixup")
        for seed in range(5)
    }
    runs = make_measures(FIVE)
    both = summarise(table(), runs, images).differences
    ours, theirs = (find_ce(each, "mixup") for each in (both, differences_of(table(), runs)))
    assert ours["se_holdout"] == pytest.approx(3 / math.sqrt(40), rel=0.1)
    assert np.isnan(theirs["se_holdout"])
    assert (theirs["verdict"], ours["verdict"]) == ("better", "not distinguishable from zero")
    assert ours["excluded"] == pytest.approx(max(abs(ours["low"]), abs(ours["high"])))
    assert np.isnan(find_ce(both, "average")["se_holdout"])  # whose images are unknown
    (first, *_) = format_differences(summarise(table(), runs, images))
    assert f"at most {ours['excluded']:.2f} either way" in first


def test_what_calibrated_classifiers_score_stands_beside_the_measure() -> None:
    runs = make_measures(FIVE).assign(calibration_null=0.0431, calibration_null_sd=0.0062)
    result = summarise(table(), runs)
    page = output.format_markdown(result, ["learn"])
    assert "| Calibration, by chance |" in page
    assert "| 0.043 ± 0.006 |" in page
    assert r"& 0.043 $\pm$ 0.006 \\" in output.format_latex(result)
    assert "would score 0.043, with a standard deviation of 0.006." in page
    assert "by chance |" not in output.format_markdown(
        summarise(table(), make_measures(FIVE)), ["learn"]
    )


def test_higher_accuracy_is_better_and_higher_cross_entropy_is_worse() -> None:
    found = differences_of(table(), make_measures({**FIVE, "mixup": [3.0, 3.1, 2.9, 3.05, 2.95]}))
    its = found[found["row"] == "mixup"].set_index("measure")["verdict"]
    assert (its["ce"], its["accuracy"]) == ("worse", "better")


def test_what_helps_by_how_much_and_how_sure_is_one_sentence_a_row() -> None:
    sentences = told(make_measures(FIVE))
    assert len(sentences) == 3
    assert sentences[0].startswith(
        "mixup labels against no blends, n = 5: better on CE, 0.298 lower (0.289 to 0.307), FGSM, "
    )
    assert sentences[0].endswith("; in the paper CE -0.37, FGSM -2.50, Calibration -0.05.")
    assert (
        "average relabellings against mixup labels, n = 5: not distinguishable from zero on"
        in sentences[2]
    )


def test_a_difference_worth_having_is_excluded_or_not() -> None:
    """Average less mixup: 0.01, -0.01, 0.01, -0.01, 0.01; then ten times as much."""
    (line,) = format_equivalences(summarise(table(), make_measures(FIVE)))
    assert line == (
        "average relabellings against mixup labels, n = 5: CE 0.02, the smallest difference worth "
        "having, is excluded in either direction: they are equivalent."
    )
    wide = {**FIVE, "average": [1.8, 1.7, 1.7, 1.65, 1.76]}
    (line,) = format_equivalences(summarise(table(), make_measures(wide)))
    assert line.endswith("is not excluded: more seeds are needed.")
    assert line in output.format_markdown(summarise(table(), make_measures(wide)), ["learn"])


def test_people_s_entropy_stands_beside_what_the_paper_prints() -> None:
    page = output.format_markdown(summarise(table(), make_measures(FIVE)), ["learn"])
    assert "| Calibration | Calibration, paper | Entropy r |" in page
    assert "| 0.28 ± 0.011 | 0.200 ± 0.008 |" in page


def test_one_seed_cannot_tell() -> None:
    sentences = told(make_measures({name: each[:1] for name, each in FIVE.items()}), seeds=1)
    assert "n = 1: one seed cannot tell: CE, 0.30 lower, FGSM" in sentences[0]


def test_a_missing_run_costs_its_row_a_pair_and_is_said_with_its_reason() -> None:
    runs = make_measures({**FIVE, "mixup": [1.7, None, 1.6, 1.75, 1.66]})
    assert "n = 4" in told(runs)[0]
    its = table()
    notes = list(format_notes(summarise(its, runs)))
    assert "Missing: mixup, seed 1: runs/mixup: training diverged" in notes


def test_a_row_without_any_run_is_a_dash() -> None:
    runs = make_measures({**FIVE, "mixup": [None] * 5})
    line = output.cells(summarise(table(), runs))[1]
    assert line[:4] == ["+ mixup labels", "0", "-", "1.65 ± 0.11"]
    assert "mixup labels" not in " ".join(told(runs)[:1])


def test_where_the_papers_order_holds_and_where_not_is_said() -> None:
    its = table()
    lines = list(order_agreement(summarise(its, make_measures(FIVE))))
    assert lines[0] == (  # in the paper average is worse than mixup: here that is noise
        "CE, pairs of rows in the paper's order: 2 of 3; in the opposite order: 0; "
        "not distinguishable from zero: 1."
    )
    worse = {**FIVE, "mixup": [3.0, 3.1, 2.9, 3.05, 2.95]}
    lines = list(order_agreement(summarise(its, make_measures(worse))))
    assert "in the opposite order: 2 (mixup labels against no blends; average rel" in lines[0]


def test_the_notes_say_what_the_spread_is_and_how_many_intervals_chance_alone_would_move() -> None:
    its, runs = table(), make_measures(FIVE)
    notes = " ".join(format_notes(summarise(its, runs)))
    assert "standard deviation over seeds (ddof 1)" in notes
    assert "if nothing differed, 0.6 of these 12 would still exclude 0" in notes
    assert "with 5 seeds it cannot be below 0.062" in notes
    assert "70 training images, 20 blends, 30 held out; 2 minutes a run" in notes


def test_runs_of_two_machines_or_commits_in_one_table_are_said() -> None:
    its, runs = table(), make_measures(FIVE)
    runs.loc[0, "commit"] = "def"
    notes = list(format_notes(summarise(its, runs)))
    assert "Runs of several commits are compared: def, abc." in notes


def test_markdown_and_latex_hold_the_same_cells() -> None:
    its, runs = table(), make_measures(FIVE)
    result = summarise(its, runs)
    page = output.format_markdown(result, ["learn", "a b"])
    assert "| + mixup labels | 5 | 1.70 ± 0.08 | 1.65 ± 0.11 |" in page
    assert "learn 'a b'" in page
    latex = output.format_latex(result)
    assert r"+ mixup labels & 5 & 1.70 $\pm$ 0.08 & 1.65 $\pm$ 0.11 &" in latex
    assert latex.count(r"\\") == 4


def test_latex_escapes_what_it_would_read_as_its_own() -> None:
    its = tables.table_1(
        ["none"], [("a_b", Path("l.npz"), "policy")], TrainingSettings(), Inputs(), (0,)
    )
    latex = output.format_latex(summarise(its, make_measures({"none": [2.0], "a_b": [1.0]})))
    assert r"+ a\_b & 1 & 1.00 & -- &" in latex


def test_the_terminal_fits_eighty_columns() -> None:
    from rich.console import Console

    console = Console(width=80, file=None, record=True, quiet=True)
    its = table()
    lines = console.render_lines(output.format_table(summarise(its, make_measures(FIVE))))
    text = ["".join(part.text for part in line) for line in lines]
    assert any("1.70 ± 0.08" in line for line in text)
    assert not any("…" in line for line in text)


def test_the_figure_is_the_same_bytes_for_the_same_numbers_and_survives_missing_rows() -> None:
    its = table()
    runs = make_measures({**FIVE, "mixup": [None] * 5})
    first, second = (draw(summarise(its, runs)) for _ in range(2))
    assert first == second
    assert first["png"].startswith(b"\x89PNG")
    assert b"+ mixup labels" in first["svg"]


def test_a_table_of_which_every_run_is_missing_is_a_table_still() -> None:
    runs = make_measures({name: [None] for name in FIVE})
    files = output.format_files(summarise(table(1), runs), ["learn", "table1"])
    assert b"Missing: average, seed 0: runs/average: training diverged" in files["table1.md"]


def test_a_table_is_seven_files(tmp_path: Path) -> None:
    files = output.format_files(summarise(table(), make_measures(FIVE)), ["learn", "table1"])
    output.write_files(files, tmp_path / "tables")
    names = {path.name for path in (tmp_path / "tables").iterdir()}
    assert names == {
        *(f"table1.{kind}" for kind in ("csv", "md", "tex", "png", "svg")),
        *("table1_runs.csv", "table1_differences.csv"),
    }
    assert len(pd.read_csv(tmp_path / "tables/table1_runs.csv")) == 15
    header = pd.read_csv(tmp_path / "tables/table1.csv").columns
    assert all(f"{name}_paper_spread" in header for name in PAPER_MEASURES)
