"""How much of the way from a trivial answer to the target an attempt covers (R59)."""

from __future__ import annotations

import math

from rungwise.evaluation.standing import reaches
from rungwise.protocols import DiagnosisContext
from rungwise.records import Measurement

LEAST = 0.02
"""One row of fewer than fifty is no small part of them."""


def at_bound(goal: Measurement, context: DiagnosisContext) -> bool:
    """Whether a value is as good as the metric can be, but for `policy.too_good` or one row."""
    low, high = context.bounds
    bound = high if context.greater else low
    if bound is None:
        return False
    missing = abs(bound - goal.value)
    width = 1.0 if low is None or high is None else high - low
    allowed = max(context.policy.too_good, min(1 / max(goal.rows, 1), LEAST)) * width
    return missing <= allowed or math.isclose(missing, allowed)


def covered(context: DiagnosisContext) -> float | None:
    """Part of the way from the most frequent class to the target, by the interval's good end.

    1 is the target. None where `majority` was not measured, or meets the target itself.
    """
    goal = context.attempt.goal
    starts = [attempt.goal.value for attempt in context.attempts if attempt.rung == "majority"]
    if not starts or reaches(starts[-1], context.target, context.greater):
        return None
    hopeful = goal.high if context.greater else goal.low
    reached = goal.value if hopeful is None else hopeful
    return (reached - starts[-1]) / (context.target - starts[-1])


def falls_short(context: DiagnosisContext) -> bool | None:
    """Whether the attempt covers less than `policy.poor_fit` of the way; None if unknown."""
    if reaches(context.attempt.goal.value, context.target, context.greater):
        return False
    part = covered(context)
    return None if part is None else part < context.policy.poor_fit
