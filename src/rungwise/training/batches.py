"""Batches of rows of similar length, so that little is computed on padding."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from rungwise.progress import Progress

if TYPE_CHECKING:
    from numpy.typing import NDArray

BUCKET = 50
"""Batches that are sorted by length together when rows are shuffled."""


def by_length(lengths: NDArray[np.int64], positions: int) -> list[NDArray[np.int64]]:
    """Rows from short to long, in batches of at most `positions` padded positions."""
    order = np.argsort(lengths, kind="stable")
    starts, start = [], 0
    for place, length in enumerate(lengths[order].tolist()):
        # In ascending order the last row of a batch is its longest: rows × longest ≤ positions.
        if place > start and (place + 1 - start) * length > positions:
            starts.append(start := place)
    return np.split(order, starts) if len(order) else []


def shuffled(
    lengths: NDArray[np.int64], size: int, generator: np.random.Generator
) -> Iterator[NDArray[np.int64]]:
    """Every row once, `size` rows a batch, at random but for similar lengths together."""
    order = generator.permutation(len(lengths))
    bucket = size * BUCKET
    batches: list[NDArray[np.int64]] = []
    for start in range(0, len(order), bucket):
        rows = order[start : start + bucket]
        rows = rows[np.argsort(lengths[rows], kind="stable")]
        batches.extend(rows[at : at + size] for at in range(0, len(rows), size))
    for index in generator.permutation(len(batches)):
        yield batches[index]


def counted(
    batches: Iterable[NDArray[np.int64]],
    lengths: NDArray[np.int64],
    title: str,
    progress: Progress,
    done: Callable[[NDArray[np.int64]], bool] = lambda batch: False,
) -> Iterator[NDArray[np.int64]]:
    """Yield batches while rows and tokens are counted, and the time that is left is shown.

    Args:
        batches: Places of rows.
        lengths: Tokens of each row (rows).
        title: What is done with them.
        progress: Where to report.
        done: Whether a batch was done before: it is left out.
    """
    with progress.tally(title, len(lengths), int(lengths.sum())) as tally:
        for batch in batches:
            tokens = int(lengths[batch].sum())
            if done(batch):
                tally.skip(len(batch), tokens)
            else:
                yield batch
                tally.add(len(batch), tokens)
