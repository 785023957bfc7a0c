"""Reads YAML past a fault, so that the other mistakes of the file are told with it.

The entry with the fault, `key: value`, gets a value that stands for one that was not read. Where it
is not certain what the lines after a fault mean, such as after a quote that may close anywhere, the
fault says that the rest was not checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import yaml

from elicit.protocol.yaml_nodes import Nodes, NotYamlError, Problem, SourcePosition

STAND_IN = "unread_5f1d2c9b"  # for a value that was not read; in no file
MAX_FAULTS = 10  # after which the rest is not read
UNCHECKED = "the rest of the file was not checked; correct this, then check again"
_ENTRY = re.compile(
    r"""(?P<before>[ ]*(?:-[ ]+)*)  # indentation, and marks of items
    (?P<key>'[^']*' | "[^"]*" | [^\s'"{}\[\],&*#?|<>=!%@`:-][^'"{}\[\],&*#]*?)
    [ ]*:(?=\s)""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class ReadText:
    """What a text holds, as far as it is YAML."""

    content: dict[str, Any]
    root: SourcePosition
    problems: tuple[Problem, ...]
    misread: tuple[tuple[SourcePosition, Problem], ...]
    unread: frozenset[int]  # lines of the entries that were not read

    def list_certain(self, problems: Iterable[Problem]) -> list[Problem]:
        """Return those of some problems that are not about a value that was not read."""
        own = set(self.problems)
        return [
            each
            for each in problems
            if each in own or (each.line not in self.unread and STAND_IN not in each.text)
        ]


def read_past_faults(text: str) -> ReadText:
    """Return what the mapping in a text holds, and what is wrong with it.

    Raises:
        NotYamlError: it holds something else, or it is not certain how it goes on after a fault.
    """
    lines, faults, unread = text.split("\n"), list[Problem](), set[int]()
    while True:
        nodes = Nodes("\n".join(lines))
        try:
            content, root = nodes.mapping()
        except NotYamlError as error:
            if faults and not _is_certain(error, unread):
                raise _stop_at(faults) from error
            if not error.is_fault:
                raise
            faults.append(error.problem)
            entry = _find_entry(lines, error.first)
            if len(faults) == MAX_FAULTS or not entry:
                raise _stop_at(faults) from error
            lines[entry[0] - 1] = _set_value(lines[entry[0] - 1])
            for line in entry[1:]:
                lines[line - 1] = ""
            unread.update(entry)
            continue
        problems = (*faults, *nodes.problems)
        return ReadText(content, root, problems, tuple(nodes.misread), frozenset(unread))


def _is_certain(error: NotYamlError, unread: set[int]) -> bool:
    """Whether a fault is one of the text, and not of what was done to read on."""
    about_anchor = "undefined alias" in error.problem.text  # which may be in what was not read
    return error.is_fault and error.first > max(unread) and not about_anchor


def _stop_at(faults: list[Problem]) -> NotYamlError:
    """Return the error of some faults, the last of which ends the reading."""
    last = faults[-1]
    return NotYamlError(last.line, f"{last.text}; {UNCHECKED}", earlier=faults[:-1])


def _find_entry(lines: list[str], first: int) -> list[int]:
    """Return the lines of the entry that begins in a line; none where none surely does.

    Lines below it that are indented deeper are its value's, such as the rest of a list. Where one
    of them may be an entry or an item, it is not certain whose.
    """
    found = _ENTRY.match(lines[first - 1])
    if found is None or not _is_key(lines, first, len(found["before"])):
        return []
    entry = [first]
    for line, text in enumerate(lines[first:], start=first + 1):
        if text.strip() and len(text) - len(text.lstrip(" ")) <= len(found["before"]):
            break
        if _ENTRY.match(text) or text.lstrip().startswith("- "):
            return []
        entry.append(line)
    return entry


def _is_key(lines: list[str], line: int, column: int) -> bool:
    """Whether YAML takes what stands at a place for a key, and not for a part of a text."""
    loader: Any = yaml.SafeLoader("\n".join(lines))
    try:
        while loader.check_token() and loader.peek_token().start_mark.line < line:
            token = loader.get_token()
            if isinstance(token, yaml.KeyToken) and _place(token) == (line, column):
                return True
    except (yaml.MarkedYAMLError, RecursionError):
        return any(
            isinstance(token, yaml.KeyToken) and _place(token) == (line, column)
            for token in loader.tokens
        )
    return False


def _place(token: yaml.Token) -> tuple[int, int]:
    return token.start_mark.line + 1, token.start_mark.column


def _set_value(text: str) -> str:
    found = _ENTRY.match(text)
    assert found is not None
    return f"{found[0]} {STAND_IN}"
