"""JSON texts compared field by field: an object by its keys, a list by the best pairing of items.

A value is read as a tree: objects are mappings, lists are lists, and everything else, empty objects
and lists included, is a leaf: a text in which equal values are written alike. Numbers are equal by
value (`1`, `1.0`, `1e0`), whatever their size; `1`, `"1"` and `true` are three values. If a key
stands twice, its last value counts, as in `JSON.parse` and in Python.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

DEEPEST = 100
"""Levels; a text that nests deeper is not taken apart."""
WRITTEN_OUT = 40
"""Zeros that a number may be written with; with more it has an exponent."""

ITEM = 0
"""Stands in a path for any item of a list."""

Tree = str | list["Tree"] | dict[str, "Tree"]
Path = tuple[str | int, ...]


def tree(text: str) -> Tree | None:
    """Read a text; None unless the whole of it is one JSON value, nested at most 100 levels."""
    try:
        value = json.loads(
            text,
            parse_constant=_refused,
            parse_float=_number,
            parse_int=_number,
        )
        return _tree(value, 0)
    except (ValueError, RecursionError):
        return None


def leaves(value: Tree) -> int:
    """How many leaves a tree has."""
    if isinstance(value, str):
        return 1
    return sum(map(leaves, value if isinstance(value, list) else value.values()))


def shared(wanted: Tree, told: Tree) -> int:
    """How many leaves two trees have in common, at the same keys.

    Items of lists are paired one to one such that most leaves agree (Kuhn 1955, "The Hungarian
    method"); their order tells nothing.
    """
    if isinstance(wanted, dict) and isinstance(told, dict):
        return sum(shared(wanted[key], told[key]) for key in wanted.keys() & told.keys())
    if isinstance(wanted, list) and isinstance(told, list):
        return sum(
            leaves(one) if one is other else shared(one, other)
            for one, other in _pairs(wanted, told)
        )
    return int(isinstance(wanted, str) and wanted == told)


def paths(value: Tree, path: Path = ()) -> Iterator[Path]:
    """Where each leaf of a tree stands: its keys, with `ITEM` for any item of a list."""
    if isinstance(value, str):
        yield path
    elif isinstance(value, list):
        for item in value:
            yield from paths(item, (*path, ITEM))
    else:
        for key, item in value.items():
            yield from paths(item, (*path, key))


def shared_paths(wanted: Tree, told: Tree, path: Path = ()) -> Iterator[Path]:
    """Where each leaf stands that two trees have in common; as many as `shared` counts."""
    if isinstance(wanted, dict) and isinstance(told, dict):
        for key in wanted.keys() & told.keys():
            yield from shared_paths(wanted[key], told[key], (*path, key))
    elif isinstance(wanted, list) and isinstance(told, list):
        for one, other in _pairs(wanted, told):
            yield from shared_paths(one, other, (*path, ITEM))
    elif isinstance(wanted, str) and wanted == told:
        yield path


def compared(expected: str, output: str) -> tuple[int, int, int]:
    """Leaves that two texts share, that the output has, and that were expected.

    A text that is no JSON has none.
    """
    wanted, told = tree(expected), tree(output)
    right = shared(wanted, told) if wanted is not None and told is not None else 0
    return right, 0 if told is None else leaves(told), 0 if wanted is None else leaves(wanted)


def fields(text: str) -> Counter[tuple[str, str]] | None:
    """Path and value of every leaf; None where the whole text is not one JSON value.

    A path is a JSON Pointer (RFC 6901: `/` in a key is `~1`) in which `*` stands for any item of a
    list, and a key that is `*` itself for `~2`.
    """
    value = tree(text)
    return None if value is None else Counter(_fields(value, ""))


class _Number(str):
    """A number as `_leaf` writes it."""

    __slots__ = ()


def _pairs(wanted: Sequence[Tree], told: Sequence[Tree]) -> Iterator[tuple[Tree, Tree]]:
    """Items of two lists, paired such that most leaves agree."""
    # Equal items are paired with each other: no other pairing has more in common.
    same = Counter(map(_key, wanted)) & Counter(map(_key, told))
    for key in same.elements():
        item = json.loads(key)
        yield item, item
    left, right = (
        [one for one in _without(items, same) if not isinstance(one, str)]
        for items in (wanted, told)
    )
    if not left or not right:
        return
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    common = np.array([[shared(one, other) for other in right] for one in left])
    for row, column in zip(*linear_sum_assignment(common, maximize=True), strict=True):
        yield left[row], right[column]


def _key(value: Tree) -> str:
    return json.dumps(value, sort_keys=True)


def _without(items: Sequence[Tree], taken: Counter[str]) -> list[Tree]:
    """The items that are left once as many of each kind are taken out as `taken` says."""
    open_ = Counter(taken)
    left = []
    for item in items:
        key = _key(item)
        if open_[key]:
            open_[key] -= 1
        else:
            left.append(item)
    return left


def _tree(value: Any, depth: int) -> Tree:
    if depth > DEEPEST:
        raise ValueError("nested too deeply")
    if isinstance(value, dict):
        return {key: _tree(item, depth + 1) for key, item in value.items()} or "{}"
    if isinstance(value, list):
        return [_tree(item, depth + 1) for item in value] or "[]"
    if isinstance(value, _Number):
        return str(value)
    return json.dumps(value, ensure_ascii=False)


def _fields(value: Tree, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, list):
        for item in value:
            yield from _fields(item, f"{path}/*")
    else:
        for key, item in value.items():
            plain = "~2" if key == "*" else key.replace("~", "~0").replace("/", "~1")
            yield from _fields(item, f"{path}/{plain}")


def _number(text: str) -> _Number:
    """A number such that equal ones are written alike, exactly."""
    try:
        sign, digits, exponent = Decimal(text).as_tuple()
    except InvalidOperation:  # an exponent of twenty digits
        return _Number(text.lower())
    assert isinstance(exponent, int), "JSON has no infinity"
    written = "".join(map(str, digits)).lstrip("0")
    short = written.rstrip("0")
    exponent += len(written) - len(short)
    if not short:
        return _Number("0")
    minus = "-" if sign else ""
    if 0 <= exponent <= WRITTEN_OUT:
        return _Number(f"{minus}{short}{'0' * exponent}")
    if -WRITTEN_OUT <= exponent < 0:
        padded = short.rjust(1 - exponent, "0")
        return _Number(f"{minus}{padded[:exponent]}.{padded[exponent:]}")
    return _Number(f"{minus}{short}e{exponent}")


def _refused(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")
