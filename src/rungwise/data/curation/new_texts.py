"""The new text of a row that is to be redacted."""

from __future__ import annotations

import polars as pl

from rungwise.data.personal.redact import redacted


def with_texts(decisions: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Decisions to redact, each with its new text: as given, or without personal data (R18).

    Args:
        decisions: Of the action `redact`, with the columns of `decisions.SCHEMA`.
        rows: The rows that they are about, with `id` and `input`.
    """
    owed = decisions.filter(pl.col("value").is_null())
    if owed.is_empty():
        return decisions
    raw = owed.select("id").join(rows.select("id", "input"), on="id", how="left")
    written = raw.select("id", written=redacted(raw["input"]))
    joined = decisions.join(written, on="id", how="left", maintain_order="left")
    return joined.with_columns(pl.coalesce("value", "written").alias("value")).select(
        decisions.columns
    )
