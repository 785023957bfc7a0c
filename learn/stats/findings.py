"""How many of a list of findings stand, where a list is searched for them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from learn.arrays import Numbers

LEVEL = 0.05


class Findings(NamedTuple):
    """How many of a list differ from what is expected of all."""

    adjusted: int  # of which 5 % are false in the long run (Benjamini and Hochberg, 1995)
    raw: int  # each at p < .05 of its own, as if it were the only one
    tested: int

    @property
    def by_chance(self) -> float:
        """How many of the raw ones chance alone would give."""
        return LEVEL * self.tested

    def __str__(self) -> str:
        """The adjusted number first, and the raw one after it."""
        return (
            f"{self.adjusted} of {self.tested} (at most 5 % of them false, by Benjamini and "
            f"Hochberg; {self.raw} have p < .05 each, where chance alone gives about "
            f"{self.by_chance:.0f})"
        )


def count_findings(p_values: Numbers) -> Findings:
    """Return how many of some tests find something.

    Args:
        p_values: (N,) in [0, 1]; NaN where nothing could be tested.
    """
    from scipy.stats import false_discovery_control  # slow to import, and few commands need it

    tested = p_values[~np.isnan(p_values)]
    adjusted = false_discovery_control(tested) if len(tested) else tested
    return Findings(int((adjusted < LEVEL).sum()), int((tested < LEVEL).sum()), len(tested))
