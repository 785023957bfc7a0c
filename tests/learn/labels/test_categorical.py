"""Labels of answers that name classes, against labels worked out by hand and H-Mix's own."""

import json
from collections.abc import Collection

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from learn.labels.categorical import (
    CategoricalAnswer,
    apply_dirichlet_rule,
    apply_published_rule,
    sum_mass_on_others,
)
from stimuli.sets.hmix import read_rows
from tests.conftest import SHARED_DATA

NAMES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
AIRPLANE, AUTOMOBILE, BIRD, CAT, DEER, DOG, FROG, HORSE, SHIP, TRUCK = range(10)
ALL = frozenset(range(10))
# Sums of the 216 labels; the authors' own were compared with this rule one by one, where odd.
TOTALS = [18.731, 28.58, 28.044, 17.648, 11.593, 19.528, 16.633, 31.676, 13.07, 30.496]
FILE = SHARED_DATA / "h-mix" / "hmix_categorical_soft_labels.csv"


def answer(
    first: int,
    share: float,
    second: int | None = None,
    second_share: float | None = None,
    out: Collection[int] = (),
) -> CategoricalAnswer:
    """An answer: a class with its share, an alternative with its own, and who is out."""
    return CategoricalAnswer(first, share, second, second_share, frozenset(out))


def label(rest: float = 0.0, **shares: float) -> list[float]:
    """A label by class name; all others have `rest`."""
    return [shares.get(name, rest) for name in NAMES]


def read_answer(said: dict[str, str]) -> CategoricalAnswer:
    """An answer as the web page wrote it."""
    first = NAMES.index(said["classSelect"].removeprefix("mostProb").lower())
    out = [key.removeprefix("improbClassSelect").lower() for key in said if "improb" in key]
    excluded = [NAMES.index(name) for name in out]
    second = said["classSelect2"].removeprefix("secondProb").lower()
    if second == "no":
        return answer(first, int(said["prob"]) / 100, out=excluded)
    share = int(said["prob2"]) / 100
    return answer(first, int(said["prob"]) / 100, NAMES.index(second), share, excluded)


# Each branch of the rule. The comment says what is divided by its sum.
BY_HAND = {
    # below 1: the open eight share the missing 0.2
    "missing share": (answer(DEER, 0.6, DOG, 0.2), label(0.2 / 8, deer=0.6, dog=0.2)),
    "no alternative": (answer(HORSE, 0.9), label(0.1 / 9, horse=0.9)),
    # exactly 1: the open eight share 0.1; 1.1 in all
    "just 1": (answer(CAT, 0.7, DOG, 0.3), label(0.1 / 8.8, cat=0.7 / 1.1, dog=0.3 / 1.1)),
    # above 1: each loses .05, the open seven share 0.1; 0.95 + 0.05 + 0.1
    "above 1": (
        answer(HORSE, 1.0, DEER, 0.1, out={DOG}),
        label(0.1 / 7.7, horse=0.95 / 1.1, deer=0.05 / 1.1, dog=0.0),
    ),
    # a share of .02 loses .02 only: 0.95 + 0 + 0.1
    "not below 0": (
        answer(HORSE, 1.0, DEER, 0.02, out=(ALL - {HORSE, DEER, DOG})),
        label(horse=0.95 / 1.05, deer=0.0, dog=0.1 / 1.05),
    ),
    "all others excluded": (
        answer(TRUCK, 0.8, SHIP, 0.1, out=(ALL - {TRUCK, SHIP})),
        label(truck=0.8 / 0.9, ship=0.1 / 0.9),
    ),
    "above 1, all others excluded": (
        answer(TRUCK, 0.9, SHIP, 0.6, out=(ALL - {TRUCK, SHIP})),
        label(truck=0.6, ship=0.4),
    ),
    "one class named twice": (
        answer(BIRD, 0.9, BIRD, 0.75, out=(ALL - {BIRD, AIRPLANE})),
        label(bird=0.75, airplane=0.25),
    ),
    "a share of no class": (answer(BIRD, 1.0, None, 0.7, out=(ALL - {BIRD})), label(bird=1.0)),
    "an alternative without a share": (answer(BIRD, 0.9, CAT), label(0.1 / 8, bird=0.9, cat=0.0)),
    # m is 10 - 6 - 2 = 2, and three classes are open: 0.05 each, 1.15 in all
    "named and excluded": (
        answer(FROG, 0.9, BIRD, 0.1, out={AIRPLANE, BIRD, DEER, HORSE, SHIP, TRUCK}),
        label(frog=0.9 / 1.15, bird=0.1 / 1.15, automobile=0.05 / 1.15, cat=0.05 / 1.15,
              dog=0.05 / 1.15),
    ),
    # m is 10 - 9 - 1 = 0: the one class that is open gets nothing
    "m is 0": (answer(SHIP, 0.6, out=(ALL - {AIRPLANE})), label(ship=1.0)),
    # no share to divide: the authors' rule has no label for it, and none of theirs is so
    "no share at all": (answer(BIRD, 0.0, CAT, 0.0, out=(ALL - {BIRD})), label(bird=0.5, cat=0.5)),
    # m is 10 - 9 - 2 = -1
    "m is below 0": (
        answer(TRUCK, 0.97, AUTOMOBILE, 0.03, out=(ALL - {AUTOMOBILE})),
        label(truck=0.97, automobile=0.03),
    ),
}  # fmt: skip


