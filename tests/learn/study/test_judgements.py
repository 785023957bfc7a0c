"""Which judgements a policy is fitted to, and the arrays that they become."""

import numpy as np
import pandas as pd
import pytest

from elicit.errors import ElicitError
from learn.study.judgements import number_blends, select_informative, to_arrays
from tests.learn.helpers.example_policies import CLASSES, answers, some_policy


def some_answers() -> pd.DataFrame:
    return answers(some_policy("pooled"), participants=3)


def test_paradigms_that_set_lambda_g_and_practice_are_left_out() -> None:
    rows = some_answers()
    midpoint = rows.head(20).assign(paradigm="construct", lambda_g=0.5)
    practice = rows.assign(practice=True)
    both = pd.concat([rows.assign(practice=False), midpoint, practice])
    both["practice"] = both["practice"].eq(True)
    assert len(select_informative(both)) == len(rows)


def test_a_study_of_midpoints_only_is_refused() -> None:
    with pytest.raises(ElicitError, match=r"none of 180 says how lambda_g follows .* with infer"):
        to_arrays(some_answers().assign(lambda_g=0.5))


def test_a_missing_value_is_told_by_row() -> None:
    rows = some_answers()
    rows.loc[7, "lambda_g"] = np.nan
    with pytest.raises(ElicitError, match=r"lambda_g must lie in \[0, 1\], got nan in row 7"):
        to_arrays(rows)


@pytest.mark.parametrize("class_i", ["zebra", "truck"])
def test_classes_out_of_order_are_told_by_row(class_i: str) -> None:
    rows = some_answers()
    rows.loc[7, ["class_i", "class_j"]] = class_i, "truck"
    told = f"class_i must come before class_j in the alphabet, got '{class_i}' and 'truck' in row 7"
    with pytest.raises(ElicitError, match=told):
        to_arrays(rows)


def test_the_arrays_name_the_rows_and_the_people_that_they_came_from() -> None:
    rows = some_answers()
    kept = pd.concat([rows.head(3).assign(paradigm="construct", lambda_g=0.5), rows])
    kept["paradigm"] = kept["paradigm"].fillna("infer")
    observed = to_arrays(kept)
    assert observed.rows.tolist() == list(range(3, len(kept)))
    people = [observed.people[each] for each in observed.participant]
    assert people == rows["participant"].tolist()


def test_a_missing_column_and_another_study_s_class_are_told() -> None:
    with pytest.raises(ElicitError, match="judgements: no column image_j; give a study's"):
        to_arrays(some_answers().drop(columns="image_j"))
    with pytest.raises(ElicitError, match="class must be one of apple, pear; got 'airplane'"):
        to_arrays(some_answers(), ("apple", "pear"))


def test_an_image_is_two_endpoints_at_one_lambda_f() -> None:
    rows = pd.concat([some_answers(), some_answers()])
    observed = to_arrays(rows, CLASSES)
    unique = rows.drop_duplicates(["image_i", "image_j", "lambda_f"])
    assert observed.blend.max() + 1 == len(unique)


def test_images_are_numbered_as_their_sorted_rows() -> None:
    rng = np.random.default_rng(0)
    ends = [*rng.integers(0, 7, (2, 500)), rng.choice([0.1, 0.25, 0.5], 500)]
    expected = np.unique(np.stack(ends, axis=-1), axis=0, return_inverse=True)[1]
    np.testing.assert_array_equal(number_blends(*ends), expected.reshape(-1))
    assert number_blends(*(end[:0] for end in ends)).shape == (0,)
