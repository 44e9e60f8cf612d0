"""TF-IDF features of texts, by words with their signs and by characters; numpy only.

Training and serving run this same code. The features are those of scikit-learn's
`TfidfVectorizer(sublinear_tf=True)`: lower case, (1 + ln count) · (ln((1 + n)/(1 + seen)) + 1),
each row of Euclidean length 1. Two things differ from its defaults. Texts are brought to NFC, so
that both Unicode spellings of "é" are one feature. And a sign is a word: the default pattern drops
signs and words of one letter, which makes "C++" and "C#", "-3" and "+3", "<5" and ">5" equal.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Kind = Literal["words", "characters"]
KINDS: tuple[Kind, ...] = ("words", "characters")
SHORTEST, LONGEST = 2, 5
"""Characters in a term; a blank before and behind each word counts."""
JOINERS = "\u200c\u200d"
"""Zero-width (non-)joiners stand inside words of Persian and of Indic scripts."""
COUNTED = 2_000_000
"""Terms that are counted at once; above, those seen least are forgotten (lossy counting: Manku &
Motwani 2002, "Approximate Frequency Counts over Data Streams")."""
REMEMBERED, LONG_WORD = 100_000, 40
"""Words whose character terms are kept, and the longest of them: a few words make up most texts."""


def prepared(text: str, longest: int) -> str:
    """The first `longest` code points, in lower case and in NFC."""
    return unicodedata.normalize("NFC", text[:longest].lower())


def words(text: str) -> list[str]:
    """Words and signs of a prepared text, then each pair of neighbours."""
    single = _pattern().findall(text)
    return [*single, *(f"{one} {other}" for one, other in pairwise(single))]


def characters(text: str) -> list[str]:
    """Runs of 2 to 5 characters of a prepared text inside its words, as `char_wb` has them."""
    return list(chain.from_iterable(map(_runs, text.split())))


def _runs(word: str) -> list[str]:
    padded = f" {word} "
    sizes = range(SHORTEST, min(LONGEST, len(padded)) + 1)
    return [padded[at : at + size] for size in sizes for at in range(len(padded) - size + 1)]


@cache
def _pattern() -> re.Pattern[str]:
    r"""A word, or one sign. `\w` lacks the combining marks that are vowels in many scripts."""
    planes = chain(range(0x300, 0x20000), range(0xE0100, 0xE01F0))
    marks = {code for code in planes if unicodedata.category(chr(code)).startswith("M")}
    starts = sorted(code for code in marks if code - 1 not in marks)
    ends = sorted(code for code in marks if code + 1 not in marks)
    ranges = "".join(f"{chr(a)}-{chr(b)}" for a, b in zip(starts, ends, strict=True))
    return re.compile(rf"\w[\w{ranges}{JOINERS}]*|[^\w\s]")


TERMS = {"words": words, "characters": characters}


@dataclass(frozen=True)
class Vocabulary:
    """Terms of one kind, with what their weights are computed from.

    Attributes:
        kind: How texts become terms.
        terms: In the order of the features (n).
        seen: In how many training rows each occurs, int64 (n).
        rows: How many training rows there were.
    """

    kind: Kind
    terms: tuple[str, ...]
    seen: NDArray[np.int64]
    rows: int
    _places: dict[str, int] = field(init=False, repr=False)
    _idf: NDArray[np.float64] = field(init=False, repr=False)
    _of_word: dict[str, list[int]] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_places", {term: at for at, term in enumerate(self.terms)})
        object.__setattr__(self, "_idf", np.log((1 + self.rows) / (1 + self.seen)) + 1)

    def __len__(self) -> int:
        return len(self.terms)

    def weigh(self, text: str) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Features of a prepared text that are not 0: their places, ascending, and values."""
        places, values = self._values([place for place in self._found(text) if place >= 0])
        return places.astype(np.int32), values

    def weigh_all(self, text: str) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The same with the terms that are not in the vocabulary, as if no row had them.

        Their places are negative: -1 - a checksum of 32 bits.
        """
        return self._values(self._found(text))

    def _values(self, found: list[int]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        if not found:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        places, counts = np.unique(np.fromiter(found, np.int64, len(found)), return_counts=True)
        known = places >= 0
        idf = np.full(len(places), np.log1p(self.rows) + 1)
        idf[known] = self._idf[places[known]]
        values = (1 + np.log(counts)) * idf
        return places, (values / np.sqrt(values @ values)).astype(np.float32)

    def _found(self, text: str) -> list[int]:
        """Place of each term, as often as it occurs."""
        if self.kind == "words":
            return self._placed(words(text))
        return list(chain.from_iterable(map(self._placed_of_word, text.split())))

    def _placed_of_word(self, word: str) -> list[int]:
        placed = self._of_word.get(word)
        if placed is None:
            placed = self._placed(_runs(word))
            if len(word) <= LONG_WORD and len(self._of_word) < REMEMBERED:
                self._of_word[word] = placed
        return placed

    def _placed(self, terms: Iterable[str]) -> list[int]:
        places, start = self._places, zlib.crc32(self.kind.encode())
        return [
            places[term]
            if term in places
            else -1 - zlib.crc32(term.encode(errors="surrogatepass"), start)
            for term in terms
        ]


def learn(kind: Kind, texts: Iterable[str], least: int, most: int) -> Vocabulary:
    """The terms that occur in most rows.

    Args:
        kind: How texts become terms.
        texts: Prepared texts.
        least: Rows that a term must occur in.
        most: Terms to keep; of equally frequent ones those first in order of code points.
    """
    counts: Counter[str] = Counter()
    rows, forgotten = 0, 0
    for text in texts:
        counts.update(set(TERMS[kind](text)))
        rows += 1
        while len(counts) > COUNTED:
            forgotten += 1
            counts = Counter({term: n for term, n in counts.items() if n > forgotten})
    frequent = sorted((-n, term) for term, n in counts.items() if n >= least)[:most]
    kept = sorted((term, -n) for n, term in frequent)
    seen = np.array([n for _, n in kept], np.int64)
    return Vocabulary(kind, tuple(term for term, _ in kept), seen, rows)


def joined(
    vocabularies: Sequence[Vocabulary], text: str
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Features of a prepared text by several kinds of term side by side, of length 1 together."""
    places, values = _side_by_side(vocabularies, [each.weigh(text) for each in vocabularies])
    return places.astype(np.int32), values


def joined_all(
    vocabularies: Sequence[Vocabulary], text: str
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The same with unknown terms, whose places are negative (see `Vocabulary.weigh_all`)."""
    return _side_by_side(vocabularies, [each.weigh_all(text) for each in vocabularies])


def _side_by_side(
    vocabularies: Sequence[Vocabulary], weighed: Sequence[tuple[Any, NDArray[np.float32]]]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    offsets = np.cumsum([0, *map(len, vocabularies)])
    places = [
        np.where(at < 0, at, at + offset)
        for (at, _), offset in zip(weighed, offsets[:-1], strict=True)
    ]
    share = np.float32(1 / np.sqrt(len(vocabularies)))
    return np.concatenate(places), np.concatenate([value for _, value in weighed]) * share
