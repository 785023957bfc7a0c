"""The benchmark's splits follow from the judgements by a rule that anybody can work out."""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from learn.benchmark.splits import FOLDS, SHA256, deal_folds, hash_splits, list_splits
from learn.study.judgements import to_arrays
from learn.study.table import read_study
from tests.learn.helpers.example_policies import answers, some_policy


def judgements(seed: int = 0) -> pd.DataFrame:
    return answers(some_policy("global"), seed, participants=12, trials=20, endpoints=400)


def test_people_are_dealt_in_turns_in_the_order_of_their_hashes() -> None:
    observed = to_arrays(judgements())
    fold = deal_folds(observed)["participants"]
    names = [f"human-mixup 1:participants:{each}".encode() for each in observed.people]
    order = np.argsort([hashlib.sha256(each).hexdigest() for each in names])
    expected = np.empty(len(order), dtype=int)
    expected[order] = np.arange(len(order)) % FOLDS
    assert (fold == expected[observed.participant]).all()


def test_folds_of_images_share_no_endpoint() -> None:
    observed = to_arrays(judgements())
    fold = deal_folds(observed)["images"]
    ends = [
        {*observed.image_i[fold == each].tolist(), *observed.image_j[fold == each].tolist()}
        for each in range(FOLDS)
    ]
    assert all(ends)
    assert sum(map(len, ends)) == len(set.union(*ends))


def test_the_order_of_rows_changes_nothing() -> None:
    rows = judgements()
    mixed = rows.sample(frac=1, random_state=3)
    one, other = (list_splits(to_arrays(each)) for each in (rows, mixed))
    pd.testing.assert_frame_equal(one, other)
    assert hash_splits(one) == hash_splits(other)
    assert hash_splits(one) != hash_splits(one.assign(fold_images=0))


def test_h_mix_has_the_hash_that_the_documents_state(h_mix_study: Path) -> None:
    rows = read_study(h_mix_study)
    listed = list_splits(to_arrays(rows[~rows["repeat"]]))
    assert len(listed) == 4788
    assert hash_splits(listed) == SHA256
    for name in ("participants", "images"):
        sizes = listed[f"fold_{name}"].value_counts()
        assert sizes.min() > 900
        assert sizes.max() < 1010


def test_the_document_states_the_hash() -> None:
    readme = Path(__file__).parents[3] / "learn" / "benchmark" / "README.md"
    assert SHA256 in readme.read_text(encoding="utf-8")


@pytest.mark.parametrize("seed", [1, 2])
def test_every_judgement_is_in_one_fold_of_each_split(seed: int) -> None:
    observed = to_arrays(judgements(seed))
    for fold in deal_folds(observed).values():
        assert fold.shape == (len(observed),)
        assert {*fold.tolist()} == set(range(FOLDS))
