"""How alike two texts are: what they share of their words, word pairs and letters in order.

Shares are of weight in bits, so that what every row says counts for nothing. Letters are compared
by their longest common subsequence (Hyyrö 2004, in `rapidfuzz`), which sees a word behind its
typing errors and the order of the words; where many words changed, the words' weight tells more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rungwise.data.near.words import Terms, Words
from rungwise.data.normalise import OPERATORS, marks, signed, wording

Floats = NDArray[np.float32]
LETTERS = 1_000
"""Code points of each text whose letters are compared; the words of the whole text are."""
CHUNK = 20_000
"""Pairs at a time, so that memory stays bounded."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """One number a pair (pairs), float32; shares run from 0 to 1.

    Attributes:
        words: Shared weight over the weight of both (weighted Jaccard).
        contained: Shared weight over the smaller weight of the two.
        pairs: Shared word pairs' weight over the weight of both.
        letters: 2 × common letters in order / letters of both.
        covered: Common letters in order / letters of the shorter.
        bits: Weight that is shared, in bits.
        common: Shared words over the words of both (Jaccard).
        told: Mean bits of the shared words, over `scale`.
        plain, odd: Mean bits of the words not shared, over `scale`, of the row where it is less,
            and more: new words that nobody else uses are odd, those that change the meaning plain.
        scale: Bits of a word that one row alone has, the same for every pair.
        size: Words of the smaller.
        numbers: Whether both hold numbers, and not the same ones with the same signs in the same
            order; whether the letters with signs (`C++`, `C#`) are not the same; or whether both
            hold other signs (arrows, emoji, `≤`), or one a mathematical one, and not the same.
    """

    words: Floats
    contained: Floats
    pairs: Floats
    letters: Floats
    covered: Floats
    bits: Floats
    common: Floats
    told: Floats
    plain: Floats
    odd: Floats
    scale: float
    size: Floats
    numbers: NDArray[np.bool_]


class Comparison:
    """Texts made ready, so that their pairs can be compared some at a time."""

    def __init__(self, texts: pl.Series, words: Words) -> None:
        """Look at every text once.

        Args:
            texts: Normalised texts (n).
            words: The same texts taken apart.
        """
        self.words = words
        self._cut = wording(texts.str.head(2 * LETTERS)).str.head(LETTERS)
        self._length = self._cut.str.len_chars().to_numpy().astype(np.float32)
        self._weight = words.single.weights()
        self._pair_weight = words.pairs.weights()
        self._size = np.diff(words.single.present.indptr).astype(np.float32)
        self._scale = float(np.log2(max(2, len(texts))))
        numbers, named = _signs(texts)
        self._numbers = numbers.rank("dense").cast(pl.Int64).to_numpy()
        self._without_number = (numbers == "").to_numpy()
        self._named = named.rank("dense").cast(pl.Int64).to_numpy()
        other = marks(texts)
        self._marks = other.rank("dense").cast(pl.Int64).to_numpy()
        self._without_mark = (other == "").to_numpy()
        self._operates = other.str.contains(OPERATORS).to_numpy()

    def likeness(self, pairs: NDArray[np.int64]) -> Likeness:
        """Compare the texts of each pair of row numbers (pairs, 2)."""
        first, second = pairs[:, 0], pairs[:, 1]
        bits, count = shared(self.words.single, pairs)
        weight, pair_weight, size, scale = self._weight, self._pair_weight, self._size, self._scale
        both, _ = shared(self.words.pairs, pairs)
        left = [
            share(weight[side] - bits, np.maximum(size[side] - count, 1))
            for side in (first, second)
        ]
        letters, covered = self._letters(pairs)
        return Likeness(
            words=share(bits, weight[first] + weight[second] - bits),
            contained=share(bits, np.minimum(weight[first], weight[second])),
            pairs=share(both, pair_weight[first] + pair_weight[second] - both),
            letters=letters,
            covered=covered,
            bits=bits,
            common=share(count, size[first] + size[second] - count),
            told=share(bits, count) / scale,
            plain=(np.minimum(*left) / scale).astype(np.float32),
            odd=(np.maximum(*left) / scale).astype(np.float32),
            scale=scale,
            size=np.minimum(size[first], size[second]),
            numbers=self._numbers_differ(first, second),
        )

    def _letters(self, pairs: NDArray[np.int64]) -> tuple[Floats, Floats]:
        from rapidfuzz.distance import LCSseq
        from rapidfuzz.process import cpdist

        common = np.empty(len(pairs), np.float32)
        for begin in range(0, len(pairs), CHUNK):
            sides = pairs[begin : begin + CHUNK].T
            first, second = (self._cut.gather(pl.Series(side)).to_list() for side in sides)
            common[begin : begin + CHUNK] = cpdist(
                first, second, scorer=LCSseq.similarity, dtype=np.float32
            )
        one, other = self._length[pairs].T
        return share(2 * common, one + other), share(common, np.minimum(one, other))

    def _numbers_differ(
        self, first: NDArray[np.int64], second: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        unequal = self._numbers[first] != self._numbers[second]
        none = self._without_number
        named = self._named[first] != self._named[second]
        both = ~self._without_mark[first] & ~self._without_mark[second]
        marked = (self._marks[first] != self._marks[second]) & (
            both | self._operates[first] | self._operates[second]
        )
        return np.asarray((unequal & ~none[first] & ~none[second]) | named | marked)


def _signs(texts: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Numbers and letters with their signs, as one string a text and kind (n)."""
    found = signed(texts).alias("sign").to_frame()
    number = pl.element().str.contains(r"\p{N}")
    kinds = (pl.col("sign").list.eval(pl.element().filter(kind)) for kind in (number, ~number))
    numbers, named = (found.select(kind.list.join(" ")).to_series() for kind in kinds)
    return numbers, named


def share(part: Floats, whole: Any) -> Floats:
    """The one over the other (n); 0 where there is nothing to have a share of."""
    divided: Floats = np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
    return divided


def shared(terms: Terms, pairs: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Bits of the terms that both rows of each pair have, and their number (pairs)."""
    bits, count = np.empty((2, len(pairs)), np.float32)
    for begin in range(0, len(pairs), CHUNK):
        first, second = pairs[begin : begin + CHUNK].T
        common = terms.present[first].multiply(terms.present[second])
        bits[begin : begin + CHUNK] = common.tocsr() @ terms.bits
        count[begin : begin + CHUNK] = common.sum(axis=1)
    return bits, count
