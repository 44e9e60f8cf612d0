"""What a climb reached, in a sentence for the person who ran it."""

from __future__ import annotations

from rungwise.evaluation.attempt_names import named
from rungwise.evaluation.standing import at_recall, precision_of, reaches, straddles
from rungwise.evaluation.wording import measured, wanted
from rungwise.records import Evidence, Measurement


def reached(selected: Evidence, target: float, greater: bool, first: Evidence | None = None) -> str:
    """Whether the selected attempt reaches the target, with its number.

    Args:
        selected: What would be tested.
        target: Of the goal.
        greater: Whether a larger value is better.
        first: The best attempt, if another than the best may be selected.
    """
    asked = wanted(target, greater, selected.goal.metric)
    precision = precision_of(selected) if at_recall(selected) else None
    beside = f", with {measured(precision)}" if precision is not None else ""
    found = f"{measured(selected.goal, target)}{beside}; {asked} is asked."
    if reaches(selected.goal.value, target, greater):
        return f"{named(selected)} reaches the target: {found}"
    if first is None or first.goal.value == selected.goal.value:
        return f"{named(selected)} comes closest and misses the target: {found}"
    return (
        f"{named(selected)} is selected and misses the target: {found} {named(first)} has "
        f"{measured(first.goal, target)}, which is within one standard error and costs more."
    )


def certainty(goal: Measurement, target: float) -> str:
    """How sure the interval makes it that the target is reached."""
    if goal.low is None or goal.high is None:
        return "It has no interval."
    if straddles(goal, target):
        return "The target lies inside the interval, so it may still be missed on other rows."
    return "The whole interval meets it."
