"""Labels from few raters: their mean, shrunken towards the policy's prediction."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from elicit.errors import ElicitError
from learn.arrays import Codes, Numbers
from learn.policies.fit import reliability
from learn.policies.image_aware import EndpointFeatures, predict
from learn.policies.policy import Policy
from learn.study.judgements import JudgementArrays, to_arrays
from learn.study.schema import BLEND, number_groups

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
class ShrunkenLabels:
    """Labels of the M blends that were judged, and the spreads that shrank them."""

    blend: Codes  # (M,), increasing, of the numbers given
    predicted: Numbers  # (M,), the policy's lambda_g
    lambda_g: Numbers  # (M,), in [0, 1]
    sd: Numbers  # (M,), of the posterior
    raters: Codes  # (M,), how many
    spreads: Spreads


def empirical_bayes(
    judgements: pd.DataFrame, policy: Policy, looks: EndpointFeatures | None = None
) -> pd.DataFrame:
    """Return a label for each blend as a table; see `fit_shrinkage`.

    Args:
        judgements: one a row, columns as `learn.study.judgements.select_informative` needs them.
        policy: what is believed of a blend that nobody judged.
        looks: the endpoints, for a policy that looks at images.

    Returns:
        One row a blend, sorted: BLEND columns, then `predicted` (the policy's lambda_g),
        `lambda_g`, `sd` (posterior), `omega` (see `omega_from_sd`), and `n` raters.

    Raises:
        ElicitError: as `to_arrays` and `fit_shrinkage`.
    """
    observed = to_arrays(judgements, policy.classes)
    rows = judgements[BLEND].iloc[observed.rows]
    found = fit_shrinkage(observed, number_groups(rows, BLEND), policy, looks)
    return (
        rows.drop_duplicates()
        .sort_values(BLEND, ignore_index=True)
        .assign(
            predicted=found.predicted,
            lambda_g=found.lambda_g,
            sd=found.sd,
            omega=omega_from_sd(found.sd),
            n=found.raters,
        )
    )


def fit_shrinkage(
    observed: JudgementArrays, blend: Codes, policy: Policy, looks: EndpointFeatures | None = None
) -> ShrunkenLabels:
    """Return a label for each blend: the policy's, plus the shrunken mean residual of its raters.

    With the policy's prediction p, residuals r of its raters, weighted by their reliability w,
    and the variances s2 within and t2 between blends (estimated from the study), the label is
    p + t2 / (t2 + s2 / sum w) * (sum w r / sum w), cut to [0, 1] (the posterior mean under a
    normal prior centred at p). Its posterior variance is 1 / (1 / t2 + sum w / s2).

    Args:
        observed: N judgements. A participant who judged a blend twice counts once, with the mean.
        blend: (N,) number of the blend that was judged, such as its row in a table.
        policy: what is believed of a blend that nobody judged.
        looks: the endpoints, for a policy that looks at images.

    Raises:
        ElicitError: no blend has two raters, so that the spread within blends cannot be separated
            from the spread between them; a class that the policy does not have.
    """
    observed, blend = _one_answer_each(observed, blend)
    predicted = predict(policy, observed, looks)
    residual = observed.lambda_g - predicted
    blends, first, number = np.unique(blend, return_index=True, return_inverse=True)
    spreads = estimate_spreads(residual, predicted, number)
    weights = reliability(residual, observed.participant)[observed.participant]
    label, sd = shrink(residual, predicted, weights, number, spreads)
    return ShrunkenLabels(blends, predicted[first], label, sd, np.bincount(number), spreads)


def _one_answer_each(observed: JudgementArrays, blend: Codes) -> tuple[JudgementArrays, Codes]:
    """Return one judgement, the mean, for each blend and participant, sorted by both."""
    by_name = np.argsort(np.argsort(observed.people))  # place of each participant
    cell = blend * len(by_name) + by_name[observed.participant]
    _, first, number = np.unique(cell, return_index=True, return_inverse=True)
    mean = pd.Series(observed.lambda_g).groupby(number).mean().to_numpy().astype(np.float64)
    once = observed.select(first)
    participant, people = pd.factorize(once.participant)  # numbered anew, in the order of rows
    names = tuple(observed.people[each] for each in people)
    return replace(once, lambda_g=mean, participant=participant, people=names), blend[first]


def omega_from_sd(sd: Numbers) -> Numbers:
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
    from scipy.optimize import nnls  # slow to import, and few commands need it

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
