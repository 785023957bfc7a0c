"""The JSON Schema of a model: for editors, and for what a mistake's message can list."""

from __future__ import annotations

import ast
import copy
import inspect
import io
import textwrap
import tokenize
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Any

from elicit.protocol.yaml_nodes import Key

DIALECT = "https://json-schema.org/draft/2020-12/schema"  # the one that pydantic writes


def for_editors(schema: dict[str, Any], *modules: ModuleType) -> dict[str, Any]:
    """Return a JSON Schema that says what each key is for, and which schema language it is in.

    Args:
        schema: as pydantic writes it.
        modules: where its classes are; the comments behind their fields are what keys are for.
    """
    said = {}
    for module in modules:
        for kind in vars(module).values():
            if isinstance(kind, type):
                said[kind.__name__] = comments(kind)
    schema = copy.deepcopy(schema)
    for name, part in [(schema["title"], schema), *schema.get("$defs", {}).items()]:
        for key, value in part.get("properties", {}).items():
            if key in said.get(name, {}):
                value.setdefault("description", said[name][key])
    return {"$schema": DIALECT, **schema}


def comments(kind: type) -> dict[str, str]:
    """Return the comment behind each field of a class, its bases' included."""
    found: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        if base.__module__.startswith("elicit."):
            found |= _comments(base)
    return found


def _comments(kind: type) -> dict[str, str]:
    try:
        source = textwrap.dedent(inspect.getsource(kind))
    except (OSError, TypeError):  # installed without its source
        return {}
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    said = {token.start[0]: token.string for token in tokens if token.type == tokenize.COMMENT}
    body = ast.parse(source).body[0]
    assert isinstance(body, ast.ClassDef)
    return {
        statement.target.id: said[line].removeprefix("#").strip()
        for statement in body.body
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name)
        for line in range(statement.lineno, (statement.end_lineno or 0) + 1)
        if line in said
    }


def keys_at(schema: dict[str, Any], trail: Iterable[Key]) -> list[str]:
    """Return the keys that a schema allows at a place, in its order.

    Args:
        schema: a JSON Schema.
        trail: keys, indices and the names of alternatives, as pydantic gives them.
    """
    here = [schema]
    for part in trail:
        inside = [found for place in here for found in _step(schema, place, part)]
        here = inside or here  # the name of an alternative that the schema does not know
    known = [leaf.get("properties", {}) for place in here for leaf in _leaves(schema, place)]
    return list(dict.fromkeys(key for properties in known for key in properties))


def _resolved(schema: dict[str, Any], place: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in place:
        return place
    part: dict[str, Any] = schema["$defs"][place["$ref"].rsplit("/", 1)[-1]]
    return part


def _alternatives(place: dict[str, Any]) -> list[dict[str, Any]]:
    return [other for kind in ("anyOf", "oneOf", "allOf") for other in place.get(kind, ())]


def _leaves(schema: dict[str, Any], place: dict[str, Any]) -> Iterator[dict[str, Any]]:
    place = _resolved(schema, place)
    yield place
    for other in _alternatives(place):
        yield from _leaves(schema, other)


def _step(schema: dict[str, Any], place: dict[str, Any], part: Key) -> list[dict[str, Any]]:
    """Return what may be at `part` of a place."""
    found = []
    for leaf in _leaves(schema, place):
        named = leaf.get("discriminator", {}).get("mapping", {})
        if part in named:
            return [{"$ref": named[part]}]
        if isinstance(part, int) and "items" in leaf:
            found.append(leaf["items"])
        elif part in leaf.get("properties", {}):
            found.append(leaf["properties"][part])
        elif isinstance(leaf.get("additionalProperties"), dict):
            found.append(leaf["additionalProperties"])
    return found
