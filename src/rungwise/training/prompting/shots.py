"""Which training rows are shown as examples: some for all questions, or the nearest for each."""

from __future__ import annotations

from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rungwise.data.near.vectors import vectors
from rungwise.data.near.words import words
from rungwise.data.normalise import normalised

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


def nearest(rows: pl.DataFrame, asked: pl.Series, count: int) -> NDArray[np.int64]:
    """For each question the rows most like it, the most like last: the end is read best.

    Likeness is the cosine of shared words weighted by how rare they are among the rows alone, so
    that what is shown with a question does not depend on what else is asked.

    Returns:
        Places in `rows` (questions, count).
    """
    from scipy.sparse import csr_array, diags_array

    present = words(normalised(pl.concat([rows["input"], asked]))).single.present
    known, new = present[: len(rows)], present[len(rows) :]
    having = np.bincount(known.indices, minlength=present.shape[1])
    bits = np.where(having > 0, np.log2(len(rows) / np.maximum(having, 1)), 0.0)
    weighted = csr_array(known @ diags_array(bits))
    length = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)))
    products = (new @ diags_array(bits) @ weighted.T).toarray()
    alike = np.divide(products, length, out=np.zeros_like(products), where=length > 0)
    order = np.argsort(-alike, axis=1, kind="stable")[:, : min(count, len(rows))]
    return order[:, ::-1].astype(np.int64)
