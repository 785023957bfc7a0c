"""How well studies know their PSEs."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from elicit.planning.blocks import conditions
from elicit.planning.pool import ParticipantPool, SimulatedSession
from elicit.planning.pse_precision import PsePoint, PseStudy
from elicit.planning.resampling import draw_orders
from elicit.planning.targets import list_questions, parse_target
from elicit.protocol.study_protocol import StudyProtocol
from learn.policies.fit import fit_per_pair
from learn.study.judgements import JudgementArrays
from tests.elicit.helpers.factories import block, load_protocol, study
from tests.elicit.planning.test_pool import open_pool

FINE = [k / 40 for k in range(41)]
MIXES = [0.1, 0.25, 0.5, 0.75, 0.9]


def asking(folder: Path, paradigm: str, **changes: Any) -> StudyProtocol:
    """Return a study of one class pair: four images, or four pairs of images, a participant."""
    settings: dict[str, Any] = {"classes": ["cat", "dog"], "per_combination": 8, "batch_size": 4}
    settings |= changes
    return load_protocol(folder, study(block(paradigm, **settings)))


def pool_of(its: ParticipantPool, participants: int) -> list[SimulatedSession]:
    return [its.simulate(place) for place in range(participants)]


def point(
    its: ParticipantPool, pool: list[SimulatedSession], n: int, per: str = "pair"
) -> PsePoint:
    """Return how well a study of n participants of a pool knows its PSEs."""
    order = draw_orders(conditions(its.blocks[0], len(pool)), n, 1000, np.random.default_rng(1))
    return PseStudy.of(its.blocks[0], 0, pool, per).points(order, [n], 0.05)[0]


def everybody(sessions: list[SimulatedSession]) -> JudgementArrays:
    """Return the answers of a study about one class pair, as `learn` takes them."""
    said = [session.answers[0] for session in sessions]
    person = np.repeat(np.arange(len(said)), [len(each.lambda_f) for each in said])
    image = np.concatenate([each.image_pair for each in said])
    lambda_f, lambda_g = (
        np.concatenate([getattr(each, name) for each in said]) for name in ("lambda_f", "lambda_g")
    )
    return JudgementArrays(
        classes=("cat", "dog"),
        lambda_f=lambda_f,
        lambda_g=lambda_g,
        pair=np.zeros_like(image),
        image_i=image,
        image_j=image,
        participant=person,
        people=tuple(str(each) for each in range(person.max() + 1)),
        rows=np.arange(len(person)),
    )


def pse_of(sessions: list[SimulatedSession]) -> float:
    """Return a class pair's PSE as `learn` finds it: 1/2 - shift / slope."""
    policy = fit_per_pair(everybody(sessions))
    return float(0.5 - policy.shift[0, 1] / policy.slope[0, 1])


@pytest.mark.parametrize("paradigm", ["construct", "select_shuffled"])
def test_the_error_of_a_found_middle_is_what_its_spread_says(tmp_path: Path, paradigm: str) -> None:
    its = open_pool(
        asking(tmp_path, paradigm, lambda_grid=FINE), "psychometric", slope=20.0, pse=0.45
    )
    spread = math.pi / math.sqrt(3) / 20  # of the logistic distribution of scale 1 / slope
    found = point(its, pool_of(its, 400), 12)
    assert found.error_worst == pytest.approx(1.96 * spread / math.sqrt(12 * 4), rel=0.12)


def test_the_mean_of_all_pairs_is_known_by_the_answers_to_all(tmp_path: Path) -> None:
    """Six answers of each, two about each of three class pairs; people do not differ."""
    asked = load_protocol(
        tmp_path, study(block("construct", lambda_grid=FINE, per_combination=2, batch_size=6))
    )
    its = open_pool(asked, "psychometric", slope=20.0, pse=0.45)
    spread = math.pi / math.sqrt(3) / 20  # of the logistic distribution of scale 1 / slope
    found = point(its, pool_of(its, 400), 12, "all")
    assert found.error_worst == pytest.approx(1.96 * spread / math.sqrt(12 * 6), rel=0.12)
    assert (found.worst, found.pairs) == ("all", 1)


