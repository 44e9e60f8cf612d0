"""Clusters of rows that must stay together."""

from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from rungwise.data.copies import clusters
from rungwise.data.copy_keys import copy_keys

TEXTS = st.sampled_from(["a", "A!", "b", "B", "c", "d", "e", "f"])
GROUPS = st.sampled_from([None, None, "p", "q", "r"])


def closure(rows: list[tuple[str, str | None]], pairs: list[tuple[int, int]]) -> list[int]:
    """Connected components by repeated relaxation, numbered by first appearance."""
    number = list(range(len(rows)))
    edges = list(pairs)
    for i, (text, group) in enumerate(rows):
        for j, (other, others) in enumerate(rows):
            if text[0].lower() == other[0].lower() or (group is not None and group == others):
                edges.append((i, j))
    changed = True
    while changed:
        changed = False
        for i, j in edges:
            if number[i] != number[j]:
                number[i] = number[j] = min(number[i], number[j])
                changed = True
    order = {old: new for new, old in enumerate(dict.fromkeys(number))}
    return [order[old] for old in number]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(TEXTS, GROUPS), min_size=1, max_size=12), st.data())
def test_they_are_the_transitive_closure(
    rows: list[tuple[str, str | None]], data: st.DataObject
) -> None:
    place = st.integers(0, len(rows) - 1)
    pairs = data.draw(st.lists(st.tuples(place, place), max_size=3))
    texts = pl.Series([text for text, _ in rows])
    groups = pl.Series([group for _, group in rows], dtype=pl.String)
    similar = np.array(pairs, np.int64).reshape(-1, 2)
    assert clusters(copy_keys(texts), groups, similar).to_list() == closure(rows, pairs)
    alone: list[tuple[str, str | None]] = [(text, None) for text, _ in rows]
    assert clusters(copy_keys(texts)).to_list() == closure(alone, [])


def test_a_group_ties_copies_of_copies_together() -> None:
    texts = pl.Series(["card lost", "Card lost!", "late parcel", "refund", "late parcel"])
    groups = pl.Series(["anna", "ben", "ben", None, None])
    assert clusters(copy_keys(texts), groups).to_list() == [0, 0, 0, 1, 0]


def test_no_rows_and_no_groups() -> None:
    empty = pl.Series([], dtype=pl.String)
    assert clusters(copy_keys(empty), empty).to_list() == []
    nobody = pl.Series([None, None], dtype=pl.String)
    assert clusters(copy_keys(pl.Series(["a", "b"])), nobody).to_list() == [0, 1]
