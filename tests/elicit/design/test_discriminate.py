"""Which pairs and mixes a discriminate block shows, and to whom."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from elicit.design import build as design
from elicit.design.build import SessionPlan
from elicit.preflight import workload
from elicit.protocol.study_protocol import StudyProtocol, load
from elicit.trial import Trial
from stimuli.sources.endpoints import Pictograms
from tests.elicit.helpers.factories import GRID, PROTOCOLS, block, load_protocol, study

SOURCE = Pictograms()


def protocol(folder: Path, **changes: Any) -> StudyProtocol:
    return load_protocol(folder, study(block("discriminate", **changes)))


def planned(asked: StudyProtocol, participant: str = "P01", allocation: int = 0) -> SessionPlan:
    return design.build(asked, SOURCE, participant, 1, allocation)


def classes(trial: Trial) -> tuple[str, str]:
    return trial.pair.class_i, trial.pair.class_j


def images(trial: Trial) -> tuple[int, int]:
    return trial.pair.image_i, trial.pair.image_j


def test_constant_stimuli_show_each_mix_as_often_as_asked_for(tmp_path: Path) -> None:
    trials = planned(protocol(tmp_path, times=3)).trials
    shown = Counter((classes(trial), trial.lambdas) for trial in trials)
    assert set(shown.values()) == {3}
    assert len(shown) == 3 * len(GRID)


def test_an_adaptive_trial_leaves_its_mix_open(tmp_path: Path) -> None:
    asked = protocol(tmp_path, adaptive={"target": "pse", "trials": 7})
    trials = planned(asked).trials
    assert {trial.lambdas for trial in trials} == {GRID}
    assert Counter(map(classes, trials)) == dict.fromkeys(
        [("cat", "dog"), ("cat", "frog"), ("dog", "frog")], 7
    )


def test_curves_take_turns_in_a_new_order_each_round(tmp_path: Path) -> None:
    trials = planned(protocol(tmp_path, times=2)).trials
    rounds = [tuple(map(classes, trials[k : k + 3])) for k in range(0, len(trials), 3)]
    assert all(len(set(each)) == 3 for each in rounds)
    assert len(set(rounds)) > 1


def test_a_curve_of_two_classes_shows_all_its_pairs_equally_often(tmp_path: Path) -> None:
    asked = protocol(tmp_path, times=2, per_combination=4, batch_size=12)
    trials = planned(asked).trials
    for pair in {classes(trial) for trial in trials}:
        its = [images(trial) for trial in trials if classes(trial) == pair]
        assert len(set(its[:4])) == 4
        assert set(Counter(its).values()) <= {5, 6}


def test_a_curve_of_two_images_shows_only_these(tmp_path: Path) -> None:
    asked = protocol(tmp_path, curve_for="image_pair", per_combination=2, batch_size=3)
    plan = planned(asked)
    assert plan.blocks[0].batches == 2
    assert set(Counter(map(images, plan.trials)).values()) == {len(GRID)}
    assert len(set(map(images, plan.trials))) == 3


def test_all_pairs_of_two_classes_are_in_the_same_batch(tmp_path: Path) -> None:
    asked = protocol(
        tmp_path, classes=["cat", "dog", "frog", "deer"], per_combination=3, batch_size=7
    )
    batches = design.StimulusSets(asked, SOURCE).batches(0)
    assert [len(batch) for batch in batches] == [6, 6, 6]
    where = Counter((item.class_i, item.class_j) for batch in batches for item in batch)
    assert set(where.values()) == {3}
    assert sum(len({(item.class_i, item.class_j) for item in batch}) for batch in batches) == 6


def test_the_sides_are_mirrored_between_participants(tmp_path: Path) -> None:
    asked = protocol(tmp_path)
    sides = [{trial.mirrored for trial in planned(asked, f"P{k}", k).trials} for k in range(2)]
    assert sides == [{False}, {True}]
    first = planned(asked).trials[0]
    assert first.prompt == f"How much {first.left}, how much {first.right}?"


def test_practice_shows_other_images_at_mixes_that_are_easy_to_name(tmp_path: Path) -> None:
    how = {"target": "pse", "trials": 4}
    asked = protocol(tmp_path, adaptive=how, batch_size=1, practice=20)
    trials = planned(asked).trials
    practised = [trial for trial in trials if trial.practice]
    assert [trial.practice for trial in trials] == [True] * 20 + [False] * 4
    mixes = {mix for trial in practised for mix in trial.lambdas}
    assert len(mixes) > 1
    assert all(round(abs(mix - 0.5), 9) >= 0.2 for mix in mixes)
    assert {trial.pair for trial in practised}.isdisjoint(trial.pair for trial in trials[20:])


def test_a_study_of_two_classes_practises_with_its_own_pairs(tmp_path: Path) -> None:
    asked = protocol(tmp_path, classes=["cat", "dog"], batch_size=1, practice=1)
    trials = planned(asked).trials
    assert [trial.practice for trial in trials] == [True] + [False] * len(GRID)
    assert {classes(trial) for trial in trials} == {("cat", "dog")}


def test_an_outlook_counts_trials_and_not_pairs(tmp_path: Path) -> None:
    (block_outlook,) = workload.estimate_workload(
        design.StimulusSets(protocol(tmp_path, times=2), SOURCE)
    )
    assert (block_outlook.fewest, block_outlook.most) == (66, 66)
    assert block_outlook.conditions == 2


@pytest.mark.parametrize("participant", ["P01", "P02"])
def test_the_demonstration_asks_fifty_times_about_each_of_three_pairs(participant: str) -> None:
    planned_trials = planned(load(PROTOCOLS / "discriminate.yaml"), participant).trials
    assert [trial.practice for trial in planned_trials] == [True] * 2 + [False] * 150
    trials = planned_trials[2:]
    assert Counter(Counter(map(classes, trials)).values()) == {50: 3}
    assert Counter(Counter(map(images, trials)).values()) == {10: 15}
