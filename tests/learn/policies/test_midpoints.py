"""What people call 50/50 says which image dominates; nobody's own answers predict theirs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from learn.arrays import Ids, Numbers
from learn.policies.cross_validation import midpoint_predictors
from learn.policies.midpoints import MidpointAnswers, select_midpoints
from learn.study.judgements import to_arrays
from tests.learn.helpers.example_policies import answers, some_policy


def asked(*told: tuple[int, int, float, str]) -> MidpointAnswers:
    """Return answers: image i, image j, the mix called 50/50, who."""
    i, j, chosen, who = zip(*told, strict=True)
    people = np.array(who, dtype=object)
    return MidpointAnswers(np.array(chosen), np.array(i), np.array(j), people)


def test_dominance_is_that_worked_out_by_hand() -> None:
    """Two pairs, two answers each: .3 and .4 to one, .6 and .7 to the other.

    Less the mean of .5 they are -.2, -.1, .1, .2. Within a pair the variance is .005; the mean
    product of two answers to one is .02, so that a dominance has the variance .01, and the penalty
    is .005 / .01 = 1/2. Dominances of a pair are d and -d: 2 answers of 0.5 less .35 give
    2 * 2 d + d / 2 = 2 * .15, so d is .3 / 4.5.
    """
    found = asked((1, 2, 0.3, "a"), (1, 2, 0.4, "b"), (3, 4, 0.6, "a"), (3, 4, 0.7, "b"))
    d = 0.3 / 4.5
    assert found.estimate_dominance(np.array([1, 2, 3, 4, 9])) == pytest.approx(
        [d, -d, -d, d, 0], abs=1e-5
    )


def test_pairs_that_differ_no_more_than_answers_do_tell_nothing() -> None:
    found = asked((1, 2, 0.3, "a"), (1, 2, 0.7, "b"), (3, 4, 0.3, "a"), (3, 4, 0.7, "b"))
    assert (found.estimate_dominance(np.array([1, 2, 3])) == 0).all()
    assert (asked((1, 2, 0.3, "a")).estimate_dominance(np.array([1])) == 0).all()


def test_some_people_and_images_are_left_out() -> None:
    found = asked((1, 2, 0.3, "a"), (1, 2, 0.4, "b"), (3, 4, 0.6, "b"), (5, 3, 0.7, "b"))
    kept = found.leave_out({"a"}, np.array([4]))
    assert kept.lambda_f.tolist() == [0.4, 0.7]


def test_only_paradigms_that_ask_for_a_mix_count_and_no_practice() -> None:
    rows = answers(some_policy("global"), participants=2)
    assert select_midpoints(rows.assign(paradigm="infer", practice=False)) is None
    chosen = rows.assign(paradigm="construct", practice=np.arange(len(rows)) % 2 == 0)
    found = select_midpoints(pd.concat([rows.assign(paradigm="infer", practice=False), chosen]))
    assert found is not None
    assert len(found) == len(rows) // 2


def test_answers_of_who_is_held_out_are_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = answers(some_policy("pooled"), participants=6, endpoints=3)
    observed = to_arrays(rows)
    chosen = select_midpoints(rows.assign(paradigm="construct", practice=False))
    kept: list[MidpointAnswers] = []

    def watch(self: MidpointAnswers, ids: Ids) -> Numbers:
        kept.append(self)
        return np.zeros(len(ids))

    monkeypatch.setattr(MidpointAnswers, "estimate_dominance", watch)
    held, new = observed.participant < 2, observed.image_j[0]
    (fit,) = midpoint_predictors(None, chosen).values()
    fit(observed.select(~held & (observed.image_j != new)), observed.select(held))
    (known,) = kept
    assert {*known.participant} == {observed.people[each] for each in range(2, 6)}
    assert new in observed.select(held).image_j
    assert new not in {*known.image_i, *known.image_j}
