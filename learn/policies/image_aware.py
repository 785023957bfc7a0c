"""The image-aware policy: the curve of a pair also depends on features of the endpoints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from elicit.errors import ElicitError
from learn.arrays import Ids, Numbers
from learn.policies.features import FEATURES, endpoint_features
from learn.policies.fit import Covariates, build_policy, fit_reliably
from learn.policies.policy import Appearance, Policy
from learn.study.judgements import JudgementArrays
from stimuli.array_files import read_arrays
from stimuli.sources.endpoints import EndpointSource

# Prior spread of a feature's weight, in logits for a standard deviation of the feature; chosen,
# as the priors of a pair, by cross-validation on H-Mix, where a third or thrice is as good. With
# more features than FEATURES it falls, so that what they all say together is as uncertain.
DOMINANCE_SD = 0.12
CLARITY_SD = 0.06
_BARELY = 0.1  # added to the counts of each class, so that a class nobody chose has a logarithm


@dataclass(frozen=True)
class EndpointFeatures:
    """Measured endpoints: M images of one source, F features each."""

    names: tuple[str, ...]  # F
    image_ids: Ids  # (M,), increasing
    values: Numbers  # (M, F)

    def of(self, image_ids: Ids) -> Numbers:
        """Return (N, F) features of the images called `image_ids` (N,), all measured before."""
        found: Numbers = self.values[np.searchsorted(self.image_ids, image_ids)]
        return found


def measure_endpoints(
    source: EndpointSource,
    image_ids: Sequence[int] | Ids,
    labels: Mapping[str, Numbers] | None = None,
    extra: Mapping[str, Numbers] | None = None,
) -> EndpointFeatures:
    """Return the features of endpoint images.

    Args:
        source: where the images are.
        image_ids: (M,) ids, in any order; each is measured once.
        labels: class votes for the source's images, by name: (images, K) counts or shares of
            each class, rows by image id, as CIFAR-10H's. Each adds two features: `NAME_typicality`,
            the log share of the image's own class, and `NAME_entropy`, nats.
        extra: other features of the source's images, by name: (images, D), rows by image id, as a
            network's embedding; they are called `NAME_0` and so on.

    Raises:
        StimulusError: an image that the source does not have.
        ElicitError: labels or features of another shape, or values that are none.
    """
    ids = np.unique(np.asarray(image_ids, dtype=np.int64))
    names, columns = list(FEATURES), [endpoint_features(source, ids)]
    for name, counts in (labels or {}).items():
        columns.append(_typicality(name, counts, source, ids))
        names += [f"{name}_typicality", f"{name}_entropy"]
    for name, values in (extra or {}).items():
        if len(values) <= ids.max(initial=-1) or not np.isfinite(values[ids]).all():
            raise ElicitError(
                f"features {name}: must have a row of finite numbers for every image, "
                f"got {len(values)} rows"
            )
        columns.append(values[ids])
        names += [f"{name}_{number}" for number in range(values.shape[1])]
    return EndpointFeatures(tuple(names), ids, np.concatenate(columns, axis=1))


def read_array(path: Path) -> Numbers:
    """Return the numbers in a .npy file, (images, columns), for `measure_endpoints`.

    Raises:
        ElicitError: the file cannot be read, or holds something else.
    """
    try:
        counts = read_arrays(path)
    except (OSError, ValueError) as error:
        raise ElicitError(f"{path}: cannot be read as a .npy array: {error}") from error
    if not isinstance(counts, np.ndarray) or counts.ndim != 2 or counts.dtype.kind not in "iuf":
        raise ElicitError(f"{path}: must hold one array of numbers, a row an image")
    return counts.astype(np.float64)


def fit_image_aware(observed: JudgementArrays, looks: EndpointFeatures) -> Policy:
    """Return the partially pooled policy, with a curve that depends on endpoint features.

    Weights of features are normal about 0 (DOMINANCE_SD, CLARITY_SD, less where features are
    many), which shrinks the weight of a feature that predicts little. Features are standardised
    over the endpoints of the judgements.

    Raises:
        ElicitError: all answers, or all lambda_f, are the same.
    """
    ends = np.unique(np.concatenate([observed.image_i, observed.image_j]))
    values = looks.of(ends)
    spread = values.std(axis=0)
    mean, sd = values.mean(axis=0), np.where(spread > 1e-9, spread, 1.0)

    def standard(image_ids: Ids) -> Numbers:
        within: Numbers = np.clip((looks.of(image_ids) - mean) / sd, -4, 4)
        return within

    i, j = standard(observed.image_i), standard(observed.image_j)
    doubt = min(1.0, np.sqrt(len(FEATURES) / len(looks.names)))
    priors = (doubt * DOMINANCE_SD, doubt * CLARITY_SD)
    fitted = fit_reliably(observed, Covariates(i - j, i + j, *priors))
    look = Appearance(looks.names, mean, sd, fitted.dominance, fitted.clarity)
    return replace(build_policy("image_aware", observed, fitted), appearance=look)


def strengths(policy: Policy, looks: EndpointFeatures) -> Numbers:
    """Return (M, 2) strengths of the measured images, for `Policy.lambda_g` and the look-up.

    A policy that does not look at images gives each endpoint (0, 0), which changes nothing.

    Raises:
        ElicitError: the policy looks at a feature that was not measured.
    """
    look = policy.appearance
    if look is None:
        return np.zeros((len(looks.image_ids), 2))
    missing = [name for name in look.features if name not in looks.names]
    if missing:
        raise ElicitError(
            f"policy {policy.name}: looks at {missing[0]}, which was not measured; give what it "
            "was fitted with (--labels or --features NAME=FILE), or fit it again without"
        )
    return look.strengths(looks.values[:, [looks.names.index(name) for name in look.features]])


def predict(
    policy: Policy, observed: JudgementArrays, looks: EndpointFeatures | None = None
) -> Numbers:
    """Return (N,) lambda_g that the policy gives each judged image.

    Args:
        policy: with the classes of `observed`.
        observed: N judgements.
        looks: their endpoints, for a policy that looks at images.

    Raises:
        ElicitError: the policy looks at images and `looks` is not given or misses a feature.
    """
    i, j = policy.index(observed.classes)[observed.pairs[observed.pair].T]
    if policy.appearance is None:
        return policy.lambda_g(observed.lambda_f, i, j)
    if looks is None:
        raise ElicitError(
            f"policy {policy.name}: looks at the endpoint images; say where they are with --stimuli"
        )
    found = replace(looks, names=("dominance", "clarity"), values=strengths(policy, looks))
    return policy.lambda_g(
        observed.lambda_f, i, j, found.of(observed.image_i), found.of(observed.image_j)
    )


def _typicality(name: str, counts: Numbers, source: EndpointSource, ids: Ids) -> Numbers:
    if counts.shape[1] != len(source.classes) or len(counts) <= ids.max(initial=-1):
        raise ElicitError(
            f"labels {name}: must have a row for every image and a column for each of "
            f"{len(source.classes)} classes, got {counts.shape[0]} by {counts.shape[1]}"
        )
    if not np.isfinite(counts[ids]).all() or (counts[ids] < 0).any():
        raise ElicitError(f"labels {name}: must be counts or shares, got a value that is neither")
    shares = counts[ids] + _BARELY
    shares /= shares.sum(axis=1, keepdims=True)
    own = [source.classes.index(source.class_of(int(each))) for each in ids]
    logs = np.log(shares)
    return np.stack([logs[np.arange(len(ids)), own], -(shares * logs).sum(axis=1)], axis=-1)
