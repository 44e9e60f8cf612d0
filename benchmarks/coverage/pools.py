"""Labelled texts that small projects are drawn from, with MiniLM embeddings computed once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from benchmarks.public_texts import read_texts

LEAST = 8
"""Rows of each class that a project has at least."""
TOKENS = 64


@dataclass(frozen=True, slots=True)
class Pool:
    """Rows to draw from.

    Attributes:
        name: As the tables show it.
        embeddings: float32 (rows, width), each of length 1.
        terms: How often each word or pair of words occurs (rows, terms).
        labels: Codes (rows).
        classes: The label of each code, sorted.
        texts: As they were read.
    """

    name: str
    embeddings: NDArray[np.float32]
    terms: Any
    labels: NDArray[np.int64]
    classes: tuple[str, ...]
    texts: pl.Series

    def common(self, classes: int) -> Pool:
        """The rows of the most frequent classes."""
        if classes >= len(self.classes):
            return self
        sizes = np.bincount(self.labels)
        kept = np.sort(np.argsort(-sizes, kind="stable")[:classes])
        rows = np.flatnonzero(np.isin(self.labels, kept))
        return Pool(
            self.name,
            self.embeddings[rows],
            self.terms[rows],
            np.searchsorted(kept, self.labels[rows]),
            tuple(self.classes[one] for one in kept),
            self.texts.gather(pl.Series(rows)),
        )

    def draw(self, rows: int, generator: np.random.Generator) -> NDArray[np.int64]:
        """A random project: places of its rows, again until every class has `LEAST`."""
        while True:
            drawn = generator.choice(len(self.labels), rows, replace=False)
            if np.bincount(self.labels[drawn], minlength=len(self.classes)).min() >= LEAST:
                return drawn


READERS = ("SMS spam", "AG news titles", "SNIPS intents", "BANKING77")
"""Sets that projects are drawn from."""
CLASSES = {"BANKING77": {130: 10, 400: 25, 1000: 50}}
"""Set → rows of a project → its most frequent classes; all, if not named."""


def read(name: str, cache: Path) -> Pool:
    """A pool without copies: texts that are equal but for case, spaces and punctuation count once.

    Args:
        name: One of `READERS`.
        cache: Folder for the embeddings.
    """
    rows = read_texts(name)
    plain = pl.col("text").str.to_lowercase().str.replace_all(r"[^\p{L}\p{N}]+", " ")
    rows = rows.unique(plain, keep="first", maintain_order=True)
    texts, labels = rows["text"].to_list(), rows["label"].to_list()
    classes = tuple(sorted(set(labels)))
    place = {label: code for code, label in enumerate(classes)}
    codes = np.array([place[label] for label in labels])
    return Pool(name, _embeddings(name, texts, cache), _terms(texts), codes, classes, rows["text"])


def _terms(texts: list[str]) -> Any:
    from sklearn.feature_extraction.text import CountVectorizer

    counted = CountVectorizer(ngram_range=(1, 2), min_df=2, dtype=np.float32).fit_transform(texts)
    counted.data = 1 + np.log(counted.data)
    return sparse.csr_matrix(counted)


def _embeddings(name: str, texts: list[str], cache: Path) -> NDArray[np.float32]:
    file = cache / f"{name.replace(' ', '-')}.npy"
    if file.is_file():
        kept: NDArray[np.float32] = np.load(file)
        if len(kept) == len(texts):
            return kept
    from sentence_transformers import SentenceTransformer

    from benchmarks.heads.__main__ import packaged_encoder

    encoder = SentenceTransformer(packaged_encoder(), device="cpu")
    encoder.max_seq_length = TOKENS
    found: NDArray[np.float32] = encoder.encode(
        texts, batch_size=64, normalize_embeddings=True, show_progress_bar=True
    )
    cache.mkdir(parents=True, exist_ok=True)
    np.save(file, found)
    return found
