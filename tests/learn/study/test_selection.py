"""Which rows count, and what they come to for each image."""

import math
import warnings
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from elicit.errors import ElicitError, StudyFolderWarning
from elicit.log.rows import TrialRow
from learn.study.exclusions import Exclusion
from learn.study.pooling import pool
from learn.study.selection import SelectionOptions, select
from tests.learn.helpers.handwritten_studies import FIRST, SECOND, row, table_of


def percepts(*rows: TrialRow) -> list[dict[str, Any]]:
    """Return what the rows' judgements come to, an image each."""
    return [
        {str(name): cell for name, cell in each.items()}
        for each in pool(table_of(*rows)).to_dict("records")
    ]


def the_one(*rows: TrialRow) -> dict[str, Any]:
    (percept,) = percepts(*rows)
    return percept


def lines(table: pd.DataFrame) -> list[int]:
    return [int(line) for line in table["line"]]


def test_each_image_gets_the_mean_and_spread_of_what_people_saw_in_it() -> None:
    plane, cat, deer = percepts(*FIRST, *SECOND)
    assert (plane["class_i"], plane["image_j"], plane["lambda_f"]) == ("airplane", 8, 0.6)
    assert (plane["n"], plane["mean_lambda_g"], plane["sd_lambda_g"]) == (1, 0.5, 0.0)
    assert math.isnan(plane["mean_omega"])
    assert (cat["image_i"], cat["class_j"], cat["lambda_f"]) == (3, "dog", 0.25)
    assert (cat["n"], cat["mean_lambda_g"]) == (3, 0.3)
    assert cat["sd_lambda_g"] == pytest.approx(math.sqrt(0.02 / 3))
    assert cat["mean_omega"] == pytest.approx(0.8)
    assert (deer["mean_lambda_g"], deer["sd_lambda_g"], deer["mean_omega"]) == (1.0, 0.0, 0.0)


def test_a_repeat_is_a_judgement_like_any_other() -> None:
    percept = the_one(row(3, 5, 0.5, 0.2, 1.0), row(3, 5, 0.5, 0.4, 1.0, repeat=True))
    assert percept["n"] == 2
    assert percept["mean_lambda_g"] == pytest.approx(0.3)


def test_one_pair_at_two_mixes_is_two_images() -> None:
    low, high = percepts(row(3, 5, 0.75), row(3, 5, 0.25))
    assert (low["lambda_f"], high["lambda_f"]) == (0.25, 0.75)


def test_confidence_is_averaged_over_those_who_were_asked() -> None:
    percept = the_one(row(3, 5, 0.5), row(3, 5, 0.5, 0.7, 0.0), row(3, 5, 0.5, 0.6, 0.5))
    assert (percept["n"], percept["mean_omega"]) == (3, 0.25)


def test_the_two_weighted_averages_are_those_worked_out_by_hand() -> None:
    percept = the_one(row(3, 5, 0.5, 0.2, 0.5), row(3, 5, 0.5, 0.8, 1.0))
    assert percept["hmix_lambda_g"] == pytest.approx((0.5 * 0.2 + 1.0 * 0.8) / 2)
    assert percept["weighted_lambda_g"] == pytest.approx((0.5 * 0.2 + 1.0 * 0.8) / 1.5)


def test_who_was_not_asked_weighs_as_much_as_the_others_do() -> None:
    percept = the_one(
        row(3, 5, 0.5), row(3, 5, 0.5, 0.2, 0.5), row(3, 5, 0.5, 0.8, 1.0)
    )  # Construct's judgement is lambda_g = 0.5
    assert percept["weighted_lambda_g"] == pytest.approx((0.1 + 0.8 + 0.75 * 0.5) / 2.25)
    unasked = the_one(row(3, 5, 0.5), row(3, 5, 0.5, paradigm="select_shuffled"))
    assert (unasked["hmix_lambda_g"], unasked["weighted_lambda_g"]) == (0.5, 0.5)


def test_where_nobody_is_at_all_sure_the_weighted_average_is_the_average() -> None:
    percept = the_one(row(3, 5, 0.5, 0.2, 0.0), row(3, 5, 0.5, 0.4, 0.0))
    assert percept["weighted_lambda_g"] == percept["mean_lambda_g"]
    assert percept["hmix_lambda_g"] == 0.0


@pytest.mark.parametrize("lambda_g", [0.1, 0.29, 0.57, 1 / 3])
@pytest.mark.parametrize("n", [3, 7, 49])
def test_people_who_agree_have_their_answer_as_mean_and_no_spread(lambda_g: float, n: int) -> None:
    percept = the_one(*[row(3, 5, 0.5, lambda_g, lambda_g)] * n)
    assert (percept["mean_lambda_g"], percept["sd_lambda_g"]) == (lambda_g, 0.0)
    assert (percept["mean_omega"], percept["weighted_lambda_g"]) == (lambda_g, lambda_g)


