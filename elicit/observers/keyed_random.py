"""Random numbers that depend on a key alone, never on what was drawn before them."""

from __future__ import annotations

import hashlib
from statistics import NormalDist

_ALL = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15
_UNIT = NormalDist()


class Draws:
    """One source of numbers: same source, same key, same number.

    A participant's numbers are drawn this way, so that a trial is answered alike in whatever order
    trials come, and however often a session is broken off. The key is folded, number by number,
    by the mixing function of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom
    number generators", OOPSLA 2014); no generator is built for a trial, which would take longer
    than everything else that an observer does.
    """

    def __init__(self, *name: object) -> None:
        """Name the source: any values whose text tells it from all others."""
        digest = hashlib.sha256(repr(name).encode()).digest()
        self._start = int.from_bytes(digest[:8], "big")

    def uniform(self, *key: int) -> float:
        """Return a number evenly distributed between 0 and 1, neither included."""
        state = self._start
        for each in key:
            state = (state + (each + 1) * _GOLDEN) & _ALL
            state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _ALL
            state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & _ALL
            state ^= state >> 31
        return ((state >> 12) + 0.5) / (1 << 52)

    def normal(self, *key: int) -> float:
        """Return a number of the normal distribution with mean 0 and standard deviation 1."""
        return _UNIT.inv_cdf(self.uniform(*key))
