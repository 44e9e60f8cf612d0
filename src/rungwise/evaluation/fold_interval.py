"""Widen the interval of a number that was measured by k-fold cross-validation.

Each row was answered by a model that had not learnt from the row's fold. What is wanted is the
score of another model: the one that is trained on all rows. The interval over rows leaves out two
things.

- The models differ, because they learnt from different rows, and errors of one model go together.
  Nadeau and Bengio (2003, "Inference for the Generalization Error") multiply the variance by
  1 + k / (k - 1), which is 2.25 for 5 folds. So do we for the difference between two models, in
  which the rows' own chance cancels out, and for metrics of probabilities, which a choice such as
  the strength moves on all rows at once. Metrics of labels need a quarter of that (`SHARED`).
- The last model learns from more rows, so it is better. Its errors fall with about the square
  root of the rows (`RATE`). Only the better end moves: more rows are no promise.

Both constants, and the coverage that they give, are from `benchmarks/coverage`.
"""

from __future__ import annotations

import math
from statistics import NormalDist

from rungwise.evaluation.metrics import Metric

NORMAL = NormalDist()
SHARED = 0.25
"""Part of Nadeau and Bengio's correction that the value of a metric of labels needs."""
RATE = 0.5
"""The distance from the best value shrinks with the rows to this power."""


def fold_interval(
    metric: Metric, value: float, low: float, high: float, folds: int
) -> tuple[float, float]:
    """An interval that holds the score of the model that is trained on all rows.

    Args:
        metric: What was measured.
        value: Its value on all out-of-fold predictions together.
        low, high: Its interval over rows, as if one model had answered all of them.
        folds: How many the rows are from.

    Returns:
        The low and the high end, within the metric's bounds.
    """
    shared = 1.0 if metric.needs_scores else SHARED
    low, high = _stretched(value, low, high, 1 + shared * _correction(folds))
    if metric.best is not None:
        gain = (metric.best - value) * (1 - (1 - 1 / max(folds, 2)) ** RATE)
        low, high = low + min(gain, 0.0), high + max(gain, 0.0)
    if metric.low is not None:
        low = max(low, metric.low)
    if metric.high is not None:
        high = min(high, metric.high)
    return low, high


def fold_difference(
    metric: Metric, difference: float, low: float, high: float, folds: int
) -> tuple[float, float]:
    """An interval that holds the difference of two models that are trained on all rows.

    Args:
        metric: What is compared.
        difference: Of the metric's values on the same out-of-fold rows, or how far it is past a
            threshold.
        low, high: Its interval over rows.
        folds: How many the rows are from.
    """
    low, high = _stretched(difference, low, high, 1 + _correction(folds))
    if metric.low is not None and metric.high is not None:
        most = metric.high - metric.low
        low, high = max(low, -most), min(high, most)
    return low, high


def fold_p_value(p_value: float, folds: int) -> float:
    """The two-sided p-value of a difference over rows, with its variance corrected."""
    if p_value == 0:
        return 0.0
    z = NORMAL.inv_cdf(p_value / 2) / math.sqrt(1 + _correction(folds))
    return 2 * NORMAL.cdf(z)


def _correction(folds: int) -> float:
    """What Nadeau and Bengio add to 1; rows of a single fold count as one of two."""
    folds = max(folds, 2)
    return folds / (folds - 1)


def _stretched(value: float, low: float, high: float, variance: float) -> tuple[float, float]:
    factor = math.sqrt(variance)
    return value - factor * (value - low), value + factor * (high - value)
