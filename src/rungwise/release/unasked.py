"""Rows that were read and could not be asked: they say why, in the place of an answer."""

from __future__ import annotations

import polars as pl

from rungwise.records import Quarantined
from rungwise.table import Predictions

UNASKED = "unasked"


def unasked(
    predictions: Predictions, lines: pl.Series, source: str
) -> tuple[pl.Series, list[Quarantined]]:
    """Rows whose prompt left no room for an answer; none where labels were given.

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
    answered = told["ended"] != UNASKED
    left = told.filter(~answered).select("line", "prompt_tokens", "id")
    return answered, [
        Quarantined(
            source,
            line or 0,
            f"the prompt around it has {tokens:,} tokens, which leaves no room for an answer",
            row,
        )
        for line, tokens, row in left.iter_rows()
    ]
