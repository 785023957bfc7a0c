"""Reliabilities of answers, worked by hand, and of H-Mix."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from learn.arrays import Codes, Numbers
from learn.stats.reliability import (
    correlate,
    describe_reliability,
    estimate_shares,
    predict_errors,
    step_up,
)
from learn.study.selection import SelectionOptions, select
from learn.study.table import read_study
from tests.learn.helpers.handwritten_studies import row, table_of


def test_shares_of_two_people_and_two_images_are_those_worked_by_hand() -> None:
    values = np.array([0.2, 0.6, 0.4, 1.0])
    person, image = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    # half the mean squared differences: of one image (.04 + .16) / 4 = .05, of one person
    # (.16 + .36) / 4 = .13, of neither (.64 + .04) / 4 = .17
    of_image, of_person = estimate_shares(values, person, image)
    assert of_image.value == pytest.approx(1 - 0.05 / 0.17)
    assert of_person.value == pytest.approx(1 - 0.13 / 0.17)


def test_the_mean_of_more_raters_is_more_reliable_as_spearman_and_brown_say() -> None:
    values = np.array([0.2, 0.6, 0.4, 1.0])
    one, _ = estimate_shares(values, np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]))
    assert step_up(one, 1.0).value == pytest.approx(one.value)
    assert step_up(one, 2.0).value == pytest.approx(2 * one.value / (1 + one.value))


def weigh_share(values: Numbers, weights: Numbers, image: Codes, person: Codes) -> float:
    """Return the share between images, pair by pair, where each answer has a weight."""
    sums = np.zeros((2, 2))
    for a in range(len(values)):
        for b in range(len(values)):
            if a == b or (person[a] == person[b] and image[a] != image[b]):
                continue
            same = int(image[a] == image[b])
            weight = weights[a] * weights[b]
            sums[same] += weight * np.array([(values[a] - values[b]) ** 2, 1])
    other, within = sums[:, 0] / sums[:, 1]
    return float(1 - within / other)


def test_parts_are_the_derivatives_by_each_answer_s_weight() -> None:
    rng = np.random.default_rng(2)
    person, image = np.repeat(np.arange(4), 3), rng.permuted(np.tile(np.arange(5), (4, 1)), axis=1)
    image = image[:, :3].reshape(-1)
    values = rng.normal(size=12) + image
    found, _ = estimate_shares(values, person, image)
    assert found.value == pytest.approx(weigh_share(values, np.ones(12), image, person))
    for place in range(12):
        up, down = (np.where(np.arange(12) == place, 1 + h, 1.0) for h in (1e-6, -1e-6))
        slope = weigh_share(values, up, image, person) - weigh_share(values, down, image, person)
        assert found.parts[place] == pytest.approx(slope / 2e-6, abs=1e-7)


def test_known_variances_are_recovered() -> None:
    rng = np.random.default_rng(5)
    people, images, each = 400, 600, 12
    person = np.repeat(np.arange(people), each)
    image = np.concatenate([rng.choice(images, each, replace=False) for _ in range(people)])
    sds = 0.3, 0.5, 0.6  # of images, people and chance
    of_image, of_person = (
        rng.normal(0, sd, n) for sd, n in zip(sds, (images, people), strict=False)
    )
    values = of_image[image] + of_person[person] + rng.normal(0, sds[2], len(person))
    total = sum(sd**2 for sd in sds)
    for found, sd in zip(estimate_shares(values, person, image), sds, strict=False):
        value, low, high = found.find_ends(person, image)
        assert value == pytest.approx(sd**2 / total, abs=0.05)
        assert low < sd**2 / total < high < low + 0.15


def test_a_correlation_and_its_parts() -> None:
    x, y = np.array([0.0, 1.0, 2.0, 5.0]), np.array([1.0, 0.0, 4.0, 3.0])
    found = correlate(x, y)
    assert found.value == pytest.approx(np.corrcoef(x, y)[0, 1])
    assert found.parts.sum() == pytest.approx(0)


def test_others_confidence_and_error_are_those_of_the_other_raters() -> None:
    people = []
    for number, (seen, sure) in enumerate(((0.2, 0.8), (0.4, 0.6), (0.9, 0.1))):
        for times, (i, j, mix) in ((1.0, (3, 5, 0.25)), (0.5, (4, 7, 0.9))):
            who = f"P{number}"
            people.append(row(i, j, mix, seen * times, sure * times, participant=who))
    (found, _) = predict_errors(table_of(*people)).to_dict("records")
    others = [0.35, 0.45, 0.7, 0.175, 0.225, 0.35]
    error = [0.45, 0.15, 0.6, 0.225, 0.075, 0.3]
    assert found["r"] == pytest.approx(np.corrcoef(others, error)[0, 1])
    assert found["n"] == 6


def test_studies_without_shared_images_or_confidence_have_no_rows() -> None:
    alone = table_of(row(3, 5, 0.25, 0.2, 0.8), row(4, 7, 0.9, 0.7, 0.4, participant="P02"))
    assert describe_reliability(alone).empty
    assert predict_errors(alone).empty
    unasked = [row(3, 5, 0.25, seen, paradigm="infer", participant=who) for who, seen in
               (("P01", 0.2), ("P02", 0.4))]  # fmt: skip
    assert "omega" not in set(describe_reliability(table_of(*unasked))["what"])
    assert predict_errors(table_of(*unasked)).empty


@pytest.fixture(scope="module")
def infer(h_mix_study: Path) -> pd.DataFrame:
    choice = SelectionOptions(paradigms=("infer",), repeats=False)
    return select(read_study(h_mix_study), choice).used


def test_one_image_s_mean_confidence_is_hardly_reliable_in_h_mix(infer: pd.DataFrame) -> None:
    found = describe_reliability(infer).round(3).set_index("what").to_dict("index")
    assert {each["raters"] for each in found.values()} == {2.313}
    shares = {name: found["omega"][name] for name in ("one_rater", "raters_mean", "person")}
    assert shares == {"one_rater": 0.218, "raters_mean": 0.392, "person": 0.195}
    left = found["omega without extremity"]
    assert left["one_rater_low"] < 0 < left["one_rater_high"]  # not distinguishable from 0
    added = found["lambda_g - lambda_f"]
    assert (added["one_rater"], added["raters_mean"]) == (0.327, 0.529)


def test_others_confidence_hardly_tells_who_errs_in_h_mix(infer: pd.DataFrame) -> None:
    plain, left = predict_errors(infer).round(3).to_dict("records")
    assert plain == {"left_out": "", "n": 4788, "r": -0.116, "low": -0.168, "high": -0.063}
    assert (left["left_out"], left["r"]) == ("extremity", -0.038)
