"""Who is left out of a study and why, on H-Mix and on careless participants among its own."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from elicit.errors import ElicitError
from elicit.log.rows import TrialRow
from elicit.paradigms import PARADIGMS
from learn.qc import check as qc
from learn.qc import criteria as qc_criteria
from learn.qc.scores import SCORES, score_participants
from learn.study import exclusions
from learn.study.exclusions import Exclusion
from learn.study.table import read_study
from tests.benchmarks.qc import rates
from tests.learn.helpers.handwritten_studies import row, write_session

MIXES = (0.1, 0.25, 0.5, 0.75, 0.9)
LEAST = qc_criteria.Criteria.model_validate(
    {"least_trials": 3, "infer": {"same_answer": {"above": 0.9}}}
)


def infer(number: int, lambda_f: float, position: int, **others: Any) -> TrialRow:
    """Return an Infer trial of the `number`-th cat and dog, with class i on the left."""
    return row(
        *(10 * number + 3, 10 * number + 5, lambda_f, (100 - position) / 100, 0.5),
        position=position,
        confidence_position=50,
        **({"position_touched": True} | others),
    )


def write_group(logs: Path) -> Path:
    """Write three careful participants and one, P03, who always leaves the slider at 50."""
    shown = [(number, mix) for number in range(4) for mix in MIXES]
    for who, off in (("P00", -2), ("P01", 0), ("P02", 2)):
        trials = [infer(number, mix, round(100 - 100 * mix) + off) for number, mix in shown]
        write_session(logs, who, *trials)
    left = [infer(number, mix, 50, position_touched=False, rt_s=0.3) for number, mix in shown]
    write_session(logs, "P03", *left)
    return logs


def score(table: pd.DataFrame, participant: str) -> dict[str, float]:
    scored = score_participants(table).set_index("participant")
    return {name: float(scored[name][participant]) for name in ("trials", "repeats", *SCORES)}


def test_scores_of_careful_and_careless_are_those_worked_out_by_hand(tmp_path: Path) -> None:
    table = read_study(write_group(tmp_path))
    careless, careful = score(table, "P03"), score(table, "P01")
    assert (careless["untouched"], careless["default_answer"], careless["same_answer"]) == (1, 1, 1)
    assert careless["rt_ratio"] == pytest.approx(0.3 / 1.5)
    assert np.isnan(careless["lambda_f_correlation"])  # there is none of what never varies
    assert np.isnan(careless["agreement"])
    assert careless["disagreement"] == pytest.approx(np.mean([0.4, 0.25, 0, 0.25, 0.4]))
    assert (careful["untouched"], careful["default_answer"], careful["same_answer"]) == (
        0,
        0.2,
        0.2,
    )
    assert careful["lambda_f_correlation"] == pytest.approx(1)
    assert careful["end_answer"] == 0
    assert np.isnan(careful["repeat_difference"])  # none were shown


def test_answers_that_were_too_fast_are_counted_where_the_protocol_has_a_limit(
    tmp_path: Path,
) -> None:
    fast = [infer(number, 0.5, 50, too_fast=number == 0) for number in range(4)]
    write_session(tmp_path, "P00", *fast)
    write_session(tmp_path, "P01", *(infer(number, 0.5, 50) for number in range(4)))
    table = read_study(tmp_path)
    assert score(table, "P00")["too_fast"] == 0.25
    assert np.isnan(score(table, "P01")["too_fast"])


def test_a_repeat_is_compared_with_the_first_showing_of_its_image(tmp_path: Path) -> None:
    first = [infer(number, 0.5, 40 + number) for number in range(3)]
    write_session(tmp_path, "P01", *first, infer(1, 0.5, 61, repeat=True))
    scored = score(read_study(tmp_path), "P01")
    assert (scored["trials"], scored["repeats"]) == (4, 1)
    assert scored["repeat_difference"] == pytest.approx(0.2)


def test_in_construct_the_answer_is_the_mix_that_was_stopped_at(tmp_path: Path) -> None:
    pairs = [(10 * number + 3, 10 * number + 5) for number in range(4)]
    write_session(tmp_path, "P01", *(row(*pair, 1.0, start_value=0.9) for pair in pairs))
    write_session(tmp_path, "P02", *(row(*pair, 0.1, start_value=0.1) for pair in pairs))
    table = read_study(tmp_path)
    one, other = score(table, "P01"), score(table, "P02")
    assert (one["end_answer"], one["untouched"]) == (1, 0)
    assert one["disagreement"] == pytest.approx(0.9)
    assert (other["end_answer"], other["untouched"]) == (0, 1)
    assert np.isnan(one["lambda_f_correlation"])


def test_a_participant_s_sessions_are_scored_together(tmp_path: Path) -> None:
    write_session(tmp_path, "P01", infer(0, 0.5, 20))
    write_session(tmp_path, "P01", infer(1, 0.5, 30), session=2)
    assert score(read_study(tmp_path), "P01")["trials"] == 2


def test_a_single_participant_has_nobody_to_be_compared_with_and_stays(tmp_path: Path) -> None:
    trials = [infer(number, mix, round(100 - 100 * mix)) for number in range(3) for mix in MIXES]
    write_session(tmp_path, "P01", *trials)
    checked = qc.check_quality(read_study(tmp_path), qc_criteria.read_criteria())
    assert np.isnan(checked.scores["agreement"][0])
    assert not checked.exclusions


def test_each_reason_is_listed_and_results_are_told_with_and_without(tmp_path: Path) -> None:
    checked = qc.check_quality(read_study(write_group(tmp_path)), qc_criteria.read_criteria())
    assert checked.excluded == {("P03", "infer")}
    assert [each.criterion for each in checked.exclusions] == [
        *("same_answer", "default_answer", "untouched", "rt_ratio"),
    ]
    results = checked.results
    at_01 = results[(results["figure"] == "mean lambda_g") & (results["lambda_f"] == 0.1)]
    assert at_01["value_of_all"].tolist() == pytest.approx([0.2])
    assert at_01["value_without_excluded"].tolist() == pytest.approx([0.1])


@pytest.mark.slow
def test_to_disagree_with_the_careless_is_no_reason_to_be_left_out(tmp_path: Path) -> None:
    pairs = [(10 * number + 3, 10 * number + 5) for number in range(12)]
    write_session(tmp_path, "P01", *(row(*pair, 0.3 + 0.1 * (pair[0] % 4)) for pair in pairs))
    write_session(tmp_path, "P02", *(row(*pair, 1.0) for pair in pairs))
    table = read_study(tmp_path)
    assert score(table, "P01")["disagreement"] > 0.4
    assert qc.check_quality(table, qc_criteria.read_criteria()).excluded == {("P02", "construct")}


def test_with_few_trials_nobody_is_judged(tmp_path: Path) -> None:
    write_session(tmp_path, "P01", *(infer(number, 0.5, 50) for number in range(9)))
    assert not qc.check_quality(read_study(tmp_path), qc_criteria.read_criteria()).exclusions
    assert len(qc.check_quality(read_study(tmp_path), LEAST).exclusions) == 1


def test_what_a_person_decided_stands_when_quality_control_runs_again(tmp_path: Path) -> None:
    table = read_study(write_group(tmp_path))
    found = qc.check_quality(table, LEAST).exclusions
    undone = [replace(each, exclude="no") for each in found]
    own = Exclusion("P00", "infer", "", "", "", "left early")
    checked = qc.check_quality(table, LEAST, [*undone, own])
    assert [(each.participant, each.exclude) for each in checked.exclusions] == [
        *(("P03", "no"), ("P00", "yes")),
    ]
    assert checked.excluded == {("P00", "infer")}


def test_a_list_of_exclusions_comes_back_as_it_was_written(tmp_path: Path) -> None:
    table = read_study(write_group(tmp_path))
    found = qc.check_quality(table, qc_criteria.read_criteria()).exclusions
    (tmp_path / "exclusions.csv").write_bytes(exclusions.to_csv(found))
    assert exclusions.read_exclusions(tmp_path / "exclusions.csv", table) == list(found)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("who\nP00\n", r":1: not a list of exclusions: no column participant$"),
        ("participant\nP09\n", r":2: participant: must be one of the study's, got 'P09'$"),
        ("participant,paradigm\nP00,construct\n", r":2: paradigm: participant P00 did infer, got"),
        ("participant,exclude\nP00,maybe\n", r":2: exclude: must be yes or no, got 'maybe'$"),
    ],
)
def test_a_wrong_line_in_a_list_of_exclusions_is_told(text: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ElicitError, match=rf"mine\.csv{told}"):
        exclusions.read_exclusions(tmp_path / "mine.csv", read_study(write_group(tmp_path)))


def test_a_list_of_exclusions_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ElicitError, match=r"nowhere\.csv: cannot be read as a list of exclusions"):
        exclusions.read_exclusions(tmp_path / "nowhere.csv", read_study(write_group(tmp_path)))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("infer: {sleepy: {above: 1}}", r"infer: scores must be of .*, got 'sleepy'"),
        ("infer: {same_answer: {}}", r"infer.same_answer: must be either {above: number} or"),
        ("infer: {same_answer: {above: much}}", r"infer.same_answer.above: .*, got 'much'$"),
        ("least_trials: 0", r"least_trials: .*, got 0$"),
        ("- infer", r"criteria: .*, got \['infer'\]$"),
        ("infer: [", r"cannot be read as criteria: "),
    ],
)
def test_criteria_that_cannot_be_are_told_in_one_line(text: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ElicitError, match=rf"^\S*mine\.yaml: {told}") as error:
        qc_criteria.read_criteria(tmp_path / "mine.yaml")
    assert "\n" not in str(error.value)


def test_every_default_limit_is_of_a_score_that_is_there_and_is_justified() -> None:
    assert set(qc_criteria.read_criteria().limits) == set(PARADIGMS)
    text = qc_criteria.read_text()
    assert len(re.findall(r"#", text)) > 20


@pytest.fixture(scope="module")
def h_mix(h_mix_study: Path) -> pd.DataFrame:
    return read_study(h_mix_study)


def test_of_h_mix_the_participant_of_the_broken_screen_is_left_out_and_hardly_anybody_else(
    h_mix: pd.DataFrame,
) -> None:
    checked = qc.check_quality(h_mix, qc_criteria.read_criteria())
    assert ("61rpt4g7xxz6heg", "construct") in checked.excluded
    assert len(checked.excluded) <= 0.05 * len(checked.scores)


def test_careless_participants_among_h_mix_s_are_found_and_the_others_left_alone(
    h_mix: pd.DataFrame,
) -> None:
    hits, alarms = rates(h_mix, seeds=2, n=3)
    assert alarms < 0.05
    for (paradigm, kind), share in hits.items():
        if kind != "half_of_the_time":  # too little to tell them by
            assert share > 0.8, (paradigm, kind)
