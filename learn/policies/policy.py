"""Label policies: lambda_f and a pair of classes -> lambda_g, the share of class i in the label.

All policies are one curve with different parameters, so one formula gives them their properties:

    g(i, j, x) = lapse / 2 + (1 - lapse) * logistic(slope * (x - 1/2) + shift)

`slope` of a pair is never negative and the same in both directions, so g never falls with x;
`shift` changes its sign with the direction, so g(i, j, x) = 1 - g(j, i, 1 - x). `mixup` is the
identity, g = x. The paper's 1 / (1 + exp(-k (x - x0))) has slope k and shift k (1/2 - x0).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike

from elicit.errors import ElicitError
from elicit.psychometric.function import logistic
from learn.arrays import Codes, Numbers

POLICY_NAMES = ("mixup", "global", "per_pair", "pooled", "image_aware")


@dataclass(frozen=True)
class Appearance:
    """How the looks of an endpoint move the curve: weights of its standardised features.

    An endpoint has two strengths. *Dominance* is added to the shift for endpoint i and taken off
    for j; the exponentials of both endpoints' *clarity* multiply the slope. An endpoint that
    looks like the average one has strengths (0, 0), and leaves its pair's curve as it is.
    """

    features: tuple[
        str, ...
    ]  # F, names in `learn.policies.features.FEATURES`, or of votes and files
    mean: Numbers  # (F,)
    sd: Numbers  # (F,), above 0
    dominance: Numbers  # (F,), logits for a standard deviation
    clarity: Numbers  # (F,)

    def strengths(self, values: Numbers) -> Numbers:
        """Return (N, 2) dominance and clarity of N endpoints.

        Standardised features are cut to [-4, 4], so that the curve of an unusual picture is not
        extrapolated far beyond the data.

        Args:
            values: (N, F) as `learn.policies.features.endpoint_features` measures them.
        """
        standard = np.clip((values - self.mean) / self.sd, -4, 4)
        found: Numbers = np.stack([standard @ self.dominance, standard @ self.clarity], axis=-1)
        return found


@dataclass(frozen=True)
class Policy:
    """A rule from lambda_f and a pair of classes to lambda_g.

    Tables are indexed by class i, then class j; a class with itself has slope and shift 0.
    """

    name: str  # one of NAMES
    classes: tuple[str, ...]  # K, in the order that indexes the tables
    slope: Numbers  # (K, K), symmetric, at least 0, logits for a unit of lambda_f
    shift: Numbers  # (K, K), antisymmetric, logits
    lapse: float = 0.0  # share of answers that do not look: 0 to below 1
    judged: Codes | None = None  # (K, K), judgements of each pair behind the curve
    appearance: Appearance | None = None
    fitted_to: Mapping[str, str | int] = field(default_factory=dict)

    @property
    def process(self) -> str | None:
        """What made the images that it was fitted to; None for mixup, which is of any images.

        Policies that do not say so are of the time when all images were mixup's.
        """
        return None if self.name == "mixup" else str(self.fitted_to.get("process", "mixup"))

    def with_process(self, process: str) -> Policy:
        """Return the policy with the process that made the images that it was fitted to."""
        return replace(self, fitted_to={"process": process, **self.fitted_to})

    def check_process(self, process: str, place: str = "policy", remedy: str = "") -> None:
        """Raise ElicitError unless it was fitted to images that `process` made.

        Args:
            process: mixup, cutmix or frames.
            place: what stands before the error, such as the policy's file.
            remedy: what can be done beside fitting another policy.
        """
        if self.process not in (None, process):
            raise ElicitError(
                f"{place}: must be of images that {process} made, got {self.name}, fitted to "
                f"{self.process}; fit one with learn fit-policy LOGS --process {process}{remedy}"
            )

    def lambda_g(
        self,
        lambda_f: ArrayLike,
        class_i: ArrayLike,
        class_j: ArrayLike,
        strengths_i: Numbers | None = None,
        strengths_j: Numbers | None = None,
    ) -> Numbers:
        """Return (N,) relabelling coefficients in [0, 1], shares of class i.

        Args:
            lambda_f: (N,) mixing coefficients, shares of image i, in [0, 1].
            class_i: (N,) indexes into `classes`, or one for all.
            class_j: (N,) likewise.
            strengths_i: (N, 2) strengths of the endpoints, for a policy with `appearance`; None
                for endpoints that look like the average one.
            strengths_j: (N, 2) likewise.
        """
        share = np.asarray(lambda_f, dtype=np.float64)
        i, j = np.asarray(class_i, dtype=np.int64), np.asarray(class_j, dtype=np.int64)
        slope, shift = self.slope[i, j], self.shift[i, j]
        if self.name == "mixup":
            same: Numbers = share + 0 * slope
            return same
        if strengths_i is not None and strengths_j is not None:
            slope = slope * np.exp(strengths_i[:, 1] + strengths_j[:, 1])
            shift = shift + (strengths_i[:, 0] - strengths_j[:, 0])
        seen: Numbers = self.lapse / 2 + (1 - self.lapse) * logistic(slope * (share - 0.5) + shift)
        return seen

    def index(self, names: Sequence[str]) -> Codes:
        """Return (N,) indexes into `classes`.

        Raises:
            ElicitError: a class that the policy does not have.
        """
        place = {name: number for number, name in enumerate(self.classes)}
        unknown = sorted(set(names) - set(place))
        if unknown:
            raise ElicitError(
                f"policy {self.name}: class must be one of {', '.join(self.classes)}; got "
                f"{unknown[0]!r}; fit a policy to judgements or --stimuli that have it"
            )
        return np.array([place[name] for name in names], dtype=np.int64)

    def with_classes(self, classes: Sequence[str]) -> Policy:
        """Return the policy with its tables in the order of `classes`, which may be fewer.

        Raises:
            ElicitError: no class, one that is there twice, or one that the policy does not have.
        """
        twice = [name for name, times in Counter(classes).items() if times > 1]
        if not classes or twice:
            came = f"{twice[0]!r} twice" if twice else "none"
            raise ElicitError(f"classes: must be different names, at least one, got {came}")
        chosen = np.ix_(order := self.index(classes), order)
        return replace(
            self,
            classes=tuple(classes),
            slope=self.slope[chosen],
            shift=self.shift[chosen],
            judged=None if self.judged is None else self.judged[chosen],
        )


def mixup(classes: Sequence[str]) -> Policy:
    """Return the identity: lambda_g = lambda_f for every pair."""
    zero = np.zeros((len(classes), len(classes)))
    return Policy("mixup", tuple(classes), zero, zero)


def pair_tables(
    classes: Sequence[str], pairs: Codes, slope: Numbers, shift: Numbers
) -> tuple[Numbers, Numbers]:
    """Return the (K, K) tables of slope and shift, each pair in both its directions.

    Args:
        classes: (K,) names.
        pairs: (P, 2) indexes of class i and class j.
        slope: (P,) of each pair.
        shift: (P,) of each pair as (i, j).
    """
    size = (len(classes), len(classes))
    slopes, shifts = np.zeros(size), np.zeros(size)
    i, j = pairs.T
    slopes[i, j] = slopes[j, i] = slope
    shifts[i, j], shifts[j, i] = shift, -shift
    return slopes, shifts
