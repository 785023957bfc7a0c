"""Which judgements a policy is fitted to, and how they are turned."""

import numpy as np
import pandas as pd
import pytest

from elicit.errors import ElicitError
from learn.study.judgements import informative, observe
from tests.learn.helpers.example_policies import CLASSES, answers, some_policy


def some_answers() -> pd.DataFrame:
    return answers(some_policy("pooled"), participants=3)


def test_a_judgement_told_from_the_other_end_is_the_same_judgement() -> None:
    rows = some_answers()
    turned = rows.rename(
        columns={"class_i": "class_j", "class_j": "class_i"}
        | {"image_i": "image_j", "image_j": "image_i"}
    ).assign(lambda_f=1 - rows["lambda_f"], lambda_g=1 - rows["lambda_g"])
    one, other = observe(rows), observe(turned)
    assert np.array_equal(one.pair, other.pair)
    assert np.array_equal(one.image_i, other.image_i)
    assert other.lambda_g == pytest.approx(one.lambda_g)


def test_paradigms_that_set_lambda_g_practice_and_one_class_are_left_out() -> None:
    rows = some_answers()
    midpoint = rows.head(20).assign(paradigm="construct", lambda_g=0.5)
    practice = rows.assign(practice=True)
    one_class = rows.head(5).assign(class_j=rows["class_i"])
    both = pd.concat([rows.assign(practice=False), midpoint, practice, one_class])
    both["practice"] = both["practice"].eq(True)
    assert len(informative(both)) == len(rows)


def test_a_study_of_midpoints_only_is_refused() -> None:
    with pytest.raises(ElicitError, match=r"none of 180 says how lambda_g follows .* with infer"):
        observe(some_answers().assign(lambda_g=0.5))


def test_a_missing_value_is_told_by_row() -> None:
    rows = some_answers()
    rows.loc[7, "lambda_g"] = np.nan
    with pytest.raises(ElicitError, match=r"lambda_g must lie in \[0, 1\], got nan in row 7"):
        observe(rows)


def test_a_missing_column_and_another_study_s_class_are_told() -> None:
    with pytest.raises(ElicitError, match="judgements: no column image_j; give a study's"):
        observe(some_answers().drop(columns="image_j"))
    with pytest.raises(ElicitError, match="class must be one of apple, pear; got 'airplane'"):
        observe(some_answers(), ("apple", "pear"))


def test_an_image_is_two_endpoints_at_one_lambda_f() -> None:
    rows = pd.concat([some_answers(), some_answers()])
    observed = observe(rows, CLASSES)
    unique = rows.drop_duplicates(["image_i", "image_j", "lambda_f"])
    assert observed.image.max() + 1 == len(unique)
