"""Scores of people who name classes, against scores worked out by hand."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from elicit.log.rows import TrialRow
from learn.qc.check import check_quality
from learn.qc.criteria import read_criteria
from learn.qc.scores import score_participants
from learn.study.table import read_study
from tests.learn.helpers.handwritten_studies import named, table_of

OFFERED = ["cat", "deer", "dog", "horse"]


def judged(
    who: str, trial: int, image: tuple[int, int], name: str, repeat: bool = False
) -> TrialRow:
    """An answer that leaves one class alone."""
    out = [each for each in OFFERED if each != name]
    about = {"participant": who, "trial": trial, "repeat": repeat}
    return named(*image, 0.5, (name, 1.0), excluded=out, offered=OFFERED).model_copy(update=about)


CAT_DOG, DEER_HORSE = (3, 5), (4, 7)


def scored() -> pd.DataFrame:
    rows = [
        judged("P01", 0, CAT_DOG, "cat"),
        judged("P01", 1, DEER_HORSE, "deer"),
        judged("P01", 2, CAT_DOG, "dog", repeat=True),
        judged("P02", 0, CAT_DOG, "cat"),
        judged("P02", 1, DEER_HORSE, "horse"),
        judged("P03", 0, CAT_DOG, "horse"),
    ]
    return score_participants(table_of(*rows)).set_index("participant")


def test_answers_are_compared_as_labels() -> None:
    scores = scored()
    assert scores["repeat_difference"].tolist() == [1.0, *[pytest.approx(np.nan, nan_ok=True)] * 2]
    assert scores["same_answer"].tolist() == [1 / 3, 0.5, 1.0]
    # of the others' mean: cat ½ horse ½ and horse; cat ½ horse ½ and deer; cat
    assert scores["disagreement"].tolist() == [0.75, 0.75, 1.0]


def test_what_has_no_meaning_where_classes_are_named_is_blank() -> None:
    blank = ["untouched", "default_answer", "end_answer", "lambda_f_correlation", "curve_evidence"]
    assert scored()[blank].isna().to_numpy().all()


def test_of_h_mix_nobody_who_named_classes_is_left_out(h_mix_study: Path) -> None:
    rows = read_study(h_mix_study)
    checked = check_quality(rows[rows["paradigm"] == "categorize"], read_criteria())
    assert checked.exclusions == ()
    figures = checked.results.set_index(["figure", "lambda_f"])["value_of_all"]
    assert figures["names a third class", np.nan] == pytest.approx(0.67)
    assert checked.scores["agreement"].between(0.45, 0.69).all()


def test_who_answers_without_looking_is_left_out(h_mix_study: Path) -> None:
    rows = read_study(h_mix_study)
    rows = rows[rows["paradigm"] == "categorize"].reset_index(drop=True)
    blind = rows[rows["participant"] == rows["participant"].iloc[0]].copy()
    answer = ["chosen_1", "share_1", "chosen_2", "share_2", "excluded"]
    blind[answer] = blind[answer].sample(frac=1, random_state=1).to_numpy()
    blind["participant"] = "blind"
    checked = check_quality(pd.concat([rows, blind], ignore_index=True), read_criteria())
    assert {each.participant for each in checked.exclusions} == {"blind"}
    assert {each.criterion for each in checked.exclusions} == {"agreement"}
