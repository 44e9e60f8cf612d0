"""What a flawless score hides: the bootstrap of it is a point, and a point would lie.

Where n of n rows are right, up to about 3.7 errors (at 95 percent) may have stayed unseen by
chance: `hidden_errors`. The bound puts them where they cost the metric most, in the rarest
class, and measures again. The same in reverse where no row is right.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from rungwise.evaluation.answers import Answers
from rungwise.evaluation.label_metrics import Counts, count
from rungwise.evaluation.metrics import Metric
from rungwise.evaluation.proportions import hidden_errors
from rungwise.evaluation.score_metrics import SMALLEST


def hidden_value(metric: Metric, given: Answers, value: float, level: float) -> float | None:
    """The value that a flawless (or hopeless) score leaves open; None for any other score.

    Args:
        metric: The metric.
        given: What was measured.
        value: Its value on that.
        level: Coverage of the two-sided interval.
    """
    if metric.of_texts is not None:
        return _of_texts(metric, metric.rows(given), value, level)
    if metric.needs_scores:
        return _of_scores(metric, given, value, level)
    return _of_counts(metric, count(given), level)


def _of_counts(metric: Metric, counts: Counts, level: float) -> float | None:
    rows, hits = float(counts.rows[0]), float(counts.hits.sum())
    if 0 < hits < rows:
        return None
    hidden = hidden_errors(int(rows), level)
    changed = _with_errors(counts, hidden) if hits else _with_hits(counts, hidden)
    assert metric.of_counts is not None, "it is a metric of labels"
    return float(metric.of_counts(changed)[0])


def _of_texts(metric: Metric, rows: int, value: float, level: float) -> float | None:
    assert metric.low is not None and metric.high is not None, "a metric of texts is bounded"
    moved = (metric.high - metric.low) * hidden_errors(rows, level) / rows
    return {metric.low: metric.low + moved, metric.high: metric.high - moved}.get(value)


def _of_scores(metric: Metric, given: Answers, value: float, level: float) -> float | None:
    rows = len(given)
    share = hidden_errors(rows, level) / rows
    if metric.name == "log_loss":
        return -math.log(SMALLEST) * share if value == 0 else None
    if value not in (metric.low, metric.high):
        return None
    if metric.name == "expected_calibration_error":
        return share if value == 0 else 1 - share
    sizes = np.bincount(given.expected, minlength=len(given.labels))
    classes = 1 if len(given.classes) == 2 else int((sizes > 0).sum())
    sides = np.concatenate([sizes, rows - sizes])
    rarest = int(sides[sides > 0].min())
    lost = hidden_errors(rarest, level) / rarest / classes
    return 1 - lost if value else lost


def _with_errors(counts: Counts, hidden: float) -> Counts:
    """Take hits from the rarest classes, and answer the next rare class instead."""
    hits, predicted = counts.hits.copy(), counts.predicted.copy()
    order = _rarest_first(counts)
    for rank, place in enumerate(order):
        taken = min(hidden, hits[0, place])
        hits[0, place] -= taken
        predicted[0, place] -= taken
        predicted[0, order[(rank + 1) % len(order)]] += taken
        hidden -= taken
    return dataclasses.replace(counts, hits=hits, predicted=predicted)


def _with_hits(counts: Counts, hidden: float) -> Counts:
    """Give hits to the rarest classes; the wrong answers shrink evenly."""
    hits = counts.hits.copy()
    predicted = counts.predicted * (1 - hidden / counts.rows[0])
    for place in _rarest_first(counts):
        given = min(hidden, counts.expected[0, place])
        hits[0, place] += given
        predicted[0, place] += given
        hidden -= given
    return dataclasses.replace(counts, hits=hits, predicted=predicted)


def _rarest_first(counts: Counts) -> list[int]:
    sizes = counts.expected[0]
    return [int(place) for place in np.argsort(sizes, kind="stable") if sizes[place] > 0]
