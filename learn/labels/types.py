"""The label types: one table of what each says of a mixed image, and how labels are made of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from elicit.errors import ElicitError
from learn.arrays import Arrays, Codes, Labels, Numbers
from learn.labels.categorical import LabelRule, apply_dirichlet_rule, apply_published_rule
from learn.labels.controls import centre_confidence, keep_class, permute_within

_FLAT = 1e-6  # a label's peak above 1/K by no more than that says nothing


@dataclass(frozen=True)
class LabelType:
    """What a label type says of a mixed image of classes i and j.

    Attributes:
        name: in options, CSV files and labels.npz.
        title: of a table's row.
        description: one line for --help and the documents.
        formula: of the share of class i, the rest going to class j, or of the whole label.
        needs: what it is made of, for the documents.
        column: of the percepts, the share of class i; None where `learn relabel` does not make it.
        omega: column of the percepts; the label is omega * label + (1 - omega) * uniform. None: it
            is the label as it is.
        policy: whether `learn relabel` needs a policy for it.
        rule: that makes a label over all classes of an answer of Categorize; the image's label is
            the mean of those. None: it is not made of such answers.
    """

    name: str
    title: str
    description: str
    formula: str
    needs: str
    column: str | None = None
    omega: str | None = None
    policy: bool = False
    rule: LabelRule | None = None


_POLICY = "a label policy: --policy, or one fitted to the judgements"
_CONFIDENCE = "confidence (omega)"
_ONE_BY_ONE = "every judgement: learn relabel --per-participant"
_CATEGORIZE = "answers of Categorize: learn relabel --paradigms categorize"

# To add a label type: name it here. `learn relabel` makes those with a column or a rule and writes
# them to labels.npz; the others are made of that file in `make_labels`, when a network is trained.
_ALL = (
    LabelType(
        "none",
        "Regular (no blends)",
        "no blends: the training images alone",
        "",
        "nothing",
    ),
    LabelType(
        "random",
        "+ random labels",
        "a share of class i drawn evenly from [0, 1], the rest class j",
        "a random number from [0, 1]",
        "a seed",
    ),
    LabelType(
        "uniform",
        "+ uniform labels",
        "every class alike",
        "1 / K of each of the K classes",
        "nothing",
    ),
    LabelType(
        "mixup",
        "+ mixup labels",
        "lambda_f of class i, the rest class j",
        "lambda_f of class i, the rest of class j: what mixup would say",
        "nothing",
        column="lambda_f",
    ),
    LabelType(
        "average",
        "+ average relabellings",
        "the mean lambda_g of its judgements",
        "the mean lambda_g of the image's judgements",
        "judgements",
        column="mean_lambda_g",
    ),
    LabelType(
        "average_omega",
        "+ average with omega",
        "average, smoothed towards uniform by the mean confidence omega",
        "omega * average + (1 - omega) * uniform, omega the mean confidence",
        _CONFIDENCE,
        column="mean_lambda_g",
        omega="mean_omega",
    ),
    LabelType(
        "average_weighted",
        "+ confidence-weighted average",
        "the mean lambda_g weighted by confidence",
        "sum(omega * lambda_g) / sum(omega)",
        _CONFIDENCE,
        column="weighted_lambda_g",
    ),
    LabelType(
        "average_hmix",
        "+ H-Mix's weighted average",
        "the mean of omega * lambda_g, as H-Mix's authors weighted it",
        "mean(omega * lambda_g), not divided by the weights, as in H-Mix",
        _CONFIDENCE,
        column="hmix_lambda_g",
    ),
    LabelType(
        "mixup_omega",
        "+ mixup with omega",
        "mixup, smoothed towards uniform by the same omega as average_omega",
        "omega * mixup + (1 - omega) * uniform, omega the mean confidence",
        _CONFIDENCE,
        column="lambda_f",
        omega="mean_omega",
    ),
    LabelType(
        "mixup_smoothed",
        "+ mixup, smoothed alike",
        "mixup, smoothed towards uniform alike everywhere, by the mean omega of all",
        "m * mixup + (1 - m) * uniform, m the mean omega of all images",
        _CONFIDENCE,
    ),
    LabelType(
        "average_smoothed",
        "+ average, smoothed alike",
        "average, smoothed towards uniform alike everywhere, by the mean omega of all",
        "m * average + (1 - m) * uniform, m the mean omega of all images",
        _CONFIDENCE,
    ),
    LabelType(
        "average_omega_permuted",
        "+ average with others' omega",
        "average_omega with the omega of another blend of the same lambda_f",
        "omega * average + (1 - omega) * uniform, omega the mean confidence of a blend drawn among "
        "those of the same lambda_f",
        f"{_CONFIDENCE} and a seed",
    ),
    LabelType(
        "average_omega_centred",
        "+ average with centred omega",
        "average_omega with each person's own level of confidence taken out",
        "omega * average + (1 - omega) * uniform, omega the mean of each rater's confidence less "
        "the rater's mean plus the mean of all, cut to [0, 1]",
        f"{_CONFIDENCE}, {_ONE_BY_ONE}",
    ),
    LabelType(
        "average_kept_class",
        "+ average, mixup's class kept",
        "average, but the class that mixup calls larger stays larger",
        "the mean lambda_g, but at least .51 of the class of which lambda_f is above .5",
        "judgements",
    ),
    LabelType(
        "empirical_bayes",
        "+ empirical Bayes",
        "the mean lambda_g, shrunk towards the policy's; the fewer and noisier the judgements, the "
        "more",
        "the policy's lambda_g, moved by the image's raters as far as their number and agreement "
        "earn (an empirical-Bayes estimate)",
        _POLICY,
        column="posterior_lambda_g",
        policy=True,
    ),
    LabelType(
        "empirical_bayes_omega",
        "+ empirical Bayes with its own omega",
        "empirical_bayes, smoothed towards uniform by its own uncertainty",
        "omega * empirical_bayes + (1 - omega) * uniform, omega = 1 - sqrt(12) * its posterior "
        "standard deviation: 0 where nothing is known",
        _POLICY,
        column="posterior_lambda_g",
        omega="posterior_omega",
        policy=True,
    ),
    LabelType(
        "empirical_bayes_human_omega",
        "+ empirical Bayes with omega",
        "empirical_bayes, smoothed towards uniform by the mean confidence omega",
        "omega * empirical_bayes + (1 - omega) * uniform, omega the mean confidence",
        f"empirical_bayes and {_CONFIDENCE}",
    ),
    LabelType(
        "policy",
        "+ label policy",
        "the label policy's lambda_g, whatever the image's own raters said",
        "the lambda_g that the policy predicts, whatever the image's own raters said",
        _POLICY,
        column="policy_lambda_g",
        policy=True,
    ),
    LabelType(
        "participants",
        "+ one participant an epoch",
        "one participant's lambda_g, drawn anew each epoch",
        "the lambda_g of one judgement of the image",
        _ONE_BY_ONE,
    ),
    LabelType(
        "categorical",
        "+ categorical labels",
        "any of the K classes: the mean label of its raters in Categorize, by H-Mix's rule",
        "the mean of its answers' labels by the rule top-2 clamp with redistribution 0.1",
        _CATEGORIZE,
        rule=apply_published_rule,
    ),
    LabelType(
        "categorical_dirichlet",
        "+ categorical labels, smooth rule",
        "the same by a rule without jumps, under which no class has 0",
        "the mean of its answers' labels, each (100 * shares + 1/2) / (100 + K/2)",
        _CATEGORIZE,
        rule=apply_dirichlet_rule,
    ),
    LabelType(
        "categorical_raters",
        "+ one categorical rater an epoch",
        "one rater's label of categorical, drawn anew each epoch",
        "the label of one answer to the image by the rule top-2 clamp with redistribution 0.1",
        _CATEGORIZE,
    ),
)
TYPES = {each.name: each for each in _ALL}
NEED_ENDS = ("random", "participants")  # made of the classes of a blend's endpoints
SEEDED = ("random", "average_omega_permuted")  # that each seed draws anew
PAPER_TYPES = ("none", "random", "uniform", "mixup", "average", "average_omega")  # of Table 1
CONTROL_TYPES = (  # that tell what it is about people's labels that helps
    "mixup_omega",
    "mixup_smoothed",
    "average_smoothed",
    "average_omega_permuted",
    "average_omega_centred",
    "average_kept_class",
    "empirical_bayes",
    "participants",
)
DEFAULT_TYPES = ("average", "average_omega")  # of `learn relabel`, beside mixup
CATEGORICAL_TYPES = tuple(each.name for each in _ALL if each.rule)  # of Categorize's answers
SHARE_TYPES = tuple(each.name for each in _ALL if each.column)  # of the others' lambda_g
JUDGED_TYPES = (*SHARE_TYPES, *CATEGORICAL_TYPES)  # that `learn relabel` makes
ONE_RATER_TYPES = {"participants": "average", "categorical_raters": "categorical"}  # their means


def markdown_table() -> str:
    """Return the label types as a Markdown table, as the documents have it."""
    lines = ["| label type | what it says of a blend of classes i and j | formula | needs |"]
    lines.append("|---|---|---|---|")
    lines += [
        f"| `{each.name}` | {each.description} | {each.formula or '-'} | {each.needs} |"
        for each in TYPES.values()
    ]
    return "\n".join(lines) + "\n"


def markdown_list(names: Iterable[str] = TYPES) -> str:
    """Return label types as a Markdown list for --help, a line each."""
    return "\n".join(f"- *{name}*: {TYPES[name].description}" for name in names)


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


def read_name(name: str, place: str = "--type", among: Iterable[str] = TYPES) -> str:
    """Return the name of a label type as it is spelled here; hyphens will do.

    Args:
        name: as given.
        place: where, for the error.
        among: the types that are allowed there.

    Raises:
        ElicitError: there is no such type.
    """
    spelled = name.replace("-", "_")
    if spelled not in among:
        raise ElicitError(f"{place}: must be one of {', '.join(among)}; got {name!r}")
    return spelled


def make_labels(name: str, arrays: Arrays, ends: Codes, place: str, seed: int) -> Blends:
    """Return the labels of a type for the blends in a labels.npz.

    Args:
        name: of `TYPES`.
        arrays: what the file holds, as `learn.labels.file.read_labels` checked it.
        ends: (N, 2) classes of endpoints i and j, as indexes.
        place: the file, for errors.
        seed: of the types in SEEDED.

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
        return Blends(every, interpolate_labels(share, ends, classes))
    if name in ONE_RATER_TYPES:
        return _draw_raters(name, arrays, ends, place)
    if name in ("mixup_omega", "empirical_bayes_human_omega"):
        plain = _read("mixup" if name == "mixup_omega" else "empirical_bayes", arrays, place)
        return Blends(every, smooth_labels(plain, mean_confidence(arrays, place)))
    if name in ("mixup_smoothed", "average_smoothed"):
        omega = mean_confidence(arrays, place).mean()
        return Blends(every, smooth_labels(_read(name.split("_")[0], arrays, place), omega))
    if name == "average_kept_class":
        plain, mixup = _read("average", arrays, place), _read("mixup", arrays, place)
        return Blends(every, keep_class(plain, mixup))
    if name in ("average_omega_permuted", "average_omega_centred"):
        plain, omega = (
            _read("average", arrays, place),
            _control_confidence(name, arrays, place, seed),
        )
        return Blends(every, smooth_labels(plain, omega))
    return Blends(every, _read(name, arrays, place))


