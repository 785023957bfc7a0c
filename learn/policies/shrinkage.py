"""Labels that use few raters well: the policy's prediction, moved as far as the raters earn it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import nnls

from elicit.errors import ElicitError
from learn.arrays import Codes, Numbers
from learn.policies.fit import reliability
from learn.policies.image_aware import Looks, predict
from learn.policies.policy import Policy
from learn.study.judgements import informative, observe
from learn.study.schema import BLEND

_UNIFORM_SD = 1 / np.sqrt(12)  # of a coefficient of which nothing is known


@dataclass(frozen=True)
class Spreads:
    """Variance of residuals, each a line in v = 4 * prediction * (1 - prediction).

    A prediction near an end leaves less room than one near the middle, on either side of it.
    """

    within: Numbers  # (2,): between raters of one image, constant and factor of v
    between: Numbers  # (2,): between images that the policy gives the same label

    def at(self, predicted: Numbers) -> tuple[Numbers, Numbers]:
        """Return (N,) variances within and between images at (N,) predictions."""
        design = _design(predicted)
        return np.maximum(design @ self.within, 1e-6), design @ self.between


@dataclass(frozen=True)
class Shrunken:
    """Labels of the images that were judged, and what was learnt of raters and images by it."""

    labels: pd.DataFrame  # as `empirical_bayes` returns it
    spreads: Spreads


def empirical_bayes(
    judgements: pd.DataFrame, policy: Policy, looks: Looks | None = None
) -> pd.DataFrame:
    """Return a label for each image: the policy's, plus the shrunken mean residual of its raters.

    With the policy's prediction p, residuals r of its raters, weighted by their reliability w,
    and the variances s2 within and t2 between images (estimated from the study), the label is
    p + t2 / (t2 + s2 / sum w) * (sum w r / sum w), cut to [0, 1]: what a normal prior about p
    makes of the raters. Its posterior variance is 1 / (1 / t2 + sum w / s2).

    Args:
        judgements: one a row, columns as `learn.observed.informative` needs them. A participant
            who judged an image twice counts once, with the mean.
        policy: what is believed of an image that nobody judged.
        looks: the endpoints, for a policy that looks at images.

    Returns:
        One row an image, sorted: BLEND columns (class i the alphabetically first), then
        `predicted` (the policy's lambda_g), `lambda_g`, `sd` (posterior), `omega` (see
        `omega_of`), and `n` raters.

    Raises:
        ElicitError: no image has two raters, so that spread within images cannot be told from
            spread between them; a class that the policy does not have.
    """
    return fit_shrinkage(judgements, policy, looks).labels


def fit_shrinkage(judgements: pd.DataFrame, policy: Policy, looks: Looks | None = None) -> Shrunken:
    """Return each judged image's label and the spreads behind it; see `empirical_bayes`."""
    rows = informative(judgements)
    rows = rows.groupby([*BLEND, "participant"], as_index=False)[["lambda_g"]].mean()
    observed = observe(rows, policy.classes)
    predicted = predict(policy, observed, looks)
    residual = observed.lambda_g - predicted
    image: Codes = rows.groupby(BLEND).ngroup().to_numpy().astype(np.int64)
    spreads = estimate_spreads(residual, predicted, image)
    weights = reliability(residual, observed.participant)[observed.participant]
    first = np.unique(image, return_index=True)[1]
    label, sd = shrink(residual, predicted, weights, image, spreads)
    labels = rows.iloc[first][BLEND].reset_index(drop=True)
    labels = labels.assign(
        predicted=predicted[first],
        lambda_g=label,
        sd=sd,
        omega=omega_of(sd),
        n=np.bincount(image),
    )
    return Shrunken(labels, spreads)


def omega_of(sd: Numbers) -> Numbers:
    """Return (N,) how sure a label is, in [0, 1], from its posterior standard deviations (N,).

    1 - sd * sqrt(12), cut to [0, 1]. A label known exactly (sd 0) has omega 1. A coefficient of
    which nothing is known, uniform on [0, 1], has sd 1 / sqrt(12) and so omega 0: smoothing by
    omega then leaves nothing of the label but uniform.
    """
    omega: Numbers = np.clip(1 - sd / _UNIFORM_SD, 0, 1)
    return omega


def estimate_spreads(residual: Numbers, predicted: Numbers, image: Codes) -> Spreads:
    """Return the variances within and between images, by moments.

    The sample variance of an image's residuals has the mean s2; the mean product of the residuals
    of two of its raters has the mean t2. Each is regressed on v with coefficients that are not
    negative, an image counting by its raters less one.

    Args:
        residual: (N,) lambda_g less the policy's.
        predicted: (N,) the policy's lambda_g, the same for all raters of an image.
        image: (N,) index of the image, 0 to M - 1.

    Raises:
        ElicitError: no image has two raters.
    """
    n = np.bincount(image)
    shared = n > 1
    if not shared.any():
        raise ElicitError(
            "judgements: no image was judged by two participants, so their agreement is not known; "
            "use the policy's own labels, or collect a second judgement of some images"
        )
    total, squares = np.bincount(image, residual), np.bincount(image, residual**2)
    each = np.zeros(len(n))
    each[image] = predicted
    n, total, squares, each = n[shared], total[shared], squares[shared], each[shared]
    within = (squares - total**2 / n) / (n - 1)
    between = (total**2 - squares) / (n * (n - 1))
    root = np.sqrt(n - 1.0)
    design = _design(each) * root[:, None]
    return Spreads(nnls(design, within * root)[0], nnls(design, between * root)[0])


def shrink(
    residual: Numbers,
    predicted: Numbers,
    weights: Numbers,
    image: Codes,
    spreads: Spreads,
) -> tuple[Numbers, Numbers]:
    """Return (M,) labels in [0, 1] and their posterior standard deviations.

    Args:
        residual: (N,) lambda_g less the policy's.
        predicted: (N,) the policy's lambda_g, the same for all raters of an image.
        weights: (N,) reliability of each rater, 1 in the mean.
        image: (N,) index of the image, 0 to M - 1.
        spreads: from `estimate_spreads`.
    """
    prior = np.zeros(image.max() + 1)
    prior[image] = predicted
    within, between = spreads.at(prior)
    weight, pull = np.bincount(image, weights), np.bincount(image, weights * residual)
    share = between / (within + between * weight)  # t2 / (s2 + t2 sum w)
    label: Numbers = np.clip(prior + share * pull, 0, 1)
    sd: Numbers = np.sqrt(within * share)
    return label, sd


def _design(predicted: Numbers) -> Numbers:
    return np.stack([np.ones_like(predicted), 4 * predicted * (1 - predicted)], axis=-1)
