"""The observers fitted to H-Mix answer as the paper's people did, each in their own way."""

from dataclasses import replace
from functools import cache
from statistics import fmean, median, pstdev
from typing import Any

import numpy as np
import pytest

from elicit.errors import ElicitError
from elicit.observers import observer
from elicit.observers.hmix import interpolate
from elicit.observers.hmix_parameters import ParameterTable, load_parameters
from elicit.paradigms import PARADIGMS
from elicit.trial import Response, Trial
from stimuli.mixing import Pair
from tests.benchmarks.figures_of_people import spread_of_pairs
from tests.elicit.helpers.factories import GRID, as_number
from tests.elicit.helpers.observed_trials import TRIALS, answer, answer_in_time

PEOPLE, EACH = 80, 30
CLASSES = load_parameters().classes
PAIRS = [(a, b) for k, a in enumerate(CLASSES) for b in CLASSES[k + 1 :]]


def trials(paradigm: str, person: int, **changes: Any) -> list[Trial]:
    """Return some trials about as many image pairs, others for every tenth person."""
    made = []
    for k in range(EACH):
        n = 1000 * (person % 10) + k
        class_i, class_j = PAIRS[(7 * n) % len(PAIRS)]
        pair = Pair(2 * n, 2 * n + 1, class_i, class_j)
        made.append(replace(TRIALS[paradigm](number=k, total=EACH, pair=pair), **changes))
    return made


@cache
def answered(paradigm: str, lambda_f: float | None = None) -> list[list[tuple[Response, float]]]:
    """Return everybody's answers and times."""
    shown = {} if lambda_f is None else {"lambdas": (lambda_f,)}
    found = []
    for person in range(PEOPLE):
        one = observer("hmix", [person])
        each = [answer_in_time(one, trial) for trial in trials(paradigm, person, **shown)]
        found.append([(response, seconds) for response, seconds, _ in each])
    return found


def every(paradigm: str, lambda_f: float | None = None) -> list[Response]:
    return [response for each in answered(paradigm, lambda_f) for response, _ in each]


# What the paper's people did: shares of all answers without repeats.
@pytest.mark.parametrize(
    ("paradigm", "shares", "within"),
    [
        ("construct", {0.4: 0.196, 0.5: 0.369, 0.6: 0.237}, 0.04),
        ("select_shuffled", {0.4: 0.195, 0.5: 0.301, 0.6: 0.261}, 0.04),
    ],
)
def test_mixes_are_called_5050_as_often_as_in_the_paper(
    paradigm: str, shares: dict[float, float], within: float
) -> None:
    chosen = [each.lambda_f for each in every(paradigm)]
    for lambda_f, share in shares.items():
        assert fmean(each == lambda_f for each in chosen) == pytest.approx(share, abs=within)
    assert 0.49 < fmean(chosen) < 0.54


@pytest.mark.parametrize(
    ("lambda_f", "lambda_g", "omega"),
    [
        (0.1, 0.138, 0.79),
        (0.25, 0.205, 0.72),
        (0.5, 0.478, 0.63),
        (0.75, 0.754, 0.72),
        (0.9, 0.829, 0.78),
    ],
)
def test_coefficients_are_inferred_as_in_the_paper(
    lambda_f: float, lambda_g: float, omega: float
) -> None:
    responses = every("infer", lambda_f)
    assert fmean(as_number(each) for each in responses) == pytest.approx(lambda_g, abs=0.03)
    assert fmean(each.omega or 0.0 for each in responses) == pytest.approx(omega, abs=0.06)


@pytest.mark.parametrize(
    ("paradigm", "seconds"), [("construct", 9.2), ("select_shuffled", 11.0), ("infer", 8.4)]
)
def test_answers_take_as_long_as_in_the_paper(paradigm: str, seconds: float) -> None:
    times = [rt_s for each in answered(paradigm) for _, rt_s in each]
    assert median(times) == pytest.approx(seconds, rel=0.25)


def test_people_use_0_and_50_and_100_and_differ_in_how_much() -> None:
    by_person = [[response for response, _ in each] for each in answered("infer", 0.5)]
    for place, least in ((0, 0.02), (50, 0.15), (100, 0.02)):
        shares = [fmean(each.position == place for each in own) for own in by_person]
        assert fmean(shares) > least
        assert pstdev(shares) > 0.04
    levels = [fmean(each.omega or 0.0 for each in own) for own in by_person]
    assert 0.08 < pstdev(levels) < 0.2


