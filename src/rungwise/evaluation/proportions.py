"""Intervals for shares: what k right answers of n say about the share behind them."""

from __future__ import annotations

import math
from statistics import NormalDist


def quantile(level: float) -> float:
    """The two-sided quantile of the normal distribution; 1.96 for 0.95."""
    return NormalDist().inv_cdf((1 + level) / 2)


def wilson(successes: float, rows: float, level: float) -> tuple[float, float]:
    """Wilson's score interval for a share.

    Chosen over the bootstrap for shares: it needs no resampling, holds its level down to a few
    rows, and never shrinks to a point when all answers are right (Wilson 1927; Brown, Cai and
    DasGupta 2001, "Interval Estimation for a Binomial Proportion"). With no rows it is [0, 1].
    """
    if rows == 0:
        return 0.0, 1.0
    z, share = quantile(level), successes / rows
    centre = (share + z * z / (2 * rows)) / (1 + z * z / rows)
    half = z * math.sqrt(share * (1 - share) / rows + z * z / (4 * rows * rows))
    half /= 1 + z * z / rows
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == rows else min(1.0, centre + half)
    return low, high


def wilson_f1(hits: float, expected: float, predicted: float, level: float) -> tuple[float, float]:
    """Interval for the F1 of a class, from Wilson's.

    Of the rows that either are of the class or were answered with it, the hits are a share J;
    F1 = 2J / (1 + J) rises with J, so J's interval carries over without resampling.
    """
    low, high = wilson(hits, expected + predicted - hits, level)
    return 2 * low / (1 + low), 2 * high / (1 + high)


def hidden_errors(rows: int, level: float) -> float:
    """How many errors a run of right answers may hide: rows that a perfect score leaves open.

    The largest error rate under which `rows` right answers in a row still have the probability
    (1 - level) / 2 (Clopper and Pearson 1934), times the rows; about 3.7 at 0.95.
    """
    return rows * -math.expm1(math.log((1 - level) / 2) / rows)


def rows_to_settle(
    value: float, low: float, high: float, rows: int, threshold: float
) -> int | None:
    """Rows at which the interval would no longer hold the threshold, were the value to stay (C3).

    An interval shrinks with the square root of the rows; for Wilson's interval, whose halves shrink
    at different rates, use `rows_of_share`. None where the value sits on the threshold: no
    number of rows would settle that.
    """
    distance = abs(value - threshold)
    half = value - low if value > threshold else high - value
    if distance == 0:
        return None
    return math.ceil(round(rows * (half / distance) ** 2, 6))


def rows_of_share(share: float, threshold: float, level: float) -> int | None:
    """The fewest rows at which Wilson's interval of a share excludes the threshold.

    It is the set of shares that a score test does not reject, so it excludes the threshold t if and
    only if |share - t| ≥ z √(t (1 - t) / n). None where the share sits on the threshold.
    """
    if share == threshold:
        return None
    z, distance = quantile(level), share - threshold
    rows = z * z * threshold * (1 - threshold) / (distance * distance)
    return max(1, math.ceil(round(rows, 6)))


def is_wilson(value: float, low: float, high: float, rows: int, level: float) -> bool:
    """Whether an interval is Wilson's of this share, and not widened or of another kind."""
    if not 0 <= value <= 1:
        return False
    ends = zip(wilson(value * rows, rows, level), (low, high), strict=True)
    return all(math.isclose(end, given, abs_tol=1e-9) for end, given in ends)


def jaccard(f1: float) -> float:
    """The share J of which the F1 of a class is 2J / (1 + J): see `wilson_f1`."""
    return f1 / (2 - f1)
