"""The fit of simulated participants: what it aims at, and that the package holds its result."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from elicit.observers.hmix_parameters import load_parameters, parse_parameters
from learn.study.table import read_study
from tests.benchmarks.fit_observers.answers import answered, evidence
from tests.benchmarks.fit_observers.cases import case, figures, matched
from tests.benchmarks.fit_observers.fit import written

REPLICATES = 6


def made(n_people: int = 60, n_images: int = 40, seed: int = 1) -> pd.DataFrame:
    """Return answers whose parts are known: of variance 1 each, but for the people's, 1/4."""
    rng = np.random.default_rng(seed)
    image, own = rng.normal(size=n_images), rng.normal(size=(n_people, n_images))
    people = rng.normal(scale=0.5, size=n_people)
    rows = [
        (f"P{p}", k, again, people[p] + image[k] + own[p, k] + rng.normal())
        for p in range(n_people)
        for again in (False, True)
        for k in range(n_images if not again else 10)
    ]
    table = pd.DataFrame(rows, columns=["participant", "image_i", "repeat", "answer"])
    table["answer"] = 0.5 + table["answer"] / 20
    return table.assign(image_j=0, x=0.0, class_i="cat", class_j="dog")


def test_figures_are_the_shares_of_what_answers_have_in_common() -> None:
    found = figures(made())
    total = 0.25 + 1 + 1 + 1
    assert found["bias"] == pytest.approx(0.25 / total, abs=0.04)
    assert found["image"] == pytest.approx(1 / total, abs=0.08)
    assert found["own"] == pytest.approx(2.25 / total, abs=0.06)


def test_edges_are_where_the_same_share_of_evidence_lies_below() -> None:
    z = np.linspace(-1, 1, 10_001)
    given = np.array([0.0] * 3 + [0.5] * 5 + [1.0] * 2)
    low, first, second, high = matched(z, given, (-0.25, 0.25, 0.75, 1.25))
    assert (first, second) == pytest.approx((-0.4, 0.6), abs=0.01)
    assert low < -10
    assert high > 10


def test_lists_of_numbers_are_written_in_one_line() -> None:
    assert written({"a": {"b": [1, 2.5]}, "c": [[1], [2]]}) == (
        '{\n "a": {\n  "b": [1, 2.5]\n },\n "c": [\n  [1],\n  [2]\n ]\n}\n'
    )


def test_a_fit_comes_back_from_its_file_as_it_was() -> None:
    file = Path(__file__).parents[3] / "elicit" / "observers" / "hmix.json"
    text = file.read_text(encoding="utf-8")
    assert parse_parameters(json.loads(text)) == load_parameters()
    assert written(json.loads(text)) == text


@pytest.mark.parametrize("paradigm", ["construct", "select_shuffled", "infer"])
def test_the_fit_in_the_package_is_that_of_h_mix(paradigm: str, h_mix_study: Path) -> None:
    """Simulated people on H-Mix's own trials have H-Mix's figures."""
    table = read_study(h_mix_study)
    its = case(table[table["participant"] != "61rpt4g7xxz6heg"], paradigm)
    answers, wanted = load_parameters().answers[paradigm], figures(its.rows)
    simulated = [answered(its, answers, evidence(its, answers, 100 + k)) for k in range(REPLICATES)]
    found = pd.DataFrame([figures(each) for each in simulated]).mean()
    assert found["image"] == pytest.approx(wanted["image"], abs=0.06)
    assert found["own"] == pytest.approx(wanted["own"], abs=0.1)
    assert found["pair"] == pytest.approx(wanted["pair"], rel=0.1)
    assert found["style"] == pytest.approx(wanted["style"], rel=0.35, abs=2e-4)
    once = its.rows[~its.rows["repeat"]]
    for x, group in once.groupby("x"):
        mean = np.mean([each.loc[group.index, "answer"].mean() for each in simulated])
        assert mean == pytest.approx(group["answer"].mean(), abs=0.015), f"lambda_f {x}"
