"""What the options of several commands mean."""

from __future__ import annotations

import re

from elicit.errors import ElicitError


def parsed_size(windowed: str) -> tuple[int, int]:
    """Return width and height of a window, px, given as WxH.

    Raises:
        ElicitError: it is given otherwise.
    """
    found = re.fullmatch(r"(\d{1,5})x(\d{1,5})", windowed, re.ASCII)
    if found is None:
        raise ElicitError(f"--windowed: must be WIDTHxHEIGHT, such as 1280x800, got {windowed!r}")
    return int(found[1]), int(found[2])
