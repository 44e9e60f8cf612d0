"""Real examples of every class, for the labelling guideline (R13)."""

from __future__ import annotations

import polars as pl

from rungwise.data.copy_keys import copy_keys
from rungwise.data.normalise import normalised
from rungwise.data.spool import BATCH, text_bytes

LEAST = 4
"""Rows of a class that are looked at for each example, at least, where the file is large."""


def example_rows(rows: pl.DataFrame, per_class: int = 3) -> pl.DataFrame:
    """Choose up to `per_class` rows of every label.

    Of each class the distinct texts of middling length (between its quartiles) are laid out in
    alphabetical order and taken at even distances, so that the examples begin differently.
    The choice depends on the texts alone, not on their order.

    Args:
        rows: The columns `id`, `input` and `expected`.
        per_class: Most rows of a label.

    Returns:
        The same columns, sorted by label.
    """
    source = _some(rows.select("id", "input", "expected"), LEAST * per_class)
    length = pl.col("input").str.len_chars()
    distinct = (
        source.with_columns(normalised(source["input"]).alias("folded"))
        .sort("folded", "input")
        .unique(["expected", "folded"], keep="first", maintain_order=True)
    )
    low, high = (length.quantile(share, "nearest").over("expected") for share in (0.25, 0.75))
    middling = distinct.filter(length.is_between(low, high))
    place = pl.int_range(pl.len()).over("expected")
    count = pl.len().over("expected")
    step = (place * per_class) // count
    chosen = middling.with_columns(step.alias("step")).unique(
        ["expected", "step"], keep="first", maintain_order=True
    )
    return chosen.sort("expected", maintain_order=True).select("id", "input", "expected")


def _some(rows: pl.DataFrame, per_class: int) -> pl.DataFrame:
    """Rows of each class, chosen by their texts alone; all rows of a file of usual size."""
    size = text_bytes(rows.select("input"))
    if size <= BATCH:
        return rows
    each = max(per_class, len(rows) * BATCH // size // rows["expected"].n_unique())
    keyed = rows.select("expected", key=copy_keys(rows["input"])).with_row_index("place")
    chosen = keyed.sort("key").group_by("expected").head(each)["place"]
    return rows[chosen.sort()]
