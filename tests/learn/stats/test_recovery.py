"""Observers of known PSE, slope, lapses and bias: sessions, logs, and learn finds them again."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from elicit.errors import ElicitError
from learn.policies.fit import fit_global, fit_pooled
from learn.stats.pse import pair_pses
from learn.study.judgements import to_arrays
from learn.study.selection import SelectionOptions, select
from learn.study.table import read_study
from tests.elicit.helpers.factories import GRID, block, load_protocol, study
from tests.helpers.simulated_studies import cohort, simulate_study
from tests.learn.stats.curve_fit import fit_curve

PSES = {"cat-dog": 0.4, "cat-frog": 0.5, "dog-frog": 0.6}
SLOPE, LAPSES, BIAS = 12.0, 0.06, 0.8
MIXES = [0.1, 0.25, 0.5, 0.75, 0.9]
# Stated errors, from about 400 judgements of a class pair and 1200 in all.
PSE_WITHIN, SLOPE_WITHIN, LAPSES_WITHIN, BIAS_WITHIN = 0.03, 0.2, 0.04, 0.3


def judgements(folder: Path, paradigm: str, **settings: Any) -> pd.DataFrame:
    """Return what 20 participants answered, 20 times about each class pair."""
    blocks: dict[str, dict[str, Any]] = {
        "construct": {"per_combination": 40, "batch_size": 60},
        "select_shuffled": {"per_combination": 40, "batch_size": 60},
        "infer": {"per_combination": 40, "batch_size": 60, "lambdas": MIXES},
        "discriminate": {
            "per_combination": 5, "batch_size": 15, "lambda_grid": list(GRID[1:-1]), "times": 4,
        },
    }  # fmt: skip
    asked = load_protocol(folder, study(block(paradigm, **blocks[paradigm])))
    told = {"pse": PSES, "slope": SLOPE, "lapse_rate": LAPSES, **settings}
    logs = simulate_study(folder / "logs", asked, [cohort("psychometric", 20, told)])
    return select(read_study(logs), SelectionOptions(include_simulated=True)).used


def of_pair(rows: pd.DataFrame, pair: str) -> pd.DataFrame:
    return rows[(rows["class_i"] + "-" + rows["class_j"]) == pair]


@pytest.mark.slow
@pytest.mark.parametrize("paradigm", ["construct", "select_shuffled", "discriminate"])
def test_the_curve_behind_choices_is_found_again(paradigm: str, tmp_path: Path) -> None:
    bias = 0.0 if paradigm == "select_shuffled" else BIAS
    rows = judgements(tmp_path, paradigm, side_bias=bias)
    grid: Sequence[float] = () if paradigm == "discriminate" else GRID
    for pair, pse in PSES.items():
        curve = fit_curve(of_pair(rows, pair), grid)
        assert curve.pse == pytest.approx(pse, abs=PSE_WITHIN)
        assert abs(curve.pse - pse) < 4 * curve.pse_se < 4 * PSE_WITHIN / 2
    reported = pair_pses(rows.reset_index(drop=True))
    for found in reported.to_dict("records"):
        pair = f"{found['class_i']}-{found['class_j']}"
        assert found["pse"] == pytest.approx(PSES[pair], abs=PSE_WITHIN)
    assert len(reported) == len(PSES)
    curves = [fit_curve(of_pair(rows, pair), grid) for pair in PSES]
    assert np.mean([each.slope for each in curves]) == pytest.approx(SLOPE, rel=SLOPE_WITHIN)
    assert np.mean([each.lapse_rate for each in curves]) == pytest.approx(LAPSES, abs=LAPSES_WITHIN)
    assert np.mean([each.side_bias for each in curves]) == pytest.approx(bias, abs=BIAS_WITHIN)


def test_the_curve_behind_inferred_coefficients_is_found_again(tmp_path: Path) -> None:
    rows = judgements(tmp_path, "infer", noise=0.1)
    policy = fit_pooled(to_arrays(rows))
    for pair, pse in PSES.items():
        i, j = (policy.classes.index(name) for name in pair.split("-"))
        slope, shift = policy.slope[i, j], policy.shift[i, j]
        # shifts are drawn together a little, as 400 judgements of a pair warrant
        assert 0.5 - shift / slope == pytest.approx(pse, abs=PSE_WITHIN)
        assert slope == pytest.approx(SLOPE, rel=SLOPE_WITHIN)
    # those who lapse more count less in a policy, so it has fewer lapses than people
    assert 0 < policy.lapse < LAPSES + LAPSES_WITHIN


def test_a_bias_to_one_side_is_found_in_inferred_coefficients(tmp_path: Path) -> None:
    rows = judgements(tmp_path, "infer", pse=0.5, lapse_rate=0.0, side_bias=BIAS)
    shifts = [
        fit_global(to_arrays(rows[rows["mirrored"].astype(bool) == mirrored])).shift[0, 1]
        for mirrored in (False, True)
    ]
    assert (shifts[1] - shifts[0]) / 2 == pytest.approx(BIAS, abs=BIAS_WITHIN)
    assert sum(shifts) / 2 == pytest.approx(0, abs=BIAS_WITHIN / 2)


@pytest.mark.slow
def test_intervals_hold_the_true_curve_as_often_as_they_should() -> None:
    inside, n = 0, 60
    for seed in range(n):
        rng = np.random.default_rng(seed)
        x = rng.choice(GRID[1:-1], 300)
        said_i = rng.random(300) < 0.03 + 0.94 / (1 + np.exp(-10 * (x - 0.45)))
        rows = pd.DataFrame(
            {"paradigm": "discriminate", "lambda_f": x, "chose_i": said_i,
             "mirrored": pd.array([None] * 300, dtype="boolean")}
        )  # fmt: skip
        curve = fit_curve(rows)
        inside += abs(curve.pse - 0.45) < 1.96 * curve.pse_se
    assert 0.85 * n <= inside


def test_a_curve_of_another_paradigm_is_refused() -> None:
    rows = pd.DataFrame({"paradigm": ["infer"], "lambda_f": [0.5], "lambda_g": [0.5]})
    with pytest.raises(ElicitError, match=r"must be of one of construct, .*, got infer$"):
        fit_curve(rows)
    with pytest.raises(ElicitError, match="got no answer"):
        fit_curve(rows[:0])


def test_a_mix_outside_the_grid_is_refused() -> None:
    rows = pd.DataFrame({"paradigm": ["construct"], "lambda_f": [0.55], "lambda_g": [0.5]})
    for grid in (GRID, ()):
        with pytest.raises(ElicitError, match="lambda_f must be in the grid"):
            fit_curve(rows, grid)


def test_answers_that_all_name_one_class_have_no_curve() -> None:
    rows = pd.DataFrame({"paradigm": "discriminate", "lambda_f": [0.2, 0.6], "chose_i": True})
    with pytest.raises(ElicitError, match="all 2 answers name the same class; ask at mixes"):
        fit_curve(rows)
