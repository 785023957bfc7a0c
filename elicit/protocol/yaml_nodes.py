"""YAML text to values, each with the line of its key."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import yaml

from elicit.validation_messages import describe_misread, is_misread

Key: TypeAlias = str | int
Trail: TypeAlias = tuple[Key, ...]

PLAIN = "tag:yaml.org,2002:"
MERGE = f"{PLAIN}merge"
SCALARS = {f"{PLAIN}{kind}" for kind in ("str", "int", "float", "bool", "null", "timestamp")}
SURROGATE = re.compile("[\ud800-\udfff]")
# What PyYAML finds, and what it is in the words of a person who writes text.
OWN_WORDS = (
    (
        r"expected ',' or '[\]}]', but got '\?'",
        "text with a question mark inside {} or [] needs quotes; write 'Ready?'",
    ),
    (
        r"expected ',' or '[\]}]', but got ':'",
        "text with a colon inside {} or [] needs quotes; write 'Note: this'",
    ),
    (
        r"found character '\\t'",
        "this is a tab; write spaces instead, also between a key and its value",
    ),
    (
        "mapping keys are not allowed here",
        "text that begins with a question mark needs quotes; write '? text'",
    ),
    (
        "sequence entries are not allowed here",
        "text that begins with '- ' needs quotes; items of a list begin on lines of their own",
    ),
    (
        r"expected alphabetic or numeric character, but found",
        "text that begins with * or & needs quotes; write '*text*'",
    ),
    (
        r"expected <block end>, but found '<scalar>'",
        "text follows a closing quote or brace, or a line is not indented as those before it; "
        "put quotes around the whole text, and double a ' in it",
    ),
)
HINTS = {  # what PyYAML finds, by its beginning, and what a person does about it
    "found character ": "put the text in quotes",
    "mapping values are not allowed": "check the indentation; text with a colon needs quotes",
    "could not find expected ':'": "a line must be 'key: value', '- item' or indented text",
    "expected <block end>": "check the indentation of this line and of those before it",
    "expected '<document start>'": "check the indentation of this line and of those before it",
    "expected ',' or": "close the bracket, or put a comma between the items",
    "expected the node content": "close the bracket, or write the value",
    "found unexpected end of stream": "close the quote",
    "found undefined alias": "write the anchor, &name, before its first use",
    "found unknown escape": "use single quotes, or two backslashes for one",
    "found another document": "keep one, without --- between",
}


@dataclass
class SourcePosition:
    """Where a value's key, or an item, stands; and the places inside the value."""

    line: int  # from 1
    inside: dict[Key, SourcePosition] = field(default_factory=dict)
    text: str = ""  # of a value that YAML takes for another, such as no, 010 or 1:30


@dataclass(frozen=True)
class Problem:
    """One mistake and its line."""

    line: int
    text: str


class NotYamlError(Exception):
    """A text of which nothing can be made."""

    def __init__(
        self, line: int, text: str, *, first: int | None = None, earlier: Iterable[Problem] = ()
    ) -> None:
        """Take what is wrong.

        Args:
            line: where it is found.
            text: what is wrong.
            first: the line where what is wrong begins, of a fault that YAML itself finds.
            earlier: what is wrong before that.
        """
        super().__init__(text)
        self.problem = Problem(line, text)
        self.problems = [*earlier, self.problem]
        self.is_fault = first is not None
        self.first = line if first is None else first


def join_keys(trail: Iterable[Key]) -> str:
    """Return the way to a value as one word, such as blocks.0.name."""
    return ".".join(
        str(part) if part != "" and str(part).isprintable() else repr(part) for part in trail
    )


