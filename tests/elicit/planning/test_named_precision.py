"""How well studies of which-class answers know their PSEs: those of the truth."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from elicit.planning.named_precision import NamedPseStudy
from elicit.planning.pool import ParticipantPool
from elicit.psychometric.population import estimate_population
from tests.elicit.planning.test_pool import open_pool
from tests.elicit.planning.test_pse_precision import FINE, asking

TRUTH: dict[str, Any] = {"pse": 0.25, "slope": 8.0, "pse_sd": 0.08, "lapse_rate": 0.02}


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> ParticipantPool:
    """Return 72 participants of a study about one class pair."""
    adaptive = {"target": "pse_and_slope", "trials": 24}
    folder = tmp_path_factory.mktemp("asked")
    asked = asking(folder, "discriminate", batch_size=8, lambda_grid=FINE, adaptive=adaptive)
    its = open_pool(asked, "psychometric", **TRUTH)
    its.grow(72)
    return its


@pytest.fixture(scope="module")
def named(pool: ParticipantPool) -> NamedPseStudy:
    """Return their answers."""
    return NamedPseStudy.of(pool.blocks[0], 0, pool.sessions, "pair")


def test_the_limit_that_errors_are_from_is_the_truth(named: NamedPseStudy) -> None:
    found = named.estimate(np.arange(72)[None, :])
    pse, sd = float(found.pse[0, 0]), float(found.pse_sd[0, 0])
    assert sd < 0.018
    assert pse == pytest.approx(TRUTH["pse"], abs=2 * sd)  # own estimates: .295


def test_studies_are_estimated_as_learn_estimates_them(
    pool: ParticipantPool, named: NamedPseStudy
) -> None:
    order = np.arange(36).reshape(3, 12)
    found = named.estimate(order)
    for people, pse, sd in zip(order, found.pse[:, 0], found.pse_sd[:, 0], strict=True):
        said = [pool.sessions[k].answers[0] for k in people]
        person = np.repeat(people, [len(each.lambda_f) for each in said])
        shown, said_i = (
            np.concatenate([getattr(each, name) for each in said])
            for name in ("lambda_f", "lambda_g")
        )
        assert pse == pytest.approx(estimate_population(shown, said_i, person).pse, abs=0.25 * sd)


def test_a_pair_that_nobody_of_a_study_judged_has_no_pse(tmp_path: Path) -> None:
    adaptive = {"target": "pse", "trials": 4}
    asked = asking(tmp_path, "discriminate", classes=["cat", "dog", "frog"], per_combination=1,
                   batch_size=1, adaptive=adaptive)  # fmt: skip
    its = open_pool(asked, "psychometric")
    its.grow(6)
    named = NamedPseStudy.of(its.blocks[0], 0, its.sessions, "pair")
    pses = named.estimate(np.array([[0], [1]])).pse
    assert np.isfinite(pses).sum(axis=1).tolist() == [1, 1]
    (mean,) = replace(named, together=True).points(np.array([[0], [1]]), [1], 0.05)
    assert mean.pairs == 1
    assert np.isfinite(mean.error_worst)  # of the pairs that were judged
