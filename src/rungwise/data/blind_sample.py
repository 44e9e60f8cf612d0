"""A random sample of rows that somebody labels without seeing the labels in use (R12, R14).

What comes back are ratings: second labels of the same rows, which say how often the labels in use
are wrong. They decide nothing about a row.
"""

from __future__ import annotations

import difflib
from pathlib import Path

import numpy as np
import polars as pl

from rungwise.data.adjudication import write_columns
from rungwise.data.raw import Raw
from rungwise.errors import DataError
from rungwise.records import Rating

COLUMNS = ("id", "input", "label", "by")


def draw(rows: pl.DataFrame, count: int, seed: int, rated: frozenset[str]) -> pl.DataFrame:
    """Rows in random order, the same for a seed, without those that were rated before.

    Args:
        rows: The columns `id` and `input`.
        count: How many, at most.
        seed: Decides the order.
        rated: Ids that have a rating.
    """
    ordered = rows.sort("id")
    shuffled = ordered[pl.Series(np.random.default_rng(seed).permutation(len(ordered)))]
    return shuffled.filter(~pl.col("id").is_in(sorted(rated))).head(count)


def write(rows: pl.DataFrame, path: Path) -> None:
    """Write rows to label as CSV or JSONL; `label` and `by` are empty.

    Raises:
        DataError: The extension is neither.
        StorageError: The file cannot be written.
    """
    blank = pl.lit("", pl.String)
    write_columns(rows.with_columns(label=blank, by=blank), COLUMNS, path)


def is_sample(raw: Raw) -> bool:
    """Whether a file came from `write` and not from a review of doubts."""
    return {"label", "by"} <= set(raw.cells.columns) and "decision" not in raw.cells.columns


def read(
    raw: Raw, path: Path, rows: frozenset[str], classes: tuple[str, ...]
) -> tuple[dict[str, Rating], int]:
    """The ratings of a file; rows whose `label` is empty are left out.

    Args:
        raw: The file's cells.
        path: Names the file in messages.
        rows: Ids that may be rated.
        classes: Labels that a row can be given.

    Returns:
        Row id → its rating, and the number of rows that are still without one.

    Raises:
        DataError: A row has a value that cannot be used.
    """
    cells = raw.cells.select(pl.col("id", "label", "by").fill_null("").str.strip_chars())
    ratings: dict[str, Rating] = {}
    for line, (row, label, by) in zip(raw.lines, cells.iter_rows(), strict=True):
        if not label:
            continue
        where = f"{path.name} line {line}"
        if row not in rows:
            raise DataError(
                f"{where}: column `id` is {row!r}, which is no row of train or validation",
                "Keep the ids as they were written.",
            )
        if row in ratings:
            raise DataError(f"{where}: column `id` is {row!r} a second time", "Rate it once.")
        if label not in classes:
            near = difflib.get_close_matches(label, classes, 1)
            raise DataError(
                f"{where}: column `label` is {label!r}, which is no class",
                f"Did you mean {near[0]!r}?" if near else "Expected a label of the data.",
            )
        if not by:
            raise DataError(
                f"{where}: column `by` is empty", "Expected the name of whoever labelled the row."
            )
        ratings[row] = Rating(label, by)
    return ratings, len(cells) - len(ratings)
