"""Pairs of classes whose rows are answered as each other, beyond single rows (R13)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rungwise.evaluation.proportions import wilson
from rungwise.evaluation.ratings import Floats, Integers
from rungwise.policy import Policy

FEWEST = 2
"""Rows that must be taken for the other class in each direction: one may be a slip."""
LOPSIDED = 4
"""Where one direction has so many times the rows of the other, only one class is unclear."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two classes that are taken for each other.

    Attributes:
        ends: Class indices, the smaller first.
        taken: Rows of each end that are answered as the other.
        rows: Rows of each end.
        share: Taken rows of both over all rows of both.
        low: Low end of Wilson's interval of the share.
    """

    ends: tuple[int, int]
    taken: tuple[int, int]
    rows: tuple[int, int]
    share: float
    low: float


def confused(scores: Floats, given: Integers, policy: Policy) -> list[Pair]:
    """Pairs that are confused in both directions, the largest share first.

    Args:
        scores: Out-of-sample probabilities (n, classes).
        given: Class index of each label (n).
        policy: A pair counts when the low end of its share is above `confused_share`.
    """
    classes = scores.shape[1]
    cells, counts = np.unique(given * classes + scores.argmax(1), return_counts=True)
    taken = dict(zip(cells.tolist(), counts.tolist(), strict=True))
    sizes = np.bincount(given, minlength=classes).tolist()
    found = []
    for cell, there in taken.items():
        first, second = divmod(cell, classes)
        back = taken.get(second * classes + first, 0)
        if (
            first >= second
            or min(there, back) < FEWEST
            or max(there, back) > LOPSIDED * min(there, back)
        ):
            continue
        rows = sizes[first] + sizes[second]
        low, _ = wilson(there + back, rows, policy.confidence)
        if low > policy.confused_share:
            sides = sizes[first], sizes[second]
            share = (there + back) / rows
            found.append(Pair((first, second), (there, back), sides, share, low))
    return sorted(found, key=lambda pair: (-pair.share, pair.ends))
