"""Expected labels and predictions made from plain lists, for tests of what measures them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from rungwise.table import Predictions


def expected(labels: Sequence[str]) -> pl.Series:
    """A column of expected labels."""
    return pl.Series("expected", labels, dtype=pl.String)


def predicted(
    outputs: Sequence[str | None], scores: ArrayLike | None = None, classes: Sequence[str] = ()
) -> Predictions:
    """Predictions with the ids 0, 1, …; without `classes`, those that were answered."""
    known = tuple(classes) or tuple(sorted({one for one in outputs if one is not None}))
    matrix = None if scores is None else np.asarray(scores, dtype=np.float32)
    ids = pl.Series("id", [str(row) for row in range(len(outputs))], dtype=pl.String)
    return Predictions(ids, pl.Series("output", outputs, dtype=pl.String), matrix, known)


def scored(scores: ArrayLike, classes: Sequence[str]) -> Predictions:
    """Predictions that answer with the class of the highest score."""
    matrix = np.asarray(scores, dtype=np.float32)
    return predicted([classes[place] for place in matrix.argmax(axis=1)], matrix, classes)


def simulated(
    generator: np.random.Generator, rows: int, classes: int, skill: float, sharpness: float = 1.0
) -> tuple[pl.Series, Predictions]:
    """Rows drawn from a known world: a larger `skill` separates the classes better.

    The probabilities are calibrated where `sharpness` is 1, and too sure above it.
    """
    names = [f"class {place}" for place in range(classes)]
    truth = generator.integers(0, classes, rows)
    evidence = generator.normal(size=(rows, classes))
    evidence[np.arange(rows), truth] += skill
    logits = evidence * skill * sharpness
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    scores = odds / odds.sum(axis=1, keepdims=True)
    return expected([names[place] for place in truth]), scored(scores, names)
