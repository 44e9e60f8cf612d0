"""One ranking of several: reciprocal rank fusion (Cormack, Clarke & Büttcher 2009)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rungwise.training.retrieval.best import NONE

CONSTANT = 60
"""k of the paper; chosen there, and not tuned here."""


def fuse(rankings: Sequence[NDArray[np.int64]], count: int) -> NDArray[np.int64]:
    """What several rankings find, by the sum of 1 / (60 + rank) over those that have it.

    Args:
        rankings: Each with places of what was found (rows, any depth), `NONE` at its end.
        count: How many are wanted.

    Returns:
        Places (rows, count), the best first, then the smaller place; `NONE` at the end.
    """
    rows = len(rankings[0])
    found = np.full((rows, count), NONE, np.int64)
    for row in range(rows):
        placed = np.concatenate([ranking[row] for ranking in rankings])
        rank = np.concatenate([np.arange(1, ranking.shape[1] + 1) for ranking in rankings])
        there = placed != NONE
        places, number = np.unique(placed[there], return_inverse=True)
        sums = np.bincount(number, 1 / (CONSTANT + rank[there]), minlength=len(places))
        order = places[np.argsort(-sums, kind="stable")][:count]
        found[row, : len(order)] = order
    return found
