"""The highest scores of each row, and nothing left to chance where scores are equal."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

NONE = -1
"""Stands where nothing more was found."""


def best(scores: NDArray[np.float32], count: int, least: float | None = None) -> NDArray[np.int64]:
    """Places of the highest scores (rows, at most count), the highest first, then the earlier.

    Args:
        scores: float32 (rows, n).
        count: How many are wanted of each row.
        least: A score must be above it, else `NONE` stands there; None lets every score count.
    """
    count = min(count, scores.shape[1])
    found = np.full((len(scores), count), NONE, np.int64)
    for row, one in enumerate(scores):
        if count == 0:
            break
        last = np.partition(one, -count)[-count]
        floor = last if least is None else max(last, np.nextafter(np.float32(least), np.float32(1)))
        places = np.flatnonzero(one >= floor)
        order = places[np.argsort(-one[places], kind="stable")][:count]
        found[row, : len(order)] = order
    return found
