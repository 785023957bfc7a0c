"""Text in CSV files that a spreadsheet would run as a formula, written so that it is only read.

A cell of text that begins with a sign of a formula gets an apostrophe before it. So does one that
begins with apostrophes and then such a sign, so that every text is read back as it was.
"""

import re
from typing import TypeVar, overload

Value = TypeVar("Value")

SIGNS = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"  # the last four: = + - @ of full width
_RUNS = re.compile(f"'*[{re.escape(SIGNS)}]")
_ESCAPED = re.compile(f"'+[{re.escape(SIGNS)}]")


@overload
def escape_formula(value: str) -> str: ...
@overload
def escape_formula(value: Value) -> Value | str: ...
def escape_formula(value: object) -> object:
    """Return the cell for a value; what is no text is written as it is."""
    return f"'{value}" if isinstance(value, str) and _RUNS.match(value) else value


def unescape_formula(cell: str) -> str:
    """Return the text that `escape_formula` made a cell of, or an older file's cell as it is."""
    return cell[1:] if _ESCAPED.match(cell) else cell
