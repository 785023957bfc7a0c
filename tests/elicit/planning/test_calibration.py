"""How often the intervals of simulated studies hold the truth."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from elicit.observers.psychometric import PsychometricMind
from elicit.planning.calibration import (
    StudyTime,
    calibrate,
    count_sessions,
    find_own_pse,
    score,
)
from elicit.planning.intervals import Interval, Number
from elicit.planning.pool import ParticipantPool
from elicit.simulation.cohort import StudiesCohort, Visit
from tests.elicit.helpers.factories import block, load_protocol, study
from tests.elicit.planning.test_pool import open_pool

KEY: Number = ("mean", "cat-dog")


def ignore_progress(_what: str, _done: int, _of: int) -> None:
    pass


def test_an_interval_is_covered_as_often_as_it_holds_the_truth() -> None:
    rng = np.random.default_rng(1)
    at = 0.4 + 0.1 * rng.standard_normal(2000)
    for half, wanted in ((0.196, 0.95), (0.0674, 0.5)):
        each: list[dict[Number, Interval]] = [{KEY: (x, x - half, x + half)} for x in at]
        (found,) = score("b", each, {KEY: 0.4})
        assert found.covered == pytest.approx(wanted, abs=0.025)
        assert found.covered_low < wanted < found.covered_high
        assert found.bias == pytest.approx(float(at.mean()) - 0.4)
        assert found.error == pytest.approx(0.1, rel=0.1)


def test_studies_without_an_interval_are_counted_apart() -> None:
    each: list[dict[Number, Interval]] = [{KEY: (0.5, 0.4, 0.6)}] * 20
    each += [{KEY: (0.5, math.nan, math.nan)}] * 3 + [{}] * 2
    (found,) = score("b", each, {KEY: 0.5})
    assert (found.studies, found.missing, found.covered) == (20, 5, 1.0)


def test_pairs_that_miss_together_count_as_few_intervals() -> None:
    """Half of the studies miss all of 30 pairs: that tells as much as one pair would."""
    keys = [("mean", f"pair {k}") for k in range(30)]
    each: list[dict[Number, Interval]] = [
        dict.fromkeys(keys, (0.5 + 0.2 * (s % 2), 0.4 + 0.2 * (s % 2), 0.6 + 0.2 * (s % 2)))
        for s in range(40)
    ]
    found = score("b", each, dict.fromkeys(keys, 0.5))[0]
    assert (found.unit, found.covered) == ("30 pairs", 0.5)
    assert found.covered_high - found.covered_low > 0.25


def test_a_participant_s_own_pse_is_found_by_asking_them(tmp_path: Path) -> None:
    grid = [k / 20 for k in range(21)]
    asked = load_protocol(tmp_path, study(block("discriminate", lambda_grid=grid, times=1)))
    settings = {"pse": 0.4, "pse_sd": 0.1, "slope": 12.0}
    cohort = StudiesCohort("psychometric", settings, 1, 1)
    its = open_pool(asked, "psychometric")
    found = []
    for number in (1, 2, 3):
        mind = cohort.start_mind(number)
        assert mind is not None
        trials = [each for each in its.plan_block(Visit.first(0), 0).trials if not each.practice]
        same = [each for each in trials if each.pair == trials[0].pair]
        wide = [replace(each, lambdas=tuple(grid)) for each in same]
        found.append(find_own_pse(mind, wide))
        assert isinstance(mind, PsychometricMind)
        own = mind._curve("cat", "dog").pse
        assert found[-1] == pytest.approx(own, abs=0.02)
    assert np.ptp(found) > 0.03


def test_pairs_people_and_the_mean_of_all_pairs_of_discriminate_are_scored(tmp_path: Path) -> None:
    how = {"target": "pse_and_slope", "trials": 6}
    asked = load_protocol(
        tmp_path, study(block("discriminate", adaptive=how, per_combination=2, batch_size=6))
    )
    cohort = StudiesCohort("hmix", {}, 1, 3)
    found = calibrate(open_pool(asked, "hmix"), cohort, 2, ignore_progress)
    units = ["all", "3 pairs", "cat-dog", "cat-frog", "dog-frog"]
    assert [(each.what, each.unit) for each in found] == [
        ("PSE of one participant", "any pair"),
        *(("PSE of the population", unit) for unit in units),
        *(("slope of the population", unit) for unit in units),
    ]
    truth = {each.unit: each.truth for each in found if each.what.startswith("PSE of the")}
    assert truth["all"] == pytest.approx(np.mean([truth[unit] for unit in units[2:]]))
    assert {each.studies + each.missing for each in found} == {2, 6}  # 6: three pairs or curves


def test_only_those_are_simulated_whose_answers_are_looked_at(tmp_path: Path) -> None:
    """With other images all; with the same ones the first, whose own PSE is looked at."""
    cohort = StudiesCohort("hmix", {}, 1, 12)
    for images, sessions in ((2, 1 + 12), (1, 12)):
        asked = load_protocol(
            tmp_path, study(block("discriminate", per_combination=images, batch_size=3 * images))
        )
        assert count_sessions(open_pool(asked, "hmix"), cohort) == sessions


def test_more_processes_make_only_simulating_quicker() -> None:
    assert StudyTime(simulating=6.0, estimating=1.0).of(10, 3) == pytest.approx(30.0)


def test_intervals_over_other_images_are_held_against_other_images(tmp_path: Path) -> None:
    """Two pairs of images a class pair: over these images alone, intervals would miss often."""
    asked = load_protocol(
        tmp_path, study(block("construct", classes=["cat", "dog"], per_combination=4, batch_size=4))
    )
    cohort = StudiesCohort("hmix", {}, 1, 12)
    pool = open_pool(asked, "hmix")
    mean = calibrate(pool, cohort, 30, ignore_progress)[-1]
    assert (mean.what, mean.unit) == ("mean lambda_f called 50/50", "cat-dog")
    assert mean.covered > 0.8
    spreads = [
        np.std([mean_of_study(pool, replace(cohort, other_images=each), s) for s in range(15)])
        for each in (False, True)
    ]
    assert spreads[1] > 1.5 * spreads[0]


def mean_of_study(pool: ParticipantPool, cohort: StudiesCohort, number: int) -> float:
    sessions = pool.with_cohort(cohort).simulate_visits(cohort.study_visits(number))
    return float(np.mean([session.answers[0].lambda_f.mean() for session in sessions]))
