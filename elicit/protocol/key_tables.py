"""Every key of a protocol as Markdown tables, from its JSON Schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]

MAX_DEFAULT_CHARS = 60  # of the default of a part; a longer one stands in the part's own table

WORDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
}


def key_tables(schema: Schema) -> str:
    """Return a table of keys for a protocol and for each of its parts, in the order of first use.

    Keys that all kinds of block (or of survey item) share stand once, in a table of their own.

    Args:
        schema: of a protocol, as `elicit.protocol.study_protocol.json_schema` returns it.

    Returns:
        Markdown: a heading and a table for each part; a row a key, with its type, its default
        ("required" where it has none) and its meaning. Ends with a line break.
    """
    parts = schema["$defs"]
    kinds = {key: found for part in [schema, *parts.values()] for key, found in _unions(part)}
    tables = []
    waiting = [schema["title"]]
    for name in waiting:  # grows while it is read
        part = parts.get(name, schema)
        shared: Schema = {}
        for key, names in kinds.items():
            if name in names:
                shared = _shared([parts[each]["properties"] for each in names])
                if name == names[0]:
                    tables.append(_table(f"Every {key.removesuffix('s')}", shared))
        own = {key: value for key, value in part["properties"].items() if key not in shared}
        tables.append(_table(part["title"], own))
        for found in _names(part["properties"]):
            if found not in waiting:
                waiting.append(found)
    return "\n\n".join(tables) + "\n"


def _unions(part: Schema) -> Iterator[tuple[str, list[str]]]:
    """Return each key whose values are of several kinds, and the names of these."""
    for key, value in part["properties"].items():
        items = value.get("items", {})
        if "discriminator" in items:
            yield key, [each["$ref"].rsplit("/", 1)[-1] for each in items["oneOf"]]


def _shared(kinds: list[Schema]) -> Schema:
    first, *others = kinds
    return {
        key: value for key, value in first.items() if all(kind.get(key) == value for kind in others)
    }


def _table(title: str, keys: Schema) -> str:
    lines = [f"### {title}", "", "| key | type | default | meaning |", "|---|---|---|---|"]
    for key, value in keys.items():
        cells = (f"`{key}`", _kind(value), _default(value), value["description"])
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _kind(value: Schema) -> str:
    """Return the type of a value in words, with its range."""
    if "$ref" in value:
        return _link(value["$ref"])
    if "const" in value:
        return f"`{value['const']}`"
    if "enum" in value:
        return " or ".join(f"`{each}`" for each in value["enum"])
    for alternatives in ("anyOf", "oneOf"):
        if alternatives in value:
            given = [each for each in value[alternatives] if each.get("type") != "null"]
            return " or ".join(_kind(each) for each in given)
    kind = value["type"]
    if kind == "array":
        kind, *more = _kind(value["items"]).split(",", 1)
        several = f"{kind}s" if kind in WORDS.values() else kind
        return ",".join([f"list of {several}", *more])
    if kind == "object":
        return f"mapping of text to {_kind(value['additionalProperties'])}"
    return WORDS[kind] + _range(value)


def _range(value: Schema) -> str:
    ends = [value.get(key) for key in ("minimum", "maximum", "exclusiveMinimum")]
    low, high, above = (f"{each:g}" if isinstance(each, float) else each for each in ends)
    if above is not None:
        return f", above {above}" if high is None else f", above {above}, at most {high}"
    if low is not None:
        return f", at least {low}" if high is None else f", {low} to {high}"
    return ""


def _default(value: Schema) -> str:
    default = value.get("default")
    if "default" not in value and "additionalProperties" not in value:
        return "required"
    if default is None or default in ("", []):
        return "none"
    text = json.dumps(default, ensure_ascii=False)
    return (
        f"see {_kind(value)}" if len(text) > MAX_DEFAULT_CHARS and "$ref" in value else f"`{text}`"
    )


def _link(reference: str) -> str:
    name = reference.rsplit("/", 1)[-1]
    return f"[{name}](#{name.lower()})"


def _names(value: Any) -> Iterator[str]:
    """Return the parts that a value refers to, in its order."""
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"].rsplit("/", 1)[-1]
        for key, inner in value.items():
            if key != "discriminator":
                yield from _names(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _names(inner)
