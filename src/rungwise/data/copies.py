"""Rows that must stay together: copies of one another, or rows of one group (R21)."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray


def clusters(
    keys: pl.Series,
    groups: pl.Series | None = None,
    similar: NDArray[np.int64] | None = None,
) -> pl.Series:
    """Number the clusters of rows that are copies or share a group, transitively.

    Every row is an edge between its content and its group; a cluster is a connected
    component of that graph.

    Args:
        keys: What copies share, of each row (n): see `Modality.copy_keys`.
        groups: Group of each row (n), null for a row of its own; or None.
        similar: Pairs of row positions (m, 2) that something else found to be near copies.

    Returns:
        Cluster numbers (n), Int64, counted from 0 by first appearance.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    content = keys.rank("dense").cast(pl.Int64).to_numpy() - 1
    nodes = int(content.max()) + 1 if len(content) else 0
    begin, end = [], []
    if groups is not None:
        named = groups.is_not_null().to_numpy()
        group = groups.filter(groups.is_not_null()).rank("dense").cast(pl.Int64).to_numpy() - 1
        begin.append(content[named])
        end.append(nodes + group)
        nodes += int(group.max()) + 1 if len(group) else 0
    if similar is not None:
        begin.append(content[similar[:, 0]])
        end.append(content[similar[:, 1]])
    if not begin or not nodes:
        component = content
    else:
        edges = np.concatenate(begin), np.concatenate(end)
        graph = coo_array((np.ones(len(edges[0]), bool), edges), shape=(nodes, nodes))
        component = connected_components(graph, directed=False)[1][content]
    numbers = pl.Series("cluster", component, dtype=pl.Int64)
    found = numbers.unique(maintain_order=True)
    return numbers.replace_strict(
        found, pl.int_range(len(found), eager=True), return_dtype=pl.Int64
    )
