"""The new text of a row that is to be redacted."""

from __future__ import annotations

import polars as pl

from rungwise.data.personal.detect import SCHEMA, detect
from rungwise.data.personal.reading import Reading, tiers_together
from rungwise.data.personal.redact import redacted


def with_texts(
    decisions: pl.DataFrame, rows: pl.DataFrame, known: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Decisions to redact, each with its new text: as given, or without personal data (R18).

    Args:
        decisions: Of the action `redact`, with the columns of `decisions.SCHEMA`.
        rows: The rows that they are about, with `id` and `input`.
        known: What audits found in these texts: `id`, `start`, `end`, `kind`. A model may have
            found what the rules do not see again.
    """
    owed = decisions.filter(pl.col("value").is_null())
    if owed.is_empty():
        return decisions
    raw = owed.select("id").join(rows.select("id", "input"), on="id", how="left")
    written = raw.select("id", written=_redacted(raw, known))
    joined = decisions.join(written, on="id", how="left", maintain_order="left")
    return joined.with_columns(pl.coalesce("value", "written").alias("value")).select(
        decisions.columns
    )


def _redacted(raw: pl.DataFrame, known: pl.DataFrame | None) -> pl.Series:
    if known is None or known.is_empty():
        return redacted(raw["input"])
    places = (
        raw.with_row_index("row").join(known, on="id").with_columns(pl.col("row").cast(pl.Int64))
    )
    spans = tiers_together(detect(raw["input"]), [Reading(places.select(SCHEMA.names()), ())])
    return redacted(raw["input"], spans)