def _control_confidence(name: str, arrays: Arrays, place: str, seed: int) -> Numbers:
    """Return (N,) the omega of a control of average_omega."""
    if name == "average_omega_centred":
        return centre_confidence(arrays, place)
    rng = np.random.default_rng([seed, 0x03E6A])
    omega, mixed = mean_confidence(arrays, place), np.asarray(arrays["lambda_f"], np.float64)
    # 0.3 of i is 0.7 of j: the same mix, whichever is called i
    return permute_within(omega, np.round(np.maximum(mixed, 1 - mixed), 6), rng)


def mean_confidence(arrays: Arrays, place: str) -> Numbers:
    """Return (N,) the mean confidence omega of each image, in [0, 1]; 1 where it was not asked.

    Raises:
        ElicitError: the file has neither `mean_omega` nor what it can be worked out from.
    """
    if "mean_omega" in arrays:
        return np.nan_to_num(np.asarray(arrays["mean_omega"], dtype=np.float64), nan=1.0)
    return _confidence_of_older_file(arrays, place)


def _confidence_of_older_file(arrays: Arrays, place: str) -> Numbers:
    """Return (N,) the omega that smoothed `average` into `average_omega`.

    omega = (peak of average_omega - 1/K) / (peak of average - 1/K), the peak being the largest
    entry of average: what the smoothing did to it, undone. An average that says nothing (of two
    classes, half each) does not show its omega: it counts as the mean of the others'.
    """
    average, smoothed = _read("average", arrays, place), _read("average_omega", arrays, place)
    peak, each = average.argmax(axis=1), np.arange(len(average))
    even = 1 / average.shape[1]
    height = average[each, peak] - even
    shown = height > _FLAT
    omega: Numbers = (smoothed[each, peak] - even) / np.where(shown, height, 1)
    omega[~shown] = omega[shown].mean() if shown.any() else 1
    return np.clip(omega, 0, 1)


