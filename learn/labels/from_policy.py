"""What a policy says of judged images: alone, and moved by the few who judged each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from elicit.errors import ElicitError
from learn.arrays import Codes, Ids, Numbers
from learn.policies.fit import fit_pooled
from learn.policies.image_aware import EndpointFeatures, measure_endpoints, strengths
from learn.policies.policy import Policy
from learn.policies.shrinkage import fit_shrinkage, omega_from_sd
from learn.study.judgements import JudgementArrays, to_arrays
from stimuli.sources.endpoints import EndpointSource


@dataclass(frozen=True)
class PolicyPrior:
    """Which policy to believe before an image's own raters are heard."""

    policy: Policy | None = None  # None: pooled, fitted to the judgements themselves
    votes: Mapping[str, Numbers] = field(default_factory=dict)  # `labels` of `measure_endpoints`
    features: Mapping[str, Numbers] = field(default_factory=dict)

    def measure_looks(
        self, policy: Policy, source: EndpointSource, image_ids: Ids
    ) -> EndpointFeatures | None:
        """Return what the images look like, None for a policy that does not look.

        Raises:
            ElicitError: votes or features that are not of these images, or that nobody asks for.
        """
        if policy.appearance is not None:
            return measure_endpoints(source, image_ids, self.votes, self.features)
        if self.votes or self.features:
            raise ElicitError(
                f"--votes, --features: must be left out for the policy {policy.name}, which does "
                "not look at images; give an image_aware one with --policy"
            )
        return None


def fit_prior(judgements: pd.DataFrame, classes: Sequence[str]) -> tuple[Policy, JudgementArrays]:
    """Return the pooled policy of the judgements themselves, and the judgements as arrays.

    Args:
        judgements: as `learn.study.judgements.to_arrays` takes them.
        classes: (K,) of the endpoint source.

    Raises:
        ElicitError: nothing to fit a policy to, or all answers or all lambda_f are the same.
    """
    try:
        observed = to_arrays(judgements, classes)
        return fit_pooled(observed), observed
    except ElicitError as error:
        raise ElicitError(f"{error}; or give a policy fitted elsewhere with --policy") from error


def predict_images(
    policy: Policy, images: pd.DataFrame, looks: EndpointFeatures | None = None
) -> Numbers:
    """Return (N,) lambda_g in [0, 1] that the policy gives each mixed image, in its own direction.

    Args:
        policy: with the classes of `images`.
        images: one a row, with the columns `learn.study.schema.BLEND`; either class may be i.
        looks: their endpoints, for a policy that looks at images.

    Raises:
        ElicitError: a class that the policy does not have, or a look that was not measured.
    """
    i, j = (policy.index(images[column].tolist()) for column in ("class_i", "class_j"))
    ends: tuple[Numbers, ...] = ()
    if looks is not None:
        strong = replace(looks, names=("dominance", "clarity"), values=strengths(policy, looks))
        ends = tuple(
            strong.of(images[column].to_numpy(np.int64)) for column in ("image_i", "image_j")
        )
    return policy.lambda_g(images["lambda_f"].to_numpy(np.float64), i, j, *ends)


def add_prediction(
    percepts: pd.DataFrame, policy: Policy, looks: EndpointFeatures | None = None
) -> pd.DataFrame:
    """Return percepts with `policy_lambda_g`, what the policy says of each image."""
    return percepts.assign(policy_lambda_g=predict_images(policy, percepts, looks))


def add_posterior(
    percepts: pd.DataFrame,
    observed: JudgementArrays,
    blend: Codes,
    policy: Policy,
    looks: EndpointFeatures | None = None,
) -> pd.DataFrame:
    """Return percepts with what policy and raters together say of each image.

    An image that nobody was asked lambda_g of (Construct and Select-Shuffled set it, and find
    lambda_f) has the policy's own prediction, as uncertain as images that the policy gives the
    same label differ.

    Args:
        percepts: (N, ...) as `learn.study.pooling.pool` gives them, with `policy_lambda_g`.
        observed: the judgements that were pooled, as arrays.
        blend: which row of `percepts` each of `observed` is of.
        policy: what is believed of an image that nobody judged.
        looks: the endpoints, for a policy that looks at images.

    Returns:
        `percepts` and `posterior_lambda_g`, `posterior_sd`, `posterior_omega` (see
        `learn.policies.shrinkage.omega_from_sd`) and `posterior_n`, the raters that count. No NaN.

    Raises:
        ElicitError: no image has two raters who were asked lambda_g, or what predicting raises.
    """
    rated = fit_shrinkage(observed, blend, policy, looks)
    label = percepts["policy_lambda_g"].to_numpy(np.float64).copy()
    sd = np.sqrt(rated.spreads.at(label)[1])
    raters = np.zeros(len(percepts), dtype=np.int64)
    label[rated.blend], sd[rated.blend] = rated.lambda_g, rated.sd
    raters[rated.blend] = rated.raters
    return percepts.assign(
        posterior_lambda_g=label,
        posterior_sd=sd,
        posterior_omega=omega_from_sd(sd),
        posterior_n=raters,
    )