@given(data=st.data(), answers=st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_the_order_of_judgements_changes_no_bit(data: st.DataObject, answers: list[float]) -> None:
    one = row(3, 5, 0.5)
    rows = [one.model_copy(update={"lambda_g": each, "omega": 1 - each}) for each in answers]
    percept = the_one(*rows)
    assert the_one(*data.draw(st.permutations(rows))) == percept
    assert min(answers) <= percept["mean_lambda_g"] <= max(answers)
    assert min(answers) <= percept["weighted_lambda_g"] <= max(answers)
    assert 0 <= percept["hmix_lambda_g"] <= 1
    assert 0 <= percept["sd_lambda_g"] <= 0.5


def test_practice_is_left_out() -> None:
    chosen = select(table_of(row(3, 5, 0.5, practice=True), *FIRST))
    assert (lines(chosen.used), chosen.left_out["practice"]) == ([3, 4, 5], 1)


def test_a_trial_that_was_missed_is_left_out() -> None:
    missed = row(3, 5, 0.5, None, 0.8, missed=True)
    chosen = select(
        table_of(missed, *(each.model_copy(update={"missed": False}) for each in FIRST))
    )
    assert (lines(chosen.used), chosen.left_out["missed"]) == ([3, 4, 5], 1)


def test_people_and_programs_are_not_mixed_without_a_word_on_it() -> None:
    both = table_of(row(3, 5, 0.5, simulated=True), *FIRST)
    wanted = (
        r"has 3 trials of people \(1\) and 1 simulated ones \(1 participants, such as P01\); "
        r"say --people-only to leave those out, or --include-simulated to count both$"
    )
    with pytest.raises(ElicitError, match=wanted):
        select(both)


def test_what_a_program_answered_beside_people_counts_or_does_not_as_is_said() -> None:
    both = table_of(row(3, 5, 0.5, simulated=True), *FIRST)
    chosen = select(both, SelectionOptions(include_simulated=False))
    assert (len(chosen.used), chosen.left_out["simulated"], chosen.all_simulated) == (3, 1, False)
    assert chosen.simulation_note == "1 simulated judgements are left out, as --people-only says."
    chosen = select(both, SelectionOptions(include_simulated=True))
    assert (len(chosen.used), chosen.left_out["simulated"], chosen.all_simulated) == (4, 0, False)
    assert chosen.simulation_note == "1 of 4 judgements are simulated: programs gave them."


def test_a_study_of_people_says_nothing_of_programs() -> None:
    assert select(table_of(*FIRST)).simulation_note is None


def test_of_a_simulated_study_nothing_is_left_for_people_only() -> None:
    simulated = table_of(row(3, 5, 0.5, simulated=True))
    with pytest.raises(ElicitError, match="no judgement is left of 1: 1 simulated"):
        select(simulated, SelectionOptions(include_simulated=False))


def test_a_study_that_only_a_program_answered_is_used_and_said_to_be_one() -> None:
    practice = row(0, 8, 0.5, practice=True)  # by a person; it does not count as one
    chosen = select(table_of(practice, row(3, 5, 0.5, simulated=True)))
    assert (len(chosen.used), chosen.left_out["simulated"], chosen.all_simulated) == (1, 0, True)


def test_a_study_of_nothing_but_practice_is_refused() -> None:
    with pytest.raises(ElicitError, match="all 1 trials are practice, which does not count; run"):
        select(table_of(row(3, 5, 0.5, practice=True)))


def test_repeats_count_unless_they_are_left_out() -> None:
    chosen = select(table_of(*FIRST), SelectionOptions(repeats=False))
    assert (lines(chosen.used), chosen.left_out["repeats"]) == ([2, 3], 1)


def test_only_the_paradigms_asked_for_count() -> None:
    chosen = select(table_of(*FIRST), SelectionOptions(paradigms=("construct",)))
    assert (lines(chosen.used), chosen.left_out["other paradigms"]) == ([3], 2)


def test_a_paradigm_that_nobody_did_is_refused() -> None:
    with pytest.raises(ElicitError, match="--paradigms: must be of construct, infer, got 'select'"):
        select(table_of(*FIRST), SelectionOptions(paradigms=("select",)))


def test_who_is_excluded_in_one_paradigm_stays_in_the_others() -> None:
    gone = Exclusion("P01", "infer", "", "", "", "asleep")
    chosen = select(table_of(*FIRST), SelectionOptions(exclusions=(gone,)))
    assert (lines(chosen.used), chosen.left_out["excluded"]) == ([3], 2)


def test_an_exclusion_that_was_undone_leaves_nobody_out() -> None:
    undone = Exclusion("P01", "infer", "", "", "", "asleep", exclude="no")
    assert len(select(table_of(*FIRST), SelectionOptions(exclusions=(undone,))).used) == 3


def test_images_with_too_few_judgements_are_left_out() -> None:
    chosen = select(table_of(*FIRST, *SECOND), SelectionOptions(min_judgements=3))
    assert set(chosen.used["class_i"]) == {"cat"}
    assert chosen.left_out["of images with few judgements"] == 2


def test_choices_that_leave_nothing_are_refused_with_what_they_left_out() -> None:
    told = "no judgement is left of 3: 1 repeats, 2 of images with few judgements; leave out fewer"
    with pytest.raises(ElicitError, match=told):
        select(table_of(*FIRST), SelectionOptions(repeats=False, min_judgements=9))


def rated_by(*whose: str | None) -> pd.DataFrame:
    """Return one rated image for each of the people whose confidence it was, then one not rated."""
    rated = [row(3, 5, 0.25, 0.2, 0.8, confidence_of=each) for each in whose]
    return table_of(*rated, row(0, 8, 0.6))


def test_own_confidence_and_that_of_others_are_not_pooled_without_a_warning() -> None:
    told = r"confidence_of: others \(1 answers\), self \(2 answers\); omega is"
    with pytest.warns(StudyFolderWarning, match=told):
        select(rated_by("self", "others", "self"))
    told = r"confidence_of: not recorded \(1 answers\), others \(1 answers\);"
    with pytest.warns(StudyFolderWarning, match=told):
        select(rated_by(None, "others"))


@pytest.mark.parametrize("whose", ["self", "others", None])
def test_one_kind_of_confidence_is_pooled_without_a_word(whose: str | None) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(select(rated_by(whose, whose)).used) == 3


def test_confidence_of_two_kinds_that_is_not_used_brings_no_warning() -> None:
    study = rated_by("self", "others")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        select(study, SelectionOptions(paradigms=("construct",)))
