"""How a network answers a trial of each paradigm, from its probabilities of the classes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from learn.arrays import Numbers

Answer = Mapping[str, Any]  # columns of `elicit.log.rows.TrialRow` that an answer decides


@dataclass(frozen=True)
class Sight:
    """What a network sees in the mixes of one trial."""

    lambdas: tuple[float, ...]  # L, the mixes that were on offer, increasing; else the one shown
    log_probs: Numbers  # (L, K), of all classes
    class_i: int  # place among the K classes
    class_j: int

    @property
    def shares(self) -> Numbers:
        """(L,) shares of class i, p_i / (p_i + p_j): what the network sees as lambda_g."""
        apart = self.log_probs[:, self.class_j] - self.log_probs[:, self.class_i]
        found: Numbers = 1 / (1 + np.exp(np.minimum(apart, 700)))
        return found

    @property
    def omega(self) -> float | None:
        """How sure the network is that the first mix is of its two classes, in [0, 1].

        The omega with which `average_omega` makes a label that has as much of both classes
        together as the network's probabilities have: omega + (1 - omega) 2 / K = p_i + p_j, so
        omega = (p_i + p_j - 2 / K) / (1 - 2 / K), 0 where that is negative. Entropy would not do:
        that of a mix at 0.5 is high however sure the network is. None where there are two classes
        in all, whose probabilities sum to 1 whatever it sees.
        """
        classes = int(self.log_probs.shape[1])
        if classes == 2:
            return None
        both = float(np.exp(self.log_probs[0, [self.class_i, self.class_j]]).sum())
        sure = (both - 2 / classes) / (1 - 2 / classes)
        return min(max(sure, 0.0), 1.0)


def choose_midpoint(sight: Sight) -> Answer:
    """Name the mix on offer that looks nearest to 50/50; of two, the one nearer to lambda_f 1/2."""
    off = np.abs(sight.shares - 0.5)
    nearest = min(
        zip(off.tolist(), sight.lambdas, strict=True), key=lambda at: (at[0], _far(at[1]))
    )
    return {"lambda_f": nearest[1], "lambda_g": 0.5}


def _far(lambda_f: float) -> float:
    """Return how far a mix is from one of equal shares, rounding aside."""
    return round(abs(lambda_f - 0.5), 9)


def infer(sight: Sight) -> Answer:
    """Say the share of class i, and how sure the network is that it is one of the two."""
    return {
        "lambda_f": sight.lambdas[0],
        "lambda_g": float(sight.shares[0]),
        "omega": sight.omega,
        "confidence_of": None if sight.omega is None else "self",
    }


def discriminate(sight: Sight) -> Answer:
    """Name the class that has the larger probability; class i where both are equal."""
    return {"lambda_f": sight.lambdas[0], "chose_i": bool(sight.shares[0] >= 0.5)}


# To let networks answer another paradigm, such as one that asks for the top classes: write its
# answer here, name it here. Trials of a paradigm that is not here are left out, and counted.
ANSWERS: dict[str, Callable[[Sight], Answer]] = {
    "construct": choose_midpoint,
    "select_shuffled": choose_midpoint,
    "infer": infer,
    "discriminate": discriminate,
}
