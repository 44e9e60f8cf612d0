"""What a climb reached, in a sentence for the person who ran it."""

from __future__ import annotations

from rungwise.evaluation.standing import reaches, straddles
from rungwise.evaluation.wording import measured, wanted
from rungwise.records import Evidence, Measurement


def reached(selected: Evidence, target: float, greater: bool) -> str:
    """Whether the selected attempt reaches the target, with its number."""
    met = reaches(selected.goal.value, target, greater)
    says = "reaches the target" if met else "comes closest and misses the target"
    asked = wanted(target, greater, selected.goal.metric)
    return f"{selected.rung} {says}: {measured(selected.goal, target)}; {asked} is asked."


def certainty(goal: Measurement, target: float) -> str:
    """How sure the interval makes it that the target is reached."""
    if goal.low is None or goal.high is None:
        return "It has no interval."
    if straddles(goal, target):
        return "The target lies inside the interval, so it may still be missed on other rows."
    return "The whole interval meets it."
