"""From judgements to a labelled set: the images that were judged, remade, and their soft labels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from learn.arrays import Labels
from learn.labels.from_policy import Prior, with_posterior, with_prediction
from learn.labels.labelled_set import LabelledSet
from learn.policies.policy import Policy
from learn.study.endpoints import open_endpoints, verified
from learn.study.pooling import pool
from learn.study.schema import BLEND
from stimuli.mixing import mix
from stimuli.sources.endpoints import EndpointSource


class LabelType(NamedTuple):
    """A type of label: a coefficient, and how far the label stands from uniform."""

    name: str
    coefficient: str  # column of the percepts: the share of class i
    omega: str | None = None  # column: omega * label + (1 - omega) * uniform; None: the label


# Ways of making labels of judgements, and the label types that each makes.
WEIGHTINGS = {
    "plain": (LabelType("average", "mean_lambda_g"),),
    "smoothed": (LabelType("average_omega", "mean_lambda_g", "mean_omega"),),
    "hmix": (LabelType("average_hmix", "hmix_lambda_g"),),
    "normalised": (LabelType("average_weighted", "weighted_lambda_g"),),
    "mixup-omega": (LabelType("mixup_omega", "lambda_f", "mean_omega"),),
    "policy": (LabelType("policy", "policy_lambda_g"),),
    "empirical-bayes": (
        LabelType("empirical_bayes", "posterior_lambda_g"),
        LabelType("empirical_bayes_omega", "posterior_lambda_g", "posterior_omega"),
    ),
}
USUAL = ("plain", "smoothed")
BY_POLICY = ("policy", "empirical-bayes")  # these need a policy


def relabel(
    judgements: pd.DataFrame,
    stimuli: str | None = None,
    *,
    weightings: Sequence[str] = USUAL,
    per_participant: bool = False,
    prior: Prior | None = None,
) -> LabelledSet:
    """Return the images that were judged, remade, with the labels that the judgements imply.

    Args:
        judgements: rows of `learn.table.read` that count, at least one.
        stimuli: where the endpoint images are, as `stimuli.endpoints.open_source` takes it; None
            for where the rows say.
        weightings: of `WEIGHTINGS`; each makes a label type, beside mixup.
        per_participant: keep every judgement too.
        prior: the policy behind the weightings BY_POLICY, for these only; None: pooled, fitted
            to the judgements.

    Raises:
        ElicitError: rows of several sources or sizes, an endpoint image that is not the one
            that was shown, or a policy that cannot be fitted or does not know these images.
        StimulusError: the source cannot be opened.
    """
    source = open_endpoints(judgements, stimuli)
    percepts = pool(judgements)
    shown = verified(source, judgements)
    endpoints = shown.images
    percepts, policy = _by_policy(percepts, judgements, source, weightings, prior or Prior())
    return LabelledSet(
        percepts=percepts,
        images=mix(
            np.stack([endpoints[image] for image in percepts["image_i"]]),
            np.stack([endpoints[image] for image in percepts["image_j"]]),
            percepts["lambda_f"].tolist(),
        ),
        labels=soft_labels(percepts, source.classes, weightings),
        classes=source.classes,
        source=source.name,
        endpoints=len(endpoints),
        unverified=shown.unverified,
        judgements=each_judgement(judgements, percepts) if per_participant else None,
        policy=policy,
    )


def soft_labels(
    percepts: pd.DataFrame, classes: Sequence[str], weightings: Sequence[str] = USUAL
) -> dict[str, Labels]:
    """Return the label types that an image's own judgements decide.

    A coefficient c becomes `c * y_i + (1 - c) * y_j` (Eq. 2 of the paper). `mixup` has c =
    lambda_f; `average` has c = the mean lambda_g; `average_omega` (the paper's Table 1) is omega *
    average + (1 - omega) * uniform over all K classes, omega being the mean confidence;
    `average_hmix` has c = mean(omega * lambda_g), as in H-Mix; `average_weighted` has c =
    sum(omega * lambda_g) / sum(omega); `mixup_omega` is mixup smoothed as `average_omega` is.
    `policy` has c = the policy's lambda_g; `empirical_bayes` has that moved by the image's raters,
    and `empirical_bayes_omega` smooths it by an omega of its own (`learn.shrinkage.omega_of`).
    Where confidence was not asked (Construct, Select-Shuffled) omega counts as 1: the label stays
    as it is.

    Args:
        percepts: (N, ...) one row a blend, as `learn.study.pooling.pool` gives it; for weightings
            BY_POLICY with the columns that `learn.policy_labels` adds.
        classes: (K,) all classes of the endpoint source.
        weightings: of `WEIGHTINGS`.

    Returns:
        Each type's (N, K) float64 labels in [0, 1]; rows sum to 1.
    """
    types = {"mixup": _labels(percepts, classes, percepts["lambda_f"])}
    for kind in (kind for weighting in weightings for kind in WEIGHTINGS[weighting]):
        labels = _labels(percepts, classes, percepts[kind.coefficient])
        types[kind.name] = labels if kind.omega is None else _smoothed(labels, percepts[kind.omega])
    return types


def each_judgement(judgements: pd.DataFrame, percepts: pd.DataFrame) -> pd.DataFrame:
    """Return every judgement, sorted by image, then participant; no identities.

    Columns: `image`, row of `percepts`; `participant`, numbered from 0 by pseudonym among those
    here; `repeat`; `lambda_g`; `omega`, NaN where not asked. A person's own label of an image is
    `lambda_g * y_i + (1 - lambda_g) * y_j`.
    """
    numbered = percepts[BLEND].assign(image=range(len(percepts)))
    found = judgements.merge(numbered, on=BLEND, how="inner")
    found["participant"] = found["participant"].rank(method="dense").astype(np.int64) - 1
    columns = ["image", "participant", "repeat", "lambda_g", "omega"]
    return found[columns].sort_values(columns, ignore_index=True)


def _by_policy(
    percepts: pd.DataFrame,
    judgements: pd.DataFrame,
    source: EndpointSource,
    weightings: Sequence[str],
    prior: Prior,
) -> tuple[pd.DataFrame, Policy | None]:
    """Return percepts with what the weightings BY_POLICY need, and the policy."""
    if not set(BY_POLICY) & set(weightings):
        return percepts, None
    policy = prior.fitted(judgements, source)
    looks = prior.looks(policy, source, percepts[["image_i", "image_j"]].to_numpy().ravel())
    percepts = with_prediction(percepts, policy, looks)
    if "empirical-bayes" in weightings:
        percepts = with_posterior(percepts, judgements, policy, looks)
    return percepts, policy


def _labels(percepts: pd.DataFrame, classes: Sequence[str], share: ArrayLike) -> Labels:
    """Return (N, K): `share` (N,) of class i, the rest of class j."""
    share_i, eye = np.asarray(share, dtype=np.float64)[:, None], np.eye(len(classes))
    y_i = eye[_indices(percepts["class_i"], classes)]
    y_j = eye[_indices(percepts["class_j"], classes)]
    mixed: Labels = share_i * y_i + (1 - share_i) * y_j
    return mixed


def _indices(names: Iterable[Any], classes: Sequence[str]) -> list[int]:
    place = {name: number for number, name in enumerate(classes)}
    return [place[name] for name in names]


def _smoothed(labels: Labels, mean_omega: pd.Series[Any]) -> Labels:
    omega = mean_omega.fillna(1.0).to_numpy()[:, None]
    smoothed: Labels = omega * labels + (1 - omega) / labels.shape[1]
    return smoothed
