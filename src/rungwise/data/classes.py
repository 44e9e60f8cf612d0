"""Real examples of every class, for the labelling guideline (R13)."""

from __future__ import annotations

import polars as pl

from rungwise.data.normalise import normalised
from rungwise.data.read import Reading


def example_rows(reading: Reading, per_class: int = 3) -> dict[str, list[str]]:
    """Label → up to `per_class` inputs, labels in alphabetical order.

    Of each class the distinct texts of middling length (between its quartiles) are laid out in
    alphabetical order and taken at even distances, so that the examples begin differently.
    The choice depends on the rows alone, not on their order.
    """
    source = reading.frames["source"]
    length = pl.col("input").str.len_chars()
    distinct = (
        source.with_columns(normalised(source["input"]).alias("folded"))
        .sort("folded", "input")
        .unique(["expected", "folded"], keep="first", maintain_order=True)
    )
    low, high = (length.quantile(share, "nearest").over("expected") for share in (0.25, 0.75))
    middling = distinct.filter(length.is_between(low, high)).select("expected", "input", "folded")
    place = pl.int_range(pl.len()).over("expected")
    count = pl.len().over("expected")
    step = (place * per_class) // count
    chosen = middling.with_columns(step.alias("step")).unique(
        ["expected", "step"], keep="first", maintain_order=True
    )
    return {
        str(label): list(inputs)
        for label, inputs in chosen.group_by("expected")
        .agg(pl.col("input"))
        .sort("expected")
        .iter_rows()
    }
