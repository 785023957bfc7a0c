"""Policies made up for tests, and judgements that people who follow them would give."""

from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from learn.arrays import Numbers
from learn.policies.policy import POLICY_NAMES, Appearance, Policy, mixup, pair_tables

CLASSES = ("airplane", "bird", "cat", "dog")
PAIRS = np.array(list(combinations(range(len(CLASSES)), 2)))
POLICIES = POLICY_NAMES


def some_policy(name: str, seed: int = 1) -> Policy:
    """Return a policy of each kind, with parameters that people might have."""
    return some_policy_of(CLASSES, name, seed)


def some_policy_of(classes: tuple[str, ...], name: str, seed: int = 1) -> Policy:
    """Return the like for other classes."""
    if name == "mixup":
        return mixup(classes)
    rng, pairs = np.random.default_rng(seed), np.array(list(combinations(range(len(classes)), 2)))
    slope, shift = np.full(len(pairs), 4.6), np.full(len(pairs), -0.1)
    if name != "global":
        slope, shift = rng.uniform(3, 7, size=len(pairs)), rng.uniform(-0.7, 0.7, size=len(pairs))
    look = None
    if name == "image_aware":
        look = Appearance(
            ("contrast", "saturation"),
            np.array([-1.5, 0.2]),
            np.array([0.3, 0.1]),
            np.array([0.5, -0.3]),
            np.array([0.1, 0.05]),
        )
    lapse = 0.06 if name in ("pooled", "image_aware") else 0.0
    return Policy(name, classes, *pair_tables(classes, pairs, slope, shift), lapse, appearance=look)


def answers(
    policy: Policy,
    seed: int = 0,
    *,
    participants: int = 40,
    trials: int = 60,
    noise: float = 0.1,
    endpoints: int = 50,
    strengths: Numbers | None = None,
    pairs: NDArray[np.int64] = PAIRS,
) -> pd.DataFrame:
    """Return judgements of people who see what `policy` says, and answer with some noise.

    Endpoint k of class c has the id c * endpoints + k. `strengths` are indexed by id.
    """
    rng = np.random.default_rng(seed)
    n = participants * trials
    i, j = pairs[rng.integers(len(pairs), size=n)].T
    image_i, image_j = (end * endpoints + rng.integers(endpoints, size=n) for end in (i, j))
    lambda_f = rng.choice([0.1, 0.25, 0.5, 0.75, 0.9], size=n)
    ends = (None, None) if strengths is None else (strengths[image_i], strengths[image_j])
    seen = policy.lambda_g(lambda_f, i, j, *ends)
    names = np.array(policy.classes)
    return pd.DataFrame(
        {
            "participant": [f"P{number // trials:03d}" for number in range(n)],
            "batch": np.arange(n) // trials % 8,
            "paradigm": "infer",
            "class_i": names[i],
            "image_i": image_i,
            "class_j": names[j],
            "image_j": image_j,
            "lambda_f": lambda_f,
            "lambda_g": np.clip(seen + rng.normal(0, noise, size=n), 0, 1),
        }
    )
