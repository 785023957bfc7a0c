"""Lists that a person writes as one word of a command: with commas between."""

import csv
import re

from stimuli.errors import StimulusError

_NUMBER = re.compile(r"\d{1,15}(\.\d*)?|\.\d+", re.ASCII)


def parse_names(text: str) -> tuple[str, ...]:
    """Return the names in `text`; quotes around one hide a comma in it."""
    return tuple(name.strip() for name in next(csv.reader([text]), []))


def parse_numbers(option: str, text: str) -> tuple[float, ...]:
    """Return the numbers in `text`: decimals such as 0.25, without a sign or an exponent.

    Args:
        option: what an error is about, such as --lambdas.
        text: at least one number.

    Raises:
        StimulusError: something else.
    """
    cells = [cell.strip() for cell in text.split(",")]
    if not all(_NUMBER.fullmatch(cell) for cell in cells):
        raise StimulusError(
            f"{option}: must be numbers with commas between them, such as 0.1,0.5; got {text!r}"
        )
    return tuple(float(cell) for cell in cells)
