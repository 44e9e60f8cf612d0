"""A classifier of BANKING77 questions with its requests, and rows of other domains.

A logistic regression on MiniLM embeddings is fitted on a part of the rows. The rest is the
distribution that held-out rows and requests are drawn from, with replacement; so the true quality
is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.coverage.pools import read
from rungwise.monitoring.alarm_budget import ANSWERS, EMBEDDINGS, TEXTS
from rungwise.monitoring.request_scores import Directions, TextProfile, answer_scores

Floats = NDArray[np.float64]

TRAIN = 6000
REFERENCE = 1024
FOREIGN = ("SNIPS intents", "AG news titles", "SMS spam")
MOST_FOREIGN = 2000
"""Rows of each foreign set that are used."""
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


def build(folder: Path) -> tuple[Rows, dict[str, Rows]]:
    """The requests of BANKING77, and rows of every other domain.

    Args:
        folder: Where embeddings are kept.
    """
    from sklearn.linear_model import LogisticRegression

    pool = read("BANKING77", folder)
    order = np.random.default_rng(15).permutation(len(pool.labels))
    train, rest = order[:TRAIN], order[TRAIN:]
    model = LogisticRegression(C=20, max_iter=300).fit(pool.embeddings[train], pool.labels[train])
    near = Directions.of(pool.embeddings[train[:REFERENCE]])
    profile = TextProfile.of(pool.texts.gather(train.tolist()))
    shares = np.bincount(pool.labels[train]) / TRAIN

    def rows(
        embeddings: NDArray[np.float32], texts: pl.Series, labels: NDArray[np.int64] | None = None
    ) -> Rows:
        probabilities = model.predict_proba(embeddings)
        predicted = model.classes_[probabilities.argmax(axis=1)]
        confidence = probabilities.max(axis=1)
        scores = {
            EMBEDDINGS: near.scores(embeddings),
            TEXTS: profile.scores(texts),
            ANSWERS: answer_scores(probabilities, shares, confidence < REVIEW),
        }
        correct = np.zeros(len(predicted), dtype=bool) if labels is None else predicted == labels
        return Rows(scores, correct, confidence.astype(np.float64))

    own = rows(pool.embeddings[rest], pool.texts.gather(rest.tolist()), pool.labels[rest])
    foreign = {}
    for name in FOREIGN:
        other = read(name, folder)
        kept = np.random.default_rng(16).permutation(len(other.labels))[:MOST_FOREIGN]
        foreign[name] = rows(other.embeddings[kept], other.texts.gather(kept.tolist()))
    return own, foreign


def cached(folder: Path) -> tuple[Rows, dict[str, Rows]]:
    """`build`, once a folder."""
    file = folder / "deployments.npz"
    if not file.is_file():
        own, foreign = build(folder)
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
