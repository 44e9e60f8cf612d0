"""A classifier of BANKING77 questions with its requests, and rows of other domains.

A logistic regression on MiniLM embeddings, or on words and characters, is fitted on a part of the
rows. The rest is the distribution that held-out rows and requests are drawn from, with
replacement; so the true quality is known.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.coverage.pools import Pool, read
from rungwise.monitoring.alarm_budget import ANSWERS, EMBEDDINGS, TEXTS
from rungwise.monitoring.request_scores import Directions, answer_scores
from rungwise.release.reference import unknown_characters
from rungwise.training import tfidf
from rungwise.training.linear_model import LinearModel
from rungwise.training.random_projection import RandomProjection

Floats = NDArray[np.float64]
Answer = Callable[[pl.Series, NDArray[np.float32]], tuple[NDArray[np.float32], NDArray[np.float32]]]
"""Texts and their sentence embeddings → probabilities (rows, classes) and embeddings."""

TRAIN = 6000
REFERENCE = 1024
FOREIGN = ("SNIPS intents", "AG news titles", "SMS spam")
MOST_FOREIGN = 2000
"""Rows of each foreign set that are used."""
LONGEST, TERMS = 500, 25_000
"""Code points that the linear model reads of a text, and terms of a kind that it has at most."""
REVIEW = 0.3
"""Confidence below which a row goes to review."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows that may be requested.

    Attributes:
        scores: Detector → score → its value on each row.
        correct: Whether the release is right; never, on a row of another domain.
        confidence: Probability of the predicted label.
    """

    scores: dict[str, dict[str, Floats]]
    correct: NDArray[np.bool_]
    confidence: Floats

    def take(self, rows: NDArray[np.int64]) -> Rows:
        """Some of them, in this order."""
        scores = {
            detector: {name: values[rows] for name, values in named.items()}
            for detector, named in self.scores.items()
        }
        return Rows(scores, self.correct[rows], self.confidence[rows])

    def draw(self, rows: int, generator: np.random.Generator) -> Rows:
        """Independent rows."""
        return self.take(generator.integers(len(self.correct), size=rows))

    def join(self, other: Rows, generator: np.random.Generator) -> Rows:
        """Both, in random order."""
        scores = {
            detector: {
                name: np.concatenate([values, other.scores[detector][name]])
                for name, values in named.items()
            }
            for detector, named in self.scores.items()
        }
        correct = np.concatenate([self.correct, other.correct])
        confidence = np.concatenate([self.confidence, other.confidence])
        return Rows(scores, correct, confidence).take(generator.permutation(len(correct)))


def build(folder: Path, linear: bool) -> tuple[Rows, dict[str, Rows]]:
    """The requests of BANKING77, and rows of every other domain.

    Args:
        folder: Where embeddings are kept.
        linear: Whether the release is a linear model of words and characters, whose embeddings are
            a random projection; else it is one of sentence embeddings.
    """
    pool = read("BANKING77", folder)
    order = np.random.default_rng(15).permutation(len(pool.labels))
    train, rest = order[:TRAIN], order[TRAIN:]
    texts, labels = pool.texts.gather(train.tolist()), pool.labels[train]
    answer = _words(texts, labels) if linear else _sentences(pool.embeddings[train], labels)
    near = Directions.of(answer(texts[:REFERENCE], pool.embeddings[train[:REFERENCE]])[1])
    characters = "".join(set().union(*texts[:REFERENCE]))
    shares = np.bincount(labels) / TRAIN

    def rows(pool: Pool, places: NDArray[np.int64], own: bool = False) -> Rows:
        texts = pool.texts.gather(places.tolist())
        probabilities, embeddings = answer(texts, pool.embeddings[places])
        confidence = probabilities.max(axis=1)
        scores = {
            EMBEDDINGS: near.scores(embeddings),
            TEXTS: {
                "length": texts.str.len_chars().to_numpy().astype(np.float64),
                "unknown characters": unknown_characters(texts, characters).astype(np.float64),
            },
            ANSWERS: answer_scores(probabilities, shares, confidence < REVIEW),
        }
        correct = (probabilities.argmax(axis=1) == pool.labels[places]) & own
        return Rows(scores, correct, confidence.astype(np.float64))

    foreign = {}
    for name in FOREIGN:
        other = read(name, folder)
        kept = np.random.default_rng(16).permutation(len(other.labels))[:MOST_FOREIGN]
        foreign[name] = rows(other, kept)
    return rows(pool, rest, own=True), foreign


def _sentences(embeddings: NDArray[np.float32], labels: NDArray[np.int64]) -> Answer:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=20, max_iter=300).fit(embeddings, labels)
    return lambda _, vectors: (model.predict_proba(vectors).astype(np.float32), vectors)


def _words(texts: pl.Series, labels: NDArray[np.int64]) -> Answer:
    """As the rung `linear` fits with both kinds of terms."""
    from scipy import sparse
    from sklearn.linear_model import LogisticRegression

    read = [tfidf.prepared(text, LONGEST) for text in texts]
    vocabularies = tuple(tfidf.learn(kind, read, 2, TERMS) for kind in tfidf.KINDS)
    weighed = [tfidf.joined(vocabularies, text) for text in read]
    width = sum(map(len, vocabularies))
    ends = np.cumsum([0, *(len(places) for places, _ in weighed)])
    values, places = (np.concatenate([row[side] for row in weighed]) for side in (1, 0))
    features = sparse.csr_matrix((values, places, ends), shape=(len(read), width))
    fitted = LogisticRegression(C=10, solver="newton-cg", tol=1e-3).fit(features, labels)
    model = LinearModel(
        vocabularies, LONGEST, fitted.coef_.T.astype(np.float32),
        fitted.intercept_.astype(np.float32), tuple(map(str, fitted.classes_)),
        RandomProjection(width),
    )  # fmt: skip

    def answer(
        asked: pl.Series, _: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        probabilities, embeddings = model.answer(asked.to_list(), embed=True)
        assert embeddings is not None
        return probabilities, embeddings

    return answer


def cached(folder: Path, linear: bool = False) -> tuple[Rows, dict[str, Rows]]:
    """`build`, once a folder."""
    file = folder / f"deployments{'-linear' if linear else ''}.npz"
    if not file.is_file():
        own, foreign = build(folder, linear)
        kept = {
            f"{name}|{key}": values
            for name, rows in {"own": own, **foreign}.items()
            for key, values in _flat(rows).items()
        }
        np.savez(file, **kept)  # type: ignore[arg-type]
    with np.load(file) as loaded:
        arrays = dict(loaded)
    return _rows(arrays, "own"), {name: _rows(arrays, name) for name in FOREIGN}


def _flat(rows: Rows) -> dict[str, NDArray[np.generic]]:
    scores = {f"{one}|{name}": v for one, named in rows.scores.items() for name, v in named.items()}
    return {"correct": rows.correct, "confidence": rows.confidence, **scores}


def _rows(arrays: dict[str, Floats], name: str) -> Rows:
    scores: dict[str, dict[str, Floats]] = {EMBEDDINGS: {}, TEXTS: {}, ANSWERS: {}}
    for key, values in arrays.items():
        if key.startswith(f"{name}|") and key.count("|") == 2:
            _, detector, score = key.split("|")
            scores[detector][score] = values
    correct = arrays[f"{name}|correct"].astype(bool)
    return Rows(scores, correct, arrays[f"{name}|confidence"])
