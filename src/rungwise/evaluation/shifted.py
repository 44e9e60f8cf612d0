"""Whether two samples differ: in the shares of labels, in a number, in how many rows are odd."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Share:
    """A label's share in two samples, and the chance of such a difference."""

    label: str
    first: float
    second: float
    chance: float


def shares(first: Sequence[str], second: Sequence[str], level: float) -> tuple[Share, ...]:
    """Labels whose shares differ, by Fisher's exact test with Holm's correction (1979).

    Args:
        first: Labels of one sample.
        second: Labels of the other.
        level: Chance of naming any label where none differs.

    Returns:
        The labels that differ, the least likely first.
    """
    from scipy.stats import fisher_exact

    one, other = Counter(first), Counter(second)
    tested = []
    for label in sorted({*one, *other}):
        table = [[one[label], len(first) - one[label]], [other[label], len(second) - other[label]]]
        chance = float(fisher_exact(table).pvalue)
        tested.append(Share(label, one[label] / len(first), other[label] / len(second), chance))
    tested.sort(key=lambda share: (share.chance, share.label))
    found: list[Share] = []
    for place, share in enumerate(tested):
        if share.chance > level / (len(tested) - place):
            break
        found.append(share)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Gap:
    """Where two distribution functions lie furthest apart, and the chance of such a gap.

    Attributes:
        size: Their difference there, 0 to 1.
        at: The value.
        first: Share of the first sample that is at most `at`.
        second: Share of the second.
        chance: Of a gap as large between two samples of one distribution.
    """

    size: float
    at: float
    first: float
    second: float
    chance: float


def distributions(first: NDArray[np.float64], second: NDArray[np.float64]) -> Gap:
    """Compare two samples by Kolmogorov and Smirnov; exact up to 10,000 draws (Hodges 1958)."""
    from scipy.stats import ks_2samp

    found = ks_2samp(first, second, method="auto")
    at = float(found.statistic_location)
    below = [float((sample <= at).mean()) for sample in (first, second)]
    return Gap(float(found.statistic), at, below[0], below[1], float(found.pvalue))


def many(odd: int, rows: int, share: float) -> float:
    """Chance of at least `odd` of `rows` where each is odd with probability `share` (binomial)."""
    from scipy.stats import binom

    return float(binom.sf(odd - 1, rows, share))
