"""A report's numbers, against the published ones and against studies written by hand."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from learn.qc.check import figures
from learn.report.numbers import Tables, compute_tables
from learn.study.pooling import pool
from learn.study.schema import BLEND
from learn.study.selection import select
from learn.study.table import read_study
from tests.learn.helpers.handwritten_studies import row, table_of


@pytest.fixture(scope="module")
def used(h_mix_study: Path) -> pd.DataFrame:
    return select(read_study(h_mix_study)).used


@pytest.fixture(scope="module")
def h_mix(used: pd.DataFrame) -> Tables:
    return compute_tables(used)


def column(table: pd.DataFrame, value: str, by: str = "paradigm") -> dict[Any, Any]:
    return dict(zip(table[by], table[value].round(6), strict=True))


def test_who_took_part_in_h_mix_is_as_published(h_mix: Tables) -> None:
    told = h_mix["overview"].set_index("paradigm")
    assert told[["participants", "trials", "repeats"]].to_dict("index") == {
        "construct": {"participants": 45, "trials": 1440, "repeats": 90},
        "select_shuffled": {"participants": 25, "trials": 800, "repeats": 50},
        "infer": {"participants": 81, "trials": 4950, "repeats": 162},
    }
    minutes = told["minutes_median"].round(1).to_dict()
    assert minutes == {"construct": 8.5, "select_shuffled": 9.2, "infer": 13.1}
    seconds = column(h_mix["response_times"].round(1), "median_s")
    assert seconds == {"construct": 9.2, "select_shuffled": 11.0, "infer": 8.4}
    r = column(h_mix["test_retest"].round(2), "r")
    assert r == {"construct": 0.75, "select_shuffled": 0.44, "infer": 0.85}


def test_5050_points_of_h_mix_are_as_published(h_mix: Tables) -> None:
    table = h_mix["endorsements"]
    shares = table.pivot(index="lambda_f", columns="paradigm", values="share") * 100
    assert shares["construct"][[0.5, 0.4, 0.6]].round(1).tolist() == [36.9, 19.6, 23.7]
    assert shares["select_shuffled"][[0.5, 0.4, 0.6]].round(1).tolist() == [30.1, 19.5, 26.1]
    means = column(h_mix["mean_choices"].round(3), "mean")
    assert means == {"construct": 0.522, "select_shuffled": 0.511}
    assert len(h_mix["consensus"]) == 249
    assert table.loc[table["lambda_f"] == 1.0, "n"].max() > 25  # where the web screen was broken


def test_inferred_coefficients_of_h_mix_are_as_published(h_mix: Tables) -> None:
    table = h_mix["inferred"]
    assert table["lambda_f"].tolist() == [0.1, 0.25, 0.5, 0.75, 0.9]
    assert table["mean"].round(3).tolist() == [0.138, 0.205, 0.478, 0.754, 0.829]
    assert table["median"].tolist() == pytest.approx([0.08, 0.14, 0.50, 0.83, 0.92])
    assert (table["mean_omega"] * 100).round().tolist() == [79, 72, 63, 72, 78]


def test_curves_of_h_mix_are_as_published(h_mix: Tables) -> None:
    every, pairs = h_mix["curves"].iloc[0], h_mix["curves"].iloc[1:]
    assert (round(every["k"], 2), round(every["x0"], 3)) == (4.58, 0.522)
    assert len(pairs) == 45
    assert pairs["own"].all()
    names = (pairs["class_i"] + "-" + pairs["class_j"]).tolist()
    assert names[int(pairs["k"].argmin())] == "bird-frog"
    assert names[int(pairs["x0"].argmin())] == "automobile-ship"
    assert names[int(pairs["x0"].argmax())] == "bird-horse"
    assert (pairs["k"].min().round(1), pairs["k"].max().round(1)) == (3.3, 6.6)
    assert (pairs["x0"].min().round(3), pairs["x0"].max().round(3)) == (0.346, 0.617)


def test_each_participant_of_h_mix_has_a_curve_and_most_are_steeper_than_flat(
    h_mix: Tables,
) -> None:
    own = h_mix["curves_by_participant"]
    assert len(own) == 81
    assert own["n"].sum() == 4788
    assert (own["k"] > 1).mean() > 0.95


def test_an_image_of_h_mix_has_the_mean_and_spread_of_its_rows_repeats_in_or_out(
    used: pd.DataFrame, h_mix: Tables
) -> None:
    infer = used[used["paradigm"] == "infer"]
    for table, rows in (
        (h_mix["relabellings"], infer),
        (compute_tables(infer, repeats=False)["relabellings"], infer[~infer["repeat"]]),
    ):
        of_image = rows.groupby(BLEND)["lambda_g"]
        expected = pd.concat([of_image.mean(), of_image.std(ddof=0), of_image.size()], axis=1)
        found = table.set_index(BLEND)[["mean_lambda_g", "sd_lambda_g", "n"]].sort_index()
        assert len(found) == 2070
        assert np.allclose(found.to_numpy(float), expected.sort_index().to_numpy(float))
    assert len(pool(infer)) == 2070


def test_quality_control_and_the_report_agree(used: pd.DataFrame, h_mix: Tables) -> None:
    told = figures(used[used["paradigm"] == "infer"])
    means = told.loc[told["figure"] == "mean lambda_g", "value"]
    assert h_mix["inferred"]["mean"].tolist() == pytest.approx(means.tolist())


def test_every_interval_of_h_mix_holds_its_number(h_mix: Tables) -> None:
    for name, value, low, high in (
        *(("inferred", each, f"{each}_low", f"{each}_high") for each in ("mean", "mean_omega")),
        *(("curves", each, f"{each}_low", f"{each}_high") for each in ("k", "x0")),
        ("agreement", "r", "low", "high"),
        ("test_retest", "r", "low", "high"),
        ("mean_choices", "mean", "low", "high"),
        ("response_times", "median_s", "low", "high"),
        ("start_value", "mean", "low", "high"),
        ("confidence_correlations", "r", "low", "high"),
    ):
        table = h_mix[name]
        assert (table[low] < table[value]).all(), (name, value)
        assert (table[value] < table[high]).all(), (name, value)


def test_interfaces_of_h_mix_agree_more_than_by_chance(h_mix: Tables) -> None:
    table = h_mix["agreement"]
    assert (table["low"] > 0).all()
    assert table.set_index(["over", "first", "second"])["n"].to_dict() == {
        ("image pair", "construct", "select_shuffled"): 249,
        ("class pair", "construct", "infer"): 45,
        ("class pair", "construct", "select_shuffled"): 45,
        ("class pair", "infer", "select_shuffled"): 45,
    }


def test_the_effects_of_start_value_and_side_are_found() -> None:
    rows = [
        row(3, 5, 0.4 + start / 5, start_value=start, mirrored=side, participant=f"P{n}")
        for n, (start, side) in enumerate([(0.1, False), (0.1, True), (0.9, False), (0.9, True)])
    ]
    tables = compute_tables(table_of(*rows))
    change = tables["start_value"].set_index("start_value").loc["difference", "mean"]
    assert change == pytest.approx(0.16)
    mirrored = tables["mirroring"].set_index("class_i_on")
    assert mirrored.loc["difference", "mean"] == pytest.approx(0)
    assert mirrored.loc[["left", "right"], "participants"].tolist() == [2, 2]


def test_few_who_agree_by_chance_come_after_many_who_agree() -> None:
    many = [row(3, 5, each, participant=f"P{n}") for n, each in enumerate([0.7, 0.8, 0.7, 0.8] * 3)]
    few = [row(0, 8, 0.8, participant=f"P{n}") for n in range(3)]
    apart = [row(4, 7, each, participant=f"P{n}") for n, each in enumerate([0.1, 0.9, 0.8, 0.7])]
    table = compute_tables(table_of(*apart, *few, *many))["consensus"]
    assert table["class_i"].tolist() == ["cat", "airplane", "deer"]


def test_one_participant_has_numbers_without_intervals() -> None:
    tables = compute_tables(table_of(row(3, 5, 0.25, 0.2, 0.8), row(0, 8, 0.75, 0.6, 0.4)))
    assert tables["inferred"]["mean"].tolist() == [0.2, 0.6]
    assert tables["inferred"][["mean_low", "mean_high"]].isna().all(axis=None)
    assert not tables["curves"]["own"][1:].any()
    assert "endorsements" not in tables


def test_answers_that_are_all_the_same_have_no_curve() -> None:
    tables = compute_tables(table_of(row(3, 5, 0.25, 0.5, 0.5), row(0, 8, 0.75, 0.5, 0.5)))
    assert "curves" not in tables
    assert tables["inferred"]["mean"].tolist() == [0.5, 0.5]
    assert tables.get("confidence_correlations", pd.DataFrame()).empty
