"""Frozen dataclasses as plain JSON, and back: what the ledger stores."""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

Record = TypeVar("Record")


def to_json(record: Any) -> Any:
    """Turn a record (or a container of records) into JSON types; tuples become lists."""
    if record is None or isinstance(record, str | int | float):  # most of what there is
        return record
    if dataclasses.is_dataclass(record) and not isinstance(record, type):
        return {f.name: to_json(getattr(record, f.name)) for f in dataclasses.fields(record)}
    if isinstance(record, Mapping):
        return {str(key): to_json(value) for key, value in record.items()}
    if isinstance(record, list | tuple):
        return [to_json(value) for value in record]
    return record


def from_json(kind: type[Record], value: Mapping[str, Any]) -> Record:
    """Build the record `kind` from what `to_json` made of it.

    Raises:
        TypeError: A key is missing or unknown.
    """
    plain: type = kind
    restore = _restorers(plain)
    return kind(**{key: _restored(restore.get(key), item) for key, item in value.items()})


@functools.cache
def _restorers(kind: type) -> Mapping[str, Callable[[Any], Any]]:
    """How to restore each field that is not plain JSON; found once, because hints are slow."""
    hints = typing.get_type_hints(kind)
    return {key: restore for key, hint in hints.items() if (restore := _restorer(hint))}


def _restorer(hint: Any) -> Callable[[Any], Any] | None:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return functools.partial(from_json, hint)
    if origin is tuple:
        item = _restorer(arguments[0])
        return lambda items: tuple(_restored(item, each) for each in items)
    if origin in (typing.Union, types.UnionType):
        return next((found for part in arguments if (found := _restorer(part))), None)
    return None


def _restored(restore: Callable[[Any], Any] | None, value: Any) -> Any:
    return value if restore is None or value is None else restore(value)
