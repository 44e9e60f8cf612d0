"""Comparing attempts that are on record: their predictions on the same validation rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from rungwise.evaluation.answers import answers
from rungwise.evaluation.bootstrap_intervals import percentiles
from rungwise.evaluation.metrics import Metric, find
from rungwise.evaluation.paired import Comparison, aligned, compare, paired_values
from rungwise.evaluation.proportions import rows_to_settle
from rungwise.protocols import GateContext
from rungwise.records import Evidence
from rungwise.table import Predictions


@dataclass(frozen=True, slots=True)
class Gap:
    """How much of the way from the baseline to the target an attempt has come (R63, C2).

    Attributes:
        closed: (attempt - baseline) / (target - baseline): 1 at the target, 0 at the baseline.
        low, high: Its interval, from resampling both on the same rows.
        rows: Rows compared.
        rows_to_settle: Rows at which the interval would no longer hold the threshold.
    """

    closed: float
    low: float
    high: float
    rows: int
    rows_to_settle: int | None


def goal_metric(context: GateContext) -> Metric:
    """The goal's metric: as the task gives it, else as its name says."""
    if isinstance(context.metric, Metric):
        return context.metric
    return find(context.task.task.metric, context.split.classes if context.split else None)


def compare_attempts(context: GateContext, reference: Evidence, attempt: Evidence) -> Comparison:
    """How much better an attempt is than a reference, on the goal's metric (R65)."""
    predictions, expected = _handles(context)
    return compare(
        goal_metric(context),
        expected(),
        predictions(reference.id),
        predictions(attempt.id),
        context.task.policy,
    )


def gap_closed(context: GateContext, baseline: Evidence, attempt: Evidence, share: float) -> Gap:
    """How much of the gap to the target an attempt closes.

    A ratio of two noisy numbers has no well-behaved interval when its denominator is small
    (Fieller 1954). What decides is a difference instead, which has one: how far the attempt is
    past the point that closes `share` of the gap. Its interval, divided by the gap as measured,
    is the interval of the part closed.
    """
    metric, policy = goal_metric(context), context.task.policy
    predictions, expected = _handles(context)
    reference = predictions(baseline.id)
    first, second = answers(expected(), reference, aligned(predictions(attempt.id), reference.ids))
    target, sign = context.task.task.target, 1 if metric.greater else -1
    before, after = metric.of(first), metric.of(second)
    gap = sign * (target - before)
    resampled_before, resampled_after = paired_values(metric, first, second, policy)
    past = sign * (resampled_after - (1 - share) * resampled_before - share * target)
    low, high = percentiles(past, policy.confidence)
    closed = sign * (after - before) / gap
    low, high = share + low / gap, share + high / gap
    return Gap(
        closed=closed,
        low=low,
        high=high,
        rows=len(first),
        rows_to_settle=rows_to_settle(closed, low, high, len(first), share),
    )


def _handles(
    context: GateContext,
) -> tuple[Callable[[str], Predictions], Callable[[], pl.Series]]:
    if context.predictions is None or context.expected is None:
        raise ValueError("attempts are compared by their predictions: the context has none")
    return context.predictions, context.expected
