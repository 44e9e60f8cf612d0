"""Rows that were read and have no answer: they say why in its place."""

from __future__ import annotations

import polars as pl

from rungwise.records import Quarantined
from rungwise.table import Predictions

NONE = ("unasked", "unanswered")


def unasked(
    predictions: Predictions, lines: pl.Series, source: str
) -> tuple[pl.Series, list[Quarantined]]:
    """Rows whose prompt left no room for an answer, or whose server gave none.

    Args:
        predictions: The answers (n).
        lines: Line of each row in the input (n).
        source: Name of the input.

    Returns:
        Which rows (n) were answered, and the others with their reasons.
    """
    if predictions.written is None:
        return pl.repeat(True, len(predictions), eager=True), []
    told = predictions.written.with_columns(id=predictions.ids, line=lines)
    answered = ~told["ended"].is_in(NONE)
    left = told.filter(~answered).select("line", "prompt_tokens", "id", "ended")
    return answered, [
        Quarantined(source, line or 0, _reason(ended, tokens), row)
        for line, tokens, row, ended in left.iter_rows()
    ]


def _reason(ended: str, tokens: int) -> str:
    if ended == "unanswered":
        return "the model's server gave no answer to it"
    return f"the prompt around it has {tokens:,} tokens, which leaves no room for an answer"
