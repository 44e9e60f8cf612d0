"""Where a pattern matches in many texts: places and context as columns."""

from __future__ import annotations

import polars as pl

from rungwise.data.personal.kind import Pattern
from rungwise.data.personal.visible import MARKERS

BEFORE, AFTER = 48, 8
"""Code points of context that are kept on either side."""
SCHEMA = pl.Schema(
    {
        "row": pl.Int64(),
        "start": pl.Int64(),
        "end": pl.Int64(),
        "value": pl.String(),
        "before": pl.String(),
        "after": pl.String(),
    }
)


def matches(texts: pl.DataFrame, pattern: Pattern) -> pl.DataFrame:
    """Every match, in order.

    The engine gives no places for all matches of a column, so markers are set around them and
    the text is cut there; the lengths of the pieces are the places.

    Args:
        texts: Columns `row` and `text`, without `visible.MARKERS`.
        pattern: What to look for.

    Returns:
        Columns of `SCHEMA`; `start` and `end` count code points of `text`.
    """
    # To say whether there is a match costs a fraction of saying where it is.
    whole = f"{pattern.lead}(?:{pattern.value}){pattern.trail}"
    texts = texts.filter(pl.col("text").str.contains(whole))
    if texts.is_empty():
        return SCHEMA.to_frame()
    begin, end = MARKERS
    marked = pl.col("text").str.replace_all(
        f"({pattern.lead})({pattern.value})({pattern.trail})", f"${{1}}{begin}${{2}}{end}${{3}}"
    )
    pieces = (
        texts.select("row", marked.str.split(begin).alias("piece"))
        .explode("piece")
        .with_columns(
            pl.col("piece").str.split_exact(end, 1).struct.rename_fields(["value", "rest"])
        )
        .unnest("piece")
        .with_columns(size=pl.col("value").str.len_chars().cast(pl.Int64))
        .with_columns(
            whole=pl.col("size") + pl.col("rest").str.len_chars().fill_null(0).cast(pl.Int64),
            trail=pl.coalesce("rest", "value"),
        )
        .with_columns(
            start=(pl.col("whole").cum_sum() - pl.col("whole")).over("row"),
            before=pl.col("trail").str.tail(BEFORE).shift(1),
        )
        .filter(pl.col("rest").is_not_null())
    )
    return pieces.select(
        "row",
        "start",
        (pl.col("start") + pl.col("size")).alias("end"),
        "value",
        "before",
        pl.col("rest").str.head(AFTER).alias("after"),
    )
