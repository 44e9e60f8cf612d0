"""Two attempts on the rows that both were measured on: one by folds, say, and one on validation."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from rungwise.evaluation.paired import aligned
from rungwise.table import Predictions


@dataclass(frozen=True, slots=True)
class SharedRows:
    """Answers of two attempts, aligned.

    Attributes:
        expected: Expected outputs (n).
        first, second: The answers (n).
        fold: The fold of each row (n) if both answered out of fold; else None.
    """

    expected: pl.Series
    first: Predictions
    second: Predictions
    fold: pl.Series | None = None


def shared_rows(
    rows: pl.DataFrame, first: Predictions, second: Predictions, *, folded: bool = False
) -> SharedRows:
    """Keep the rows that both answered.

    Args:
        rows: `id`, `expected` and, if both attempts are `folded`, `fold` of all measured rows.
        first: Its order of rows is kept.
        second: What it is compared with.
        folded: Whether both answered out of fold.

    Raises:
        ValueError: They share no row, or one that is not among `rows`.
    """
    if not second.ids.equals(first.ids):
        first = first.where(first.ids.is_in(second.ids.implode()))
        second = aligned(second.where(second.ids.is_in(first.ids.implode())), first.ids)
    known = pl.DataFrame({"id": first.ids}).join(rows, on="id", how="left", maintain_order="left")
    if known.is_empty() or known["expected"].null_count():
        raise ValueError("the two sets of predictions share no row, or one that was not measured")
    return SharedRows(known["expected"], first, second, known["fold"] if folded else None)