@pytest.mark.parametrize("branch", BY_HAND)
def test_the_published_rule_gives_the_label_worked_out_by_hand(branch: str) -> None:
    said, expected = BY_HAND[branch]
    assert apply_published_rule(said, 10) == pytest.approx(np.array(expected))


@pytest.mark.data
@pytest.mark.skipif(not FILE.is_file(), reason=f"{FILE} is missing")
def test_all_published_answers_have_labels_with_these_totals() -> None:
    rows = [each for _, each in read_rows(FILE, ["filename", "response"]) if each["filename"]]
    answers = [read_answer(json.loads(cells["response"])) for cells in rows]
    pairs = [cells["filename"].lower().split("_")[2::2] for cells in rows]
    ends = [(NAMES.index(class_i), NAMES.index(class_j)) for class_i, class_j in pairs]
    labels = np.array([apply_published_rule(each, 10) for each in answers])
    assert labels.shape == (216, 10)
    assert labels.sum(axis=1) == pytest.approx(np.ones(216))
    assert [round(float(each), 3) for each in labels.sum(axis=0)] == TOTALS
    assert round(float(sum_mass_on_others(labels, ends).mean()), 4) == 0.3801
    open_classes = [10 - len(each.excluded) - len(each.named) for each in answers]
    assert [sum(np.sign(open_classes) == sign) for sign in (1, 0, -1)] == [127, 88, 1]


shares = st.integers(0, 100).map(lambda percent: percent / 100)
answers_of_any_kind = st.builds(
    CategoricalAnswer,
    first=st.integers(0, 5),
    first_share=shares,
    second=st.none() | st.integers(0, 5),
    second_share=st.none() | shares,
    excluded=st.frozensets(st.integers(0, 5)),
)


@given(answers_of_any_kind)
def test_our_rule_gives_every_class_something_and_named_ones_no_less_than_excluded_ones(
    said: CategoricalAnswer,
) -> None:
    found = apply_dirichlet_rule(said, 6)
    assert found.sum() == pytest.approx(1.0)
    assert (found >= 0.5 / 103 - 1e-12).all()
    for excluded in said.excluded - said.named:
        assert found[excluded] == pytest.approx(0.5 / 103)


@given(answers_of_any_kind, st.sampled_from([-1, 1]))
def test_our_rule_has_no_jumps(said: CategoricalAnswer, sign: int) -> None:
    step = 1e-6
    share = min(max(said.first_share, step), 1 - step)
    near, far = (
        CategoricalAnswer(said.first, each, said.second, said.second_share, said.excluded)
        for each in (share, share + sign * step)
    )
    if share > 0.01:
        assert abs(apply_dirichlet_rule(near, 6) - apply_dirichlet_rule(far, 6)).max() < 200 * step


def test_our_rule_adds_half_a_person_a_class_to_a_hundred() -> None:
    found = apply_dirichlet_rule(answer(0, 0.6, 1, 0.2, out={2}), 4)
    assert found == pytest.approx(np.array([60.5, 20.5, 0.5, 20.5]) / 102)


def test_the_published_rule_jumps_where_shares_reach_1_and_ours_does_not() -> None:
    below, at_one = answer(0, 0.7, 1, 0.299), answer(0, 0.7, 1, 0.3)
    published = apply_published_rule(at_one, 10) - apply_published_rule(below, 10)
    ours = apply_dirichlet_rule(at_one, 10) - apply_dirichlet_rule(below, 10)
    assert abs(published).max() > 0.05
    assert abs(ours).max() < 0.002


def test_sum_mass_on_others_leaves_out_both_classes_of_the_mix() -> None:
    labels = np.array([[0.5, 0.25, 0.25], [0.0, 1.0, 0.0]])
    assert sum_mass_on_others(labels, [(0, 1), (0, 2)]).tolist() == [0.25, 1.0]
