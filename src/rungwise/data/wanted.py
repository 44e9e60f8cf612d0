"""Whether an output was wanted: the column `label` of data for KTO, true or false."""

from __future__ import annotations

import polars as pl

VERDICT = "label"
WANTED, UNWANTED = frozenset({"true", "1", "1.0"}), frozenset({"false", "0", "0.0"})


def are_verdicts(cells: pl.Series) -> bool:
    """Whether a column (n) holds nothing but true and false, or 1 and 0."""
    found = cells.drop_nulls().str.strip_chars().str.to_lowercase()
    found = found.filter(found != "")
    return bool(len(found)) and bool(found.is_in(list(WANTED | UNWANTED)).all())


def unwanted(cells: pl.Series) -> int:
    """How many of a column's verdicts (n) are false."""
    return int(cells.str.strip_chars().str.to_lowercase().is_in(list(UNWANTED)).sum())
