"""The simulated participant: it answers through keys, close to what is shown."""

from statistics import fmean

import pytest

from elicit.observers import observer
from elicit.observers.autopilot import KEY_S, SPREAD
from elicit.trial import Trial
from tests.elicit.helpers.factories import as_number, construct_trial, infer_trial, select_trial
from tests.elicit.helpers.observed_trials import answer, answer_in_time


def test_the_same_seed_gives_the_same_answers() -> None:
    trials = [construct_trial(), select_trial(), infer_trial()] * 5
    one, two = observer("autopilot", [3]), observer("autopilot", [3])
    assert [answer(one, trial) for trial in trials] == [answer(two, trial) for trial in trials]


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("lambda_f", [0.1, 0.25, 0.5, 0.75, 0.9])
def test_the_autopilot_infers_about_what_is_shown(lambda_f: float, mirrored: bool) -> None:
    pilot = observer("autopilot", [5])
    trials = [infer_trial(number=k, lambdas=(lambda_f,), mirrored=mirrored) for k in range(50)]
    responses = [answer(pilot, trial) for trial in trials]
    assert fmean(as_number(each) for each in responses) == pytest.approx(lambda_f, abs=SPREAD / 2)
    assert all(each.omega is not None and each.omega >= 0.5 for each in responses)
    assert all(each.position_touched and each.confidence_touched for each in responses)


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("start", [1, 9])
def test_the_autopilot_finds_the_middle_by_stepping(start: int, mirrored: bool) -> None:
    pilot = observer("autopilot", [5])
    trials = [construct_trial(start=start, number=k, mirrored=mirrored) for k in range(50)]
    chosen = [answer(pilot, trial).lambda_f for trial in trials]
    assert fmean(chosen) == pytest.approx(0.5, abs=SPREAD / 2)


def test_the_autopilot_finds_the_middle_among_shuffled_mixes() -> None:
    pilot = observer("autopilot", [5])
    chosen = [answer(pilot, select_trial(number=k)).lambda_f for k in range(50)]
    assert fmean(chosen) == pytest.approx(0.5, abs=SPREAD / 2)


@pytest.mark.parametrize("trial", [construct_trial(), select_trial(), infer_trial()])
def test_the_autopilot_takes_a_quarter_of_a_second_a_key(trial: Trial) -> None:
    _, seconds, keys = answer_in_time(observer("autopilot", [5]), trial)
    assert seconds == pytest.approx(KEY_S * len(keys))