def test_drawn_studies_err_as_fresh_ones_that_learn_analyses(tmp_path: Path) -> None:
    asked = asking(tmp_path, "infer", lambdas=MIXES)
    settings: dict[str, Any] = {"pse": 0.4, "slope": 6.0, "noise": 0.3, "pse_sd": 0.15}
    its = open_pool(asked, "psychometric", **settings)
    n, pool = 6, pool_of(its, 320)
    fresh = [pse_of(pool_of(open_pool(asked, "psychometric", seed, **settings), n))
             for seed in range(2, 202)]  # fmt: skip
    error = float(np.quantile(np.abs(np.array(fresh) - pse_of(pool)), 0.95))
    assert point(its, pool, n).error_worst == pytest.approx(error, rel=0.2)


def test_four_times_as_many_participants_halve_an_error(tmp_path: Path) -> None:
    its = open_pool(asking(tmp_path, "construct", lambda_grid=FINE), "psychometric", slope=20.0)
    pool = pool_of(its, 400)
    few, many = (point(its, pool, n).error_worst for n in (8, 32))
    assert few / many == pytest.approx(2.0, rel=0.1)


def test_a_pair_that_few_studies_ask_about_has_no_error_and_is_the_worst(tmp_path: Path) -> None:
    asked = load_protocol(tmp_path, study(block("construct", batch_size=1)))
    its = open_pool(asked, "psychometric")
    found = point(its, pool_of(its, 96), 2)  # two of three pairs
    assert math.isinf(found.error_worst)
    assert found.worst in {"cat-dog", "cat-frog", "dog-frog"}
    assert (found.reached, found.pairs) == (False, 3)


def test_an_ideal_observers_middle_is_known_at_once(tmp_path: Path) -> None:
    its = open_pool(asking(tmp_path, "construct"), "ideal")
    found = point(its, pool_of(its, 64), 2)
    assert found.error_worst == 0
    assert (found.reached, found.known) == (True, 1)


def test_each_pair_of_images_may_have_a_pse_of_its_own(tmp_path: Path) -> None:
    its = open_pool(asking(tmp_path, "construct", batch_size=8), "psychometric", slope=20.0)
    pool = pool_of(its, 320)
    pair, image = (point(its, pool, 16, per) for per in ("pair", "image"))
    assert (pair.pairs, image.pairs) == (1, 8)
    assert image.error_median == pytest.approx(pair.error_median * math.sqrt(8), rel=0.2)
    assert image.worst.startswith("cat-dog ")


def test_a_mean_confidence_is_known_as_its_spread_between_people_says(tmp_path: Path) -> None:
    asked = asking(tmp_path, "infer", lambdas=[0.5])
    settings: dict[str, Any] = {"slope": 5.0, "confidence": (0.5, 0.5), "confidence_noise": 0.1}
    its = open_pool(asked, "psychometric", **settings)
    pool = pool_of(its, 240)
    order = draw_orders(conditions(its.blocks[0], 240), 12, 600, np.random.default_rng(1))
    study = PseStudy.of(its.blocks[0], 0, pool, "pair", of_omega=True)
    (found,) = study.points(order, [12], 0.05)
    assert found.error_worst == pytest.approx(1.96 * 0.1 / math.sqrt(12 * 4), rel=0.2)


def test_confidence_is_planned_where_it_is_asked(tmp_path: Path) -> None:
    infer = block("infer", classes=["cat", "dog"])
    its = open_pool(load_protocol(tmp_path, study(infer, block("construct"))))
    found, left_out = list_questions(
        [parse_target("omega=0.05")], its.blocks, "pair", "per_pair", None, "pilot"
    )
    assert [each.file_name for each in found] == ["infer_omega_per_pair"]
    assert "construct does not ask for confidence; use an infer block" in left_out[0]
