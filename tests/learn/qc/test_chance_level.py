"""Who names classes as a coin would, and who follows what is shown, however trials were chosen."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from elicit.protocol.study_protocol import load
from elicit.psychometric.function import Prior
from learn.qc import check as qc
from learn.qc import criteria as qc_criteria
from learn.qc.chance_level import evidence_of_a_curve
from learn.qc.scores import WHO, score_participants
from learn.study.table import read_study
from tests.elicit.helpers.factories import PROTOCOLS, block, load_protocol, study
from tests.helpers.simulated_studies import cohort, simulate_study
from tests.learn.helpers.handwritten_studies import row, table_of

MIXES = np.arange(1, 20) / 20


def named(
    said_i: Sequence[bool], mixes: Sequence[float], mirrored: bool | None = False, **other: Any
) -> pd.DataFrame:
    return table_of(
        *(
            row(3, 5, mix, float(said), paradigm="discriminate", mirrored=mirrored, **other)
            for mix, said in zip(mixes, said_i, strict=True)
        )
    )


def evidence(rows: pd.DataFrame) -> float:
    (found,) = evidence_of_a_curve(rows, WHO)
    return float(found)


def of_a_curve(pse: float, slope: float, trials: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    mixes = rng.choice(MIXES, trials)
    said = rng.random(trials) < 1 / (1 + np.exp(-slope * (mixes - pse)))
    return named(said.tolist(), mixes.tolist())


def of_a_coin(share: float, trials: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return named((rng.random(trials) < share).tolist(), rng.choice(MIXES, trials).tolist())


def test_answers_that_follow_the_mix_speak_for_a_curve_and_a_coin_s_against_it() -> None:
    assert evidence(of_a_curve(0.4, 12.0, 60)) > 10
    assert evidence(of_a_coin(0.5, 60)) < -4


def test_somebody_who_prefers_one_key_and_does_not_look_is_told_from_a_curve() -> None:
    assert np.mean([evidence(of_a_coin(0.75, 150, seed)) < -4.6 for seed in range(10)]) >= 0.9


def test_who_takes_one_key_for_the_other_speaks_against_a_rising_curve() -> None:
    rows = of_a_curve(0.5, 12.0, 60)
    assert evidence(rows.assign(chose_i=~rows["chose_i"])) < -15


def test_few_answers_say_little() -> None:
    assert abs(evidence(of_a_coin(0.5, 5))) < 3


@pytest.mark.parametrize("mirrored", [True, None])
def test_the_side_that_a_class_is_on_makes_no_difference_to_a_curve(mirrored: bool | None) -> None:
    rows = of_a_curve(0.4, 12.0, 40)
    turned = rows.assign(mirrored=pd.array([mirrored] * len(rows), dtype="boolean"))
    assert evidence(turned) == pytest.approx(evidence(rows))


def test_pairs_of_images_with_pses_far_apart_are_no_coin() -> None:
    mixes = MIXES.tolist()
    early, late = (named([x > pse for x in mixes], mixes) for pse in (0.2, 0.8))
    both = pd.concat([early, late.assign(image_j=15)], ignore_index=True)
    one_pair = pd.concat([early, late], ignore_index=True)
    assert evidence(both) > evidence(one_pair) + 5


@pytest.mark.slow
def test_people_with_curves_look_like_a_coin_no_oftener_than_a_bayes_factor_allows() -> None:
    rng = np.random.default_rng(7)
    curves = [Prior().draw(rng) for _ in range(300)]
    found = [
        evidence(of_a_curve(pse, slope, 20, seed)) for seed, (pse, slope, _) in enumerate(curves)
    ]
    assert np.mean(np.array(found) < -1) < np.exp(-1)
    assert np.mean(np.array(found) < -3) < np.exp(-3)


def test_paradigms_that_name_no_class_have_no_such_score() -> None:
    rows = table_of(row(3, 5, 0.4), row(3, 5, 0.25, 0.2, 0.8))
    assert evidence_of_a_curve(rows, WHO).empty
    assert score_participants(rows)["curve_evidence"].isna().all()


def test_careless_people_of_an_adaptive_block_are_found_and_careful_ones_left_alone(
    tmp_path: Path,
) -> None:
    cohorts = [cohort(name, 4) for name in ("random", "masher", "same", "hmix", "ideal")]
    logs = simulate_study(tmp_path / "logs", load(PROTOCOLS / "discriminate.yaml"), cohorts)
    checked = qc.check_quality(read_study(logs), qc_criteria.read_criteria())
    assert {who for who, _ in checked.excluded} == {
        f"{name}{number:04}" for name in ("random", "masher", "same") for number in range(1, 5)
    }
    by_coin = [each for each in checked.exclusions if each.criterion == "curve_evidence"]
    assert {each.participant[:-4] for each in by_coin} == {"random", "masher", "same"}
    assert all(each.limit == "below -4.6" for each in by_coin)


def test_constant_stimuli_are_judged_alike(tmp_path: Path) -> None:
    asked = load_protocol(tmp_path, study(block("discriminate", times=4)))
    cohorts = [cohort("random", 6), cohort("psychometric", 6, {"slope": 6.0, "lapse_rate": 0.1})]
    checked = qc.check_quality(
        read_study(simulate_study(tmp_path / "logs", asked, cohorts)), qc_criteria.read_criteria()
    )
    assert {who[:-4] for who, _ in checked.excluded} == {"random"}
    assert len(checked.excluded) == 6
