"""What pydantic finds wrong with a value, in the words that every message of this project uses."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from elicit.fields import PATTERN_WORDS

MAX_QUOTED_CHARS = 60  # of a wrong value
MAX_OWN_CHARS = 500  # of a message of this project, which may quote what came
QUOTE = "'"
_OWN = "Value error, "  # how pydantic begins a message of this project

# By the beginning of pydantic's name for a kind of mistake; the first that fits is taken.
_WORDS: tuple[tuple[str, str], ...] = (
    ("missing", "is needed and not given"),
    ("extra_forbidden", "unknown key; remove it or correct its name"),
    ("unexpected_keyword_argument", "unknown key; remove it or correct its name"),
    ("greater_than_equal", "must be at least {ge}"),
    ("greater_than", "must be above {gt}"),
    ("less_than_equal", "must be at most {le}"),
    ("less_than", "must be below {lt}"),
    ("multiple_of", "must be a multiple of {multiple_of}"),
    ("finite_number", "must be a finite number"),
    ("invalid_key", "must have keys that are text"),
    ("int_parsing_size", "must be a whole number that a computer can count with"),
    ("int", "must be a whole number"),
    ("float", "must be a number"),
    ("decimal", "must be a number"),
    ("bool", "must be true or false"),
    ("string_too_long", "must have at most {max_length} characters"),
    ("string", "must be text"),
    ("timezone", "must be a time with its time zone, such as 2026-05-04T12:00:00Z"),
    ("datetime", "must be a time such as 2026-05-04T12:00:00Z"),
    ("date", "must be a date such as 2026-05-04"),
    ("time", "must be a time such as 2026-05-04T12:00:00Z"),
    ("none_required", "must be left out"),
    ("too_short", "must have at least {min_length} entries"),
    ("too_long", "must have at most {max_length} entries"),
    ("tuple", "must be a list"),
    ("list", "must be a list"),
    ("set", "must be a list"),
    ("frozen_set", "must be a list"),
    ("iterable", "must be a list"),
    ("dict", "must be a mapping"),
    ("mapping", "must be a mapping"),
    ("model", "must be a mapping"),
    ("dataclass", "must be a mapping"),
    ("path", "must be the path of a file"),
    ("union_tag_not_found", "is needed and not given"),
)


def describe_wrong_value(problem: Mapping[str, Any]) -> str:
    """Return what is allowed where pydantic found a mistake, without what came.

    Args:
        problem: one of the `errors()` of a ValidationError.

    Returns:
        Such as "must be at least 0", and never pydantic's own words or a regular expression.
    """
    kind, context = problem["type"], problem.get("ctx", {})
    special = _SPECIAL.get(kind)
    if special is not None:
        return special(problem)
    for beginning, words in _WORDS:
        if kind.startswith(beginning):
            return words.format(**{key: _plain(value) for key, value in context.items()})
    return "is not allowed here"


def describe_got(problem: Mapping[str, Any]) -> str:
    """Return ", got " and the value that came, shortened; "" where the message tells it itself."""
    if problem["type"] in {"value_error", "missing"}:
        return ""
    shown = repr(problem.get("input"))
    cut = len(shown) > MAX_QUOTED_CHARS
    return f", got {shown[:MAX_QUOTED_CHARS]}{'...' if cut else ''}"


def is_misread(text: str, value: Any) -> bool:
    """Return whether YAML takes a text for a value that most people would not.

    Args:
        text: as the file has it, without quotes.
        value: that YAML makes of it.
    """
    if isinstance(value, bool):
        return text.lower() not in {"true", "false"}
    if isinstance(value, int):
        return re.fullmatch(r"[-+]?(0|[1-9]\d*)", text) is None
    return isinstance(value, float) and re.search("[:_]", text) is not None


def describe_misread(text: str, value: Any) -> str:
    """Return what came, what YAML makes of it, and what to write for a number."""
    if isinstance(value, bool):
        return f"got {text}, which YAML reads as {str(value).lower()}"
    plain = text.replace("_", "").lstrip("0") if re.fullmatch("[0-9_]+", text) else ""
    instead = " or ".join(dict.fromkeys(filter(None, [plain, f"{value}"])))
    return f"got {text}, which YAML reads as {value}; write {instead}"


def _plain(value: object) -> object:
    return f"{value:g}" if isinstance(value, float) else value


def _describe_literal(problem: Mapping[str, Any]) -> str:
    allowed = re.findall(r"'([^']*)'|(\d+|True|False|None)", str(problem["ctx"]["expected"]))
    names = [text or number for text, number in allowed]
    return f"must be {names[0]}" if len(names) == 1 else f"must be one of {', '.join(names)}"


def _describe_pattern(problem: Mapping[str, Any]) -> str:
    return PATTERN_WORDS[problem["ctx"]["pattern"]]


def _describe_length(problem: Mapping[str, Any]) -> str:
    least = problem["ctx"]["min_length"]
    return "must not be empty" if least == 1 else f"must have at least {least} characters"


def _describe_tag(problem: Mapping[str, Any]) -> str:
    return f"must be one of {problem['ctx']['expected_tags'].replace(QUOTE, '')}"


def _take_own_words(problem: Mapping[str, Any]) -> str:
    words = str(problem["msg"]).removeprefix(_OWN)
    return words if len(words) <= MAX_OWN_CHARS else f"{words[:MAX_OWN_CHARS]}..."


_SPECIAL: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "value_error": _take_own_words,
    "own_words": _take_own_words,
    "literal_error": _describe_literal,
    "enum": _describe_literal,
    "string_pattern_mismatch": _describe_pattern,
    "string_too_short": _describe_length,
    "union_tag_invalid": _describe_tag,
}
