"""Comparing attempts that are on record: their predictions on the rows that both answered."""

from __future__ import annotations

from dataclasses import dataclass

from rungwise.evaluation.answers import answers
from rungwise.evaluation.bootstrap_intervals import percentiles
from rungwise.evaluation.fold_interval import fold_difference
from rungwise.evaluation.metrics import Metric, find
from rungwise.evaluation.paired import Comparison, aligned, compare, paired_values
from rungwise.evaluation.proportions import rows_to_settle
from rungwise.evaluation.shared_rows import SharedRows, shared_rows
from rungwise.evaluation.standing import by_precision
from rungwise.protocols import GateContext
from rungwise.records import Evidence


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


def telling(metric: Metric, attempt: Evidence) -> Metric:
    """The metric that tells attempts apart: at a recall that all of them have, their precision."""
    if not by_precision(attempt):
        return metric
    return find(metric.name.replace("recall[", "precision[", 1))


def compare_attempts(context: GateContext, reference: Evidence, attempt: Evidence) -> Comparison:
    """How much better an attempt is than a reference, on the goal's metric (R65).

    At a recall that both have, on their precision.
    """
    rows, policy = _shared(context, reference, attempt), context.task.policy
    metric = telling(goal_metric(context), attempt)
    return compare(metric, rows.expected, rows.first, rows.second, policy, rows.fold)


def gap_closed(context: GateContext, baseline: Evidence, attempt: Evidence, share: float) -> Gap:
    """How much of the gap to the target an attempt closes.

    A ratio of two noisy numbers has no well-behaved interval when its denominator is small
    (Fieller 1954). What decides is a difference instead, which has one: how far the attempt is
    past the point that closes `share` of the gap. Its interval, divided by the gap as measured,
    is the interval of the part closed.
    """
    metric, policy = goal_metric(context), context.task.policy
    shared = _shared(context, baseline, attempt)
    first, second = answers(shared.expected, shared.first, shared.second)
    target, sign = context.task.task.target, 1 if metric.greater else -1
    before, after = metric.of(first), metric.of(second)
    gap = sign * (target - before)
    resampled_before, resampled_after = paired_values(metric, first, second, policy)
    past = sign * (resampled_after - (1 - share) * resampled_before - share * target)
    low, high = percentiles(past, policy.confidence)
    if shared.fold is not None:
        beyond = sign * (after - (1 - share) * before - share * target)
        low, high = fold_difference(metric, beyond, low, high, shared.fold.n_unique())
    closed = sign * (after - before) / gap
    low, high = share + low / gap, share + high / gap
    return Gap(
        closed=closed,
        low=low,
        high=high,
        rows=len(first),
        rows_to_settle=rows_to_settle(closed, low, high, len(first), share),
    )


def _shared(context: GateContext, first: Evidence, second: Evidence) -> SharedRows:
    """What two attempts answered to the rows that both were measured on."""
    if context.predictions is None or context.expected is None:
        raise ValueError("attempts are compared by their predictions: the context has none")
    reference, other = context.predictions(first.id), context.predictions(second.id)
    if context.rows is None:
        return SharedRows(context.expected(), reference, aligned(other, reference.ids))
    folded = first.goal.on == second.goal.on == "folds"
    return shared_rows(context.rows(), reference, other, folded=folded)
