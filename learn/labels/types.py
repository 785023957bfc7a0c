"""The label types of the blends that training adds: the paper's six, and controls beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from elicit.errors import ElicitError
from learn.arrays import Arrays, Codes, Labels

_FLAT = 1e-6  # a label's peak above 1/K by no more than that says nothing
PAPERS = ("none", "random", "uniform", "mixup", "average", "average_omega")  # rows of Table 1

# What each label type says of a blend of classes i and j. Types that are not made here are read
# from labels.npz, under their own name.
TYPES = {
    "none": "no blends: the training images alone",
    "random": "a share of class i drawn evenly from [0, 1], the rest class j",
    "uniform": "every class alike",
    "mixup": "lambda_f of class i, the rest class j",
    "average": "the mean lambda_g of its judgements",
    "average_omega": "average, smoothed towards uniform by the mean confidence omega",
    "average_weighted": "the mean lambda_g weighted by confidence",
    "average_hmix": "the mean of omega * lambda_g, as H-Mix's authors weighted it",
    "mixup_omega": "mixup, smoothed towards uniform by the same omega as average_omega",
    "mixup_smoothed": "mixup, smoothed towards uniform alike everywhere, by the mean omega of all",
    "average_smoothed": "average, smoothed towards uniform alike everywhere, by the mean omega",
    "empirical_bayes": "the label policy's, moved by its few judgements as far as they can be "
    "trusted",
    "empirical_bayes_omega": "empirical_bayes, smoothed towards uniform by its own spread",
    "empirical_bayes_human_omega": "empirical_bayes, smoothed by the mean confidence omega",
    "policy": "the label policy's lambda_g",
    "participants": "one participant's lambda_g, drawn anew each epoch",
}


@dataclass(frozen=True)
class Blends:
    """Blends and their labels.

    Attributes:
        rows: (N,) which images of labels.npz.
        labels: (N, K) float64, rows sum to 1.
        alternatives: (J, K) labels of which each epoch draws one for every blend, if not None.
        of_blend: (J,) which blend each alternative labels, increasing; each has at least one.
    """

    rows: Codes
    labels: Labels
    alternatives: Labels | None = None
    of_blend: Codes | None = None


def label_type(name: str, place: str = "--type") -> str:
    """Return the name of a label type as it is spelled here; hyphens will do.

    Args:
        name: as given.
        place: where, for the error.

    Raises:
        ElicitError: there is no such type.
    """
    spelled = name.replace("-", "_")
    if spelled not in TYPES:
        raise ElicitError(f"{place}: must be one of {', '.join(TYPES)}; got {name!r}")
    return spelled


def labels_of(name: str, arrays: Arrays, ends: Codes, place: str, seed: int) -> Blends:
    """Return the labels of a type for the blends in a labels.npz.

    Args:
        name: of `TYPES`.
        arrays: what the file holds, as `learn.labels_file.read_labels` checked it.
        ends: (N, 2) classes of endpoints i and j, as indexes.
        place: the file, for errors.
        seed: of the random type.

    Raises:
        ElicitError: the file has not got what the type needs.
    """
    count, classes = len(arrays["images"]), len(arrays["classes"])
    every = np.arange(count)
    if name == "none":
        return Blends(every[:0], np.zeros((0, classes)))
    if name == "uniform":
        return Blends(every, np.full((count, classes), 1 / classes))
    if name == "random":
        share = np.random.default_rng([seed, 0xB1E4D]).random(count)
        return Blends(every, _between(ends, share, classes))
    if name == "participants":
        return _participants(arrays, ends, place)
    if name in ("mixup_omega", "empirical_bayes_human_omega"):
        of = "mixup" if name == "mixup_omega" else "empirical_bayes"
        return Blends(every, _smoothed(_read(of, arrays, place), omega_of(arrays, place)))
    if name in ("mixup_smoothed", "average_smoothed"):
        omega = omega_of(arrays, place).mean()
        return Blends(every, _smoothed(_read(name.split("_")[0], arrays, place), omega))
    return Blends(every, _read(name, arrays, place))


def omega_of(arrays: Arrays, place: str) -> Labels:
    """Return (N,) the mean confidence that smoothed `average` into `average_omega`.

    omega = (peak of average_omega - 1/K) / (peak of average - 1/K), the peak being the largest
    entry of average: what the smoothing did to it, undone. An average that says nothing (of two
    classes, half each) does not show its omega: it counts as the mean of the others'.
    """
    average, smoothed = _read("average", arrays, place), _read("average_omega", arrays, place)
    peak, each = average.argmax(axis=1), np.arange(len(average))
    even = 1 / average.shape[1]
    height = average[each, peak] - even
    shown = height > _FLAT
    omega: Labels = (smoothed[each, peak] - even) / np.where(shown, height, 1)
    omega[~shown] = omega[shown].mean() if shown.any() else 1
    return np.clip(omega, 0, 1)


def _read(name: str, arrays: Arrays, place: str) -> Labels:
    if name not in arrays:
        there = ", ".join(each for each in TYPES if each in arrays)
        raise ElicitError(
            f"{place}: has no labels of type {name}, only {there}; "
            "see learn relabel --weighting for how they are made"
        )
    return np.asarray(arrays[name], dtype=np.float64)


def _smoothed(labels: Labels, omega: Any) -> Labels:
    share = np.asarray(omega).reshape(-1, 1)
    mixed: Labels = share * labels + (1 - share) / labels.shape[1]
    return mixed


def _between(ends: Codes, share: Labels, classes: int) -> Labels:
    """Return (N, K): `share` (N,) of class i, the rest of class j."""
    eye, of_i = np.eye(classes), share[:, None]
    mixed: Labels = of_i * eye[ends[:, 0]] + (1 - of_i) * eye[ends[:, 1]]
    return mixed


def _participants(arrays: Arrays, ends: Codes, place: str) -> Blends:
    if "judgement_image" not in arrays:
        raise ElicitError(
            f"{place}: has no judgements one by one; make it with learn relabel --per-participant"
        )
    of_blend = np.asarray(arrays["judgement_image"], dtype=np.int64)
    order = np.argsort(of_blend, kind="stable")
    of_blend, share = of_blend[order], np.asarray(arrays["judgement_lambda_g"])[order]
    every = np.arange(len(arrays["images"]))
    if len(np.unique(of_blend)) < len(every):
        raise ElicitError(f"{place}: some images have no judgement; make it with learn relabel")
    alternatives = _between(ends[of_blend], share, len(arrays["classes"]))
    return Blends(every, _read("average", arrays, place), alternatives, of_blend)
