"""What a rung tries next, from what is on record: pure functions of evidence, no torch."""

from __future__ import annotations

from collections.abc import Sequence

from rungwise.evaluation.lagging import lags
from rungwise.protocols import RungContext
from rungwise.records import Evidence

BALANCED = "balanced"
"""Each row weighs the inverse of its class's frequency (R54)."""


def best(attempts: Sequence[Evidence], greater: bool) -> Evidence | None:
    """The attempt with the best goal value; among equals the earliest."""
    if not attempts:
        return None
    sign = 1 if greater else -1
    return max(attempts, key=lambda attempt: sign * attempt.goal.value)


def below(context: RungContext, height: int) -> Evidence | None:
    """The best attempt so far that trained something below a height."""
    trained = [a for a in context.attempts if a.trains and a.height < height]
    return best(trained, context.greater)


def class_weights(context: RungContext, height: int) -> str | None:
    """Weights that a rung at this height starts with: those of the best attempt below.

    The frozen rung is tried with and without weights where a class lags, so the goal's metric
    has already said which is better.
    """
    found = below(context, height)
    return found.configuration.get("class_weights") if found else None


def lagging(context: RungContext, attempt: Evidence) -> bool:
    """Whether a class lags in an attempt (R54)."""
    return bool(lags(attempt.per_class, context.task.policy.class_lag))
