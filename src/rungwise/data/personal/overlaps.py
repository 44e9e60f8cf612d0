"""Which of two overlapping spans stands."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl


def without_overlaps(spans: pl.DataFrame, ranks: Mapping[str, int]) -> pl.DataFrame:
    """Keep, of spans that overlap, the one of the lowest rank, and of these the longest.

    Args:
        spans: Columns `row`, `start`, `end`, `kind`.
        ranks: Kind → rank.

    Returns:
        The same columns, sorted by row and place; no two spans of a row overlap.
    """
    spans = spans.unique().sort("row", "start", "end", "kind")
    reached = spans.with_columns(reached=pl.col("end").cum_max().over("row"))
    begins = (pl.col("start") >= pl.col("reached").shift(1).over("row")).fill_null(value=True)
    numbered = reached.select(*spans.columns, begins.cum_sum().alias("cluster"))
    alone = pl.len().over("cluster") == 1
    crowded = numbered.filter(~alone)
    if crowded.is_empty():
        return spans
    kept = _greedy(crowded.drop("cluster"), ranks)
    return pl.concat([numbered.filter(alone).drop("cluster"), kept]).sort("row", "start")


def _greedy(spans: pl.DataFrame, ranks: Mapping[str, int]) -> pl.DataFrame:
    """The best first, then whatever overlaps nothing that is kept; only rows with overlaps."""
    order = spans.with_columns(
        rank=pl.col("kind").replace_strict(ranks, return_dtype=pl.Int64),
        size=pl.col("start") - pl.col("end"),
    ).sort("row", "rank", "size", "start")
    kept: list[bool] = []
    here, taken = -1, list[tuple[int, int]]()
    for row, start, end in order.select("row", "start", "end").iter_rows():
        if row != here:
            here, taken = row, []
        free = all(end <= begun or start >= ended for begun, ended in taken)
        kept.append(free)
        if free:
            taken.append((start, end))
    return order.filter(pl.Series(kept, dtype=pl.Boolean)).select(spans.columns)