def class_indices(names: Iterable[Any], classes: Sequence[str]) -> Codes:
    """Return (N,) the place of each class name among `classes`."""
    place = {name: number for number, name in enumerate(classes)}
    return np.array([place[name] for name in names], dtype=np.int64)


def interpolate_labels(share: ArrayLike, ends: Codes, classes: int) -> Labels:
    """Return (N, K) labels: `share` of class i, the rest of class j (Eq. 2 of the paper).

    Args:
        share: (N,) of class i, in [0, 1].
        ends: (N, 2) classes of endpoints i and j, as indexes.
        classes: K.
    """
    eye, share_i = np.eye(classes), np.asarray(share, dtype=np.float64)[:, None]
    mixed: Labels = share_i * eye[ends[:, 0]] + (1 - share_i) * eye[ends[:, 1]]
    return mixed


def smooth_labels(labels: Labels, omega: ArrayLike) -> Labels:
    """Return omega * label + (1 - omega) * uniform.

    Args:
        labels: (N, K), rows sum to 1.
        omega: (N,), or one number for all, in [0, 1]; 1 leaves a label as it is.
    """
    share = np.asarray(omega, dtype=np.float64).reshape(-1, 1)
    mixed: Labels = share * labels + (1 - share) / labels.shape[1]
    return mixed


