"""What a policy says of judged images: alone, and moved by the few who judged each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from elicit.errors import ElicitError
from learn.arrays import Ids, Numbers
from learn.policies.fit import fit_pooled
from learn.policies.image_aware import Looks, look_at, strengths
from learn.policies.policy import Policy
from learn.policies.shrinkage import fit_shrinkage, omega_of
from learn.study.judgements import observe
from learn.study.schema import BLEND
from stimuli.sources.endpoints import EndpointSource


@dataclass(frozen=True)
class Prior:
    """Which policy to believe before an image's own raters are heard."""

    policy: Policy | None = None  # None: pooled, fitted to the judgements themselves
    votes: Mapping[str, Numbers] = field(default_factory=dict)  # `labels` of `look_at`
    features: Mapping[str, Numbers] = field(default_factory=dict)

    def fitted(self, judgements: pd.DataFrame, source: EndpointSource) -> Policy:
        """Return the policy, fitted to `judgements` if there is none yet.

        Raises:
            ElicitError: nothing to fit one to, or all answers or all lambda_f are the same.
        """
        if self.policy is not None:
            return self.policy
        try:
            return fit_pooled(observe(judgements, source.classes))
        except ElicitError as error:
            raise ElicitError(
                f"{error}; or give a policy fitted elsewhere with --policy"
            ) from error

    def looks(self, policy: Policy, source: EndpointSource, image_ids: Ids) -> Looks | None:
        """Return what the images look like, None for a policy that does not look.

        Raises:
            ElicitError: votes or features that are not of these images, or that nobody asks for.
        """
        if policy.appearance is not None:
            return look_at(source, image_ids, self.votes, self.features)
        if self.votes or self.features:
            raise ElicitError(
                f"--votes, --features: must be left out for the policy {policy.name}, which does "
                "not look at images; give an image_aware one with --policy"
            )
        return None


def predict_images(policy: Policy, images: pd.DataFrame, looks: Looks | None = None) -> Numbers:
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


def with_prediction(
    percepts: pd.DataFrame, policy: Policy, looks: Looks | None = None
) -> pd.DataFrame:
    """Return percepts with `policy_lambda_g`, what the policy says of each image."""
    return percepts.assign(policy_lambda_g=predict_images(policy, percepts, looks))


def with_posterior(
    percepts: pd.DataFrame, judgements: pd.DataFrame, policy: Policy, looks: Looks | None = None
) -> pd.DataFrame:
    """Return percepts with what policy and raters together say of each image.

    An image that nobody was asked lambda_g of (Construct and Select-Shuffled set it, and find
    lambda_f) has the policy's own prediction, as uncertain as images that the policy gives the
    same label differ. Two endpoints of one class are that class at any mix, without doubt.

    Args:
        percepts: (N, ...) as `learn.study.pooling.pool` gives them, with `policy_lambda_g`.
        judgements: those that were pooled.
        policy: what is believed of an image that nobody judged.
        looks: the endpoints, for a policy that looks at images.

    Returns:
        `percepts` and `posterior_lambda_g`, `posterior_sd`, `posterior_omega` (see
        `learn.shrinkage.empirical_bayes`) and `posterior_n`, the raters that count. No NaN.

    Raises:
        ElicitError: no image has two raters who were asked lambda_g, or what predicting raises.
    """
    shrunken = fit_shrinkage(judgements, policy, looks)
    turned = (percepts["class_i"] > percepts["class_j"]).to_numpy()
    rated = _in_one_direction(percepts, turned).merge(shrunken.labels, on=BLEND, how="left")
    unrated = rated["n"].isna().to_numpy()
    predicted = percepts["policy_lambda_g"].to_numpy(np.float64)
    label = rated["lambda_g"].to_numpy(np.float64)
    sd = np.where(unrated, np.sqrt(shrunken.spreads.at(predicted)[1]), rated["sd"])
    sd[(percepts["class_i"] == percepts["class_j"]).to_numpy()] = 0.0
    return percepts.assign(
        posterior_lambda_g=np.where(unrated, predicted, np.where(turned, 1 - label, label)),
        posterior_sd=sd,
        posterior_omega=omega_of(sd),
        posterior_n=rated["n"].fillna(0).astype(np.int64),
    )


def _in_one_direction(images: pd.DataFrame, turned: NDArray[np.bool_]) -> pd.DataFrame:
    """Return the BLEND columns with class i the alphabetically first, as judgements are pooled."""
    one = images[BLEND].copy()
    for end in ("class", "image"):
        columns = [f"{end}_i", f"{end}_j"]
        one.loc[turned, columns] = one.loc[turned, columns[::-1]].to_numpy()
    one.loc[turned, "lambda_f"] = 1 - one.loc[turned, "lambda_f"]
    return one
