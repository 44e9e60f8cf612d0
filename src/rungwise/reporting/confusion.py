"""What is taken for what: the counts behind the confusion pictures and tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Confusion:
    """Counts (expected, predicted) over `classes`; `outside` answers are no class, or none."""

    classes: tuple[str, ...]
    counts: NDArray[np.int64]
    outside: int

    @property
    def wrong(self) -> int:
        """How many answers are wrong."""
        return int(self.counts.sum() - np.trace(self.counts)) + self.outside

    @property
    def rows(self) -> int:
        """How many rows were answered."""
        return int(self.counts.sum()) + self.outside


@dataclass(frozen=True, slots=True)
class Pair:
    """A confused pair; `share` is the part of the expected class's rows, 0 to 1."""

    expected: str
    predicted: str
    count: int
    share: float


def confusion(expected: pl.Series, outputs: pl.Series, classes: Sequence[str]) -> Confusion:
    """Count what was taken for what."""
    place = pl.Enum(list(classes))
    counted = (
        pl.DataFrame({"expected": expected, "predicted": outputs})
        .with_columns(pl.col("expected", "predicted").cast(place, strict=False).to_physical())
        .group_by("expected", "predicted")
        .len()
    )
    known = counted.drop_nulls()
    counts = np.zeros((len(classes), len(classes)), dtype=np.int64)
    counts[known["expected"].to_numpy(), known["predicted"].to_numpy()] = known["len"].to_numpy()
    return Confusion(tuple(classes), counts, len(expected) - int(counts.sum()))


def confused_pairs(found: Confusion, limit: int) -> list[Pair]:
    """The most frequent confusions, of equals those that take more of their class."""
    wrong = found.counts.copy()
    np.fill_diagonal(wrong, 0)
    totals = found.counts.sum(axis=1)
    pairs = [
        Pair(found.classes[row], found.classes[column], count, count / int(totals[row]))
        for row, column in np.argwhere(wrong)
        if (count := int(wrong[row, column]))
    ]
    pairs.sort(key=lambda pair: (-pair.count, -pair.share, pair.expected, pair.predicted))
    return pairs[:limit]


def closest_first(found: Confusion) -> Confusion:
    """The same counts with classes that are confused standing side by side.

    Greedy: each next class is the one most confused with the one before; a picture of many
    classes then shows clusters as blocks along its diagonal.
    """
    mutual = found.counts + found.counts.T
    np.fill_diagonal(mutual, 0)
    if not mutual.size:
        return found
    left, total = set(range(len(found.classes))), mutual.sum(axis=1)
    order = [int(total.argmax())]
    left.discard(order[0])
    while left:
        last = order[-1]
        following = max(left, key=lambda one: (mutual[last, one], total[one], -one))
        order.append(following)
        left.discard(following)
    classes = tuple(found.classes[place] for place in order)
    return Confusion(classes, found.counts[np.ix_(order, order)], found.outside)
