"""Labels that several people gave to the same items, as integer columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ratings:
    """One entry a rating (n), in the order they were given; codes count from 0.

    Attributes:
        item, annotator, label: Codes of what was rated, by whom, and as what (n).
        items, annotators, labels: What the codes stand for, sorted.
    """

    item: Integers
    annotator: Integers
    label: Integers
    items: pl.Series
    annotators: pl.Series
    labels: pl.Series

    def __len__(self) -> int:
        return len(self.item)

    @staticmethod
    def of(items: pl.Series, annotators: pl.Series, labels: pl.Series) -> Ratings:
        """From three aligned columns of strings without nulls."""
        (item, items), (annotator, names), (label, classes) = (
            _coded(column) for column in (items, annotators, labels)
        )
        return Ratings(item, annotator, label, items, names, classes)

    @property
    def sizes(self) -> Integers:
        """How many ratings each item has (items)."""
        return np.bincount(self.item, minlength=len(self.items)).astype(np.int64)

    @property
    def paired(self) -> NDArray[np.bool_]:
        """Whether each rating has another beside it (n): one alone says nothing of agreement."""
        return self.sizes[self.item] > 1


def _coded(column: pl.Series) -> tuple[Integers, pl.Series]:
    known = column.unique().sort()
    codes = column.rank("dense").cast(pl.Int64).to_numpy() - 1
    return codes, known
