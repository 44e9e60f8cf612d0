"""A number for rows that are composed otherwise than those it was measured on."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rungwise.records import Measured, Measurement


def weighted(strata: Sequence[tuple[float, Measurement]], on: Measured) -> Measurement:
    """The mean of measurements of disjoint rows, weighted by other shares than their own.

    Post-stratification. Its interval recovers the variances from the ends of the single intervals
    (the method MOVER: Zou and Donner 2008, "Construction of confidence intervals about effect
    measures: a general approach"), so skewed ones stay skewed.

    Args:
        strata: Share and measurement of each; the shares add up to 1.
        on: Which rows the number is said of.
    """
    first = strata[0][1]
    value = sum(share * one.value for share, one in strata)
    ends = [(share, one.value, one.low, one.high) for share, one in strata if share]
    low: float | None = None
    high: float | None = None
    if all(least is not None and most is not None for _, _, least, most in ends):
        low = value - math.sqrt(sum((s * (v - (least or 0.0))) ** 2 for s, v, least, _ in ends))
        high = value + math.sqrt(sum((s * ((most or 0.0) - v)) ** 2 for s, v, _, most in ends))
    rows = sum(one.rows for _, one in strata)
    return Measurement(first.metric, value, low, high, rows, on, first.level)
