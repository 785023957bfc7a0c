"""Intervals over participants, and many curves fitted at once."""

import numpy as np
import pandas as pd
import pytest

from learn.stats import bootstrap
from learn.stats.bootstrap import column_correlations, interval, mean_of, resample


def judged(people: int, trials: int = 5, seed: int = 0) -> pd.DataFrame:
    """Return answers that vary between people much more than within them."""
    rng = np.random.default_rng(seed)
    own = np.repeat(rng.normal(0.5, 0.1, people), trials)
    names = np.repeat([f"P{each:03d}" for each in range(people)], trials)
    value = own + rng.normal(0, 0.001, len(own))
    return pd.DataFrame({"participant": names, "paradigm": "infer", "value": value})


def test_an_interval_is_as_wide_as_people_differ_however_often_each_is_asked() -> None:
    for trials in (2, 50):
        rows = judged(100, trials)
        mean, low, high = mean_of(rows, rows["value"], resample(rows))
        assert low < mean < high
        assert (high - low) / 2 == pytest.approx(1.96 * 0.1 / np.sqrt(100), rel=0.25)


def test_95_of_100_intervals_hold_the_truth() -> None:
    held = []
    for seed in range(100):
        rows = judged(40, seed=seed)
        _, low, high = mean_of(rows, rows["value"], resample(rows, 400))
        held.append(low <= 0.5 <= high)
    assert 88 <= sum(held) <= 99


def test_one_participant_has_no_interval() -> None:
    rows = judged(1)
    boot = resample(rows)
    values = rows["value"].to_numpy()
    for replicates in (boot.medians(rows, values), boot.correlations(rows, values, values)):
        assert np.isnan(interval(replicates)).all()
    assert np.isnan(mean_of(rows, rows["value"], boot)[1:]).all()


def test_a_resample_has_as_many_of_each_paradigm_as_the_study() -> None:
    rows = pd.concat([judged(6), judged(3).assign(paradigm="construct")], ignore_index=True)
    rows.loc[30:, "participant"] += "c"
    boot = resample(rows)
    construct = boot.people.str.endswith("c")
    assert (boot.draws[:, construct].sum(axis=1) == 3).all()
    assert (boot.draws[:, ~construct].sum(axis=1) == 6).all()


def test_medians_and_correlations_are_those_of_the_rows_drawn() -> None:
    rows = judged(7, 3)
    boot = resample(rows, 20)
    values, other = rows["value"].to_numpy(), np.arange(len(rows), dtype=np.float64) ** 2
    medians, r = boot.medians(rows, values), boot.correlations(rows, values, other)
    for draw, median, correlation in zip(boot.draws, medians, r, strict=True):
        again = np.repeat(np.arange(len(rows)), np.repeat(draw, 3).astype(int))
        assert median == pytest.approx(np.median(values[again]))
        assert correlation == pytest.approx(np.corrcoef(values[again], other[again])[0, 1])


@pytest.mark.parametrize("runs", [1, 4, 256])
def test_medians_are_the_same_however_they_are_sought(
    monkeypatch: pytest.MonkeyPatch, runs: int
) -> None:
    monkeypatch.setattr(bootstrap, "MEDIAN_RUNS", runs)
    rows = judged(8, 60)
    rows = rows[(rows["participant"] > "P001") | (rows.index % 60 < 3)]  # some answered little
    values = np.random.default_rng(2).choice([0.1, 0.4, 0.5, 2.0, 9.0, 9.5], len(rows))
    boot = resample(rows, 50)
    boot.draws[7] = 0  # who are all others
    drawn = [np.repeat(values, draw[boot.person(rows)].astype(int)) for draw in boot.draws]
    expected = [np.median(each) if len(each) else np.nan for each in drawn]
    np.testing.assert_array_equal(boot.medians(rows, values), expected)


def test_columns_correlate_over_those_that_both_have() -> None:
    x = np.array([[1.0, 2.0, 4.0, np.nan, 9.0], [1.0, np.nan, np.nan, np.nan, 3.0]])
    y = np.array([[2.0, 1.0, 5.0, 7.0, np.nan], [1.0, 2.0, 3.0, 4.0, 5.0]])
    r = column_correlations(x, y)
    assert r[0] == pytest.approx(np.corrcoef([1, 2, 4], [2, 1, 5])[0, 1])
    assert np.isnan(r[1])


@pytest.mark.parametrize("most", [1, 40, 700])
def test_little_memory_gives_the_same_medians_and_intervals(
    monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    rows = judged(9, 4)
    boot, values = resample(rows, 20), rows["value"].to_numpy()
    group = np.random.default_rng(3).integers(0, 6, len(rows))
    group[group == 4] = 5  # a group that nobody answered
    group[0] = 2
    whole = boot.medians(rows, values), *boot.mean_intervals(rows, values, group, 6)
    totals = boot.totals(rows, values, group, 6)
    monkeypatch.setattr(bootstrap, "MAX_WEIGHTS", most)
    parts = boot.medians(rows, values), *boot.mean_intervals(rows, values, group, 6)
    for one, other in zip(whole, parts, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)
    np.testing.assert_array_equal(whole[0], parts[0])
    np.testing.assert_allclose(totals, boot.totals(rows, values, group, 6), rtol=1e-12)
    assert np.isnan(parts[1][4])
    assert not np.isnan(parts[1][5])
