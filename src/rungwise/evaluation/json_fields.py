"""A JSON text as a bag of fields: each a path and the value at its end."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

DEEPEST = 100
"""Levels; a text that nests deeper is not taken apart."""


def fields(text: str) -> Counter[tuple[str, str]] | None:
    """Path and value of every leaf; None where the whole text is not one JSON value.

    Items of a list have one path, so their order tells nothing. An empty object or list is a leaf.
    """
    try:
        value = json.loads(text, parse_constant=_refused)
        return Counter(_leaves(value, "", 0))
    except (ValueError, RecursionError):
        return None


def _leaves(value: Any, path: str, depth: int) -> Iterator[tuple[str, str]]:
    if depth > DEEPEST:
        raise ValueError("nested too deeply")
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _leaves(item, f"{path}/{key}", depth + 1)
    elif isinstance(value, list) and value:
        for item in value:
            yield from _leaves(item, f"{path}/*", depth + 1)
    else:
        yield path, json.dumps(value, ensure_ascii=False)


def _refused(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")
