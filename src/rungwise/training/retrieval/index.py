"""Chunks of documents that can be searched, and kept: part of an attempt and of its release.

    chunks.json           what is found, and where it stands in which document
    words.json            the words that are known
    lexical.safetensors   their scores in the chunks
    dense.safetensors     the chunks' embeddings

Each file is the same for every attempt on the same documents, so the object store has it once.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from rungwise.progress import Progress
from rungwise.training.retrieval.chunking import SCHEMA
from rungwise.training.retrieval.dense import Dense, Embedder
from rungwise.training.retrieval.fused import fuse
from rungwise.training.retrieval.lexical import Lexical

Search = Literal["lexical", "dense", "fused"]
SEARCHES: tuple[Search, ...] = ("lexical", "dense", "fused")
DEPTH = 100
"""Chunks of each ranking that are fused."""
CHUNKS, WORDS, LEXICAL, DENSE = (
    "chunks.json", "words.json", "lexical.safetensors", "dense.safetensors",
)  # fmt: skip


@dataclass(frozen=True)
class Index:
    """What is searched.

    Attributes:
        chunks: As `chunking.SCHEMA` (n).
        lexical, dense: How; None where it was not made.
    """

    chunks: pl.DataFrame
    lexical: Lexical | None
    dense: Dense | None

    @staticmethod
    def of(chunks: pl.DataFrame, embedder: Embedder | None, progress: Progress) -> Index:
        """Index chunks by their words, and by their meaning where something embeds them."""
        texts = headed(chunks)
        dense = None
        if embedder is not None:
            dense = Dense(embedder.embed(texts, progress, "document", keep=True), embedder)
        return Index(chunks, Lexical.of(texts), dense)

    def search(self, questions: pl.Series, by: Search, count: int) -> NDArray[np.int64]:
        """Places of the best chunks (questions, at most count); `best.NONE` where none is left."""
        if by == "lexical":
            assert self.lexical is not None, "the index was made with it"
            return self.lexical.search(questions, count)
        assert self.dense is not None, "the index was made with it"
        if by == "dense":
            return self.dense.search(questions, count)
        assert self.lexical is not None, "the index was made with it"
        depth = max(DEPTH, count)
        rankings = [one.search(questions, depth) for one in (self.lexical, self.dense)]
        return fuse(rankings, min(count, len(self.chunks)))

    def save(self, folder: Path, by: Search) -> None:
        """Write what a way to search needs; never pickle."""
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / CHUNKS, self.chunks.to_dict(as_series=False))
        if by != "dense" and self.lexical is not None:
            _write(folder / WORDS, self.lexical.words.to_list())
            scores = self.lexical.scores
            parts = {"data": scores.data, "indices": scores.indices, "indptr": scores.indptr}
            save_file(parts, folder / LEXICAL)
        if by != "lexical" and self.dense is not None:
            save_file({"vectors": self.dense.vectors}, folder / DENSE)


def load(folder: Path, embedder: Callable[[], Embedder]) -> Index:
    """What `Index.save` wrote; `embedder` opens the encoder where the chunks were embedded.

    Raises:
        OSError, ValueError, KeyError: A file is missing or torn.
    """
    from scipy.sparse import csr_array

    chunks = pl.DataFrame(_read(folder / CHUNKS), SCHEMA)
    lexical, dense = None, None
    if (folder / LEXICAL).is_file():
        words = pl.Series("word", _read(folder / WORDS), pl.String)
        part = load_file(folder / LEXICAL)
        shape = (len(words), len(chunks))
        scores = csr_array((part["data"], part["indices"], part["indptr"]), shape=shape)
        lexical = Lexical(words, scores)
    if (folder / DENSE).is_file():
        dense = Dense(load_file(folder / DENSE)["vectors"], embedder())
    return Index(chunks, lexical, dense)


def headed(chunks: pl.DataFrame) -> pl.Series:
    """The text of each chunk below the title of its document."""
    title = pl.col("title").fill_null("")
    told = pl.when(title == "").then("text").otherwise(pl.concat_str(title, "text", separator="\n"))
    return chunks.select(told.alias("text")).to_series()


def _write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
