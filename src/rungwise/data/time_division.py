"""Dividing clusters of rows by time, oldest first: for parts, and for folds that run forward."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]

OLDEST = 0.5
"""Share of the rows that forward folds only learn from: with fewer, the first fold is answered by
a model that knows too little to stand for the one that is tested."""


def divide_by_time(
    times: Integers, clusters: Integers, shares: tuple[float, ...], least: int = 0
) -> Integers:
    """Give every row a part, so that what is newer is never in an earlier part.

    A cluster stands at the time of its newest row, and clusters of one time stay together: between
    two parts there is a step in time. The shares are met as nearly as such steps allow.

    Args:
        times: Of each row, in any unit (n).
        clusters: Cluster of each row (n); whole clusters are divided.
        shares: Share of each part from the oldest to the newest; they add up to 1.
        least: Rows that the newest part should have at least.

    Returns:
        Part of each row (n); every part has rows.

    Raises:
        ValueError: There are fewer distinct times of clusters than parts.
    """
    _, cluster = np.unique(clusters, return_inverse=True)
    newest = np.full(cluster.max(initial=-1) + 1, np.iinfo(np.int64).min)
    np.maximum.at(newest, cluster, times)
    steps, step = np.unique(newest[cluster], return_inverse=True)
    if len(steps) < len(shares):
        raise ValueError(f"{len(steps)} distinct times cannot fill {len(shares)} parts")
    older = np.concatenate([[0], np.cumsum(np.bincount(step))])  # rows before each step
    edges, after = [], len(steps)
    for place in range(len(shares) - 1, 0, -1):
        # Steps must be left for the parts before this one, and one for itself.
        possible = np.arange(place, after)
        wanted = sum(shares[:place]) * len(times)
        edge = int(possible[np.argmin(np.abs(older[possible] - wanted))])
        if after == len(steps) and len(times) - older[edge] < least:
            enough = possible[len(times) - older[possible] >= least]
            edge = int(enough[-1]) if len(enough) else edge
        edges.append(edge)
        after = edge
    return np.searchsorted(np.array(edges[::-1], np.int64), step, side="right").astype(np.int64)


def forward_folds(times: Integers, clusters: Integers, count: int) -> NDArray[np.int8]:
    """Number the rows by time, so that each fold is answered by a model of older rows only.

    Fold j is answered by a model that learnt from every row with a smaller number. The oldest
    half of the rows has the number -1: it is learnt from and never answered.

    Args:
        times: Of each row, in any unit (n).
        clusters: Cluster of each row (n): copies, near copies and groups stay whole.
        count: How many folds are answered; of about equal size.

    Raises:
        ValueError: There are too few distinct times.
    """
    shares = (OLDEST, *((1 - OLDEST) / count,) * count)
    return (divide_by_time(times, clusters, shares) - 1).astype(np.int8)
