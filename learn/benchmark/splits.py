"""The splits: which judgement is held out in which fold, by a rule that needs no random numbers.

Groups (people, or images that mixes link) are put in the order of the SHA-256 of
"RULE:SPLIT:GROUP", and dealt in turns to the folds, as cards are. So any language gives the same
folds from the same judgements.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
import pandas as pd

from learn.arrays import Codes, Ids
from learn.policies.cross_validation import find_linked_images
from learn.study.judgements import JudgementArrays

RULE = "human-mixup 1"
FOLDS = 5
SPLITS = ("participants", "images")
# Of the splits of H-Mix's 4788 infer judgements without repeats, see `hash_splits`.
SHA256 = "390bde37bf69672f4b5cfd2f5f751e6f65f0f1010653862183a74d6c874470df"


def deal_folds(observed: JudgementArrays) -> dict[str, Codes]:
    """Return (N,) the fold of each judgement, 0 to FOLDS - 1, in each of SPLITS.

    In "participants" all judgements of a person are in one fold. In "images" two folds share no
    endpoint image: images that mixes link, however indirectly, are one group, named by the
    smallest id in it.

    Args:
        observed: N judgements, by FOLDS people or more, of FOLDS groups of images or more.
    """
    people = [observed.people[number] for number in observed.participant]
    linked = find_linked_images(observed, FOLDS)
    return {
        "participants": _deal("participants", people),
        "images": deal_images(linked, observed.image_i, observed.image_j),
    }


def deal_images(linked: Codes, image_i: Ids, image_j: Ids) -> Codes:
    """Return (N,) the fold of each mix, by the smallest image id of its group of linked images.

    Args:
        linked: (N,) the group, from 0.
        image_i: (N,) ids of endpoint i.
        image_j: (N,) ids of endpoint j.
    """
    smallest = np.full(int(linked.max()) + 1, np.iinfo(np.int64).max)
    np.minimum.at(smallest, linked, np.minimum(image_i, image_j))
    return _deal("images", map(str, smallest[linked].tolist()))


def list_splits(observed: JudgementArrays) -> pd.DataFrame:
    """Return the judgements and their folds, sorted: what a predictor is told.

    Columns: `participant`, `class_i`, `image_i`, `class_j`, `image_j`, `lambda_f`,
    `fold_participants`, `fold_images`. A predictor of a fold may learn from all judgements whose
    fold in that split is another.
    """
    ends = observed.pairs[observed.pair]
    folds = deal_folds(observed)
    table = pd.DataFrame(
        {
            "participant": [observed.people[number] for number in observed.participant],
            "class_i": [observed.classes[number] for number in ends[:, 0]],
            "image_i": observed.image_i,
            "class_j": [observed.classes[number] for number in ends[:, 1]],
            "image_j": observed.image_j,
            "lambda_f": observed.lambda_f,
            **{f"fold_{name}": folds[name] for name in SPLITS},
        }
    )
    return table.sort_values([*table], ignore_index=True)


def hash_splits(splits: pd.DataFrame) -> str:
    """Return the SHA-256 of the splits: a line a judgement, sorted as text.

    A line is participant, image_i, image_j, lambda_f with two decimals, and both folds, with
    commas between and a line feed behind.
    """
    lines = sorted(
        f"{row.participant},{row.image_i},{row.image_j},{row.lambda_f:.2f},"
        f"{row.fold_participants},{row.fold_images}\n"
        for row in splits.itertuples()
    )
    return hashlib.sha256("".join(lines).encode("utf-8")).hexdigest()


def _deal(split: str, groups: Iterable[str]) -> Codes:
    """Return (N,) the fold of each judgement, whose group is named."""
    named = list(groups)

    def order(group: str) -> str:
        return hashlib.sha256(f"{RULE}:{split}:{group}".encode()).hexdigest()

    fold = {group: turn % FOLDS for turn, group in enumerate(sorted({*named}, key=order))}
    return np.array([fold[group] for group in named], dtype=np.int64)
