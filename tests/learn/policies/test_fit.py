"""Simulated people give back their own curves; the published ones give the paper's."""

from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pytest

from elicit.errors import ElicitError
from elicit.psychometric.least_squares import fit_logistics, means
from learn.policies.fit import FITS, fit_global, fit_per_pair, fit_pooled, reliability
from learn.study import table
from learn.study.judgements import to_arrays
from tests.learn.helpers.example_policies import CLASSES, PAIRS, answers, some_policy

FITTED = ("global", "per_pair", "pooled")


@pytest.mark.parametrize("name", FITTED)
def test_people_who_follow_a_policy_give_it_back(name: str) -> None:
    true = some_policy(name)
    fitted = FITS[name](to_arrays(answers(true, participants=300, noise=0.05)))
    share = np.linspace(0.05, 0.95, 7)
    for i, j in PAIRS:
        assert fitted.lambda_g(share, i, j) == pytest.approx(true.lambda_g(share, i, j), abs=0.02)
    if name == "pooled":
        assert fitted.lapse == pytest.approx(true.lapse, abs=0.02)


def test_pooling_is_nearer_the_truth_than_a_fit_a_pair_where_data_are_few() -> None:
    share, i, j = np.tile(np.linspace(0, 1, 9), 6), *np.repeat(PAIRS, 9, axis=0).T
    errors = {"per_pair": 0.0, "pooled": 0.0}
    for seed in range(10):
        true = some_policy("pooled", seed)
        observed = to_arrays(answers(true, seed, participants=3, trials=20, noise=0.2), CLASSES)
        for name in errors:
            off = FITS[name](observed).lambda_g(share, i, j) - true.lambda_g(share, i, j)
            errors[name] += float(np.mean(off**2))
    assert errors["pooled"] < 0.8 * errors["per_pair"]


@pytest.mark.parametrize("name", FITTED)
def test_a_pair_with_one_judgement_or_none_has_a_curve_all_the_same(name: str) -> None:
    rows = answers(some_policy("pooled"), pairs=PAIRS[:3])
    one = answers(some_policy("pooled"), participants=1, trials=1, pairs=PAIRS[5:])
    policy = FITS[name](to_arrays(pd.concat([rows, one])))
    assert policy.judged is not None
    assert (policy.judged[2, 3], policy.judged[1, 3]) == (1, 0)
    seen = policy.lambda_g(np.tile([0.1, 0.5, 0.9], 2), [2, 2, 2, 1, 1, 1], 3)
    assert np.isfinite(seen).all()
    assert np.ptp(seen[:3]) > 0.3


@pytest.mark.parametrize("name", ["per_pair", "pooled"])
def test_a_pair_that_always_got_the_same_answer_has_a_curve_all_the_same(name: str) -> None:
    rows = answers(some_policy("pooled"))
    rows.loc[(rows["class_i"] == "cat") & (rows["class_j"] == "dog"), "lambda_g"] = 1.0
    seen = FITS[name](to_arrays(rows)).lambda_g([0.1, 0.9], 2, 3)
    assert np.isfinite(seen).all()


@pytest.mark.parametrize("name", FITTED)
@pytest.mark.parametrize(("column", "value"), [("lambda_g", 0.7), ("lambda_f", 0.5)])
def test_no_curve_can_be_fitted_where_all_are_equal(name: str, column: str, value: float) -> None:
    rows = answers(some_policy("pooled"), participants=2).assign(**{column: value})
    with pytest.raises(ElicitError, match=f"{column} is {value:g} in all 120, so no curve"):
        FITS[name](to_arrays(rows))


def test_people_who_answer_backwards_do_not_make_a_curve_that_falls() -> None:
    rows = answers(some_policy("pooled"))
    observed = to_arrays(rows.assign(lambda_g=1 - rows["lambda_g"]))
    for fit in (fit_global, fit_per_pair, fit_pooled):
        assert (np.diff(fit(observed).lambda_g(np.linspace(0, 1, 9), 0, 1)) >= 0).all()


def test_a_single_participant_can_be_fitted() -> None:
    policy = fit_pooled(to_arrays(answers(some_policy("pooled"), participants=1, trials=100)))
    assert policy.fitted_to["participants"] == 1


def test_who_answers_at_random_counts_less() -> None:
    rng = np.random.default_rng(0)
    person = np.repeat(np.arange(4), 60)
    residual = rng.normal(0, np.where(person == 2, 0.4, 0.15))
    weights = reliability(residual, person)
    assert weights.argmin() == 2
    assert np.average(weights) == pytest.approx(1)
    assert reliability(np.zeros(6), np.array([0, 0, 1, 1, 2, 2])) == pytest.approx(np.ones(3))


def test_the_curves_of_h_mix_are_the_paper_s(h_mix_study: Path) -> None:
    rows = table.read_study(h_mix_study)
    observed = to_arrays(rows[~rows["repeat"]])
    assert len(observed) == 4788
    common = fit_global(observed)
    k, x0 = common.slope[0, 1], 0.5 - common.shift[0, 1] / common.slope[0, 1]
    assert (k, x0) == (pytest.approx(4.58, abs=0.005), pytest.approx(0.522, abs=0.0005))
    each = fit_per_pair(observed)
    i, j = observed.pairs.T
    slope, pse = each.slope[i, j], 0.5 - each.shift[i, j] / each.slope[i, j]
    names = [f"{each.classes[a]}-{each.classes[b]}" for a, b in observed.pairs]
    assert (slope.min(), slope.max()) == (
        pytest.approx(3.3, abs=0.05),
        pytest.approx(6.6, abs=0.05),
    )
    assert names[slope.argmin()] == "bird-frog"
    assert (names[pse.argmin()], pse.min()) == ("automobile-ship", pytest.approx(0.346, abs=5e-4))
    assert (names[pse.argmax()], pse.max()) == ("bird-horse", pytest.approx(0.617, abs=5e-4))


@pytest.mark.parametrize("stops", ["each", "alone", "together"])
def test_many_curves_at_once_are_the_ones_fitted_one_by_one(
    stops: Literal["each", "alone", "together"],
) -> None:
    observed = to_arrays(answers(some_policy("per_pair"), participants=20))
    policy = fit_per_pair(observed)
    x, level = np.unique(observed.lambda_f, return_inverse=True)
    cell = observed.pair * len(x) + level
    n = np.bincount(cell, minlength=len(observed.pairs) * len(x)).reshape(-1, len(x)).astype(float)
    total = np.bincount(cell, observed.lambda_g, n.size).reshape(n.shape).astype(float)
    found = fit_logistics(x, n, means(n, total), stops=stops)
    i, j = observed.pairs.T
    assert found[:, 0] == pytest.approx(policy.slope[i, j], rel=1e-4)
    assert found[:, 1] == pytest.approx(policy.shift[i, j], abs=1e-4)
