"""Proposing pairs that share rare words or rare word pairs: nothing is left to chance.

A set-similarity join by an inverted index over the rare terms (Chaudhuri, Ganti & Kaushik 2006;
Bayardo, Ma & Srikant 2007): two rows that share much share something rare. How rare is set by the
work that a term costs, which is the square of the number of its rows.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rungwise.data.near.words import Terms, Words
from rungwise.progress import Progress

WORK = 10_000
"""Pairs looked at for each row, on average and at most; the commonest terms are left out first."""
NEIGHBOURS = 16
"""Pairs proposed for each row, at most."""
LEAST = 0.1
"""Cosine below which a pair is not proposed: half of the words changed leaves about 0.3."""
BLOCK = 512
"""Rows compared with all others at a time, so that memory stays bounded."""


def propose(words: Words, progress: Progress, least: float = LEAST) -> NDArray[np.int64]:
    """Pairs of rows that are worth a closer look: those whose cosine is at least `least`.

    Returns:
        Row numbers (pairs, 2), the smaller first, each pair once, sorted.
    """
    from scipy.sparse import hstack

    rows = words.single.present.shape[0]
    norm = np.sqrt(_squares(words.single) + _squares(words.pairs))
    norm[norm == 0] = 1
    scaled = hstack([_rare(words.single), _rare(words.pairs)], format="csr")
    scaled.data = (scaled.data / np.repeat(norm, np.diff(scaled.indptr))).astype(np.float32)
    across = scaled.T.tocsr()
    found = []
    begins = range(0, rows, BLOCK)
    for begin in progress.over(begins, "looking for near copies", len(begins)):
        cosine = (scaled[begin : begin + BLOCK] @ across).tocoo()
        first, second = cosine.row.astype(np.int64) + begin, cosine.col.astype(np.int64)
        kept = (cosine.data >= least) & (first != second)
        found.append(_nearest(first[kept], second[kept], cosine.data[kept]))
    pairs = np.concatenate(found) if found else np.empty((0, 2), np.int64)
    return np.unique(np.sort(pairs, axis=1), axis=0)


def _squares(terms: Terms) -> NDArray[np.float32]:
    return np.asarray(terms.present @ terms.bits**2, dtype=np.float32)


def _rare(terms: Terms) -> object:
    """Weights of the terms that several rows have and that are cheap enough to compare by."""
    rows = terms.present.shape[0]
    order = np.argsort(terms.rows_with, kind="stable")
    cost = np.cumsum(terms.rows_with[order].astype(np.float64) ** 2)
    cheap = np.zeros(len(order), bool)
    cheap[order[cost <= WORK * rows / 2]] = True
    kept = np.flatnonzero(cheap & (terms.rows_with > 1))
    chosen = terms.present[:, kept].tocsr()
    chosen.data = terms.bits[kept][chosen.indices]
    return chosen


def _nearest(
    first: NDArray[np.int64], second: NDArray[np.int64], cosine: NDArray[np.float32]
) -> NDArray[np.int64]:
    table = pl.DataFrame({"first": first, "second": second, "cosine": cosine})
    nearest = (
        table.sort("first", "cosine", "second", descending=[False, True, False])
        .group_by("first", maintain_order=True)
        .head(NEIGHBOURS)
    )
    return nearest.select("first", "second").to_numpy()
