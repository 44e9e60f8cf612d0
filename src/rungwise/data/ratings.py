"""Several people's labels of one item: rows that share an id, or without ids a text (R14).

A row's id is unique, an item's is not: a row that was rated by several people is named
`item@annotator`. Nothing else tells ratings from copies, so that the split, which keeps copies
together, keeps the ratings of an item in one part as well.
"""

from __future__ import annotations

import polars as pl

from rungwise.data.copy_keys import copy_keys
from rungwise.data.normalise import normalised

BY = "@"
"""Between an item's id and the annotator in the id of a rating."""
REPEATED = "duplicate id: first at line {}"


def with_ratings_named(rows: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Give each rating of an item that several people labelled an id of its own.

    Ratings are rows that share `id` and, after normalisation, `input`, and name different
    annotators. Another text under the same id is no rating of it: that row gets a reason.

    Args:
        rows: The columns of `rungwise.table.COLUMNS` and `reason`.

    Returns:
        The rows, aligned, and the number of items that have several ratings.
    """
    asked = rows.with_columns(
        copy_keys(rows["input"]).alias("folded"),
        annotator=_named("annotator"),
        place=pl.int_range(pl.len()),
    )
    known = asked.filter(pl.col("reason").is_null() & pl.col("id").is_not_null())
    known = known.filter(pl.len().over("id") > 1).sort("line", maintain_order=True)
    known = known.with_columns(
        same=pl.col("folded") == pl.col("folded").first().over("id"),
        first=pl.col("line").first().over("id"),
    )
    rated = known.filter(pl.col("same") & pl.col("annotator").is_not_null())
    rated = rated.filter(pl.col("annotator").n_unique().over("id") > 1)
    items = rated["id"].n_unique()
    told = known.join(rated.select("place", rated=pl.lit(value=True)), on="place", how="left")
    several = pl.col("rated").any().over("id").fill_null(value=False)
    told = told.filter(several).select(
        "place",
        rating=pl.when("rated").then(pl.format("{}{}{}", "id", pl.lit(BY), "annotator")),
        other=pl.when(pl.col("rated").is_null()).then(pl.format(REPEATED, "first")),
    )
    named = asked.join(told, on="place", how="left", maintain_order="left").with_columns(
        id=pl.coalesce("rating", "id"), reason=pl.coalesce("reason", "other")
    )
    return named.select(rows.columns), items


def items(rows: pl.DataFrame, *, named: bool) -> pl.Series:
    """What each row rates (n): its id without the annotator, or its normalised text.

    Args:
        rows: The columns `id`, `input` and `annotator`.
        named: Whether the user's file has ids; otherwise the same text is the same item.
    """
    if not named:
        return normalised(rows["input"]).alias("item")
    suffix = pl.format("{}{}", pl.lit(BY), _named("annotator"))
    bare = pl.coalesce(pl.col("id").str.strip_suffix(suffix), "id")
    return rows.select(bare.alias("item")).to_series()


def rated_texts(rows: pl.DataFrame) -> int:
    """How many texts several people labelled; for files without ids."""
    told = rated(rows.filter(pl.col("reason").is_null()), named=False)
    return int((told.group_by("item").len()["len"] > 1).sum())


def rated(rows: pl.DataFrame, *, named: bool) -> pl.DataFrame:
    """Rows that name who labelled them, with a column `item`; one row an item and annotator.

    A person who labelled the same item again is heard once, with the first label.
    """
    told = rows.with_columns(items(rows, named=named), annotator=_named("annotator"))
    told = told.filter(pl.col("annotator").is_not_null() & pl.col("expected").is_not_null())
    return told.unique(["item", "annotator"], keep="first", maintain_order=True)


def _named(column: str) -> pl.Expr:
    bare = pl.col(column).str.strip_chars()
    return pl.when(bare != "").then(bare)
