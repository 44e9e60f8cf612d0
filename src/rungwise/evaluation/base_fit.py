"""Whether a base that was trained no further is far from a task, by what is on record (R59)."""

from __future__ import annotations

from rungwise.evaluation.standing import reaches
from rungwise.protocols import GateContext


def is_far(context: GateContext) -> bool:
    """Whether a few rows said so, and nothing that was measured of that base since denies it.

    What denies it is a value of `policy.poor_fit` of the target, with or without training.
    """
    probe = context.probe
    if probe is None or not probe.far:
        return False
    part = context.task.policy.poor_fit * context.task.task.target
    asked = [one for one in context.attempts if one.model == probe.model]
    return not any(reaches(one.goal.value, part, context.greater) for one in asked)
