"""Search by words: BM25, with every score computed when the index is made (Lù 2024, "BM25S").

A word's score in a text does not depend on the question, so a question sums up columns of one
sparse matrix. Robertson & Zaragoza 2009, "The Probabilistic Relevance Framework", in the form of
Lucene, whose weight of a word is never negative (Kamphuis et al. 2020).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rungwise.data.near.words import UNSPACED
from rungwise.data.normalise import marks, normalised, signed, wording
from rungwise.training.retrieval.best import NONE, best

if TYPE_CHECKING:
    from scipy.sparse import csr_array

SATURATION = 1.5
"""k1: how soon a word that is repeated adds nothing."""
LENGTH = 0.75
"""b: how much a long text has to give for having more words."""


@dataclass(frozen=True)
class Lexical:
    """Scores of words in texts.

    Attributes:
        words: Every word of the texts, sorted (w).
        scores: float32 (w, texts), sparse.
    """

    words: pl.Series
    scores: csr_array

    @staticmethod
    def of(texts: pl.Series) -> Lexical:
        """Index texts (n), without null."""
        from scipy.sparse import csr_array

        flat, text = _words(texts)
        words = flat.unique().sort()
        word = flat.cast(pl.Enum(words)).to_physical().to_numpy().astype(np.int32)
        counts = csr_array((np.ones(len(word), np.float32), (word, text)), (len(words), len(texts)))
        counts.sum_duplicates()
        texts_with = np.diff(counts.indptr)
        weight = np.log(1 + (len(texts) - texts_with + 0.5) / (texts_with + 0.5))
        lengths = np.bincount(text, minlength=len(texts))
        room = SATURATION * (1 - LENGTH + LENGTH * lengths / max(1.0, lengths.mean()))
        frequency = counts.data
        counts.data = (
            np.repeat(weight.astype(np.float32), texts_with)
            * frequency
            / (frequency + room.astype(np.float32)[counts.indices])
        )
        return Lexical(words, counts)

    def search(self, questions: pl.Series, count: int) -> NDArray[np.int64]:
        """The best texts of each question, the best first; among equals the earlier one.

        Args:
            questions: What is asked (q).
            count: How many are wanted.

        Returns:
            Places of texts (q, at most count); `NONE` where no further text shares a word.
        """
        asked, texts = self._asked(questions), self.scores.shape[1]
        found = np.full((len(questions), min(count, texts)), NONE, np.int64)
        for row in range(len(questions)):
            own = slice(asked.indptr[row], asked.indptr[row + 1])
            # Adding where it belongs takes half the time of a product of sparse matrices, which
            # would also find out which texts have nothing.
            scores = np.zeros(texts, np.float32)
            for word, times in zip(asked.indices[own], asked.data[own], strict=True):
                there = slice(self.scores.indptr[word], self.scores.indptr[word + 1])
                told = self.scores.data[there]
                np.add.at(scores, self.scores.indices[there], told if times == 1 else times * told)
            found[row] = best(scores[None], count, least=0.0)
        return found

    def _asked(self, questions: pl.Series) -> csr_array:
        """How often each question has each known word (q, w)."""
        from scipy.sparse import csr_array

        flat, question = _words(questions)
        known = pl.DataFrame({"word": self.words, "place": np.arange(len(self.words))})
        place = pl.DataFrame({"word": flat}).join(known, on="word", how="left",
                                                  maintain_order="left")["place"]  # fmt: skip
        there = place.is_not_null().to_numpy()
        columns = place.drop_nulls().to_numpy()
        ones = np.ones(len(columns), np.float32)
        return csr_array((ones, (question[there], columns)), (len(questions), len(self.words)))


def _words(texts: pl.Series) -> tuple[pl.Series, NDArray[np.int32]]:
    """All words one after another, and the place of the text that each stands in.

    What has a sign is a word beside its letters or digits: `c++` is found by `c++` before `c#`. So
    is a sign that says something itself, such as an arrow; emoji are words already.
    """
    same = normalised(texts)
    plain = wording(same).str.replace_all(UNSPACED, " $1 ")
    frame = pl.DataFrame({"word": plain, "sign": signed(same), "mark": marks(same)})
    frame = frame.with_row_index("text")
    has_sign = pl.element().str.contains(r"[^\p{L}\p{N}]")
    signs = pl.col("sign").list.eval(pl.element().filter(has_sign))
    spelt = [pl.col(name).str.split(" ") for name in ("word", "mark")]
    told = frame.select("text", word=pl.concat_list(*spelt, signs))
    told = told.explode("word").filter(pl.col("word") != "")
    return told["word"], told["text"].to_numpy().astype(np.int32)
