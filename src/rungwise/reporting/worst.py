"""The worst errors: wrong answers that the model was surest of, with their text."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from rungwise.data.personal.redact import redacted_ids
from rungwise.data.personal.redactor import Redactor
from rungwise.table import Predictions


@dataclass(frozen=True, slots=True)
class WrongAnswer:
    """One wrong answer; `sure` is the probability it was given with, None without scores."""

    id: str
    input: str
    expected: str
    predicted: str
    sure: float | None


def worst_answers(
    rows: pl.DataFrame, predictions: Predictions, limit: int, redactor: Redactor
) -> list[WrongAnswer]:
    """The wrong answers with the highest probability first; in file order without scores.

    A report is passed on, so personal values in inputs and ids are replaced (R18).

    Args:
        rows: Columns `id`, `input` and `expected`, aligned with the predictions.
        predictions: The answers.
        limit: How many to return.
        redactor: Knows what audits found in the rows.
    """
    sure = (
        pl.Series(predictions.scores.max(axis=1), dtype=pl.Float64)
        if predictions.scores is not None
        else pl.lit(None, dtype=pl.Float64)
    )
    answered = rows.select("id", "input", "expected").with_columns(
        predicted=predictions.outputs, sure=sure
    )
    wrong = answered.filter(pl.col("expected").ne_missing(pl.col("predicted")))
    order = wrong.sort("sure", descending=True, maintain_order=True, nulls_last=True).head(limit)
    order = order.with_columns(redactor.cells(order), redacted_ids(order["id"]))
    return [
        WrongAnswer(row, text or "", expected, predicted or "(no answer)", certainty)
        for row, text, expected, predicted, certainty in order.iter_rows()
    ]
