"""Rows beside what a model that did not learn from them says of their labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from rungwise.evaluation.ratings import Floats, Integers
from rungwise.table import Predictions


@dataclass(frozen=True, slots=True)
class Answered:
    """Rows that were answered, aligned.

    Attributes:
        rows: The rows (n), in the order they came.
        given: Class index of each row's label (n).
        scores: Probabilities, float64 (n, classes).
        classes: The label of each column.
        unanswered: Rows that have no answer, or a label that is no class of it.
    """

    rows: pl.DataFrame
    given: Integers
    scores: Floats
    classes: tuple[str, ...]
    unanswered: int

    @property
    def agreed(self) -> float:
        """Share of the labels that the model gives as well; 1 without rows."""
        return float((self.scores.argmax(1) == self.given).mean()) if len(self.given) else 1.0


def answered(rows: pl.DataFrame, predictions: Predictions) -> Answered:
    """Join answers to rows by id; `rows` has `id` and `expected`."""
    classes = predictions.classes
    index = pl.DataFrame(
        {"expected": classes, "given": range(len(classes))},
        {"expected": pl.String, "given": pl.Int64},
    )
    places = pl.DataFrame({"id": predictions.ids}).with_row_index("place")
    beside = rows.join(places, on="id", how="left", maintain_order="left").join(
        index, on="expected", how="left", maintain_order="left"
    )
    told = beside.filter(pl.col("place").is_not_null() & pl.col("given").is_not_null())
    scores = predictions.scores
    if scores is None:
        scores = np.zeros((len(predictions), len(classes)), np.float32)
    return Answered(
        rows=told.drop("place", "given"),
        given=told["given"].to_numpy(),
        scores=scores[told["place"].to_numpy()].astype(np.float64),
        classes=classes,
        unanswered=len(rows) - len(told),
    )
