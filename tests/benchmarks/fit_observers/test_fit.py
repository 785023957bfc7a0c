"""The fit of simulated participants: what it aims at, and that the package holds its result."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from elicit.log.rows import join_classes, split_classes
from elicit.observers.hmix import HMixMind
from elicit.observers.hmix_parameters import load_parameters, parse_parameters
from elicit.observers.keyed_random import Draws
from elicit.trial import Trial
from learn.study.table import read_study
from stimuli.mixing import Pair
from tests.benchmarks.fit_observers.answers import answered, evidence
from tests.benchmarks.fit_observers.cases import Case, case, figures, matched
from tests.benchmarks.fit_observers.fit import BROKEN_SCREEN, written
from tests.benchmarks.fit_observers.levels import (
    answer_confidently,
    confidence_figures,
    split_people,
)

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
    its = case(table[table["participant"] != BROKEN_SCREEN], paradigm)
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


@pytest.fixture(scope="module")
def held_out(h_mix_study: Path) -> Case:
    """The half of Infer's people that confidence is not fitted to."""
    table = read_study(h_mix_study)
    return case(split_people(table[table["participant"] != BROKEN_SCREEN])[1], "infer")


@pytest.fixture(scope="module")
def simulated(held_out: Case) -> list[pd.DataFrame]:
    """Simulated people's answers to their trials."""
    model = load_parameters()
    return [answer_confidently(held_out, model, 100 + k) for k in range(REPLICATES)]


def test_confidence_is_that_of_the_people_whom_it_was_not_fitted_to(
    held_out: Case, simulated: list[pd.DataFrame]
) -> None:
    """Figures lie within the 95 % intervals (jackknife over tenths) of the half held out."""
    rows = held_out.rows
    wanted = confidence_figures(rows)
    found = pd.DataFrame([confidence_figures(each) for each in simulated]).mean()
    tenth = pd.factorize(rows["participant"], sort=True)[0] % 10  # of the people
    without = pd.DataFrame([confidence_figures(rows[tenth != each]) for each in range(10)])
    error = np.sqrt(9 * without.var(ddof=0))
    assert error["image"] < 0.1  # people's own is .30
    assert error["time"] < 0.05  # -.14
    for name in wanted.index:
        assert found[name] == pytest.approx(wanted[name], abs=1.96 * error[name]), name


def test_ratings_are_spread_as_those_of_the_people_held_out(
    held_out: Case, simulated: list[pd.DataFrame]
) -> None:
    """Shares of answers up to any place differ by .05 at most, of confidence by .07."""
    every = pd.concat(simulated)
    for column, allowed in (("answer", 0.05), ("omega", 0.07)):
        for place in np.arange(101) / 100 + 0.001:
            own = float((held_out.rows[column] <= place).mean())
            assert (every[column] <= place).mean() == pytest.approx(own, abs=allowed)


def name_classes(rows: pd.DataFrame, replicate: int) -> pd.DataFrame:
    """Return Categorize's rows with what new people name in the same trials."""
    model, numbers = load_parameters(), pd.factorize(rows["participant"])[0]
    images = Draws("images", replicate)
    minds = [
        HMixMind(model, Draws("who", replicate, k), Draws("session", replicate, k), images)
        for k in range(max(numbers) + 1)
    ]
    said = []
    for k, (_, row) in zip(numbers, rows.iterrows(), strict=True):
        pair = Pair(row["image_i"], row["image_j"], row["class_i"], row["class_j"])
        trial = Trial(
            *(row["trial"], 27, "categorize", "categorize", "", pair, (row["lambda_f"],)),
            class_order=split_classes(row["class_order"]),
        )
        named = minds[k](trial).named
        assert named is not None
        said.append(named)
    return rows.assign(
        chosen_1=[each.first for each in said],
        share_1=[each.first_share for each in said],
        chosen_2=[each.other for each in said],
        excluded=[join_classes(each.excluded) for each in said],
    )


def naming_figures(rows: pd.DataFrame) -> dict[str, float]:
    """Return how often which classes are named, with which share, and how many are excluded."""
    in_mix = [
        (rows[name] == rows["class_i"]) | (rows[name] == rows["class_j"])
        for name in ("chosen_1", "chosen_2")
    ]
    return {
        "first in mix": in_mix[0].mean(),
        "other in mix": in_mix[1].mean(),
        "no other": (rows["chosen_2"] == "").mean(),
        "share_1": rows["share_1"].mean(),
        "excluded": rows["excluded"].map(lambda cell: len(split_classes(cell))).mean() / 10,
    }


def test_classes_are_named_as_often_as_people_named_them(h_mix_study: Path) -> None:
    table = read_study(h_mix_study)
    rows = table[table["paradigm"] == "categorize"]
    found = pd.DataFrame([naming_figures(name_classes(rows, k)) for k in range(10)]).mean()
    wanted = naming_figures(rows)
    for name in wanted:
        assert found[name] == pytest.approx(wanted[name], abs=0.06), name
