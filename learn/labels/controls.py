"""Labels that differ from people's in one thing, to tell what it is about people's that helps."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from elicit.errors import ElicitError
from learn.arrays import Arrays, Labels, Numbers

KEPT_SHARE = 0.51  # least share of the class that mixup calls larger, where that is kept
NEEDED_JUDGEMENTS = ("judgement_image", "judgement_participant", "judgement_omega")


def permute_within(values: Numbers, groups: Numbers, rng: np.random.Generator) -> Numbers:
    """Return (N,) the values dealt anew among those of the same group (N,)."""
    dealt = values.copy()
    for group in np.unique(groups):
        its = np.flatnonzero(groups == group)
        dealt[its] = values[rng.permutation(its)]
    return dealt


def centre_confidence(arrays: Arrays, place: str) -> Numbers:
    """Return (N,) the mean omega of each image, once each person's own level is taken out.

    An omega counts as `omega - the person's mean + the mean of all`, cut to [0, 1]; an image whose
    raters were not asked has 1, as in `mean_confidence`.

    Raises:
        ElicitError: the file has no judgements one by one.
    """
    need_judgements(arrays, NEEDED_JUDGEMENTS, place)
    image, person, omega = (np.asarray(arrays[name]) for name in NEEDED_JUDGEMENTS)
    asked = ~np.isnan(omega)
    image, omega = image[asked].astype(np.int64), omega[asked].astype(np.float64)
    _, person = np.unique(person[asked], return_inverse=True)
    own = np.bincount(person, omega) / np.bincount(person)
    centred = np.clip(omega - own[person] + omega.mean(), 0, 1) if len(omega) else omega
    count = len(arrays["images"])
    n, total = (np.bincount(image, weights, count) for weights in (None, centred))
    found: Numbers = np.where(n > 0, total / np.maximum(n, 1), 1.0)
    return found


def need_judgements(arrays: Arrays, names: Iterable[str], place: str) -> None:
    """Raise ElicitError unless the file has these arrays of every judgement."""
    missing = [name for name in names if name not in arrays]
    if missing:
        raise ElicitError(
            f"{place}: has no {missing[0]}, so no judgements one by one; make it with learn "
            "relabel --per-participant"
        )


def keep_class(labels: Labels, mixup: Labels) -> Labels:
    """Return labels in which the class that mixup calls larger has KEPT_SHARE or more.

    What it gains, the other classes lose, in proportion. Where mixup calls no class larger, the
    label stays as it is.

    Args:
        labels: (N, K), rows sum to 1.
        mixup: (N, K), alike.
    """
    each, top = np.arange(len(mixup)), mixup.argmax(axis=1)
    own = labels[each, top]
    is_tied = (mixup == mixup.max(axis=1, keepdims=True)).sum(axis=1) > 1
    raised = np.where(is_tied, own, np.maximum(own, KEPT_SHARE))
    kept: Labels = labels * ((1 - raised) / np.where(own < 1, 1 - own, 1))[:, None]
    kept[each, top] = raised
    return kept
