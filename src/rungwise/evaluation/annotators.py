"""Each annotator against the others: how often they agree, and beyond chance (R14)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from rungwise.evaluation.agreement import cohen_kappa
from rungwise.evaluation.proportions import wilson
from rungwise.evaluation.ratings import Ratings

PAIRS = 200
"""Pairs of annotators that are compared, those with most items in common."""


@dataclass(frozen=True, slots=True)
class Annotator:
    """One person's agreement with whoever rated the same items.

    Attributes:
        name: As the data has it.
        ratings: Items that somebody else rated as well.
        agreement: Share of the others' ratings of these items that say the same.
        others: The same share among the others, wherever this person is not one of the two; NaN
            where nobody else shares an item.
        low, high: Wilson's interval of `agreement`, over items.
    """

    name: str
    ratings: int
    agreement: float
    others: float
    low: float
    high: float

    @property
    def differs(self) -> bool:
        """Whether the person agrees less than the others do, beyond what chance explains."""
        return bool(self.high < self.others)


def annotators(ratings: Ratings, level: float) -> list[Annotator]:
    """Everybody who shares items with somebody, the least agreeing first.

    Args:
        ratings: What was rated.
        level: Coverage of all intervals together: each gets its part of the error (Bonferroni).
    """
    paired = ratings.paired
    people, classes = len(ratings.annotators), len(ratings.labels)
    cell = ratings.item * classes + ratings.label
    _, where, times = np.unique(cell, return_inverse=True, return_counts=True)
    others = (ratings.sizes[ratings.item] - 1)[paired]
    same = (times[where] - 1)[paired]
    who = ratings.annotator[paired]
    rows = np.bincount(who, minlength=people)
    pairs, agreeing = (np.bincount(who, count, people) for count in (others, same))
    every, right = pairs.sum(), agreeing.sum()
    present = np.flatnonzero(rows)
    each = 1 - (1 - level) / max(len(present), 1)
    found = []
    for code in present.tolist():
        share = float(agreeing[code] / pairs[code])
        apart = every - 2 * pairs[code]
        rest = float((right - 2 * agreeing[code]) / apart) if apart > 0 else float("nan")
        low, high = wilson(share * rows[code], int(rows[code]), each)
        name = str(ratings.annotators[code])
        found.append(Annotator(name, int(rows[code]), share, rest, low, high))
    return sorted(found, key=lambda one: (one.agreement, one.name))


def pairwise_kappa(ratings: Ratings) -> list[tuple[str, str, float, int]]:
    """Cohen's kappa of pairs of annotators with the items they share, the lowest first.

    Each person is expected to have rated an item once. Pairs whose kappa is undefined (both
    gave one label throughout) are left out.
    """
    rows = pl.DataFrame(
        {"item": ratings.item, "annotator": ratings.annotator, "label": ratings.label}
    ).filter(pl.Series(ratings.paired))
    both = rows.join(rows, on="item", suffix="_other").filter(
        pl.col("annotator") < pl.col("annotator_other")
    )
    found = []
    pair = ["annotator", "annotator_other"]
    largest = both.group_by(pair).len().sort(["len", *pair], descending=[True, False, False])
    for first, second, count in largest.head(PAIRS).iter_rows():
        shared = both.filter(annotator=first, annotator_other=second)
        kappa = cohen_kappa(shared["label"].to_numpy(), shared["label_other"].to_numpy())
        if kappa is not None:
            ours, theirs = (str(ratings.annotators[code]) for code in (first, second))
            found.append((ours, theirs, kappa, int(count)))
    return sorted(found, key=lambda one: (one[2], one[0], one[1]))
