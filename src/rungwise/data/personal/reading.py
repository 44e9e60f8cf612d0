"""What a model found in texts, and which rows it could not read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from rungwise.data.personal.detect import known
from rungwise.data.personal.overlaps import without_overlaps

LONGEST = 100_000
"""Code points of the longest cell that a model is given; longer ones are unchecked."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The answer of a model.

    Attributes:
        spans: Columns of `detect.SCHEMA`.
        unchecked: Rows (from 0) that were not read to the end.
    """

    spans: pl.DataFrame
    unchecked: tuple[int, ...]


def tiers_together(patterns: pl.DataFrame, readings: Sequence[Reading]) -> pl.DataFrame:
    """Spans of all tiers without overlaps; what a form or checksum proves stands."""
    ranks = {name: kind.rank for name, kind in known().items()}
    return without_overlaps(pl.concat([patterns, *(one.spans for one in readings)]), ranks)
