"""Rows that were set aside: which, from where, and why. Nothing is dropped silently (R19).

A reason reads `kind` or `kind: detail` (`copy of test row: test:17`): kinds are counted, the
detail is for whoever looks the row up.
"""

from __future__ import annotations

import polars as pl

SCHEMA = pl.Schema(
    {
        "source": pl.String(),
        "line": pl.Int64(),
        "id": pl.String(),
        "reason": pl.String(),
        "input": pl.String(),
        "expected": pl.String(),
    }
)
NAMED = 3
"""Rows that one message names."""
SHOWN = 1000
"""Code points of an input that are kept here; the file itself has the rest."""


def empty() -> pl.DataFrame:
    """A quarantine with no rows."""
    return SCHEMA.to_frame()


def of(rows: pl.DataFrame) -> pl.DataFrame:
    """View rows that have at least the columns of `SCHEMA`; long inputs are shortened."""
    shown = rows.select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())
    return shown.with_columns(pl.col("input", "expected").str.head(SHOWN))


def kinds(quarantine: pl.DataFrame) -> dict[str, int]:
    """Kind of reason → rows, the most frequent first."""
    counted = (
        quarantine.select(pl.col("reason").str.replace(r"(?s): .*", ""))
        .group_by("reason")
        .len()
        .sort(["len", "reason"], descending=[True, False])
    )
    return {str(reason): int(count) for reason, count in counted.iter_rows()}


def named(quarantine: pl.DataFrame) -> str:
    """The first rows by line and reason, as a clause that ends a fact; "" where there are none."""
    if quarantine.is_empty():
        return ""
    files = quarantine["source"].n_unique() > 1
    first = quarantine.sort("source", "line").head(NAMED).select("source", "line", "reason")
    told = [
        f"line {line}{f' of {source}' if files else ''} ({reason})"
        for source, line, reason in first.iter_rows()
    ]
    left = len(quarantine) - len(told)
    more = f" and {left:,} more" if left else ""
    return f"; set aside: {', '.join(told)}{more}"
