"""Rows that were read and could not be asked: they say why, in the place of an answer."""

from __future__ import annotations

import polars as pl

from rungwise.table import Predictions

UNASKED = "unasked"


def unasked(predictions: Predictions) -> pl.Series:
    """Why each row (n) was not asked: its prompt left no room for an answer; null if it was."""
    if predictions.written is None:
        return pl.repeat(None, len(predictions), dtype=pl.String, eager=True)
    told = pl.format(
        "the prompt around it has {} tokens, which leaves no room for an answer",
        pl.col("prompt_tokens"),
    )
    reason = pl.when(pl.col("ended") == UNASKED).then(told).alias("reason")
    return predictions.written.select(reason).to_series()
