"""The new texts of rows that are to be redacted."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from rungwise.data.personal.redactor import Redactor


def with_texts(
    decisions: pl.DataFrame,
    rows: pl.DataFrame,
    redactor: Redactor | None = None,
    only: Collection[str] | None = None,
) -> pl.DataFrame:
    """Decisions to redact, each with its new text: as given, or without personal data (R18).

    Args:
        decisions: Of the action `redact`, with the columns of `decisions.SCHEMA`.
        rows: The rows that they are about, with `id` and `input`.
        redactor: Knows what audits found in these texts; the rules alone if left out.
        only: Names of kinds to replace; all if left out.
    """
    owed = decisions.filter(pl.col("value").is_null())
    if owed.is_empty():
        return decisions
    raw = owed.select("id").join(rows.select("id", "input"), on="id", how="left")
    written = raw.select("id", written=(redactor or Redactor()).cells(raw, only=only))
    joined = decisions.join(written, on="id", how="left", maintain_order="left")
    return joined.with_columns(pl.coalesce("value", "written").alias("value")).select(
        decisions.columns
    )


def with_outputs(
    decisions: pl.DataFrame,
    rows: pl.DataFrame,
    redactor: Redactor,
    only: Collection[str] | None = None,
) -> pl.DataFrame:
    """Turn redactions of expected texts into their new texts, which replace the old as labels do.

    Args:
        decisions: Of the action `redact`, with the columns of `decisions.SCHEMA`.
        rows: The rows that they are about, with `id` and `expected`.
        redactor: Knows what audits found in these texts.
        only: Names of kinds to replace; all if left out.

    Returns:
        Decisions of the action `relabel`, without those that would change nothing.
    """
    raw = decisions.select("id").join(rows.select("id", "expected"), on="id", how="left")
    written = raw.with_columns(written=redactor.cells(raw, "expected", only))
    changed = written.filter(pl.col("written").ne_missing(pl.col("expected")))
    joined = decisions.drop("value").join(
        changed.select("id", value="written"), on="id", maintain_order="left"
    )
    return joined.with_columns(action=pl.lit("relabel")).select(decisions.columns)
