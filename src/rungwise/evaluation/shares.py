"""Metrics that are shares of rows, or follow from one: their intervals need no resampling."""

from __future__ import annotations

from rungwise.evaluation.label_metrics import Counts
from rungwise.evaluation.metrics import Metric
from rungwise.evaluation.proportions import wilson, wilson_f1


def is_share(metric: Metric) -> bool:
    """Whether `share_interval` knows the metric."""
    of_class = metric.label is not None and not metric.needs_scores
    return of_class or metric.name in ("accuracy", "micro_f1")


def share_interval(metric: Metric, counts: Counts, level: float) -> tuple[float, float, int]:
    """Low and high end of a share by Wilson, and the rows that it is a share of.

    Recall is a share of the class's rows, precision of the rows answered with it, F1 rests on
    the rows that are either; with none of them the interval is [0, 1]: nothing is known.
    """
    rows = int(counts.rows[0])
    if metric.label is None:
        low, high = wilson(float(counts.hits.sum()), rows, level)
        if metric.name == "micro_f1":
            # F1 = 2 hits / (rows + answered): accuracy's ends, stretched where answers lack.
            stretch = 2 * rows / (rows + float(counts.predicted.sum()))
            low, high = low * stretch, min(1.0, high * stretch)
        return low, high, rows
    hits, expected, predicted = (float(column[0]) for column in counts.column(metric.label))
    kind = metric.name.partition("[")[0]
    if kind == "f1":
        low, high = wilson_f1(hits, expected, predicted, level)
        return low, high, int(expected + predicted - hits)
    base = expected if kind == "recall" else predicted
    return *wilson(hits, base, level), int(base)
