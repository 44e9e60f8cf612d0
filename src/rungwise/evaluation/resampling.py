"""The bootstrap over rows (Efron 1979), in pieces that fit into memory.

A resample draws as many rows as there are, with replacement. Two ways, the same distribution:

- Metrics of labels depend on a row only through its cell (expected, answered). Drawing rows is
  then drawing cells, each as likely as it is common: one multinomial a resample, whatever the
  number of rows.
- Metrics of probabilities need to know how often each row was drawn.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from rungwise.evaluation.answers import Integers
from rungwise.evaluation.label_metrics import Floats
from rungwise.policy import Policy

PIECE = 8_000_000
"""Numbers held at once: 32 to 64 MB an array."""


def cells(*codes: Integers) -> tuple[Integers, Integers]:
    """Row of the first example of every combination of codes that occurs, and how often it does."""
    key = np.zeros(len(codes[0]), dtype=np.int64)
    for column in codes:
        key = key * (int(column.max()) + 2) + column + 1
    _, first, counts = np.unique(key, return_index=True, return_counts=True)
    return first, counts


def drawn_cells(counts: Integers, policy: Policy) -> Iterator[Floats]:
    """How often each cell is drawn, in pieces (resamples, cells)."""
    rows, generator = int(counts.sum()), np.random.default_rng(policy.seed)
    for size in _pieces(policy.resamples, len(counts)):
        yield generator.multinomial(rows, counts / rows, size=size).astype(np.float64)


def drawn_rows(rows: int, policy: Policy) -> Iterator[NDArray[np.float32]]:
    """How often each row is drawn, in pieces (rows, resamples); float32 is exact to 2^24."""
    generator = np.random.default_rng(policy.seed)
    for size in _pieces(policy.resamples, rows):
        places = generator.integers(0, rows, size=(size, rows))
        places += np.arange(size)[:, None] * rows
        drawn = np.bincount(places.ravel(), minlength=size * rows).reshape(size, rows)
        yield np.ascontiguousarray(drawn.T, dtype=np.float32)


def _pieces(resamples: int, width: int) -> Iterator[int]:
    step = max(1, min(resamples, PIECE // max(width, 1)))
    for start in range(0, resamples, step):
        yield min(step, resamples - start)
