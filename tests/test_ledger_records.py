"""Every record goes through the ledger and comes back equal."""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rungwise.ledger.append import append
from rungwise.ledger.kinds import KINDS, record_of
from rungwise.ledger.read import entries
from rungwise.ledger.store import Ledger
from rungwise.ledger.verify import verify
from rungwise.records import RowReference, to_json

TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
NUMBER = st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | NUMBER | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
PLAIN: Mapping[Any, st.SearchStrategy[Any]] = {
    str: TEXT,
    float: NUMBER,
    int: st.integers(0, 2**53),
    bool: st.booleans(),
    type(None): st.none(),
    Any: JSON,
}


def values_of(hint: Any) -> st.SearchStrategy[Any]:
    """Any value that a field with this type hint may hold."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint in PLAIN:
        return PLAIN[hint]
    if origin is typing.Literal:
        return st.sampled_from(arguments)
    if origin is tuple:
        return st.lists(values_of(arguments[0]), max_size=2).map(tuple)
    if origin in (typing.Union, types.UnionType):
        return st.one_of(*(values_of(part) for part in arguments))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return st.dictionaries(TEXT, values_of(arguments[1]), max_size=2)
    assert dataclasses.is_dataclass(hint), hint
    return records_of(typing.cast(type, hint))


def records_of(kind: type) -> st.SearchStrategy[Any]:
    hints = typing.get_type_hints(kind)
    if kind is RowReference:
        hints.pop("other")  # a row that points at a row that points at a row …
    return st.builds(kind, **{name: values_of(hint) for name, hint in hints.items()})


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    return Ledger(tmp_path_factory.mktemp("ledger"))


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@settings(max_examples=12, deadline=None)
def test_a_record_comes_back_equal(ledger: Ledger, kind: str, data: st.DataObject) -> None:
    written = data.draw(records_of(KINDS[kind]))
    append(ledger, kind, to_json(written))
    assert record_of(kind, entries(ledger, kind)[-1].payload) == written


def test_whatever_was_written_verifies(ledger: Ledger) -> None:
    append(ledger, "skipped", {"data": "d", "rung": "\x00\u2028\U0001f600", "reason": ""})
    assert verify(ledger).entries == len(entries(ledger))


def test_a_row_beside_another_comes_back_equal(tmp_path: Path) -> None:
    pair = RowReference("1", "train", 7, 0.5, RowReference("2", "test", 9))
    finding = {"code": "copies", "severity": "warn", "title": "t", "advice": "a"}
    payload = {"data": "d", "audit": "copies", "read_sealed_inputs": True}
    rows = {"findings": [{**finding, "rows": [to_json(pair)]}]}
    append(Ledger(tmp_path), "audit", {**payload, **rows})
    (entry,) = entries(Ledger(tmp_path))
    audited = record_of("audit", entry.payload)
    assert to_json(audited)["findings"][0]["rows"] == [to_json(pair)]
    assert audited.findings[0].rows == (pair,)  # type: ignore[union-attr]


def test_floats_keep_every_bit(tmp_path: Path) -> None:
    value = math.nextafter(0.9, 1)
    payload = {"task": {"target": value}, "goal": {}}
    append(Ledger(tmp_path), "task", payload)
    assert entries(Ledger(tmp_path), "task")[0].payload["task"]["target"] == value
