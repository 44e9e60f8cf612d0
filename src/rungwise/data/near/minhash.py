"""Proposing pairs by MinHash and banding (Broder 1997; Leskovec, Rajaraman & Ullman, chapter 3).

The chance that two rows agree in one minimum is the Jaccard similarity J of their terms; that they
agree in all minima of at least one band is 1 - (1 - J^WIDTH)^BANDS. With 24 bands of 3 that is
.997 at J = .6, .96 at .5, .48 at .3 and .02 at .1: what edits of one word in six leave is found.

Every row is looked at once and compared with two rows of its bucket, so a million rows of one
template cost no more than a million rows that differ.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rungwise.data.near.words import Terms, Words
from rungwise.progress import Progress

BANDS, WIDTH = 24, 3
COMMON = 0.05
"""A term that more of the rows have tells too little to be hashed."""
LEAST = 3
"""A row with fewer informative terms is left to the exact stages."""
CHUNK = 1_000_000
"""Terms hashed at a time, on average, so that memory stays bounded."""

Hashes = NDArray[np.uint64]


def propose(words: Words, progress: Progress) -> NDArray[np.int64]:
    """Pairs of rows that share a bucket.

    Returns:
        Row numbers (pairs, 2), the smaller first, each pair once, sorted.
    """
    rows = words.single.present.shape[0]
    worth = [_worth(terms) for terms in (words.single, words.pairs)]
    # A million short rows in twenty steps; long rows are fewer at a time.
    taken = len(words.single.present.indices) + len(words.pairs.present.indices)
    step = max(1, CHUNK * rows // max(1, taken))
    chunks = [slice(start, min(start + step, rows)) for start in range(0, rows, step)]
    hashed = [
        _hashed(words, worth, chunk)
        for chunk in progress.over(chunks, "hashing words", len(chunks))
    ]
    enough = np.concatenate([row for row, _ in hashed] or [np.empty(0, np.int64)])
    keys = np.concatenate([key for _, key in hashed] or [np.empty((BANDS, 0), np.uint64)], axis=1)
    found: list[NDArray[np.int64]] = []
    for band in progress.over(keys, "comparing bands", BANDS):
        found.append(_same_bucket(band))
    codes = np.unique(np.concatenate(found)) if found else np.empty(0, np.int64)
    pairs = np.stack(np.divmod(codes, max(1, len(enough))), axis=1)
    proposed: NDArray[np.int64] = enough[pairs]
    return proposed


def _worth(terms: Terms) -> NDArray[np.bool_]:
    """Which terms are worth hashing (terms)."""
    kept: NDArray[np.bool_] = terms.rows_with <= max(1.0, COMMON * terms.present.shape[0])
    return kept


def _hashed(
    words: Words, worth: list[NDArray[np.bool_]], chunk: slice
) -> tuple[NDArray[np.int64], Hashes]:
    """Rows of a chunk with enough terms (rows), and their keys (bands, rows)."""
    kept = [
        _informative(terms, worth[kind], kind, chunk)
        for kind, terms in enumerate((words.single, words.pairs))
    ]
    terms = np.concatenate([hashes for hashes, _ in kept])
    row = np.concatenate([holder for _, holder in kept])
    order = np.argsort(row, kind="stable")
    count = np.bincount(row, minlength=chunk.stop - chunk.start)
    enough = np.flatnonzero(count >= LEAST)
    if not len(enough):
        return enough, np.empty((BANDS, 0), np.uint64)
    begin = (np.cumsum(count) - count)[enough]
    return enough + chunk.start, _bands(terms[order], begin, count[enough], _factors())


def _informative(
    terms: Terms, worth: NDArray[np.bool_], kind: int, chunk: slice
) -> tuple[Hashes, NDArray[np.int64]]:
    """Hashes of the terms worth hashing of some rows, and the place of the row of each."""
    edges = terms.present.indptr[chunk.start : chunk.stop + 1]
    row = np.repeat(np.arange(len(edges) - 1), np.diff(edges))
    indices = terms.present.indices[edges[0] : edges[-1]]
    kept = worth[indices]
    # Single words and pairs are numbered from 0 each; the high bits tell them apart.
    numbers = indices[kept].astype(np.uint64) | np.uint64((kind + 1) << 40)
    return _mixed(numbers), row[kept]


def _mixed(values: Hashes) -> Hashes:
    """Spread integers over 64 bits (the finaliser of SplitMix64, Steele et al. 2014)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _factors() -> Hashes:
    drawn = np.random.default_rng(21).integers(0, 2**63, (BANDS, WIDTH), dtype=np.uint64)
    return drawn * np.uint64(2) + np.uint64(1)


def _bands(
    terms: Hashes, begin: NDArray[np.int64], count: NDArray[np.int64], factors: Hashes
) -> Hashes:
    """One key a band and row (bands, rows): minima of multiply-shift hashes, mixed."""
    first, last = begin[0], begin[-1] + count[-1]
    # Rows between that have too few terms are hashed with their predecessor and cut off here.
    span = terms[first:last]
    edges = np.stack([begin, begin + count], axis=1).ravel() - first
    edges = edges[:-1]
    keys = np.zeros((BANDS, len(begin)), np.uint64)
    for band in range(BANDS):
        for factor in factors[band]:
            hashed = (span * factor) >> np.uint64(32)
            minimum = np.minimum.reduceat(hashed, edges)[::2]
            keys[band] = _mixed(keys[band] * np.uint64(0x9E3779B97F4A7C15) + minimum)
    return keys


def _same_bucket(keys: Hashes) -> NDArray[np.int64]:
    """Codes (smaller × rows + larger) of each row with the first and the last before it."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    same = np.flatnonzero(ordered[1:] == ordered[:-1]) + 1
    opens = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    first = opens[np.searchsorted(opens, same, side="right") - 1]
    rows = len(keys)
    return np.unique(
        np.concatenate([order[first] * rows + order[same], order[same - 1] * rows + order[same]])
    )
