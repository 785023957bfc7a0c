"""How often studies find that a label policy beats mixup."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.stats

from elicit.planning.blocks import conditions
from elicit.planning.pool import ParticipantPool, SimulatedSession
from elicit.planning.power import PowerPoint, PowerStudy, beats_mixup, wilson_interval
from elicit.planning.resampling import draw_orders
from elicit.protocol.study_protocol import StudyProtocol
from elicit.psychometric import Codes
from learn.policies.fit import fit_global, fit_per_pair
from learn.study.judgements import JudgementArrays
from tests.elicit.helpers.factories import block, load_protocol, study
from tests.elicit.planning.test_pool import open_pool

MIXES = [0.1, 0.25, 0.5, 0.75, 0.9]


def asking(folder: Path) -> StudyProtocol:
    """Return a study of three class pairs, ten images of each."""
    infer = block("infer", per_combination=10, batch_size=15, lambdas=MIXES)
    return load_protocol(folder, study(infer))


def pool_of(its: ParticipantPool, participants: int) -> list[SimulatedSession]:
    return [its.simulate(place) for place in range(participants)]


def everybody(its: ParticipantPool, sessions: list[SimulatedSession]) -> JudgementArrays:
    """Return the answers of a study, as `learn` takes them."""
    said = [session.answers[0] for session in sessions]
    person = np.repeat(np.arange(len(said)), [len(each.lambda_f) for each in said])
    image = np.concatenate([each.image_pair for each in said])
    lambda_f, lambda_g = (
        np.concatenate([getattr(each, name) for each in said]) for name in ("lambda_f", "lambda_g")
    )
    pair = its.blocks[0].class_pair[image]
    return JudgementArrays(
        classes=("cat", "dog", "frog"),
        lambda_f=lambda_f,
        lambda_g=lambda_g,
        pair=pair,
        image_i=image,
        image_j=image,
        participant=person,
        people=tuple(str(each) for each in range(person.max() + 1)),
        rows=np.arange(len(person)),
    )


def point(
    its: ParticipantPool, pool: list[SimulatedSession], n: int, policy: str = "per_pair"
) -> PowerPoint:
    rng = np.random.default_rng(1)
    order = draw_orders(conditions(its.blocks[0], len(pool)), n, 300, rng)
    return PowerStudy.of(its.blocks[0], 0, pool).points(order, [n], 0.9, policy, rng)[0]


def test_policies_are_those_that_learn_fits_to_the_same_participants(tmp_path: Path) -> None:
    its = open_pool(asking(tmp_path), "hmix")
    pool = pool_of(its, 20)
    order: Codes = np.arange(20)[None, :]
    fold = order % 5
    fits = PowerStudy.of(its.blocks[0], 0, pool).policies(order, fold, 5)
    for number in range(5):
        observed = everybody(its, [pool[k] for k in range(20) if k % 5 != number])
        for name, learns in (("per_pair", fit_per_pair), ("global", fit_global)):
            policy = learns(observed)
            i, j = observed.pairs.T
            expected = [policy.lambda_g(np.full(3, x), i, j) for x in MIXES]
            off = fits[name][0, number].T - np.array(expected)
            assert np.abs(off).max() < 1e-3


def test_a_gain_is_the_mean_square_error_that_mixup_has_more(tmp_path: Path) -> None:
    its = open_pool(asking(tmp_path), "hmix")
    pool = pool_of(its, 20)
    order: Codes = np.arange(20)[None, :]
    fold = order % 5
    its_study = PowerStudy.of(its.blocks[0], 0, pool)
    fits = its_study.policies(order, fold, 5)["per_pair"]
    gains = its_study.gains(order, fold, fits)[0]
    for person, session in enumerate(pool):
        said = session.answers[0]
        pair = its.blocks[0].class_pair[said.image_pair]
        seen = fits[0, person % 5][pair, np.searchsorted(MIXES, said.lambda_f)]
        squares = (said.lambda_f - said.lambda_g) ** 2 - (seen - said.lambda_g) ** 2
        assert gains[person] == pytest.approx(squares.mean())


def test_the_test_is_scipys_paired_t_test_in_favour_of_the_policy() -> None:
    gains = np.random.default_rng(2).normal(0.3, 1.0, (200, 40))
    told = scipy.stats.ttest_1samp(gains, 0.0, axis=1)
    assert (beats_mixup(gains) == ((told.pvalue < 0.05) & (told.statistic > 0))).all()


def test_who_answered_nothing_does_not_count_in_the_test() -> None:
    gains = np.random.default_rng(2).normal(0.5, 1.0, (50, 20))
    more = np.concatenate([gains, np.full((50, 5), np.nan)], axis=1)
    assert (beats_mixup(more) == beats_mixup(gains)).all()


def test_one_participant_or_none_proves_nothing() -> None:
    assert not beats_mixup(np.array([[1.0, np.nan], [np.nan, np.nan]])).any()


def test_wilsons_interval_is_scipys() -> None:
    for times in (0, 17, 300):
        told = scipy.stats.binomtest(times, 300).proportion_ci(method="wilson")
        assert wilson_interval(times, 300) == pytest.approx((told.low, told.high), abs=1e-9)


def test_nothing_beats_mixup_where_people_see_what_is_there(tmp_path: Path) -> None:
    its = open_pool(asking(tmp_path), "ideal")
    found = point(its, pool_of(its, 80), 40)
    assert (found.per_pair, found.common, found.reached) == (0.0, 0.0, False)


def test_a_few_participants_show_that_everybody_sees_a_step(tmp_path: Path) -> None:
    its = open_pool(asking(tmp_path), "psychometric", slope=20.0)
    found = point(its, pool_of(its, 160), 10)
    assert found.per_pair > 0.95
    assert found.reached


def test_power_in_drawn_studies_is_that_of_fresh_ones(tmp_path: Path) -> None:
    asked = asking(tmp_path)
    settings: dict[str, Any] = {"slope": 10.0, "noise": 0.4, "lapse_rate": 0.1, "pse": 0.45}
    its = open_pool(asked, "psychometric", **settings)
    drawn = point(its, pool_of(its, 320), 8, "global")
    beats = []
    for seed in range(2, 122):
        people = pool_of(open_pool(asked, "psychometric", seed, **settings), 8)
        order: Codes = np.arange(8)[None, :]
        fold = np.random.default_rng(seed).permutation(8)[None, :] % 5
        one = PowerStudy.of(its.blocks[0], 0, people)
        beats.append(beats_mixup(one.gains(order, fold, one.policies(order, fold, 5)["global"]))[0])
    assert 0.2 < drawn.common < 0.98  # so that there is something to agree about
    assert drawn.common == pytest.approx(np.mean(beats), abs=0.12)
