"""Grids of mixing coefficients, stepped by index."""

from fractions import Fraction
from itertools import pairwise

from stimuli.errors import StimulusError

_ALLOWED = (
    "must be FIRST:LAST:STEP such as 0:1:0.1, a number of values such as 11, "
    "or increasing values from 0 to 1 such as 0,0.25,0.5"
)


def parse_grid(text: str) -> tuple[float, ...]:
    """Return the mixing coefficients that `text` names, each the float nearest to its decimal.

    Steps are counted in whole numbers, so the seventh value of 0:1:0.1 is 0.6 and not a sum of
    six roundings.

    Args:
        text: "FIRST:LAST:STEP", both ends included; "N" for N values from 0 to 1; or at least
            two values with commas between them.

    Raises:
        StimulusError: the text is none of these, or a value lies outside [0, 1].
    """
    try:
        exact = _exact(text)
    except (ValueError, ZeroDivisionError) as error:
        raise StimulusError(f"grid: {_ALLOWED}; got {text!r:.80}") from error
    grid = tuple(float(value) for value in exact)
    if len(grid) < 2 or grid[0] < 0 or grid[-1] > 1 or any(b <= a for a, b in pairwise(grid)):
        raise StimulusError(f"grid: {_ALLOWED}; got {text!r:.80}")
    return grid


def _exact(text: str) -> list[Fraction]:
    if ":" in text:
        first, last, step = (_number(part) for part in text.split(":"))
        steps = (last - first) / step
        if steps.denominator != 1 or not 1 <= steps <= 10_000:
            raise ValueError(text)
        return [first + k * step for k in range(int(steps) + 1)]
    if "," in text:
        return [_number(part) for part in text.split(",")]
    count = int(text) if text.isascii() and text.strip().isdigit() else 0
    if not 2 <= count <= 10_001:
        raise ValueError(text)
    return [Fraction(k, count - 1) for k in range(count)]


def _number(text: str) -> Fraction:
    cell = text.strip()
    if len(cell) > 20 or not cell.isascii() or set(cell) - set("0123456789."):
        raise ValueError(cell)
    return Fraction(cell)