def _read(name: str, arrays: Arrays, place: str) -> Labels:
    if name not in arrays:
        there = ", ".join(each for each in TYPES if each in arrays)
        raise ElicitError(
            f"{place}: has no labels of type {name}, only {there}; "
            "see learn relabel --label for how they are made"
        )
    return np.asarray(arrays[name], dtype=np.float64)


def _draw_raters(name: str, arrays: Arrays, ends: Codes, place: str) -> Blends:
    """Return every judgement as a label of its own, of which each epoch draws one a blend."""
    column = "judgement_label" if name == "categorical_raters" else "judgement_lambda_g"
    if "judgement_image" not in arrays or column not in arrays:
        how = (
            "learn relabel --paradigms categorize"
            if name == "categorical_raters"
            else "learn relabel --per-participant"
        )
        raise ElicitError(f"{place}: has no judgements one by one; make it with {how}")
    of_blend = np.asarray(arrays["judgement_image"], dtype=np.int64)
    order = np.argsort(of_blend, kind="stable")
    of_blend, given = of_blend[order], np.asarray(arrays[column], dtype=np.float64)[order]
    every = np.arange(len(arrays["images"]))
    if len(np.unique(of_blend)) < len(every):
        raise ElicitError(f"{place}: some images have no judgement; make it with learn relabel")
    if name == "participants":
        given = interpolate_labels(given, ends[of_blend], len(arrays["classes"]))
    return Blends(every, _read(ONE_RATER_TYPES[name], arrays, place), given, of_blend)
