"""Texts as sets of words and word pairs, with what sharing one of them tells.

Sharing a word that half of all rows have tells nothing; sharing one that two rows have tells
nearly all. The weight of a word is therefore log2(rows / rows that have it), in bits: the inverse
document frequency (Spärck Jones 1972).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rungwise.data.normalise import wording

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Integers = NDArray[np.int64]
UNSPACED = r"([\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}])"
"""Scripts written without spaces: each letter counts as a word."""
LONGEST = 20_000
"""Code points of a text that are compared; far longer texts are near copies by their beginning."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Which row has which term, each once.

    Attributes:
        present: Ones, float32 CSR (rows, terms), indices sorted.
        bits: Weight of each term, float32 (terms).
        rows_with: Rows that have each term, int64 (terms).
    """

    present: csr_array
    bits: NDArray[np.float32]
    rows_with: NDArray[np.int64]

    def weights(self) -> NDArray[np.float32]:
        """Sum of the bits of each row's terms, float32 (rows)."""
        return np.asarray(self.present @ self.bits, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Words:
    """Single words and pairs of neighbouring words of the same rows."""

    single: Terms
    pairs: Terms


def words(texts: pl.Series) -> Words:
    """Take normalised texts apart.

    Args:
        texts: Normalised texts (n), without null; words are what `wording` leaves of them.

    Returns:
        Terms numbered by their spelling, so that nothing depends on the order of the rows.
    """
    flat, lengths = _spoken(texts)
    row = np.repeat(np.arange(len(texts), dtype=np.int32), lengths)
    vocabulary = flat.unique().sort()
    word = flat.cast(pl.Enum(vocabulary)).to_physical().to_numpy()
    del flat  # the largest column by far
    beside = row[1:] == row[:-1]
    pair = word[:-1][beside].astype(np.int64) * max(1, len(vocabulary)) + word[1:][beside]
    single = _terms(row, word.astype(np.int32), len(texts), len(vocabulary))
    row = row[1:][beside]
    del word, beside
    numbered = (pl.Series(pair).rank("dense").cast(pl.Int32) - 1).to_numpy()
    del pair
    return Words(single, _terms(row, numbered, len(texts), int(numbered.max(initial=-1)) + 1))


def _spoken(texts: pl.Series) -> tuple[pl.Series, Integers]:
    """All words one after another, and how many each text has (n)."""
    frame = wording(texts.str.head(LONGEST)).alias("text").to_frame()
    text = pl.col("text")
    plain = text.str.len_bytes() == text.str.len_chars()
    apart = pl.when(~plain).then(text).str.replace_all(UNSPACED, " $1 ")
    apart = apart.str.replace_all(" +", " ").str.strip_chars(" ")
    listed = frame.select(pl.coalesce(apart, text).str.split(" ")).to_series()
    empty = frame["text"] == ""
    lengths = listed.list.len().to_numpy().astype(np.int64)
    lengths[empty.to_numpy()] = 0
    return listed.filter(~empty).explode(empty_as_null=True, keep_nulls=True), lengths


def _terms(row: NDArray[np.int32], term: NDArray[np.int32], rows: int, count: int) -> Terms:
    from scipy.sparse import csr_array

    ones = np.ones(len(row), np.float32)
    present = csr_array((ones, (row, term)), shape=(rows, count))
    present.sum_duplicates()
    present.data[:] = 1
    rows_with = np.bincount(present.indices, minlength=count).astype(np.int64)
    bits = np.log2(max(rows, 1) / np.maximum(rows_with, 1)).astype(np.float32)
    return Terms(present, bits, rows_with)
