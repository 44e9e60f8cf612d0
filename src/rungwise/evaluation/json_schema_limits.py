"""Schemas that nothing can satisfy, where that can be seen from the schema alone.

Whether a schema can be satisfied is undecidable in practice (with `not`, `$ref` and patterns it
takes exponential time at least); what is found here is a contradiction for certain, and silence
says nothing. Attouche et al. 2022, "Witness Generation for JSON Schema", has the whole question.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

TYPES: Mapping[str, Callable[[Any], bool]] = {
    "null": lambda one: one is None,
    "boolean": lambda one: isinstance(one, bool),
    "object": lambda one: isinstance(one, dict),
    "array": lambda one: isinstance(one, list),
    "string": lambda one: isinstance(one, str),
    "number": lambda one: isinstance(one, int | float) and not isinstance(one, bool),
    "integer": lambda one: (
        not isinstance(one, bool) and isinstance(one, int | float) and one == int(one)
    ),
}
BOUNDS = (
    ("minimum", "maximum", ("number", "integer")),
    ("minLength", "maxLength", ("string",)),
    ("minItems", "maxItems", ("array",)),
    ("minProperties", "maxProperties", ("object",)),
)
DEEPEST = 50


def contradiction(schema: Any, place: str = "", depth: int = 0) -> str | None:
    """Why nothing can satisfy a schema, or None where that cannot be seen."""
    if schema is False:
        return f"{_at(place)} is `false`"
    if not isinstance(schema, dict) or depth > DEEPEST:
        return None
    if reason := _values(schema, place):
        return reason
    if reason := _bounds(schema, place):
        return reason
    if _types(schema) == {"object"} and (reason := _required(schema, place, depth)):
        return reason
    return _combined(schema, place, depth)


def _values(schema: Mapping[str, Any], place: str) -> str | None:
    listed = schema.get("enum")
    if listed is not None and "const" in schema and schema["const"] not in listed:
        return f"{_at(place)} has a `const` that is not in its `enum`"
    allowed: Sequence[Any] | None = [schema["const"]] if "const" in schema else listed
    if allowed is None:
        return None
    if not allowed:
        return f"{_at(place)} has an empty `enum`"
    types = _types(schema)
    if not any(TYPES[kind](value) for kind in types for value in allowed):
        word = "const" if "const" in schema else "enum"
        return f"{_at(place)} has no `{word}` of its type {' or '.join(sorted(types))}"
    return None


def _bounds(schema: Mapping[str, Any], place: str) -> str | None:
    for low, high, kinds in BOUNDS:
        least, most = schema.get(low), schema.get(high)
        # Of another type than the bounds speak of, anything goes.
        if _types(schema) <= set(kinds) and least is not None and most is not None and least > most:
            return f"{_at(place)} has `{low}` {least} above `{high}` {most}"
    return None


def _required(schema: Mapping[str, Any], place: str, depth: int) -> str | None:
    known = schema.get("properties", {})
    closed = schema.get("additionalProperties") is False and "patternProperties" not in schema
    for name in schema.get("required", ()):
        if name in known:
            if reason := contradiction(known[name], f"{place}/{name}", depth + 1):
                return reason
        elif closed:
            return f"{_at(place)} requires {name!r} and allows no such field"
    most = schema.get("maxProperties")
    needed = len(set(schema.get("required", ())))
    if most is not None and needed > most:
        return f"{_at(place)} requires {needed} fields and allows {most}"
    return None


def _combined(schema: Mapping[str, Any], place: str, depth: int) -> str | None:
    for part in schema.get("allOf", ()):
        if reason := contradiction(part, place, depth + 1):
            return reason
    types = _types(schema)
    for part in schema.get("allOf", ()):
        if isinstance(part, dict) and not (types := types & _types(part)):
            return f"{_at(place)} must be of two types at once"
    for word in ("anyOf", "oneOf"):
        parts = schema.get(word)
        reasons = [contradiction(part, place, depth + 1) for part in parts or ()]
        if parts and all(reasons):
            return f"{_at(place)} has no `{word}` that can be satisfied"
    if schema.get("not") is True or schema.get("not") == {}:
        return f"{_at(place)} is `not` anything"
    return None


def _types(schema: Mapping[str, Any]) -> set[str]:
    named = schema.get("type", list(TYPES))
    types = {named} if isinstance(named, str) else set(named)
    return types | {"integer"} if "number" in types else types


def _at(place: str) -> str:
    return place.lstrip("/") or "the whole"
