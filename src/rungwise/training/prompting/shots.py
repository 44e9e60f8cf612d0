"""Which training rows are shown as examples: some for all questions, or the nearest for each."""

from __future__ import annotations

from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rungwise.data.near.vectors import vectors

Selection = Literal["random", "diverse", "nearest"]
SELECTIONS: tuple[Selection, ...] = ("random", "diverse", "nearest")
POOL = 5_000
"""Training rows among which examples are looked for."""


def pool(train: pl.DataFrame, seed: int) -> pl.DataFrame:
    """The rows that may be shown; drawn at random where there are more."""
    return train if len(train) <= POOL else train.sample(POOL, seed=seed, shuffle=True)


def drawn(rows: pl.DataFrame, count: int, seed: int) -> pl.DataFrame:
    """Some rows at random."""
    return rows.sample(min(count, len(rows)), seed=seed, shuffle=True)


def diverse(rows: pl.DataFrame, count: int, seed: int) -> pl.DataFrame:
    """Rows that differ: each next one is the farthest from those taken (Gonzalez 1985)."""
    features = vectors(rows["input"], seed)
    centre = features.mean(axis=0)
    taken = [int(np.argmax(features @ centre))]  # the most typical row first
    nearest = features @ features[taken[0]]
    while len(taken) < min(count, len(rows)):
        taken.append(int(np.argmin(nearest)))
        nearest = np.maximum(nearest, features @ features[taken[-1]])
    return rows[taken]


def nearest(rows: pl.DataFrame, asked: pl.Series, count: int, seed: int) -> NDArray[np.int64]:
    """For each question the rows most like it, the most like last: the end is read best.

    Returns:
        Places in `rows` (questions, count).
    """
    features = vectors(pl.concat([rows["input"], asked]), seed)
    known, new = features[: len(rows)], features[len(rows) :]
    order = np.argsort(-(new @ known.T), axis=1, kind="stable")[:, : min(count, len(rows))]
    return order[:, ::-1].astype(np.int64)