class Nodes:
    """One text's YAML nodes on their way to values; a node with an anchor is read once."""

    def __init__(self, text: str) -> None:
        """Take `text`, whose lines end alike and whose characters YAML allows."""
        self.problems: list[Problem] = []  # of keys and single values, found while reading on
        self.misread: list[tuple[SourcePosition, Problem]] = []  # numbers in another notation
        self._breaks = [found.start() for found in re.finditer("\n", text.rstrip("\n"))]
        self._loader = yaml.SafeLoader(text)
        self._done: dict[int, tuple[Any, dict[Key, SourcePosition]]] = {}
        self._open: set[int] = set()

    def mapping(self) -> tuple[dict[str, Any], SourcePosition]:
        """Return the mapping that the text holds, and its places.

        Raises:
            NotYamlError: the text is not YAML, or holds something else than one mapping.
        """
        try:
            node = self._loader.get_single_node()
            if not isinstance(node, yaml.MappingNode):
                raise NotYamlError(
                    1 if node is None else self._line(node.start_mark),
                    "must be a mapping of keys such as name, stimuli, blocks; "
                    f"got {'nothing' if node is None else _kind(node)}",
                )
            content, inside = self._value(node, ())
        except yaml.MarkedYAMLError as error:
            raise self._not_yaml(error) from error
        except RecursionError as error:
            raise NotYamlError(1, "not valid YAML: nested too deeply") from error
        return content, SourcePosition(self._line(node.start_mark), inside)

    def _line(self, mark: yaml.Mark) -> int:
        # as editors count; YAML itself takes more characters for the end of a line
        return bisect_left(self._breaks, mark.index) + 1

    def _not_yaml(self, error: yaml.MarkedYAMLError) -> NotYamlError:
        found = str(error.problem).removeprefix("but ")
        line = 1 if error.problem_mark is None else self._line(error.problem_mark)
        begun, first = "", line
        if error.context_mark is not None and str(error.context).startswith("while"):
            first = self._line(error.context_mark)
            begun = f" {error.context}, which begins in line {first}"
        # a bracket or quote is at fault where it opens, a mapping at the line that does not fit it
        at = first if re.match("while (scanning|parsing a flow)", str(error.context)) else line
        for pattern, words in OWN_WORDS:
            in_one_line = first == line or "but got" not in pattern  # else a bracket may be open
            if re.match(pattern, found) and in_one_line:
                return NotYamlError(line, f"not valid YAML: {words}", first=at)
        hint = [what for beginning, what in HINTS.items() if found.startswith(beginning)][:1]
        return NotYamlError(line, "; ".join([f"not valid YAML: {found}{begun}", *hint]), first=at)

    def _say(self, node: yaml.Node, trail: Trail, text: str) -> None:
        where = f"{join_keys(trail)}: " if trail else ""
        self.problems.append(Problem(self._line(node.start_mark), f"{where}{text}"))

    def _value(self, node: yaml.Node, trail: Trail) -> tuple[Any, dict[Key, SourcePosition]]:
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, trail), {}
        if id(node) in self._open:
            self._say(node, trail, "an anchored value cannot hold itself")
            return None, {}
        if id(node) not in self._done:
            self._open.add(id(node))
            if node.tag not in {f"{PLAIN}map", f"{PLAIN}seq"}:
                self._say(node, trail, f"unknown tag {_tag(node)}; remove it")
            if isinstance(node, yaml.MappingNode):
                self._done[id(node)] = self._entries(node, trail)
            elif isinstance(node, yaml.SequenceNode):
                self._done[id(node)] = self._items(node, trail)
            self._open.remove(id(node))
        return self._done[id(node)]

    def _scalar(self, node: yaml.ScalarNode, trail: Trail) -> Any:
        text: str = node.value
        if SURROGATE.search(text):
            self._say(node, trail, "holds half a character, such as \\ud83d; write it whole")
            return SURROGATE.sub("?", text)
        if node.tag not in SCALARS:
            if node.tag not in {f"{PLAIN}value", MERGE}:  # a lone = or <<
                self._say(node, trail, f"unknown tag {_tag(node)}; remove it")
            return text
        try:
            return self._loader.construct_object(node)
        except (ValueError, LookupError, AttributeError, OverflowError):
            kind = _tag(node).removeprefix("!!")  # such as 2023-13-45, a timestamp
            self._say(node, trail, f"is no valid {kind}, got {text!r}; text needs quotes")
            return text

    def _items(
        self, node: yaml.SequenceNode, trail: Trail
    ) -> tuple[list[Any], dict[Key, SourcePosition]]:
        values: list[Any] = []
        places: dict[Key, SourcePosition] = {}
        for index, item in enumerate(node.value):
            value, inside = self._value(item, (*trail, index))
            values.append(value)
            place = SourcePosition(self._line(item.start_mark), inside)
            places[index] = self._note_misread(place, item, value, (*trail, index))
        return values, places

    def _entries(
        self, node: yaml.MappingNode, trail: Trail
    ) -> tuple[dict[str, Any], dict[Key, SourcePosition]]:
        values: dict[str, Any] = {}
        places: dict[Key, SourcePosition] = {}
        inherited: tuple[dict[str, Any], dict[Key, SourcePosition]] = ({}, {})
        for key_node, value_node in node.value:
            key = self._key(key_node, trail)
            if key is None:
                continue
            if key in places:
                first = places[key].line
                self._say(key_node, (*trail, key), f"is here twice, first in line {first}")
            places[key] = SourcePosition(self._line(key_node.start_mark))
            if key_node.tag == MERGE:
                inherited = self._merged(value_node, trail)
            else:
                value, places[key].inside = self._value(value_node, (*trail, key))
                values[key] = value
                self._note_misread(places[key], value_node, value, (*trail, key))
        return inherited[0] | values, inherited[1] | places

    def _note_misread(
        self, place: SourcePosition, node: yaml.Node, value: Any, trail: Trail
    ) -> SourcePosition:
        """Note at a place what stands there, where YAML takes it for another value."""
        if (
            isinstance(node, yaml.ScalarNode)
            and node.style is None
            and is_misread(node.value, value)
        ):
            place.text = node.value
            if not isinstance(value, bool):
                problem = f"must be in plain digits; {describe_misread(node.value, value)}"
                self.misread.append((place, Problem(place.line, f"{join_keys(trail)}: {problem}")))
        return place

    def _key(self, node: yaml.Node, trail: Trail) -> str | None:
        value = self._value(node, trail)[0]
        if isinstance(value, str):
            return value
        shown, hint = _kind(node), ""
        if isinstance(node, yaml.ScalarNode):  # such as 1, or no, which YAML takes for false
            shown, hint = join_keys([node.value]), "; text like this needs quotes"
            if is_misread(node.value, value):
                hint = f", which YAML reads as {str(value).lower()}; write it in quotes"
        self._say(node, trail, f"a key must be text, got {shown}{hint}")
        return None

    def _merged(
        self, node: yaml.Node, trail: Trail
    ) -> tuple[dict[str, Any], dict[Key, SourcePosition]]:
        """Return what `<<` brings: of several mappings, the first that has a key says it."""
        values: dict[str, Any] = {}
        places: dict[Key, SourcePosition] = {}
        for base in node.value if isinstance(node, yaml.SequenceNode) else [node]:
            if not isinstance(base, yaml.MappingNode):
                self._say(base, (*trail, "<<"), f"must be a mapping, got {_kind(base)}")
                continue
            value, inside = self._value(base, trail)
            if value is not None:
                values, places = value | values, inside | places
        return values, places


def _kind(node: yaml.Node) -> str:
    if isinstance(node, yaml.ScalarNode):
        return "a single value"
    return "a list" if isinstance(node, yaml.SequenceNode) else "a mapping"


def _tag(node: yaml.Node) -> str:
    return str(node.tag).replace(PLAIN, "!!")
