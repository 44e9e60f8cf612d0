"""Measuring: a metric's value, its interval, and what it was measured on (R11, C3).

Three ways to an interval, by what the metric is:

- A share (accuracy, recall, precision) and what follows from one (micro F1, F1 of a class):
  Wilson's score interval.
- Every other metric: the bias-corrected percentile bootstrap over rows; calibration error has
  a low end of its own.
- A flawless or hopeless score, whose bootstrap is a point: see `hidden`.

Where rows were answered out of fold the interval is widened: see `fold_interval`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import polars as pl

from rungwise.evaluation.answers import Answers, answers
from rungwise.evaluation.bootstrap_intervals import bias_corrected, of_calibration_error
from rungwise.evaluation.fold_interval import fold_interval
from rungwise.evaluation.hidden import hidden_value
from rungwise.evaluation.label_metrics import Floats, count
from rungwise.evaluation.metrics import PLAIN, TEXTS, Metric, per_class
from rungwise.evaluation.proportions import wilson
from rungwise.evaluation.resampling import cells, drawn_cells, drawn_rows
from rungwise.evaluation.shares import is_share, share_interval
from rungwise.policy import Policy
from rungwise.records import Measured, Measurement
from rungwise.table import Predictions

RANKING = frozenset({"roc_auc", "average_precision"})
DRAWS, LOOKUPS = 50_000_000, 1_000_000_000
"""Rows drawn, and row scores looked up, for metrics of scores that nobody set a target on."""


def measure(
    metric: Metric,
    expected: pl.Series,
    predictions: Predictions,
    on: Measured,
    policy: Policy,
    fold: pl.Series | None = None,
) -> Measurement:
    """One metric of predictions about rows in the order of `expected`, with its interval.

    Args:
        metric: What is measured.
        expected: Expected labels (n).
        predictions: One answer a row (n).
        on: What the rows are.
        policy: `confidence`, `resamples` and `seed`.
        fold: The fold of each row (n), if each was answered by a model that had not learnt from
            its fold. The interval then holds for the model that is trained on all rows. None where
            every model answers alike, as it learns from no row.

    Raises:
        DataError: The metric needs probabilities and there are none, or is undefined here.
        ValueError: `fold` is given of rows that are not on `folds`, or a row has none.
    """
    given = answers(expected, predictions)[0]
    return _across_folds([metric], _measurements([metric], given, on, policy), given, fold)[0]


def measure_all(
    goal: Metric,
    expected: pl.Series,
    predictions: Predictions,
    on: Measured,
    policy: Policy,
    beside: Sequence[Metric] = (),
    fold: pl.Series | None = None,
) -> tuple[Measurement, tuple[Measurement, ...], tuple[Measurement, ...]]:
    """The goal, the other metrics that apply with those that are asked for `beside`, and recall,
    precision and F1 of every class that has rows here.

    Metrics of probabilities apply where there are probabilities, and those that rank where there
    are two classes to tell apart. Beside the goal they get no interval on so many rows that it
    would take longer than a few seconds (`DRAWS`, `LOOKUPS`). `fold` is as `measure` has it;
    with it, log loss and calibration error have an interval only as the goal.

    Raises:
        DataError: The goal needs probabilities and there are none, or is undefined here.
        ValueError: `fold` is given of rows that are not on `folds`, or a row has none.
    """
    given = answers(expected, predictions)[0]
    known = PLAIN if goal.of_texts is None else TEXTS
    others = [*{one.name: one for one in (*known.values(), *beside)}.values()]
    others = [metric for metric in others if metric.name != goal.name]
    others = [metric for metric in others if _applies(metric, given)]
    classes = sorted(expected.unique()) if goal.of_texts is None else []
    by_class = [metric for label in classes for metric in per_class(label)]
    metrics = [goal, *others, *by_class]
    measured = _across_folds(metrics, _measurements(metrics, given, on, policy), given, fold)
    split = 1 + len(others)
    return measured[0], tuple(measured[1:split]), tuple(measured[split:])


def _applies(metric: Metric, given: Answers) -> bool:
    if metric.applies is not None:
        return metric.applies(given)
    if not metric.needs_scores:
        return True
    if given.scores is None:
        return False
    return metric.name not in RANKING or len(np.unique(given.expected)) > 1


def _measurements(
    metrics: Sequence[Metric], given: Answers, on: Measured, policy: Policy
) -> list[Measurement]:
    """Measure all, those that need it on the same resamples; the first metric is the goal."""
    counts, level = count(given), policy.confidence
    uncertain = [metric for metric in metrics if not is_share(metric) and not metric.share]
    drawn = _resampled(uncertain, metrics[0], given, policy)
    measured = []
    for metric in metrics:
        exact = metric.of_counts(counts)[0] if metric.of_counts else metric.of(given)
        value, rows = float(exact), metric.rows(given)
        low: float | None
        high: float | None
        if metric.share:
            low, high = wilson(value * rows, rows, level)
        elif is_share(metric):
            low, high, rows = share_interval(metric, counts, level)
        elif metric.name in drawn:
            low, high = _interval(metric, value, given, drawn[metric.name], policy)
        else:
            low, high = None, None
        measured.append(Measurement(metric.name, value, low, high, rows, on, level))
    return measured


def _across_folds(
    metrics: Sequence[Metric],
    measured: list[Measurement],
    given: Answers,
    fold: pl.Series | None,
) -> list[Measurement]:
    """Widen the intervals where rows were answered out of fold."""
    if fold is None:
        return measured
    if any(one.on != "folds" for one in measured):
        raise ValueError("folds are given of rows that were not answered by folds")
    if len(fold) != len(given) or fold.null_count():
        raise ValueError(f"{len(fold) - fold.null_count()} rows of {len(given)} have a fold")
    folds = fold.n_unique()
    goal, widened = metrics[0], []
    for metric, each in zip(metrics, measured, strict=True):
        probabilities = metric.needs_scores and metric.name not in RANKING
        if probabilities and metric is not goal:
            # Each fold chose its strength by the goal: their losses say little about the last one.
            widened.append(dataclasses.replace(each, low=None, high=None))
        else:
            widened.append(_widened(metric, each, folds))
    return widened


def _widened(metric: Metric, measured: Measurement, folds: int) -> Measurement:
    value, low, high = measured.value, measured.low, measured.high
    if low is None or high is None:
        return measured
    low, high = fold_interval(metric, value, low, high, folds)
    return dataclasses.replace(measured, low=low, high=high)


def _interval(
    metric: Metric, value: float, given: Answers, drawn: Floats, policy: Policy
) -> tuple[float, float]:
    level = policy.confidence
    if metric.name == "expected_calibration_error":
        low, high = of_calibration_error(drawn, given, value, level, policy.seed)
    else:
        low, high = bias_corrected(drawn, value, level)
    hidden = hidden_value(metric, given, value, level)
    return (low, high) if hidden is None else (min(low, hidden), max(high, hidden))


def _affordable(metric: Metric, given: Answers, policy: Policy) -> bool:
    draws = len(given) * policy.resamples
    lookups = draws * len(given.classes) if metric.name in RANKING else draws
    return draws <= DRAWS and lookups <= LOOKUPS


def _resampled(
    metrics: Sequence[Metric], goal: Metric, given: Answers, policy: Policy
) -> dict[str, Floats]:
    """Name → values over the resamples; a metric that is not affordable is absent."""
    of_labels = [metric for metric in metrics if metric.of_counts is not None]
    of_rows = [
        m for m in metrics if m.of_counts is None and (m is goal or _affordable(m, given, policy))
    ]
    values: dict[str, list[Floats]] = {metric.name: [] for metric in metrics}
    if of_labels:
        first, sizes = cells(given.expected, given.outputs)
        representatives = given.take(first)
        for weights in drawn_cells(sizes, policy):
            counts = count(representatives, weights)
            for metric in of_labels:
                assert metric.of_counts is not None, "it is a metric of labels"
                values[metric.name].append(metric.of_counts(counts))
    if of_rows:
        prepared = [(metric.name, metric.prepare(given)) for metric in of_rows]
        for drawn in drawn_rows(len(given), policy):
            for name, value in prepared:
                values[name].append(value(drawn))
    return {name: np.concatenate(parts) for name, parts in values.items() if parts}
