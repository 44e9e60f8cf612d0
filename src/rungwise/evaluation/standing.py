"""Where the attempts stand: against the target, against one another, against the baseline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rungwise.evaluation.proportions import rows_to_settle
from rungwise.records import Evidence, Measurement


def reaches(value: float, target: float, greater: bool) -> bool:
    """Whether a value meets the target; equal is enough."""
    return value >= target if greater else value <= target


def suffices(attempt: Evidence, target: float, greater: bool) -> bool:
    """Whether the climb may stop at an attempt.

    Where something was trained, the value decides (R43). A rung that trains nothing must
    convince with its whole interval: the next rung costs almost nothing, and an inconclusive
    comparison climbs on while rungs remain (C3).
    """
    goal = attempt.goal
    near = goal.low if greater else goal.high
    decisive = goal.value if attempt.trains or near is None else near
    return reaches(decisive, target, greater)


def straddles(measurement: Measurement, threshold: float) -> bool:
    """Whether the interval holds the threshold, so that the rows do not settle it (C3)."""
    if measurement.low is None or measurement.high is None:
        return True
    return measurement.low < threshold < measurement.high


def rows_needed(measurement: Measurement, threshold: float) -> int | None:
    """Rows at which the interval would no longer hold the threshold, were the value to stay."""
    if measurement.low is None or measurement.high is None:
        return None
    return rows_to_settle(
        measurement.value, measurement.low, measurement.high, measurement.rows, threshold
    )


def best(attempts: Iterable[Evidence], greater: bool) -> Evidence | None:
    """The attempt with the best goal value; of equals the cheapest rung, then the earliest."""
    sign = -1 if greater else 1
    return min(attempts, key=lambda one: (sign * one.goal.value, one.height), default=None)


LINEAR = "linear"
"""The rung that trains and stands on no base model, so that it says nothing about one."""
UNTUNED = frozenset({LINEAR, "frozen"})
"""Rungs that fit a new classifier and leave every base model as it is (R41)."""


def tunes(attempt: Evidence) -> bool:
    """Whether an attempt changed a base model, or learnt something beside its weights."""
    return attempt.trains and attempt.rung not in UNTUNED


def trained_on_a_base(attempt: Evidence) -> bool:
    """Whether an attempt trained something and says something about its base model."""
    return attempt.trains and attempt.rung != LINEAR


def baseline(attempts: Iterable[Evidence], greater: bool) -> Evidence | None:
    """The best attempt that trains nothing (C2)."""
    return best((one for one in attempts if not one.trains), greater)


def selected(attempts: Sequence[Evidence], target: float, greater: bool) -> Evidence | None:
    """The attempt to test and ship: the best of the cheapest rung that suffices (R43).

    Where none does, the best of all.
    """
    enough = [one for one in attempts if suffices(one, target, greater)]
    lowest = min((one.height for one in enough), default=None)
    return best([one for one in enough if one.height == lowest] or attempts, greater)
