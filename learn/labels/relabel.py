"""From judgements to a labelled set: the images that were judged, remade, and their soft labels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from elicit.errors import ElicitError
from learn.arrays import Labels
from learn.labels.categorical import ANSWER_COLUMNS, average_answers, label_answers, pool_answers
from learn.labels.from_policy import PolicyPrior, add_posterior, add_prediction, fit_prior
from learn.labels.labelled_set import LabelledDataset
from learn.labels.types import (
    CATEGORICAL_TYPES,
    DEFAULT_TYPES,
    SHARE_TYPES,
    TYPES,
    class_indices,
    interpolate_labels,
    smooth_labels,
)
from learn.labels.verification import fingerprint_ends
from learn.policies.policy import Policy
from learn.study.endpoints import open_endpoints, verify_endpoints
from learn.study.judgements import to_arrays
from learn.study.pooling import pool
from learn.study.schema import describe_blends, names_classes, number_blends
from learn.study.table import check_one_process
from stimuli.processes.batches import mix_again, parse_boxes
from stimuli.sources.endpoints import EndpointSource


def relabel(
    judgements: pd.DataFrame,
    stimuli: str | None = None,
    *,
    types: Sequence[str] | None = None,
    per_participant: bool = False,
    prior: PolicyPrior | None = None,
) -> LabelledDataset:
    """Return the images that were judged, remade, with the labels that the judgements imply.

    Args:
        judgements: rows of `learn.study.table.read_study` that count, at least one.
        stimuli: where the endpoint images are, as `stimuli.sources.endpoints.open_source` takes it;
            None for where the rows say.
        types: label types of `learn.labels.types.JUDGED_TYPES`, beside mixup; None for those that
            are usual for these judgements. Where all are of Categorize, CATEGORICAL_TYPES of it.
        per_participant: keep every judgement too; those of Categorize are kept anyway.
        prior: the policy behind the types that need one, for these only; None: pooled, fitted
            to the judgements.

    Raises:
        ElicitError: rows of several sources, sizes or processes, an image that is not the one
            that was shown, types that are not made of such judgements, or a policy that cannot be
            fitted or does not know these images.
        StimulusError: the source cannot be opened.
    """
    names_any = bool(names_classes(judgements).all())
    types = _choose_types(types, names_any)
    process = check_one_process(judgements)
    source = open_endpoints(judgements, stimuli)
    shown = verify_endpoints(source, judgements)
    endpoints, policy, every, own_labels = shown.images, None, None, None
    if names_any:
        percepts = pool_answers(judgements)
        labels = soft_labels(percepts, source.classes, ()) | {
            name: average_answers(judgements, label_answers(judgements, source.classes, rule))
            for name in types
            if (rule := TYPES[name].rule) is not None
        }
        every = list_judgements(judgements, percepts, ANSWER_COLUMNS)
        own_labels = label_answers(every, source.classes)
    else:
        percepts = pool(judgements)
        percepts, policy = _by_policy(percepts, judgements, source, types, prior or PolicyPrior())
        labels = soft_labels(percepts, source.classes, types)
        every = list_judgements(judgements, percepts) if per_participant else None
    image_i, image_j = (
        np.stack([endpoints[image] for image in percepts[end]]) for end in ("image_i", "image_j")
    )
    boxes = parse_boxes(percepts["box"].tolist()) if "box" in percepts else None
    ids = percepts[["image_i", "image_j"]].to_numpy(np.int64)
    shares = percepts["lambda_f"].to_numpy(np.float64)
    return LabelledDataset(
        percepts=percepts,
        images=mix_again(process, source, (image_i, image_j), ids, shares, boxes),
        fingerprints=fingerprint_ends(image_i, image_j),
        labels=labels,
        classes=source.classes,
        source=source.name,
        endpoints=len(endpoints),
        unverified=shown.unverified,
        judgements=every,
        judgement_labels=own_labels,
        process=process,
        boxes=boxes,
        policy=policy,
    )


def soft_labels(
    percepts: pd.DataFrame, classes: Sequence[str], types: Sequence[str] = DEFAULT_TYPES
) -> dict[str, Labels]:
    """Return the labels of each type, `mixup` before the others.

    A share c of class i becomes `c * y_i + (1 - c) * y_j` (Eq. 2 of the paper); `TYPES` says what
    c is, and which omega smooths the label. Where confidence was not asked (Construct,
    Select-Shuffled) omega counts as 1: the label stays as it is.

    Args:
        percepts: (N, ...) one row an image, as `learn.study.pooling.pool` gives it; for types that
            need a policy with the columns that `learn.labels.from_policy` adds.
        classes: (K,) all classes of the endpoint source.
        types: of `learn.labels.types.JUDGED_TYPES`.

    Returns:
        Each type's (N, K) float64 labels in [0, 1]; rows sum to 1.
    """
    columns = (class_indices(percepts[name], classes) for name in ("class_i", "class_j"))
    ends = np.stack([*columns], axis=1)
    found = {}
    for kind in (TYPES[name] for name in dict.fromkeys(["mixup", *types])):
        labels = interpolate_labels(percepts[kind.column], ends, len(classes))
        if kind.omega is not None:
            labels = smooth_labels(labels, percepts[kind.omega].fillna(1.0))
        found[kind.name] = labels
    return found


def list_judgements(
    judgements: pd.DataFrame, percepts: pd.DataFrame, answer: Sequence[str] = ("lambda_g", "omega")
) -> pd.DataFrame:
    """Return every judgement, sorted by image, then participant; no identities.

    Columns: `image`, row of `percepts`; `participant`, numbered from 0 by pseudonym among those
    here; `repeat`; and those of `answer`, such as `lambda_g` and `omega`, NaN where not asked. A
    person's own label of an image is `lambda_g * y_i + (1 - lambda_g) * y_j`.
    """
    blends = describe_blends(judgements)
    what = blends.columns.tolist()
    numbered = percepts[what].assign(image=range(len(percepts)))
    found = judgements.drop(columns=what).join(blends).merge(numbered, on=what, how="inner")
    found["participant"] = found["participant"].rank(method="dense").astype(np.int64) - 1
    columns = ["image", "participant", "repeat", *answer]
    return found[columns].sort_values(columns, ignore_index=True)


def _choose_types(types: Sequence[str] | None, names_any: bool) -> Sequence[str]:
    """Return the label types to make: those given, or the usual ones of such judgements.

    Raises:
        ElicitError: a type that is not made of such judgements.
    """
    if types is None:
        return CATEGORICAL_TYPES if names_any else DEFAULT_TYPES
    allowed = ("mixup", *CATEGORICAL_TYPES) if names_any else SHARE_TYPES
    wrong = [name for name in types if name not in allowed]
    if wrong:
        counted = (
            "only answers of Categorize count, which have no lambda_g"
            if names_any
            else "it is made of Categorize's answers: say --paradigms categorize"
        )
        raise ElicitError(
            f"--label: must be one of {', '.join(allowed)} here, got {wrong[0]}; {counted}"
        )
    return types


def _by_policy(
    percepts: pd.DataFrame,
    judgements: pd.DataFrame,
    source: EndpointSource,
    types: Sequence[str],
    prior: PolicyPrior,
) -> tuple[pd.DataFrame, Policy | None]:
    """Return percepts with what the types that need a policy need, and the policy."""
    if not any(TYPES[name].policy for name in types):
        return percepts, None
    policy, observed, process = prior.policy, None, check_one_process(judgements)
    if policy is None:
        policy, observed = fit_prior(judgements, source.classes)
        policy = policy.with_process(process)
    policy.check_process(process, "--policy")
    looks = prior.measure_looks(policy, source, percepts[["image_i", "image_j"]].to_numpy().ravel())
    percepts = add_prediction(percepts, policy, looks)
    if any((TYPES[name].column or "").startswith("posterior_") for name in types):
        if observed is None:
            observed = to_arrays(judgements, policy.classes)
        row = number_blends(judgements)  # of the percepts
        percepts = add_posterior(percepts, observed, row[observed.rows], policy, looks)
    return percepts, policy
