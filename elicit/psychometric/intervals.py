"""How wide every interval is: the share that it covers, and the factors that go with it."""

from __future__ import annotations

from typing import Any

from scipy.special import ndtri, stdtrit

INTERVAL_LEVEL = 0.95  # the share of studies whose interval contains what it is of
INTERVAL_SHARES = ((1 - INTERVAL_LEVEL) / 2, (1 + INTERVAL_LEVEL) / 2)  # below its two ends
NORMAL_FACTOR = float(ndtri(INTERVAL_SHARES[1]))  # standard errors from estimate to end


def compute_t_factor(df: Any) -> Any:
    """Return how many standard errors an end is from the estimate, by Student's distribution.

    Args:
        df: degrees of freedom, above 0; a number or an array, whose shape the factors have.
    """
    return stdtrit(df, INTERVAL_SHARES[1])
