"""All parts in one table, and rows of it as references that a finding can carry."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from rungwise.records import RowReference


def together(parts: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """The rows of several parts, one after another, with a column `part`."""
    return pl.concat([rows.with_columns(part=pl.lit(name)) for name, rows in parts.items()])


def references(rows: pl.DataFrame) -> tuple[RowReference, ...]:
    """One reference a row.

    Args:
        rows: The columns `id`, `part`, `line`, and `other_id`, `other_part`, `other_line` where
            each row is shown beside another.
    """
    own = ["id", "part", "line"]
    beside = [f"other_{name}" for name in own]
    if not set(beside) <= set(rows.columns):
        return tuple(RowReference(*row) for row in rows.select(own).iter_rows())
    return tuple(
        RowReference(id, part, line, other=RowReference(*other) if other[0] is not None else None)
        for id, part, line, *other in rows.select(own + beside).iter_rows()
    )
