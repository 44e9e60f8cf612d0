"""Rows of a finding as a table, and back: what is too much for the ledger becomes an object."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
import pyarrow as pa

from rungwise.records import RowReference, Span

SPAN = pl.Struct({"start": pl.Int64, "end": pl.Int64, "kind": pl.String})
SCHEMA = pl.Schema(
    {
        "id": pl.String(),
        "split": pl.String(),
        "line": pl.Int64(),
        "score": pl.Float64(),
        "other_id": pl.String(),
        "other_split": pl.String(),
        "other_line": pl.Int64(),
        "spans": pl.List(SPAN),
        "suggested": pl.String(),
    }
)
"""One row of the finding a row; `suggested` is the label that the finding proposes for it."""
NOTHING = RowReference("")
"""Stands beside a row that is shown alone."""


def to_table(rows: Sequence[RowReference], suggested: Mapping[str, str]) -> pl.DataFrame:
    """The rows with the columns of `SCHEMA`, in their order.

    Args:
        rows: What the finding points at; what is beside a row has an id, a part and a line.
        suggested: Row id → label.
    """
    beside = [row.other or NOTHING for row in rows]
    return pl.DataFrame(
        {
            "id": [row.id for row in rows],
            "split": [row.split for row in rows],
            "line": [row.line for row in rows],
            "score": [row.score for row in rows],
            "other_id": [None if one is NOTHING else one.id for one in beside],
            "other_split": [one.split for one in beside],
            "other_line": [one.line for one in beside],
            "spans": _spans(rows),
            "suggested": [suggested.get(row.id) for row in rows],
        },
        SCHEMA,
    )


def _spans(rows: Sequence[RowReference]) -> pl.Series:
    """Flat, then cut into lists: a list at a time takes a minute for a million rows."""
    flat = [span for row in rows for span in row.spans]
    values = pl.DataFrame(
        {
            "start": [span.start for span in flat],
            "end": [span.end for span in flat],
            "kind": [span.kind for span in flat],
        },
        {"start": pl.Int64, "end": pl.Int64, "kind": pl.String},
    ).to_struct()
    ends = pl.Series(np.cumsum([0, *(len(row.spans) for row in rows)], dtype=np.int64))
    return pl.Series(pa.LargeListArray.from_arrays(ends.to_arrow(), values.to_arrow()))


def from_table(table: pl.DataFrame) -> tuple[tuple[RowReference, ...], dict[str, str]]:
    """What `to_table` was given."""
    rows = tuple(
        RowReference(
            id,
            split,
            line,
            score,
            None if other[0] is None else RowReference(*other),
            tuple(Span(**one) for one in spans),
        )
        for id, split, line, score, *other, spans, _ in table.iter_rows()
    )
    proposed = table.filter(pl.col("suggested").is_not_null()).select("id", "suggested")
    return rows, dict(proposed.iter_rows())
