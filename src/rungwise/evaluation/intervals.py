"""Measuring: a metric's value, its interval, and what it was measured on (R11, C3).

Three ways to an interval, by what the metric is:

- A share (accuracy, recall, precision) and what follows from one (micro F1, F1 of a class):
  Wilson's score interval.
- Every other metric: the percentile bootstrap over rows (Efron and Tibshirani 1993, ch. 13).
- A flawless or hopeless score, whose bootstrap is a point: see `hidden`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from rungwise.evaluation.answers import Answers, answers
from rungwise.evaluation.hidden import bound_of_counts, bound_of_scores
from rungwise.evaluation.label_metrics import Counts, Floats, count
from rungwise.evaluation.metrics import PLAIN, Metric, per_class
from rungwise.evaluation.proportions import wilson, wilson_f1
from rungwise.evaluation.resampling import cells, drawn_cells, drawn_rows
from rungwise.policy import Policy
from rungwise.records import Measurement, Part
from rungwise.table import Predictions

AFFORDABLE = 4_000_000_000
"""Row weights to look up (rows x classes x resamples) for a metric nobody set a target on."""


def measure(
    metric: Metric, expected: pl.Series, predictions: Predictions, on: Part, policy: Policy
) -> Measurement:
    """One metric of predictions about rows in the order of `expected`, with its interval.

    Raises:
        DataError: The metric needs probabilities and there are none, or is undefined here.
    """
    given = answers(expected, predictions)[0]
    return _measurements([metric], given, on, policy)[0]


def measure_all(
    goal: Metric, expected: pl.Series, predictions: Predictions, on: Part, policy: Policy
) -> tuple[Measurement, tuple[Measurement, ...], tuple[Measurement, ...]]:
    """The goal, the other metrics that apply, and recall, precision and F1 of every class.

    Metrics of probabilities apply where there are probabilities and two classes to tell apart.
    The two that rank get no interval where it would cost minutes (`AFFORDABLE`).

    Raises:
        DataError: The goal needs probabilities and there are none, or is undefined here.
    """
    given = answers(expected, predictions)[0]
    others = [metric for metric in PLAIN.values() if metric.name != goal.name]
    others = [metric for metric in others if _applies(metric, given)]
    measured = _measurements([goal, *others], given, on, policy)
    counts = count(given)
    known = sorted({*predictions.classes, *expected.unique()})
    by_class = [
        _of_class(metric, counts, on, policy) for label in known for metric in per_class(label)
    ]
    return measured[0], tuple(measured[1:]), tuple(by_class)


def _applies(metric: Metric, given: Answers) -> bool:
    if not metric.needs_scores:
        return True
    if given.scores is None:
        return False
    return metric.name not in ("roc_auc", "average_precision") or len(np.unique(given.expected)) > 1


def _measurements(
    metrics: Sequence[Metric], given: Answers, on: Part, policy: Policy
) -> list[Measurement]:
    """Measure all on the same resamples; the first metric is the goal."""
    counts = count(given)
    drawn = _resampled(
        [metric for metric in metrics if _needs_bootstrap(metric)], metrics[0], given, policy
    )
    measured = []
    for metric in metrics:
        value = metric.of(given)
        if metric.label is not None and not metric.needs_scores:
            measured.append(_of_class(metric, counts, on, policy))
            continue
        low, high = _interval(metric, value, given, counts, drawn.get(metric.name), policy)
        measured.append(
            Measurement(metric.name, value, low, high, len(given), on, policy.confidence)
        )
    return measured


def _needs_bootstrap(metric: Metric) -> bool:
    return metric.name not in ("accuracy", "micro_f1") and (
        metric.label is None or metric.needs_scores
    )


def _interval(
    metric: Metric,
    value: float,
    given: Answers,
    counts: Counts,
    drawn: Floats | None,
    policy: Policy,
) -> tuple[float | None, float | None]:
    level = policy.confidence
    hits, rows = float(counts.hits.sum()), float(counts.rows[0])
    if metric.name == "accuracy":
        return wilson(hits, rows, level)
    if metric.name == "micro_f1":
        return _micro_f1(hits, rows, float(counts.predicted.sum()), level)
    if drawn is None:
        return None, None
    low, high = percentiles(drawn, level)
    if metric.needs_scores:
        open_value = bound_of_scores(metric, given, value, level)
    else:
        open_value = bound_of_counts(metric, counts, level)
    if open_value is not None:
        low, high = min(low, open_value), max(high, open_value)
    return low, high


def _micro_f1(hits: float, rows: float, answered: float, level: float) -> tuple[float, float]:
    """Accuracy's interval, stretched where rows lack an answer: F1 = 2 hits / (n + answered)."""
    low, high = wilson(hits, rows, level)
    stretch = 2 * rows / (rows + answered)
    return low * stretch, min(1.0, high * stretch)


def percentiles(drawn: Floats, level: float) -> tuple[float, float]:
    """The two-sided percentile interval of bootstrap values; undefined resamples are left out."""
    defined = drawn[~np.isnan(drawn)]
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _resampled(
    metrics: Sequence[Metric], goal: Metric, given: Answers, policy: Policy
) -> dict[str, Floats]:
    """Name → values over the resamples; a metric that is not affordable is absent."""
    of_labels = [metric for metric in metrics if not metric.needs_scores]
    of_scores = [metric for metric in metrics if metric.needs_scores]
    work = len(given) * len(given.classes) * policy.resamples
    if work > AFFORDABLE:
        ranking = ("roc_auc", "average_precision")
        of_scores = [m for m in of_scores if m.name == goal.name or m.name not in ranking]
    values: dict[str, list[Floats]] = {metric.name: [] for metric in metrics}
    if of_labels:
        first, sizes = cells(given.expected, given.outputs)
        representatives = given.take(first)
        for weights in drawn_cells(sizes, policy):
            counts = count(representatives, weights)
            for metric in of_labels:
                assert metric.of_counts is not None, "it is a metric of labels"
                values[metric.name].append(metric.of_counts(counts))
    if of_scores:
        prepared = [(metric.name, metric.prepare(given)) for metric in of_scores]
        for drawn in drawn_rows(len(given), policy):
            for name, value in prepared:
                values[name].append(value(drawn))
    return {name: np.concatenate(parts) for name, parts in values.items() if parts}


def _of_class(metric: Metric, counts: Counts, on: Part, policy: Policy) -> Measurement:
    """Recall, precision or F1 of one class by Wilson; `rows` are those it is a share of.

    A class without rows has the value 0 and the interval [0, 1]: nothing is known.
    """
    assert metric.label is not None and metric.of_counts is not None, "it is of one class"
    hits, expected, predicted = (float(column[0]) for column in counts.column(metric.label))
    level = policy.confidence
    kind = metric.name.partition("[")[0]
    if kind == "f1":
        rows, interval = expected + predicted - hits, wilson_f1(hits, expected, predicted, level)
    else:
        rows = expected if kind == "recall" else predicted
        interval = wilson(hits, rows, level)
    value = float(metric.of_counts(counts)[0])
    return Measurement(metric.name, value, *interval, int(rows), on, level)