def test_the_spread_of_class_pairs_is_that_of_their_pses() -> None:
    x = np.tile([0.1, 0.25, 0.5, 0.75, 0.9], 3)
    pair = np.repeat([0, 1, 2], 5)
    pses = np.array([0.4, 0.5, 0.6])
    seen = 1 / (1 + np.exp(-5 * (x - pses[pair])))
    assert spread_of_pairs(pair, x, seen) == pytest.approx(0.1, abs=1e-4)
    assert spread_of_pairs(np.array([0, 1, 2]), np.zeros(3), pses) == pytest.approx(0.1)


def test_the_same_image_is_seen_alike_on_another_day_but_not_quite() -> None:
    first, second = observer("hmix", [1]), observer("hmix", [1], session=2)
    shown = [trial for person in range(10) for trial in trials("infer", person)]
    pairs = [(as_number(answer(first, each)), as_number(answer(second, each))) for each in shown]
    one, other = zip(*pairs, strict=True)
    r = (fmean(a * b for a, b in pairs) - fmean(one) * fmean(other)) / (pstdev(one) * pstdev(other))
    assert 0.4 < r < 0.95
    assert one != other


def test_other_worlds_have_other_images_and_the_same_people() -> None:
    shown = trials("infer", 0)
    here = [answer(observer("hmix", [1]), each).lambda_g for each in shown]
    there = [answer(observer("hmix", [1], {"world": 1}), each).lambda_g for each in shown]
    assert here != there


def test_class_i_is_named_more_often_the_more_of_it_there_is() -> None:
    shares = [fmean(as_number(each) for each in every("discriminate", x)) for x in (0.1, 0.5, 0.9)]
    assert shares[0] < 0.15
    assert 0.4 < shares[1] < 0.6
    assert shares[2] > 0.85


@pytest.mark.parametrize("paradigm", PARADIGMS)
def test_any_mix_can_be_answered(paradigm: str) -> None:
    one = observer("hmix", [1])
    for lambdas in ((0.0,), (1.0,), (0.33,)):
        index = 0 if paradigm == "construct" else None
        response = answer(one, replace(TRIALS[paradigm](), lambdas=lambdas, start=index))
        assert response.lambda_f in lambdas


def test_the_middle_of_a_fine_grid_is_found_between_the_steps_of_a_coarse_one() -> None:
    fine = tuple(k / 100 for k in range(101))
    chosen = [
        answer(observer("hmix", [k]), replace(TRIALS["construct"](), lambdas=fine)).lambda_f
        for k in range(100)
    ]
    assert len(set(chosen)) > 15


def test_classes_may_come_in_either_order() -> None:
    one = observer("hmix", [1])
    turned = replace(TRIALS["construct"](), pair=Pair(5, 3, "dog", "cat"))
    assert answer(one, turned).lambda_f in GRID


def test_classes_that_nobody_saw_are_told() -> None:
    strange = replace(TRIALS["infer"](), pair=Pair(1, 2, "cat", "teapot"))
    with pytest.raises(ElicitError, match=r"^observer hmix: nobody in H-Mix saw cat with teapot"):
        answer(observer("hmix", [1]), strange)


def test_a_world_that_cannot_be_is_told() -> None:
    with pytest.raises(ElicitError, match=r"^observer hmix: world.*got -1"):
        observer("hmix", [1], {"world": -1})


def test_a_table_goes_through_its_edges_and_between_them() -> None:
    table = ParameterTable(
        edges=(0.0, 0.5, 1.0), at=(0.0, 1.0), z=((-2.0, 0.0, 2.0), (0.0, 2.0, 2.0))
    )
    assert [table(z) for z in (-9, -2, -1, 0, 1, 2, 9)] == [0, 0, 0.25, 0.5, 0.75, 1, 1]
    assert [table(z, 0.5) for z in (-9, -1, 0, 1, 1.5, 9)] == [0, 0, 0.25, 0.5, 0.75, 1]
    assert [table(z, 7.0) for z in (-1, 1, 3)] == [0, 0.25, 1]


def test_every_table_of_the_fit_only_rises() -> None:
    model = load_parameters()
    levels = [*model.rt_s.values(), model.confidence]
    for table in [*(each.table for each in model.answers.values()), *(x.table for x in levels)]:
        assert list(table.edges) == sorted(table.edges)
        assert list(table.at) == sorted(table.at)
        for row in table.z:
            assert list(row) == sorted(row)
            assert len(row) == len(table.edges)


def test_lines_are_drawn_through_points_and_on() -> None:
    points = (0.0, 1.0, 2.0), (0.0, 10.0, 0.0)
    assert [interpolate(x, *points) for x in (-1, 0, 0.5, 1, 1.5, 3)] == [-10, 0, 5, 10, 5, -10]
