"""A redactor for tests."""

from __future__ import annotations

import polars as pl


def shouted(texts: pl.Series) -> pl.Series:
    """The same mark for every text."""
    return pl.Series(texts.name, ["<SHOUTED>"] * len(texts), dtype=pl.String)
