"""Rows that must stay together: copies of one another, or rows of one group (R21)."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rungwise.data.copy_keys import copy_keys


def clusters(
    texts: pl.Series,
    groups: pl.Series | None = None,
    similar: NDArray[np.int64] | None = None,
) -> pl.Series:
    """Number the clusters of rows that are copies or share a group, transitively.

    Every row is an edge between its normalised text and its group; a cluster is a connected
    component of that graph.

    Args:
        texts: Raw inputs (n).
        groups: Group of each row (n), null for a row of its own; or None.
        similar: Pairs of row positions (m, 2) that something else found to be near copies.

    Returns:
        Cluster numbers (n), Int64, counted from 0 by first appearance.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    text = copy_keys(texts).rank("dense").cast(pl.Int64).to_numpy() - 1
    nodes = int(text.max()) + 1 if len(text) else 0
    begin, end = [], []
    if groups is not None:
        named = groups.is_not_null().to_numpy()
        group = groups.filter(groups.is_not_null()).rank("dense").cast(pl.Int64).to_numpy() - 1
        begin.append(text[named])
        end.append(nodes + group)
        nodes += int(group.max()) + 1 if len(group) else 0
    if similar is not None:
        begin.append(text[similar[:, 0]])
        end.append(text[similar[:, 1]])
    if not begin or not nodes:
        component = text
    else:
        edges = np.concatenate(begin), np.concatenate(end)
        graph = coo_array((np.ones(len(edges[0]), bool), edges), shape=(nodes, nodes))
        component = connected_components(graph, directed=False)[1][text]
    numbers = pl.Series("cluster", component, dtype=pl.Int64)
    found = numbers.unique(maintain_order=True)
    return numbers.replace_strict(
        found, pl.int_range(len(found), eager=True), return_dtype=pl.Int64
    )
