"""How far rows lie from their nearest neighbours, in blocks so that memory stays bounded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK = 2048
"""Rows compared at a time; with 20,000 neighbours a block takes 160 MB."""

Item = TypeVar("Item")


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Vectors (rows, width) scaled to length 1; a zero vector stays zero."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: NDArray[np.float32] = (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    return scaled


def nearest(
    rows: NDArray[np.float32],
    among: NDArray[np.float32],
    itself: NDArray[np.int64] | None = None,
    over: Callable[[Iterable[range]], Iterator[range]] = iter,
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Cosine distance to the nearest of `among`, and its place.

    Args:
        rows: Unit vectors (n, width).
        among: Unit vectors (m, width), at least one.
        itself: Place of each row in `among` that does not count (n), -1 for none.
        over: Yields the blocks; where progress is shown.

    Returns:
        Distances (n), 0 to 2, and places in `among` (n).
    """
    distances = np.empty(len(rows), np.float32)
    places = np.empty(len(rows), np.int64)
    blocks = [range(start, min(start + BLOCK, len(rows))) for start in range(0, len(rows), BLOCK)]
    for block in over(blocks):
        chosen = slice(block.start, block.stop)
        similar = rows[chosen] @ among.T
        if itself is not None:
            own = itself[chosen]
            similar[np.flatnonzero(own >= 0), own[own >= 0]] = -1
        places[chosen] = similar.argmax(axis=1)
        distances[chosen] = 1 - similar[np.arange(len(block)), places[chosen]]
    return distances, places
