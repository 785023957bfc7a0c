"""A psychometric observer's answers follow the curve it was given, in every paradigm."""

import math
from statistics import fmean, median, pstdev
from typing import Any

import pytest

from elicit.observers import observer
from elicit.observers.psychometric import logistic
from elicit.trial import Trial
from stimuli.mixing import Pair
from tests.elicit.helpers.factories import GRID, as_number, infer_trial
from tests.elicit.helpers.observed_trials import TRIALS, answer, answer_in_time

FINE = tuple(k / 100 for k in range(101))
N = 1500


def answers(trials: list[Trial], **settings: Any) -> list[Any]:
    one = observer("psychometric", [11], settings)
    return [answer(one, trial) for trial in trials]


def many(paradigm: str, n: int = N, **changes: Any) -> list[Trial]:
    return [TRIALS[paradigm](number=k, **changes) for k in range(n)]


@pytest.mark.parametrize("lambda_f", [0.2, 0.4, 0.6])
@pytest.mark.parametrize("mirrored", [False, True])
def test_class_i_is_named_as_often_as_the_curve_says(lambda_f: float, mirrored: bool) -> None:
    found = answers(
        many("discriminate", lambdas=(lambda_f,), mirrored=mirrored),
        pse=0.45, slope=8.0, lapse_rate=0.1,
    )  # fmt: skip
    expected = 0.05 + 0.9 * logistic(8.0 * (lambda_f - 0.45))
    error = 4 * math.sqrt(expected * (1 - expected) / N)
    assert fmean(as_number(each) for each in found) == pytest.approx(expected, abs=error)


@pytest.mark.parametrize("paradigm", ["construct", "select_shuffled"])
def test_the_point_called_5050_is_spread_about_the_pse_as_the_curve_says(paradigm: str) -> None:
    changes: dict[str, Any] = {
        "lambdas": FINE,
        **({"start": 50} if paradigm == "construct" else {}),
    }
    chosen = [each.lambda_f for each in answers(many(paradigm, **changes), pse=0.45, slope=15.0)]
    spread = math.pi / math.sqrt(3) / 15
    assert fmean(chosen) == pytest.approx(0.45, abs=4 * spread / math.sqrt(N))
    assert pstdev(chosen) == pytest.approx(spread, rel=0.1)
    below = fmean(each < 0.395 for each in chosen)
    assert below == pytest.approx(logistic(15 * (0.395 - 0.45)), abs=0.05)


@pytest.mark.parametrize("lambda_f", [0.02, 0.3, 0.5, 0.9])
def test_inferred_coefficients_have_the_curve_as_their_mean(lambda_f: float) -> None:
    found = answers(
        many("infer", lambdas=(lambda_f,)), pse=0.55, slope=6.0, noise=0.1, lapse_rate=0.2
    )
    expected = 0.1 + 0.8 * logistic(6.0 * (lambda_f - 0.55))
    assert fmean(as_number(each) for each in found) == pytest.approx(expected, abs=0.03)


def test_a_bias_to_the_right_is_one_to_whichever_class_is_there() -> None:
    for mirrored, sign in ((True, 1), (False, -1)):
        found = answers(many("discriminate", lambdas=(0.5,), mirrored=mirrored), side_bias=1.0)
        assert fmean(as_number(each) for each in found) == pytest.approx(
            logistic(sign * 1.0), abs=0.05
        )
        stops = answers(many("construct", mirrored=mirrored), side_bias=1.0, slope=10.0)
        assert fmean(each.lambda_f for each in stops) == pytest.approx(0.5 - sign * 0.1, abs=0.03)


def test_a_class_pair_may_have_a_curve_of_its_own_in_either_order() -> None:
    cats = [infer_trial(number=k, lambdas=(0.5,)) for k in range(200)]
    frogs = [
        infer_trial(number=k, lambdas=(0.5,), pair=Pair(1, 2, "deer", "frog")) for k in range(200)
    ]

    def seen(trials: list[Trial], pse: dict[str, float]) -> float:
        return fmean(as_number(each) for each in answers(trials, pse=pse, noise=0.0))

    assert seen(cats, {"cat-dog": 0.4, "default": 0.5}) == pytest.approx(logistic(1.0), abs=0.006)
    assert seen(cats, {"dog-cat": 0.4}) == pytest.approx(logistic(-1.0), abs=0.006)
    assert seen(frogs, {"dog-cat": 0.4, "default": 0.6}) == pytest.approx(logistic(-1), abs=0.006)
    assert seen(frogs, {"cat-dog": 0.4}) == pytest.approx(0.5, abs=0.006)


def test_confidence_grows_with_the_distance_from_the_pse() -> None:
    for lambda_f, expected in ((0.5, 0.3), (1.0, 0.9)):
        found = answers(
            many("infer", n=200, lambdas=(lambda_f,)), confidence=(0.3, 0.9), slope=50.0
        )
        omega = [each.omega for each in found]
        assert fmean(omega) == pytest.approx(expected, abs=0.02)
        assert pstdev(omega) == pytest.approx(0.05, abs=0.01)


def test_response_times_have_the_median_that_was_set() -> None:
    one = observer("psychometric", [5], {"rt_s": 4.0, "rt_spread": 0.5})
    times = [answer_in_time(one, trial)[1] for trial in many("construct")]
    assert median(times) == pytest.approx(4.0, rel=0.08)
    assert pstdev([math.log(each) for each in times]) == pytest.approx(0.5, rel=0.1)


def test_participants_differ_as_much_as_was_set() -> None:
    settings = {"pse_sd": 0.1, "noise": 0.0, "slope": 10.0}
    trial = infer_trial(lambdas=(0.5,))
    people = [observer("psychometric", [k], settings) for k in range(400)]
    seen = [as_number(answer(each, trial)) for each in people]
    pses = [0.5 - math.log(each / (1 - each)) / 10 for each in seen]
    assert fmean(pses) == pytest.approx(0.5, abs=0.02)
    assert pstdev(pses) == pytest.approx(0.1, rel=0.15)


def test_the_ideal_observer_sees_what_is_there() -> None:
    ideal = observer("ideal", [1])
    for lambda_f in GRID:
        response = answer(ideal, TRIALS["infer"](lambdas=(lambda_f,), mirrored=True))
        assert (response.lambda_g, response.omega) == (lambda_f, 1.0)
        if lambda_f != 0.5:
            named = answer(ideal, TRIALS["discriminate"](lambdas=(lambda_f,)))
            assert named.chose_i == (lambda_f > 0.5)
    assert answer(ideal, TRIALS["construct"]()).lambda_f == 0.5
    assert answer(ideal, TRIALS["select_shuffled"]()).lambda_f == 0.5


def test_the_ideal_observer_tosses_a_coin_at_one_half() -> None:
    ideal = observer("ideal", [1])
    named = [as_number(answer(ideal, each)) for each in many("discriminate", lambdas=(0.5,))]
    assert fmean(named) == pytest.approx(0.5, abs=4 * 0.5 / math.sqrt(N))


def test_the_logistic_function_takes_any_evidence() -> None:
    assert logistic(1e6) == 1.0
    assert logistic(-1e6) == 0.0
    assert logistic(0.0) == 0.5
