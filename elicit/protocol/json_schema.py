"""Which keys a JSON Schema allows at a place: what an error message can list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from elicit.protocol.yaml_nodes import Key


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


def _resolve(schema: dict[str, Any], place: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in place:
        return place
    part: dict[str, Any] = schema["$defs"][place["$ref"].rsplit("/", 1)[-1]]
    return part


def _alternatives(place: dict[str, Any]) -> list[dict[str, Any]]:
    return [other for kind in ("anyOf", "oneOf", "allOf") for other in place.get(kind, ())]


def _leaves(schema: dict[str, Any], place: dict[str, Any]) -> Iterator[dict[str, Any]]:
    place = _resolve(schema, place)
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
