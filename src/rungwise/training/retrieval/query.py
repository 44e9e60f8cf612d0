"""What is searched for: the question as it was asked, or rewritten from the documents' words.

`keywords` keeps the words that tell documents apart. `expanded` adds to the question the rarest
words of the chunks that it finds first: pseudo-relevance feedback (Rocchio 1971; Lavrenko & Croft
2001, "Relevance-Based Language Models"), by whole words instead of weights, so that every search
can use it.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Literal

import numpy as np
import polars as pl

from rungwise.data.normalise import normalised, wording
from rungwise.training.retrieval.best import NONE

if TYPE_CHECKING:
    from rungwise.training.retrieval.index import Index, Search

Query = Literal["asked", "keywords", "expanded"]
FEEDBACK, ADDED = 3, 10
"""Chunks that words are taken from, and words that are added: usual values, not tuned here."""
COMMON = 0.2
"""Words in more of the chunks than this share tell none of them apart."""


def rewritten(questions: pl.Series, query: Query, index: Index, by: Search) -> pl.Series:
    """Questions (n) as they are searched for; unchanged where nothing of them would be left."""
    if query == "asked" or not len(questions):
        return questions
    chunks = _words(index.chunks["text"])
    having = Counter(word for words in chunks for word in set(words))
    if query == "keywords":
        most = COMMON * len(chunks)
        told = [
            " ".join(word for word in words if having[word] <= most) for words in _words(questions)
        ]
        kept = [new or old for new, old in zip(told, questions, strict=True)]
        return pl.Series("question", kept, pl.String)
    found = index.search(questions, by, FEEDBACK)
    weight = {word: float(np.log(len(chunks) / count)) for word, count in having.items()}
    longer = [
        " ".join([question, *_best(own, [chunks[place] for place in places if place != NONE],
                                   weight)])
        for question, own, places in zip(questions, _words(questions), found.tolist(), strict=True)
    ]  # fmt: skip
    return pl.Series("question", longer, pl.String)


def _best(own: list[str], chunks: list[list[str]], weight: dict[str, float]) -> list[str]:
    """The words of some chunks with the largest sum of TF-IDF, those of the question left out."""
    sums: dict[str, float] = {}
    for words in chunks:
        for word, count in Counter(words).items():
            sums[word] = sums.get(word, 0.0) + count / len(words) * weight[word]
    known = set(own)
    ranked = sorted((word for word in sums if word not in known), key=lambda one: (-sums[one], one))
    return ranked[:ADDED]


def _words(texts: pl.Series) -> list[list[str]]:
    return [text.split() for text in wording(normalised(texts))]
